//! What a pull has brought so far, until it is among the records: one that is broken off goes on there.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::{Duration, SourceId, Timestamp};
use keepwell_source::{Ended, FhirBase, PulledPage, Reference, Search};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{StoreError, column, records};

/// The searches of a pull that was broken off within the last day; servers forget pages that are older.
pub(crate) fn begun(
    connection: &Connection,
    id: SourceId,
    now: Timestamp,
) -> Result<Vec<Search>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM fhir_search WHERE server = ?1 AND noted >= ?2")?;
    let parameters = params![id.as_bytes(), column::stored(now.saturating_sub(KEPT).0)];
    statement.query_and_then(parameters, search)?.collect()
}

fn search(row: &Row<'_>) -> Result<Search, StoreError> {
    let next: Option<String> = row.get("next")?;
    let next = next.map(|text| text.parse().map_err(|_| StoreError::Corrupt { part: "an address" }));
    Ok(Search {
        resource_type: row.get("type")?,
        category: row.get::<_, Option<String>>("category")?.filter(|category| !category.is_empty()),
        began: column::time(row, "began")?,
        since: column::optional_time(row, "since")?,
        next: next.transpose()?,
    })
}

/// Forgets a search, and what it has seen.
pub(crate) fn forget_search(
    transaction: &Transaction<'_>,
    id: SourceId,
    resource_type: &str,
    category: Option<&str>,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM fhir_search WHERE server = ?1 AND type = ?2 AND category = ?3")?
        .execute(params![id.as_bytes(), resource_type, category.unwrap_or_default()])?;
    forget_seen(transaction, id, resource_type)
}

fn forget_seen(transaction: &Transaction<'_>, id: SourceId, resource_type: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM fhir_seen WHERE server = ?1 AND type = ?2")?
        .execute(params![id.as_bytes(), resource_type])?;
    Ok(())
}

/// Keeps a page, and how far its search is by that.
pub(crate) fn keep_page(
    transaction: &Transaction<'_>,
    id: SourceId,
    search: &Search,
    page: &PulledPage<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Search { resource_type, category, began, since, next } = search;
    transaction
        .prepare_cached("INSERT OR REPLACE INTO fhir_search VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute(params![
            id.as_bytes(),
            resource_type,
            category.as_deref().unwrap_or_default(),
            column::stored(began.0),
            since.map(|time| column::stored(time.0)),
            next.as_ref().map(|url| url.as_str()),
            column::stored(now.0),
        ])?;
    let mut see = transaction.prepare_cached("INSERT OR IGNORE INTO fhir_seen VALUES (?1, ?2, ?3)")?;
    for address in page.addresses {
        see.execute(params![id.as_bytes(), resource_type, address])?;
    }
    match page.bundle {
        Some(bundle) => keep_bundle(transaction, id, resource_type, bundle, page.references),
        None => Ok(()),
    }
}

/// Keeps a Bundle, and what is in it refers to.
pub(crate) fn keep_bundle(
    transaction: &Transaction<'_>,
    id: SourceId,
    resource_type: &str,
    bundle: &[u8],
    references: &BTreeSet<Reference>,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO fhir_page (server, type, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![id.as_bytes(), resource_type, bundle])?;
    let mut refer = transaction.prepare_cached("INSERT OR IGNORE INTO fhir_reference VALUES (?1, ?2, 0)")?;
    for reference in references {
        refer.execute(params![id.as_bytes(), reference.to_string()])?;
    }
    Ok(())
}

/// The pages of a source, in the order in which they came: their rows and types.
pub(crate) fn pages(connection: &Connection, id: SourceId) -> Result<Vec<(i64, String)>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id, type FROM fhir_page WHERE server = ?1 ORDER BY id")?;
    statement.query_and_then([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// A page, if it is still there.
pub(crate) fn page(connection: &Connection, row: i64) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM fhir_page WHERE id = ?1")?;
    statement.query_row([row], |row| row.get(0)).optional()
}

/// Drops the pages of a source: they are among the records.
pub(crate) fn drop_pages(transaction: &Transaction<'_>, id: SourceId) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM fhir_page WHERE server = ?1")?.execute([id.as_bytes()])?;
    Ok(())
}

/// Notes how the searches of a type ended, and forgets them.
pub(crate) fn end_type(
    transaction: &Transaction<'_>,
    id: SourceId,
    resource_type: &str,
    ended: Option<Ended>,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM fhir_search WHERE server = ?1 AND type = ?2")?
        .execute(params![id.as_bytes(), resource_type])?;
    forget_seen(transaction, id, resource_type)?;
    let Some(Ended { began, is_whole }) = ended else { return Ok(()) };
    let enumerated = is_whole.then(|| column::stored(now.0));
    transaction
        .prepare_cached(
            "INSERT INTO fhir_server_type VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (server, type) DO UPDATE
             SET since = excluded.since, enumerated = coalesce(excluded.enumerated, enumerated)",
        )?
        .execute(params![id.as_bytes(), resource_type, column::stored(began.0), enumerated])?;
    Ok(())
}

/// Of each type of which all came since when, by the source's clock, what changed is wanted; a type of which everything
/// was not asked for in a month is none of them.
pub(crate) fn since(
    connection: &Connection,
    id: SourceId,
    now: Timestamp,
) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT type, since FROM fhir_server_type WHERE server = ?1 AND enumerated >= ?2")?;
    let parameters = params![id.as_bytes(), column::stored(now.saturating_sub(WHOLE_EVERY).0)];
    let rows =
        statement.query_and_then(parameters, |row| Ok((row.get("type")?, column::time(row, "since")?)))?;
    rows.collect()
}

/// The addresses of the records of a type that came from this server, are not removed there, and were on no page of the
/// searches that have not been forgotten. None where several patients of one server are pulled: each sees their own.
pub(crate) fn missing(
    connection: &Connection,
    id: SourceId,
    base: &FhirBase,
    resource_type: &str,
) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT carried.full_url, version.record
         FROM source CROSS JOIN carried ON carried.source = source.id CROSS JOIN delivery ON delivery.id = carried.delivery
              CROSS JOIN version ON version.seq = carried.version
         WHERE source.name = ?1 AND substr(carried.full_url, 1, length(?2)) = ?2 AND delivery.undone IS NULL
               AND NOT EXISTS (SELECT 1 FROM fhir_seen WHERE server = ?3 AND type = ?4 AND address = carried.full_url)
               AND (SELECT count(*) FROM fhir_server WHERE base = ?1) = 1",
    )?;
    let base = base.to_string();
    let beginning = format!("{base}/{resource_type}/");
    let mut rows = statement.query(params![base, beginning, id.as_bytes(), resource_type])?;
    let mut missing = Vec::new();
    while let Some(row) = rows.next()? {
        if !records::is_removed(connection, row.get(1)?)? {
            missing.push(row.get(0)?);
        }
    }
    Ok(missing)
}

/// Notes what of a type was not seen; what was noted before keeps its day.
pub(crate) fn keep_missing(
    transaction: &Transaction<'_>,
    id: SourceId,
    resource_type: &str,
    addresses: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut known =
        transaction.prepare_cached("SELECT address FROM fhir_missing WHERE server = ?1 AND type = ?2")?;
    let known: Vec<String> = known
        .query_map(params![id.as_bytes(), resource_type], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut forget = transaction.prepare_cached("DELETE FROM fhir_missing WHERE address = ?1")?;
    for address in known.iter().filter(|address| !addresses.contains(address)) {
        forget.execute([address])?;
    }
    let mut note =
        transaction.prepare_cached("INSERT OR IGNORE INTO fhir_missing VALUES (?1, ?2, ?3, ?4)")?;
    for address in addresses {
        note.execute(params![address, id.as_bytes(), resource_type, column::stored(now.0)])?;
    }
    Ok(())
}

/// Since when what has this address was not seen at its source.
pub(crate) fn missing_since(connection: &Connection, address: &str) -> Result<Option<Timestamp>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT since FROM fhir_missing WHERE address = ?1")?;
    statement.query_and_then([address], |row| column::time(row, "since"))?.next().transpose()
}

/// What records refer to and nobody asked for.
pub(crate) fn referred(
    connection: &Connection,
    id: SourceId,
    base: &FhirBase,
) -> Result<Vec<Reference>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT reference FROM fhir_reference WHERE server = ?1 AND asked = 0 ORDER BY reference",
    )?;
    let rows = statement.query_and_then([id.as_bytes()], |row| {
        let text: String = row.get(0)?;
        Reference::parse(&text, base).ok_or(StoreError::Corrupt { part: "a reference" })
    })?;
    rows.collect()
}

/// Notes that this was asked for.
pub(crate) fn settle_reference(
    transaction: &Transaction<'_>,
    id: SourceId,
    reference: &Reference,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE fhir_reference SET asked = 1 WHERE server = ?1 AND reference = ?2")?
        .execute(params![id.as_bytes(), reference.to_string()])?;
    Ok(())
}

/// Forgets all that is here of a source.
pub(crate) fn remove(transaction: &Transaction<'_>, id: SourceId) -> Result<(), StoreError> {
    for table in
        ["fhir_server_type", "fhir_search", "fhir_page", "fhir_seen", "fhir_missing", "fhir_reference"]
    {
        transaction.execute(&format!("DELETE FROM {table} WHERE server = ?1"), [id.as_bytes()])?;
    }
    Ok(())
}

/// For how long a pull that was broken off goes on where it was.
const KEPT: Duration = Duration::hours(24);
/// How often everything of a type is asked for.
const WHOLE_EVERY: Duration = Duration::days(30);

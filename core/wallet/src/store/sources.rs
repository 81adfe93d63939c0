//! Clinics' servers that records are pulled from, with their tokens.

use keepwell_protocol::domain::{SourceId, Timestamp};
use keepwell_source::{AccessToken, FhirBase, PatientId, RefreshToken, Scopes, SmartServer, Tokens};
use rusqlite::{Connection, Row, Transaction, params};
use zeroize::Zeroizing;

use super::{StoreError, column, source_pulls};

/// A source as it is stored.
#[derive(Debug)]
pub(crate) struct StoredSource {
    pub(crate) id: SourceId,
    pub(crate) server: SmartServer,
    /// Whose records they are there.
    pub(crate) patient: PatientId,
    /// Whether the owner said that this is they, where the records alone do not.
    pub(crate) is_confirmed: bool,
    pub(crate) asked: Scopes,
    pub(crate) granted: Scopes,
    /// None once the authorization has ended.
    pub(crate) tokens: Option<Tokens>,
    pub(crate) added: Timestamp,
    /// When the last pull ended.
    pub(crate) synced: Option<Timestamp>,
}

/// Writes a source down, in the place of the one of the same id.
pub(crate) fn put(transaction: &Transaction<'_>, source: &StoredSource) -> Result<(), StoreError> {
    let StoredSource { id, server, patient, is_confirmed, asked, granted, tokens, added, synced } = source;
    transaction.execute(
        "INSERT INTO fhir_server (id, base, patient, confirmed, client, token_endpoint, revocation_endpoint, asked, granted,
                             added, synced)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET
             confirmed = excluded.confirmed, client = excluded.client, token_endpoint = excluded.token_endpoint,
             revocation_endpoint = excluded.revocation_endpoint, asked = excluded.asked, granted = excluded.granted",
        params![
            id.as_bytes(),
            server.base.to_string(),
            patient.as_str(),
            is_confirmed,
            server.client_id,
            server.token_endpoint.as_str(),
            server.revocation_endpoint.as_ref().map(|url| url.as_str()),
            asked.to_string(),
            granted.to_string(),
            column::stored(added.0),
            synced.map(|time| column::stored(time.0)),
        ],
    )?;
    set_tokens(transaction, *id, tokens.as_ref())
}

/// Puts tokens in the place of those before; none: the authorization has ended.
pub(crate) fn set_tokens(
    transaction: &Transaction<'_>,
    id: SourceId,
    tokens: Option<&Tokens>,
) -> Result<(), StoreError> {
    let mut update = transaction.prepare_cached(
        "UPDATE fhir_server SET access_token = ?2, expires = ?3, refresh_token = ?4 WHERE id = ?1",
    )?;
    update.execute(params![
        id.as_bytes(),
        tokens.map(|tokens| tokens.access.expose()),
        tokens.and_then(|tokens| tokens.expires).map(|time| column::stored(time.0)),
        tokens.and_then(|tokens| tokens.refresh.as_ref()).map(RefreshToken::expose),
    ])?;
    Ok(())
}

/// Every source, the oldest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<StoredSource>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM fhir_server ORDER BY added, id")?;
    statement.query_and_then([], stored)?.collect()
}

pub(crate) fn find(connection: &Connection, id: SourceId) -> Result<Option<StoredSource>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM fhir_server WHERE id = ?1")?;
    statement.query_and_then([id.as_bytes()], stored)?.next().transpose()
}

/// Forgets a source and its tokens.
pub(crate) fn remove(transaction: &Transaction<'_>, id: SourceId) -> Result<(), StoreError> {
    source_pulls::remove(transaction, id)?;
    transaction.prepare_cached("DELETE FROM fhir_server WHERE id = ?1")?.execute([id.as_bytes()])?;
    Ok(())
}

/// Notes that a pull has ended.
pub(crate) fn note_pull(
    transaction: &Transaction<'_>,
    id: SourceId,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE fhir_server SET synced = ?2 WHERE id = ?1")?
        .execute(params![id.as_bytes(), column::stored(now.0)])?;
    Ok(())
}

fn stored(row: &Row<'_>) -> Result<StoredSource, StoreError> {
    let corrupt = StoreError::Corrupt { part: "a source" };
    let access = secret(row, "access_token")?;
    let tokens = match access {
        Some(access) => {
            let refresh = match secret(row, "refresh_token")? {
                Some(refresh) => {
                    Some(RefreshToken::parse(refresh).ok_or(StoreError::Corrupt { part: TOKEN })?)
                }
                None => None,
            };
            let access = AccessToken::parse(access).ok_or(StoreError::Corrupt { part: TOKEN })?;
            Some(Tokens { access, expires: column::optional_time(row, "expires")?, refresh })
        }
        None => None,
    };
    Ok(StoredSource {
        id: column::id(row, "id")?,
        server: server(row)?,
        patient: PatientId::parse(&row.get::<_, String>("patient")?).map_err(|_| corrupt)?,
        is_confirmed: row.get("confirmed")?,
        asked: scopes(row, "asked")?,
        granted: scopes(row, "granted")?,
        tokens,
        added: column::time(row, "added")?,
        synced: column::optional_time(row, "synced")?,
    })
}

/// The server of a source or of an authorization.
pub(super) fn server(row: &Row<'_>) -> Result<SmartServer, StoreError> {
    let address = |text: &str| text.parse().map_err(|_| StoreError::Corrupt { part: "an address" });
    let base = FhirBase::parse(&row.get::<_, String>("base")?);
    let revocation: Option<String> = row.get("revocation_endpoint")?;
    Ok(SmartServer {
        base: base.map_err(|_| StoreError::Corrupt { part: "an address" })?,
        token_endpoint: address(&row.get::<_, String>("token_endpoint")?)?,
        revocation_endpoint: revocation.as_deref().map(address).transpose()?,
        client_id: row.get("client")?,
    })
}

pub(super) fn scopes(row: &Row<'_>, column: &str) -> Result<Scopes, StoreError> {
    Ok(Scopes::parse(&row.get::<_, String>(column)?))
}

/// Text that is cleared once it was used.
pub(super) fn secret(row: &Row<'_>, column: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
    Ok(row.get::<_, Option<String>>(column)?.map(Zeroizing::new))
}

const TOKEN: &str = "a token";

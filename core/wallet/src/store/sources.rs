//! Clinics' servers that records are pulled from, with their tokens.

use keepwell_protocol::crypto::{self, DeviceSecret, Label, Rng};
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
pub(crate) fn put(
    transaction: &Transaction<'_>,
    source: &StoredSource,
    secret: &DeviceSecret,
    rng: &mut Rng,
) -> Result<(), StoreError> {
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
    set_tokens(transaction, *id, tokens.as_ref(), secret, rng)
}

/// Puts tokens in the place of those before, sealed for this device; none: the authorization has ended.
pub(crate) fn set_tokens(
    transaction: &Transaction<'_>,
    id: SourceId,
    tokens: Option<&Tokens>,
    secret: &DeviceSecret,
    rng: &mut Rng,
) -> Result<(), StoreError> {
    let sealed = match tokens {
        Some(Tokens { access, refresh, .. }) => {
            let refresh = refresh.as_ref().map_or("", RefreshToken::expose);
            let both = Zeroizing::new([access.expose(), refresh].join(BETWEEN));
            Some(crypto::seal(secret.expose(), Label::SourceTokens, id.as_bytes(), both.as_bytes(), rng)?)
        }
        None => None,
    };
    let expires = tokens.and_then(|tokens| tokens.expires).map(|time| column::stored(time.0));
    transaction
        .prepare_cached("UPDATE fhir_server SET tokens = ?2, expires = ?3 WHERE id = ?1")?
        .execute(params![id.as_bytes(), sealed, expires])?;
    Ok(())
}

/// Opens what this device has sealed; nothing where it has another secret now.
fn open_tokens(row: &Row<'_>, id: SourceId, secret: &DeviceSecret) -> Result<Option<Tokens>, StoreError> {
    let sealed: Option<Vec<u8>> = row.get("tokens")?;
    let opened =
        sealed.and_then(|it| crypto::open(secret.expose(), Label::SourceTokens, id.as_bytes(), &it).ok());
    let Some(opened) = opened else { return Ok(None) };
    let corrupt = StoreError::Corrupt { part: "a token" };
    let (access, refresh) =
        str::from_utf8(&opened).ok().and_then(|both| both.split_once(BETWEEN)).ok_or(corrupt)?;
    let owned = |text: &str| Zeroizing::new(text.to_owned());
    let access = AccessToken::parse(owned(access)).ok_or(StoreError::Corrupt { part: "a token" })?;
    Ok(Some(Tokens {
        access,
        expires: column::optional_time(row, "expires")?,
        refresh: RefreshToken::parse(owned(refresh)),
    }))
}

/// Every source, the oldest first.
pub(crate) fn all(connection: &Connection, secret: &DeviceSecret) -> Result<Vec<StoredSource>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM fhir_server ORDER BY rowid")?;
    statement.query_and_then([], |row| stored(row, secret))?.collect()
}

pub(crate) fn find(
    connection: &Connection,
    id: SourceId,
    secret: &DeviceSecret,
) -> Result<Option<StoredSource>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM fhir_server WHERE id = ?1")?;
    statement.query_and_then([id.as_bytes()], |row| stored(row, secret))?.next().transpose()
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

fn stored(row: &Row<'_>, secret: &DeviceSecret) -> Result<StoredSource, StoreError> {
    let corrupt = StoreError::Corrupt { part: "a source" };
    let id = column::id(row, "id")?;
    Ok(StoredSource {
        id,
        server: server(row)?,
        patient: PatientId::parse(&row.get::<_, String>("patient")?).map_err(|_| corrupt)?,
        is_confirmed: row.get("confirmed")?,
        asked: scopes(row, "asked")?,
        granted: scopes(row, "granted")?,
        tokens: open_tokens(row, id, secret)?,
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

/// No token has it.
const BETWEEN: &str = "\n";

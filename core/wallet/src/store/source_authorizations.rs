//! Authorizations that a browser was opened for, until it comes back.

use keepwell_protocol::domain::{Duration, Timestamp};
use keepwell_source::{CodeVerifier, PendingAuthorization};
use rusqlite::{Connection, Row, Transaction, params};

use super::sources::{scopes, secret, server};
use super::{StoreError, column};

/// Notes one, and forgets those that nobody came back to.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    pending: &PendingAuthorization,
    now: Timestamp,
) -> Result<(), StoreError> {
    transaction.execute(
        "DELETE FROM fhir_authorization WHERE begun < ?1",
        [column::stored(now.saturating_sub(KEPT).0)],
    )?;
    let PendingAuthorization { server, redirect_uri, state, verifier, issuer, is_issuer_told, asked } =
        pending;
    transaction.execute(
        "INSERT INTO fhir_authorization VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            state,
            column::stored(now.0),
            server.base.to_string(),
            server.client_id,
            server.token_endpoint.as_str(),
            server.revocation_endpoint.as_ref().map(|url| url.as_str()),
            redirect_uri,
            verifier.expose(),
            issuer,
            is_issuer_told,
            asked.to_string(),
        ],
    )?;
    Ok(())
}

/// The one of this state, if it was begun within the last hour.
pub(crate) fn find(
    connection: &Connection,
    state: &str,
    now: Timestamp,
) -> Result<Option<PendingAuthorization>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM fhir_authorization WHERE state = ?1 AND begun >= ?2")?;
    let parameters = params![state, column::stored(now.saturating_sub(KEPT).0)];
    statement.query_and_then(parameters, pending)?.next().transpose()
}

/// Forgets it: it is answered.
pub(crate) fn remove(transaction: &Transaction<'_>, state: &str) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM fhir_authorization WHERE state = ?1")?.execute([state])?;
    Ok(())
}

fn pending(row: &Row<'_>) -> Result<PendingAuthorization, StoreError> {
    let verifier = secret(row, "verifier")?.and_then(CodeVerifier::parse);
    Ok(PendingAuthorization {
        server: server(row)?,
        redirect_uri: row.get("redirect_uri")?,
        state: row.get("state")?,
        verifier: verifier.ok_or(StoreError::Corrupt { part: "an authorization" })?,
        issuer: row.get("issuer")?,
        is_issuer_told: row.get("issuer_told")?,
        asked: scopes(row, "asked")?,
    })
}

/// How long a browser may take to come back.
const KEPT: Duration = Duration::hours(1);

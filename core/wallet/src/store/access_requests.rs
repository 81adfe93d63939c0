//! What providers asked for by a code that was scanned.

use keepwell_protocol::consent::{AccessRequest, SignedAccessRequest};
use keepwell_protocol::domain::{Duration, GrantId, Object, RequestId, Timestamp};
use rusqlite::{Connection, Row, Transaction, params};

use super::{StoreError, column};

/// A request as it was noted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NotedRequest {
    pub(crate) signed: SignedAccessRequest,
    /// The provider's name on its card, and its place.
    pub(crate) name: String,
    pub(crate) place: String,
    /// When it was scanned first.
    pub(crate) noted: Timestamp,
    pub(crate) is_refused: bool,
    /// The grant that answers it.
    pub(crate) answer: Option<GrantId>,
}

impl NotedRequest {
    pub(crate) fn request(&self) -> &AccessRequest {
        &self.signed.request
    }

    /// Whether it was agreed to or refused.
    pub(crate) fn is_answered(&self) -> bool {
        self.is_refused || self.answer.is_some()
    }
}

/// Notes a request that is not here, and forgets those that ended long ago.
pub(crate) fn add(transaction: &Transaction<'_>, noted: &NotedRequest) -> Result<(), StoreError> {
    for old in all(transaction)? {
        if old.request().expires.saturating_add(KEPT) < noted.noted {
            transaction
                .prepare_cached("DELETE FROM access_request WHERE id = ?1")?
                .execute([old.request().id.as_bytes()])?;
        }
    }
    transaction.execute(
        "INSERT INTO access_request (id, request, name, place, noted) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            noted.request().id.as_bytes(),
            noted.signed.to_cbor(),
            noted.name,
            noted.place,
            column::stored(noted.noted.0)
        ],
    )?;
    Ok(())
}

/// Every request, newest first.
pub(crate) fn all(connection: &Connection) -> Result<Vec<NotedRequest>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM access_request ORDER BY noted DESC, id")?;
    statement.query_and_then([], noted)?.collect()
}

pub(crate) fn find(connection: &Connection, id: RequestId) -> Result<Option<NotedRequest>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM access_request WHERE id = ?1")?;
    statement.query_and_then([id.as_bytes()], noted)?.next().transpose()
}

/// Notes which grant answers a request.
pub(crate) fn set_answer(
    transaction: &Transaction<'_>,
    id: RequestId,
    grant: GrantId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE access_request SET answer = ?2 WHERE id = ?1")?
        .execute([id.as_bytes().as_slice(), grant.as_bytes().as_slice()])?;
    Ok(())
}

pub(crate) fn set_refused(transaction: &Transaction<'_>, id: RequestId) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE access_request SET refused = 1 WHERE id = ?1")?
        .execute([id.as_bytes()])?;
    Ok(())
}

fn noted(row: &Row<'_>) -> Result<NotedRequest, StoreError> {
    let signed = SignedAccessRequest::from_cbor(&row.get::<_, Vec<u8>>("request")?);
    let answer: Option<[u8; 32]> = row.get("answer")?;
    Ok(NotedRequest {
        signed: signed.map_err(|_| StoreError::Corrupt { part: "a provider's request" })?,
        name: row.get("name")?,
        place: row.get("place")?,
        noted: Timestamp(column::number(row, "noted")?),
        is_refused: row.get("refused")?,
        answer: answer.map(GrantId::from_bytes),
    })
}

/// How long a request is listed after its end.
const KEPT: Duration = Duration::days(30);

//! What the desk asked patients for, until it is answered or its time is over.

use keepwell_protocol::domain::{Duration, GrantId, RequestId, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::database::{Store, seconds};
use crate::ClinicError;

impl Store {
    /// Notes a request, and forgets those that nobody can answer any more.
    pub(crate) fn put_request(
        &mut self,
        id: RequestId,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<(), ClinicError> {
        self.write(|tx| {
            tx.execute("DELETE FROM access_request WHERE expires <= ?1", [oldest(now)])?;
            tx.execute(
                "INSERT INTO access_request (id, expires) VALUES (?1, ?2)",
                params![id.as_bytes(), seconds(expires)],
            )?;
            Ok(())
        })
    }

    /// The grant that answered a request; none as long as nobody did, nor of a request that is not known any more.
    pub(crate) fn answer_to(&self, id: RequestId) -> Result<Option<GrantId>, ClinicError> {
        let sql = "SELECT answer FROM access_request WHERE id = ?1 AND answer IS NOT NULL";
        let answer = self.connection.query_row(sql, [id.as_bytes()], |row| row.get(0)).optional()?;
        Ok(answer.map(GrantId::from_bytes))
    }
}

/// Notes that a grant answers a request; whether it does: the request is of this desk, is not too old and was not
/// answered before.
pub(super) fn answer(
    connection: &Connection,
    id: RequestId,
    grant: GrantId,
    now: Timestamp,
) -> Result<bool, ClinicError> {
    let answered = connection.execute(
        "UPDATE access_request SET answer = ?2 WHERE id = ?1 AND answer IS NULL AND expires > ?3",
        params![id.as_bytes(), grant.as_bytes(), oldest(now)],
    )?;
    Ok(answered == 1)
}

/// When a request ended that can just not be answered any more.
fn oldest(now: Timestamp) -> i64 {
    seconds(Timestamp(now.0.saturating_sub(ON_ITS_WAY.0)))
}

/// How long after its end a request may be answered: a patient agrees until then, the answer is fetched later.
const ON_ITS_WAY: Duration = Duration::hours(1);

//! The newest head seen of each compartment, so that no host goes back.

use keepwell_protocol::crypto::PublicKey;
use keepwell_protocol::vault::SealedHead;
use rusqlite::{OptionalExtension, params};

use super::database::Store;
use crate::ClinicError;

impl Store {
    /// Remembers heads as the newest of their compartments.
    ///
    /// # Errors
    /// [`ClinicError::HostRolledBack`] if a newer head was seen before, another of the same version,
    /// or one where there is none now.
    pub(crate) fn see_heads(
        &mut self,
        heads: &[(PublicKey, Option<&SealedHead>)],
    ) -> Result<(), ClinicError> {
        self.write(|tx| {
            for (key, head) in heads {
                let seen: Option<(i64, [u8; 32])> = tx
                    .prepare_cached("SELECT version, hash FROM head_seen WHERE signing_key = ?1")?
                    .query_row([key.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                let Some(head) = head else {
                    if seen.is_some() {
                        return Err(ClinicError::HostRolledBack);
                    }
                    continue;
                };
                let version = i64::try_from(head.version).map_err(|_| ClinicError::UnexpectedAnswer)?;
                match seen {
                    Some((newest, _)) if version < newest => return Err(ClinicError::HostRolledBack),
                    Some((newest, hash)) if version == newest && hash != head.hash() => {
                        return Err(ClinicError::HostRolledBack);
                    }
                    _ => {}
                }
                tx.prepare_cached("INSERT OR REPLACE INTO head_seen VALUES (?1, ?2, ?3)")?
                    .execute(params![key.as_bytes(), version, head.hash()])?;
            }
            Ok(())
        })
    }
}

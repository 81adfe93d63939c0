//! Removing what nobody may ask for any more, from the database and from the blob store.

use keepwell_protocol::domain::{Duration, Timestamp};

use crate::HostError;
use crate::service::Service;
use crate::store::Rewrite;

/// How old an object must be before it counts as left over from an upload that never ended.
const ORPHAN: Duration = Duration::days(1);

impl Service {
    /// Removes everything whose time is over by the ledger and by this machine's clock; nothing where they disagree.
    pub(crate) fn sweep_by_ledger(&self, now: Timestamp) -> Result<bool, HostError> {
        let Some(agreed) = self.ledger.agreed_time(now) else { return Ok(false) };
        self.sweep(agreed)?;
        Ok(true)
    }

    /// Removes everything whose time is over.
    ///
    /// May be cut off anywhere and begun again: an object goes only after the database has stopped
    /// pointing to it.
    pub(crate) fn sweep(&self, now: Timestamp) -> Result<(), HostError> {
        self.store.sweep(now)?;
        for rewrite in self.store.packs_with_holes()? {
            self.close_holes(&rewrite, now)?;
        }
        // A copy that began since is of a database in which none of these has anything any more.
        if self.is_copied()? {
            tracing::info!("a copy is being made: no object is removed until it ends");
            return Ok(());
        }
        for (pack, name) in self.store.retired_packs(now)? {
            self.packs.remove(&name)?;
            self.store.forget_pack(pack)?;
        }
        for name in self.packs.older_than(ORPHAN, now)? {
            if !self.store.knows_pack(&name)? {
                self.packs.remove(&name)?;
            }
        }
        Ok(())
    }

    fn close_holes(&self, rewrite: &Rewrite, now: Timestamp) -> Result<(), HostError> {
        if rewrite.blobs.is_empty() {
            return self.store.replace_pack(rewrite, None, now);
        }
        // What is damaged stays where it is: its owner may send it again, and the rest goes on.
        let Some(blobs) = self.read_sound(&rewrite.blobs)? else { return Ok(()) };
        let name = self.new_pack_name()?;
        self.packs.put(&name, blobs)?;
        self.store.replace_pack(rewrite, Some(&name), now)
    }
}

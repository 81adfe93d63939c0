//! Bringing the host up to date: blobs first, then one commit, until it knows everything.

use keepwell_protocol::domain::{CompartmentId, Duration, Object};
use keepwell_protocol::vault::{Blobs, Commit, Compartment, LinkAction};
use rusqlite::Connection;

use super::commit::{Sealer, acknowledge, upload_batches};
use super::online::Online;
use crate::error::WalletError;
use crate::net::ServerCode;
use crate::store::commits::{self, PendingCommit};
use crate::store::links::StoredLink;
use crate::store::{anchor, compartments, links, lost_blobs, records, sealed, space};

impl Online<'_> {
    /// Seals and uploads what is new and commits until the host has everything; returns how many
    /// commits it took.
    ///
    /// Safe to break off anywhere: what was done stays done, what was not is done next time. What the host
    /// has lost is sealed again first; no refusal of one thing stops the rest for good (flows.md §2.5).
    ///
    /// # Errors
    /// [`WalletError::TakenOver`] if another wallet of the same words has taken this one over; [`WalletError::Remote`]
    /// if the host can't be reached or refuses.
    pub(crate) fn upload(&mut self) -> Result<u64, WalletError> {
        self.skip_unproved_versions()?;
        let (mut taken, mut tries) = (0, 0);
        loop {
            self.mend()?;
            let more = self.upload_records()?;
            if !self.write(|transaction, sealer| sealer.prepare_commit(transaction))? {
                return Ok(taken);
            }
            self.upload_queued()?;
            taken += u64::from(self.send_commit()?);
            tries += 1;
            if !more && tries >= MOST_TRIES {
                return Ok(taken);
            }
        }
    }

    /// Ends at the host every grant that was ended here, before anything else and whatever becomes of the rest;
    /// returns how many commits that took.
    ///
    /// # Errors
    /// As [`Online::upload`]; the drops stay queued then.
    pub(crate) fn commit_drops(&mut self) -> Result<u64, WalletError> {
        self.skip_unproved_versions()?;
        for _ in 0..MOST_TRIES {
            if !self.write(|transaction, sealer| sealer.prepare_drops(transaction))? {
                return Ok(0);
            }
            if self.send_commit()? {
                return Ok(1);
            }
        }
        Ok(0)
    }

    /// A wallet that goes on from a space that was not proved to be the newest skips versions, once: whoever saw
    /// a newer one takes what it publishes for newer still (flows.md §2.5).
    fn skip_unproved_versions(&mut self) -> Result<(), WalletError> {
        if !space::is_unproved(self.store.read())? {
            return Ok(());
        }
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        self.write(|transaction, _| {
            let version = row.space_version.saturating_add(SKIPPED - 1);
            space::set_base(transaction, row.host_version(), version)?;
            compartments::skip_versions(transaction, SKIPPED)?;
            Ok(space::set_unproved(transaction, false)?)
        })
    }

    /// Seals and uploads again what the host has lost.
    fn mend(&mut self) -> Result<(), WalletError> {
        loop {
            let Self { store, keys, rng, clock, .. } = self;
            let mut sealer = Sealer { keys, now: clock.now(), rng };
            let lost = sealer.lost_versions(store.read())?;
            let lost = lost.get(..lost.len().min(MENDED_AT_ONCE)).unwrap_or_default();
            if lost.is_empty() {
                return self.write(|transaction, sealer| sealer.mend_lists(transaction));
            }
            let mut batch = sealer.seal_again(store.read(), lost)?;
            for blobs in upload_batches(std::mem::take(&mut batch.bytes)) {
                self.host(|host, rng| host.put_blobs(&blobs, rng))?;
            }
            self.write(|transaction, sealer| sealer.place_again(transaction, lost, &batch))?;
        }
    }

    /// Seals and uploads record versions, at most [`ROUND`]; returns whether there are more.
    pub(crate) fn upload_records(&mut self) -> Result<bool, WalletError> {
        let mut count = 0;
        while count < ROUND {
            let Self { store, keys, rng, clock, .. } = self;
            let batch = Sealer { keys, now: clock.now(), rng }.seal_batch(store.read())?;
            let Some(batch) = batch else { return Ok(false) };
            for blobs in upload_batches(batch.bytes) {
                self.host(|host, rng| host.put_blobs(&blobs, rng))?;
            }
            count += batch.records.len();
            self.write(|transaction, sealer| sealer.place_batch(transaction, &batch.records))?;
        }
        Ok(true)
    }

    /// Uploads the segments and state objects that the next commit refers to.
    fn upload_queued(&mut self) -> Result<(), WalletError> {
        loop {
            let batch = commits::next_uploads(self.store.read(), UPLOAD_BYTES, UPLOAD_COUNT)?;
            if batch.is_empty() {
                return Ok(());
            }
            let ids: Vec<_> = batch.iter().map(|(id, _)| *id).collect();
            for blobs in upload_batches(batch.into_iter().map(|(_, bytes)| bytes).collect()) {
                self.host(|host, rng| host.put_blobs(&blobs, rng))?;
            }
            self.write(|transaction, _| {
                ids.iter().try_for_each(|id| Ok(commits::remove_upload(transaction, *id)?))
            })?;
        }
    }

    /// Sends the commit that was made last; true if the host took it, false if it is to be made anew.
    ///
    /// It is noted as sent before it is, so that a lost answer is looked into next time.
    fn send_commit(&mut self) -> Result<bool, WalletError> {
        let Some(commit) = commits::unsent(self.store.read())? else { return Ok(false) };
        self.write(|transaction, _| Ok(commits::mark_sent(transaction)?))?;
        let refused = match self.host(|host, rng| host.commit(commit.version, &commit.bytes, rng)) {
            Ok(()) => {
                self.acknowledge(&commit)?;
                return Ok(true);
            }
            Err(error) => error,
        };
        let WalletError::Remote(error) = &refused else { return Err(refused) };
        match error.server_code() {
            Some(ServerCode::VersionConflict) => self.check_host().map(drop)?,
            Some(ServerCode::BlobMissing) => self.note_lost_blobs(&commit)?,
            Some(ServerCode::LinkMissing) => self.end_lost_links(&commit)?,
            _ => return Err(refused),
        }
        Ok(false)
    }

    /// Notes which blobs of a commit the host lacks.
    fn note_lost_blobs(&mut self, commit: &PendingCommit) -> Result<(), WalletError> {
        let told = Commit::from_cbor(&commit.bytes).map_err(crate::store::StoreError::from)?;
        let named: Vec<_> = told.references_added.iter().flat_map(|one| one.blobs.iter().copied()).collect();
        let lost = self.host(|host, rng| host.missing_blobs(&named, rng))?;
        self.write(|transaction, _| {
            commits::forget(transaction, commit.version)?;
            lost.iter().try_for_each(|blob| Ok(lost_blobs::add(transaction, *blob)?))
        })
    }

    /// Ends the links of a commit whose content the host does not have: they go out as revoked.
    fn end_lost_links(&mut self, commit: &PendingCommit) -> Result<(), WalletError> {
        let told = Commit::from_cbor(&commit.bytes).map_err(crate::store::StoreError::from)?;
        for entry in told.links.iter().filter(|entry| !entry.revoked) {
            // Only the host knows which it is: it can't pause what it does not have.
            let pauses = self.host(|host, rng| host.change_link(entry.id, LinkAction::Pause, rng));
            let is_lost = match pauses {
                Ok(()) => false,
                Err(WalletError::Remote(error)) if error.is_not_found() => true,
                Err(error) => return Err(error),
            };
            if is_lost {
                if let Some(mut link) = links::find(self.store.read(), entry.id)? {
                    link.entry.revoked = true;
                    self.note_link(&link, "lost", false)?;
                }
            } else if !entry.paused {
                self.host(|host, rng| host.change_link(entry.id, LinkAction::Resume, rng))?;
            }
        }
        self.write(|transaction, _| Ok(commits::forget(transaction, commit.version)?))
    }

    /// Writes down a share and what happened to it.
    pub(crate) fn note_link(
        &mut self,
        link: &StoredLink,
        event: &str,
        told: bool,
    ) -> Result<(), WalletError> {
        self.write(|transaction, sealer| {
            sealer.log_link(transaction, link, event)?;
            Ok(links::set(transaction, link, told, sealer.now)?)
        })
    }

    /// Takes over that the host has a commit.
    pub(crate) fn acknowledge(&mut self, commit: &PendingCommit) -> Result<(), WalletError> {
        let now = self.now();
        let delay = u64::from(u32::from_be_bytes(self.rng.array()?)) % ANCHOR_DELAY_SECONDS;
        self.write(|transaction, _| {
            acknowledge(transaction, commit)?;
            space::set_reached(transaction, now)?;
            if anchor::due(transaction)?.is_none() {
                let due = now.saturating_add(Duration(delay));
                anchor::set_due(transaction, Some(due))?;
            }
            Ok(())
        })
    }
}

/// Whether there is anything that the host has yet to learn.
pub(crate) fn is_behind(connection: &Connection) -> Result<bool, WalletError> {
    let is_relisted = !sealed::relisted(connection, 1)?.is_empty();
    Ok(is_relisted || unsealed(connection)? || commits::is_behind(connection)?)
}

/// Whether there are record versions that were never sealed.
fn unsealed(connection: &Connection) -> Result<bool, WalletError> {
    Ok(records::has_versions_after(connection, sealed::last(connection)?)?)
}

/// The identifier of the compartment of the wallet's own state.
pub(crate) fn own_compartment(key: &keepwell_protocol::crypto::CompartmentKey) -> CompartmentId {
    keepwell_protocol::crypto::compartment_id(key, &Compartment::Own.to_string())
}

/// Record versions that go into one commit at most.
const ROUND: usize = 16_384;
/// Commits in a row that bring nothing new from records before it is left for the next time.
const MOST_TRIES: u32 = 4;
/// Record versions that are sealed again at once.
const MENDED_AT_ONCE: usize = 500;
/// How many versions are skipped.
const SKIPPED: u64 = 1 << 20;
const UPLOAD_BYTES: usize = Blobs::BATCH_BYTES;
const UPLOAD_COUNT: usize = 1_000;
/// The anchor moves within a day of a change, at a time that tells nothing about it.
const ANCHOR_DELAY_SECONDS: u64 = 86_400;

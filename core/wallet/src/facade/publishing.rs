//! Bringing the host up to date: blobs first, then one commit, until it knows everything.

use std::collections::BTreeSet;

use keepwell_protocol::domain::{CompartmentId, Duration};
use keepwell_protocol::vault::{Blobs, Compartment, SpaceView};
use rusqlite::Connection;

use super::online::Online;
use super::publish::{acknowledge, upload_batches};
use crate::error::WalletError;
use crate::store::commits::{self, PendingCommit};
use crate::store::{records, sealed, space, state_object};

impl Online<'_> {
    /// Seals and uploads what is new and commits until the host has everything; returns how many
    /// commits it took.
    ///
    /// Safe to break off anywhere: what was done stays done, what was not is done next time.
    ///
    /// # Errors
    /// [`WalletError::HostRolledBack`] or [`WalletError::SpaceConflict`] if the host's space is not
    /// what this wallet made of it; [`WalletError::Remote`] if the host can't be reached.
    pub(crate) fn publish(&mut self) -> Result<u64, WalletError> {
        let mut commits = 0;
        self.settle_sent_commits()?;
        loop {
            let more = self.upload_records()?;
            if !self
                .write(|transaction, publisher| publisher.prepare_commit(transaction, &BTreeSet::new()))?
            {
                return Ok(commits);
            }
            self.upload_queued()?;
            commits += u64::from(self.send_commit()?);
            if !more && commits >= MOST_COMMITS {
                return Ok(commits);
            }
        }
    }

    /// Seals and uploads record versions, at most [`ROUND`]; returns whether there are more.
    fn upload_records(&mut self) -> Result<bool, WalletError> {
        let mut count = 0;
        while count < ROUND {
            let Self { store, keys, rng, clock, .. } = self;
            let batch = super::publish::Publisher { keys, now: clock.now(), rng }.seal_batch(store.read())?;
            let Some(batch) = batch else { return Ok(false) };
            for blobs in upload_batches(batch.bytes) {
                self.host(|host, rng| host.put_blobs(&blobs, rng))?;
            }
            count += batch.records.len();
            self.write(|transaction, publisher| publisher.place_batch(transaction, &batch.records))?;
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

    /// Sends the commit that was made last; true if the host took it.
    ///
    /// It is noted as sent before it is, so that a lost answer is looked into next time.
    fn send_commit(&mut self) -> Result<bool, WalletError> {
        let Some(commit) = commits::unsent(self.store.read())? else { return Ok(false) };
        self.write(|transaction, _| Ok(commits::mark_sent(transaction)?))?;
        match self.host(|host, rng| host.commit(commit.version, &commit.bytes, rng)) {
            Ok(()) => {
                self.acknowledge(&commit)?;
                Ok(true)
            }
            Err(WalletError::Remote(error)) if error.code() == "VersionConflict" => {
                self.settle_sent_commits()?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Finds out what became of commits whose answer was lost.
    pub(crate) fn settle_sent_commits(&mut self) -> Result<(), WalletError> {
        let sent = commits::sent(self.store.read())?;
        if sent.is_empty() {
            return Ok(());
        }
        let view = self.host(|host, rng| host.space(rng))?;
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        if view.version < row.space_version {
            return Err(WalletError::HostRolledBack);
        }
        let head = self.own_head_hash(&view);
        if view.version == row.space_version {
            // None of them arrived. They are kept: one may still be on its way.
            return if head == row.self_head { Ok(()) } else { Err(WalletError::SpaceConflict) };
        }
        let arrived =
            sent.iter().find(|commit| commit.version == view.version && head == Some(commit.self_head));
        self.acknowledge(arrived.ok_or(WalletError::SpaceConflict)?)
    }

    /// Hash of the `self` head that a space has; `None` before the first commit.
    pub(crate) fn own_head_hash(&self, view: &SpaceView) -> Option<[u8; 32]> {
        let own = own_compartment(&self.keys.compartment);
        view.heads.iter().find(|head| head.compartment == own).map(|head| head.hash())
    }

    fn acknowledge(&mut self, commit: &PendingCommit) -> Result<(), WalletError> {
        let now = self.now();
        let delay = u64::from(u32::from_be_bytes(self.rng.array()?)) % ANCHOR_DELAY_SECONDS;
        self.write(|transaction, _| {
            acknowledge(transaction, commit)?;
            if state_object::anchor_due(transaction)?.is_none() {
                let due = now.saturating_add(Duration(delay));
                state_object::set_anchor_due(transaction, Some(due))?;
            }
            Ok(())
        })
    }
}

/// Whether there is anything that the host has yet to learn.
pub(super) fn is_behind(connection: &Connection) -> Result<bool, WalletError> {
    let unsealed = !records::versions_after(connection, sealed::last(connection)?, 1)?.is_empty();
    Ok(unsealed || commits::is_pending(connection)?)
}

/// The identifier of the compartment of the wallet's own state.
pub(crate) fn own_compartment(key: &keepwell_protocol::crypto::CompartmentKey) -> CompartmentId {
    keepwell_protocol::crypto::compartment_id(key, &Compartment::Own.to_string())
}

/// Record versions that go into one commit at most.
const ROUND: usize = 16_384;
/// Commits in a row that bring nothing new from records before it is left for the next time.
const MOST_COMMITS: u64 = 4;
const UPLOAD_BYTES: usize = Blobs::BATCH_BYTES;
const UPLOAD_COUNT: usize = 1_000;
/// The anchor moves within a day of a change, at a time that tells nothing about it.
const ANCHOR_DELAY_SECONDS: u64 = 86_400;

//! The commit: every new head, packet and reference at once, under the next version of the space.

use std::collections::BTreeSet;

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{CompartmentId, Object};
use keepwell_protocol::vault::{Commit, Compartment, Head, HeadRef, SealedHead};
use rusqlite::Transaction;

use super::{Entitled, Sealer};
use crate::error::WalletError;
use crate::store::commits::{self, PendingCommit};
use crate::store::compartments::{self, Change, CompartmentRow};
use crate::store::{StoreError, grants, links, space};

impl Sealer<'_> {
    /// Makes the commit that tells the host everything it has yet to learn, in the place of one that
    /// was made before and not sent. Returns whether there is anything to tell.
    ///
    /// It is made when it is sent and not before, so that nothing goes out that was decided otherwise since.
    pub(crate) fn prepare_commit(&mut self, transaction: &Transaction<'_>) -> Result<bool, WalletError> {
        let Some(connection) = space::connection(transaction)? else { return Ok(false) };
        let entitled = Entitled::read(transaction, self.now)?;
        self.drop_unread_compartments(transaction)?;
        self.relist(transaction)?;
        let held_back = self.rotate_and_pack(transaction, &entitled)?;
        self.seal_heads(transaction, &held_back)?;
        self.seal_state(transaction)?;
        let rows = compartments::all(transaction)?;
        let own = self.own_compartment(transaction)?;
        let mut heads: Vec<SealedHead> = rows
            .iter()
            .filter(|row| row.change == Change::Head && row.compartment != Compartment::Own)
            .filter(|row| !held_back.contains(&row.id))
            .filter_map(|row| row.head.clone())
            .collect();
        let changes = grants::entry_changes(transaction)?;
        let mut commit = Commit {
            version: connection.space_version.saturating_add(1),
            heads: Vec::new(),
            grants_added: changes.iter().filter_map(|change| change.entry.clone()).collect(),
            grants_dropped: changes
                .iter()
                .filter(|change| change.entry.is_none())
                .map(|change| change.grant)
                .collect(),
            links: links::changed(transaction)?.into_iter().map(|link| link.entry).collect(),
            references_added: commits::references(transaction, true)?,
            references_removed: commits::references(transaction, false)?,
            compartments_dropped: commits::dropped_compartments(transaction)?,
            base: connection.base,
        };
        let nothing = heads.is_empty()
            && changes.is_empty()
            && commit.links.is_empty()
            && commit.references_added.is_empty()
            && commit.references_removed.is_empty()
            && commit.compartments_dropped.is_empty()
            && connection.space_version > 0;
        if nothing {
            return Ok(false);
        }
        let self_head = self.seal_own_head(transaction, &own, &rows, &held_back, commit.version)?;
        let hash = self_head.hash();
        heads.push(self_head);
        commit.heads = heads;
        let pending = PendingCommit { version: commit.version, self_head: hash, bytes: commit.to_cbor() };
        commits::set_pending(transaction, &pending)?;
        Ok(true)
    }

    /// Seals a head for each compartment whose content or epoch is newer than its last.
    fn seal_heads(
        &mut self,
        transaction: &Transaction<'_>,
        held_back: &BTreeSet<CompartmentId>,
    ) -> Result<(), WalletError> {
        for row in compartments::all(transaction)? {
            let is_due = row.change == Change::Content && !held_back.contains(&row.id);
            if row.compartment != Compartment::Own && is_due {
                let head = self.seal_head(transaction, &row, row.version.saturating_add(1), None)?;
                compartments::set_head(transaction, row.row, &head)?;
            }
        }
        Ok(())
    }

    /// Seals the head of `self`, which names every other head.
    fn seal_own_head(
        &mut self,
        transaction: &Transaction<'_>,
        own: &CompartmentRow,
        rows: &[CompartmentRow],
        held_back: &BTreeSet<CompartmentId>,
        version: u64,
    ) -> Result<SealedHead, WalletError> {
        let mut others: Vec<HeadRef> = rows
            .iter()
            .filter(|row| row.compartment != Compartment::Own)
            .filter_map(
                |row| if held_back.contains(&row.id) { row.host_head.as_ref() } else { row.head.as_ref() },
            )
            .map(|head| HeadRef { compartment: head.compartment, version: head.version, hash: head.hash() })
            .collect();
        others.sort_unstable_by_key(|head| head.compartment);
        let head = self.seal_head(transaction, own, version, Some(others))?;
        compartments::set_head(transaction, own.row, &head)?;
        Ok(head)
    }

    pub(super) fn seal_head(
        &mut self,
        transaction: &Transaction<'_>,
        row: &CompartmentRow,
        version: u64,
        heads: Option<Vec<HeadRef>>,
    ) -> Result<SealedHead, WalletError> {
        let segments = compartments::segments(transaction, row.row)?;
        let head = Head {
            compartment: row.id,
            epoch: row.holders.epoch,
            version,
            time: self.now,
            segments: segments.into_iter().map(|segment| segment.reference).collect(),
            heads,
        };
        let signing_key =
            crypto::compartment_signing_key(&self.keys.compartment, &row.compartment.to_string());
        Ok(head.seal(&row.epoch_key, &signing_key, &self.keys.vault, self.rng)?)
    }

    /// Drops private compartments whose grant has ended: not for want of a proof, nor by this clock.
    fn drop_unread_compartments(&mut self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        for row in compartments::all(transaction)? {
            let Compartment::Grant(grant) = row.compartment else { continue };
            let is_alive = grants::find(transaction, grant)?.is_some_and(|grant| grant.state.is_entitled());
            if !is_alive {
                commits::drop_compartment(transaction, row.id)?;
                compartments::remove(transaction, &row, self.now)?;
            }
        }
        Ok(())
    }
}

/// Takes the host's word that it has a commit.
pub(crate) fn acknowledge(transaction: &Transaction<'_>, commit: &PendingCommit) -> Result<(), StoreError> {
    let told = Commit::from_cbor(&commit.bytes)?;
    for head in &told.heads {
        compartments::acknowledge_head(transaction, head)?;
    }
    for entry in &told.grants_added {
        grants::acknowledge_entry(transaction, entry)?;
    }
    for grant in &told.grants_dropped {
        grants::acknowledge_drop(transaction, *grant)?;
    }
    for link in &told.links {
        links::acknowledge(transaction, link)?;
    }
    commits::clear_references(transaction, &told.references_added, true)?;
    commits::clear_references(transaction, &told.references_removed, false)?;
    for compartment in &told.compartments_dropped {
        commits::acknowledge_dropped_compartment(transaction, *compartment)?;
    }
    commits::clear_pending(transaction)?;
    space::set_version(transaction, commit.version, &commit.self_head)
}

//! What another wallet of the same words has at the host becomes this wallet's, and what only this one has comes behind.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::{CompartmentId, DeliveryId, GrantId, RecordId, Timestamp};
use keepwell_protocol::vault::Compartment;
use rusqlite::Transaction;

use super::lists::Lists;
use super::other_wallet::Other;
use super::own_state::{add_lists, set_served_head};
use super::records;
use crate::engine::commit::Sealer;
use crate::error::WalletError;
use crate::store::compartments::CompartmentRow;
use crate::store::records::{
    Mark, RecordRow, mark, relist, settle_all, settle_restored, shown_and_taken_back, take_back,
    undo_take_back,
};
use crate::store::state_object::StoredEpoch;
use crate::store::takeover::OtherWallet;
use crate::store::{StoreError, commits, compartments, deliveries, grants, restoring, sealed, space};

impl Other {
    /// Takes over everything, once its records are stored, and counts it in `taken`; what only this wallet has is
    /// listed behind it and goes out with the next commit.
    pub(crate) fn merge(
        &self,
        transaction: &Transaction<'_>,
        sealer: &mut Sealer<'_>,
        taken: &mut OtherWallet,
    ) -> Result<(), WalletError> {
        let now = sealer.now;
        commits::forget_all(transaction)?;
        self.state.merge_log(transaction, now)?;
        self.state.merge_decisions(transaction, &self.space, now, taken)?;
        let listed_here = self.listed_here(transaction)?;
        let empty = self.adopt_lists(transaction, sealer)?;
        self.state.adopt_sealed(transaction)?;
        let theirs: BTreeSet<(RecordId, u32)> = self
            .listed
            .iter()
            .filter(|listed| listed.category.is_some())
            .map(|listed| (listed.name.record, listed.name.number))
            .collect();
        let (mut ours_alone, mut theirs_alone) = (Vec::new(), Vec::new());
        for (seq, name) in sealed::names(transaction)? {
            let name = (name.record, name.number);
            if !theirs.contains(&name) {
                ours_alone.push(seq);
            } else if !listed_here.contains(&name) {
                theirs_alone.push(seq);
            }
        }
        taken.records += self.count_brought(transaction, &theirs_alone)?;
        self.settle(transaction, &ours_alone)?;
        records::note_places(transaction, &self.lists)?;
        sealer.place_sealed(transaction, &ours_alone, &theirs_alone, &empty)?;
        let row = space::connection(transaction)?.ok_or(WalletError::NotConnected)?;
        let (version, hash) = (self.space.view.version, self.space.own_hash);
        space::set_version(transaction, version, &hash)?;
        if row.space_version > version {
            space::set_base(transaction, version, row.space_version)?;
        }
        space::set_healing_waiting(transaction, false)?;
        Ok(())
    }

    /// The imports that the other wallet knows.
    fn delivery_ids(&self) -> BTreeSet<DeliveryId> {
        self.state.deliveries.iter().map(|one| one.id).collect()
    }

    /// How many of these versions came from the other wallet, in this try or in one that was broken off: what was
    /// here as well, and was not listed yet, is carried by an import of this one.
    fn count_brought(&self, transaction: &Transaction<'_>, versions: &[u32]) -> Result<u64, StoreError> {
        let theirs = self.delivery_ids();
        let mut count = 0;
        for seq in versions {
            let standing = deliveries::standing_with(transaction, *seq)?;
            count += u64::from(standing.iter().all(|delivery| theirs.contains(delivery)));
        }
        Ok(count)
    }

    /// The versions that this wallet's compartments of categories list.
    fn listed_here(&self, transaction: &Transaction<'_>) -> Result<BTreeSet<(RecordId, u32)>, StoreError> {
        let mut listed = BTreeSet::new();
        let all = compartments::all(transaction)?;
        for row in all.iter().filter(|row| matches!(row.compartment, Compartment::Category(_))) {
            for segment in compartments::segments(transaction, row.row)? {
                let entries = compartments::entries(transaction, segment.row)?.0;
                listed.extend(entries.iter().map(|entry| (entry.record, entry.version)));
            }
        }
        Ok(listed)
    }

    /// Makes every compartment what the host has of it, under a key that nobody holds who is not entitled; returns
    /// the grants whose own compartment the host does not have, so that it is empty.
    fn adopt_lists(
        &self,
        transaction: &Transaction<'_>,
        sealer: &Sealer<'_>,
    ) -> Result<Vec<GrantId>, WalletError> {
        let now = sealer.now;
        let standing: BTreeSet<GrantId> =
            grants::live(transaction)?.into_iter().map(|grant| grant.id).collect();
        let is_over =
            |one: &Compartment| matches!(one, Compartment::Grant(grant) if !standing.contains(grant));
        let mut empty = Vec::new();
        for row in compartments::all(transaction)? {
            if self.state.epochs.contains_key(&row.id) {
                continue;
            }
            if is_over(&row.compartment) {
                compartments::remove(transaction, &row, now)?;
                continue;
            }
            compartments::clear(transaction, row.row)?;
            if let Compartment::Grant(grant) = row.compartment {
                empty.push(grant);
            }
        }
        for (id, theirs) in &self.state.epochs {
            let Some(compartment) = Compartment::parse(&theirs.label) else { continue };
            let head = self.space.view.heads.iter().find(|sealed| sealed.compartment == *id);
            let ours = compartments::find(transaction, compartment)?;
            if head.is_none() && ours.is_none() && is_over(&compartment) {
                continue;
            }
            if let (None, Compartment::Grant(grant)) = (head, &compartment) {
                // It was made, and its head held back.
                empty.push(*grant);
            }
            self.adopt_compartment(transaction, *id, theirs, ours.as_ref(), (&standing, now))?;
        }
        Ok(empty)
    }

    /// Makes one compartment what the host has of it, under the later of both epochs.
    fn adopt_compartment(
        &self,
        transaction: &Transaction<'_>,
        id: CompartmentId,
        theirs: &StoredEpoch,
        ours: Option<&CompartmentRow>,
        (standing, now): (&BTreeSet<GrantId>, Timestamp),
    ) -> Result<(), WalletError> {
        let epoch = merged_epoch(ours, theirs);
        let is_read_by_others = !epoch.holders.iter().all(|holder| standing.contains(holder));
        let row = match ours {
            Some(ours) => {
                compartments::clear(transaction, ours.row)?;
                compartments::set_epoch(transaction, id, &epoch, now)?;
                ours.row
            }
            None => compartments::create(transaction, id, &epoch, now)?,
        };
        let is_own = Compartment::parse(&theirs.label) == Some(Compartment::Own);
        let lists = self.lists.get(&id).into_iter().flat_map(Lists::both);
        add_lists(transaction, row, (id, is_own), lists)?;
        set_served_head(transaction, row, &self.space, id)?;
        if let Some(ours) = ours {
            compartments::raise_version(transaction, row, ours.version)?;
        }
        if is_read_by_others && !is_own {
            compartments::mark_changed(transaction, row)?;
        }
        Ok(())
    }

    /// Decides which version of each record is shown: as the other wallet's lists say, and anew where this one has
    /// something of its own to it.
    fn settle(&self, transaction: &Transaction<'_>, ours_alone: &[u32]) -> Result<(), WalletError> {
        let mut ours = self.decided_here(transaction, ours_alone)?;
        let Marks { mut marks, gone, hidden } = self.marks(transaction, &mut ours)?;
        let is_plain = |marks: &BTreeMap<u32, (u32, Mark)>| {
            marks.iter().all(|(number, (_, mark))| *number == 1 && !mark.is_superseded && !mark.is_withdrawn)
        };
        marks.retain(|record, marks| !ours.contains(record) && !is_plain(marks));
        settle_restored(transaction, &marks, &gone)?;
        ours.extend(take_back(transaction, &hidden)?);
        ours.extend(shown_and_taken_back(transaction)?);
        settle_all(transaction, ours)?;
        self.relist_marked(transaction)
    }

    /// The records to which this wallet has something of its own: its imports and removals, versions that only it has, and
    /// what it had taken back that the other wallet got once more.
    fn decided_here(
        &self,
        transaction: &Transaction<'_>,
        ours_alone: &[u32],
    ) -> Result<BTreeSet<RecordRow>, WalletError> {
        let nowhere: BTreeSet<u32> = deliveries::carried_by_none(transaction)?.into_iter().collect();
        let ids = self.delivery_ids();
        let mut ours = BTreeSet::new();
        for delivery in deliveries::all(transaction)?.iter().filter(|one| !ids.contains(&one.id)) {
            ours.extend(deliveries::records_of(transaction, delivery.number)?);
            ours.extend(deliveries::removed_by(transaction, delivery.number)?);
        }
        for seq in ours_alone {
            ours.insert(sealed::record_of(transaction, *seq)?);
        }
        self.state.carry_again(transaction)?;
        // What was taken back here, and the other wallet got once more.
        let still: BTreeSet<u32> = deliveries::carried_by_none(transaction)?.into_iter().collect();
        let again: Vec<u32> = nowhere.difference(&still).copied().collect();
        ours.extend(undo_take_back(transaction, &again)?);
        deliveries::take_back_undone(transaction)?;
        Ok(ours)
    }

    /// How the other wallet's lists mark each version; adds to `ours` what is out of sight here alone.
    fn marks(
        &self,
        transaction: &Transaction<'_>,
        ours: &mut BTreeSet<RecordRow>,
    ) -> Result<Marks, StoreError> {
        let ids = self.delivery_ids();
        let removed = self.state.removed_records();
        let mut marks: BTreeMap<RecordRow, BTreeMap<u32, (u32, Mark)>> = BTreeMap::new();
        let (mut gone, mut hidden) = (BTreeSet::new(), Vec::new());
        for one in &self.listed {
            let Some(stored) = restoring::find(transaction, one.name)? else { continue };
            let record = sealed::record_of(transaction, stored.seq)?;
            let here = mark(transaction, stored.seq)?;
            let is_removed = one.mark.is_withdrawn && removed.contains(&one.name.record);
            if here.is_withdrawn && !one.mark.is_withdrawn {
                ours.insert(record);
            }
            if one.mark.is_withdrawn && !here.is_withdrawn && !is_removed {
                // Out of sight there, although a delivery stands that the other wallet knows: moved by hand.
                let standing = deliveries::standing_with(transaction, stored.seq)?;
                if standing.iter().any(|delivery| ids.contains(delivery)) {
                    hidden.push(stored.seq);
                }
            }
            if is_removed {
                gone.insert(record);
            }
            marks.entry(record).or_default().insert(one.name.number, (stored.seq, one.mark));
        }
        Ok(Marks { marks, gone, hidden })
    }

    /// Lists again what is listed otherwise than the other wallet's lists mark it.
    fn relist_marked(&self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        for one in &self.listed {
            let Some(stored) = restoring::find(transaction, one.name)? else { continue };
            let entry = sealed::version(transaction, stored.seq)?;
            if entry.is_some_and(|entry| {
                (entry.superseded, entry.withdrawn) != (one.mark.is_superseded, one.mark.is_withdrawn)
            }) {
                relist(transaction, stored.seq)?;
            }
        }
        Ok(())
    }
}

/// How the lists of another wallet mark versions, by the rows of this one.
struct Marks {
    /// By record, then by the number of the version.
    marks: BTreeMap<RecordRow, BTreeMap<u32, (u32, Mark)>>,
    /// Records that were removed at their source.
    gone: BTreeSet<RecordRow>,
    /// Versions that are out of sight there though an import that stands carries them.
    hidden: Vec<u32>,
}

/// The epoch of a compartment that both have: the later one. Where both made one of the same number, or ours is later and
/// the other wallet has published under another key since, the next head goes out under a new one.
fn merged_epoch(ours: Option<&CompartmentRow>, theirs: &StoredEpoch) -> StoredEpoch {
    let key = theirs.key.duplicate();
    let label = theirs.label.clone();
    let mut holders: BTreeSet<GrantId> = theirs.holders.iter().copied().collect();
    let mut epoch = theirs.epoch;
    if let Some(ours) = ours.filter(|ours| ours.holders.epoch >= theirs.epoch) {
        holders.extend(&ours.holders.grants);
        if ours.epoch_key.expose() != theirs.key.expose() && ours.compartment != Compartment::Own {
            holders.insert(compartments::SOMEBODY);
        }
        epoch = ours.holders.epoch;
    }
    StoredEpoch { label, epoch, key, holders: holders.into_iter().collect() }
}

//! The wallet's own state out of `self`: what was decided, with whom, and the keys that go with it.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto::{self, Rng};
use keepwell_protocol::domain::{Category, CompartmentId, Object, RecordId, Timestamp};
use keepwell_protocol::vault::{
    Compartment, RecordBlob, Segment, SegmentEntry, SegmentRef, SpaceGrant, SpaceView,
};
use rusqlite::Transaction;

use super::fetch::{Fetcher, Wanted};
use super::lists::Lists;
use super::opened::{OpenedSpace, open_head};
use super::report::{Missing, RestoreReport, StateKind};
use super::state_names::StateNames;
use crate::error::WalletError;
use crate::store::anchor::{self, StoredAnchor};
use crate::store::held_keys::HeldKeys;
use crate::store::links::StoredLink;
use crate::store::outbox::{self, Outgoing};
use crate::store::records::{RecordRow, VersionName};
use crate::store::sealed_state::{self, SealedState};
use crate::store::settings::Setting;
use crate::store::state_object::{
    LogPart, OwnerPatients, OwnerReferences, Relationship, StoredDelivery, StoredEpoch, StoredGrant, name,
};
use crate::store::takeover::StoredTakeover;
use crate::store::{
    Store, StoreError, commits, compartments, deliveries, grants, links, owner_patients, relationships,
    restoring, settings, state_log,
};

/// Everything in `self` that this program can read.
#[derive(Default)]
pub(crate) struct OwnState {
    pub(crate) relationships: Vec<Relationship>,
    pub(crate) grants: Vec<StoredGrant>,
    pub(crate) links: Vec<StoredLink>,
    pub(crate) anchor: Option<StoredAnchor>,
    /// Whether there may be a newer note of the anchor, which is lost.
    pub(crate) may_have_lost_anchor: bool,
    /// Whether there may be a later takeover than the one known.
    pub(crate) may_have_lost_takeover: bool,
    /// The last takeover; none: the wallet that made the space acts on it.
    pub(crate) takeover: Option<StoredTakeover>,
    pub(crate) epochs: BTreeMap<CompartmentId, StoredEpoch>,
    /// Who the owner is; none if no object says so, as before there was one.
    pub(crate) owner: Option<OwnerPatients>,
    /// What 0.1.0 noted in the place of that.
    owner_references: Vec<(String, String)>,
    pub(crate) deliveries: Vec<StoredDelivery>,
    pub(crate) log: BTreeMap<u64, state_log::Entry>,
    pub(crate) sealed: Vec<(String, SealedState)>,
}

impl OwnState {
    /// Fetches and reads the newest version of every object; what is not there is named in `report`.
    ///
    /// An older version is not taken in place of one that is known to be lost: what was decided since
    /// would be undone. Where a whole list is lost that can't be known, and the ledger's word on each
    /// grant decides.
    pub(crate) fn read(
        lists: &Lists,
        view: &SpaceView,
        store: &mut Store,
        fetcher: &mut Fetcher<'_>,
        report: &mut RestoreReport,
    ) -> Result<Self, WalletError> {
        let mut newest: BTreeMap<RecordId, &SegmentEntry> = BTreeMap::new();
        for entry in lists.entries() {
            let newer = newest.get(&entry.record).is_none_or(|known| known.version <= entry.version);
            if newer {
                newest.insert(entry.record, entry);
            }
        }
        let entries: Vec<&SegmentEntry> = newest.into_values().filter(|entry| !entry.withdrawn).collect();
        let wanted: Vec<Wanted> =
            entries.iter().map(|entry| Wanted { blob: entry.blob, length: entry.length }).collect();
        let mut state = Self::default();
        let (mut lost, mut newer) = (Vec::new(), 0);
        for (entry, sealed) in entries.into_iter().zip(fetcher.fetch_kept(store, &wanted)?) {
            let record = sealed.and_then(|sealed| RecordBlob::open(&entry.key, &sealed).ok());
            let named = |record: &RecordBlob| {
                let name = record.header.resource_type.as_str();
                name.starts_with(name::ANY) && crypto::record_id(name.as_bytes()) == entry.record
            };
            match record.filter(named) {
                Some(record) => newer += u64::from(!state.take(entry, &record)),
                None => lost.push(entry),
            }
        }
        report.add(Missing::NewerState { count: newer });
        state.name_lost(&lost, view, report);
        report.add(Missing::StateLists { entries: lists.lost_entries() });
        state.may_have_lost_anchor |= lists.lost_entries() > 0;
        state.may_have_lost_takeover |= lists.lost_entries() > 0;
        // The ledger takes the grants of an account in their order.
        state.grants.sort_unstable_by_key(|grant| (grant.terms.account, grant.terms.number));
        Ok(state)
    }

    /// Takes an object whose name is right; false if this program does not know what it says.
    fn take(&mut self, entry: &SegmentEntry, record: &RecordBlob) -> bool {
        let (name, bytes) = (record.header.resource_type.as_str(), record.bytes.as_slice());
        let digest = crypto::sha256(bytes);
        self.sealed.push((name.to_owned(), SealedState { number: entry.version, blob: entry.blob, digest }));
        self.take_known(name, bytes).is_some()
    }

    fn take_known(&mut self, name: &str, bytes: &[u8]) -> Option<()> {
        if name.starts_with(name::RELATIONSHIP) {
            self.relationships.push(Relationship::from_cbor(bytes).ok()?);
        } else if name.starts_with(name::GRANT) {
            self.grants.push(StoredGrant::from_cbor(bytes).ok()?);
        } else if let Some(id) = name.strip_prefix(name::EPOCH) {
            let epoch = StoredEpoch::from_cbor(bytes).ok()?;
            Compartment::parse(&epoch.label)?;
            self.epochs.insert(CompartmentId::parse(id).ok()?, epoch);
        } else if name.starts_with(name::DELIVERY) {
            self.deliveries.push(StoredDelivery::from_cbor(bytes).ok()?);
        } else if name.starts_with(name::LINK) {
            self.links.push(StoredLink::from_cbor(bytes).ok()?);
        } else if name.starts_with(name::LOG) {
            let part = LogPart::from_cbor(bytes).ok()?.0;
            self.log.extend(part.into_iter().map(|entry| (entry.seq, entry)));
        } else if name == name::ANCHOR {
            self.anchor = Some(StoredAnchor::from_cbor(bytes).ok()?);
        } else if name == name::TAKEOVER {
            self.takeover = Some(StoredTakeover::from_cbor(bytes).ok()?);
        } else if name == name::OWNER {
            self.owner = Some(OwnerPatients::from_cbor(bytes).ok()?);
        } else if name == name::OWNER_REFERENCES {
            self.owner_references = OwnerReferences::from_cbor(bytes).ok()?.pairs();
        } else {
            return None;
        }
        Some(())
    }

    /// Finds out what lost objects were, and notes under which numbers, so that what is sealed in their
    /// place counts as newer.
    fn name_lost(&mut self, lost: &[&SegmentEntry], view: &SpaceView, report: &mut RestoreReport) {
        if lost.is_empty() {
            return;
        }
        let names = StateNames::of(view, &self.grants);
        for entry in lost {
            let found = names.find(entry.record);
            let kind = found.as_ref().map_or(StateKind::Unknown, |(kind, _)| *kind);
            report.add(Missing::State { kind, count: 1 });
            self.may_have_lost_anchor |= matches!(kind, StateKind::Anchor | StateKind::Unknown);
            self.may_have_lost_takeover |= matches!(kind, StateKind::Takeover | StateKind::Unknown);
            if kind == StateKind::Takeover {
                // Each takeover was sealed once.
                self.takeover = Some(StoredTakeover { number: entry.version, time: Timestamp(0) });
            }
            if let Some((_, name)) = found {
                let sealed = SealedState { number: entry.version, blob: entry.blob, digest: [0; 32] };
                self.sealed.push((name, sealed));
            }
        }
    }

    /// Makes the epoch of each compartment that lacks one, from its head: its key is in the owner's copy
    /// there. Who holds that is not known, so the next publication is under another.
    pub(crate) fn complete_epochs(&mut self, view: &SpaceView, keys: &HeldKeys) -> Result<(), WalletError> {
        let absent: Vec<_> =
            view.heads.iter().filter(|head| !self.epochs.contains_key(&head.compartment)).collect();
        if absent.is_empty() {
            return Ok(());
        }
        let categories = Category::ALL.iter().copied().map(Compartment::Category);
        let served = view.grants.iter().map(|served| served.entry.grant);
        let granted = served.chain(self.grants.iter().map(StoredGrant::id)).map(Compartment::Grant);
        let labels: BTreeMap<CompartmentId, Compartment> = categories
            .chain(granted)
            .chain([Compartment::Own])
            .map(|one| (crypto::compartment_id(&keys.compartment, &one.to_string()), one))
            .collect();
        for head in absent {
            let Some(compartment) = labels.get(&head.compartment) else { continue };
            let holders = match compartment {
                Compartment::Own => Vec::new(),
                Compartment::Category(_) | Compartment::Grant(_) => vec![compartments::SOMEBODY],
            };
            let key = head.open_owner_wrap(&keys.vault)?;
            let epoch = StoredEpoch { label: compartment.to_string(), epoch: head.epoch, key, holders };
            self.epochs.insert(head.compartment, epoch);
        }
        Ok(())
    }

    /// What this wallet becomes by taking over.
    pub(crate) fn next_takeover(&self, now: Timestamp) -> StoredTakeover {
        let number = self.takeover.map_or(0, |last| last.number);
        StoredTakeover { number: number.saturating_add(1), time: now }
    }

    /// The label of a compartment.
    pub(crate) fn label(&self, compartment: CompartmentId) -> Option<String> {
        self.epochs.get(&compartment).map(|epoch| epoch.label.clone())
    }

    /// The category that a compartment holds; none if it is another kind.
    pub(crate) fn category(&self, compartment: CompartmentId) -> Option<Category> {
        match Compartment::parse(&self.epochs.get(&compartment)?.label)? {
            Compartment::Category(category) => Some(category),
            Compartment::Grant(_) | Compartment::Own => None,
        }
    }

    /// The compartments and what they are.
    pub(crate) fn compartments(&self) -> impl Iterator<Item = (CompartmentId, Compartment)> {
        self.epochs.iter().filter_map(|(id, epoch)| Some((*id, Compartment::parse(&epoch.label)?)))
    }

    /// Fetches and opens the lists of every compartment but the wallet's own, which are `own`. What can't be read is
    /// named in `report`.
    pub(crate) fn fetch_lists(
        &self,
        space: &OpenedSpace,
        own: Lists,
        keys: &HeldKeys,
        store: &mut Store,
        fetcher: &mut Fetcher<'_>,
        report: &mut RestoreReport,
    ) -> Result<BTreeMap<CompartmentId, Lists>, WalletError> {
        let mut lists = BTreeMap::from([(space.own.compartment, own)]);
        for sealed in space.view.heads.iter().filter(|head| head.compartment != space.own.compartment) {
            let Some(label) = self.label(sealed.compartment) else {
                report.add(Missing::Compartments { count: 1 });
                continue;
            };
            let found = Lists::fetch(&open_head(sealed, keys, &label)?, store, fetcher)?;
            let category = self.category(sealed.compartment);
            report.add(Missing::Lists { category, entries: found.lost_entries() });
            lists.insert(sealed.compartment, found);
        }
        Ok(lists)
    }

    /// Writes everything into a new database.
    ///
    /// The log goes on where it ended: its first entry is that of the new slots, the others are those
    /// of before, under their numbers.
    pub(crate) fn write(
        &self,
        transaction: &Transaction<'_>,
        space: &OpenedSpace,
        lists: &BTreeMap<CompartmentId, Lists>,
        now: Timestamp,
    ) -> Result<(), WalletError> {
        self.write_log(transaction, now)?;
        self.log_absent(transaction, now)?;
        for relationship in &self.relationships {
            relationships::set(transaction, relationship)?;
        }
        self.write_grants(transaction, space, now)?;
        self.write_links(transaction, space, now)?;
        if let Some(anchor) = &self.anchor {
            anchor::set(transaction, anchor)?;
        }
        match &self.owner {
            Some(owner) => owner.add(transaction)?,
            None => owner_patients::adopt(transaction, &self.owner_references)?,
        }
        for (id, epoch) in &self.epochs {
            let row = compartments::create(transaction, *id, epoch, now)?;
            let lists = lists.get(id).into_iter().flat_map(Lists::both);
            add_lists(transaction, row, (*id, *id == space.own.compartment), lists)?;
            set_served_head(transaction, row, space, *id)?;
        }
        for (name, sealed) in &self.sealed {
            sealed_state::set(transaction, name, sealed)?;
        }
        Ok(())
    }

    fn write_log(&self, transaction: &Transaction<'_>, now: Timestamp) -> Result<(), StoreError> {
        let Some(last) = self.log.keys().next_back() else { return Ok(()) };
        for seq in 2..=*last {
            match self.log.get(&seq) {
                Some(entry) => {
                    state_log::append(transaction, entry.time, &entry.kind, &entry.subject, &entry.body)?
                }
                // The others keep their numbers.
                None => state_log::append(transaction, now, LOST_ENTRY, &[], &[])?,
            };
        }
        settings::write(transaction, Setting::LogSealed, &last.to_be_bytes())
    }

    fn write_grants(
        &self,
        transaction: &Transaction<'_>,
        space: &OpenedSpace,
        now: Timestamp,
    ) -> Result<(), WalletError> {
        for grant in &self.grants {
            let served = space.view.grants.iter().find(|served| served.entry.grant == grant.id());
            let mut grant = grant.clone();
            let is_ended = end_if_dropped(transaction, &mut grant, served, now)?;
            grants::set(transaction, &grant, now)?;
            let entry = served.filter(|served| !served.dropped).map(|served| &served.entry);
            grants::restore_entry(transaction, grant.id(), entry)?;
            if !is_ended {
                requeue(transaction, &grant, now)?;
            }
        }
        Ok(())
    }

    fn write_links(
        &self,
        transaction: &Transaction<'_>,
        space: &OpenedSpace,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for link in &self.links {
            let served = space.view.links.iter().find(|served| served.id == link.entry.id);
            let mut entry = link.entry.clone();
            if let Some(served) = served {
                entry.paused = served.paused;
                entry.revoked |= served.revoked;
            }
            let is_told = served.is_none_or(|served| *served == entry);
            links::set(transaction, &StoredLink { entry, ..link.clone() }, is_told, now)?;
            links::requeue_grant(transaction, link.entry.id, now)?;
        }
        Ok(())
    }

    /// Writes down the deliveries, before what they brought.
    pub(crate) fn write_deliveries(&self, store: &mut Store) -> Result<(), WalletError> {
        store.write(&mut Rng::system(), |transaction, _| {
            Ok(self
                .deliveries
                .iter()
                .try_for_each(|one| deliveries::restore(transaction, &one.delivery()))?)
        })
    }

    /// Records that a delivery says were removed at their source.
    pub(crate) fn removed_records(&self) -> BTreeSet<RecordId> {
        let told = self.deliveries.iter().filter(|one| one.undone.is_none());
        told.flat_map(|one| one.removals.iter().flatten()).map(|removal| removal.record).collect()
    }

    /// Writes down what deliveries carried besides what they brought first, once all records are there.
    pub(crate) fn write_carried_again(&self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        self.carry_again(transaction)?;
        Ok(deliveries::take_back_undone(transaction)?)
    }

    /// Notes what each delivery carried that was there before it, and what it says was removed at its source.
    pub(super) fn carry_again(&self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        let deliveries: Vec<_> = self.deliveries.iter().map(StoredDelivery::delivery).collect();
        deliveries::carry_again(transaction, deliveries.iter())?;
        for (stored, delivery) in self.deliveries.iter().zip(&deliveries) {
            for removal in stored.removals() {
                let first = VersionName { record: removal.record, number: 1 };
                if let Some(found) = restoring::find(transaction, first)? {
                    deliveries::restore_removal(
                        transaction,
                        delivery.number,
                        RecordRow::of_first(found.seq),
                        &removal,
                    )?;
                }
            }
        }
        Ok(())
    }

    /// Notes in the log that what it guards and what is not back is not there any more: a row without
    /// which the log does not agree would be taken for one that somebody removed.
    fn log_absent(&self, transaction: &Transaction<'_>, now: Timestamp) -> Result<(), WalletError> {
        let granted: BTreeSet<Vec<u8>> = self.grants.iter().map(|one| one.id().as_bytes().to_vec()).collect();
        let epochs: BTreeSet<Vec<u8>> = self.epochs.keys().map(|id| id.as_bytes().to_vec()).collect();
        for (guarded, present) in [(grants::GUARDED, granted), (compartments::GUARDED, epochs)] {
            let mut absent: BTreeSet<&[u8]> = BTreeSet::new();
            for entry in self.log.values() {
                if entry.kind == guarded.written && !present.contains(&entry.subject) {
                    absent.insert(&entry.subject);
                } else if entry.kind == guarded.removed {
                    absent.remove(entry.subject.as_slice());
                }
            }
            for subject in absent {
                state_log::append(transaction, now, guarded.removed, subject, &[])?;
            }
        }
        Ok(())
    }
}

/// Lists the segments that the host has of a compartment; of one that could not be read its name stays, since the host may
/// find it again. Of the wallet's own compartment it goes: each object is sealed anew, and older ones must not come
/// back with it.
pub(super) fn add_lists<'l>(
    transaction: &Transaction<'_>,
    row: i64,
    (id, is_own): (CompartmentId, bool),
    lists: impl Iterator<Item = (&'l SegmentRef, Option<&'l Segment>)>,
) -> Result<(), StoreError> {
    for (reference, segment) in lists {
        match segment {
            Some(segment) => compartments::add_segment(transaction, row, reference, segment)?,
            None if is_own => commits::remove_reference(transaction, id, reference.blob)?,
            None => compartments::add_segment(transaction, row, reference, &Segment(Vec::new()))?,
        }
    }
    Ok(())
}

/// Notes the head that the host serves of a compartment, if it does, as acknowledged.
pub(super) fn set_served_head(
    transaction: &Transaction<'_>,
    row: i64,
    space: &OpenedSpace,
    id: CompartmentId,
) -> Result<(), StoreError> {
    if let Some(sealed) = space.view.heads.iter().find(|sealed| sealed.compartment == id) {
        compartments::set_head(transaction, row, sealed)?;
        compartments::acknowledge_head(transaction, sealed)?;
    }
    Ok(())
}

/// Ends a grant that `self` has as it was before, and that the host has dropped: of what a wallet ended just before it was
/// lost only the drop may have gone out. Answers whether it did.
pub(crate) fn end_if_dropped(
    transaction: &Transaction<'_>,
    grant: &mut StoredGrant,
    served: Option<&SpaceGrant>,
    now: Timestamp,
) -> Result<bool, WalletError> {
    let is_ended = served.is_some_and(|served| served.dropped)
        && grant.state.is_entitled()
        && now < grant.terms.not_after;
    if is_ended {
        (grant.state, grant.since, grant.delivered) = (GrantState::Revoking, now, false);
        outbox::end(transaction, grant.terms.account, grant.id(), &grant.revocation, now)?;
    }
    Ok(is_ended)
}

/// Queues again what may not have been sent before the old wallet was lost; sending it twice harms
/// nothing.
pub(crate) fn requeue(
    transaction: &Transaction<'_>,
    grant: &StoredGrant,
    now: Timestamp,
) -> Result<(), WalletError> {
    let (account, id) = (grant.terms.account, grant.id());
    match grant.state {
        GrantState::Pending => {
            outbox::add(transaction, Outgoing::Transaction, account, id, &grant.transaction, now)?;
        }
        GrantState::Revoking => {
            outbox::end(transaction, account, id, &grant.revocation, now)?;
        }
        GrantState::Active | GrantState::Expired | GrantState::Revoked => {}
    }
    if grant.state.is_entitled() && !grant.delivered {
        outbox::add(transaction, Outgoing::Envelope, account, id, &[], now)?;
    }
    Ok(())
}

/// The kind of a state log's entries that stand for lost ones.
pub(crate) const LOST_ENTRY: &str = "lost";

//! The wallet's own state out of `self`: what was decided, with whom, and the keys that go with it.

use std::collections::BTreeMap;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{BlobId, CompartmentId, Object, RecordId, Timestamp};
use keepwell_protocol::vault::{Compartment, Head, RecordBlob, Segment, SegmentEntry};
use rusqlite::Transaction;

use super::OpenedSpace;
use super::fetch::Fetcher;
use crate::error::WalletError;
use crate::store::links::StoredLink;
use crate::store::outbox::{self, Outgoing};
use crate::store::state_object::{
    self, LogPart, Relationship, SealedState, StoredAnchor, StoredEpoch, StoredGrant, name,
};
use crate::store::{compartments, grants, links, owner_reference, relationships, settings, state_log};

/// Everything in `self` that this program can read.
#[derive(Default)]
pub(super) struct OwnState {
    pub(super) relationships: Vec<Relationship>,
    pub(super) grants: Vec<StoredGrant>,
    pub(super) links: Vec<StoredLink>,
    pub(super) anchor: Option<StoredAnchor>,
    epochs: BTreeMap<CompartmentId, StoredEpoch>,
    owner_references: Vec<(String, String)>,
    log: BTreeMap<u64, state_log::Entry>,
    sealed: Vec<(String, SealedState)>,
    /// Objects that are not at the host or not of a known kind.
    pub(super) unreadable: u64,
}

impl OwnState {
    /// Fetches and reads the newest version of every object.
    pub(super) fn read(segments: &[Segment], fetcher: &mut Fetcher<'_>) -> Result<Self, WalletError> {
        let mut newest: BTreeMap<RecordId, &SegmentEntry> = BTreeMap::new();
        for entry in segments.iter().flat_map(|segment| &segment.0) {
            let newer = newest.get(&entry.record).is_none_or(|known| known.version <= entry.version);
            if newer {
                newest.insert(entry.record, entry);
            }
        }
        let entries: Vec<&SegmentEntry> = newest.into_values().filter(|entry| !entry.withdrawn).collect();
        let wanted: Vec<(BlobId, u64)> = entries.iter().map(|entry| (entry.blob, entry.length)).collect();
        let mut state = Self::default();
        let before = fetcher.missing;
        fetcher.fetch(&wanted, &mut |blobs| {
            for (at, sealed) in blobs {
                let entry = entries.get(at).ok_or(WalletError::SpaceDamaged)?;
                let record = RecordBlob::open(&entry.key, &sealed)?;
                state.take(entry, &record)?;
            }
            Ok(())
        })?;
        state.unreadable += fetcher.missing - before;
        Ok(state)
    }

    fn take(&mut self, entry: &SegmentEntry, record: &RecordBlob) -> Result<(), WalletError> {
        let (name, bytes) = (record.header.resource_type.as_str(), record.bytes.as_slice());
        if crypto::record_id(name.as_bytes()) != entry.record {
            return Err(WalletError::SpaceDamaged);
        }
        let damaged = |_| WalletError::SpaceDamaged;
        if name.starts_with(name::RELATIONSHIP) {
            self.relationships.push(Relationship::from_cbor(bytes).map_err(damaged)?);
        } else if name.starts_with(name::GRANT) {
            self.grants.push(StoredGrant::from_cbor(bytes).map_err(damaged)?);
        } else if let Some(id) = name.strip_prefix(name::EPOCH) {
            let id = CompartmentId::parse(id).map_err(|_| WalletError::SpaceDamaged)?;
            self.epochs.insert(id, StoredEpoch::from_cbor(bytes).map_err(damaged)?);
        } else if name.starts_with(name::LINK) {
            self.links.push(StoredLink::from_cbor(bytes).map_err(damaged)?);
        } else if name.starts_with(name::LOG) {
            let part = LogPart::from_cbor(bytes).map_err(damaged)?.0;
            self.log.extend(part.into_iter().map(|entry| (entry.seq, entry)));
        } else if name == name::ANCHOR {
            self.anchor = Some(StoredAnchor::from_cbor(bytes).map_err(damaged)?);
        } else if name == name::OWNER_REFERENCES {
            self.owner_references = state_object::OwnerReferences::from_cbor(bytes).map_err(damaged)?.pairs();
        } else {
            self.unreadable += 1;
        }
        let digest = crypto::sha256(bytes);
        self.sealed.push((name.to_owned(), SealedState { number: entry.version, blob: entry.blob, digest }));
        Ok(())
    }

    /// The label of a compartment.
    pub(super) fn label(&self, compartment: CompartmentId) -> Option<String> {
        self.epochs.get(&compartment).map(|epoch| epoch.label.clone())
    }

    /// The compartments and what they are.
    pub(super) fn compartments(&self) -> impl Iterator<Item = (CompartmentId, Compartment)> {
        self.epochs.iter().filter_map(|(id, epoch)| Some((*id, Compartment::parse(&epoch.label)?)))
    }

    /// Writes everything into a new database.
    ///
    /// The log goes on where it ended: its first entry is that of the new slots, the others are those
    /// of before, under their numbers.
    pub(super) fn write(
        &self,
        transaction: &Transaction<'_>,
        space: &OpenedSpace,
        heads: &BTreeMap<CompartmentId, Head>,
        segments: &BTreeMap<CompartmentId, Vec<Segment>>,
        now: Timestamp,
    ) -> Result<(), WalletError> {
        for entry in self.log.values().filter(|entry| entry.seq > 1) {
            state_log::append(transaction, entry.time, &entry.kind, &entry.subject, &entry.body)?;
        }
        if let Some(last) = self.log.keys().next_back() {
            settings::write(transaction, crate::facade::publish::LOG_SEALED, &last.to_be_bytes())?;
        }
        for relationship in &self.relationships {
            relationships::set(transaction, relationship)?;
        }
        for grant in &self.grants {
            grants::set(transaction, grant, now)?;
            let served = space.view.grants.iter().find(|served| served.entry.grant == grant.id());
            let entry = served.filter(|served| !served.dropped).map(|served| &served.entry);
            grants::restore_entry(transaction, grant.id(), entry)?;
            requeue(transaction, grant, now)?;
        }
        for link in &self.links {
            let served = space.view.links.iter().find(|served| served.id == link.entry.id);
            let entry = served.unwrap_or(&link.entry).clone();
            links::set(transaction, &StoredLink { entry, ..link.clone() }, true)?;
        }
        if let Some(anchor) = &self.anchor {
            state_object::set_anchor(transaction, anchor)?;
        }
        let references = self.owner_references.iter().cloned().collect();
        owner_reference::add(transaction, &references)?;
        for (id, epoch) in &self.epochs {
            let row = compartments::create(transaction, *id, epoch, now)?;
            let head = match heads.get(id) {
                Some(head) => head,
                None if *id == space.own.compartment => &space.own,
                None => continue,
            };
            for (reference, segment) in head.segments.iter().zip(segments.get(id).into_iter().flatten()) {
                compartments::add_segment(transaction, row, reference, segment)?;
            }
            if let Some(sealed) = space.view.heads.iter().find(|sealed| sealed.compartment == *id) {
                compartments::set_head(transaction, row, sealed)?;
                compartments::acknowledge_head(transaction, sealed)?;
            }
        }
        for (name, sealed) in &self.sealed {
            state_object::set_sealed(transaction, name, sealed)?;
        }
        Ok(())
    }
}

/// Queues again what may not have been sent before the old wallet was lost; sending it twice harms
/// nothing.
fn requeue(transaction: &Transaction<'_>, grant: &StoredGrant, now: Timestamp) -> Result<(), WalletError> {
    let (account, id) = (grant.terms.account, grant.id());
    match grant.state {
        GrantState::Pending => {
            outbox::add(transaction, Outgoing::Transaction, account, id, &grant.transaction, now)?;
        }
        GrantState::Revoking => {
            outbox::add(transaction, Outgoing::Transaction, account, id, &grant.revocation, now)?;
        }
        GrantState::Active | GrantState::Expired | GrantState::Revoked => {}
    }
    if grant.state.is_entitled() && !grant.delivered {
        outbox::add(transaction, Outgoing::Envelope, account, id, &[], now)?;
    }
    Ok(())
}

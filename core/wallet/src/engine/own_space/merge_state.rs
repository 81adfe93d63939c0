//! The state of another wallet of the same words, taken into the one that goes on: what either decided counts, and
//! nothing that has ended begins again.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{GrantId, Timestamp};
use rusqlite::Transaction;

use super::opened::OpenedSpace;
use super::own_state::{LOST_ENTRY, OwnState, end_if_dropped, requeue};
use crate::error::WalletError;
use crate::store::anchor::{self, StoredAnchor};
use crate::store::sealed_state::{self, SealedState};
use crate::store::settings::Setting;
use crate::store::state_object::{Relationship, StoredGrant, name};
use crate::store::takeover::OtherWallet;
use crate::store::{
    StoreError, compartments, deliveries, grants, links, outbox, owner_patients, relationships, settings,
    state_log,
};

impl OwnState {
    /// Writes down the other wallet's deliveries, before what they brought.
    pub(crate) fn merge_deliveries(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let mut all: Vec<_> = self.deliveries.iter().map(|one| one.delivery()).collect();
        all.sort_unstable_by_key(|delivery| delivery.number);
        all.iter().try_for_each(|delivery| deliveries::merge(transaction, delivery))
    }

    /// Takes over relationships, grants, shares, the anchor and who the owner is; counts in `taken` what is new.
    pub(crate) fn merge_decisions(
        &self,
        transaction: &Transaction<'_>,
        space: &OpenedSpace,
        now: Timestamp,
        taken: &mut OtherWallet,
    ) -> Result<(), WalletError> {
        for theirs in &self.relationships {
            let next = match relationships::find(transaction, theirs.account)? {
                Some(ours) => merged_relationship(ours, theirs),
                None => theirs.clone(),
            };
            relationships::set(transaction, &next)?;
        }
        for theirs in &self.grants {
            self.merge_grant(transaction, theirs, now, taken)?;
        }
        for mut grant in grants::all(transaction)? {
            let served = space.view.grants.iter().find(|served| served.entry.grant == grant.id());
            if end_if_dropped(transaction, &mut grant, served, now)? {
                grants::set(transaction, &grant, now)?;
            }
            let served = served.filter(|served| !served.dropped).map(|served| &served.entry);
            grants::settle_entry(transaction, grant.id(), served, grant.state.is_entitled())?;
        }
        self.merge_links(transaction, space, now, taken)?;
        if let Some(theirs) = &self.anchor {
            let next = match anchor::find(transaction)? {
                Some(ours) => merged_anchor(ours, theirs),
                None => theirs.clone(),
            };
            anchor::set(transaction, &next)?;
        }
        self.merge_owner(transaction)
    }

    fn merge_links(
        &self,
        transaction: &Transaction<'_>,
        space: &OpenedSpace,
        now: Timestamp,
        taken: &mut OtherWallet,
    ) -> Result<(), StoreError> {
        for theirs in &self.links {
            let served = space.view.links.iter().find(|served| served.id == theirs.entry.id);
            let mut next = theirs.clone();
            if let Some(served) = served {
                next.entry.paused = served.paused;
                next.entry.revoked |= served.revoked;
            }
            match links::find(transaction, theirs.entry.id)? {
                Some(ours) => {
                    if !links::is_committed(transaction, theirs.entry.id)? {
                        next.entry.paused = ours.entry.paused;
                    }
                    next.entry.revoked |= ours.entry.revoked;
                    if let (Some(next), Some(ours)) = (next.grant.as_mut(), &ours.grant) {
                        next.state = next.state.max(ours.state);
                    }
                }
                None => taken.shares += 1,
            }
            // Of one that is over and that it does not know the host has nothing to learn.
            let is_told = served.map_or(now >= next.entry.expires, |served| *served == next.entry);
            links::set(transaction, &next, is_told, now)?;
            links::requeue_grant(transaction, next.entry.id, now)?;
        }
        Ok(())
    }

    fn merge_grant(
        &self,
        transaction: &Transaction<'_>,
        theirs: &StoredGrant,
        now: Timestamp,
        taken: &mut OtherWallet,
    ) -> Result<(), WalletError> {
        let id = theirs.id();
        let ours = grants::find(transaction, id)?;
        let is_same =
            |ours: &StoredGrant| ours.terms.commitment(&ours.salt) == theirs.terms.commitment(&theirs.salt);
        if ours.as_ref().is_some_and(|ours| !is_same(ours)) {
            // Its commit never went out, so neither ledger nor provider has heard of ours.
            outbox::remove_about(transaction, id)?;
            let known = relationships::find(transaction, theirs.terms.account)?;
            taken.grants_lost.extend(known.map(|known| known.card.card.name));
        }
        let Some(ours) = ours.filter(is_same) else {
            taken.grants += 1;
            grants::set(transaction, theirs, now)?;
            return requeue(transaction, theirs, now);
        };
        if theirs.state > ours.state {
            match theirs.state {
                state if state.is_entitled() => {}
                GrantState::Revoking => {
                    outbox::end(transaction, ours.terms.account, id, &ours.revocation, now)?;
                }
                _ => outbox::remove_about(transaction, id)?,
            }
        }
        let furthest = if theirs.state > ours.state { theirs } else { &ours };
        let (state, since) = (furthest.state, furthest.since);
        let delivered = ours.delivered || theirs.delivered;
        Ok(grants::set(transaction, &StoredGrant { state, since, delivered, ..ours }, now)?)
    }

    /// Whoever either accepted is the owner, but for what only deliveries gave that either took back.
    fn merge_owner(&self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        let before = sealed_state::find(transaction, name::OWNER)?;
        let theirs = self.sealed.iter().find(|(named, _)| named == name::OWNER);
        // Where the other wallet changed nothing, who was forgotten here stays so.
        let is_changed = theirs
            .is_some_and(|(_, theirs)| before.as_ref().is_none_or(|before| before.digest != theirs.digest));
        if let Some(owner) = self.owner.as_ref().filter(|_| is_changed) {
            owner.add(transaction)?;
        }
        for delivery in deliveries::all(transaction)?.iter().filter(|delivery| delivery.undone.is_some()) {
            owner_patients::take_back(transaction, delivery.number)?;
        }
        Ok(())
    }

    /// Appends to the log what the other wallet's says and this one's does not; each part of theirs is sealed anew
    /// from what stands in its place here. To be called before rows are written that the log guards.
    pub(crate) fn merge_log(&self, transaction: &Transaction<'_>, now: Timestamp) -> Result<(), StoreError> {
        let Some(end) = self.log.keys().next_back().copied() else { return Ok(()) };
        let ours = state_log::entries_after(transaction, 0, u32::MAX)?;
        let mut known: BTreeMap<EntryContent<'_>, u64> = BTreeMap::new();
        for entry in &ours {
            *known.entry(content_of(entry)).or_default() += 1;
        }
        let mut length = ours.len() as u64;
        let mut guarded = BTreeSet::new();
        // The first one and its like are about the slots of the device.
        for entry in self.log.values().filter(|entry| entry.kind != state_log::SLOTS) {
            match known.get_mut(&content_of(entry)).filter(|count| **count > 0) {
                Some(count) => *count -= 1,
                None => {
                    length =
                        state_log::append(transaction, entry.time, &entry.kind, &entry.subject, &entry.body)?;
                    guarded.insert((entry.kind.as_str(), entry.subject.as_slice()));
                }
            }
        }
        while length < end {
            length = state_log::append(transaction, now, LOST_ENTRY, &[], &[])?;
        }
        settings::write(transaction, Setting::LogSealed, &end.to_be_bytes())?;
        for (kind, subject) in guarded {
            if [grants::GUARDED.written, grants::GUARDED.removed].contains(&kind) {
                let grant =
                    GrantId::try_from(subject).ok().map(|id| grants::find(transaction, id)).transpose()?;
                match grant.flatten() {
                    Some(grant) => grants::set(transaction, &grant, now)?,
                    None => {
                        state_log::append(transaction, now, grants::GUARDED.removed, subject, &[])?;
                    }
                }
            } else if [compartments::GUARDED.written, compartments::GUARDED.removed].contains(&kind) {
                let all = compartments::all(transaction)?;
                match all.iter().find(|row| row.id.as_bytes().as_slice() == subject) {
                    Some(row) => compartments::set_epoch(transaction, row.id, &row.epoch(), now)?,
                    None => {
                        state_log::append(transaction, now, compartments::GUARDED.removed, subject, &[])?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What the host has of the wallet's own state from now on: the other wallet's objects. A part of its log that
    /// says something else than ours in its place is to be sealed anew.
    pub(crate) fn adopt_sealed(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let mut parts: Vec<u64> = self.sealed.iter().filter_map(|(named, _)| first_of(named)).collect();
        parts.sort_unstable();
        let ours = state_log::entries_after(transaction, 0, u32::MAX)?;
        let ours: BTreeMap<u64, &state_log::Entry> = ours.iter().map(|entry| (entry.seq, entry)).collect();
        let stands = |first: u64| {
            let next = parts.iter().find(|next| **next > first).copied().unwrap_or(u64::MAX);
            let mut theirs = self.log.range(first.max(2)..next);
            theirs.all(|(seq, entry)| ours.get(seq).is_some_and(|ours| content_of(ours) == content_of(entry)))
        };
        let changed: Vec<(&str, SealedState)> = self
            .sealed
            .iter()
            .map(|(named, sealed)| {
                let is_kept = first_of(named).is_none_or(stands);
                let digest = if is_kept { sealed.digest } else { [0; 32] };
                (named.as_str(), SealedState { number: sealed.number, blob: sealed.blob, digest })
            })
            .collect();
        sealed_state::replace_all(transaction, changed.iter().map(|(named, sealed)| (*named, sealed)))
    }
}

/// What an entry of a log says, whatever its place.
type EntryContent<'a> = (u64, &'a str, &'a [u8], &'a [u8]);

fn content_of(entry: &state_log::Entry) -> EntryContent<'_> {
    (entry.time.0, &entry.kind, &entry.subject, &entry.body)
}

/// The first entry of a part of the log, by the name of the object that has it.
fn first_of(named: &str) -> Option<u64> {
    u64::from_str_radix(named.strip_prefix(name::LOG)?, 16).ok()
}

/// The relationship as the newer card has it; numbers that either has used are used.
fn merged_relationship(ours: Relationship, theirs: &Relationship) -> Relationship {
    let is_newer = theirs.card.card.version > ours.card.card.version;
    let next_number = ours.next_number.max(theirs.next_number);
    let key =
        if theirs.key_number < ours.key_number || theirs.key_transaction.is_empty() { &ours } else { theirs };
    let (key_number, key_transaction) = (key.key_number, key.key_transaction.clone());
    let newer = if is_newer { theirs.clone() } else { ours };
    Relationship { next_number, key_number, key_transaction, ..newer }
}

/// The anchor that was sent last; what either may have sent is known, since it may be what the ledger holds.
fn merged_anchor(ours: StoredAnchor, theirs: &StoredAnchor) -> StoredAnchor {
    let rank = |anchor: &StoredAnchor| (anchor.number, anchor.version);
    let (mut later, earlier) =
        if rank(theirs) > rank(&ours) { (theirs.clone(), ours) } else { (ours, theirs.clone()) };
    if later.number == earlier.number {
        let unknown: Vec<_> = earlier.recent.into_iter().filter(|one| !later.recent.contains(one)).collect();
        later.recent.splice(0..0, unknown);
    }
    later
}

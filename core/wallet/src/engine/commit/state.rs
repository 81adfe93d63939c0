//! The wallet's own state as records of the `self` compartment: only what changed is sealed again.

use keepwell_protocol::crypto::{self, RecordKey};
use keepwell_protocol::domain::{CompartmentId, Object};
use keepwell_protocol::vault::{RecordBlob, RecordHeader, Segment, SegmentEntry};
use rusqlite::Transaction;

use super::Sealer;
use crate::error::WalletError;
use crate::store::sealed_state::{self, SealedState};
use crate::store::settings::Setting;
use crate::store::state_object::{LogPart, OwnerPatients, StoredDelivery, name};
use crate::store::{
    anchor, commits, compartments, grants, links, relationships, settings, state_log, takeover,
};

impl Sealer<'_> {
    /// Seals every state object that differs from what was sealed last, and lists them in a new
    /// segment of `self`.
    pub(super) fn seal_state(&mut self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        let own = self.own_compartment(transaction)?;
        let mut entries = Vec::new();
        for (account, object) in relationships::objects(transaction)? {
            self.seal_object(transaction, own.id, &name::relationship(account), &object, &mut entries)?;
        }
        for (grant, object) in grants::objects(transaction)? {
            self.seal_object(transaction, own.id, &name::grant(grant), &object, &mut entries)?;
        }
        for compartment in compartments::all(transaction)? {
            let object = compartment.epoch().to_cbor();
            self.seal_object(transaction, own.id, &name::epoch(compartment.id), &object, &mut entries)?;
        }
        for link in links::all(transaction)? {
            self.seal_object(transaction, own.id, &name::link(link.entry.id), &link.to_cbor(), &mut entries)?;
        }
        if let Some(anchor) = anchor::find(transaction)? {
            self.seal_object(transaction, own.id, name::ANCHOR, &anchor.to_cbor(), &mut entries)?;
        }
        if let Some(takeover) = takeover::find(transaction)? {
            self.seal_object(transaction, own.id, name::TAKEOVER, &takeover.to_cbor(), &mut entries)?;
        }
        for object in StoredDelivery::all(transaction)? {
            let name = name::delivery(object.number);
            self.seal_object(transaction, own.id, &name, &object.to_cbor(), &mut entries)?;
        }
        let owner = OwnerPatients::read(transaction)?;
        if !owner.0.is_empty() || sealed_state::find(transaction, name::OWNER)?.is_some() {
            self.seal_object(transaction, own.id, name::OWNER, &owner.to_cbor(), &mut entries)?;
        }
        self.seal_log(transaction, own.id, &mut entries)?;
        self.list(transaction, own.row, entries)
    }

    /// Seals the entries of the state log that are new since the last time, in parts.
    fn seal_log(
        &mut self,
        transaction: &Transaction<'_>,
        own: CompartmentId,
        entries: &mut Vec<SegmentEntry>,
    ) -> Result<(), WalletError> {
        for (first, last) in sealed_state::lost_log_parts(transaction)? {
            let part = state_log::entries_after(transaction, first.saturating_sub(1), LOG_PART)?;
            let part = LogPart(part.into_iter().filter(|entry| entry.seq <= last).collect());
            let name = name::log(first);
            self.seal_object(transaction, own, &name, &part.to_cbor(), entries)?;
        }
        let sealed = settings::read(transaction, Setting::LogSealed)?;
        let mut after = sealed.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
        loop {
            let part = state_log::entries_after(transaction, after, LOG_PART)?;
            let (Some(first), Some(last)) = (part.first(), part.last()) else { break };
            let name = name::log(first.seq);
            after = last.seq;
            self.seal_object(transaction, own, &name, &LogPart(part).to_cbor(), entries)?;
        }
        Ok(settings::write(transaction, Setting::LogSealed, &after.to_be_bytes())?)
    }

    fn seal_object(
        &mut self,
        transaction: &Transaction<'_>,
        own: CompartmentId,
        name: &str,
        object: &[u8],
        entries: &mut Vec<SegmentEntry>,
    ) -> Result<(), WalletError> {
        let digest = crypto::sha256(object);
        let before = sealed_state::find(transaction, name)?;
        if before.as_ref().is_some_and(|before| before.digest == digest) {
            return Ok(());
        }
        let record = RecordBlob {
            header: RecordHeader {
                resource_type: name.to_owned(),
                source: STATE_SOURCE.to_owned(),
                full_url: None,
                received: self.now,
                sha256: digest,
                category: None,
                encoding: None,
            },
            bytes: object.to_vec(),
        };
        let key = RecordKey::generate(self.rng)?;
        let (blob, bytes) = record.seal(&key, self.rng)?;
        commits::queue_upload(transaction, blob, &bytes)?;
        commits::add_reference(transaction, own, blob)?;
        if let Some(before) = &before {
            commits::remove_reference(transaction, own, before.blob)?;
        }
        let number = before.map_or(1, |before| before.number.saturating_add(1));
        sealed_state::set(transaction, name, &SealedState { number, blob, digest })?;
        entries.push(SegmentEntry {
            record: crypto::record_id(name.as_bytes()),
            version: number,
            blob,
            key,
            length: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            withdrawn: false,
            referenced: false,
            superseded: false,
        });
        Ok(())
    }
}

/// Drops from the entries of `self` those that a newer version of the same object has replaced.
pub(super) fn newest_only(segment: Segment, transaction: &Transaction<'_>) -> Result<Segment, WalletError> {
    let current = sealed_state::current_blobs(transaction)?;
    Ok(Segment(segment.0.into_iter().filter(|entry| current.contains(&entry.blob)).collect()))
}

/// What stands as the source of the wallet's own state.
const STATE_SOURCE: &str = "wallet";
/// Entries of the state log in one object.
const LOG_PART: u32 = 1_000;

//! Records out of the compartments: fetched, opened, stored again byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::{self, RecordKey, Rng};
use keepwell_protocol::domain::{BlobId, CompartmentId, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::ResourceHead;
use keepwell_protocol::vault::{Compartment, RecordBlob, Segment};
use rusqlite::Transaction;

use super::fetch::{Fetched, Fetcher};
use super::own_state::OwnState;
use crate::error::WalletError;
use crate::facade::publish::{names, references};
use crate::store::records::{Incoming, Stored, Trust, Version, Writer};
use crate::store::sealed;
use crate::store::{Store, StoreError, compartments};

/// One record version as a compartment lists it.
pub(super) struct Listed {
    record: RecordId,
    number: u32,
    blob: BlobId,
    key: RecordKey,
    length: u64,
}

/// What became of the versions.
#[derive(Default)]
pub(super) struct Brought {
    /// Versions that the host no longer has, or that do not follow from one it has.
    pub(super) missing: u64,
}

/// Every record version that lies in a compartment of a category, first versions first.
pub(super) fn entries(state: &OwnState, segments: &BTreeMap<CompartmentId, Vec<Segment>>) -> Vec<Listed> {
    let mut seen = BTreeSet::new();
    let mut listed = Vec::new();
    for (id, _) in state.compartments().filter(|(_, one)| matches!(one, Compartment::Category(_))) {
        for entry in segments.get(&id).into_iter().flatten().flat_map(|segment| &segment.0) {
            if seen.insert((entry.record, entry.version)) {
                listed.push(Listed {
                    record: entry.record,
                    number: entry.version,
                    blob: entry.blob,
                    key: entry.key.duplicate(),
                    length: entry.length,
                });
            }
        }
    }
    listed.sort_unstable_by_key(|listed| listed.number);
    listed
}

/// Fetches the versions and stores them with what was known beside their bytes.
pub(super) fn bring(
    store: &mut Store,
    listed: &[Listed],
    fetcher: &mut Fetcher<'_>,
) -> Result<Brought, WalletError> {
    let wanted: Vec<(BlobId, u64)> = listed.iter().map(|listed| (listed.blob, listed.length)).collect();
    let before = fetcher.missing;
    let mut stray = 0;
    fetcher.fetch(&wanted, &mut |blobs| {
        stray += store.write(&mut Rng::system(), |transaction| bring_batch(transaction, listed, blobs))?;
        Ok(())
    })?;
    Ok(Brought { missing: fetcher.missing - before + stray })
}

/// Stores one batch; returns how many did not become what they were listed as.
fn bring_batch(transaction: &Transaction<'_>, listed: &[Listed], blobs: Fetched) -> Result<u64, WalletError> {
    let mut writer: Option<(Timestamp, Writer<'_>)> = None;
    let mut stray = 0;
    for (at, sealed_bytes) in blobs {
        let listed = listed.get(at).ok_or(WalletError::SpaceDamaged)?;
        let RecordBlob { header, bytes } = RecordBlob::open(&listed.key, &sealed_bytes)?;
        let head = ResourceHead::read(&bytes).map_err(|_| WalletError::SpaceDamaged)?;
        if listed.number == 1 && crypto::record_id(&bytes) != listed.record {
            return Err(WalletError::SpaceDamaged);
        }
        match &writer {
            Some((received, _)) if *received == header.received => {}
            _ => {
                if let Some((_, writer)) = writer.take() {
                    writer.finish()?;
                }
                writer = Some((header.received, Writer::new(transaction, header.received)?));
            }
        }
        let Some((_, writer)) = &mut writer else { continue };
        let incoming = Incoming {
            bytes: &bytes,
            head: &head,
            full_url: header.full_url.as_deref(),
            source: &header.source,
            category: header.category,
            trust: Trust::Unverified,
        };
        if writer.put(&incoming)? == Stored::Duplicate {
            stray += 1;
            continue;
        }
        let seq = sealed::newest_version(transaction)?;
        let (record, number) = sealed::identity(transaction, seq)?;
        sealed::add(transaction, seq, listed.blob, &listed.key, listed.length)?;
        if (record, number) != (listed.record, listed.number) {
            stray += 1;
        }
        let version = Version {
            seq,
            record,
            number,
            category: header.category.ok_or(WalletError::SpaceDamaged)?,
            source: header.source,
            full_url: header.full_url,
            received: header.received,
            bytes: Vec::new(),
        };
        for name in names(&version, &head) {
            sealed::add_name(transaction, name, sealed::record_of(transaction, seq)?)?;
            sealed::take_awaited(transaction, name)?;
        }
        for name in references(&version, &head) {
            if sealed::named(transaction, name)?.is_none() {
                sealed::await_name(transaction, name)?;
            }
        }
    }
    if let Some((_, writer)) = writer {
        writer.finish()?;
    }
    Ok(stray)
}

/// Notes in which compartments the records about no patient lie.
pub(super) fn note_places(
    transaction: &Transaction<'_>,
    segments: &BTreeMap<CompartmentId, Vec<Segment>>,
) -> Result<(), StoreError> {
    let about_nobody: BTreeMap<RecordId, u32> = sealed::named_records(transaction)?.into_iter().collect();
    for row in compartments::all(transaction)? {
        for entry in segments.get(&row.id).into_iter().flatten().flat_map(|segment| &segment.0) {
            if let Some(first) = about_nobody.get(&entry.record) {
                compartments::add_about_nobody(transaction, row.row, *first)?;
            }
        }
    }
    Ok(())
}

//! Records out of the compartments: fetched, opened, stored again byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::{self, RecordKey, Rng};
use keepwell_protocol::domain::{BlobId, CompartmentId, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::ResourceHead;
use keepwell_protocol::vault::{Compartment, RecordBlob, RecordBlobError, Segment};
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
    /// Versions that only a newer program reads.
    pub(super) too_new: u64,
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
    let mut brought = Brought::default();
    fetcher.fetch(&wanted, &mut |blobs| {
        store.write(&mut Rng::system(), |transaction| bring_batch(transaction, listed, blobs, &mut brought))
    })?;
    brought.missing += fetcher.missing - before;
    Ok(brought)
}

/// Stores one batch; counts which did not become what they were listed as.
fn bring_batch(
    transaction: &Transaction<'_>,
    listed: &[Listed],
    blobs: Fetched,
    brought: &mut Brought,
) -> Result<(), WalletError> {
    let mut writer: Option<(Timestamp, Writer<'_>)> = None;
    for (at, sealed_bytes) in blobs {
        let listed = listed.get(at).ok_or(WalletError::SpaceDamaged)?;
        let RecordBlob { header, bytes } = match RecordBlob::open(&listed.key, &sealed_bytes) {
            Err(RecordBlobError::UnknownEncoding) => {
                brought.too_new += 1;
                continue;
            }
            opened => opened?,
        };
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
            brought.missing += 1;
            continue;
        }
        let seq = sealed::newest_version(transaction)?;
        let (record, number) = sealed::identity(transaction, seq)?;
        sealed::add(transaction, seq, listed.blob, &listed.key, listed.length)?;
        if (record, number) != (listed.record, listed.number) {
            brought.missing += 1;
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
    Ok(())
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

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::{Label, blob_id, record_id, seal, sha256};
    use keepwell_protocol::domain::{Category, Object};
    use keepwell_protocol::vault::{Encoding, RecordHeader};
    use rusqlite::Connection;

    use super::*;

    const RECORD: &[u8] = br#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}}"#;

    /// A record as a host keeps it; with a name, in an encoding that there is not yet.
    fn kept(bytes: &[u8], encoding: Option<&str>) -> (Listed, Vec<u8>) {
        let (mut rng, length) = (Rng::system(), bytes.len() as u64);
        let key = RecordKey::generate(&mut rng).unwrap();
        let header = RecordHeader {
            resource_type: "Condition".into(),
            source: "file".into(),
            full_url: None,
            received: Timestamp(1_800_000_000),
            sha256: sha256(bytes),
            category: Some(Category::Conditions),
            encoding: encoding.map(|name| Encoding { name: name.into(), length }),
        }
        .to_cbor();
        let header_length = u32::try_from(header.len()).unwrap().to_be_bytes();
        let message = [&header_length[..], &header, bytes].concat();
        let sealed = seal(key.expose(), Label::Record, b"", &message, &mut rng).unwrap();
        let (record, blob, length) = (record_id(bytes), blob_id(&sealed), sealed.len() as u64);
        (Listed { record, number: 1, blob, key, length }, sealed)
    }

    #[test]
    fn what_only_a_newer_program_reads_is_left_out_and_counted() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let (newer, newer_blob) = kept(b"whatever that program wrote", Some("deflate+2"));
        let (plain, plain_blob) = kept(RECORD, None);
        let mut brought = Brought::default();
        let blobs = vec![(0, newer_blob), (1, plain_blob)];
        bring_batch(&transaction, &[newer, plain], blobs, &mut brought).unwrap();
        assert_eq!((brought.too_new, brought.missing), (1, 0));
        assert_eq!(crate::store::records::count(&transaction).unwrap(), 1);
        // Bytes that are not what a known encoding says are damage.
        let (damaged, blob) = kept(RECORD, Some("deflate+1"));
        let error = bring_batch(&transaction, &[damaged], vec![(0, blob)], &mut brought).unwrap_err();
        assert_eq!(error.code(), "SpaceDamaged");
    }
}

//! Records out of the compartments: fetched, opened, stored again byte for byte.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::{self, RecordKey, Rng};
use keepwell_protocol::domain::{
    BlobId, Category, CborError, CompartmentId, DeliveryId, RecordId, Timestamp,
};
use keepwell_protocol::formats::fhir::{self, ResourceHead};
use keepwell_protocol::vault::{Compartment, RecordBlob, RecordBlobError, SegmentEntry};
use rusqlite::Transaction;

use super::fetch::{Fetched, Fetcher, Wanted};
use super::lists::Lists;
use super::own_state::OwnState;
use super::report::{Missing, RestoreProgress, RestoreReport};
use crate::engine::commit::Sealer;
use crate::error::WalletError;
use crate::records_view::facts::{names, references};
use crate::store::records::{
    Incoming, IncomingDelivery, Mark, RecordRow, Trust, Version, VersionName, Writer, claim, forget_relisted,
    settle_restored,
};
use crate::store::{Store, StoreError, compartments, deliveries, restoring, sealed};

/// One record version as a compartment lists it.
pub(crate) struct Listed {
    pub(crate) name: VersionName,
    blob: BlobId,
    key: RecordKey,
    length: u64,
    pub(crate) mark: Mark,
    /// The category whose compartment lists it; none if only a grant's own does.
    pub(crate) category: Option<Category>,
}

/// Every record version that a compartment lists, first versions first.
///
/// What lies in a grant's own compartment lies in one of a category as well, unless that list is lost.
pub(crate) fn entries(state: &OwnState, lists: &BTreeMap<CompartmentId, Lists>) -> Vec<Listed> {
    let mut places: BTreeMap<(RecordId, u32), usize> = BTreeMap::new();
    let mut listed: Vec<Listed> = Vec::new();
    for (id, compartment) in state.compartments() {
        let category = match compartment {
            Compartment::Category(category) => Some(category),
            Compartment::Grant(_) => None,
            Compartment::Own => continue,
        };
        for entry in lists.get(&id).into_iter().flat_map(Lists::entries) {
            let found = Listed::new(entry, category);
            match places.get(&(entry.record, entry.version)).and_then(|at| listed.get_mut(*at)) {
                // A later entry for a version replaces an earlier one.
                Some(known) if category.is_some() => *known = found,
                Some(_) => {}
                None => {
                    places.insert((entry.record, entry.version), listed.len());
                    listed.push(found);
                }
            }
        }
    }
    listed.sort_by_key(|listed| listed.name.number);
    listed
}

impl Listed {
    fn new(entry: &SegmentEntry, category: Option<Category>) -> Self {
        Self {
            name: VersionName { record: entry.record, number: entry.version },
            blob: entry.blob,
            key: entry.key.duplicate(),
            length: entry.length,
            mark: Mark { is_superseded: entry.superseded, is_withdrawn: entry.withdrawn },
            category,
        }
    }
}

/// Fetches the versions that are not stored yet and stores them with what was known beside their bytes.
pub(crate) fn fetch_and_store(
    store: &mut Store,
    listed: &[Listed],
    fetcher: &mut Fetcher<'_>,
    progress: &dyn Fn(RestoreProgress),
    report: &mut RestoreReport,
) -> Result<(), WalletError> {
    let mut absent: Vec<&Listed> = Vec::new();
    let mut moved: Vec<(u32, &Listed)> = Vec::new();
    for listed in listed {
        match restoring::find(store.read(), listed.name)? {
            Some(stored) if stored.blob == listed.blob => {}
            // Its record is called by its bytes; those of a later one may be others.
            Some(stored) if listed.name.number == 1 => moved.push((stored.seq, listed)),
            _ => absent.push(listed),
        }
    }
    if !moved.is_empty() {
        store.write(&mut Rng::system(), |transaction, _| {
            moved.iter().try_for_each(|(seq, listed)| {
                sealed::replace(transaction, *seq, listed.blob, &listed.key, listed.length)
            })
        })?;
    }
    let wanted: Vec<Wanted> =
        absent.iter().map(|listed| Wanted { blob: listed.blob, length: listed.length }).collect();
    let total = listed.iter().map(|listed| listed.length).sum();
    let mut left: u64 = absent.iter().map(|listed| listed.length).sum();
    progress(RestoreProgress { bytes: total - left, total });
    fetcher.fetch(&wanted, &mut |fetched| {
        let places = fetched.iter().filter_map(|(at, _)| absent.get(*at));
        left -= places.map(|listed| listed.length).sum::<u64>();
        store
            .write(&mut Rng::system(), |transaction, _| store_batch(transaction, &absent, fetched, report))?;
        progress(RestoreProgress { bytes: total - left, total });
        Ok(())
    })
}

/// Stores one batch.
fn store_batch(
    transaction: &Transaction<'_>,
    listed: &[&Listed],
    fetched: Fetched,
    report: &mut RestoreReport,
) -> Result<(), WalletError> {
    let mut writer = Writer::new(transaction, no_delivery())?;
    for (at, sealed_bytes) in fetched {
        let Some(listed) = listed.get(at) else { continue };
        let stored = match sealed_bytes.map(|sealed| listed.open(&sealed)) {
            Some(Ok(record)) => match claim(transaction, listed.name, &record.bytes)? {
                Some(seq) => {
                    sealed::replace(transaction, seq, listed.blob, &listed.key, listed.length)?;
                    true
                }
                None => store_one(transaction, &mut writer, listed, &record)?,
            },
            Some(Err(RecordBlobError::UnknownEncoding)) => {
                report.add(Missing::NewerVersions { count: 1 });
                continue;
            }
            Some(Err(_)) | None => false,
        };
        if !stored {
            report.add(Missing::Versions { category: listed.category, count: 1 });
        }
    }
    writer.finish()?;
    Ok(())
}

impl Listed {
    /// Opens a version.
    fn open(&self, sealed: &[u8]) -> Result<RecordBlob, RecordBlobError> {
        let record = RecordBlob::open(&self.key, sealed)?;
        let is_first = self.name.number == 1;
        if is_first && crypto::record_id(&record.bytes) != self.name.record {
            return Err(CborError::Malformed.into());
        }
        Ok(record)
    }
}

/// Stores one version; false if its bytes are no resource, or of no category.
fn store_one(
    transaction: &Transaction<'_>,
    writer: &mut Writer<'_>,
    listed: &Listed,
    record: &RecordBlob,
) -> Result<bool, WalletError> {
    let RecordBlob { header, bytes } = record;
    let (Ok(head), Some(category)) = (ResourceHead::read(bytes), header.category) else { return Ok(false) };
    let (source, full_url) = (header.source.as_str(), header.full_url.as_deref());
    writer.set_delivery(delivery_of(transaction, source, full_url, header.received, &head)?);
    let incoming = Incoming {
        bytes,
        head: &head,
        full_url: header.full_url.as_deref(),
        source: &header.source,
        place: 0,
        history: None,
        category: Some(category),
        trust: Trust::Unverified,
    };
    let Some(seq) = writer.restore(&incoming, listed.name, category, listed.mark)? else {
        return Ok(true);
    };
    sealed::add(transaction, seq, listed.blob, &listed.key, listed.length)?;
    let version = Version {
        seq,
        record: listed.name.record,
        number: listed.name.number,
        category,
        source: header.source.clone(),
        full_url: header.full_url.clone(),
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
    Ok(true)
}

/// No delivery yet: [`delivery_of`] says which, version by version.
pub(crate) fn no_delivery() -> IncomingDelivery {
    let (id, received) = (DeliveryId::from_bytes([0; 16]), Timestamp(0));
    IncomingDelivery { row: 0, id, received, is_named: false, patient: None }
}

/// The delivery that brought a version, by its time; of a wallet that noted none it is made up.
pub(crate) fn delivery_of(
    transaction: &Transaction<'_>,
    source: &str,
    full_url: Option<&str>,
    received: Timestamp,
    head: &ResourceHead<'_>,
) -> Result<IncomingDelivery, StoreError> {
    if let Some(known) = deliveries::of_time(transaction, received)? {
        let (is_named, patient) = (known.guessed.is_none(), known.guessed.filter(|id| !id.is_empty()));
        return Ok(IncomingDelivery { row: known.number, id: known.id, received, is_named, patient });
    }
    let is_named = source != fhir::source_of(full_url);
    let patient = crate::store::records::patient_of(head);
    let id = DeliveryId::from_bytes(Rng::system().array()?);
    let guessed = (!is_named).then(|| patient.as_deref().unwrap_or_default());
    let (row, received) = deliveries::begin(transaction, id, source, guessed, received)?;
    Ok(IncomingDelivery { row, id, received, is_named, patient })
}

/// Shows of each record the version that the lists say, and what was removed at its source as that.
pub(crate) fn settle(
    transaction: &Transaction<'_>,
    listed: &[Listed],
    removed: &BTreeSet<RecordId>,
) -> Result<(), StoreError> {
    let is_plain = |one: &&Listed| one.name.number == 1 && !one.mark.is_superseded && !one.mark.is_withdrawn;
    let records: BTreeSet<RecordId> =
        listed.iter().filter(|one| !is_plain(one)).map(|one| one.name.record).collect();
    let mut marks: BTreeMap<RecordRow, BTreeMap<u32, (u32, Mark)>> = BTreeMap::new();
    let mut gone = BTreeSet::new();
    for one in listed.iter().filter(|one| records.contains(&one.name.record)) {
        let Some(stored) = restoring::find(transaction, one.name)? else { continue };
        let record = sealed::record_of(transaction, stored.seq)?;
        marks.entry(record).or_default().insert(one.name.number, (stored.seq, one.mark));
        if removed.contains(&one.name.record) && one.mark.is_withdrawn {
            gone.insert(record);
        }
    }
    settle_restored(transaction, &marks, &gone)?;
    // What the host lists is what these say already.
    forget_relisted(transaction)
}

/// Notes in which compartments the records about no patient lie.
pub(crate) fn note_places(
    transaction: &Transaction<'_>,
    lists: &BTreeMap<CompartmentId, Lists>,
) -> Result<(), StoreError> {
    let about_nobody: BTreeMap<RecordId, RecordRow> =
        sealed::named_records(transaction)?.into_iter().collect();
    for row in compartments::all(transaction)? {
        for entry in lists.get(&row.id).into_iter().flat_map(Lists::entries) {
            if let Some(first) = about_nobody.get(&entry.record) {
                compartments::add_about_nobody(transaction, row.row, *first)?;
            }
        }
    }
    Ok(())
}

/// Lists again in the compartment of its category what only a grant's own still lists.
pub(crate) fn list_again(
    transaction: &Transaction<'_>,
    sealer: &mut Sealer<'_>,
    listed: &[Listed],
) -> Result<(), WalletError> {
    let mut unlisted: BTreeMap<Category, Vec<SegmentEntry>> = BTreeMap::new();
    for listed in listed.iter().filter(|listed| listed.category.is_none()) {
        let Some(stored) = restoring::find(transaction, listed.name)? else { continue };
        let category = restoring::category(transaction, stored.seq)?;
        if let Some((category, entry)) = category.zip(sealed::version(transaction, stored.seq)?) {
            unlisted.entry(category).or_default().push(entry);
        }
    }
    for (category, entries) in unlisted {
        let row = sealer.compartment(transaction, Compartment::Category(category))?.row;
        sealer.list(transaction, row, entries)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::{Label, blob_id, record_id, seal, sha256};
    use keepwell_protocol::domain::{Category, Object, Timestamp};
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
        let name = VersionName { record, number: 1 };
        (
            Listed { name, blob, key, length, mark: Mark::default(), category: Some(Category::Conditions) },
            sealed,
        )
    }

    #[test]
    fn what_only_a_newer_program_reads_is_left_out_and_counted() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let (newer, newer_blob) = kept(b"whatever that program wrote", Some("deflate+2"));
        let (plain, plain_blob) = kept(RECORD, None);
        let mut report = RestoreReport::default();
        let blobs = vec![(0, Some(newer_blob)), (1, Some(plain_blob))];
        store_batch(&transaction, &[&newer, &plain], blobs, &mut report).unwrap();
        assert_eq!(report.missing, [Missing::NewerVersions { count: 1 }]);
        assert_eq!(crate::store::records::count(&transaction).unwrap(), 1);
        // Bytes that are not what a known encoding says are damage.
        let (damaged, blob) = kept(RECORD, Some("deflate+1"));
        let mut report = RestoreReport::default();
        store_batch(&transaction, &[&damaged], vec![(0, Some(blob))], &mut report).unwrap();
        assert_eq!(report.missing, [Missing::Versions { category: Some(Category::Conditions), count: 1 }]);
    }
}

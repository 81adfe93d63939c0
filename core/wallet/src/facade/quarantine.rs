//! What could not be read yet: looking at it, taking it out, dropping it.

use std::io::{self, Read};
use std::ops::ControlFlow;

use keepwell_protocol::domain::{DeliveryId, QuarantineId, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::Kind;
use rusqlite::{Connection, Transaction};

use super::import::{ImportFile, ImportOptions, ImportReport, import_files, note_delivery};
use super::wallet::Wallet;
use crate::error::{FoundPatient, WalletError};
use crate::store::quarantine::{self, Content, Incoming, Keeper, QuarantinedItem};
use crate::store::records;

/// What came of trying again what could not be read.
#[derive(Debug, Default)]
pub struct RetryReport {
    /// Items that are read now and have left the quarantine.
    pub read: u64,
    /// Items that still can't be read.
    pub unread: u64,
    /// Items that are about someone else, or about more than one person.
    pub other_patient: Vec<RetryRefusal>,
    /// What became of the records in those that are read: one report each.
    pub imported: Vec<ImportReport>,
}

/// An item that was not taken, since it is not about the owner alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RetryRefusal {
    /// The item that was tried again.
    pub item: QuarantineId,
    /// Whom it is about.
    pub patients: Vec<FoundPatient>,
}

impl Wallet {
    /// Everything in quarantine, in the order in which it came.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn quarantine(&self) -> Result<Vec<QuarantinedItem>, WalletError> {
        Ok(quarantine::all(self.session()?.store.read())?)
    }

    /// How many items are in quarantine.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn quarantine_count(&self) -> Result<u64, WalletError> {
        Ok(quarantine::count(self.session()?.store.read())?)
    }

    /// The bytes of an item, as received.
    ///
    /// # Errors
    /// [`WalletError::NoSuchQuarantined`].
    pub fn quarantined_bytes(&self, id: QuarantineId) -> Result<Vec<u8>, WalletError> {
        let found = quarantine::content(self.session()?.store.read(), id)?;
        found.map(|content| content.bytes).ok_or(WalletError::NoSuchQuarantined)
    }

    /// Moves a record to quarantine by hand, with all its versions: out of sight, withdrawn where it was
    /// published, and kept there by later imports, until it is tried again.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`].
    pub fn quarantine_record(&mut self, record: RecordId) -> Result<QuarantineId, WalletError> {
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| {
            let content = records::show(transaction, &record)?.ok_or(WalletError::NoSuchRecord)?;
            let incoming = Incoming {
                file: "record",
                index: None,
                reason: quarantine::BY_HAND,
                kind: Kind::Resource,
                source: None,
                full_url: None,
                record: Some(record),
                content: &content,
            };
            let kept = Keeper::new(transaction, now)?.keep(&incoming)?;
            records::hide(transaction, &record)?;
            kept.ok_or(WalletError::NoSuchRecord)
        })
    }

    /// Removes an item for good. What was moved here by hand stays among the records, unseen.
    ///
    /// # Errors
    /// [`WalletError::NoSuchQuarantined`].
    pub fn drop_quarantined(&mut self, id: QuarantineId) -> Result<(), WalletError> {
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| {
            let was_there = quarantine::remove(transaction, id)?;
            if was_there { Ok(()) } else { Err(WalletError::NoSuchQuarantined) }
        })
    }

    /// Tries to read one item again, or each by itself but those that were moved here by hand, which come back by name
    /// only. What can be read now leaves the quarantine.
    ///
    /// `patient` says who is the owner where an item is about several people, as for an import.
    ///
    /// # Errors
    /// [`WalletError::NoSuchQuarantined`] if it is not there.
    pub fn retry_quarantined(
        &mut self,
        id: Option<QuarantineId>,
        patient: Option<&str>,
    ) -> Result<RetryReport, WalletError> {
        let ids = match id {
            Some(id) => vec![id],
            None => {
                self.quarantine()?.iter().filter(|item| item.record.is_none()).map(|item| item.id).collect()
            }
        };
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        let mut report = RetryReport::default();
        for id in ids {
            let delivery = DeliveryId::from_bytes(rng.array()?);
            match store.write(rng, |transaction, _| retry(transaction, (delivery, now), id, patient)) {
                Ok(Some(imported)) => {
                    report.read += 1;
                    report.imported.push(imported);
                }
                Ok(None) => report.unread += 1,
                Err(WalletError::OtherPatient { patients }) => {
                    report.other_patient.push(RetryRefusal { item: id, patients });
                    store.write(rng, |transaction, _| quarantine::note_tried(transaction, id))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    /// Tries again what an older version of the reader could not read: so much at a time that the wallet opens
    /// without a wait.
    pub(super) fn retry_outdated(&mut self) -> Result<(), WalletError> {
        let mut outdated = quarantine::outdated(self.session()?.store.read())?;
        outdated.sort_by(|one, other| one.source.cmp(&other.source));
        outdated
            .chunk_by(|one, next| one.source == next.source)
            .try_for_each(|of_one_source| self.retry_together(of_one_source))
    }

    /// Tries items of one source again as one delivery; where they are not about the owner alone, in halves.
    fn retry_together(&mut self, items: &[QuarantinedItem]) -> Result<(), WalletError> {
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        let delivery = DeliveryId::from_bytes(rng.array()?);
        match (
            store.write(rng, |transaction, _| retry_files(transaction, (delivery, now), items, None)),
            items,
        ) {
            (Ok(_), _) => Ok(()),
            (Err(WalletError::OtherPatient { .. }), [one]) => {
                store.write(rng, |transaction, _| Ok(quarantine::note_tried(transaction, one.id)?))
            }
            (Err(WalletError::OtherPatient { .. }), several) => {
                let (first, second) = several.split_at(several.len() / 2);
                self.retry_together(first)?;
                self.retry_together(second)
            }
            (Err(error), _) => Err(error),
        }
    }
}

/// Tries one item again in an open transaction; `None` if it still can't be read.
fn retry(
    transaction: &Transaction<'_>,
    delivery: (DeliveryId, Timestamp),
    id: QuarantineId,
    patient: Option<&str>,
) -> Result<Option<ImportReport>, WalletError> {
    let item = quarantine::find(transaction, id)?.ok_or(WalletError::NoSuchQuarantined)?;
    if let Some(record) = item.record {
        records::unhide(transaction, &record)?;
        quarantine::remove(transaction, id)?;
        return Ok(Some(ImportReport { read: 1, added: 1, ..ImportReport::default() }));
    }
    let (report, unread) = retry_files(transaction, delivery, &[item], patient)?;
    Ok((unread == 0).then_some(report))
}

/// Tries items of one source again as the files of one import in an open transaction. Those that can be read leave
/// the quarantine; how many still can't be.
fn retry_files(
    transaction: &Transaction<'_>,
    delivery: (DeliveryId, Timestamp),
    items: &[QuarantinedItem],
    patient: Option<&str>,
) -> Result<(ImportReport, usize), WalletError> {
    let source = items.first().and_then(|item| item.source.clone());
    let options = ImportOptions { source, patient: patient.map(str::to_owned) };
    let file = |item: &QuarantinedItem| {
        let id = item.id;
        ImportFile::new(item.file.as_str(), move || readable(transaction, id))
    };
    let mut files: Vec<ImportFile<'_>> = items.iter().map(file).collect();
    let mut go_on = |_| ControlFlow::Continue(());
    let report = import_files(transaction, delivery, &mut files, &options, &mut go_on)?;
    note_delivery(transaction, &report, items)?;
    let mut unread = 0;
    for (number, item) in (0_u64..).zip(items) {
        let is_left = |kept: Option<QuarantineId>| kept.is_none_or(|kept| kept == item.id);
        let is_unread = report.broken.iter().any(|broken| broken.file == number && is_left(broken.kept))
            || report.quarantined.iter().any(|part| part.file == number && is_left(part.kept));
        if is_unread {
            quarantine::note_tried(transaction, item.id)?;
            unread += 1;
        } else {
            quarantine::remove(transaction, item.id)?;
        }
    }
    Ok((report, unread))
}

/// The bytes of an item as an import reads them: an entry goes with the address that its Bundle gave it.
fn readable(connection: &Connection, id: QuarantineId) -> io::Result<Box<dyn Read>> {
    let kept = quarantine::content(connection, id).map_err(io::Error::other)?;
    let Content { bytes, full_url } = kept.ok_or(io::ErrorKind::NotFound)?;
    Ok(Box::new(io::Cursor::new(match full_url {
        Some(full_url) => in_bundle(&full_url, &bytes),
        None => bytes,
    })))
}

/// A Bundle of one resource, byte for byte as it is.
fn in_bundle(full_url: &str, resource: &[u8]) -> Vec<u8> {
    let full_url = serde_json::Value::from(full_url).to_string();
    let head = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"fullUrl":{full_url},"resource":"#
    );
    [head.as_bytes(), resource, b"}]}"].concat()
}

#[cfg(test)]
mod tests {
    use keepwell_net::SystemClock;
    use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
    use keepwell_protocol::crypto::{Pin, Rng};
    use keepwell_protocol::formats::fhir::Quarantine;

    use super::*;
    use crate::restore::NewWallet;
    use crate::store::{SoftwareDeviceKey, StoreError};

    #[test]
    fn what_a_later_reader_can_read_leaves_the_quarantine_with_its_address() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let now = Timestamp(1_800_000_000);
        let delivery = |number: u8| (DeliveryId::from_bytes([number; 16]), now);
        let keep = |content: &[u8]| {
            let (file, index, reason, kind) = ("a.json", Some(0), Quarantine::TooDeep.code(), Kind::Resource);
            let (source, full_url) = (Some("clinic"), Some("https://a.example/fhir/Basic/1"));
            let incoming = Incoming { file, index, reason, kind, source, full_url, record: None, content };
            Keeper::new(&transaction, now).unwrap().keep(&incoming).unwrap().unwrap()
        };
        let readable = keep(br#"{"resourceType":"Basic","id":"1"}"#);
        let unreadable = keep(br#"{"resourceType":"Basic","id":"\u0000"}"#);
        let report = retry(&transaction, delivery(1), readable, None).unwrap().unwrap();
        assert_eq!((report.read, report.added), (1, 1));
        assert!(retry(&transaction, delivery(2), unreadable, None).unwrap().is_none());
        let left: Vec<_> = quarantine::all(&transaction).unwrap().into_iter().map(|item| item.id).collect();
        assert_eq!(left, [unreadable]);
        let mut kept = Vec::new();
        let all = records::export::<WalletError>(&transaction, &mut |bytes| {
            kept.push(bytes.to_vec());
            Ok(())
        });
        all.unwrap();
        assert_eq!(kept, [br#"{"resourceType":"Basic","id":"1"}"#]);
        assert!(matches!(
            retry(&transaction, delivery(3), readable, None),
            Err(WalletError::NoSuchQuarantined)
        ));
    }

    #[test]
    fn what_a_retry_sets_aside_came_with_its_import_and_what_is_still_unread_with_that_of_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let transaction = connection.transaction().unwrap();
        let now = Timestamp(1_800_000_000);
        let [before, again, in_vain] = [1, 2, 3].map(|number| DeliveryId::from_bytes([number; 16]));
        let keep = |content: &[u8]| {
            let (file, index, reason, kind) = ("a.json", None, Quarantine::TooDeep.code(), Kind::Bundle);
            let (source, full_url, record) = (None, None, None);
            let incoming = Incoming { file, index, reason, kind, source, full_url, record, content };
            let id = Keeper::new(&transaction, now).unwrap().keep(&incoming).unwrap().unwrap();
            quarantine::note_delivery(&transaction, [id].into_iter(), Some(before)).unwrap();
            id
        };
        let [readable, unreadable] =
            [r#"{"resourceType":"Basic","id":"1"}"#, r#"{"resourceType":"Basic","id":"\u0000"}"#];
        let in_part = format!("{readable}\n{unreadable}");
        let in_part = keep(in_part.as_bytes());
        assert!(retry(&transaction, (again, now), in_part, None).unwrap().is_some());
        let count = |delivery| quarantine::count_of(&transaction, delivery).unwrap();
        assert_eq!((count(before), count(again)), (0, 1));
        // What is left of it, from another import as well.
        let left = keep(unreadable.as_bytes());
        assert_eq!((count(before), count(again)), (0, 0));
        assert!(retry(&transaction, (in_vain, now), left, None).unwrap().is_none());
        assert_eq!(quarantine::take_back(&transaction, again).unwrap(), 0);
        assert_eq!(quarantine::take_back(&transaction, before).unwrap(), 1);
    }

    const PATIENT: &[u8] = br#"{"resourceType":"Patient","id":"p1","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1990-01-01"}"#;
    const SOMEBODY: &[u8] = br#"{"resourceType":"Patient","id":"p2","name":[{"family":"Roe","given":["Robin"]}],"birthDate":"1950-05-05"}"#;

    /// Unlocks a wallet in whose quarantine an older program left these, and says how many deliveries came of it
    /// and how many items are left.
    fn unlocked_over(left: &[&[u8]]) -> (usize, u64) {
        let home = tempfile::tempdir().unwrap();
        let words = RecoveryWords::generate(&mut Rng::seeded(1)).unwrap();
        let device = Box::new(SoftwareDeviceKey::new(&home.path().join("device.key")));
        let (pin, home) = (Pin::parse("739174").unwrap(), home.path().join("home"));
        let (clock, rng) = (Box::new(SystemClock), Rng::seeded(2));
        let (mut wallet, _) = Wallet::create(NewWallet {
            home: &home,
            words: &words,
            passphrase: &Passphrase::none(),
            pin: &pin,
            device,
            clock,
            rng,
        })
        .unwrap();
        let mut own = [ImportFile::from_bytes("", PATIENT)];
        wallet.import(&mut own, &ImportOptions::default(), &mut |_| ControlFlow::Continue(())).unwrap();
        let (store, rng) = wallet.store().unwrap();
        let kept: Result<(), WalletError> = store.write(rng, |transaction, _| {
            let mut keeper = Keeper::new(transaction, Timestamp(7))?;
            for content in left {
                let (file, index, reason, kind) =
                    ("a.json", Some(0), Quarantine::TooDeep.code(), Kind::Resource);
                let (source, full_url, record) = (None, None, None);
                keeper.keep(&Incoming { file, index, reason, kind, source, full_url, record, content })?;
            }
            transaction.execute("UPDATE quarantine SET reader = reader - 1", []).map_err(StoreError::from)?;
            Ok(())
        });
        kept.unwrap();
        wallet.lock();
        wallet.unlock(&pin).unwrap();
        let after = (wallet.imports().unwrap().len() - 1, wallet.quarantine_count().unwrap());
        wallet.lock();
        wallet.unlock(&pin).unwrap();
        let again = (wallet.imports().unwrap().len() - 1, wallet.quarantine_count().unwrap());
        assert_eq!(after, again, "what was tried is not tried again");
        after
    }

    #[test]
    fn what_a_newer_program_can_read_comes_in_as_one_delivery() {
        let basic = |id: u8| format!(r#"{{"resourceType":"Basic","id":"b{id}"}}"#);
        let readable: Vec<String> = (0..7).map(basic).collect();
        let mut left: Vec<&[u8]> = readable.iter().map(String::as_bytes).collect();
        assert_eq!(unlocked_over(&left), (1, 0));
        left.push(br#"{"resourceType":"Basic","id":"\u0000"}"#);
        assert_eq!(unlocked_over(&left), (1, 1));
        // Somebody else among them: four, two and one are taken without that one.
        left.insert(7, SOMEBODY);
        assert_eq!(unlocked_over(&left), (3, 2));
    }
}

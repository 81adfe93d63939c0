//! The second reading of an import: each resource becomes a record, or is set aside, kept out or counted.

use keepwell_protocol::domain::{DeliveryId, Timestamp};
use keepwell_protocol::formats::fhir::{self, Deleted, Event, ReadError, Resource, ResourceHead, UpdateTime};

use rusqlite::Transaction;

use super::file::{ImportFile, ImportOptions};
use super::held::{Held, Known};
use super::notices::Notices;
use super::origin::{Order, source_of};
use super::owner::Owner;
use super::reading::{Progress, read};
use super::report::ImportReport;
use super::set_aside::SetAside;
use crate::error::WalletError;
use crate::store::records::{self, Found, Incoming, Stored, Trust, Writer, Written};
use crate::store::{deliveries, quarantine, spool};

/// The second reading of the files, which takes their records.
pub(super) struct Import<'t> {
    pub(super) writer: Writer<'t>,
    pub(super) options: &'t ImportOptions,
    pub(super) owner: Owner,
    pub(super) received: Timestamp,
    /// The base of all addresses of the delivery.
    pub(super) base: Option<&'t str>,
    pub(super) report: ImportReport,
    pub(super) set_aside: SetAside<'t>,
    pub(super) notices: Notices,
    /// Which file is being read.
    pub(super) file: u64,
    /// Resources that this delivery carried, new or not.
    pub(super) carried: u64,
    pub(super) order: Order,
}

impl Import<'_> {
    pub(super) fn begin(&mut self, file: u64, name: &str) {
        self.file = file;
        self.set_aside.begin(file, name);
        self.notices.begin(file);
    }

    pub(super) fn take(&mut self, event: Event<'_>) -> Result<(), WalletError> {
        match event {
            Event::Resource(resource) => return self.take_resource(&resource, None),
            Event::Quarantined { index, reason, kind, full_url, bytes } => {
                return self.set_aside.keep(index, reason, kind, bytes, full_url);
            }
            Event::Card(card) => self.notices.take_card(&card, self.received),
            Event::Document(document) => self.notices.take_document(&document),
            Event::Measurements(measurements) => self.notices.take_measurements(&measurements),
            Event::Outcome(outcome) => self.notices.take_outcome(&outcome),
            Event::Page(page) => self.notices.take_page(&page),
            Event::Deleted(deleted) => self.take_deleted(&deleted),
            Event::Exported(_) | Event::Progress { .. } => {}
        }
        Ok(())
    }

    /// Takes the resources of a file that is held, of so many bytes.
    pub(super) fn take_known(
        &mut self,
        known: &[Known<'_>],
        length: u64,
        progress: &mut Progress<'_>,
    ) -> Result<(), WalletError> {
        for (at, (resource, head)) in (0..).zip(known) {
            if at % 64 == 0 && progress.reach(length * at / known.len() as u64).is_break() {
                return Err(ReadError::Cancelled.into());
            }
            self.take_resource(resource, head.as_ref())?;
        }
        let end = progress.reach(length);
        progress.passed += length;
        if end.is_break() { Err(ReadError::Cancelled.into()) } else { Ok(()) }
    }

    /// Takes a resource, whose head may be known.
    fn take_resource(
        &mut self,
        resource: &Resource<'_>,
        known: Option<&ResourceHead<'_>>,
    ) -> Result<(), WalletError> {
        self.notices.take_resource(resource.bytes);
        self.report.read += 1;
        let Resource { bytes, full_url, history, index, .. } = *resource;
        let options = self.options;
        let source = options.source.as_deref().unwrap_or_else(|| source_of(resource));
        let place = self.order.place(self.file, history, index);
        // What is here already is about the owner, or about no one.
        let found = self.writer.find(bytes, full_url, source)?;
        if let Found::Known(at) = found {
            self.report.duplicates += 1;
            self.carried += 1;
            return Ok(self.writer.carry(at, full_url, source, place)?);
        }
        let read;
        let head = match known {
            Some(head) => head,
            None => match ResourceHead::read(bytes) {
                Ok(head) => {
                    read = head;
                    &read
                }
                Err(reason) => {
                    return self.set_aside.keep(index, reason, fhir::Kind::Resource, Some(bytes), full_url);
                }
            },
        };
        let is_new = matches!(found, Found::New(_) | Found::TakenBack(..));
        if is_new && !self.owner.is_own(resource, head, options.source.as_deref()) {
            self.report.other_patient += 1;
            return Ok(());
        }
        let history = history.map(|history| self.file << 32 | history);
        let (category, trust) = (None, Trust::Unverified);
        let incoming = Incoming { bytes, head, full_url, source, place, history, category, trust };
        self.carried += 1;
        match self.writer.put_found(&incoming, found)? {
            Stored::Added { is_reused } => {
                self.report.added += 1;
                self.report.id_reused += u64::from(is_reused);
            }
            Stored::Updated => self.report.updated += 1,
            Stored::Duplicate => self.report.duplicates += 1,
        }
        Ok(())
    }

    /// Notes that something was removed at its source.
    fn take_deleted(&mut self, deleted: &Deleted<'_>) {
        // A request is relative to the server (<https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request.url>).
        let requested = || match (self.base, deleted.resource_type, deleted.id) {
            (Some(base), Some(resource_type), Some(id)) => Some(format!("{base}/{resource_type}/{id}")),
            _ => None,
        };
        let full_url = deleted.full_url.map(str::to_owned).or_else(requested);
        let full_url = full_url.as_deref();
        let source = self.options.source.as_deref().unwrap_or_else(|| fhir::source_of(full_url));
        let head = ResourceHead {
            resource_type: deleted.resource_type.unwrap_or_default().into(),
            id: deleted.id.map(Into::into),
            ..ResourceHead::default()
        };
        let updated = deleted.last_modified.and_then(|text| UpdateTime::parse(text, self.received));
        let place = self.order.place(self.file, deleted.history, deleted.index);
        self.writer.remove(&head, full_url, source, updated, place);
    }

    /// Takes the files that can be read to their end, in their order.
    pub(super) fn take_files(
        &mut self,
        transaction: &Transaction<'_>,
        files: &mut [ImportFile<'_>],
        held: &[Option<Held>],
        known: &[Option<Vec<Known<'_>>>],
        done: &mut Progress<'_>,
    ) -> Result<(), WalletError> {
        for (number, (file, (held, known))) in (0..).zip(files.iter_mut().zip(held.iter().zip(known))) {
            if self.report.broken.iter().any(|broken| broken.file == number) {
                continue;
            }
            self.begin(number, file.name());
            match held.as_ref().zip(known.as_ref()) {
                Some((held, known)) => {
                    self.take_known(known, held.length, done)?;
                    held.pages().for_each(|page| self.notices.take_page(&page));
                }
                None => read(transaction, file, done, &mut |event| self.take(event))?,
            }
            self.set_aside.keep_whole(file)?;
        }
        Ok(())
    }

    /// Writes down what the delivery carried, once every file was read, and says what became of it.
    pub(super) fn finish(
        self,
        transaction: &Transaction<'_>,
        files: &mut [ImportFile<'_>],
        (id, row): (DeliveryId, i64),
    ) -> Result<ImportReport, WalletError> {
        let Import { writer, owner, mut report, mut set_aside, notices, carried, .. } = self;
        let Written { removed, repeated } = writer.finish()?;
        for record in quarantine::records(transaction)? {
            records::hide(transaction, &record)?;
        }
        set_aside.keep_broken(files, &mut report.broken)?;
        spool::empty(transaction)?;
        report.removed = removed;
        if carried + removed == 0 {
            deliveries::forget(transaction, row)?;
        } else {
            owner.remember(transaction, row)?;
            deliveries::end(transaction, row, report.added, report.updated, &repeated)?;
            report.import = Some(id);
        }
        Ok(ImportReport { quarantined: set_aside.parts, notices: notices.finish(), ..report })
    }
}

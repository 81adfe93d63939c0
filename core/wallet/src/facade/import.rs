//! Bringing records in: from one file at a time, all of it or nothing.

use std::io::{self, Read};
use std::ops::ControlFlow;

use keepwell_protocol::formats::fhir::{self, Event, Limits, Quarantine, ReadError, Resource, ResourceHead};

use super::owner::Owner;
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::records::{Incoming, Stored, Trust, Writer};

/// How to take a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImportOptions {
    /// What to call where the records come from; by default the base of their addresses, or `file`.
    pub source: Option<String>,
    /// Which of several patients is the owner: the id of a Patient, or a reference to it. Records of
    /// anyone else are kept out and counted.
    pub patient: Option<String>,
}

/// What became of the resources of a file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImportReport {
    /// Resources that were read.
    pub read: u64,
    /// Records that are new.
    pub added: u64,
    /// Records that have a new version.
    pub updated: u64,
    /// Resources whose bytes were there already.
    pub duplicates: u64,
    /// Parts that could not be taken, with the reason.
    pub quarantined: Vec<QuarantinedPart>,
    /// Resources about someone else, which were kept out.
    pub other_patient: u64,
}

/// A part of a file that could not be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QuarantinedPart {
    /// Which one of the file, from 0: the entry of a Bundle, the line of NDJSON.
    pub index: u64,
    /// Why.
    pub reason: Quarantine,
}

impl Wallet {
    /// Takes the records of one file: a Bundle, NDJSON, a resource, or one of these in gzip.
    ///
    /// `open` gives the file from its beginning; it is called a second time where
    /// [`ImportOptions::patient`] asks to keep people apart. `progress` gets the bytes read so far
    /// and may break to stop. The same file again writes nothing.
    ///
    /// # Errors
    /// [`WalletError::OtherPatient`] if the file is not about the owner alone;
    /// [`WalletError::Import`] if it cannot be read to its end or `progress` broke. The wallet is then
    /// as before.
    pub fn import(
        &mut self,
        open: &mut dyn FnMut() -> io::Result<Box<dyn Read>>,
        options: &ImportOptions,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<ImportReport, WalletError> {
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        store.write(rng, |transaction| {
            let mut owner = Owner::known(transaction)?;
            if let Some(patient) = &options.patient {
                read(source(open)?, progress, &mut |part| {
                    owner.observe_part(part, options.source.as_deref());
                    Ok(())
                })?;
                owner.choose(patient);
            }
            let writer = Writer::new(transaction, now)?;
            let (apart, report) = (options.patient.is_some(), ImportReport::default());
            let mut import = Import { writer, options, owner, apart, report };
            read(source(open)?, progress, &mut |part| import.take(part))?;
            import.writer.finish()?;
            if !apart {
                import.owner.refuse_others()?;
            }
            import.owner.remember(transaction)?;
            Ok(import.report)
        })
    }
}

/// Opens the file from its beginning.
fn source(open: &mut dyn FnMut() -> io::Result<Box<dyn Read>>) -> Result<Box<dyn Read>, WalletError> {
    Ok(open().map_err(ReadError::Io)?)
}

/// Reads a file and gives its resources and quarantined parts to `receive`, which may fail.
fn read(
    input: Box<dyn Read>,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    receive: &mut dyn FnMut(Result<Resource<'_>, QuarantinedPart>) -> Result<(), WalletError>,
) -> Result<(), WalletError> {
    let mut failure = None;
    let end = fhir::read(input, Limits::default(), &mut |event| {
        let received = match event {
            Event::Progress { bytes } => return progress(bytes),
            Event::Resource(resource) => receive(Ok(resource)),
            Event::Quarantined { index, reason } => receive(Err(QuarantinedPart { index, reason })),
        };
        match received {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(end.map(|_| ())?),
    }
}

/// One file on its way into the store.
struct Import<'t> {
    writer: Writer<'t>,
    options: &'t ImportOptions,
    owner: Owner,
    /// Whether people are kept apart, because the owner among them was named.
    apart: bool,
    report: ImportReport,
}

impl Import<'_> {
    fn take(&mut self, part: Result<Resource<'_>, QuarantinedPart>) -> Result<(), WalletError> {
        let resource = match part {
            Ok(resource) => resource,
            Err(part) => {
                self.report.quarantined.push(part);
                return Ok(());
            }
        };
        self.report.read += 1;
        let options = self.options;
        let source = options.source.as_deref().unwrap_or_else(|| fhir::source_of(resource.full_url));
        // What is here already is about the owner, or about no one.
        if self.writer.is_known(resource.bytes, resource.full_url, source)? {
            self.report.duplicates += 1;
            return Ok(());
        }
        let head = match ResourceHead::read(resource.bytes) {
            Ok(head) => head,
            Err(reason) => {
                self.report.quarantined.push(QuarantinedPart { index: resource.index, reason });
                return Ok(());
            }
        };
        if !self.apart {
            self.owner.observe(&head, resource.full_url, source);
        } else if !self.owner.is_own(&head, resource.full_url, source) {
            self.report.other_patient += 1;
            return Ok(());
        }
        let (bytes, full_url, trust) = (resource.bytes, resource.full_url, Trust::Unverified);
        match self.writer.put(&Incoming { bytes, head: &head, full_url, source, trust })? {
            Stored::Added => self.report.added += 1,
            Stored::Updated => self.report.updated += 1,
            Stored::Duplicate => self.report.duplicates += 1,
        }
        Ok(())
    }
}

//! The archives among the files of an import: what is in them is read as files are.

#[cfg(feature = "imports")]
use keepwell_protocol::formats::archive::{ArchiveLimits, Listed, is_archive, list_archive};
use keepwell_protocol::formats::fhir::ReadError;
use rusqlite::Transaction;

use super::file::ImportFile;
use super::reading::Progress;
use super::report::ImportReport;
use crate::error::WalletError;

/// The files of an import, with what is in an archive in its place.
pub(super) struct Opened<'a> {
    pub(super) files: Vec<ImportFile<'a>>,
    /// For each of them, which one it is, or is in, of the files that were given, and the name of the entry.
    places: Vec<(u64, Option<String>)>,
}

impl<'a> Opened<'a> {
    /// Looks into the archives among files, which are spooled for it. An archive within an archive stays one file.
    ///
    /// # Errors
    /// [`ReadError::Cancelled`]; [`StoreError`](crate::store::StoreError).
    pub(super) fn open(
        transaction: &Transaction<'_>,
        given: &'a mut [ImportFile<'_>],
        progress: &mut Progress<'_>,
    ) -> Result<Self, WalletError> {
        let mut opened = Self { files: Vec::new(), places: Vec::new() };
        for (number, file) in (0..).zip(given) {
            // What breaks here is found to be broken where it is read.
            match progress.spool(transaction, file) {
                Ok(()) | Err(WalletError::Import(ReadError::Io(_))) => {}
                Err(error) => return Err(error),
            }
            #[cfg(feature = "imports")]
            let lent = {
                let mut lent = file.lend();
                if opened.unpack(transaction, number, &mut lent, progress)? {
                    continue;
                }
                lent
            };
            #[cfg(not(feature = "imports"))]
            let lent = file.lend();
            opened.files.push(lent);
            opened.places.push((number, None));
        }
        Ok(opened)
    }

    /// Puts what is in an archive in its place; whether it is one.
    #[cfg(feature = "imports")]
    fn unpack(
        &mut self,
        transaction: &Transaction<'_>,
        number: u64,
        file: &mut ImportFile<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<bool, WalletError> {
        if !file.start(transaction).is_ok_and(|start| is_archive(&start)) {
            return Ok(false);
        }
        let archive = match progress.spool_archive(transaction, file) {
            Ok(Some(archive)) => archive,
            Ok(None) | Err(WalletError::Import(ReadError::Io(_))) => return Ok(false),
            Err(error) => return Err(error),
        };
        match list_archive(&mut archive.open(transaction), ArchiveLimits::default()) {
            Ok(Listed::Entries(entries)) if !entries.is_empty() => {
                for entry in entries {
                    self.places.push((number, Some(entry.name.clone())));
                    self.files.push(ImportFile::packed(file.name(), archive, entry));
                }
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(reason) => {
                file.refuse(reason);
                Ok(false)
            }
        }
    }

    /// Says of what a report counts by the files that were read which of the files that were given it is in.
    pub(super) fn place(&self, report: &mut ImportReport) {
        let place = |file: u64| usize::try_from(file).ok().and_then(|at| self.places.get(at)).cloned();
        for part in &mut report.quarantined {
            (part.file, part.entry) = place(part.file).unwrap_or_default();
        }
        for broken in &mut report.broken {
            (broken.file, broken.entry) = place(broken.file).unwrap_or_default();
        }
        for file in report.notices.iter_mut().filter_map(|notice| notice.file_mut()) {
            (*file, _) = place(*file).unwrap_or_default();
        }
    }
}

//! Records taken in, and what became of them.

use std::fs::File;
use std::io::Cursor as Bytes;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use keepwell_protocol::domain::DeliveryId;
use keepwell_wallet::{
    FoundPatient, ImportFile, ImportOptions, ImportReach, ImportReport, ImportSummary, UndoReport,
    WalletError as CoreError,
};

use crate::cancellation::{CallFlag, Cancellation};
use crate::error::{Result, WalletError};
use crate::foreign::{AppImportStream, Event, ImportStream};
use crate::wallet::Wallet;

/// Where records to import are.
#[derive(Clone, uniffi::Enum)]
pub enum ImportSource {
    /// In a file of the device.
    File {
        /// Its path, which the library opens itself; a name that is not UTF-8 cannot be given.
        path: String,
    },
    /// In memory, where the app has read it already.
    Bytes {
        /// All bytes of the file, packed by gzip or not.
        bytes: Vec<u8>,
    },
    /// Wherever the app reads it: a file of another app, a download. It is kept sealed until the import has
    /// ended, and is to be given anew for another one.
    Stream {
        /// What reports call it.
        name: String,
        /// Its bytes, packed by gzip or not.
        stream: Arc<dyn ImportStream>,
    },
}

/// What came of an import.
#[derive(Debug, uniffi::Enum)]
pub enum ImportOutcome {
    /// The records are in the wallet.
    Imported {
        /// What became of each resource, and what was set aside.
        report: ImportReport,
    },
    /// The files are not about the owner alone: nothing was taken. Ask, and import again with
    /// the owner in the options. Another person, a child or a parent, has a wallet of their own.
    OtherPatients {
        /// Who they are about, and the owner where known; at most 100.
        patients: Vec<FoundPatient>,
    },
}

#[uniffi::export]
impl Wallet {
    /// Takes the records of one file: a Bundle, NDJSON, a resource, or one of these in gzip. All of it or
    /// nothing; the same file again writes nothing. Observers hear how far it is.
    ///
    /// Throws `File` if it cannot be read to its end; what could be read at all of it is then in quarantine.
    #[uniffi::method(default(cancellation = None, options))]
    pub async fn import_records(
        &self,
        source: ImportSource,
        options: ImportOptions,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<ImportOutcome> {
        self.import_files(vec![source], options, cancellation).await
    }

    /// Takes the records of files that belong together, as one import; files refer to each other. One that
    /// cannot be read to its end is left out and reported.
    ///
    /// Throws `File` if none can be read to its end; what could be read at all of them is then in quarantine.
    #[uniffi::method(default(cancellation = None, options))]
    pub async fn import_files(
        &self,
        sources: Vec<ImportSource>,
        options: ImportOptions,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<ImportOutcome> {
        let imported = self.call_with_events(cancellation, move |wallet, events| {
            let call = CallFlag::current();
            let mut told = 0;
            let mut progress = |bytes: u64| {
                if bytes >= told + PROGRESS_BYTES {
                    told = bytes;
                    events.send(Event::ImportProgress { bytes });
                }
                if call.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let mut files = sources.iter().map(file).collect::<Result<Vec<_>>>()?;
            match wallet.import(&mut files, &options, &mut progress) {
                Ok(report) => Ok(ImportOutcome::Imported { report }),
                Err(CoreError::OtherPatient { patients }) => Ok(ImportOutcome::OtherPatients { patients }),
                Err(CoreError::Import(_)) if CallFlag::current().is_cancelled() => {
                    Err(WalletError::Cancelled)
                }
                Err(error) => Err(error.into()),
            }
        });
        imported.await
    }

    /// Every import, newest first.
    pub async fn imports(&self) -> Result<Vec<ImportSummary>> {
        self.call_wallet(|wallet| Ok(wallet.imports()?)).await
    }

    /// Who may have seen what `undoImport` would take out of sight, to be told first. Throws `NotFound`.
    pub async fn import_reach(&self, import: DeliveryId) -> Result<ImportReach> {
        self.call_wallet(move |wallet| Ok(wallet.import_reach(import)?)).await
    }

    /// Takes an import back: what no other import carried goes out of sight, what it had replaced comes back.
    /// What was published of it is withdrawn with the next sync; what could not be read of it leaves the
    /// quarantine. Throws `NotFound`.
    pub async fn undo_import(&self, import: DeliveryId) -> Result<UndoReport> {
        self.call_wallet(move |wallet| Ok(wallet.undo_import(import)?)).await
    }
}

/// A source as a file, which reports call by its name.
fn file(source: &ImportSource) -> Result<ImportFile<'_>> {
    Ok(match source {
        ImportSource::File { path } => {
            let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
            ImportFile::new(name, move || Ok(Box::new(File::open(path)?)))
        }
        ImportSource::Bytes { bytes } => ImportFile::new("", move || Ok(Box::new(Bytes::new(bytes)))),
        ImportSource::Stream { name, stream } => {
            ImportFile::once(name, AppImportStream::new(stream.clone())?)
        }
    })
}

/// How much is read between two events of progress.
const PROGRESS_BYTES: u64 = 256 * 1024;

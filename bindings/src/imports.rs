//! Records taken in, and what became of them.

use std::fs::File;
use std::io::Cursor as Bytes;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use keepwell_protocol::domain::{DeliveryId, QuarantineId};
use keepwell_protocol::formats::fhir::{
    Kind as ContentKind, OldRelease as FhirRelease, Quarantine, ReadError,
};
use keepwell_wallet::{
    BrokenFile, FoundPatient, ImportFile, ImportOptions, ImportReport, Notice, QuarantinedPart,
    WalletError as CoreError,
};

use crate::cancellation::{CallFlag, Cancellation};
use crate::error::WalletError;
use crate::events::Event;
use crate::wallet::Wallet;

/// Where records to import are.
#[derive(Clone, uniffi::Enum)]
pub enum ImportSource {
    /// In a file of the device.
    File {
        /// Its path, which the library opens itself; a name that is not UTF-8 cannot be given.
        path: String,
    },
    /// In memory.
    Bytes {
        /// All bytes of the file, packed by gzip or not.
        bytes: Vec<u8>,
    },
}

/// How to take a file.
#[uniffi::remote(Record)]
pub struct ImportOptions {
    /// What to call where the records come from; by default the base of their addresses, or `file`.
    #[uniffi(default = None)]
    pub source: Option<String>,
    /// Which of several people is the owner: `@` and a number of the list in
    /// [`ImportOutcome::OtherPatients`], an id, or a fullUrl. Records of anyone else are kept out and counted.
    #[uniffi(default = None)]
    pub patient: Option<String>,
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

/// What became of the resources of an import. Files are counted from 0, in the order in which they were given.
#[uniffi::remote(Record)]
pub struct ImportReport {
    /// The import, by which it can be taken back; none if it carried nothing.
    pub import: Option<DeliveryId>,
    /// Resources that were read.
    pub read: u64,
    /// Records that are new.
    pub added: u64,
    /// Records that have a new version.
    pub updated: u64,
    /// Resources whose bytes were there already.
    pub duplicates: u64,
    /// Records that stand by themselves although another has their id: where the source was only guessed, what
    /// contradicts is not taken for a version.
    pub id_reused: u64,
    /// Records that the files say were removed at their source.
    pub removed: u64,
    /// Parts that could not be taken, with the reason.
    pub quarantined: Vec<QuarantinedPart>,
    /// Files of which nothing was taken, because they could not be read to their end.
    pub broken: Vec<BrokenFile>,
    /// What there is to know beside: what servers said of their answers, and what is not among the files.
    pub notices: Vec<Notice>,
    /// Resources about someone else, which were kept out.
    pub other_patient: u64,
}

/// A part of a file that could not be taken.
#[uniffi::remote(Record)]
pub struct QuarantinedPart {
    /// Which of the files, from 0 in the order in which they were given.
    pub file: u64,
    /// Which one of the file, from 0: the entry of a Bundle, the line of NDJSON.
    pub index: u64,
    /// What is wrong with it.
    pub reason: Quarantine,
    /// `Resource` for a resource, `Text` for a line that is not JSON, `JsonOther` for JSON of another kind, else the
    /// kind of the whole file.
    pub kind: ContentKind,
    /// Its id in quarantine; none if it is not kept, because it is too large or there is no room.
    pub kept: Option<QuarantineId>,
}

/// A file that could not be read to its end.
#[uniffi::remote(Record)]
pub struct BrokenFile {
    /// Which of the files, from 0 in the order in which they were given.
    pub file: u64,
    /// The code of the reason: `InvalidJson`, `Truncated`, …
    pub reason: ReadError,
    /// Its id in quarantine; none if it is not kept, because it is too large, could not be read at all, or there is
    /// no room.
    pub kept: Option<QuarantineId>,
}

uniffi::custom_type!(ReadError, String, {
    remote,
    lower: |error| error.code().to_owned(),
    // It only goes out.
    try_lift: |_code| Err(WalletError::invalid("InvalidText").into()),
});

/// What there is to know of an import beside its records.
#[uniffi::remote(Enum)]
pub enum Notice {
    /// A server says that something of its answer may be missing, or is.
    ServerSaid {
        /// Which of the files, from 0.
        file: u64,
        /// Which one of the file, from 0.
        index: u64,
        /// Whether it is missing for sure.
        is_error: bool,
        /// What it says, or an HTTP status where it says no more; at most 200 characters.
        text: String,
    },
    /// An answer goes on in a page that is not among the files.
    MissingPage {
        /// Which of the files, from 0.
        file: u64,
        /// Who has it: the host of its address, where that is one.
        host: Option<String>,
    },
    /// A file is of an older release of FHIR: its records are read as far as they are written alike.
    OldRelease {
        /// Which of the files, from 0.
        file: u64,
        /// The release, as far as its resources tell it.
        release: FhirRelease,
    },
    /// There were more of these than are listed.
    More {
        /// How many more there were than the list has.
        count: u64,
    },
}

/// A release of FHIR before R4.
#[uniffi::remote(Enum)]
pub enum FhirRelease {
    /// DSTU2, FHIR 1.0.
    Dstu2,
    /// STU3, FHIR 3.0.
    Stu3,
    /// One of the two.
    Dstu2OrStu3,
}

/// Why a part of a file could not be taken.
#[uniffi::remote(Enum)]
pub enum Quarantine {
    /// A kind of file that is not read.
    UnsupportedFormat,
    /// Not JSON from this offset on; only a line of NDJSON can be left out alone.
    InvalidJson {
        /// Bytes before the one that is wrong, in the unpacked input.
        offset: u64,
    },
    /// A string holds a lone surrogate or NUL.
    InvalidText {
        /// Bytes before its escape, in the unpacked input.
        offset: u64,
    },
    /// Objects and arrays are nested deeper than 64.
    TooDeep,
    /// The resource is larger than the reader's limits allow, or it is a Bundle of that size
    /// that says so only behind its entries.
    TooLarge,
    /// Not a JSON object, or one without `resourceType`.
    NotAResource,
    /// `resourceType` is not the name of a type: not a string, empty, or with other characters than letters.
    InvalidResourceType,
}

/// Someone whom records are about.
#[uniffi::remote(Record)]
pub struct FoundPatient {
    /// Which one, from 1: `@1` as the options of an import mean this person.
    pub number: u64,
    /// What else means this person there: an id, or `@` and the number where no id does.
    pub id: String,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The birth date as written, `YYYY-MM-DD` or a part of it, if there is one.
    pub birth_date: Option<String>,
    /// How many of the records are about this person.
    pub records: u64,
    /// Whether this is the owner of the wallet.
    pub is_owner: bool,
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
    ) -> Result<ImportOutcome, WalletError> {
        self.import_files(vec![source], options, cancellation).await
    }

    /// Takes the records of files that belong together, as one import; files refer to each other. One that cannot be
    /// read to its end is left out and reported.
    ///
    /// Throws `File` if none can be read to its end; what could be read at all of them is then in quarantine.
    #[uniffi::method(default(cancellation = None, options))]
    pub async fn import_files(
        &self,
        sources: Vec<ImportSource>,
        options: ImportOptions,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<ImportOutcome, WalletError> {
        let imported = self.told(cancellation, move |wallet, events| {
            let call = CallFlag::current();
            let mut told = 0;
            let mut progress = |bytes: u64| {
                if bytes >= told + PROGRESS_BYTES {
                    told = bytes;
                    events.tell(Event::ImportProgress { bytes });
                }
                if call.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let mut files: Vec<_> = sources.iter().map(file).collect();
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
}

/// A source as a file that is read from its beginning each time; reports call it by its name.
fn file(source: &ImportSource) -> ImportFile<'_> {
    match source {
        ImportSource::File { path } => {
            let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
            ImportFile::new(name, move || Ok(Box::new(File::open(path)?)))
        }
        ImportSource::Bytes { bytes } => ImportFile::new("", move || Ok(Box::new(Bytes::new(bytes)))),
    }
}

/// How much is read between two events of progress.
const PROGRESS_BYTES: u64 = 256 * 1024;

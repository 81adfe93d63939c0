//! Records: taken in, listed, searched, shown, taken out.

use std::fs::File;
use std::io::{self, Cursor as Bytes, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use keepwell_chart::{Flag as ValueFlag, Value as ChartValue};
use keepwell_protocol::domain::{Category, DeliveryId, RecordId};
use keepwell_protocol::formats::fhir::{Quarantine, Validities};
use keepwell_wallet::{
    CategoryCount, Cursor, Export, FoundPatient, ImportFile, ImportOptions, ImportReport as CoreReport,
    Page as RecordPage, Query, Reader, RecordSummary, WalletError as CoreError,
};

use crate::authentication::Authentication;
use crate::cancellation::{CallFlag, Cancellation};
use crate::error::WalletError;
use crate::events::Event;
use crate::identifiers::Instant;
use crate::wallet::Wallet;

/// What a record is about, in the order in which categories are shown.
#[uniffi::remote(Enum)]
pub enum Category {
    /// Who the patient is.
    Patient,
    /// Allergies and intolerances.
    Allergies,
    /// Problems, diagnoses and adverse events.
    Conditions,
    /// Medicines prescribed, given or taken.
    Medications,
    /// Vaccinations.
    Immunizations,
    /// Laboratory and imaging results.
    Results,
    /// Vital signs.
    Vitals,
    /// Procedures done and services ordered.
    Procedures,
    /// Notes, letters and forms.
    Documents,
    /// Visits and appointments.
    Encounters,
    /// Implants and equipment.
    Devices,
    /// Illnesses in the family.
    FamilyHistory,
    /// Smoking, living and working conditions.
    SocialHistory,
    /// Plans, teams and goals.
    CarePlans,
    /// Coverage and claims.
    Insurance,
    /// Genetic findings.
    Genomics,
    /// Measurements by the patient's own devices.
    Wearables,
    /// Everything else, known or not.
    Other,
}

/// How many records there are of a category.
#[uniffi::remote(Record)]
pub struct CategoryCount {
    /// The category.
    pub category: Category,
    /// How many.
    pub count: u64,
}

/// What to list.
#[derive(Clone, Debug, Default, uniffi::Record)]
pub struct RecordQuery {
    /// Only this category.
    #[uniffi(default = None)]
    pub category: Option<Category>,
    /// Only records with all of these: words by their beginning, what is written without blanks by any part.
    #[uniffi(default = None)]
    pub text: Option<String>,
    /// Only records dated at or after this, by the day and time that they show.
    #[uniffi(default = None)]
    pub since: Option<Instant>,
    /// Only records dated before this.
    #[uniffi(default = None)]
    pub until: Option<Instant>,
    /// How many on a page: 1 to 1000.
    #[uniffi(default = 50)]
    pub limit: u32,
    /// Where the page before ended.
    #[uniffi(default = None)]
    pub after: Option<Cursor>,
}

impl From<RecordQuery> for Query {
    fn from(query: RecordQuery) -> Self {
        let RecordQuery { category, text, since, until, limit, after } = query;
        Self { category, text, since: since.map(Into::into), until: until.map(Into::into), limit, after }
    }
}

/// What a list shows of a record: its newest version.
#[uniffi::remote(Record)]
pub struct RecordSummary {
    /// The record, over all its versions.
    pub id: RecordId,
    /// FHIR resource type.
    pub resource_type: String,
    /// Its category.
    pub category: Category,
    /// The clinical date, as written.
    pub date: Option<String>,
    /// The code of what it is about, without its system.
    pub code: Option<String>,
    /// What to call it.
    pub display: Option<String>,
    /// The value, or why there is none; a text of at most 200 characters.
    pub value: Option<ChartValue>,
    /// What its source says about the value.
    pub flag: Option<ValueFlag>,
    /// Whether it is current, final or done, as its source says it.
    pub status: Option<String>,
    /// Whether it holds.
    pub validities: Validities,
    /// Where it came from first.
    pub source: String,
}

/// One page, newest first; the undated come last.
#[uniffi::remote(Record)]
pub struct RecordPage {
    /// At most as many as asked for.
    pub records: Vec<RecordSummary>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<Cursor>,
}

/// Where records to import are.
#[derive(Clone, uniffi::Enum)]
pub enum ImportSource {
    /// In a file of the device.
    File {
        /// Its path.
        path: String,
    },
    /// In memory.
    Bytes {
        /// The file's content.
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
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum ImportOutcome {
    /// The records are in the wallet.
    Imported {
        /// What became of them.
        report: ImportReport,
    },
    /// The file is not about the owner alone: nothing was taken. Ask, and import again with
    /// the owner in the options. Another person, a child or a parent, has a wallet of their own.
    OtherPatients {
        /// Who it is about, and the owner where known; at most 100.
        patients: Vec<FoundPatient>,
    },
}

/// What became of the resources of a file.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
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
    /// Records that the file says were removed at their source.
    pub removed: u64,
    /// Parts that could not be taken, with the reason.
    pub quarantined: Vec<QuarantinedPart>,
    /// Resources about someone else, which were kept out.
    pub other_patient: u64,
}

/// A part of a file that could not be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Record)]
pub struct QuarantinedPart {
    /// Which one of the file, from 0: the entry of a Bundle, the line of NDJSON.
    pub index: u64,
    /// Why.
    pub reason: Quarantine,
}

impl From<CoreReport> for ImportReport {
    fn from(report: CoreReport) -> Self {
        let part = |part: keepwell_wallet::QuarantinedPart| QuarantinedPart {
            index: part.index,
            reason: part.reason,
        };
        Self {
            import: report.import,
            read: report.read,
            added: report.added,
            updated: report.updated,
            duplicates: report.duplicates,
            id_reused: report.id_reused,
            removed: report.removed,
            quarantined: report.quarantined.into_iter().map(part).collect(),
            other_patient: report.other_patient,
        }
    }
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
    /// The birth date, if there is one.
    pub birth_date: Option<String>,
    /// How many of the records are about this person.
    pub records: u64,
    /// Whether this is the owner of the wallet.
    pub is_owner: bool,
}

/// What was exported.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ExportReport {
    /// How many resources: every version of every record.
    pub records: u64,
    /// SHA-256 of what was written, 32 bytes.
    pub sha256: Vec<u8>,
}

#[uniffi::export]
impl Wallet {
    /// Takes the records of one file: a Bundle, NDJSON, a resource, or one of these in gzip. All of it or
    /// nothing; the same file again writes nothing. Observers hear how far it is.
    ///
    /// Throws `File` if it cannot be read to its end.
    #[uniffi::method(default(cancellation = None, options))]
    pub async fn import_records(
        &self,
        source: ImportSource,
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
            let mut file = [ImportFile::new("", || open(&source))];
            match wallet.import(&mut file, &options, &mut progress) {
                Ok(report) => Ok(ImportOutcome::Imported { report: report.into() }),
                Err(CoreError::OtherPatient { patients }) => Ok(ImportOutcome::OtherPatients { patients }),
                Err(CoreError::Import(_)) if CallFlag::current().is_cancelled() => {
                    Err(WalletError::Cancelled)
                }
                Err(error) => Err(error.into()),
            }
        });
        imported.await
    }

    /// Lists records or searches in them, newest first; any text can be searched for.
    pub async fn records(&self, query: RecordQuery) -> Result<RecordPage, WalletError> {
        let query = Query::from(query);
        self.read(move |reader| reader.records(&query)).await
    }

    /// How many records there are of each category that has any, in the order in which they are shown.
    pub async fn record_counts(&self) -> Result<Vec<CategoryCount>, WalletError> {
        self.read(Reader::record_counts).await
    }

    /// The newest version of a record as FHIR JSON, byte for byte as received. Throws `NotFound`.
    pub async fn record(&self, id: RecordId) -> Result<Vec<u8>, WalletError> {
        self.read(move |reader| reader.record_bytes(&id)).await
    }

    /// Writes every version of every record to a new file, as NDJSON in the order in which they came.
    ///
    /// Throws `File`, also if there is something at `path` already.
    pub async fn export_records(
        &self,
        authentication: Arc<Authentication>,
        path: String,
    ) -> Result<ExportReport, WalletError> {
        let exported = self.with(move |wallet| {
            let held = authentication.hold();
            // Before the file: a refusal leaves none behind.
            let fresh = held.get()?;
            let mut file = File::create_new(path).map_err(CoreError::ExportIo)?;
            let Export { records, sha256 } = wallet.export(fresh, &mut file)?;
            file.sync_all().map_err(CoreError::ExportIo)?;
            Ok(ExportReport { records, sha256: sha256.to_vec() })
        });
        exported.await
    }
}

/// The source from its beginning.
fn open(source: &ImportSource) -> io::Result<Box<dyn Read>> {
    Ok(match source {
        ImportSource::File { path } => Box::new(File::open(path)?),
        ImportSource::Bytes { bytes } => Box::new(Bytes::new(bytes.clone())),
    })
}

/// How much is read between two events of progress.
const PROGRESS_BYTES: u64 = 256 * 1024;

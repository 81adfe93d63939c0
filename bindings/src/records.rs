//! Records: listed, searched, shown, taken out.

use std::fs::File;
use std::sync::Arc;

use keepwell_chart::{Flag as ValueFlag, Value as ChartValue};
use keepwell_protocol::domain::{Category, RecordId};
use keepwell_protocol::formats::fhir::Validities;
use keepwell_wallet::{
    CategoryCount, Cursor, Export, FreshAuthentication, Page as RecordPage, Query, Reader, RecordSummary,
    Wallet as CoreWallet, WalletError as CoreError,
};

use crate::authentication::Authentication;
use crate::error::WalletError;
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
        self.write_export(authentication, path, |wallet, fresh, file| wallet.export(fresh, file)).await
    }

    /// The same as a FHIR history that comes back whole into an empty wallet, by an import without a question:
    /// records, versions, imports.
    ///
    /// Throws `File`, also if there is something at `path` already.
    pub async fn export_history(
        &self,
        authentication: Arc<Authentication>,
        path: String,
    ) -> Result<ExportReport, WalletError> {
        self.write_export(authentication, path, |wallet, fresh, file| wallet.export_history(fresh, file))
            .await
    }
}

impl Wallet {
    async fn write_export(
        &self,
        authentication: Arc<Authentication>,
        path: String,
        write: fn(&CoreWallet, &FreshAuthentication, &mut File) -> Result<Export, CoreError>,
    ) -> Result<ExportReport, WalletError> {
        let exported = self.with(move |wallet| {
            let held = authentication.hold();
            // Before the file: a refusal leaves none behind.
            let fresh = held.get()?;
            let mut file = File::create_new(path).map_err(CoreError::ExportIo)?;
            let Export { records, sha256 } = write(wallet, fresh, &mut file)?;
            file.sync_all().map_err(CoreError::ExportIo)?;
            Ok(ExportReport { records, sha256: sha256.to_vec() })
        });
        exported.await
    }
}

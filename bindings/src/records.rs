//! Records: listed, searched, shown, taken out.

use std::fs::File;
use std::sync::Arc;

use keepwell_protocol::domain::{Category, RecordId};
use keepwell_wallet::{
    Attachment, CategoryCount, Cursor, Export, FreshAuthentication, Page as RecordPage, Query, RecordOrder,
    RecordVersion, RecordView, ResultRow, Wallet as CoreWallet, WalletError as CoreError,
};

use crate::authentication::Authentication;
use crate::calls::{Caller, unless_cancelled};
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::foreign::{AppExportSink, ExportSink};
use crate::mirrors::Instant;
use crate::wallet::Wallet;

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
    /// How many on a page: 1 to 1000; 0 means as many as `choices` says.
    #[uniffi(default = 0)]
    pub limit: u32,
    /// Where the page before ended, which was in the same order.
    #[uniffi(default = None)]
    pub after: Option<Cursor>,
    /// What stands first; none: the newest by date.
    #[uniffi(default = None)]
    pub order: Option<RecordOrder>,
}

impl From<RecordQuery> for Query {
    fn from(query: RecordQuery) -> Self {
        let RecordQuery { category, text, since, until, limit, after, order } = query;
        let (since, until) = (since.map(Into::into), until.map(Into::into));
        Self { category, text, since, until, order: order.unwrap_or_default(), limit, after }
    }
}

/// What was exported.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ExportReport {
    /// How many resources: every version of every record.
    pub records: u64,
    /// SHA-256 of what was written, 32 bytes.
    pub sha256: Vec<u8>,
}

impl From<Export> for ExportReport {
    fn from(Export { records, sha256 }: Export) -> Self {
        Self { records, sha256: sha256.to_vec() }
    }
}

#[uniffi::export]
impl Wallet {
    /// Lists records or searches in them; any text can be searched for. Throws `InvalidArgument` (`InvalidCursor`), also
    /// where the page before was in another order.
    pub async fn records(&self, query: RecordQuery) -> Result<RecordPage> {
        let query = Query::from(query);
        self.read(move |snapshot| snapshot.records(&query)).await
    }

    /// How many records there are of each category that has any, in the order in which they are shown.
    pub async fn record_counts(&self) -> Result<Vec<CategoryCount>> {
        self.read(|snapshot| snapshot.record_counts()).await
    }

    /// The newest version of a record as FHIR JSON, byte for byte as received. Throws `NotFound`.
    pub async fn record(&self, id: RecordId) -> Result<Vec<u8>> {
        self.read(move |snapshot| snapshot.record_bytes(&id)).await
    }

    /// Everything that a page shows of the present version of a record. Throws `NotFound`.
    pub async fn record_view(&self, id: RecordId) -> Result<RecordView> {
        self.read(move |snapshot| snapshot.record_view(&id)).await
    }

    /// The file in this place among the attachments of a record's view, from 0, decoded: from the record, or from a Binary
    /// that it points to and that is in the wallet. No address is followed.
    ///
    /// Throws `NotFound` (`AttachmentNotHere`: the record only says where it is), `File` (`AttachmentDamaged`: it is not what
    /// the record says of it).
    pub async fn attachment(&self, record: RecordId, index: u32) -> Result<Attachment> {
        self.read(move |snapshot| snapshot.attachment(&record, index)).await
    }

    /// The results of the same code as this one, newest first and with it among them; at most 100. Throws
    /// `NotFound`.
    pub async fn record_series(&self, id: RecordId) -> Result<Vec<ResultRow>> {
        self.read(move |snapshot| snapshot.record_series(&id)).await
    }

    /// The versions of a record, in the order in which they came. Throws `NotFound`.
    pub async fn record_history(&self, record: RecordId) -> Result<Vec<RecordVersion>> {
        self.call_wallet(move |wallet| Ok(wallet.record_history(record)?)).await
    }

    /// Writes every version of every record to a new file, as NDJSON in the order in which they came.
    ///
    /// Throws `File`, also if there is something at `path` already.
    pub async fn export_records(
        &self,
        authentication: Arc<Authentication>,
        path: String,
    ) -> Result<ExportReport> {
        self.write_export(authentication, path, |wallet, fresh, file| wallet.export(fresh, file)).await
    }

    /// The same as a FHIR history that comes back whole into an empty wallet, by an import without a
    /// question: records, versions, imports.
    ///
    /// Throws `File`, also if there is something at `path` already.
    pub async fn export_history(
        &self,
        authentication: Arc<Authentication>,
        path: String,
    ) -> Result<ExportReport> {
        self.write_export(authentication, path, |wallet, fresh, file| wallet.export_history(fresh, file))
            .await
    }

    /// The same as `export_records`, written to a place of the app's piece by piece.
    ///
    /// Throws `File` (`ExportIo`) if the app can't write on, and `Cancelled`: what was written until then is a part
    /// of an export and no export, which only the app can remove.
    #[uniffi::method(default(cancellation = None))]
    pub async fn export_records_to(
        &self,
        authentication: Arc<Authentication>,
        sink: Arc<dyn ExportSink>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<ExportReport> {
        self.pass_on_export(authentication, sink, cancellation, |wallet, fresh, sink| {
            wallet.export(fresh, sink)
        })
        .await
    }

    /// The same as `export_history`, written to a place of the app's piece by piece.
    ///
    /// Throws as `export_records_to` does.
    #[uniffi::method(default(cancellation = None))]
    pub async fn export_history_to(
        &self,
        authentication: Arc<Authentication>,
        sink: Arc<dyn ExportSink>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<ExportReport> {
        self.pass_on_export(authentication, sink, cancellation, |wallet, fresh, sink| {
            wallet.export_history(fresh, sink)
        })
        .await
    }
}

impl Wallet {
    async fn write_export(
        &self,
        authentication: Arc<Authentication>,
        path: String,
        write: fn(&CoreWallet, &FreshAuthentication, &mut File) -> Result<Export, CoreError>,
    ) -> Result<ExportReport> {
        let exported = self.call_wallet(move |wallet| {
            let held = authentication.hold();
            // Before the file: a refusal leaves none behind.
            let fresh = held.get()?;
            let mut file = File::create_new(path).map_err(CoreError::of_export)?;
            let exported = write(wallet, fresh, &mut file)?;
            file.sync_all().map_err(CoreError::of_export)?;
            Ok(exported.into())
        });
        exported.await
    }

    async fn pass_on_export(
        &self,
        authentication: Arc<Authentication>,
        sink: Arc<dyn ExportSink>,
        cancellation: Option<Arc<Cancellation>>,
        write: fn(&CoreWallet, &FreshAuthentication, &mut AppExportSink) -> Result<Export, CoreError>,
    ) -> Result<ExportReport> {
        let exported = self.call(Caller::Owner, cancellation, move |thread| {
            let wallet = thread.open_wallet()?;
            let held = authentication.hold();
            let fresh = held.get()?;
            match write(wallet, fresh, &mut AppExportSink::new(sink)?) {
                Ok(exported) => Ok(exported.into()),
                Err(error) => unless_cancelled(error).and_then(|error| Err(error.into())),
            }
        });
        exported.await
    }
}

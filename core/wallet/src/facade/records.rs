//! Looking at records, and taking them out.

use std::io::Write;

use keepwell_protocol::crypto::Sha256Stream;
use keepwell_protocol::domain::{Category, RecordId};
use keepwell_protocol::formats::fhir::ndjson_line;
use keepwell_protocol::vault::About;
use serde::Deserialize;

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;
use crate::records_view::list::{self, CategoryCount};
use crate::records_view::record::{self, RecordView, ResultRow};
use crate::store::StoreError;
use crate::store::records::{self, Page, Query};

/// What was exported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Export {
    /// How many resources: every version of every record.
    pub records: u64,
    /// SHA-256 of what was written.
    pub sha256: [u8; 32],
}

impl Wallet {
    /// Lists records or searches in them, newest first.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; any text can be searched for.
    pub fn records(&self, query: &Query) -> Result<Page, WalletError> {
        list::page(self.session()?.store.read(), query)
    }

    /// How many records there are of each category that has any, in the order in which they are shown.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn record_counts(&self) -> Result<Vec<CategoryCount>, WalletError> {
        list::counts(self.session()?.store.read())
    }

    /// Who the owner is by their own records, as a grant tells the provider; `None` if no Patient
    /// resource gives name and birth date.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn about_owner(&self) -> Result<Option<About>, WalletError> {
        let query = Query { category: Some(Category::Patient), limit: 1_000, ..Query::default() };
        let people =
            self.records(&query)?.records.into_iter().filter(|found| found.resource_type == "Patient");
        for patient in people {
            let bytes = self.record_bytes(&patient.id)?;
            let resource: BirthDate =
                serde_json::from_slice(&bytes).map_err(|_| StoreError::Corrupt { part: "a record" })?;
            if let (Some(name), Some(birth_date)) = (patient.display, resource.birth_date) {
                return Ok(Some(About { name, birth_date }));
            }
        }
        Ok(None)
    }

    /// The newest version of a record, byte for byte as received.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`].
    pub fn record_bytes(&self, id: &RecordId) -> Result<Vec<u8>, WalletError> {
        list::bytes(self.session()?.store.read(), id)
    }

    /// Everything that a page shows of the present version of a record.
    ///
    /// # Errors
    /// [`WalletError::Locked`], [`WalletError::NoSuchRecord`].
    pub fn record_view(&self, id: &RecordId) -> Result<RecordView, WalletError> {
        record::view(self.session()?.store.read(), id)
    }

    /// The results of the same code as this one, newest first and with it among them; at most 100. Empty for a record that is
    /// no result or has no code.
    ///
    /// # Errors
    /// [`WalletError::Locked`], [`WalletError::NoSuchRecord`].
    pub fn record_series(&self, id: &RecordId) -> Result<Vec<ResultRow>, WalletError> {
        record::series(self.session()?.store.read(), id)
    }

    /// Writes every version of every record as NDJSON, in the order in which they came.
    ///
    /// Each line is the resource as received, but for line breaks between its elements, which NDJSON
    /// does not allow and which become blanks.
    ///
    /// # Errors
    /// [`WalletError::ExportIo`] if `destination` fails.
    pub fn export(
        &self,
        _: &FreshAuthentication,
        destination: &mut dyn Write,
    ) -> Result<Export, WalletError> {
        let mut hash = Sha256Stream::default();
        let mut count = 0;
        records::export(self.session()?.store.read(), &mut |bytes| {
            let mut line = ndjson_line(bytes);
            line.push(b'\n');
            hash.update(&line);
            count += 1;
            destination.write_all(&line).map_err(WalletError::ExportIo)
        })?;
        destination.flush().map_err(WalletError::ExportIo)?;
        Ok(Export { records: count, sha256: hash.finish() })
    }
}

/// The one element of a Patient that is looked for.
#[derive(Deserialize)]
struct BirthDate {
    #[serde(rename = "birthDate")]
    birth_date: Option<String>,
}

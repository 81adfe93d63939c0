//! Looking at records, and taking them out.

use std::io::Write;

use keepwell_protocol::crypto::Sha256Stream;
use keepwell_protocol::domain::{Category, RecordId};
use keepwell_protocol::formats::fhir::ndjson_line;
use keepwell_protocol::vault::About;
use rusqlite::Connection;
use serde::Deserialize;

use super::unlock::FreshAuthentication;
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::records_view::record;
use crate::store::StoreError;
use crate::store::records::{self, Page, Query};

/// How many records there are of a category.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CategoryCount {
    /// The category.
    pub category: Category,
    /// How many.
    pub count: u64,
}

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
        page(self.session()?.store.read(), query)
    }

    /// How many records there are of each category that has any, in the order in which they are shown.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn record_counts(&self) -> Result<Vec<CategoryCount>, WalletError> {
        counts(self.session()?.store.read())
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
        bytes(self.session()?.store.read(), id)
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

pub(crate) fn page(connection: &Connection, query: &Query) -> Result<Page, WalletError> {
    let mut page = match &query.text {
        Some(text) => records::search(connection, text, query)?,
        None => records::list(connection, query)?,
    };
    // An order may only refer to its medicine, which may have come later.
    for record in &mut page.records {
        if record.display.is_none() && record.resource_type.starts_with("Medication") {
            record.display = record::view(connection, &record.id)?.view.row.title;
        }
    }
    Ok(page)
}

pub(crate) fn counts(connection: &Connection) -> Result<Vec<CategoryCount>, WalletError> {
    let mut counts = Vec::new();
    for &category in Category::ALL {
        let count = records::count_of(connection, category)?;
        if count > 0 {
            counts.push(CategoryCount { category, count });
        }
    }
    Ok(counts)
}

pub(crate) fn bytes(connection: &Connection, id: &RecordId) -> Result<Vec<u8>, WalletError> {
    records::show(connection, id)?.ok_or(WalletError::NoSuchRecord)
}

/// The one element of a Patient that is looked for.
#[derive(Deserialize)]
struct BirthDate {
    #[serde(rename = "birthDate")]
    birth_date: Option<String>,
}

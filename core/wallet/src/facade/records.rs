//! Looking at records, and taking them out.

use std::io::Write;

use keepwell_protocol::crypto::Sha256Stream;
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::ndjson_line;
use keepwell_protocol::vault::About;
use serde::Deserialize;

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;
use crate::store::StoreError;
use crate::store::records::{self, Query};

/// What was exported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Export {
    /// How many resources: every version of every record.
    pub records: u64,
    /// SHA-256 of what was written.
    pub sha256: [u8; 32],
}

impl Wallet {
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

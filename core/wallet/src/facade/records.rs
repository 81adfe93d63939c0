//! Looking at records, and taking them out.

use std::io::Write;

use keepwell_protocol::crypto::Sha256Stream;
use keepwell_protocol::domain::RecordId;

use super::unlock::FreshAuthentication;
use super::wallet::Wallet;
use crate::error::WalletError;
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
        let connection = self.session()?.store.read();
        Ok(match &query.text {
            Some(text) => records::search(connection, text, query)?,
            None => records::list(connection, query)?,
        })
    }

    /// The newest version of a record, byte for byte as received.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`].
    pub fn record_bytes(&self, id: &RecordId) -> Result<Vec<u8>, WalletError> {
        records::show(self.session()?.store.read(), id)?.ok_or(WalletError::NoSuchRecord)
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
        let mut line = Vec::new();
        let mut count = 0;
        records::export(self.session()?.store.read(), &mut |bytes| {
            line.clear();
            line.extend(bytes.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
            line.push(b'\n');
            hash.update(&line);
            count += 1;
            destination.write_all(&line).map_err(WalletError::ExportIo)
        })?;
        destination.flush().map_err(WalletError::ExportIo)?;
        Ok(Export { records: count, sha256: hash.finish() })
    }
}

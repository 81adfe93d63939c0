//! Looking at records, and taking them out.

use std::io::Write;

use keepwell_protocol::crypto::Sha256Stream;
use keepwell_protocol::formats::fhir::ndjson_line;
use keepwell_protocol::vault::About;

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;
use crate::records_view::owner;
use crate::store::records;
use crate::store::settings::{self, Setting};

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
        owner::about(self.session()?.store.read())
    }

    /// Notes that the owner has seen what is new in an overview: what arrived up to its
    /// [`newest`](crate::Overview::newest).
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn mark_seen(&mut self, newest: u32) -> Result<(), WalletError> {
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| {
            Ok(settings::write(transaction, Setting::OverviewSeen, &newest.to_be_bytes())?)
        })
    }

    /// Writes every version of every record as NDJSON, in the order in which they came.
    ///
    /// Each line is the resource as received, but for line breaks between its elements, which NDJSON
    /// does not allow and which become blanks.
    ///
    /// # Errors
    /// [`WalletError::ExportIo`] if `destination` fails, and `DiskFull` if there is no room.
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
            destination.write_all(&line).map_err(WalletError::of_export)
        })?;
        destination.flush().map_err(WalletError::of_export)?;
        Ok(Export { records: count, sha256: hash.finish() })
    }
}

//! The export that comes back whole: every version with what the wallet knows of it, and its deliveries.

use std::io::Write;

use keepwell_protocol::crypto::Sha256Stream;
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::formats::fhir::{
    EXPORT_TAIL, ExportedState, ExportedVersion, export_entry, export_head,
};
use rusqlite::Connection;

use super::records::Export;
use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;
use crate::store::records;
use crate::store::state_object::{OwnerPatients, StoredDelivery, name};

impl Wallet {
    /// Writes every version of every record as a FHIR `history` Bundle, the oldest first, each resource byte
    /// for byte as received, with extensions that bring it back into an empty wallet as it is here: by
    /// [`Wallet::import`], without a question.
    ///
    /// # Errors
    /// [`WalletError::ExportIo`] if `destination` fails, and `DiskFull` if there is no room.
    pub fn export_history(
        &self,
        _: &FreshAuthentication,
        destination: &mut dyn Write,
    ) -> Result<Export, WalletError> {
        let connection = self.session()?.store.read();
        let mut hash = Sha256Stream::default();
        let mut write = |bytes: &[u8]| {
            hash.update(bytes);
            destination.write_all(bytes).map_err(WalletError::of_export)
        };
        write(export_head(&states(connection)?).as_bytes())?;
        let mut count = 0;
        for version in records::versions_after(connection, 0) {
            let version = version?;
            let head = records::read_head(&version.bytes)?;
            let mark = records::mark(connection, version.seq)?;
            let exported = ExportedVersion {
                record: version.record,
                number: version.number,
                source: version.source,
                full_url: version.full_url,
                received: version.received,
                category: version.category,
                is_superseded: mark.is_superseded,
                is_withdrawn: mark.is_withdrawn,
            };
            let (before, behind) = export_entry(&exported, &head);
            write(if count > 0 { b",\n" } else { b"\n" })?;
            write(before.as_bytes())?;
            write(&version.bytes)?;
            write(behind.as_bytes())?;
            count += 1;
        }
        write(EXPORT_TAIL.as_bytes())?;
        write(b"\n")?;
        destination.flush().map_err(WalletError::of_export)?;
        Ok(Export { records: count, sha256: hash.finish() })
    }
}

/// What goes along beside the records: the deliveries, and who the owner is.
fn states(connection: &Connection) -> Result<Vec<ExportedState>, WalletError> {
    let deliveries = StoredDelivery::all(connection)?.into_iter();
    let mut states: Vec<ExportedState> = deliveries
        .map(|stored| ExportedState { name: name::delivery(stored.number), object: stored.to_cbor() })
        .collect();
    let (name, object) = (name::OWNER.to_owned(), OwnerPatients::read(connection)?.to_cbor());
    states.push(ExportedState { name, object });
    Ok(states)
}

//! What happened, held against the providers' own access logs, and what a provider may hold.

use std::sync::Arc;

use keepwell_protocol::domain::ProviderId;
use keepwell_wallet::{Audit, AuditExport, Exposure, ProviderLog};

use crate::authentication::Authentication;
use crate::calls::unless_cancelled;
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::foreign::{AppExportSink, ExportSink};
use crate::wallet::Wallet;

/// What of the activity was exported.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct AuditExportReport {
    /// How many AuditEvents.
    pub events: u64,
    /// SHA-256 of what was written, 32 bytes.
    pub sha256: Vec<u8>,
    /// Whether nobody was reached who knows what others did: only what the owner did was written.
    pub is_own_only: bool,
    /// The access logs that it was held against, as `audit` gives them.
    pub logs: Vec<ProviderLog>,
}

impl From<AuditExport> for AuditExportReport {
    fn from(AuditExport { events, sha256, is_own_only, logs }: AuditExport) -> Self {
        Self { events, sha256: sha256.to_vec(), is_own_only, logs }
    }
}

#[uniffi::export]
impl Wallet {
    /// Everything that happened, as `activity` tells, held against the access logs that providers keep themselves and whose
    /// checkpoints the ledger has. Takes longer than `activity`, for whole logs are read; that one can't be read is no error.
    #[uniffi::method(default(cancellation = None))]
    pub async fn audit(&self, cancellation: Option<Arc<Cancellation>>) -> Result<Audit> {
        self.call_online(cancellation, |wallet, network| unless_cancelled(wallet.audit(network)?)).await
    }

    /// Writes everything that happened to a place of the app's, piece by piece: as FHIR AuditEvents after IHE's Basic Audit
    /// Log Patterns, one to a line, the oldest first.
    ///
    /// Throws `File` (`ExportIo`) if the app can't write on, and `Cancelled`: what was written until then is a part of an
    /// export and no export, which only the app can remove.
    #[uniffi::method(default(cancellation = None))]
    pub async fn export_audit_to(
        &self,
        authentication: Arc<Authentication>,
        sink: Arc<dyn ExportSink>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<AuditExportReport> {
        let exported = self.call_online(cancellation, move |wallet, network| {
            let held = authentication.hold();
            let written = wallet.export_audit(held.get()?, &mut AppExportSink::new(sink)?, network);
            match written {
                Ok(exported) => unless_cancelled(exported.into()),
                Err(error) => unless_cancelled(error).and_then(|error| Err(error.into())),
            }
        });
        exported.await
    }

    /// Every version of every record that this provider could have read under its grants, those that ended included, and
    /// which it did read: what it may still hold.
    #[uniffi::method(default(cancellation = None))]
    pub async fn exposure(
        &self,
        provider: ProviderId,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Exposure> {
        let exposed = self.call_online(cancellation, move |wallet, network| {
            unless_cancelled(wallet.exposure(provider, network)?)
        });
        exposed.await
    }
}

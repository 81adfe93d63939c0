//! Imports: listed, and taken back whole; the versions of a record.

use keepwell_protocol::domain::{DeliveryId, RecordId};
use keepwell_wallet::{ImportReach, ImportSummary, RecordVersion, UndoReport, VersionStanding};

use crate::error::WalletError;
use crate::identifiers::Instant;
use crate::wallet::Wallet;

/// One import, with all its files.
#[uniffi::remote(Record)]
pub struct ImportSummary {
    /// What it is called, also after a restore.
    pub import: DeliveryId,
    /// Where it came from.
    pub source: String,
    /// When.
    pub time: Instant,
    /// Records that were new with it.
    pub added: u64,
    /// Records that had a new version with it.
    pub updated: u64,
    /// When it was taken back; none: it stands.
    pub undone: Option<Instant>,
}

/// What is lost with an import that is taken back, and who may have seen it: no undo reaches that.
#[uniffi::remote(Record)]
pub struct ImportReach {
    /// Versions that would go out of sight.
    pub versions: u64,
    /// Those of them that lie sealed at the host.
    pub published: u64,
    /// The names of providers with a grant in force that covers one of them.
    pub granted: Vec<String>,
    /// Shares that were made since: each may have shown one of them.
    pub shares: u64,
    /// Items in quarantine that came with no other import: they would be removed for good.
    pub quarantined: u64,
}

/// What became of the records of an import that was taken back.
#[uniffi::remote(Record)]
pub struct UndoReport {
    /// Records that are out of sight.
    pub removed: u64,
    /// Records of which an earlier version is the present one again.
    pub restored: u64,
    /// Items of the quarantine that came with no other import, which are removed for good.
    pub quarantined: u64,
}

/// How a version stands among those of its record.
#[uniffi::remote(Enum)]
pub enum VersionStanding {
    /// It is the one that is shown.
    Present,
    /// Another is.
    Superseded,
    /// It would be shown, but its source removed the record.
    RemovedAtSource,
    /// No import that stands carries it.
    TakenBack,
}

/// One version of a record.
#[uniffi::remote(Record)]
pub struct RecordVersion {
    /// Which one, from 1, in the order of arrival.
    pub version: u32,
    /// How it stands.
    pub standing: VersionStanding,
    /// The import that brought it.
    pub import: DeliveryId,
    /// Where it came from.
    pub source: String,
    /// When it came.
    pub received: Instant,
    /// `meta.lastUpdated`, as written.
    pub last_updated: Option<String>,
    /// `meta.versionId`, as written.
    pub version_id: Option<String>,
}

#[uniffi::export]
impl Wallet {
    /// Every import, newest first.
    pub async fn imports(&self) -> Result<Vec<ImportSummary>, WalletError> {
        self.with(|wallet| Ok(wallet.imports()?)).await
    }

    /// Who may have seen what `undoImport` would take out of sight, to be told first. Throws `NotFound`.
    pub async fn import_reach(&self, import: DeliveryId) -> Result<ImportReach, WalletError> {
        self.with(move |wallet| Ok(wallet.import_reach(import)?)).await
    }

    /// Takes an import back: what no other import carried goes out of sight, what it had replaced comes back.
    /// What was published of it is withdrawn with the next sync; what could not be read of it leaves the quarantine.
    /// Throws `NotFound`.
    pub async fn undo_import(&self, import: DeliveryId) -> Result<UndoReport, WalletError> {
        self.with(move |wallet| Ok(wallet.undo_import(import)?)).await
    }

    /// The versions of a record, in the order in which they came. Throws `NotFound`.
    pub async fn record_history(&self, record: RecordId) -> Result<Vec<RecordVersion>, WalletError> {
        self.with(move |wallet| Ok(wallet.record_history(record)?)).await
    }
}

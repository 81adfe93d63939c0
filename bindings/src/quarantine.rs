//! What could not be read yet: kept on this device until it can be or its owner drops it.

use keepwell_protocol::domain::{QuarantineId, RecordId};
use keepwell_protocol::formats::fhir::Kind as ContentKind;
use keepwell_wallet::{QuarantinedItem as CoreItem, RetryReport};

use crate::error::Result;
use crate::mirrors::Instant;
use crate::reasons::QuarantineReason;
use crate::wallet::Wallet;

/// One item in quarantine.
#[derive(Clone, Debug, uniffi::Record)]
pub struct QuarantinedItem {
    /// SHA-256 of its bytes, by which it is shown, tried again and dropped.
    pub id: QuarantineId,
    /// The name of the file that it came in; empty where it had none.
    pub file: String,
    /// Which one of the file, from 0: the entry of a Bundle, the line of NDJSON. None for a whole file, and
    /// for a record that was moved here by hand.
    pub index: Option<u64>,
    /// Why it is there.
    pub reason: QuarantineReason,
    /// What its bytes turned out to be; `Damaged` for a file that could not be read to its end.
    pub kind: ContentKind,
    /// How many bytes it has, at most 50 MB unless it was moved here by hand.
    pub bytes: u64,
    /// When it came here first, by this device's clock.
    pub received: Instant,
    /// The source that was named for it.
    pub source: Option<String>,
    /// The record that it is, where it was moved here by hand.
    pub record: Option<RecordId>,
}

impl From<CoreItem> for QuarantinedItem {
    fn from(item: CoreItem) -> Self {
        let CoreItem { id, file, index, reason, kind, bytes, received, source, record } = item;
        let reason = reason.as_str().into();
        Self { id, file, index, reason, kind, bytes, received, source, record }
    }
}

#[uniffi::export]
impl Wallet {
    /// Everything in quarantine, in the order in which it came. It is in no backup and not at the host.
    pub async fn quarantine(&self) -> Result<Vec<QuarantinedItem>> {
        self.call_wallet(|wallet| Ok(wallet.quarantine()?.into_iter().map(Into::into).collect())).await
    }

    /// The bytes of an item, as received. Throws `NotFound`.
    pub async fn quarantined_bytes(&self, id: QuarantineId) -> Result<Vec<u8>> {
        self.call_wallet(move |wallet| Ok(wallet.quarantined_bytes(id)?)).await
    }

    /// Tries to read one item again, or each by itself but those that were moved here by hand, which come
    /// back by their id only. What can be read now leaves the quarantine. `patient` is that of an import.
    ///
    /// Throws `NotFound`; `File` if `patient` is nobody whom the item is about.
    #[uniffi::method(default(id = None, patient = None))]
    pub async fn retry_quarantined(
        &self,
        id: Option<QuarantineId>,
        patient: Option<String>,
    ) -> Result<RetryReport> {
        self.call_wallet(move |wallet| Ok(wallet.retry_quarantined(id, patient.as_deref())?)).await
    }

    /// Removes an item for good. What was moved here by hand stays among the records, unseen. Throws
    /// `NotFound`.
    pub async fn drop_quarantined(&self, id: QuarantineId) -> Result<()> {
        self.call_wallet(move |wallet| Ok(wallet.drop_quarantined(id)?)).await
    }

    /// Moves a record here by hand, with all its versions: out of sight, withdrawn where it was published,
    /// until it is tried again. Throws `NotFound`.
    pub async fn quarantine_record(&self, record: RecordId) -> Result<QuarantineId> {
        self.call_wallet(move |wallet| Ok(wallet.quarantine_record(record)?)).await
    }
}

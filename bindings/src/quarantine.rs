//! What could not be read yet: kept on this device until it can be or its owner drops it.

use keepwell_protocol::domain::{QuarantineId, RecordId};
use keepwell_wallet::{QuarantinedItem, RetryReport};

use crate::error::Result;
use crate::wallet::Wallet;

#[uniffi::export]
impl Wallet {
    /// Everything in quarantine, in the order in which it came. It is in no backup and not at the host.
    pub async fn quarantine(&self) -> Result<Vec<QuarantinedItem>> {
        self.call_wallet(|wallet| Ok(wallet.quarantine()?)).await
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

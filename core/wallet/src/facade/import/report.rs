//! What an import came to.

use keepwell_protocol::domain::DeliveryId;
use rusqlite::Transaction;

use super::notices::Notice;
use super::set_aside::{BrokenFile, QuarantinedPart};
use crate::error::WalletError;
use crate::store::quarantine::{self, QuarantinedItem};

/// What became of the resources of an import.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// The delivery, by which it can be taken back; none if it carried nothing.
    pub import: Option<DeliveryId>,
    /// Resources that were read.
    pub read: u64,
    /// Records that are new.
    pub added: u64,
    /// Records that have a new version.
    pub updated: u64,
    /// Resources whose bytes were there already.
    pub duplicates: u64,
    /// Records that stand by themselves although another has their id: where the source was only guessed, what
    /// contradicts is not taken for a version.
    pub id_reused: u64,
    /// Records that the files say were removed at their source.
    pub removed: u64,
    /// Parts that could not be taken, with the reason.
    pub quarantined: Vec<QuarantinedPart>,
    /// Files of which nothing was taken, because they could not be read to their end.
    pub broken: Vec<BrokenFile>,
    /// What there is to know beside: what servers said of their answers, and what is not among the files.
    pub notices: Vec<Notice>,
    /// Resources about someone else, which were kept out.
    pub other_patient: u64,
}

/// Notes with which import came what it set aside, but for the items that it tried again: those keep theirs.
pub(crate) fn note_delivery(
    transaction: &Transaction<'_>,
    report: &ImportReport,
    tried: &[QuarantinedItem],
) -> Result<(), WalletError> {
    let parts = report.quarantined.iter().filter_map(|part| part.kept);
    let kept = parts.chain(report.broken.iter().filter_map(|broken| broken.kept));
    let new = kept.filter(|id| tried.iter().all(|item| item.id != *id));
    Ok(quarantine::note_delivery(transaction, new, report.import)?)
}

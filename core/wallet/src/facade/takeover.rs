//! Another wallet of the same recovery words at the host: the one that took over last acts, every other stops
//! (flows.md §2.5).

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{BlobId, Object};
use keepwell_protocol::vault::{RecordBlob, SealedHead, Segment, SegmentEntry};

use super::online::Online;
use super::publish::open_own_head;
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::state_object::{self, StoredTakeover, name};

impl Online<'_> {
    /// What follows from a `self` head that our key signed on another device: this wallet stops for good where
    /// that one took over later.
    ///
    /// # Errors
    /// [`WalletError::TakenOver`] then; else [`WalletError::SpaceConflict`].
    pub(super) fn meet_another(&mut self, head: &SealedHead) -> Result<(), WalletError> {
        let theirs = self.takeover_of(head)?;
        let rank = |takeover: &Option<StoredTakeover>| takeover.as_ref().map(|one| (one.number, one.time));
        if rank(&theirs) <= rank(&state_object::takeover(self.store.read())?) {
            return Err(WalletError::SpaceConflict);
        }
        self.write(|transaction, _| Ok(state_object::set_taken_over(transaction)?))?;
        Err(WalletError::TakenOver)
    }

    /// The takeover that a `self` head names; none if it is of the wallet that made the space.
    fn takeover_of(&mut self, head: &SealedHead) -> Result<Option<StoredTakeover>, WalletError> {
        let head = open_own_head(self.keys, head).map_err(|_| RemoteError::NoAnswer)?;
        let object = crypto::record_id(name::TAKEOVER.as_bytes());
        let mut newest: Option<SegmentEntry> = None;
        for segment in &head.segments {
            let sealed = self.fetch_blob(segment.blob)?;
            let listed = Segment::open(head.compartment, &segment.key, &sealed);
            let entries = listed.map_err(|_| RemoteError::NoAnswer)?.0.into_iter();
            for entry in entries.filter(|entry| entry.record == object && !entry.withdrawn) {
                if newest.as_ref().is_none_or(|known| known.version <= entry.version) {
                    newest = Some(entry);
                }
            }
        }
        let Some(entry) = newest else { return Ok(None) };
        let sealed = self.fetch_blob(entry.blob)?;
        let record = RecordBlob::open(&entry.key, &sealed).map_err(|_| RemoteError::NoAnswer)?;
        Ok(Some(StoredTakeover::from_cbor(&record.bytes).map_err(RemoteError::from)?))
    }

    fn fetch_blob(&mut self, id: BlobId) -> Result<Vec<u8>, WalletError> {
        let fetched = self.host(|host, rng| host.fetch_blobs(&[id], rng))?.pop();
        let whole = fetched.filter(|blob| crypto::blob_id(blob) == id);
        Ok(whole.ok_or(RemoteError::NoAnswer)?)
    }
}

impl Wallet {
    /// Stops a wallet that was taken over: its PIN opens nothing any more and it is locked. Its words still open
    /// what is on this device, to look at; nothing is published from here again.
    ///
    /// # Errors
    /// [`WalletError::TakenOver`] if it was.
    pub(super) fn stop_if_taken_over(&mut self) -> Result<(), WalletError> {
        if !state_object::is_taken_over(self.session()?.store.read())? {
            return Ok(());
        }
        self.session = None;
        self.slots.close_pin()?;
        Err(WalletError::TakenOver)
    }
}

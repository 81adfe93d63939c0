//! What an owner does with a space.

use bytes::Bytes;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{BlobId, Object};
use keepwell_protocol::vault::{BlobIds, Blobs, Commit};

use crate::answer::{Answer, Call};
use crate::limiter::Limited;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{CommitRefused, Located, NewPack, SpaceKey};

/// The most bytes of blobs in one space.
const SPACE_BYTES: u64 = 16 * 1024 * 1024 * 1024;

impl Service {
    pub(crate) fn open_space(&self, call: &Call) -> Result<Answer, Refusal> {
        let owner = self.signer(call)?;
        self.admit(Limited::OpenSpace, call)?;
        self.store.open_space(crypto::space_id(&owner), call.now)?;
        Ok(Answer::empty(204))
    }

    pub(crate) fn show_space(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        Ok(Answer::cbor(200, &self.store.space_view(space)?))
    }

    pub(crate) fn commit(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let body = &call.request.body;
        let commit = Commit::from_cbor(body).map_err(|error| Refusal::Malformed(error.code()))?;
        commit.check().map_err(|error| Refusal::Malformed(error.code()))?;
        self.store.commit(space, &commit, body, call.now).map_err(|refused| match refused {
            CommitRefused::Version(current) => Refusal::VersionConflict(current),
            CommitRefused::BlobMissing(blob) => Refusal::BlobMissing(blob),
            CommitRefused::LinkMissing(link) => Refusal::LinkMissing(link),
            CommitRefused::Full => Refusal::SpaceFull,
            CommitRefused::Host(error) => Refusal::Failed(error),
        })?;
        Ok(Answer::empty(204))
    }

    /// Stores what the space lacks of a batch; the answer names every blob by its hash.
    pub(crate) fn put_blobs(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let Blobs(batch) =
            Blobs::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        let bytes: usize = batch.iter().map(|blob| blob.len()).sum();
        if batch.len() > BlobIds::LIMIT || (batch.len() > 1 && bytes > Blobs::BATCH_BYTES) {
            return Err(Refusal::TooLarge);
        }
        let ids: Vec<BlobId> = batch.iter().map(|blob| BlobId::from_bytes(crypto::sha256(blob))).collect();
        self.keep_blobs(space, &ids, batch.into_iter().map(|blob| Bytes::from(Vec::from(blob))), call)?;
        Ok(Answer::cbor(200, &BlobIds(ids)))
    }

    fn keep_blobs(
        &self,
        space: SpaceKey,
        ids: &[BlobId],
        batch: impl Iterator<Item = Bytes>,
        call: &Call,
    ) -> Result<(), Refusal> {
        let missing = self.store.missing_blobs(space, ids, call.now)?;
        let new: Vec<(BlobId, Bytes)> = ids
            .iter()
            .copied()
            .zip(batch)
            .zip(missing)
            .filter_map(|(blob, missing)| missing.then_some(blob))
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        let lengths: Vec<(BlobId, u64)> =
            new.iter().map(|(id, blob)| (*id, u64::try_from(blob.len()).unwrap_or(u64::MAX))).collect();
        let added: u64 = lengths.iter().map(|(_, length)| length).sum();
        if self.store.stored_bytes(space)?.saturating_add(added) > SPACE_BYTES {
            return Err(Refusal::SpaceFull);
        }
        let pack = NewPack { name: self.new_pack_name()?, blobs: lengths };
        self.packs.put(&pack.name, new.into_iter().map(|(_, blob)| blob).collect())?;
        self.store.add_pack(space, &pack, call.now)?;
        Ok(())
    }

    pub(crate) fn owner_blobs(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let BlobIds(ids) =
            BlobIds::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        if ids.len() > BlobIds::LIMIT {
            return Err(Refusal::TooLarge);
        }
        self.deliver(|| Ok(self.store.locate_for_owner(space, &ids)?))
    }

    /// Answers with the blobs that `locate` finds, all of them or none.
    pub(crate) fn deliver(
        &self,
        locate: impl Fn() -> Result<Option<Vec<Located>>, Refusal>,
    ) -> Result<Answer, Refusal> {
        let mut places = locate()?.ok_or(Refusal::NotFound)?;
        let bytes = places.iter().fold(0u64, |sum, place| sum.saturating_add(place.bytes));
        if places.len() > 1 && bytes > Blobs::BATCH_BYTES as u64 {
            return Err(Refusal::TooLarge);
        }
        let read = self.packs.read(&places).or_else(|error| {
            // The sweep may have moved them since they were located.
            places = locate()?.ok_or(Refusal::NotFound)?;
            self.packs.read(&places).map_err(|_| Refusal::Failed(error))
        })?;
        Ok(Answer::cbor(200, &Blobs(read.into_iter().map(|blob| Vec::from(blob).into()).collect())))
    }

    pub(crate) fn show_log(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let after = match call.parameter("after") {
            None => 0,
            Some(text) => text.parse().map_err(|_| Refusal::Malformed("QueryMalformed"))?,
        };
        Ok(Answer::cbor(200, &self.store.log_page(space, after)?))
    }
}

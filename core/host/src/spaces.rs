//! What an owner does with a space.

use bytes::Bytes;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{BlobId, CompartmentId, Object};
use keepwell_protocol::vault::{BlobIds, BlobRequest, Blobs, Commit, Moved, SpaceOpened};

use crate::HostError;
use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{CommitRefused, Located, NewPack, OpenRefused, SpaceKey};

/// The most bytes that are read to answer which blobs are missing, but for a single blob.
const CHECKED_BYTES: u64 = 256 * 1024 * 1024;

impl Service {
    pub(crate) fn open_space(&self, call: &Call) -> Result<Answer, Refusal> {
        let owner = self.signer(call)?;
        if call.space.is_none() {
            self.admit(&self.rates.opened, 1, call)?;
            self.ensure_room()?;
        }
        let id = crypto::space_id(&owner);
        self.store.open_space(id, self.admission(call)?, call.now).map_err(|refused| match refused {
            OpenRefused::NotInvited => Refusal::NotInvited,
            OpenRefused::UnknownInvite => Refusal::UnknownInvite,
            OpenRefused::LapsedInvite => Refusal::LapsedInvite,
            OpenRefused::UsedInvite => Refusal::UsedInvite,
            OpenRefused::Host(error) => error.into(),
        })?;
        let space = self.store.space(id)?.ok_or(Refusal::NotFound)?;
        Ok(Answer::cbor(200, &SpaceOpened { version: self.store.space_version(space)? }))
    }

    /// Shows the whole space, or with `head` its version and the head of that compartment alone.
    pub(crate) fn show_space(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        if let Some(id) = call.parameter("head") {
            let id = CompartmentId::parse(&id).map_err(|_| Refusal::Malformed("QueryMalformed"))?;
            return Ok(Answer::cbor(200, &self.store.space_head(space, id)?));
        }
        // Before anything is read. What was committed meanwhile is little beside it.
        let room = call.reserve(self.store.view_bytes(space)?)?;
        Ok(Answer::cbor(200, &self.store.space_view(space)?).within(room))
    }

    /// Keeps where the owner has taken the space, and answers with what it keeps.
    pub(crate) fn move_space(&self, call: &Call) -> Result<Answer, Refusal> {
        let (owner, space) = (self.signer(call)?, self.owner(call)?);
        let moved = Moved::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        moved.verify(&owner).map_err(|error| Refusal::Malformed(error.code()))?;
        self.store.put_moved(space, &moved)?;
        Ok(Answer::cbor(200, &moved))
    }

    pub(crate) fn commit(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let body = &call.request.body;
        let commit = Commit::from_cbor(body).map_err(|error| Refusal::Malformed(error.code()))?;
        commit.check().map_err(|error| Refusal::Malformed(error.code()))?;
        let (bounds, has_room) = (self.bounds_of(&commit), self.room_to_commit(space, &commit)?);
        let taken = self.store.commit(space, &commit, body, bounds, self.kept_from(call), has_room);
        let taken = taken.map_err(|refused| match refused {
            CommitRefused::Version(current) => Refusal::VersionConflict(current),
            CommitRefused::BlobMissing(blob) => Refusal::BlobMissing(blob),
            CommitRefused::LinkMissing(link) => Refusal::LinkMissing(link),
            CommitRefused::NoRoom => Refusal::HostFull,
            CommitRefused::Full => Refusal::SpaceFull,
            CommitRefused::Host(error) => error.into(),
        })?;
        Ok(Answer::cbor(200, &taken))
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
        let missing = self.store.missing_blobs(space, ids, self.kept_from(call))?;
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
        self.ensure_room_for(space, &lengths)?;
        let pack = NewPack { name: self.new_pack_name()?, blobs: lengths };
        self.packs.put(&pack.name, new.into_iter().map(|(_, blob)| blob).collect())?;
        self.store.add_pack(space, &pack, self.kept_from(call))?;
        Ok(())
    }

    pub(crate) fn owner_blobs(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let BlobIds(ids) =
            BlobIds::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        if ids.len() > BlobIds::LIMIT {
            return Err(Refusal::TooLarge);
        }
        self.deliver(call, || Ok(self.store.locate_for_owner(space, &ids)?.into_iter().collect()))
    }

    /// Answers which of the blobs asked for, in that order, the space lacks or holds damaged: it reads and
    /// hashes what it has.
    pub(crate) fn missing_blobs(&self, call: &Call) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let BlobIds(ids) =
            BlobIds::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        if ids.len() > BlobRequest::LIMIT {
            return Err(Refusal::TooLarge);
        }
        let places = self.store.locate_for_owner(space, &ids)?;
        let bytes = places.iter().flatten().fold(0u64, |sum, place| sum.saturating_add(place.bytes));
        if ids.len() > 1 && bytes > CHECKED_BYTES {
            return Err(Refusal::TooLarge);
        }
        self.admit_reading(bytes, call)?;
        let longest = places.iter().flatten().map(|place| place.bytes).max();
        let _room = call.reserve(longest.unwrap_or_default())?;
        let mut missing = Vec::new();
        for (id, place) in ids.into_iter().zip(places) {
            // One at a time: of what is read only one is in memory.
            let sound = match place {
                Some(place) if self.read_sound(std::slice::from_ref(&place))?.is_some() => true,
                // The sweep may have moved it since it was located.
                Some(_) => match self.store.locate_for_owner(space, &[id])?.pop().flatten() {
                    Some(place) => self.read_sound(&[place])?.is_some(),
                    None => false,
                },
                None => false,
            };
            if !sound {
                missing.push(id);
            }
        }
        Ok(Answer::cbor(200, &BlobIds(missing)))
    }

    /// Reads blobs if all of them are sound. What is not is noted, and told to the operator.
    pub(crate) fn read_sound(&self, places: &[Located]) -> Result<Option<Vec<Bytes>>, HostError> {
        let read = self.packs.read(places)?;
        let changed: Vec<(Located, bool)> = places
            .iter()
            .zip(&read)
            .filter(|(place, bytes)| bytes.is_some() == place.damaged)
            .map(|(place, bytes)| (place.clone(), bytes.is_some()))
            .collect();
        if !changed.is_empty() {
            self.store.note_condition(&changed)?;
        }
        for (place, _) in places.iter().zip(&read).filter(|(_, bytes)| bytes.is_none()) {
            tracing::error!(blob = %place.id, pack = %place.pack, "a blob is lost or damaged");
        }
        Ok(read.into_iter().collect())
    }

    /// Answers with the blobs that `locate` finds, all of them or none; a damaged one is as one that is not
    /// there.
    pub(crate) fn deliver(
        &self,
        call: &Call,
        locate: impl Fn() -> Result<Option<Vec<Located>>, Refusal>,
    ) -> Result<Answer, Refusal> {
        let mut places = locate()?.ok_or(Refusal::NotFound)?;
        let bytes = places.iter().fold(0u64, |sum, place| sum.saturating_add(place.bytes));
        if places.len() > 1 && bytes > Blobs::BATCH_BYTES as u64 {
            return Err(Refusal::TooLarge);
        }
        self.admit_reading(bytes, call)?;
        let room = call.reserve(bytes)?;
        let read = match self.read_sound(&places)? {
            Some(read) => read,
            None => {
                // The sweep may have moved them since they were located.
                places = locate()?.ok_or(Refusal::NotFound)?;
                self.read_sound(&places)?.ok_or(Refusal::NotFound)?
            }
        };
        let blobs = Blobs(read.into_iter().map(|blob| Vec::from(blob).into()).collect());
        Ok(Answer::cbor(200, &blobs).within(room))
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

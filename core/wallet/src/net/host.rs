//! The wallet's own space at its host; every request is signed by the owner key.

use keepwell_net::{Clock, Limits, Peer, Transport, request};
use keepwell_protocol::crypto::{self, Rng, SigningKey};
use keepwell_protocol::domain::{BlobId, CborError, CompartmentId, LinkId, Object};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{
    BlobIds, BlobRequest, Blobs, CommitTaken, Invite, LinkAction, LinkChanged, LinkFiles, LinkManifest,
    LinkState, LogPage, Moved, SpaceOpened, SpaceOpening, SpaceView,
};

use super::RemoteError;
use super::exchange::{done, read};

/// Speaks to a host as the owner of a space.
pub(crate) struct HostClient<'a> {
    peer: Peer<'a>,
    base: &'a str,
}

impl<'a> HostClient<'a> {
    /// A client for the host at `base`; `clock` dates each signature.
    pub(crate) fn new(
        transport: &'a dyn Transport,
        base: &'a str,
        owner: &'a SigningKey,
        clock: &'a dyn Clock,
    ) -> Self {
        Self { peer: Peer { transport, clock, key: owner }, base }
    }

    /// Opens the space; done already is done. Returns the version that it has.
    ///
    /// # Errors
    /// [`RemoteError`] if the host can't be reached or refuses, for want of an invitation too.
    pub(crate) fn open_space(&self, invite: Option<&Invite>, rng: &mut Rng) -> Result<u64, RemoteError> {
        let body = invite.map(|invite| SpaceOpening { invite: Some(invite.duplicate()) }.to_cbor());
        let opened: SpaceOpened =
            self.act(Method::Put, "/v1/space", body.unwrap_or_default(), |_| true, rng)?;
        Ok(opened.version)
    }

    /// Everything in the space but its blobs.
    ///
    /// # Errors
    /// [`RemoteError`], also if there is no such space.
    pub(crate) fn space(&self, rng: &mut Rng) -> Result<SpaceView, RemoteError> {
        let limits = Limits { max_body: LARGEST_VIEW, ..Limits::CONFIGURED };
        self.fetch(Method::Get, "/v1/space", Vec::new(), limits, rng)
    }

    /// The version of the space, where it has gone, and of its heads that of `compartment` alone; grants and
    /// links are left out.
    ///
    /// # Errors
    /// [`RemoteError`], also if there is no such space, or the answer has another head.
    pub(crate) fn space_head(
        &self,
        compartment: CompartmentId,
        rng: &mut Rng,
    ) -> Result<SpaceView, RemoteError> {
        let path = format!("/v1/space?head={compartment}");
        let view: SpaceView = self.fetch(Method::Get, &path, Vec::new(), Limits::CONFIGURED, rng)?;
        // A host of 0.1.0 does not know the question and shows everything.
        let asked = view.heads.iter().all(|head| head.compartment == compartment) && view.heads.len() <= 1;
        if asked { Ok(view) } else { Err(RemoteError::TooOld) }
    }

    /// Tells the host where the space has gone.
    ///
    /// # Errors
    /// [`RemoteError`] if the host does not say that it keeps this very note.
    pub(crate) fn put_moved(&self, moved: &Moved, rng: &mut Rng) -> Result<(), RemoteError> {
        self.act(Method::Post, "/v1/space/moved", moved.to_cbor(), |kept: &Moved| kept == moved, rng)
            .map(drop)
    }

    /// Changes the space by an encoded commit to `version`, all or nothing.
    ///
    /// # Errors
    /// [`RemoteError::Server`] with status 409 and the present version if the space is not at the
    /// version from which the commit starts.
    pub(crate) fn commit(&self, version: u64, commit: &[u8], rng: &mut Rng) -> Result<(), RemoteError> {
        let expected = CommitTaken { version, hash: crypto::sha256(commit) };
        let is_ours = |taken: &CommitTaken| *taken == expected;
        self.act(Method::Post, "/v1/space/commit", commit.to_vec(), is_ours, rng).map(drop)
    }

    /// Uploads one batch of sealed bytes; what is there already stays.
    ///
    /// # Errors
    /// [`RemoteError`] if the host does not name all of them as stored.
    pub(crate) fn put_blobs(&self, blobs: &Blobs, rng: &mut Rng) -> Result<(), RemoteError> {
        let ids = BlobIds(blobs.0.iter().map(|blob| crypto::blob_id(blob)).collect());
        self.act(Method::Post, "/v1/blobs", blobs.to_cbor(), |stored: &BlobIds| *stored == ids, rng).map(drop)
    }

    /// Which of these blobs the host lacks or finds damaged, in the order asked.
    ///
    /// # Errors
    /// [`RemoteError`] if the host does not answer, or names others than those asked for.
    pub(crate) fn missing_blobs(&self, ids: &[BlobId], rng: &mut Rng) -> Result<Vec<BlobId>, RemoteError> {
        let mut missing = Vec::new();
        let mut ahead: Vec<&[BlobId]> = ids.chunks(BlobRequest::LIMIT).rev().collect();
        while let Some(part) = ahead.pop() {
            let mut asked = part.iter();
            // What is named must be among what was asked, in that order.
            let is_part = |BlobIds(said): &BlobIds| said.iter().all(|id| asked.any(|asked| asked == id));
            let body = BlobIds(part.to_vec()).to_cbor();
            match self.act(Method::Post, "/v1/blobs/missing", body, is_part, rng) {
                Ok(BlobIds(said)) => missing.extend(said),
                // More bytes than a host reads for one answer.
                Err(RemoteError::Server(error)) if error.status == 413 && part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    ahead.extend([second, first]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(missing)
    }

    /// Fetches blobs in the order asked: all of them or none.
    ///
    /// # Errors
    /// [`RemoteError`] if one is missing (status 404), if several are longer than one batch together
    /// (413), or if the answer has another number of blobs.
    pub(crate) fn fetch_blobs(&self, ids: &[BlobId], rng: &mut Rng) -> Result<Vec<Vec<u8>>, RemoteError> {
        let body = BlobIds(ids.to_vec()).to_cbor();
        let limits = Limits { max_body: LARGEST_BLOB, ..Limits::CONFIGURED };
        let Blobs(blobs) = self.fetch(Method::Post, "/v1/blobs/get", body, limits, rng)?;
        if blobs.len() != ids.len() {
            return Err(CborError::Malformed.into());
        }
        Ok(blobs.into_iter().map(Vec::from).collect())
    }

    /// Stores what a share link shows; it is dropped after 24 h unless a commit names the link.
    ///
    /// # Errors
    /// [`RemoteError`] if the host does not say that it is stored.
    pub(crate) fn put_link(&self, id: LinkId, sealed: Vec<u8>, rng: &mut Rng) -> Result<(), RemoteError> {
        let is_stored = |said: &LinkChanged| said.id == id && said.state != LinkState::Revoked;
        self.act(Method::Put, &format!("/v1/links/{id}"), sealed, is_stored, rng).map(drop)
    }

    /// Stores the files of a share link that leads to a list of them; they are dropped after 24 h unless a commit names
    /// the link.
    ///
    /// # Errors
    /// [`RemoteError::TooOld`] if the host knows no such links; else as [`Self::put_link`].
    pub(crate) fn put_manifest(
        &self,
        id: LinkId,
        manifest: &LinkManifest,
        rng: &mut Rng,
    ) -> Result<(), RemoteError> {
        let is_stored = |said: &LinkChanged| said.id == id && said.state != LinkState::Revoked;
        let path = format!("/v1/links/{id}/manifest");
        match self.act(Method::Put, &path, manifest.to_cbor(), is_stored, rng) {
            Err(error) if error.is_not_found() => Err(RemoteError::TooOld),
            done => done.map(drop),
        }
    }

    /// Replaces the files of a share link whose content may change.
    ///
    /// # Errors
    /// [`RemoteError`] if the host does not say that it has them.
    pub(crate) fn replace_link_files(
        &self,
        id: LinkId,
        files: &LinkFiles,
        rng: &mut Rng,
    ) -> Result<(), RemoteError> {
        let is_stored = |said: &LinkChanged| said.id == id && said.state != LinkState::Revoked;
        self.act(Method::Put, &format!("/v1/links/{id}/files"), files.to_cbor(), is_stored, rng).map(drop)
    }

    /// Pauses, resumes or ends a share link at once.
    ///
    /// # Errors
    /// [`RemoteError`] if the host does not say that the link is so now.
    pub(crate) fn change_link(
        &self,
        id: LinkId,
        action: LinkAction,
        rng: &mut Rng,
    ) -> Result<(), RemoteError> {
        let path = format!("/v1/links/{id}/{}", action.as_str());
        let is_done = |said: &LinkChanged| said.id == id && said.state.follows(action);
        self.act(Method::Post, &path, Vec::new(), is_done, rng).map(drop)
    }

    /// The access log behind entry `after`, oldest first.
    ///
    /// # Errors
    /// [`RemoteError`] if there is no answer.
    pub(crate) fn log(&self, after: u64, rng: &mut Rng) -> Result<LogPage, RemoteError> {
        self.fetch(Method::Get, &format!("/v1/log?after={after}"), Vec::new(), Limits::CONFIGURED, rng)
    }

    fn fetch<T: Object>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        limits: Limits,
        rng: &mut Rng,
    ) -> Result<T, RemoteError> {
        read(self.peer.send(request(method, self.base, path, body), limits, rng)?)
    }

    fn act<T: Object>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        expected: impl FnOnce(&T) -> bool,
        rng: &mut Rng,
    ) -> Result<T, RemoteError> {
        let request = request(method, self.base, path, body);
        done(self.peer.send(request, Limits::CONFIGURED, rng)?, expected)
    }
}

/// The largest view of a space that is taken: 10,000 grants with their packets.
const LARGEST_VIEW: usize = 64 * 1024 * 1024;
/// The largest answer with blobs that is taken: one blob of the greatest size, or a batch.
const LARGEST_BLOB: usize = 80 * 1024 * 1024;

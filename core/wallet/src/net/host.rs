//! The wallet's own space at its host; every request is signed by the owner key.

use keepwell_net::{Clock, Limits, Peer, Transport};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::{BlobId, CborError, LinkId, Object};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{BlobIds, Blobs, LinkAction, LogPage, SpaceView};

use super::RemoteError;
use super::exchange::{granted, request};

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

    /// Opens the space; done already is done.
    ///
    /// # Errors
    /// [`RemoteError`] if the host can't be reached or refuses.
    pub(crate) fn open_space(&self, rng: &mut Rng) -> Result<(), RemoteError> {
        self.signed(Method::Put, "/v1/space", Vec::new(), Limits::CONFIGURED, rng).map(drop)
    }

    /// Everything in the space but its blobs.
    ///
    /// # Errors
    /// [`RemoteError`], also if there is no such space.
    pub(crate) fn space(&self, rng: &mut Rng) -> Result<SpaceView, RemoteError> {
        let limits = Limits { max_body: LARGEST_VIEW, ..Limits::CONFIGURED };
        let body = self.signed(Method::Get, "/v1/space", Vec::new(), limits, rng)?;
        Ok(SpaceView::from_cbor(&body)?)
    }

    /// Changes the space by an encoded commit, all or nothing.
    ///
    /// # Errors
    /// [`RemoteError::Refused`] with status 409 and the present version if the space is not at the
    /// version before.
    pub(crate) fn commit(&self, commit: &[u8], rng: &mut Rng) -> Result<(), RemoteError> {
        self.signed(Method::Post, "/v1/space/commit", commit.to_vec(), Limits::CONFIGURED, rng).map(drop)
    }

    /// Uploads one batch of sealed bytes; what is there already stays.
    ///
    /// # Errors
    /// [`RemoteError`] if not all of them are stored.
    pub(crate) fn put_blobs(&self, blobs: &Blobs, rng: &mut Rng) -> Result<(), RemoteError> {
        self.signed(Method::Post, "/v1/blobs", blobs.to_cbor(), Limits::CONFIGURED, rng).map(drop)
    }

    /// Fetches blobs in the order asked: all of them or none.
    ///
    /// # Errors
    /// [`RemoteError`] if one is missing (status 404), if several are longer than one batch together
    /// (413), or if the answer has another number of blobs.
    pub(crate) fn fetch_blobs(&self, ids: &[BlobId], rng: &mut Rng) -> Result<Vec<Vec<u8>>, RemoteError> {
        let body = BlobIds(ids.to_vec()).to_cbor();
        let limits = Limits { max_body: LARGEST_BLOB, ..Limits::CONFIGURED };
        let answer = self.signed(Method::Post, "/v1/blobs/get", body, limits, rng)?;
        let blobs = Blobs::from_cbor(&answer)?.0;
        if blobs.len() != ids.len() {
            return Err(CborError::Malformed.into());
        }
        Ok(blobs.into_iter().map(Vec::from).collect())
    }

    /// Stores what a share link shows; it is dropped after 24 h unless a commit names the link.
    ///
    /// # Errors
    /// [`RemoteError`] if it is not stored.
    pub(crate) fn put_link(&self, id: LinkId, sealed: Vec<u8>, rng: &mut Rng) -> Result<(), RemoteError> {
        self.signed(Method::Put, &format!("/v1/links/{id}"), sealed, Limits::CONFIGURED, rng).map(drop)
    }

    /// Pauses, resumes or ends a share link at once.
    ///
    /// # Errors
    /// [`RemoteError`] if the host did not do it.
    pub(crate) fn change_link(
        &self,
        id: LinkId,
        action: LinkAction,
        rng: &mut Rng,
    ) -> Result<(), RemoteError> {
        let path = format!("/v1/links/{id}/{}", action.as_str());
        self.signed(Method::Post, &path, Vec::new(), Limits::CONFIGURED, rng).map(drop)
    }

    /// The access log behind entry `after`, oldest first.
    ///
    /// # Errors
    /// [`RemoteError`] if there is no answer.
    pub(crate) fn log(&self, after: u64, rng: &mut Rng) -> Result<LogPage, RemoteError> {
        let body =
            self.signed(Method::Get, &format!("/v1/log?after={after}"), Vec::new(), Limits::CONFIGURED, rng)?;
        Ok(LogPage::from_cbor(&body)?)
    }

    fn signed(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        limits: Limits,
        rng: &mut Rng,
    ) -> Result<Vec<u8>, RemoteError> {
        let request = request(method, self.base, path, body);
        Ok(granted(self.peer.send(request, limits, rng)?)?.body)
    }
}

/// The largest view of a space that is taken: 10,000 grants with their packets.
const LARGEST_VIEW: usize = 64 * 1024 * 1024;
/// The largest answer with blobs that is taken: one blob of the greatest size, or a batch.
const LARGEST_BLOB: usize = 80 * 1024 * 1024;

//! The seam between what a party says and how it travels.

use std::time::{Duration, Instant};

use keepwell_protocol::formats::http::{Request, Response};

use crate::{NetError, Reach};

/// Carries one request to a server and its answer back.
pub trait Transport: Send + Sync {
    /// Sends `request` and waits for the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`NetError`] when there is no whole answer within `limits`. The server may have acted on
    /// the request all the same.
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError>;
}

/// What the caller of one exchange puts up with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// The longest body that is taken, in bytes.
    pub max_body: usize,
    /// Where the request may go.
    pub reach: Reach,
    /// How many redirects of a GET are followed; each target is checked like the first address.
    pub redirects: u8,
    /// When the exchange ends at the latest, with all its redirects and tries, where that is before what the
    /// transport itself allows: for a server that somebody else named, beside others that wait for their turn.
    pub until: Option<Instant>,
}

impl Limits {
    /// 4 MB, the largest body that any answer of our own servers has.
    pub const MAX_BODY: usize = 4_000_000;

    /// For a server that the user or the operator named: 4 MB, no redirects.
    pub const CONFIGURED: Self =
        Self { max_body: Self::MAX_BODY, reach: Reach::Configured, redirects: 0, until: None };

    /// How long the exchange may still take; nothing where the transport's own patience counts.
    ///
    /// # Errors
    /// [`NetError::Timeout`] if its time is over.
    pub(crate) fn left(&self) -> Result<Option<Duration>, NetError> {
        let Some(until) = self.until else { return Ok(None) };
        match until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(NetError::Timeout),
            left => Ok(Some(left)),
        }
    }

    /// For an address that came from someone else, such as a share link.
    pub const FOREIGN: Self = Self { reach: Reach::Foreign, ..Self::CONFIGURED };
}

impl<T: Transport + ?Sized> Transport for &T {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        (**self).send(request, limits)
    }
}

impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        (**self).send(request, limits)
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        (**self).send(request, limits)
    }
}

//! A clinic that forgets nothing: every answer that it ever got.

use std::sync::{Mutex, PoisonError};

use keepwell_net::{HttpTransport, Limits, NetError, Transport};
use keepwell_protocol::formats::http::{Request, Response};

/// A transport that keeps the body of every answer.
pub(super) struct Tape {
    inner: HttpTransport,
    heard: Mutex<Vec<Vec<u8>>>,
}

impl Tape {
    pub(super) fn new() -> Result<Self, NetError> {
        Ok(Self { inner: HttpTransport::new()?, heard: Mutex::default() })
    }

    /// Every body so far, in the order in which they came.
    pub(super) fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Transport for Tape {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let answer = self.inner.send(request, limits)?;
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(answer.body.clone());
        Ok(answer)
    }
}

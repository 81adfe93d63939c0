//! A transport that counts what passes.

use std::sync::atomic::{AtomicUsize, Ordering};

use keepwell_net::{Limits, NetError, Transport};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::Network;

/// Counts the requests that go over another transport.
pub(crate) struct Counting<'a> {
    inner: &'a dyn Transport,
    requests: AtomicUsize,
}

impl<'a> Counting<'a> {
    /// Over this transport.
    pub(crate) fn new(inner: &'a dyn Transport) -> Self {
        Self { inner, requests: AtomicUsize::new(0) }
    }

    /// The network as a wallet uses it.
    pub(crate) fn network(&self) -> Network<'_> {
        Network { transport: self, envelopes: self, policy: TrustPolicy::DEMONSTRATION }
    }

    /// How many requests there were since this was last asked.
    pub(crate) fn take(&self) -> usize {
        self.requests.swap(0, Ordering::Relaxed)
    }
}

impl Transport for Counting<'_> {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request, limits)
    }
}

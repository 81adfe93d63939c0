//! The clinic's client of its inbox: pages that go on, and the deleting of what was dealt with.

use keepwell_net::{Clock, Limits, Transport, acknowledged};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::{BlobId, Object, ProviderId};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{BlobIds, Blobs, InboxPage};

use crate::ClinicError;
use crate::server::{Server, Signed, success};

/// The inbox of a provider at its host.
pub(crate) struct Inbox {
    server: Server,
    path: String,
    key: SigningKey,
}

/// Envelopes of an inbox, and where to go on.
pub(crate) struct Page {
    pub(crate) envelopes: Vec<Vec<u8>>,
    pub(crate) next: Next,
}

/// Where an inbox goes on.
pub(crate) enum Next {
    /// Behind this number.
    After(u64),
    /// There are no more pages.
    End,
    /// A host of up to 0.2.0 knows one page: another one once these envelopes are gone.
    Again,
}

impl Inbox {
    pub(crate) fn new(server: Server, provider: ProviderId, key: SigningKey) -> Self {
        Self { server, path: format!("/v1/inbox/{provider}"), key }
    }

    /// What waits behind `after`, 0 for the first page.
    ///
    /// # Errors
    /// [`ClinicError::InboxRepeats`] if the next page would not begin behind this one.
    pub(crate) fn fetch_page(
        &self,
        transport: &dyn Transport,
        after: u64,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<Page, ClinicError> {
        let signed = Signed { key: &self.key, clock, rng };
        let path = format!("{}?after={after}", self.path);
        let answer =
            self.server.send(transport, Method::Get, &path, Vec::new(), Some(signed), Limits::MAX_BODY)?;
        let body = success(answer)?;
        let (envelopes, next) = match Blobs::from_cbor(&body) {
            Ok(Blobs(envelopes)) => (envelopes, Next::Again),
            Err(_) => {
                let InboxPage { envelopes, next } = InboxPage::from_cbor(&body)?;
                match next {
                    Some(next) if next <= after => return Err(ClinicError::InboxRepeats),
                    Some(next) => (envelopes, Next::After(next)),
                    None => (envelopes, Next::End),
                }
            }
        };
        Ok(Page { envelopes: envelopes.into_iter().map(Vec::from).collect(), next })
    }

    /// Tells the host that envelopes were dealt with.
    ///
    /// # Errors
    /// [`ClinicError::NoAnswer`] if what answers does not say that they are gone.
    pub(crate) fn delete(
        &self,
        transport: &dyn Transport,
        done: &[BlobId],
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<(), ClinicError> {
        for done in done.chunks(IDS_AT_ONCE) {
            let signed = Signed { key: &self.key, clock, rng };
            let named = BlobIds(done.to_vec());
            let answer = self.server.send(
                transport,
                Method::Delete,
                &self.path,
                named.to_cbor(),
                Some(signed),
                Limits::MAX_BODY,
            )?;
            acknowledged(answer, |gone: &BlobIds| *gone == named)?;
        }
        Ok(())
    }
}

/// What fits the 64 KiB that a host takes in such a request.
const IDS_AT_ONCE: usize = 1_000;

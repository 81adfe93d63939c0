//! First contact: anybody leaves an envelope for a provider, which fetches it with its signing key.

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Object, ProviderId};
use keepwell_protocol::ledger::{ProviderRecord, ProviderStatus};
use keepwell_protocol::vault::{BlobIds, Blobs, Envelope};
use url::Url;

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{EnvelopeKept, KnownProvider};

impl Service {
    /// Keeps an envelope, unsigned and unread, for a provider that the ledger knows.
    pub(crate) fn leave_envelope(&self, call: &Call, provider: ProviderId) -> Result<Answer, Refusal> {
        self.admit(&self.rates.inbox, 1, call)?;
        let body = &call.request.body;
        if body.is_empty() {
            return Err(Refusal::Malformed("EnvelopeEmpty"));
        }
        if body.len() > Envelope::LONGEST {
            return Err(Refusal::TooLarge);
        }
        self.ensure_room()?;
        if self.store.provider(provider)?.is_none() {
            self.fetch_provider(call, provider)?;
        }
        match self.store.put_envelope(provider, body, self.sender_tags.of(call.peer), self.kept_from(call))? {
            EnvelopeKept::Kept => Ok(Answer::cbor(202, &crypto::blob_id(body))),
            EnvelopeKept::Full => Err(Refusal::InboxFull),
        }
    }

    /// Answers a page of what waits. Without `after`, as up to 0.2.0, the first one, as a list alone.
    pub(crate) fn fetch_envelopes(&self, call: &Call, provider: ProviderId) -> Result<Answer, Refusal> {
        self.verify_provider(call, provider)?;
        let after = call.parameter("after");
        let behind = after.as_deref().map_or(Ok(0), str::parse);
        let behind = behind.map_err(|_| Refusal::Malformed("InvalidCursor"))?;
        let page = self.store.fetch_envelopes(provider, behind, self.kept_from(call))?;
        Ok(match after {
            Some(_) => Answer::cbor(200, &page),
            None => Answer::cbor(200, &Blobs(page.envelopes)),
        })
    }

    pub(crate) fn delete_envelopes(&self, call: &Call, provider: ProviderId) -> Result<Answer, Refusal> {
        self.verify_provider(call, provider)?;
        let BlobIds(ids) =
            BlobIds::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        self.store.delete_envelopes(provider, &ids)?;
        Ok(Answer::cbor(200, &BlobIds(ids)))
    }

    /// Checks that the request is signed by the provider's present key.
    ///
    /// The ledger is asked each time, at most every ten seconds; without it what it said last counts.
    pub(crate) fn verify_provider(&self, call: &Call, provider: ProviderId) -> Result<(), Refusal> {
        let known = match self.fetch_provider(call, provider) {
            Ok(record) => KnownProvider::of(&record),
            Err(Refusal::LedgerUnreachable) => {
                self.store.provider(provider)?.ok_or(Refusal::LedgerUnreachable)?
            }
            Err(refusal) => return Err(refusal),
        };
        self.check_signer(call, known)
    }

    /// As [`Service::verify_provider`], of a provider whose card names the inbox beside which this request is made.
    pub(crate) fn verify_own_provider(&self, call: &Call, provider: ProviderId) -> Result<(), Refusal> {
        let record = self.fetch_provider(call, provider)?;
        self.check_signer(call, KnownProvider::of(&record))?;
        let asked = Url::parse(&call.request.url).ok();
        let of_card = Url::parse(&format!("{}/log", record.card.card.inbox)).ok();
        if asked.is_some() && asked == of_card { Ok(()) } else { Err(Refusal::NotFound) }
    }

    fn check_signer(&self, call: &Call, known: KnownProvider) -> Result<(), Refusal> {
        let signer = self.signer(call)?;
        match known {
            KnownProvider { signing_key, .. } if signing_key != signer => Err(Refusal::NotFound),
            KnownProvider { suspended: true, .. } => Err(Refusal::ProviderSuspended),
            KnownProvider { .. } => Ok(()),
        }
    }

    fn fetch_provider(&self, call: &Call, provider: ProviderId) -> Result<ProviderRecord, Refusal> {
        let record = self.ledger.provider(provider, call.now)?.ok_or(Refusal::NotFound)?;
        let known = KnownProvider::of(&record);
        if self.store.provider(provider)? != Some(known) {
            self.store.put_provider(provider, &known)?;
        }
        Ok(record)
    }
}

impl KnownProvider {
    fn of(record: &ProviderRecord) -> Self {
        let suspended = record.status == ProviderStatus::Suspended;
        Self { signing_key: record.card.card.signing, suspended }
    }
}

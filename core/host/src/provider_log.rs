//! Providers' own access logs: each hands in what it writes, and anybody reads it.
//!
//! This host promises nothing about them: the ledger has their checkpoints, and who reads a log compares.

use keepwell_protocol::consent::{ProviderLogEntry, ProviderLogStart};
use keepwell_protocol::domain::{Object, ProviderId};
use keepwell_protocol::vault::{ProviderLogPage, ProviderLogTaken};

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::LogAppended;

impl Service {
    /// Answers the entries from `?from=` on, as many as fit; none behind the last.
    pub(crate) fn show_provider_log(&self, call: &Call, provider: ProviderId) -> Result<Answer, Refusal> {
        self.admit(&self.rates.inbox, 1, call)?;
        let from = call.parameter("from").map_or(Ok(0), |from| from.parse());
        let from = from.map_err(|_| Refusal::Malformed("InvalidCursor"))?;
        Ok(Answer::cbor(200, &self.store.provider_log_page(provider, from)?))
    }

    /// Takes entries that the provider of an inbox here signed for; answers how many there are.
    pub(crate) fn append_provider_log(&self, call: &Call, provider: ProviderId) -> Result<Answer, Refusal> {
        self.verify_own_provider(call, provider)?;
        let page = ProviderLogPage::from_cbor(&call.request.body)
            .map_err(|error| Refusal::Malformed(error.code()))?;
        for (position, entry) in (page.first..).zip(&page.entries) {
            if entry.len() > ProviderLogEntry::LONGEST {
                return Err(Refusal::TooLarge);
            }
            let is_entry = match position {
                0 => ProviderLogStart::from_cbor(entry).is_ok_and(|start| start.provider == provider),
                _ => ProviderLogEntry::from_cbor(entry).is_ok(),
            };
            if !is_entry {
                return Err(Refusal::Malformed("ObjectMalformed"));
            }
        }
        self.ensure_room()?;
        match self.store.append_provider_log(provider, &page)? {
            LogAppended::Size(size) => Ok(Answer::cbor(200, &ProviderLogTaken { size })),
            LogAppended::Conflict => Err(Refusal::ProviderLogConflict),
        }
    }
}

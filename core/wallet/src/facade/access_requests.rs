//! What providers ask for by a code at their desk: noted, edited down, agreed to or refused (flows.md §4.6).

use keepwell_protocol::consent::{AccessRequestError, SignedAccessRequest};
use keepwell_protocol::domain::{Duration, RequestId, Scope, Sensitivity};

use super::grant_request::GrantChoice;
use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::granting::GrantRequest;
use crate::engine::online::Network;
use crate::engine::providers::{ProviderName, ProviderState};
use crate::error::WalletError;
use crate::records_view::access_request::{AccessRequestView, view};
use crate::records_view::grant::GrantView;
use crate::store::access_requests::{self, NotedRequest};

/// What a patient agrees to.
#[derive(Clone, Debug)]
pub struct AccessRequestAnswer {
    /// The records that may be read: what is asked for, or less.
    pub scope: Scope,
    /// Sensitive kinds that stay out, as [`Wallet::scope_leaving_out`] does.
    pub leave_out: Vec<Sensitivity>,
    /// For how long, from now; none: as long as is asked for.
    pub duration: Option<Duration>,
    /// Stay unnamed; else as [`GrantChoice::is_anonymous`] says.
    pub is_anonymous: bool,
}

impl Wallet {
    /// Takes the text of a provider's code, `keepwell:r/` and what it asks for: the ledger proves who the provider is, and
    /// its key that it asks. One that was noted before is answered as it stands.
    ///
    /// # Errors
    /// [`WalletError::Request`] if it is none, is not signed by the provider it names, or is over;
    /// [`WalletError::UnknownProvider`], [`WalletError::ProviderSuspended`], [`WalletError::ProviderKeyChanged`];
    /// [`WalletError::Remote`] if the provider can't be proved. Nothing is noted then.
    pub fn note_request(
        &mut self,
        text: &str,
        network: Network<'_>,
    ) -> Result<AccessRequestView, WalletError> {
        let signed = SignedAccessRequest::parse(text)?;
        let (id, now) = (signed.request.id, self.clock.now());
        if let Some(known) = access_requests::find(self.session()?.store.read(), id)? {
            return match known.signed == signed {
                true => Ok(view(known, now)),
                false => Err(AccessRequestError::Malformed.into()),
            };
        }
        // Before anybody is asked about the provider.
        if now >= signed.request.expires {
            return Err(AccessRequestError::Expired.into());
        }
        let asking = self.provider(ProviderName::Id(signed.request.provider), network)?;
        match asking.state {
            ProviderState::Active | ProviderState::Listed => {}
            ProviderState::Suspended => return Err(WalletError::ProviderSuspended),
            ProviderState::KeyChanged => return Err(WalletError::ProviderKeyChanged),
        }
        let card = asking.card.card;
        signed.verify(&card.signing, now)?;
        let (name, place) = (card.name, card.place);
        let noted = NotedRequest { signed, name, place, noted: now, is_refused: false, answer: None };
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| {
            access_requests::add(transaction, &noted).map_err(WalletError::from)
        })?;
        Ok(view(noted, now))
    }

    /// Agrees to a request, or to less than it asks for: grants, as [`Wallet::grant`] does.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRequest`], [`WalletError::RequestAnswered`], [`WalletError::Request`] if its time is over,
    /// [`WalletError::RequestExceeded`]; else those of [`Wallet::grant`].
    pub fn approve_request(
        &mut self,
        fresh: &FreshAuthentication,
        request: RequestId,
        answer: AccessRequestAnswer,
        network: Network<'_>,
    ) -> Result<GrantView, WalletError> {
        let noted = self.waiting_request(request)?;
        let asked = noted.request();
        let AccessRequestAnswer { scope, leave_out, duration, is_anonymous } = answer;
        let duration = duration.unwrap_or(asked.duration);
        if !asked.covers(&scope, duration) {
            return Err(WalletError::RequestExceeded);
        }
        let scope = self.scope_leaving_out(&scope, &leave_out)?;
        let (provider, purpose) = (ProviderName::Id(asked.provider), Some(asked.purpose));
        let choice = GrantChoice { provider, scope, duration, purpose, is_anonymous };
        let grant = GrantRequest { request: Some(request), ..self.grant_request(choice)? };
        self.grant(fresh, grant, network)
    }

    /// Refuses a request. Nobody is told.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRequest`], [`WalletError::RequestAnswered`], [`WalletError::Request`] if its time is over.
    pub fn refuse_request(&mut self, request: RequestId) -> Result<(), WalletError> {
        self.waiting_request(request)?;
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| Ok(access_requests::set_refused(transaction, request)?))
    }

    /// A request that can be answered.
    fn waiting_request(&self, request: RequestId) -> Result<NotedRequest, WalletError> {
        let noted = access_requests::find(self.session()?.store.read(), request)?;
        let noted = noted.ok_or(WalletError::NoSuchRequest)?;
        if noted.is_answered() {
            return Err(WalletError::RequestAnswered);
        }
        if self.clock.now() >= noted.request().expires {
            return Err(AccessRequestError::Expired.into());
        }
        Ok(noted)
    }
}

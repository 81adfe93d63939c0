//! Grants: whom a person can grant to, granting and revoking.

use std::sync::Arc;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{GrantId, ProviderId, Purpose, Scope};
use keepwell_wallet::{
    GrantChoice, GrantExtension as CoreExtension, GrantProof, GrantView, News, ProviderName, ProviderState,
    ProviderSummary,
};

use crate::authentication::Authentication;
use crate::calls::{Caller, unless_cancelled};
use crate::cancellation::Cancellation;
use crate::error::{Result, WalletError};
use crate::foreign::Event;
use crate::mirrors::TimeSpan;
use crate::thread::WalletThread;
use crate::wallet::Wallet;

/// A provider as the ledger proves it.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ProviderView {
    /// The id of its registration on the ledger.
    pub provider: ProviderId,
    /// How it stands.
    pub state: ProviderState,
    /// The name on its card, which it signed.
    pub name: String,
    /// Where it is, as its card says; may be empty.
    pub place: String,
}

/// How a person names a provider.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum ProviderSelection {
    /// By the id of its registration on the ledger.
    ById {
        /// 32 bytes in lowercase hexadecimal.
        provider: ProviderId,
    },
    /// By its exact name, where only one has it.
    ByName {
        /// As on its card, in every character.
        name: String,
    },
}

impl ProviderSelection {
    fn as_core(&self) -> ProviderName<'_> {
        match self {
            Self::ById { provider } => ProviderName::Id(*provider),
            Self::ByName { name } => ProviderName::Name(name),
        }
    }
}

/// What a patient wants to grant.
#[derive(Clone, Debug, uniffi::Record)]
pub struct GrantRequest {
    /// Who may read.
    pub provider: ProviderSelection,
    /// What may be read.
    pub scope: Scope,
    /// For how long, from now.
    pub duration: TimeSpan,
    /// What for; none: for treatment.
    #[uniffi(default = None)]
    pub purpose: Option<Purpose>,
    /// Stay unnamed: do not tell the provider name and birth date.
    #[uniffi(default = false)]
    pub anonymous: bool,
}

impl GrantRequest {
    fn as_core(&self) -> GrantChoice<'_> {
        let Self { provider, scope, duration, purpose, anonymous } = self;
        let (provider, scope) = (provider.as_core(), scope.clone());
        GrantChoice { provider, scope, duration: *duration, purpose: *purpose, is_anonymous: *anonymous }
    }
}

/// What extending an access came to.
#[derive(Debug, uniffi::Record)]
pub struct GrantExtension {
    /// The new grant; pending while the ledger does not show it.
    pub grant: GrantView,
    /// Where the former one stands. Pending or active: it is kept until the new one stands, and a later sync ends it.
    pub former: GrantState,
    /// What stopped the call after the new grant was made, but for a server that is not reached; none: nothing did.
    pub failure: Option<WalletError>,
}

impl From<CoreExtension> for GrantExtension {
    fn from(CoreExtension { grant, former, failure }: CoreExtension) -> Self {
        Self { grant, former, failure: failure.map(WalletError::from) }
    }
}

/// Those of these providers that have every word of a text in their name or place, in the same order; all of them for
/// a text without words. Words are found by their beginning, case and accents aside.
#[uniffi::export]
pub fn find_providers(providers: Vec<ProviderSummary>, text: String) -> Result<Vec<ProviderSummary>> {
    Ok(keepwell_wallet::find_providers(providers, &text))
}

#[uniffi::export]
impl Wallet {
    /// The providers that the gateway lists, and those granted to before; by name, case and accents aside.
    #[uniffi::method(default(cancellation = None))]
    pub async fn providers(&self, cancellation: Option<Arc<Cancellation>>) -> Result<Vec<ProviderSummary>> {
        let listed = self.call_online(cancellation, |wallet, network| {
            // Without a gateway the wallet still knows some.
            unless_cancelled(wallet.providers(network)?)
        });
        listed.await
    }

    /// One provider, proved now. Throws `NotFound`, `ProviderRefused` (`AmbiguousProvider`), `Untrusted`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn provider(
        &self,
        selection: ProviderSelection,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<ProviderView> {
        let proved = self.call_online(cancellation, move |wallet, network| {
            let proved = wallet.provider(selection.as_core(), network)?;
            let card = proved.card.card;
            Ok(ProviderView {
                provider: proved.provider,
                state: proved.state,
                name: card.name,
                place: card.place,
            })
        });
        proved.await
    }

    /// Grants. The wallet proves the provider, signs and prepares everything at once; what the network has
    /// not taken when this returns is queued, and `sync` goes on with it.
    ///
    /// Throws `GrantRefused` if the scope or the time breaks a rule, `ProviderRefused`, `NotFound`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn grant(
        &self,
        authentication: Arc<Authentication>,
        request: GrantRequest,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<GrantView> {
        let granted = self.change_online(Event::GrantsChanged, cancellation, move |wallet, network| {
            let request = wallet.grant_request(request.as_core())?;
            Ok(wallet.grant(authentication.hold().get()?, request, network)?)
        });
        granted.await
    }

    /// Grants anew what a grant covers, for so long from now: to the same provider, for the same purpose, as unnamed
    /// as before. Syncs, and the sync in which the new one is proved and the provider was told of it ends the former
    /// one: this or a later one, until which both are listed. Where the new one is revoked before that, the former stays.
    ///
    /// Throws as `grant` does; `GrantRefused` (`GrantState`) if the grant is over, `NotFound`. Once the new grant is made
    /// nothing is thrown: `failure` says what went wrong.
    #[uniffi::method(default(cancellation = None))]
    pub async fn extend_grant(
        &self,
        authentication: Arc<Authentication>,
        id: GrantId,
        duration: TimeSpan,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<GrantExtension> {
        let extend = move |thread: &mut WalletThread| {
            thread.online(|wallet, network, events| {
                let fresh = authentication.hold();
                let tell = &mut |news: News| events.send(news.into());
                Ok(wallet.extend(fresh.get()?, id, duration, network, tell)?.into())
            })
        };
        self.call(Caller::Owner, cancellation, extend).await
    }

    /// For how long from now a grant can be extended, ascending: what `choices` offers and lasts longer than the grant
    /// does. Empty where nothing does, or the grant is over. Throws `NotFound`.
    pub async fn extension_durations(&self, id: GrantId) -> Result<Vec<TimeSpan>> {
        self.read(move |snapshot| snapshot.extension_durations(id)).await
    }

    /// Every grant, newest first.
    pub async fn grants(&self) -> Result<Vec<GrantView>> {
        self.read(|snapshot| snapshot.grants()).await
    }

    /// The grant with this identifier. Throws `NotFound`.
    pub async fn grant_by_id(&self, id: GrantId) -> Result<GrantView> {
        self.read(move |snapshot| snapshot.grant_view(id)).await
    }

    /// Ends a grant on this device at once, also offline: nothing that is added from now on can be read
    /// under it. `sync` tells the host and the ledger. What was read before may still be held there. Whoever
    /// cancels the call, or locks the wallet, after it was made only waits for it no longer.
    pub async fn revoke(&self, id: GrantId) -> Result<GrantState> {
        let revoked = self.worker.call_to_the_end(move |thread| {
            let state = thread.open_wallet()?.revoke(id)?;
            thread.events.send(Event::GrantsChanged);
            thread.lock_state.auto_lock().note_use();
            Ok(state)
        });
        revoked.await
    }

    /// Fetches the ledger's proof of a grant and verifies it here: header, signatures, app hash, state
    /// proof, and that what lies there is this grant. Throws `Untrusted` with what does not hold.
    #[uniffi::method(default(cancellation = None))]
    pub async fn verify_grant(
        &self,
        id: GrantId,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<GrantProof> {
        self.call_online(cancellation, move |wallet, network| Ok(wallet.verify_grant(id, network)?)).await
    }
}

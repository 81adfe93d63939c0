//! Grants: whom a person can grant to, granting and revoking.

use std::sync::Arc;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{Category, CodeFilter, GrantId, ProviderId, Purpose, RecordId, Scope};
use keepwell_protocol::ledger::Standing;
use keepwell_wallet::{
    GrantProof, GrantRequest as CoreRequest, GrantView, ProviderName, ProviderState, ProviderSummary, Reader,
    StoppedBy,
};

use crate::authentication::Authentication;
use crate::cancellation::{CallFlag, Cancellation};
use crate::error::WalletError;
use crate::identifiers::{Instant, TimeSpan};
use crate::wallet::{By, Wallet, cancelled_or};

/// How a provider stands.
#[uniffi::remote(Enum)]
pub enum ProviderState {
    /// The gateway lists it; nothing was proved yet.
    Listed,
    /// The ledger has it, and it may be granted to.
    Active,
    /// Governance has suspended it.
    Suspended,
    /// Its key was replaced without its own signature since it was pinned.
    KeyChanged,
}

/// A provider in a list.
#[uniffi::remote(Record)]
pub struct ProviderSummary {
    /// The provider.
    pub provider: ProviderId,
    /// Its name; as the gateway says, unless it was pinned.
    pub name: String,
    /// How it stands.
    pub state: ProviderState,
}

/// A provider as the ledger proves it.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ProviderView {
    /// The provider.
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
    /// By identifier.
    ById {
        /// It.
        provider: ProviderId,
    },
    /// By its exact name, where only one has it.
    ByName {
        /// It.
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

/// One code of one code system, both compared exactly.
#[uniffi::remote(Record)]
pub struct CodeFilter {
    /// The code system's URI.
    pub system: String,
    /// The code.
    pub code: String,
}

/// Which records are covered: those named, and those of one of the categories that fit all the bounds.
#[uniffi::remote(Record)]
pub struct Scope {
    /// Categories; the bounds below apply to these.
    pub categories: Vec<Category>,
    /// FHIR resource types; empty: any.
    #[uniffi(default = [])]
    pub types: Vec<String>,
    /// Codes of which the record must have one; empty: any.
    #[uniffi(default = [])]
    pub codes: Vec<CodeFilter>,
    /// Clinical date at or after this; an undated record fails.
    #[uniffi(default = None)]
    pub since: Option<Instant>,
    /// Clinical date before this; an undated record fails.
    #[uniffi(default = None)]
    pub until: Option<Instant>,
    /// Records named one by one, in all their versions.
    #[uniffi(default = [])]
    pub records: Vec<RecordId>,
}

/// A purpose of use (HL7 v3 ActReason).
#[uniffi::remote(Enum)]
pub enum Purpose {
    /// Treatment.
    Treat,
    /// Emergency treatment.
    EmergencyTreat,
    /// Payment.
    Payment,
    /// Healthcare operations.
    Operations,
    /// Research.
    Research,
    /// Public health.
    PublicHealth,
    /// At the patient's own request.
    PatientRequest,
    /// At the request of the patient's family.
    FamilyRequest,
}

/// What a patient wants to grant.
#[derive(Clone, Debug, uniffi::Record)]
pub struct GrantRequest {
    /// To whom.
    pub provider: ProviderSelection,
    /// What.
    pub scope: Scope,
    /// For how long, from now.
    pub duration: TimeSpan,
    /// What for.
    #[uniffi(default = None)]
    pub purpose: Option<Purpose>,
    /// Stay unnamed: do not tell the provider name and birth date.
    #[uniffi(default = false)]
    pub anonymous: bool,
}

/// Where a grant stands.
#[uniffi::remote(Enum)]
pub enum GrantState {
    /// Made here, not yet proved to be on the ledger.
    Pending,
    /// Proved to be on the ledger and in force.
    Active,
    /// Ended by time.
    Expired,
    /// Revoked here; the ledger's proof is awaited.
    Revoking,
    /// Revoked, and proved so.
    Revoked,
}

/// A grant as a person sees it.
#[uniffi::remote(Record)]
pub struct GrantView {
    /// The grant.
    pub grant: GrantId,
    /// To whom.
    pub provider: ProviderId,
    /// Their name.
    pub name: String,
    /// What it covers.
    pub scope: Scope,
    /// What for.
    pub purpose: Purpose,
    /// From when.
    pub not_before: Instant,
    /// Until before when.
    pub not_after: Instant,
    /// Where it stands.
    pub state: GrantState,
    /// Since when.
    pub since: Instant,
    /// Whether the provider has been told.
    pub delivered: bool,
    /// The number that both screens show, six digits.
    pub match_code: u32,
    /// Of one that is being or was revoked: who has stopped it. None yet: it can still be read under.
    pub stopped_by: Option<StoppedBy>,
}

/// Who has stopped a grant that the patient ended.
#[uniffi::remote(Enum)]
pub enum StoppedBy {
    /// The host serves it no more; the ledger does not show it yet.
    Host,
    /// The ledger shows that it was revoked.
    Ledger,
}

/// Whether the ledger has a grant in force.
#[uniffi::remote(Enum)]
pub enum Standing {
    /// It is.
    InForce,
    /// Nothing of it is on the ledger: not yet, no more, or never.
    Absent,
    /// It was ended.
    Revoked,
    /// Its last day is over.
    Expired,
    /// The ledger's word is too old to act on.
    Stale,
    /// The header's time is ahead of the clock.
    FromFuture,
}

/// What the ledger proves about a grant.
#[uniffi::remote(Record)]
pub struct GrantProof {
    /// Whether the grant is in force, or why not.
    pub standing: Standing,
    /// The height of the header.
    pub height: u64,
    /// The header's time.
    pub time: Instant,
    /// How many validators may vote on the header.
    pub validators: u32,
    /// How many bytes the proof has.
    pub bytes: u32,
    /// Whether one signer makes the ledger: a demonstration.
    pub is_embedded: bool,
}

#[uniffi::export]
impl Wallet {
    /// The providers that the gateway lists, and those granted to before.
    #[uniffi::method(default(cancellation = None))]
    pub async fn providers(
        &self,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Vec<ProviderSummary>, WalletError> {
        let listed = self.online(By::Owner, cancellation, |wallet, network, _| {
            let known = wallet.providers(network).map_err(cancelled_or)?;
            // Without a gateway the wallet still knows some, which is not what a cancelled call was to say.
            if CallFlag::current().is_cancelled() { Err(WalletError::Cancelled) } else { Ok(known) }
        });
        listed.await
    }

    /// One provider, proved now. Throws `NotFound`, `ProviderRefused` (`AmbiguousProvider`), `Untrusted`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn provider(
        &self,
        selection: ProviderSelection,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<ProviderView, WalletError> {
        let proved = self.online(By::Owner, cancellation, move |wallet, network, _| {
            let proved = wallet.provider(selection.as_core(), network).map_err(cancelled_or)?;
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
    ) -> Result<GrantView, WalletError> {
        let granted = self.online(By::Owner, cancellation, move |wallet, network, _| {
            let about = if request.anonymous { None } else { wallet.about_owner()? };
            let core = CoreRequest {
                provider: request.provider.as_core(),
                scope: request.scope,
                purpose: request.purpose.unwrap_or(Purpose::Treat),
                duration: request.duration,
                about,
                request: None,
            };
            wallet.grant(authentication.hold().get()?, core, network).map_err(cancelled_or)
        });
        granted.await
    }

    /// Every grant, newest first.
    pub async fn grants(&self) -> Result<Vec<GrantView>, WalletError> {
        self.read(Reader::grants).await
    }

    /// One grant. Throws `NotFound`.
    pub async fn grant_by_id(&self, id: GrantId) -> Result<GrantView, WalletError> {
        self.read(move |reader| reader.grant_view(id)).await
    }

    /// Ends a grant on this device at once, also offline: nothing that is added from now on can be read
    /// under it. `sync` tells the host and the ledger. What was read before may still be held there.
    pub async fn revoke(&self, id: GrantId) -> Result<GrantState, WalletError> {
        self.with(move |wallet| Ok(wallet.revoke(id)?)).await
    }

    /// Fetches the ledger's proof of a grant and verifies it here: header, signatures, app hash, state
    /// proof, and that what lies there is this grant. Throws `Untrusted` with what does not hold.
    #[uniffi::method(default(cancellation = None))]
    pub async fn verify_grant(
        &self,
        id: GrantId,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<GrantProof, WalletError> {
        let verified = self.online(By::Owner, cancellation, move |wallet, network, _| {
            wallet.verify_grant(id, network).map_err(cancelled_or)
        });
        verified.await
    }
}

//! Providers and grants.

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{Category, CodeFilter, GrantId, ProviderId, Purpose, RecordId, Scope};
use keepwell_protocol::ledger::LedgerVerdict;
use keepwell_wallet::{GrantProof, GrantView, ProviderState, ProviderSummary, StoppedBy};

use super::Instant;

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
    pub provider: ProviderId,
    /// Its name; as the gateway says, unless it was pinned.
    pub name: String,
    /// Where it is, likewise; may be empty.
    pub place: String,
    pub state: ProviderState,
}

/// One code of one code system, both compared exactly.
#[uniffi::remote(Record)]
pub struct CodeFilter {
    /// The code system's URI.
    pub system: String,
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
    Treat,
    EmergencyTreat,
    Payment,
    Operations,
    Research,
    PublicHealth,
    PatientRequest,
    FamilyRequest,
}

/// Where a grant stands.
#[uniffi::remote(Enum)]
pub enum GrantState {
    /// Made here, not yet proved to be on the ledger.
    Pending,
    /// Proved to be on the ledger and in force.
    Active,
    Expired,
    /// Revoked here; the ledger's proof is awaited.
    Revoking,
    /// Revoked, and proved so.
    Revoked,
}

/// A grant as a person sees it.
#[uniffi::remote(Record)]
pub struct GrantView {
    pub grant: GrantId,
    pub provider: ProviderId,
    pub name: String,
    pub scope: Scope,
    pub purpose: Purpose,
    pub not_before: Instant,
    /// From when on it is over.
    pub not_after: Instant,
    pub state: GrantState,
    /// When it came into this state.
    pub since: Instant,
    /// Whether the provider has been told.
    pub delivered: bool,
    /// The six digits that both screens show.
    pub match_code: String,
    /// Of one that is being or was revoked: who has stopped it. None yet: it can still be read under.
    pub stopped_by: Option<StoppedBy>,
    /// Whether the provider was told who the patient is, by name and birth date, or is to be told once it is delivered.
    pub is_named: bool,
    /// The grant in whose place this one is; it ends once this one is proved and delivered.
    pub replaces: Option<GrantId>,
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
pub enum LedgerVerdict {
    InForce,
    /// Nothing of it is on the ledger: not yet, no more, or never.
    Absent,
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
    pub standing: LedgerVerdict,
    pub height: u64,
    pub time: Instant,
    /// How many validators may vote on the header.
    pub validators: u32,
    /// How many bytes the proof has.
    pub bytes: u32,
    /// Whether one signer makes the ledger: a demonstration.
    pub is_embedded: bool,
}

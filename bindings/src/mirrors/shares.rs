//! Shares, and what is done with them.

use keepwell_protocol::domain::LinkId;
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    RecordSummary, ShareFormat, ShareOpening, ShareOutcome, SharePreview, ShareState, ShareSummary, TypeCount,
};

use super::Instant;

/// The form of what lies behind a link; each is one file of `application/fhir+json`.
#[uniffi::remote(Enum)]
pub enum ShareFormat {
    /// Everything that is chosen, as the US "Kill the Clipboard" profile asks for it.
    PatientSharedBundle,
    /// What is current or newest of it, as a document that other countries ask for (HL7 IPS 2.0.1).
    InternationalPatientSummary,
}

/// What would leave with a share that is not made yet; in each list newest first, the undated come last.
#[uniffi::remote(Record)]
pub struct SharePreview {
    /// What was chosen, and the Patient.
    pub records: Vec<RecordSummary>,
    /// What goes along because a record that leaves refers to it.
    pub referenced: Vec<RecordSummary>,
    /// What stays although it is of the kind that was asked for, because its source calls it an error or has removed it;
    /// none where scopes were given.
    pub withdrawn: Vec<RecordSummary>,
}

/// How many resources there are of a type.
#[uniffi::remote(Record)]
pub struct TypeCount {
    pub resource_type: String,
    pub count: u64,
}

/// Where a share stands by this wallet's word and clock.
#[uniffi::remote(Enum)]
pub enum ShareState {
    /// The host serves it.
    Active,
    /// Not served until resumed.
    Paused,
    Expired,
    Revoked,
}

/// A share as the patient sees it; the link is not in it.
#[uniffi::remote(Record)]
pub struct ShareSummary {
    pub id: LinkId,
    pub label: String,
    pub created: Instant,
    pub expires: Instant,
    /// How often it may be opened.
    pub opens: Option<u32>,
    pub state: ShareState,
    /// Whether the host knows; if not, it does what it did before until it is reached.
    pub is_told: bool,
}

/// One attempt to open a share.
#[uniffi::remote(Record)]
pub struct ShareOpening {
    /// When, by the host's clock.
    pub time: Instant,
    /// Who they said they are.
    pub recipient: String,
    /// Whether it was opened, or why not.
    pub outcome: ShareOutcome,
}

/// What a patient does with a share.
#[uniffi::remote(Enum)]
pub enum LinkAction {
    /// Not served until resumed.
    Pause,
    /// The host serves it again.
    Resume,
    /// Never served again.
    Revoke,
}

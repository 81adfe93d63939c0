//! Shares, and what is done with them.

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{LinkId, RecordId, Sensitivity};
use keepwell_protocol::formats::fhir::IdentityKind;
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    RecordSummary, SensitiveRecord, ShareFormat, ShareOpening, ShareOutcome, SharePreview, ShareState,
    ShareSummary, SharedIdentityDetail, TypeCount,
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
    /// What stays because it is of a sensitive kind that is to be left out.
    #[uniffi(default = [])]
    pub kept_back: Vec<RecordSummary>,
    /// Which of what leaves and of what is kept back are of sensitive kinds; the rest is what the table of codes does not
    /// know.
    #[uniffi(default = [])]
    pub sensitive: Vec<SensitiveRecord>,
    /// The identity numbers and photos in what leaves; they stay themselves unless they were asked for.
    #[uniffi(default = [])]
    pub identity_details: Vec<SharedIdentityDetail>,
    /// How many records stay because they have no place in a summary; none where everything leaves that was chosen.
    #[uniffi(default = 0)]
    pub left_out: u64,
    /// How many references lead to what does not leave.
    #[uniffi(default = 0)]
    pub dangling: u64,
    /// The size of the PDF that would go along, which lists everything that leaves, in bytes; absent where none does: a summary
    /// tells everything itself, and what is very long has no room for one.
    #[uniffi(default = None)]
    pub rendered_pdf_bytes: Option<u64>,
    /// The size of what would be uploaded, before it is sealed, in bytes.
    #[uniffi(default = 0)]
    pub bytes: u64,
}

/// A kind of information that laws and patients guard more closely than the rest.
#[uniffi::remote(Enum)]
pub enum Sensitivity {
    /// Mental health, behaviour, dementia, and medicines for them.
    MentalHealth,
    /// Sexual and reproductive health, but for pregnancy and HIV.
    SexualHealth,
    /// Use of alcohol and drugs, and its treatment.
    SubstanceUse,
    /// What was found or looked for in the genes.
    Genetics,
    /// HIV: tests, infection, treatment, and prevention by the same medicines.
    Hiv,
    /// Pregnancy, birth, and their end.
    Pregnancy,
}

/// A record and the sensitive kinds that it is of, at least one.
#[uniffi::remote(Record)]
pub struct SensitiveRecord {
    pub record: RecordId,
    pub kinds: Vec<Sensitivity>,
}

/// A kind of identity number, or a photo.
#[uniffi::remote(Enum)]
pub enum IdentityKind {
    SocialSecurity,
    Passport,
    DriversLicence,
    Tax,
    /// The number under which a payer knows a member.
    Insurance,
    /// Any other number by which a state knows a person.
    National,
    Photo,
}

/// An identity number or a photo in a record that leaves.
#[uniffi::remote(Record)]
pub struct SharedIdentityDetail {
    /// The record that holds it.
    pub record: RecordId,
    pub kind: IdentityKind,
    /// The last four characters of a number that has eight or more, to tell it from others; else empty.
    pub ending: String,
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
    /// Whether what it shows follows the record while it lives.
    #[uniffi(default = false)]
    pub is_long_term: bool,
    /// Whether it opens only with its passcode.
    #[uniffi(default = false)]
    pub needs_passcode: bool,
    /// Where its grant on the ledger stands; none: it goes by the host's word alone. While it is pending the host does not
    /// open the share.
    #[uniffi(default = None)]
    pub ledger: Option<GrantState>,
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

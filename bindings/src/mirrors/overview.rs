//! The first screen of an app.

use keepwell_protocol::vault::About;
use keepwell_wallet::{CategoryCount, Current, LatestResult, Overview, RecordSummary, ToDo, Trend};

/// Whose records these are.
#[uniffi::remote(Record)]
pub struct About {
    pub name: String,
    /// As FHIR writes a date.
    pub birth_date: String,
}

/// What the first screen shows.
#[uniffi::remote(Record)]
pub struct Overview {
    /// Whose records these are; none if no Patient resource gives name and birth date.
    pub owner: Option<About>,
    /// Allergies and intolerances that hold.
    pub allergies: Current,
    /// Problems that hold.
    pub problems: Current,
    /// Medicines that are prescribed or taken now.
    pub medicines: Current,
    /// The newest results and vital signs, one of each kind.
    pub results: Vec<LatestResult>,
    /// What came since the owner saw an overview last; nothing before they saw the first one.
    pub new: Vec<CategoryCount>,
    /// What there is to do, the most urgent first.
    pub to_do: Vec<ToDo>,
    /// For `mark_seen` once this was shown.
    pub newest: u32,
}

/// Records of one kind that hold now, newest first.
#[uniffi::remote(Record)]
pub struct Current {
    /// The newest of them, one for each thing that they are about.
    pub records: Vec<RecordSummary>,
    /// How many more there are.
    pub more: u64,
}

/// The newest result of a kind.
#[uniffi::remote(Record)]
pub struct LatestResult {
    pub record: RecordSummary,
    /// How it compares with the one before it, where both are numbers of one unit.
    pub trend: Option<Trend>,
}

/// How a number compares with the one before it.
#[uniffi::remote(Enum)]
pub enum Trend {
    Up,
    Down,
    Same,
}

/// Something that the owner should do or know.
#[uniffi::remote(Enum)]
pub enum ToDo {
    /// Another phone has taken over; this one publishes nothing any more.
    TakenOver,
    /// Decisions that no server has: what was ended may still be open.
    SendDecisions { count: u64 },
    /// Clinics whose key was replaced, and not by themselves.
    CheckClinics { count: u64 },
    /// The recovery words were never checked.
    CheckWords,
    /// The wallet knows no servers: records are on this device alone.
    Connect,
    /// The host has lost records, and sending them again waits for the owner to agree.
    AgreeToSendAgain,
    /// Record versions that the host does not have yet.
    SendRecords { count: u64 },
    /// Grants that end within a day.
    EndSoon { count: u64 },
    /// What was set aside from imports and waits to be looked through.
    LookThrough { count: u64 },
}

//! What happened, held against the providers' own access logs, and what a provider may hold.

use keepwell_protocol::domain::{GrantId, ProviderId, Purpose, RecordId};
use keepwell_wallet::{
    Activity, Audit, AuditedEvent, ExposedVersion, Exposure, LogMembership, ProviderLog, ProviderLogFlaw,
    ProviderLogState, TimeStampCounts, UnshownRead,
};

use super::Instant;

/// Everything that happened, and what the providers' own access logs say of it.
#[uniffi::remote(Record)]
pub struct Audit {
    /// What happened, newest first.
    pub events: Vec<AuditedEvent>,
    /// The access log of each provider that this wallet ever granted to, by name; none where the host was not reached.
    pub logs: Vec<ProviderLog>,
    /// Whether nobody was reached who knows what others did.
    pub is_own_only: bool,
}

/// One thing that happened, by whose word it may be.
#[uniffi::remote(Enum)]
pub enum AuditedEvent {
    /// The owner did it, or the host says that others did.
    Happened {
        activity: Activity,
        /// Whether it is in the provider's own log; of reads of records alone.
        membership: Option<LogMembership>,
    },
    /// The provider's own log says so, and the host does not.
    Unshown(UnshownRead),
}

/// Whether a read that the host's log has is in the provider's own log.
#[uniffi::remote(Enum)]
pub enum LogMembership {
    Logged,
    /// Not yet, and the provider has time to say so: five days.
    Awaited,
    /// It is not, and should be: the provider read and kept it out of its log.
    Unlogged,
    /// It was made before the provider kept a log.
    BeforeLog,
    /// That could not be found out.
    Unknown,
}

/// A read that the provider's own log has, and the host's log has not: the host hides it, or it was made at a host that
/// the wallet has left.
#[uniffi::remote(Record)]
pub struct UnshownRead {
    /// By the provider's clock.
    pub time: Instant,
    pub provider: ProviderId,
    pub grant: GrantId,
    /// As on the provider's card.
    pub name: String,
    /// What for, as the provider signed.
    pub purpose: Purpose,
}

/// A provider's own access log as it was found.
#[uniffi::remote(Record)]
pub struct ProviderLog {
    pub provider: ProviderId,
    /// As on the provider's card.
    pub name: String,
    pub state: ProviderLogState,
    /// How many entries were verified, now or before, those about others included.
    pub entries: u64,
    /// How many of them are about this wallet.
    pub own_entries: u64,
    /// When the ledger recorded its newest checkpoint; none where that is not known, or there is none.
    pub recorded: Option<Instant>,
    /// What is wrong with the entries about this wallet, each once.
    pub flaws: Vec<ProviderLogFlaw>,
}

/// What became of looking at a provider's own access log. The four from `Withheld` to `Malformed` speak against the provider,
/// or whoever publishes its log.
#[uniffi::remote(Enum)]
pub enum ProviderLogState {
    /// Everything up to the ledger's checkpoint is there, and continues what this wallet verified before.
    Verified,
    /// The ledger has no checkpoint: the provider keeps no log, or nothing is in it.
    Absent,
    /// The ledger, or whoever publishes the log, gave no answer.
    Unreachable,
    /// Fewer entries are published than the provider told the ledger of.
    Withheld,
    /// What is published is not what the provider told the ledger of.
    Altered,
    /// The ledger's checkpoint is behind what this wallet verified before, or of another log.
    Shortened,
    /// The log does not begin as logs do, or has what is no entry.
    Malformed,
    /// More was added than this program reads at once.
    TooLong,
}

/// What is wrong with the entries about this wallet in a log that is as the ledger says.
#[uniffi::remote(Enum)]
pub enum ProviderLogFlaw {
    /// A number was left out.
    Gap,
    /// A number stands there twice.
    Repeated,
    /// An entry does not open, or the provider did not sign what is in it.
    Unreadable,
}

/// What a provider may hold.
#[uniffi::remote(Record)]
pub struct Exposure {
    /// By record and version.
    pub versions: Vec<ExposedVersion>,
    /// Whether nobody was reached who knows what the provider did read.
    pub is_own_only: bool,
}

/// A version of a record that a provider could have read.
#[uniffi::remote(Record)]
pub struct ExposedVersion {
    /// The record, over all versions.
    pub record: RecordId,
    /// From 1.
    pub version: u32,
    /// It could not be read before this moment.
    pub could_read_from: Instant,
    /// It could not be read from this moment on.
    pub could_read_until: Instant,
    /// When it first read it, by the clock of the host. None: not that anybody says.
    pub read_at: Option<Instant>,
    /// Whether the provider signed for a read of it. Else the host says so, and nothing proves it.
    pub is_read_proved: bool,
}

/// How many documents wait for the ledger's time stamp, and how many have one.
#[uniffi::remote(Record)]
pub struct TimeStampCounts {
    /// Documents that the ledger has not recorded yet.
    pub waiting: u64,
    /// Documents of which there is a proof.
    pub proved: u64,
}

//! What is found in providers' own access logs, by name.

use keepwell_protocol::domain::{GrantId, ProviderId, Purpose, Timestamp};

/// What became of looking at a provider's own access log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProviderLogState {
    /// Everything up to the ledger's checkpoint is there, and continues what this wallet verified before.
    Verified,
    /// The ledger has no checkpoint: the provider keeps no log, or nothing is in it.
    Absent,
    /// The ledger, or whoever publishes the log, gave no answer.
    Unreachable,
    /// Fewer entries are published than the provider told the ledger of.
    Withheld,
    /// What is published is not what the provider told the ledger of: an entry was changed, left out or put in, or the
    /// log does not continue what this wallet verified before.
    Altered,
    /// The ledger's checkpoint is behind what this wallet verified before, or of another log.
    Shortened,
    /// The log does not begin as logs do, by saying from when on it is kept, or an entry is longer than any may be.
    Malformed,
    /// More was added than this program reads at once.
    TooLong,
}

impl ProviderLogState {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Absent => "absent",
            Self::Unreachable => "unreachable",
            Self::Withheld => "withheld",
            Self::Altered => "altered",
            Self::Shortened => "shortened",
            Self::Malformed => "malformed",
            Self::TooLong => "too-long",
        }
    }

    /// Whether it speaks against the provider, or whoever publishes its log.
    pub const fn is_alarming(self) -> bool {
        matches!(self, Self::Withheld | Self::Altered | Self::Shortened | Self::Malformed)
    }
}

/// What is wrong with the entries about this wallet in a log that is as the ledger says.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ProviderLogFlaw {
    /// A number was left out.
    Gap,
    /// A number stands there twice.
    Repeated,
    /// An entry does not open, or the provider did not sign what is in it.
    Unreadable,
}

impl ProviderLogFlaw {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Repeated => "repeated",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A provider's own access log as it was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProviderLog {
    /// Whose log it is.
    pub provider: ProviderId,
    /// The provider's name, as on its card.
    pub name: String,
    /// What became of looking at it.
    pub state: ProviderLogState,
    /// How many entries were verified, now or before, those about others included.
    pub entries: u64,
    /// How many of them are about this wallet.
    pub own_entries: u64,
    /// When the ledger recorded its newest checkpoint; none where that is not known, or there is none.
    pub recorded: Option<Timestamp>,
    /// What is wrong with the entries about this wallet, each once.
    pub flaws: Vec<ProviderLogFlaw>,
}

/// Whether a read that the host's log has is in the provider's own log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogMembership {
    /// It is.
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

impl LogMembership {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logged => "logged",
            Self::Awaited => "awaited",
            Self::Unlogged => "unlogged",
            Self::BeforeLog => "before-log",
            Self::Unknown => "unknown",
        }
    }
}

/// A read that the provider's own log has, and the host's log has not: the host hides it, or it was made at a host that
/// the wallet has left.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnshownRead {
    /// The time of the request, by the provider's clock.
    pub time: Timestamp,
    /// The provider that read.
    pub provider: ProviderId,
    /// The grant under which it read.
    pub grant: GrantId,
    /// The provider's name, as on its card.
    pub name: String,
    /// What for, as the provider signed.
    pub purpose: Purpose,
}

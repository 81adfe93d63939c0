//! What an app that listens is told.

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{GrantId, LinkId, ProviderId, SourceId};
use keepwell_wallet::{GrantRefusal, News, ReadProof, RecordsRead, ShareOutcome};

use crate::mirrors::Instant;

/// Why a wallet locked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum LockReason {
    /// The app asked.
    Asked,
    /// Nobody used it for as long as `set_auto_lock` says.
    Idle,
    /// A call failed in a way that it must not.
    Fault,
    /// Another device has taken the wallet over by its recovery words; the PIN opens nothing any more.
    TakenOver,
    /// It was released; told of one that was locked, too.
    Released,
}

/// What happened in a wallet.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum Event {
    /// It was unlocked.
    Unlocked,
    /// It was locked.
    Locked {
        /// What locked it.
        reason: LockReason,
    },
    /// An import has read this much.
    ImportProgress {
        /// Bytes of the file so far.
        bytes: u64,
    },
    /// A clinic's server is asked for this type of records.
    SourceProgress {
        /// The server.
        source: SourceId,
        /// The type, as FHIR names it.
        resource_type: String,
    },
    /// A restore has fetched this much.
    RestoreProgress {
        /// Sealed bytes of records so far.
        bytes: u64,
        /// Of how many.
        total: u64,
    },
    /// The ledger's proof shows something new about a grant.
    ProofArrived {
        /// The grant, made here or on a device before.
        grant: GrantId,
        /// The state that it came into.
        state: GrantState,
    },
    /// What a list of grants shows is no longer what it was before, whoever changed it.
    GrantsChanged,
    /// What a list of shares shows is no longer what it was before, whoever changed it.
    SharesChanged,
    /// A grant ends within a day; told at each sync of that day.
    Expiring {
        /// One that is pending or active.
        grant: GrantId,
        /// From when on it is over.
        not_after: Instant,
    },
    /// A provider's key was replaced without its own signature; nothing more is sent to it.
    ProviderKeyChanged {
        /// One that was granted to before.
        provider: ProviderId,
        /// Its name as it was pinned.
        name: String,
    },
    /// A provider looked into a grant's records.
    GrantRead {
        /// The one under which it asked; this wallet may know none of that id.
        grant: GrantId,
        /// When, by the host's clock.
        time: Instant,
    },
    /// A provider read records: told once for all that it read since the last time.
    RecordsRead {
        /// The one under which it read last; this wallet may know none of that id.
        grant: GrantId,
        /// The provider; empty if this wallet has made no such grant.
        name: String,
        /// How many records, each once.
        records: u64,
        /// What the provider signed of those reads.
        proof: ReadProof,
    },
    /// The host says that a provider read or asked, and not all that should prove it does; the
    /// activity says what is wrong.
    ReadDoubtful {
        /// The one under which it asked; this wallet may know none of that id.
        grant: GrantId,
        /// When, by the host's clock.
        time: Instant,
    },
    /// A provider wanted to look into a grant's records, and the host refused.
    GrantDenied {
        /// The one under which it asked; this wallet may know none of that id.
        grant: GrantId,
        /// When, by the host's clock.
        time: Instant,
        /// Why, by the word of the host.
        reason: GrantRefusal,
    },
    /// Somebody opened a share.
    ShareOpened {
        /// Its id, as in the list of shares.
        share: LinkId,
        /// When, by the host's clock.
        time: Instant,
        /// Who they said they are.
        recipient: String,
    },
    /// Somebody wanted to open a share, and the host refused.
    ShareDenied {
        /// Its id, as in the list of shares.
        share: LinkId,
        /// When, by the host's clock.
        time: Instant,
        /// Who they said they are.
        recipient: String,
        /// Why; never `Opened`.
        reason: ShareOutcome,
    },
}

impl From<News> for Event {
    fn from(news: News) -> Self {
        match news {
            News::ProofArrived { grant, state } => Self::ProofArrived { grant, state },
            News::GrantsChanged => Self::GrantsChanged,
            News::SharesChanged => Self::SharesChanged,
            News::Expiring { grant, not_after } => Self::Expiring { grant, not_after },
            News::ProviderKeyChanged { provider, name } => Self::ProviderKeyChanged { provider, name },
            News::ReadDoubtful { grant, time } => Self::ReadDoubtful { grant, time },
            News::RecordsRead(RecordsRead { grant, name, records, proof }) => {
                Self::RecordsRead { grant, name, records, proof }
            }
            News::GrantRead { grant, time } => Self::GrantRead { grant, time },
            News::GrantDenied { grant, time, reason } => Self::GrantDenied { grant, time, reason },
            News::ShareOpened { share, time, recipient } => Self::ShareOpened { share, time, recipient },
            News::ShareDenied { share, time, recipient, reason } => {
                Self::ShareDenied { share, time, recipient, reason }
            }
        }
    }
}

/// Is told what happens.
#[uniffi::export(foreign)]
pub trait Observer: Send + Sync {
    /// Takes what happened since the last time, oldest first, at least one and at most 256 events. It may
    /// call the wallet; what it throws is ignored. While it runs, the next events wait, the wallet does not.
    fn on_events(&self, events: Vec<Event>) -> Result<(), ObserverError>;
}

/// An observer failed; nothing follows from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum ObserverError {
    /// The app's code threw.
    #[error("the observer failed")]
    Failed,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ObserverError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed
    }
}

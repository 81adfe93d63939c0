//! Why the wallet could not do what was asked.

use std::sync::Arc;

use keepwell_net::AnchorRefused;
use keepwell_protocol::consent::{AccessRequestError, InvalidTerms, InvalidTransition};
use keepwell_protocol::crypto::{CryptoError, PasscodeError, PinError};
use keepwell_protocol::domain::QuarantineId;
use keepwell_protocol::formats::assembly::AssemblyError;
use keepwell_protocol::formats::fhir::ReadError;
use keepwell_protocol::formats::shl::OpenError;
use keepwell_protocol::ledger::{AnchorError, CardError, ProofError, TransactionError};
use keepwell_protocol::vault::{HeadError, RecordBlobError};
use keepwell_source::SourceError;

use crate::net::RemoteError;
use crate::store::records::InvalidCursor;
use crate::store::{DeviceKeyError, FromStore, StoreError};

/// Why the wallet could not do what was asked; nothing was lost or changed.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The wallet is locked.
    #[error("the wallet is locked")]
    Locked,
    /// A read did not end in the time that it was given; without a limit it does.
    #[error("reading takes longer than it was given")]
    Unfinished,
    /// The store did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The input could not be read to its end; there is nothing of it here.
    #[error(transparent)]
    Import(#[from] ReadError),
    /// The input could not be read to its end; it lies in quarantine.
    #[error("{reason}")]
    Quarantined {
        /// Why it could not be read.
        #[source]
        reason: ReadError,
        /// What it is called there.
        id: QuarantineId,
    },
    /// The records are not all about the owner of this wallet; nothing was kept.
    #[error("the records are about more than one person, or about someone else")]
    OtherPatient {
        /// Who they are about, and the owner where known; at most 100.
        patients: Vec<FoundPatient>,
    },
    /// None of the people of an import, or more than one of them, is called what was named.
    #[error("none of the people in these files, or more than one, is called this")]
    NoSuchPatient {
        /// Who they are; at most 100.
        patients: Vec<FoundPatient>,
    },
    /// There is no such person among those who count as the owner.
    #[error("nobody of this number counts as the owner of this wallet")]
    NoSuchPerson,
    /// There is no such record.
    #[error("there is no such record")]
    NoSuchRecord,
    /// The record as it is now was never to be stamped.
    #[error("no time stamp was asked for of this record as it is now")]
    NotStamped,
    /// The ledger has not recorded the time stamp of the record.
    #[error("the ledger has not recorded the time stamp yet; a sync fetches it")]
    TimeStampWaiting,
    /// The record has no file in this place.
    #[error("the record has no such attachment")]
    NoSuchAttachment,
    /// The record only says where the file is; an address in a record is never followed.
    #[error("the record only says where this file is; it is not in the wallet")]
    AttachmentNotHere,
    /// The file is not what the record says of it: of another size or hash, or not base64.
    #[error("the file is damaged: it is not what its record says of it")]
    AttachmentDamaged,
    /// Several identifiers begin with what was given.
    #[error("several identifiers begin so; give more characters")]
    AmbiguousId {
        /// They, at most ten.
        ids: Vec<String>,
    },
    /// There is no such item in quarantine.
    #[error("there is no such item in quarantine")]
    NoSuchQuarantined,
    /// There is no such import, or it was taken back already.
    #[error("there is no such import that could be taken back")]
    NoSuchImport,
    /// The cursor is not one that a page in this order gave.
    #[error(transparent)]
    InvalidCursor(#[from] InvalidCursor),
    /// The answers to the quiz are not the words.
    #[error("these are not the recovery words")]
    QuizFailed,
    /// The destination of an export could not be written.
    #[error("the export could not be written")]
    ExportIo(#[source] std::io::Error),
    /// The wallet works on its own; this needs a ledger and a host.
    #[error("the wallet is not connected to a ledger and a host")]
    NotConnected,
    /// The wallet is connected already, to another host or by another trust anchor.
    #[error(
        "the wallet is connected to another host or by another trust anchor, and other commands change these"
    )]
    AlreadyConnected,
    /// The trust anchor is not taken in the place of the one that the wallet has.
    #[error(transparent)]
    AnchorRefused(#[from] AnchorRefused),
    /// The host or the ledger knows a wallet of these recovery words: it is to be restored.
    #[error("a wallet of these recovery words is there already and can be restored")]
    SpaceExists,
    /// The host knows no wallet of these recovery words.
    #[error("the host knows no wallet of these recovery words")]
    SpaceMissing,
    /// A server did not do what was asked.
    #[error(transparent)]
    Remote(RemoteError),
    /// What the ledger says does not verify.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The file is no trust anchor.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The card is not one that a provider signed.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The ledger has no such provider.
    #[error("the ledger has no such provider")]
    UnknownProvider,
    /// More than one provider has this name.
    #[error("more than one provider has this name")]
    AmbiguousProvider,
    /// What is known of the ledger is too old to decide by.
    #[error("the ledger's last word is too old to decide by")]
    LedgerStale,
    /// Governance has suspended the provider.
    #[error("the provider is suspended")]
    ProviderSuspended,
    /// The provider's signing key was replaced without the provider's own consent.
    #[error("the provider's key was replaced without its own signature")]
    ProviderKeyChanged,
    /// The grant's terms break a rule.
    #[error(transparent)]
    Terms(#[from] InvalidTerms),
    /// There is no such grant.
    #[error("there is no such grant")]
    NoSuchGrant,
    /// The grant's state does not allow this.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// What a provider asks for can't be read, or is not to be believed.
    #[error(transparent)]
    Request(#[from] AccessRequestError),
    /// There is no such request.
    #[error("there is no such request")]
    NoSuchRequest,
    /// The request was agreed to or refused before.
    #[error("the request was answered before")]
    RequestAnswered,
    /// The answer would give more than was asked for.
    #[error("the request asks for less; a grant of its own gives more")]
    RequestExceeded,
    /// A transaction could not be made.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// There is no such share.
    #[error("there is no such share")]
    NoSuchShare,
    /// The share was revoked, and that is for ever.
    #[error("the share was revoked")]
    ShareEnded,
    /// A share link lives for 24 hours at most, or for 366 days where it is granted on the ledger.
    #[error("a share lives for at most 24 hours, or for 366 days where it is granted on the ledger")]
    ShareTooLong,
    /// A link to one file has no place for health cards.
    #[error("health cards go along with a link to a list of files only")]
    ShareCardsNeedList,
    /// There is no signed text of a card in the record.
    #[error("this record holds no health card")]
    NotAHealthCard,
    /// A health card goes along whole, and holds something of a kind that is to be left out.
    #[error("the health card holds something of a kind that is to be left out")]
    CardHoldsLeftOut,
    /// The share was not granted on the ledger, which proves nothing of it.
    #[error("the share is not on the ledger")]
    ShareNotOnLedger,
    /// The records could not be put together for a share.
    #[error(transparent)]
    Share(#[from] AssemblyError),
    /// A text is no passcode for a share.
    #[error(transparent)]
    Passcode(#[from] PasscodeError),
    /// A link that somebody shares did not give its file.
    #[error(transparent)]
    Link(#[from] OpenError),
    /// A clinic's server was not connected, or gives nothing.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no such source.
    #[error("there is no such source")]
    NoSuchSource,
    /// No list of clinics was taken in that has one of this name.
    #[error("no clinic of this name is in the lists that were taken in")]
    NoSuchBrand,
    /// Several clinics have this name.
    #[error("several clinics have this name; say which one by its address")]
    AmbiguousBrand,
    /// A list has no clinic with a server.
    #[error("no clinic with a server is in this list")]
    NoBrands,
    /// The host serves less than it has acknowledged, or than the ledger vouches for.
    #[error("the host serves an older state than it had before")]
    HostRolledBack,
    /// Another device has taken this wallet over, by its recovery words: nothing goes out from here any more.
    #[error("another device has taken this wallet over by its recovery words")]
    TakenOver,
    /// What the host serves was not made by this wallet.
    #[error("the host serves something that this wallet did not make")]
    SpaceDamaged,
}

/// What stood in the way of a sync, which did the rest. Two are the same if their errors have one code.
#[derive(Clone, Debug)]
pub struct SyncObstacle(Arc<WalletError>);

impl SyncObstacle {
    /// Why a server did not do what was asked, or what it said does not verify.
    pub fn error(&self) -> &WalletError {
        &self.0
    }

    /// The stable name of its error.
    pub fn code(&self) -> &'static str {
        self.0.code()
    }
}

impl From<WalletError> for SyncObstacle {
    fn from(error: WalletError) -> Self {
        Self(Arc::new(error))
    }
}

impl PartialEq for SyncObstacle {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code()
    }
}

impl Eq for SyncObstacle {}

/// Someone whom the records of an import are about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundPatient {
    /// Which one, from 1: `@1` as [`ImportOptions::patient`](crate::ImportOptions) means this person.
    pub number: u64,
    /// What else means this person there: an id, or `@` and the number where no id does.
    pub id: String,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The birth date, if there is one.
    pub birth_date: Option<String>,
    /// How many of the records are about this person.
    pub records: u64,
    /// Whether this is the owner of the wallet.
    pub is_owner: bool,
}

impl WalletError {
    /// Whether the same may succeed later without anybody changing anything: nobody was reached.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Remote(error) if error.is_temporary())
    }

    /// Whether a server, or the way to it, is the cause: what was to be told it stays queued.
    pub fn is_of_servers(&self) -> bool {
        matches!(self, Self::Remote(_) | Self::Proof(_) | Self::LedgerStale)
    }

    /// Why the destination of an export failed.
    pub fn of_export(error: std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => StoreError::DiskFull.into(),
            _ => Self::ExportIo(error),
        }
    }

    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Locked => "Locked",
            Self::Unfinished => "Unfinished",
            Self::Store(error) => error.code(),
            Self::Import(error) | Self::Quarantined { reason: error, .. } => error.code(),
            Self::OtherPatient { .. } => "OtherPatient",
            Self::NoSuchPatient { .. } => "NoSuchPatient",
            Self::NoSuchPerson => "NoSuchPerson",
            Self::NoSuchRecord => "NoSuchRecord",
            Self::NotStamped => "NotStamped",
            Self::TimeStampWaiting => "TimeStampWaiting",
            Self::NoSuchAttachment => "NoSuchAttachment",
            Self::AttachmentNotHere => "AttachmentNotHere",
            Self::AttachmentDamaged => "AttachmentDamaged",
            Self::AmbiguousId { .. } => "AmbiguousId",
            Self::NoSuchQuarantined => "NoSuchQuarantined",
            Self::NoSuchImport => "NoSuchImport",
            Self::InvalidCursor(_) => "InvalidCursor",
            Self::QuizFailed => "QuizFailed",
            Self::ExportIo(_) => "ExportIo",
            Self::NotConnected => "NotConnected",
            Self::AlreadyConnected => "AlreadyConnected",
            Self::AnchorRefused(error) => error.code(),
            Self::SpaceExists => "SpaceExists",
            Self::SpaceMissing => "SpaceMissing",
            Self::Remote(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Anchor(error) => error.code(),
            Self::Card(error) => error.code(),
            Self::UnknownProvider => "UnknownProvider",
            Self::AmbiguousProvider => "AmbiguousProvider",
            Self::LedgerStale => "LedgerStale",
            Self::ProviderSuspended => "ProviderSuspended",
            Self::ProviderKeyChanged => "ProviderKeyChanged",
            Self::Terms(error) => error.code(),
            Self::NoSuchGrant => "NoSuchGrant",
            Self::Transition(_) => "GrantState",
            Self::Request(error) => error.code(),
            Self::NoSuchRequest => "NoSuchRequest",
            Self::RequestAnswered => "RequestAnswered",
            Self::RequestExceeded => "RequestExceeded",
            Self::Transaction(error) => error.code(),
            Self::NoSuchShare => "NoSuchShare",
            Self::ShareEnded => "ShareEnded",
            Self::ShareTooLong => "ShareTooLong",
            Self::ShareCardsNeedList => "ShareCardsNeedList",
            Self::NotAHealthCard => "NotAHealthCard",
            Self::CardHoldsLeftOut => "CardHoldsLeftOut",
            Self::ShareNotOnLedger => "ShareNotOnLedger",
            Self::Share(error) => error.code(),
            Self::Passcode(error) => error.code(),
            Self::Link(error) => error.code(),
            Self::Source(error) => error.code(),
            Self::NoSuchSource => "NoSuchSource",
            Self::NoSuchBrand => "NoSuchBrand",
            Self::AmbiguousBrand => "AmbiguousBrand",
            Self::NoBrands => "NoBrands",
            Self::HostRolledBack => "HostRolledBack",
            Self::TakenOver => "TakenOver",
            Self::SpaceDamaged => "SpaceDamaged",
        }
    }
}

impl FromStore for WalletError {
    fn is_disk_full(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_disk_full())
    }
}

impl From<PinError> for WalletError {
    fn from(error: PinError) -> Self {
        Self::Store(error.into())
    }
}

impl From<CryptoError> for WalletError {
    fn from(error: CryptoError) -> Self {
        Self::Store(error.into())
    }
}

impl From<DeviceKeyError> for WalletError {
    fn from(error: DeviceKeyError) -> Self {
        Self::Store(error.into())
    }
}

impl From<RemoteError> for WalletError {
    fn from(error: RemoteError) -> Self {
        match error {
            RemoteError::Proof(error) => Self::Proof(error),
            error => Self::Remote(error),
        }
    }
}

/// Heads and blobs of one's own that do not open.
impl From<HeadError> for WalletError {
    fn from(_: HeadError) -> Self {
        Self::SpaceDamaged
    }
}

impl From<RecordBlobError> for WalletError {
    fn from(_: RecordBlobError) -> Self {
        Self::SpaceDamaged
    }
}

impl From<rusqlite::Error> for WalletError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

//! What can go wrong for a provider.

use std::io;

use keepwell_net::{AnchorRefused, AnswerError, GatewayError, NetError, ServerError};
use keepwell_protocol::consent::InvalidTerms;
use keepwell_protocol::crypto::CryptoError;
use keepwell_protocol::domain::CborError;
use keepwell_protocol::formats::shl::OpenError;
use keepwell_protocol::ledger::{AnchorError, CardError, ProofError, TransactionError};
use keepwell_protocol::vault::{EnvelopeError, HeadError, PacketError, RecordBlobError};

use crate::refusal::Refusal;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ClinicError {
    /// There is a clinic in this home already; it was left as it is.
    #[error("there is a clinic in this home already")]
    AlreadyInitialised,
    /// There is no clinic in this home.
    #[error("there is no clinic in this home")]
    NotInitialised,
    /// Another process is writing.
    #[error("another process is using this home")]
    Busy,
    /// The key file beside the store is missing or of the wrong length.
    #[error("the key of the store is missing or damaged")]
    StoreKey,
    /// The store does not open with its key, or what it holds makes no sense.
    #[error("the store is damaged or belongs to another key")]
    StoreDamaged,
    /// The store was written by a newer version; it was left untouched.
    #[error("the store has schema version {found}, newest supported is {supported}")]
    StoreTooNew {
        /// The version found.
        found: u32,
        /// The newest that is known here.
        supported: u32,
    },
    /// The build does not encrypt.
    #[error("this build can't encrypt its store")]
    NotEncrypted,
    /// SQLite reported an error.
    #[error("the store can't be used")]
    Store(#[source] rusqlite::Error),
    /// A file of the home can't be read or written.
    #[error("a file of this home can't be read or written")]
    Io(#[source] io::Error),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The desk page does not serve, mostly because its address is taken.
    #[error(transparent)]
    Desk(#[from] keepwell_server::ServerError),
    /// The address of a server is not https, nor http on loopback.
    #[error("a server's address is https, or http on this machine")]
    InvalidAddress,
    /// A cryptographic operation failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// An object is malformed.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// The card would not be a card.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The trust anchor is not one.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// The trust anchor is not taken in the place of the one there is.
    #[error(transparent)]
    AnchorRefused(#[from] AnchorRefused),
    /// The network did not give an answer.
    #[error(transparent)]
    Net(#[from] NetError),
    /// A server refused, with a code of its own.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// What answered with success is not the server that was asked, or says something else than it was to.
    #[error("what answered is not the server that was asked")]
    NoAnswer,
    /// The host is of 0.1.0 and does not say what it did.
    #[error("the server is older than this program and must be updated first")]
    ServerTooOld,
    /// The ledger's gateway gave no answer that may be believed.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The grant is not in force.
    #[error("{0}")]
    NotInForce(Refusal),
    /// A server's answer is not what it should be.
    #[error("the server's answer is not one")]
    UnexpectedAnswer,
    /// A proof from the ledger does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A transaction is malformed.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// An envelope is not accepted.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The host's inbox does not go on from page to page.
    #[error("the pages of the inbox do not go on")]
    InboxRepeats,
    /// More envelopes came of one grant than any wallet sends.
    #[error("too many envelopes came of this grant")]
    EnvelopeRepeated,
    /// Terms break a rule.
    #[error(transparent)]
    Terms(#[from] InvalidTerms),
    /// There is no such grant here.
    #[error("there is no such grant here")]
    UnknownGrant,
    /// The grant has no such record, or not any more.
    #[error("there is no such record in this grant")]
    UnknownRecord,
    /// The match code is another.
    #[error("the match code is not the one of this grant")]
    WrongMatchCode,
    /// The ledger shows other terms than those the patient sent.
    #[error("the grant was changed, and its new terms have not arrived")]
    GrantChanged,
    /// The host served something older than it served before.
    #[error("the host served an older state than before")]
    HostRolledBack,
    /// A head's signature or content is wrong.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The packet does not open.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// The packet has no key for a head that the host served.
    #[error("the keys that came do not fit the records that came")]
    PacketIncomplete,
    /// A list of records does not open.
    #[error(transparent)]
    Segment(#[from] RecordBlobError),
    /// A share link or its picture can't be used.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// Another desk page of this home is running.
    #[error("the desk page of this clinic is served already")]
    DeskRunning,
    /// The desk page would be reachable from other machines.
    #[error("the desk page listens on this machine only")]
    ListenAddress,
    /// A form was not sent by the page that it belongs to.
    #[error("the form was not sent by this page")]
    ForgedForm,
    /// The host has more of this clinic's access log than this home, which was put back to an older state.
    #[error("the host has more of this clinic's access log than this home")]
    AccessLogBehind,
    /// The work was broken off.
    #[error("the work was broken off")]
    Interrupted,
    /// A server goes by another time than this device.
    #[error("this device's clock and the server's differ")]
    ClockSuspect,
}

impl ClinicError {
    /// The stable name of this error.
    pub fn code(&self) -> &str {
        match self {
            Self::AlreadyInitialised => "AlreadyInitialised",
            Self::NotInitialised => "NotInitialised",
            Self::Busy => "Busy",
            Self::StoreKey => "StoreKeyMissing",
            Self::StoreDamaged => "StorageCorrupt",
            Self::StoreTooNew { .. } => "StorageTooNew",
            Self::NotEncrypted => "NotEncrypted",
            Self::Store(_) => "StorageFailed",
            Self::Io(_) => "IoFailed",
            Self::Desk(error) => error.code(),
            Self::DiskFull => "DiskFull",
            Self::InvalidAddress => "InvalidAddress",
            Self::Crypto(error) => error.code(),
            Self::Cbor(error) => error.code(),
            Self::Card(error) => error.code(),
            Self::Anchor(error) => error.code(),
            Self::AnchorRefused(error) => error.code(),
            Self::Net(error) => error.code(),
            Self::Server(error) => error.code(),
            Self::NoAnswer => "AnswerMalformed",
            Self::ServerTooOld => "ServerTooOld",
            Self::Gateway(error) => error.code(),
            Self::NotInForce(refusal) => refusal.code(),
            Self::UnexpectedAnswer => "UnexpectedAnswer",
            Self::Proof(error) => error.code(),
            Self::Transaction(error) => error.code(),
            Self::Envelope(error) => error.code(),
            Self::InboxRepeats => "InboxRepeats",
            Self::EnvelopeRepeated => "EnvelopeRepeated",
            Self::Terms(error) => error.code(),
            Self::UnknownGrant => "UnknownGrant",
            Self::UnknownRecord => "UnknownRecord",
            Self::WrongMatchCode => "WrongMatchCode",
            Self::GrantChanged => "GrantChanged",
            Self::HostRolledBack => "HostRolledBack",
            Self::Head(error) => error.code(),
            Self::Packet(error) => error.code(),
            Self::PacketIncomplete => "PacketIncomplete",
            Self::Segment(error) => error.code(),
            Self::Share(error) => error.code(),
            Self::DeskRunning => "DeskRunning",
            Self::ListenAddress => "ListenAddress",
            Self::ForgedForm => "ForgedForm",
            Self::AccessLogBehind => "AccessLogBehind",
            Self::ClockSuspect => "ClockSuspect",
            Self::Interrupted => "Interrupted",
        }
    }
}

/// Why a share can't be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ShareError {
    /// The link can't be followed, or does not give its file.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What the link leads to is no health record that can be shown.
    #[error("what this link leads to can't be shown here")]
    NotShown,
    /// The picture is no PNG or JPEG, or too large.
    #[error("this is not a picture that can be read")]
    Picture,
    /// No QR code was found in the picture.
    #[error("no QR code was found in this picture")]
    NoCode,
}

impl ShareError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open(error) => error.code(),
            Self::NotShown => "LinkContent",
            Self::Picture => "PictureUnreadable",
            Self::NoCode => "QrAbsent",
        }
    }
}

impl From<AnswerError> for ClinicError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Server(error) => Self::Server(error),
            AnswerError::NoAnswer => Self::NoAnswer,
            AnswerError::TooOld => Self::ServerTooOld,
        }
    }
}

impl From<io::Error> for ClinicError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for ClinicError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase};
        // The log's index could not grow, which SQLite calls an I/O error.
        let extended = error.sqlite_error().map(|error| error.extended_code);
        if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::DiskFull;
        }
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::DiskFull,
            Some(DatabaseBusy | DatabaseLocked) => Self::Busy,
            Some(DatabaseCorrupt | NotADatabase) => Self::StoreDamaged,
            _ => Self::Store(error),
        }
    }
}

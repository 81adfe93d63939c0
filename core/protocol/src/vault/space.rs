//! A wallet's space at a host, as its owner sees it: heads, grants, links, and the access log.

use minicbor::{Decode, Encode};

use super::{GrantEntry, Moved, SealedHead};
use crate::domain::{BlobId, GrantId, LinkId, Object, Timestamp};

/// What a host must know of a share link.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LinkEntry {
    /// The secret path, 32 bytes; public as 43 base64url characters.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub path: [u8; 32],
    /// The id by which its owner names it, which its path does not tell.
    #[n(1)]
    pub id: LinkId,
    /// Served until before this second.
    #[n(2)]
    pub expires: Timestamp,
    /// How often it may be opened; absent: without limit.
    #[n(3)]
    pub opens: Option<u32>,
    /// Not served until resumed.
    #[n(4)]
    pub paused: bool,
    /// Ended for ever; it cannot be resumed.
    #[n(5)]
    pub revoked: bool,
    /// The grant on the ledger that it stands and ends with; absent: none.
    #[n(6)]
    pub grant: Option<GrantId>,
}

impl Object for LinkEntry {}

/// What an owner does to a link at once, outside a commit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LinkAction {
    /// Not served until resumed.
    Pause,
    /// Serve it again after a pause.
    Resume,
    /// End it for ever.
    Revoke,
}

impl LinkAction {
    /// The last part of the request's path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Revoke => "revoke",
        }
    }
}

/// A grant as the host holds it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SpaceGrant {
    /// What the owner's last commit said of it.
    #[n(0)]
    pub entry: GrantEntry,
    /// The owner has dropped it.
    #[n(1)]
    pub dropped: bool,
}

/// A whole space without its blobs.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct SpaceView {
    /// The version of the last commit; 0: none yet.
    #[n(0)]
    pub version: u64,
    /// Every compartment's head, with the owner's copy of its key.
    #[n(1)]
    pub heads: Vec<SealedHead>,
    /// Every grant that is not long over.
    #[n(2)]
    pub grants: Vec<SpaceGrant>,
    /// Every link that is not long over.
    #[n(3)]
    pub links: Vec<LinkEntry>,
    /// Where the owner has taken the space, if it was; unverified, see [`Moved::verify`].
    #[n(4)]
    pub moved_to: Option<Moved>,
}

impl Object for SpaceView {}

/// What happened in a space.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum LogEvent {
    /// A reader asked for a grant's heads, or was refused with this code.
    #[n(0)]
    #[cbor(array)]
    GrantRead {
        /// The grant that was asked for.
        #[n(0)]
        grant: GrantId,
        /// The code of the refusal.
        #[n(1)]
        refused: Option<String>,
    },
    /// A reader fetched blobs, with its sealed receipt.
    #[n(1)]
    #[cbor(array)]
    BlobsRead {
        /// The grant under which they were fetched.
        #[n(0)]
        grant: GrantId,
        /// The blobs, in the order asked.
        #[n(1)]
        blobs: Vec<BlobId>,
        /// The receipt, sealed for the owner.
        #[cbor(n(2), with = "minicbor::bytes")]
        receipt: Vec<u8>,
    },
    /// Somebody opened, or tried to open, a share link.
    #[n(2)]
    #[cbor(array)]
    LinkOpened {
        /// The link that was opened.
        #[n(0)]
        link: LinkId,
        /// Who they say they are, at most 256 characters.
        #[n(1)]
        recipient: String,
        /// `opened`, `expired`, `paused`, `revoked`, `used-up`, `passcode-wrong` or, once that was so too often, `locked`;
        /// `unproved` where the ledger does not show, or not lately, that its grant is in force.
        #[n(2)]
        outcome: String,
    },
}

/// One entry of a space's access log.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LogEntry {
    /// Rises by one with each entry, from 1.
    #[n(0)]
    pub sequence: u64,
    /// When, by the host's clock.
    #[n(1)]
    pub time: Timestamp,
    /// Who read, or tried to read, what.
    #[n(2)]
    pub event: LogEvent,
    /// For a reader: the request it signed, as evidence.
    #[n(3)]
    pub request: Option<minicbor::bytes::ByteVec>,
}

impl Object for LogEntry {}

/// A page of the access log, oldest first.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LogPage {
    /// The entries after the one asked for.
    #[n(0)]
    pub entries: Vec<LogEntry>,
    /// Whether there are more behind them.
    #[n(1)]
    pub more: bool,
}

impl Object for LogPage {}

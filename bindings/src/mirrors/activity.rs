//! What happened, and how far it is proved.

use keepwell_protocol::domain::{GrantId, LinkId, Purpose};
use keepwell_wallet::{
    Activity, ActivityEvent, ActivityLog, GrantActivity, GrantRefusal, ReadProof, ReadReceipt, ReceiptFlaw,
    RequestFlaw, RequestProof, ShareOutcome,
};

use super::Instant;

/// What happened about one grant.
#[uniffi::remote(Record)]
pub struct GrantActivity {
    /// What happened, newest first.
    pub entries: Vec<Activity>,
    /// How many records were read under it, each once, what nothing proves included: so many may still be held there
    /// once it has ended. None where nobody was reached who knows.
    pub records_read: Option<u64>,
}

/// What happened, as far as it is known here.
#[uniffi::remote(Record)]
pub struct ActivityLog {
    /// What happened, newest first.
    pub entries: Vec<Activity>,
    /// Whether nobody was reached who knows what others did.
    pub is_own_only: bool,
}

/// One thing that happened.
#[uniffi::remote(Record)]
pub struct Activity {
    /// When: by the host's clock what others did, by this device's what the owner did.
    pub time: Instant,
    pub event: ActivityEvent,
}

/// What can happen.
#[uniffi::remote(Enum)]
pub enum ActivityEvent {
    Granted {
        grant: GrantId,
        name: String,
    },
    Revoked {
        grant: GrantId,
        name: String,
    },
    /// A provider asked which records there are.
    GrantRead {
        grant: GrantId,
        /// The provider; empty if this wallet has made no such grant.
        name: String,
        request: RequestProof,
    },
    /// A provider asked, and the host refused.
    GrantDenied {
        grant: GrantId,
        name: String,
        /// Why, by the word of the host.
        reason: GrantRefusal,
        request: RequestProof,
    },
    RecordsRead {
        grant: GrantId,
        /// The provider; empty if this wallet has made no such grant.
        name: String,
        /// Sealed pieces that it fetched.
        count: u32,
        /// Whether it signed the request for them.
        request: RequestProof,
        /// What it signed about the read.
        receipt: ReadReceipt,
    },
    ShareMade {
        share: LinkId,
        label: String,
    },
    ShareOpened {
        share: LinkId,
        /// Who they said they are.
        recipient: String,
    },
    /// Somebody wanted to open a share, and the host refused.
    ShareDenied {
        share: LinkId,
        /// Who they said they are.
        recipient: String,
        /// Why; never `Opened`.
        reason: ShareOutcome,
    },
}

/// Why a host refused a provider, as it says.
#[uniffi::remote(Enum)]
pub enum GrantRefusal {
    /// The ledger did not show the grant yet.
    Pending,
    /// The grant's time was over.
    Expired,
    /// The patient had ended the grant.
    Revoked,
    /// What the host had of the ledger was too old to serve anything by.
    Stale,
    /// The host gives a reason that this program does not know.
    Unknown,
}

/// What came of an attempt to open a share, as the host says.
#[uniffi::remote(Enum)]
pub enum ShareOutcome {
    /// The host gave out what is shared.
    Opened,
    /// The share's time was over.
    Expired,
    /// The patient had paused the share.
    Paused,
    /// The patient had ended the share.
    Revoked,
    /// The share had been opened as often as it may be.
    UsedUp,
    /// The passcode was wrong.
    PasscodeWrong,
    /// The passcode had been wrong as often as the host takes, and the share is over.
    Locked,
    /// The ledger did not show, or not lately, that the share's grant is in force.
    Unproved,
    /// The host gives a reason that this program does not know.
    Unknown,
}

/// Whether a provider asked what the host says it asked.
#[uniffi::remote(Enum)]
pub enum RequestProof {
    /// The reader key of the grant signed exactly this request, at about the time of the entry.
    Signed,
    /// Nothing proves it: the host may have made it up, or shows something else than there was.
    Unproved {
        /// What is wrong with the proof.
        reason: RequestFlaw,
    },
}

/// Why a logged request proves nothing.
#[uniffi::remote(Enum)]
pub enum RequestFlaw {
    /// This wallet has made no such grant.
    UnknownGrant,
    /// The entry has no signed request, or one that can't be read.
    Missing,
    /// The signature is not that of the key which it names over what the entry shows.
    BadSignature,
    /// It is signed, by another key than the reader's.
    OtherSigner,
    /// What was signed is another request: about another grant, or with other blobs or another receipt.
    OtherRequest,
    /// It was signed more than five minutes before or after the time of the entry.
    OtherTime,
    /// The same signed request stands in an entry before this one, of those that were fetched with it.
    Repeated,
}

/// What proves that a provider read records.
#[uniffi::remote(Enum)]
pub enum ReadProof {
    /// It signed the request for them and a receipt.
    Receipt,
    /// It signed the request for them and gave no receipt that holds: it read, and does not account for it.
    Request,
    /// The host says so, and nothing proves it.
    Unproved,
}

/// What the provider signed about a read.
#[uniffi::remote(Enum)]
pub enum ReadReceipt {
    /// A receipt for exactly these blobs. Where the request is not signed, it is a receipt without a
    /// read.
    Valid {
        /// What for, as the provider says.
        purpose: Purpose,
        /// By the provider's clock.
        time: Instant,
    },
    /// None that holds. Where the request is signed, the provider read without a receipt.
    Invalid { reason: ReceiptFlaw },
}

/// Why a receipt is none for the read beside it.
#[uniffi::remote(Enum)]
pub enum ReceiptFlaw {
    /// This wallet has made no such grant, so it has no key to open the receipt.
    UnknownGrant,
    Missing,
    /// It does not open with the secret of this relationship, or is no receipt.
    Unreadable,
    /// Neither the provider's pinned key signed it nor one that the provider had before.
    OtherSigner,
    /// The provider signed it for another grant or other blobs than the entry shows.
    OtherRead,
    /// Its time lies more than five minutes before or after that of the entry.
    OtherTime,
}

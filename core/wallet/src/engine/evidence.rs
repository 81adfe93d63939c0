//! What proves an entry of the host's access log: the request that the reader signed, and the
//! provider's receipt.
//!
//! So a host can't invent a read, or show another than there was, and a provider can't read and say
//! nothing of it. That the host leaves an entry out is seen nowhere here.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::consent::{LoggedRead, ReceiptError, SignedReceipt};
use keepwell_protocol::crypto::{self, PairSecret, PublicKey};
use keepwell_protocol::domain::{BlobId, GrantId, Object, Purpose, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, RequestSignatureError, verify_evidence};
use keepwell_protocol::vault::{BlobRequest, LogEntry};
use rusqlite::Connection;
use url::{Position, Url};

use crate::store::held_keys::HeldKeys;
use crate::store::seen_entries::SeenDigest;
use crate::store::{StoreError, grants, relationships};

/// Whether a provider asked what the host says it asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RequestProof {
    /// The reader key of the grant signed exactly this request, at about the time of the entry.
    Signed,
    /// Nothing proves it: the host may have made it up, or shows something else than there was.
    Unproved {
        /// What is wrong with the proof.
        reason: RequestFlaw,
    },
}

impl RequestProof {
    /// The stable name: `signed`, or what is wrong.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Unproved { reason } => reason.as_str(),
        }
    }
}

/// Why a logged request proves nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    /// The same signed request stood in an entry before this one.
    Repeated,
}

impl RequestFlaw {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownGrant => "unknown-grant",
            Self::Missing => "missing",
            Self::BadSignature => "bad-signature",
            Self::OtherSigner => "other-signer",
            Self::OtherRequest => "other-request",
            Self::OtherTime => "other-time",
            Self::Repeated => "repeated",
        }
    }
}

/// What the provider signed about a read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReadReceipt {
    /// A receipt for exactly these blobs. Where the request is not signed, it is a receipt without a
    /// read.
    Valid {
        /// What for, as the provider says.
        purpose: Purpose,
        /// When, by the provider's clock.
        time: Timestamp,
    },
    /// None that holds. Where the request is signed, the provider read without a receipt.
    Invalid {
        /// What is wrong with it.
        reason: ReceiptFlaw,
    },
}

impl ReadReceipt {
    /// The stable name: `valid`, or what is wrong.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid { .. } => "valid",
            Self::Invalid { reason } => reason.as_str(),
        }
    }
}

/// Why a receipt is none for the read beside it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReceiptFlaw {
    /// This wallet has made no such grant, so it has no key to open the receipt.
    UnknownGrant,
    /// There is none.
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

impl ReceiptFlaw {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownGrant => "unknown-grant",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::OtherSigner => "other-signer",
            Self::OtherRead => "other-read",
            Self::OtherTime => "other-time",
        }
    }
}

impl From<ReceiptError> for ReceiptFlaw {
    fn from(error: ReceiptError) -> Self {
        match error {
            ReceiptError::Crypto(_) | ReceiptError::Cbor(_) => Self::Unreadable,
            ReceiptError::Signature(_) => Self::OtherSigner,
            ReceiptError::OtherRead => Self::OtherRead,
            ReceiptError::OtherTime => Self::OtherTime,
        }
    }
}

impl From<RequestSignatureError> for RequestFlaw {
    fn from(error: RequestSignatureError) -> Self {
        use RequestSignatureError as E;
        match error {
            E::BadAddress | E::Crypto(_) | E::Malformed | E::WrongComponents | E::BadKey => Self::Missing,
            E::WrongDigest => Self::OtherRequest,
            E::NotNow => Self::OtherTime,
            E::BadSignature => Self::BadSignature,
        }
    }
}

/// Judges the entries of a log, which it must be shown in their order.
#[derive(Default)]
pub(crate) struct LogVerifier {
    readers: BTreeMap<GrantId, Option<Reader>>,
    /// The requests that entries showed, those before the first one that is judged here included.
    seen: BTreeSet<SeenDigest>,
    /// Those that were shown here first.
    shown: Vec<SeenDigest>,
}

/// What a grant's entries must be signed with.
struct Reader {
    key: PublicKey,
    pair: PairSecret,
    provider: Vec<PublicKey>,
}

impl LogVerifier {
    /// Judges the entries that follow on those by which `seen` was shown.
    pub(crate) fn after(seen: BTreeSet<SeenDigest>) -> Self {
        Self { seen, ..Self::default() }
    }

    /// The requests that were shown here first.
    pub(crate) fn into_shown(self) -> Vec<SeenDigest> {
        self.shown
    }

    /// Looks up a grant, before its entries are judged.
    pub(crate) fn add_grant(
        &mut self,
        connection: &Connection,
        keys: &HeldKeys,
        grant: GrantId,
    ) -> Result<(), StoreError> {
        if self.readers.contains_key(&grant) {
            return Ok(());
        }
        let relationship = match grants::find(connection, grant)? {
            Some(stored) => relationships::find(connection, stored.terms.account)?,
            None => None,
        };
        let reader = relationship.map(|relationship| {
            let pair = crypto::pair_secret(&keys.pair, &relationship.provider, relationship.index);
            let key = crypto::reader_key(&pair, &grant).public_key();
            Reader { key, pair, provider: relationship.signing_keys() }
        });
        self.readers.insert(grant, reader);
        Ok(())
    }

    /// Judges an entry that says that the reader asked for the heads of a grant.
    pub(crate) fn verify_heads_request(&mut self, entry: &LogEntry, grant: GrantId) -> RequestProof {
        self.verify(entry, grant, Some(b""), |request| is_for_heads(request, grant))
    }

    /// Judges an entry that says that a request was refused: for the heads, or for blobs that the
    /// entry does not show.
    pub(crate) fn verify_refused_request(&mut self, entry: &LogEntry, grant: GrantId) -> RequestProof {
        self.verify(entry, grant, None, |request| {
            is_for_heads(request, grant) || is_for_blobs(request, grant)
        })
    }

    /// Judges an entry that says that the reader fetched blobs.
    pub(crate) fn verify_blobs_request(
        &mut self,
        entry: &LogEntry,
        grant: GrantId,
        blobs: &[BlobId],
        receipt: &[u8],
    ) -> RequestProof {
        let body = BlobRequest { blobs: blobs.to_vec(), receipt: receipt.to_vec() }.to_cbor();
        self.verify(entry, grant, Some(&body), |request| is_for_blobs(request, grant))
    }

    /// Judges the receipt of an entry that says that the reader fetched blobs.
    pub(crate) fn verify_receipt(
        &self,
        time: Timestamp,
        grant: GrantId,
        blobs: &[BlobId],
        sealed: &[u8],
    ) -> ReadReceipt {
        let Some(Some(reader)) = self.readers.get(&grant) else {
            return ReadReceipt::Invalid { reason: ReceiptFlaw::UnknownGrant };
        };
        if sealed.is_empty() {
            return ReadReceipt::Invalid { reason: ReceiptFlaw::Missing };
        }
        let read = LoggedRead { grant, blobs, time };
        match SignedReceipt::open(sealed, &reader.provider, &reader.pair, read) {
            Ok(SignedReceipt { receipt, .. }) => {
                ReadReceipt::Valid { purpose: receipt.purpose, time: receipt.time }
            }
            Err(error) => ReadReceipt::Invalid { reason: error.into() },
        }
    }

    fn verify(
        &mut self,
        entry: &LogEntry,
        grant: GrantId,
        body: Option<&[u8]>,
        is_such: impl Fn(&Request) -> bool,
    ) -> RequestProof {
        match self.flaw(entry, grant, body, is_such) {
            Ok(()) => RequestProof::Signed,
            Err(reason) => RequestProof::Unproved { reason },
        }
    }

    fn flaw(
        &mut self,
        entry: &LogEntry,
        grant: GrantId,
        body: Option<&[u8]>,
        is_such: impl Fn(&Request) -> bool,
    ) -> Result<(), RequestFlaw> {
        let Some(Some(reader)) = self.readers.get(&grant) else { return Err(RequestFlaw::UnknownGrant) };
        let evidence = entry.request.as_ref().ok_or(RequestFlaw::Missing)?;
        let (request, signed) = verify_evidence(evidence, body)?;
        if signed.key != reader.key {
            return Err(RequestFlaw::OtherSigner);
        }
        if !is_such(&request) {
            return Err(RequestFlaw::OtherRequest);
        }
        let logged = LoggedRead { grant, blobs: &[], time: entry.time };
        if !logged.is_near(signed.created) {
            return Err(RequestFlaw::OtherTime);
        }
        let request = SeenDigest::of_request(grant, signed.created, &signed.nonce);
        if !self.seen.insert(request) {
            return Err(RequestFlaw::Repeated);
        }
        self.shown.push(request);
        Ok(())
    }
}

/// The authority is that under which the host was reached then, which may have been another name.
fn is_for_heads(request: &Request, grant: GrantId) -> bool {
    request.method == Method::Get && target(request) == format!("/v1/grants/{grant}")
}

fn is_for_blobs(request: &Request, grant: GrantId) -> bool {
    request.method == Method::Post && target(request) == format!("/v1/grants/{grant}/blobs")
}

/// Path and query, as they were signed.
fn target(request: &Request) -> String {
    Url::parse(&request.url).map_or_else(|_| String::new(), |url| url[Position::BeforePath..].to_owned())
}

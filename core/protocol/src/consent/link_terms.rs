//! The terms of a share link that is granted on the ledger: kept off it, committed to on it.

use minicbor::{Decode, Encode};

use crate::crypto;
use crate::domain::{Commitment, LinkId, Object, Timestamp};

/// What a patient grants with a share link: reading what lies behind it, to whoever has it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LinkTerms {
    /// The link.
    #[n(0)]
    pub link: LinkId,
    /// Its secret path at the host, 32 bytes.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub path: [u8; 32],
    /// When the patient approved.
    #[n(2)]
    pub created: Timestamp,
    /// In force until before this second.
    #[n(3)]
    pub not_after: Timestamp,
}

impl Object for LinkTerms {}

impl LinkTerms {
    /// What the ledger holds of these terms.
    pub fn commitment(&self, salt: &[u8; 32]) -> Commitment {
        crypto::commitment(salt, &self.to_cbor())
    }
}

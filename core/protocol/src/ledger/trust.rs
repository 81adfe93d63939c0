//! What a party trusts about a ledger: fixed rules, and what it has verified so far.

use minicbor::{Decode, Encode};

use super::Validator;
use crate::domain::{Duration, Object, Timestamp};

/// Rules of verification that do not depend on the ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrustPolicy {
    /// Accept a ledger with one signer, whose chain id starts `embedded-`: a demonstration.
    pub accept_embedded: bool,
    /// How far a header may be ahead of the clock.
    pub max_clock_drift: Duration,
    /// The longest time for which validators are trusted after a header, whatever the anchor says.
    pub trusting_period: Duration,
}

impl TrustPolicy {
    /// What the chain id of a ledger with one signer starts with.
    pub const EMBEDDED_PREFIX: &'static str = "embedded-";

    /// Refuses a ledger with one signer, 30 s of drift, 180 days.
    pub const STRICT: Self =
        Self { accept_embedded: false, max_clock_drift: Duration(30), trusting_period: Duration::days(180) };

    /// As [`TrustPolicy::STRICT`], and accepts a ledger with one signer: for demonstrations, which
    /// must say so wherever they show a proof.
    pub const DEMONSTRATION: Self = Self { accept_embedded: true, ..Self::STRICT };

    /// As this, for what a wallet decides: a header up to 5 minutes ahead of its clock counts as of now
    /// (flows.md §7).
    pub const fn with_wallet_drift(self) -> Self {
        Self { max_clock_drift: Duration::minutes(5), ..self }
    }
}

impl Default for TrustPolicy {
    fn default() -> Self {
        Self::STRICT
    }
}

/// The last header that was verified, and whom to believe from there on.
///
/// Stored by whoever verifies; comes from [`super::TrustAnchor::trusted_state`] at first and from
/// every verification after that.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct TrustedState {
    /// The form of this object.
    #[n(0)]
    pub format: u32,
    /// The name of the chain.
    #[n(1)]
    pub chain_id: String,
    /// The height of the verified header.
    #[n(2)]
    pub height: u64,
    /// The hash of the verified header.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub header_hash: [u8; 32],
    /// The header's time, its whole seconds
    #[n(4)]
    pub time: Timestamp,
    /// and the nanoseconds after them.
    #[n(5)]
    pub nanoseconds: u32,
    /// The validators of the next block.
    #[n(6)]
    pub validators: Vec<Validator>,
    /// How long after a header its validators are trusted.
    #[n(7)]
    pub trusting_period: Duration,
}

impl Object for TrustedState {}

impl TrustedState {
    /// The form that is written here.
    pub const FORMAT: u32 = 1;

    /// Says whether one signer makes this ledger: a demonstration, not a consensus.
    pub fn is_embedded(&self) -> bool {
        self.chain_id.starts_with(TrustPolicy::EMBEDDED_PREFIX)
    }
}

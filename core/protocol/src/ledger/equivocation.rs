//! Two headers for one height: what shows to anybody which of a ledger's validators signed both.

use minicbor::{Decode, Encode};
use tendermint::account;

use super::{LightBlock, ProofError, TrustPolicy, TrustedState, verify_light_block};
use crate::domain::{Object, Timestamp};

/// Two light blocks of one height, each signed by enough validators to be believed.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Equivocation {
    /// The form of this object.
    #[n(0)]
    pub format: u32,
    /// The light block that was seen first; in a comparison the host's.
    #[n(1)]
    pub one: LightBlock,
    /// A light block of the same height with another header.
    #[n(2)]
    pub other: LightBlock,
}

impl Object for Equivocation {}

impl Equivocation {
    /// The form that is written here.
    pub const FORMAT: u32 = 1;
    /// The largest, in bytes.
    pub const LONGEST: usize = 128 * 1_024;

    /// Of these two, which are not verified here.
    pub fn new(one: LightBlock, other: LightBlock) -> Self {
        Self { format: Self::FORMAT, one, other }
    }
}

/// What an equivocation shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Equivocated {
    /// The height that has two headers.
    pub height: u64,
    /// The times of the two headers.
    pub times: [Timestamp; 2],
    /// The addresses of those validators who signed both, 20 bytes each.
    pub validators: Vec<[u8; account::LENGTH]>,
}

/// Verifies that a ledger that is trusted so far has two headers for one height.
///
/// # Errors
/// [`ProofError`] if one of the two would not be believed, [`ProofError::BadProof`] if they are of different heights or
/// the same header. How old the anchor may be: as for [`verify_existence`](super::verify_existence).
pub fn verify_equivocation(
    equivocation: &[u8],
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<Equivocated, ProofError> {
    if equivocation.len() > Equivocation::LONGEST {
        return Err(ProofError::TooLong);
    }
    let Equivocation { format, one, other } =
        Equivocation::from_cbor(equivocation).map_err(|_| ProofError::Malformed)?;
    if format != Equivocation::FORMAT {
        return Err(ProofError::UnknownVersion);
    }
    for block in [&one, &other] {
        verify_signed(block, trusted, policy, now)?;
    }
    let height = one.height()?;
    if height != other.height()? || one.header_hash()? == other.header_hash()? {
        return Err(ProofError::BadProof);
    }
    let (signed, both) = (one.signers()?, other.signers()?);
    Ok(Equivocated {
        height,
        times: [one.time()?, other.time()?],
        validators: signed.intersection(&both).copied().collect(),
    })
}

/// Verifies that a light block has the votes by which it would be believed, whether or not it fits what is trusted.
///
/// # Errors
/// As [`verify_light_block`], but for what a header of another chain of the same validators is refused by.
pub fn verify_signed(
    block: &LightBlock,
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<(), ProofError> {
    match verify_light_block(block, trusted, policy, now) {
        Ok(_) | Err(ProofError::Equivocation) => Ok(()),
        // Of a header that is not newer the votes were verified before its time is looked at.
        Err(ProofError::HeaderOutOfOrder) if block.height()? <= trusted.height => Ok(()),
        Err(error) => Err(error),
    }
}

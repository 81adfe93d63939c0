//! A light block: a header, the votes on it and the validators who may vote, as bytes.

use std::collections::BTreeSet;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use tendermint::block::CommitSig;
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator::Set;
use tendermint::{Hash, account};
use tendermint_proto::Protobuf;
use tendermint_proto::v0_38::types as proto;

use super::{ProofError, Validator, validator};
use crate::domain::{Object, Timestamp};

/// A light block on its way.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct LightBlock {
    /// `tendermint.types.LightBlock` of CometBFT 0.38, without proposer priorities and nil votes.
    #[cbor(n(0), with = "minicbor::bytes")]
    block: Vec<u8>,
    /// `tendermint.types.ValidatorSet` of the next block, where that differs.
    #[n(1)]
    next_validators: Option<ByteVec>,
}

impl Object for LightBlock {}

impl LightBlock {
    /// Writes a light block.
    ///
    /// `next_validators` is the set of the next block. Nil votes are left out, since they say nothing
    /// for the header.
    pub fn new(signed_header: SignedHeader, validators: &Set, next_validators: &Set) -> Self {
        let mut signed_header = signed_header;
        for vote in &mut signed_header.commit.signatures {
            if matches!(vote, CommitSig::BlockIdFlagNil { .. }) {
                *vote = CommitSig::BlockIdFlagAbsent;
            }
        }
        let next_differs = next_validators.hash() != validators.hash();
        Self {
            block: Parsed { signed_header, validators: plain(validators) }.encode_vec(),
            next_validators: next_differs
                .then(|| Protobuf::<proto::ValidatorSet>::encode_vec(plain(next_validators)).into()),
        }
    }

    /// Leaves out the votes beyond the first, in the order of the set, that hold more than two
    /// thirds of the power.
    ///
    /// # Errors
    /// [`ProofError::Malformed`] if this is no light block.
    pub fn pruned(&self) -> Result<Self, ProofError> {
        let mut parsed = self.parse()?.0;
        let total = u128::from(parsed.validators.total_voting_power().value());
        let mut tallied = 0_u128;
        let powers: Vec<u64> = parsed.validators.validators().iter().map(|info| info.power()).collect();
        for (vote, power) in parsed.signed_header.commit.signatures.iter_mut().zip(powers) {
            if tallied * 3 > total * 2 {
                *vote = CommitSig::BlockIdFlagAbsent;
            } else if vote.is_commit() {
                tallied += u128::from(power);
            }
        }
        Ok(Self { block: parsed.encode_vec(), next_validators: self.next_validators.clone() })
    }

    /// The height that the header claims.
    ///
    /// # Errors
    /// [`ProofError::Malformed`] if this is no light block.
    pub fn height(&self) -> Result<u64, ProofError> {
        Ok(self.parse()?.0.signed_header.header.height.value())
    }

    /// The time that the header claims, whole seconds.
    ///
    /// # Errors
    /// [`ProofError::Malformed`] if this is no light block.
    pub fn time(&self) -> Result<Timestamp, ProofError> {
        let seconds = self.parse()?.0.signed_header.header.time.unix_timestamp();
        u64::try_from(seconds).map(Timestamp).map_err(|_| ProofError::Malformed)
    }

    /// The hash of the header.
    ///
    /// # Errors
    /// [`ProofError::Malformed`] if this is no light block.
    pub fn header_hash(&self) -> Result<[u8; 32], ProofError> {
        self.parse()?.0.header_hash()
    }

    /// Who may vote on the block, in the order of the set.
    ///
    /// # Errors
    /// [`ProofError`] if this is no light block.
    pub fn validators(&self) -> Result<Vec<Validator>, ProofError> {
        validator::from_set(&self.parse()?.0.validators).ok_or(ProofError::BadValidators)
    }

    /// The addresses of those whose votes are in it.
    pub(super) fn signers(&self) -> Result<BTreeSet<[u8; account::LENGTH]>, ProofError> {
        let commit = self.parse()?.0.signed_header.commit;
        let votes = commit.signatures.iter().filter(|vote| vote.is_commit());
        Ok(votes
            .filter_map(CommitSig::validator_address)
            .filter_map(|address| address.as_bytes().try_into().ok())
            .collect())
    }

    /// Parses the parts: the block and the next set of validators, sound but not verified.
    pub(super) fn parse(&self) -> Result<(Parsed, Set), ProofError> {
        let parsed = Parsed::decode_vec(&self.block).map_err(|_| ProofError::Malformed)?;
        if parsed.clone().encode_vec() != self.block {
            return Err(ProofError::Malformed);
        }
        let next = match &self.next_validators {
            None => parsed.validators.clone(),
            Some(bytes) => {
                let next = <Set as Protobuf<proto::ValidatorSet>>::decode_vec(bytes)
                    .map_err(|_| ProofError::Malformed)?;
                let canonical = Protobuf::<proto::ValidatorSet>::encode_vec(plain(&next)) == bytes.as_slice();
                if !canonical || next.hash() == parsed.validators.hash() {
                    return Err(ProofError::Malformed);
                }
                next
            }
        };
        if validator::is_sound(&parsed.validators) && validator::is_sound(&next) {
            Ok((parsed, next))
        } else {
            Err(ProofError::BadValidators)
        }
    }
}

/// The CometBFT message, parsed.
#[derive(Clone)]
pub(super) struct Parsed {
    pub(super) signed_header: SignedHeader,
    pub(super) validators: Set,
}

impl Parsed {
    pub(super) fn header_hash(&self) -> Result<[u8; 32], ProofError> {
        match self.signed_header.header.hash() {
            Hash::Sha256(hash) => Ok(hash),
            Hash::None => Err(ProofError::Malformed),
        }
    }
}

impl Protobuf<proto::LightBlock> for Parsed {}

impl TryFrom<proto::LightBlock> for Parsed {
    type Error = tendermint::Error;

    fn try_from(block: proto::LightBlock) -> Result<Self, Self::Error> {
        let (Some(signed_header), Some(validators)) = (block.signed_header, block.validator_set) else {
            return Err(tendermint::Error::invalid_signed_header());
        };
        Ok(Self { signed_header: signed_header.try_into()?, validators: validators.try_into()? })
    }
}

impl From<Parsed> for proto::LightBlock {
    fn from(parsed: Parsed) -> Self {
        Self {
            signed_header: Some(parsed.signed_header.into()),
            validator_set: Some(plain(&parsed.validators).into()),
        }
    }
}

/// The set without what no hash covers: proposer, priorities, names.
fn plain(set: &Set) -> Set {
    let mut set = set.clone();
    set.proposer = None;
    for info in &mut set.validators {
        info.proposer_priority = 0.into();
        info.name = None;
    }
    set
}

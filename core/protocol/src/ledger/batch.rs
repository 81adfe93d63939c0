//! Many proofs under one header: what a host answers to a wallet that asks about all its grants.

use std::collections::BTreeMap;

use minicbor::{Decode, Decoder, Encode, Encoder};

use super::verify::verify_in_tree;
use super::{
    LightBlock, ProofError, StateKey, StoreRoots, TrustPolicy, TrustedState, Verified, verify_light_block,
};
use crate::domain::{Object, Timestamp};

/// The keys that are asked for, each once.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(transparent)]
pub struct ProofRequest(#[n(0)] pub Vec<StateKey>);

impl Object for ProofRequest {}

impl ProofRequest {
    /// The most keys in one request.
    pub const LIMIT: usize = 200;
}

/// What lies under one key, or that nothing does: `[key, value?, proof]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyProof {
    /// What was asked for: a key of the state tree.
    pub key: StateKey,
    /// The value; absent where there is nothing under the key.
    pub value: Option<Vec<u8>>,
    /// The proof in the Jellyfish Merkle tree, in `jmt`'s Borsh form.
    pub proof: Vec<u8>,
}

/// A light block and, for each key that was asked for, the way from its value to that block's header.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct ProofBatch {
    /// The block whose header carries the app hash.
    #[n(0)]
    pub light_block: LightBlock,
    /// What the app hash stands for.
    #[n(1)]
    pub roots: StoreRoots,
    /// One for each key.
    #[n(2)]
    pub proofs: Vec<KeyProof>,
}

impl Object for ProofBatch {}

impl ProofBatch {
    /// The largest batch, in bytes.
    pub const LONGEST: usize = 2 * 1_024 * 1_024;
}

/// Verifies a batch for `keys` from its bytes: the light block once, then each key's way to it. The
/// answers are in the order of `keys`; their `bytes` are those of each proof alone.
///
/// # Errors
/// [`ProofError`] names the first thing that does not hold; nothing of the batch is to be believed.
/// [`ProofError::ProofKeyMismatch`] for a key that was not asked for, [`ProofError::Repeated`] and
/// [`ProofError::Incomplete`] where one is answered twice or not at all.
pub fn verify_batch(
    batch: &[u8],
    keys: &[StateKey],
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<Vec<Verified>, ProofError> {
    if batch.len() > ProofBatch::LONGEST {
        return Err(ProofError::TooLong);
    }
    let batch = ProofBatch::from_cbor(batch).map_err(|_| ProofError::Malformed)?;
    let header = verify_light_block(&batch.light_block, trusted, policy, now)?;
    if header.app_hash != batch.roots.app_hash() {
        return Err(ProofError::BadProof);
    }
    let mut answered = BTreeMap::new();
    for answer in batch.proofs {
        if !keys.contains(&answer.key) {
            return Err(ProofError::ProofKeyMismatch);
        }
        verify_in_tree(&batch.roots.state, &answer.key.to_bytes(), answer.value.as_deref(), &answer.proof)?;
        let verified = Verified {
            value: answer.value,
            height: header.height,
            time: header.time,
            validators: header.validators,
            bytes: answer.proof.len(),
            next_state: header.next_state.clone(),
        };
        if answered.insert(answer.key, verified).is_some() {
            return Err(ProofError::Repeated);
        }
    }
    keys.iter().map(|key| answered.get(key).cloned().ok_or(ProofError::Incomplete)).collect()
}

impl<C> Encode<C> for KeyProof {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(if self.value.is_some() { 3 } else { 2 })?;
        self.key.encode(e, context)?;
        if let Some(value) = &self.value {
            e.bytes(value)?;
        }
        e.bytes(&self.proof)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for KeyProof {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, minicbor::decode::Error> {
        let parts = d.array()?;
        let key = StateKey::decode(d, context)?;
        let value = match parts {
            Some(3) => Some(d.bytes()?.to_vec()),
            Some(2) => None,
            _ => return Err(minicbor::decode::Error::message("a key's proof has two or three parts")),
        };
        Ok(Self { key, value, proof: d.bytes()?.to_vec() })
    }
}

//! Validators as stored and as CometBFT counts them.

use minicbor::{Decode, Encode};
use tendermint::validator::{Info, Set};

/// A validator and its power.
#[derive(
    Clone, Debug, Decode, Encode, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize,
)]
#[cbor(array)]
pub struct Validator {
    /// Its Ed25519 key, 32 bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    #[serde(with = "hash_text")]
    pub key: [u8; 32],
    /// Its voting power, at least 1.
    #[n(1)]
    pub power: u64,
}

/// How many of these may fail or lie, whoever they are, and the others still decide: none of fewer than four, or where one
/// has a third of the power. With none it is no consensus of several, whatever the ledger is called.
pub fn may_fail(validators: &[Validator]) -> usize {
    let mut powers: Vec<u128> = validators.iter().map(|validator| validator.power.into()).collect();
    powers.sort_unstable_by(|one, other| other.cmp(one));
    let total: u128 = powers.iter().sum();
    let failed = powers.iter().scan(0, |failed, power| {
        *failed += power;
        Some(*failed)
    });
    failed.take_while(|failed| failed * 3 < total).count()
}

/// CometBFT's set of these validators; nothing if one of them is unusable or named twice.
pub(super) fn to_set(validators: &[Validator]) -> Option<Set> {
    let infos: Option<Vec<Info>> = validators
        .iter()
        .map(|validator| {
            let key = tendermint::PublicKey::from_raw_ed25519(&validator.key)?;
            Some(Info::new(key, validator.power.try_into().ok()?))
        })
        .collect();
    let infos = infos?;
    // `Set` itself aborts on a sum that is too large.
    let total = infos.iter().try_fold(0_u64, |sum, info| sum.checked_add(info.power()))?;
    if total > Set::MAX_TOTAL_VOTING_POWER {
        return None;
    }
    Some(Set::without_proposer(infos)).filter(is_sound)
}

/// The validators of a set, in its order; nothing if one has a key of another kind.
pub(super) fn from_set(set: &Set) -> Option<Vec<Validator>> {
    set.validators()
        .iter()
        .map(|info| {
            let key = info.pub_key.ed25519()?.as_bytes().try_into().ok()?;
            Some(Validator { key, power: info.power() })
        })
        .collect()
}

/// Says whether every validator has power and none is there twice.
pub(super) fn is_sound(set: &Set) -> bool {
    let mut addresses: Vec<_> = set.validators().iter().map(|info| info.address).collect();
    addresses.sort_unstable();
    !addresses.is_empty()
        && addresses.windows(2).all(|pair| pair.first() != pair.last())
        && set.validators().iter().all(|info| !info.power.is_zero() && info.pub_key.ed25519().is_some())
}

/// 32 bytes as lowercase hex in JSON.
pub(super) mod hash_text {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::ledger) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let mut bytes = [0; 32];
        let text = String::deserialize(from)?;
        hex::decode_to_slice(text, &mut bytes).map_err(D::Error::custom)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_a_third_of_the_power_may_fail() {
        let of = |powers: &[u64]| {
            let validator = |power: &u64| Validator { key: [1; 32], power: *power };
            may_fail(&powers.iter().map(validator).collect::<Vec<_>>())
        };
        for (count, expected) in [(0, 0), (1, 0), (3, 0), (4, 1), (6, 1), (7, 2), (10, 3)] {
            assert_eq!(of(&vec![10; count]), expected, "{count}");
        }
        assert_eq!(of(&[20, 10, 10, 10, 10]), 0, "a third of it is one's");
        assert_eq!(of(&[19, 10, 10, 10, 10]), 1);
    }
}

//! Two headers for one height: what shows them, whose they are, and that nothing near it does.

use keepwell_protocol::domain::{Object, ProviderId, Timestamp};
use keepwell_protocol::ledger::{
    Equivocated, Equivocation, FakeBlock, FakeLedger, LightBlock, ProofError, StateKey, TrustPolicy,
    TrustedState, verify_equivocation,
};
use proptest::prelude::*;

use crate::frozen::frozen;

const START: u64 = 1_800_000_000;

/// Two ledgers of the same validators, which go different ways after the first block.
struct Case {
    trusted: TrustedState,
    one: FakeBlock,
    other: FakeBlock,
    later: FakeBlock,
}

fn case(validators: usize) -> Case {
    let ledger = || FakeLedger::new("keepwell-1", &vec![10; validators], Timestamp(START));
    let (mut first, mut second) = (ledger(), ledger());
    second.put(&StateKey::Provider(ProviderId::from_bytes([1; 32])), Some(vec![7]));
    let trusted = first.anchor().trusted_state();
    Case { trusted, one: first.block(30), other: second.block(31), later: second.block(30) }
}

impl Case {
    fn verify(&self, one: LightBlock, other: LightBlock) -> Result<Equivocated, ProofError> {
        self.verify_bytes(&Equivocation::new(one, other).to_cbor())
    }

    fn verify_bytes(&self, bytes: &[u8]) -> Result<Equivocated, ProofError> {
        verify_equivocation(bytes, &self.trusted, &TrustPolicy::STRICT, Timestamp(START + 3_600))
    }
}

fn signed(block: &FakeBlock) -> LightBlock {
    block.light_block(|_| true)
}

#[test]
fn two_headers_for_one_height_are_shown_and_who_signed_both() {
    let case = case(4);
    let shown = case.verify(signed(&case.one), signed(&case.other)).unwrap();
    assert_eq!((shown.height, shown.times), (2, [Timestamp(START + 30), Timestamp(START + 31)]));
    assert_eq!(shown.validators.len(), 4);
    // Three of four are enough for each, and two of them signed both.
    let (one, other) = (case.one.light_block(|seed| seed != 1), case.other.light_block(|seed| seed != 2));
    assert_eq!(case.verify(one, other).unwrap().validators.len(), 2);
}

#[test]
fn nothing_near_it_shows_anything() {
    let case = case(4);
    let (one, other) = (signed(&case.one), signed(&case.other));
    assert_eq!(case.verify(one.clone(), one.clone()), Err(ProofError::BadProof), "one header");
    assert_eq!(case.verify(one.clone(), signed(&case.later)), Err(ProofError::BadProof), "two heights");
    let half = case.other.light_block(|seed| seed <= 2);
    assert_eq!(case.verify(one.clone(), half), Err(ProofError::InsufficientPower));
    let elsewhere = FakeLedger::new("keepwell-2", &[10; 4], Timestamp(START)).block(30);
    assert_eq!(case.verify(one.clone(), signed(&elsewhere)), Err(ProofError::WrongChain));
    let bytes = Equivocation::new(one.clone(), other.clone()).to_cbor();
    assert_eq!(case.verify_bytes(&bytes[..bytes.len() - 1]), Err(ProofError::Malformed));
    assert_eq!(case.verify_bytes(&vec![0; Equivocation::LONGEST + 1]), Err(ProofError::TooLong));
    let newer = Equivocation { format: 2, one, other };
    assert_eq!(case.verify_bytes(&newer.to_cbor()), Err(ProofError::UnknownVersion));
}

#[test]
fn an_equivocation_is_encoded_as_it_was() {
    let case = case(1);
    frozen("equivocation", &Equivocation::new(signed(&case.one), signed(&case.other)));
}

proptest! {
    #[test]
    fn no_changed_bit_shows_anything(bit in any::<prop::sample::Index>()) {
        let case = case(1);
        let mut bytes = Equivocation::new(signed(&case.one), signed(&case.other)).to_cbor();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(case.verify_bytes(&bytes).is_err(), "bit {bit}");
    }
}

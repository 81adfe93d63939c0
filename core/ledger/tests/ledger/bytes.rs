//! Bytes that are no transaction, or not the signed one.

use keepwell_ledger::state::Outcome;
use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::StateKey;

use crate::memory::*;

#[test]
fn bytes_that_are_no_transaction_are_refused_and_do_nothing() {
    let good = first(0).to_cbor();
    let mut longer = good.clone();
    longer.push(0);
    let mut other_kind = good.clone();
    other_kind[3] = 9;
    for (bytes, number) in
        [(vec![], 10), (longer, 10), (other_kind, 10), (good[1..].to_vec(), 10), (vec![0x82; 5_000], 11)]
    {
        let ledger = Memory::new();
        let executed = ledger.execute_bytes(vec![bytes]);
        assert_eq!(executed.outcomes[0].number(), number);
        assert!(executed.writes.keys().all(|key| *key == StateKey::SweepHorizon));
    }
}

#[test]
fn every_bit_of_a_transaction_counts() {
    let ledger = Memory::new();
    let good = first(0).to_cbor();
    let accepted = |bytes: &[u8]| {
        let executed = ledger.execute_bytes(vec![bytes.to_vec()]);
        matches!(executed.outcomes[0], Outcome::Applied(_))
    };
    assert!(accepted(&good));
    for at in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[at / 8] ^= 1 << (at % 8);
        assert!(!accepted(&changed), "bit {at}");
    }
}

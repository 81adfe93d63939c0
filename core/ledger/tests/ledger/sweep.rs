//! What leaves the state when: known answers of another implementation, and the rules of 0.1.0.

use keepwell_ledger::state::{AppVersion, Received, due, execute};
use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::{AccountId, Day, GrantId, Object, Timestamp, TxId};
use keepwell_protocol::ledger::{
    AccountRecord, AccountStatus, GrantRecord, GrantStatus, StateKey, SweepHorizon,
};

use crate::memory::{Memory, TODAY, first};

#[derive(serde::Deserialize)]
struct Case {
    start: u64,
    /// Kind, number, day.
    records: Vec<(u8, u32, u32)>,
    blocks: Vec<Expected>,
}

#[derive(serde::Deserialize)]
struct Expected {
    height: u64,
    time: u64,
    has_transactions: bool,
    horizon: u64,
    moved: u64,
    gone: Vec<u32>,
}

fn key((kind, number, _): (u8, u32, u32)) -> StateKey {
    let id = sha256(&number.to_be_bytes());
    if kind == 0 {
        StateKey::Account(AccountId::from_bytes(id))
    } else {
        StateKey::Grant(GrantId::from_bytes(id))
    }
}

fn value((kind, _, day): (u8, u32, u32)) -> Vec<u8> {
    if kind == 0 {
        let status = AccountStatus::Open;
        return AccountRecord { key: None, key_number: 0, count: 1, status, last: Day(day) }.to_cbor();
    }
    let record = GrantRecord {
        status: GrantStatus::Revoked,
        version: 0,
        commitment: None,
        slot: None,
        not_after: Day(day),
        height: 1,
        transaction: TxId::from_bytes([0; 32]),
    };
    record.to_cbor()
}

#[test]
fn goes_as_another_implementation_says() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/keepwell/sweep.json");
    let cases: std::collections::BTreeMap<String, Case> =
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(cases.len(), 6);
    // Refused, but there.
    let refused = Received::new(vec![0], &crate::memory::origin());
    for (name, case) in cases {
        let mut ledger = Memory::new();
        ledger.block.time = Timestamp(case.start);
        ledger.state.extend(case.records.iter().map(|record| (key(*record), value(*record))));
        for expected in case.blocks {
            let context = format!("{name}, block {}", expected.height);
            ledger.block.time_before = ledger.block.time;
            (ledger.block.height, ledger.block.time) = (expected.height, Timestamp(expected.time));
            let transactions = if expected.has_transactions { &[&refused][..] } else { &[] };
            let executed = execute(&ledger, &ledger.block, transactions).unwrap();
            let gone: Vec<_> =
                executed.writes.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| *key).collect();
            let numbers = expected.gone.iter();
            let mut wanted: Vec<_> = numbers
                .map(|number| key(*case.records.iter().find(|record| record.1 == *number).unwrap()))
                .collect();
            wanted.sort_unstable();
            assert_eq!(gone, wanted, "{context}");
            ledger.write(executed.writes);
            let horizon: SweepHorizon = ledger.read(&StateKey::SweepHorizon).unwrap();
            let wanted = SweepHorizon { horizon: Timestamp(expected.horizon), height: expected.moved };
            assert_eq!(horizon, wanted, "{context}");
        }
    }
}

#[test]
fn a_chain_of_version_1_goes_by_its_time_until_version_2_begins() {
    let mut ledger = Memory::new();
    ledger.block.version = AppVersion::V1;
    ledger.accept(&first(0));
    ledger.state.insert(key((1, 7, 0)), value((1, 7, TODAY)));
    ledger.pass_days(30);
    ledger.block(&[first(0)]);
    assert!(ledger.state.contains_key(&key((1, 7, 0))));
    assert!(!ledger.state.contains_key(&StateKey::SweepHorizon), "no horizon yet");
    ledger.pass_days(1);
    ledger.block(&[first(0)]);
    assert!(!ledger.state.contains_key(&key((1, 7, 0))));

    // Version 2 begins thirty days before the block before, whatever the clock of its first block.
    ledger.state.insert(key((1, 8, 0)), value((1, 8, TODAY + 31)));
    ledger.block.version = AppVersion::V2;
    let before = ledger.block.time_before;
    ledger.block.time.0 += 3_650 * 86_400;
    ledger.block(&[]);
    let horizon: SweepHorizon = ledger.read(&StateKey::SweepHorizon).unwrap();
    assert_eq!(horizon.horizon, Timestamp(before.0 - 30 * 86_400));
    ledger.block(&[first(0)]);
    assert!(ledger.state.contains_key(&key((1, 8, 0))), "a jump of time sweeps nothing");
}

#[test]
fn nothing_but_grants_and_accounts_is_ever_due() {
    let horizon = SweepHorizon { horizon: Timestamp(0), height: 0 };
    assert_eq!(due(&StateKey::SweepHorizon, &horizon.to_cbor()), None);
}

//! What a phone spends on believing the ledger.

use keepwell_protocol::domain::{Commitment, GrantId, Object, Slot, Timestamp, TxId};
use keepwell_protocol::ledger::{FakeLedger, GrantRecord, GrantStatus, StateKey, TrustPolicy, verify};

use crate::table::{Table, each, median, show};

const START: Timestamp = Timestamp(1_800_000_000);

/// A proof bundle of 7 validators over 10,000 grants: light block, app hash, state proof.
pub(crate) fn check(table: &mut Table) {
    let mut ledger = FakeLedger::new("keepwell-1", &[10; 7], START);
    let key = |number: u32| {
        let mut id = [7; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        StateKey::Grant(GrantId::from_bytes(id))
    };
    for number in 0..10_000 {
        let record = GrantRecord {
            status: GrantStatus::Active,
            version: 1,
            commitment: Some(Commitment::from_bytes([1; 32])),
            slot: Some(Slot::from_bytes([2; 32])),
            not_after: Timestamp(START.0 + 86_400 * 30).day(),
            height: 1,
            transaction: TxId::from_bytes([3; 32]),
        };
        ledger.put(&key(number), Some(record.to_cbor()));
    }
    let trusted = ledger.anchor().trusted_state();
    ledger.block(100);
    let block = ledger.block(100);
    let bundle = ledger.bundle(&block, &key(77));
    let now = Timestamp(START.0 + 210);
    let times = (0..11)
        .map(|_| {
            each(50, |_| {
                let verified = verify(&bundle, &key(77), &trusted, &TrustPolicy::STRICT, now).unwrap();
                assert!(verified.value.is_some());
            })
        })
        .collect();
    let time = median(times);
    let met = time.as_secs_f64() <= 1e-3 && bundle.len() <= 3_000;
    let measured = format!("{}, {} B", show(time), bundle.len());
    table.row("check of a proof bundle, 7 validators, 10,000 grants", measured, "≤ 1 ms, ≤ 3 KB", Some(met));
}

//! How large blocks are, by which rules they are executed, and where a chain ends.

use keepwell_ledger::state::{AppVersion, Changes, Outcome, Rejection};
use keepwell_protocol::ledger::{
    BlockSize, GovernanceAction, Kind, MoveChain, NextChain, PlannedUpgrade, SetBlockSize, SignedTransaction,
    Signer, StateKey, TransactionError, Upgrade,
};

use super::{act, changes};
use crate::memory::*;

#[test]
fn blocks_become_larger_or_smaller_within_bounds() {
    let mut ledger = Memory::new();
    let set = |bytes| SetBlockSize { kind: Kind, bytes };
    for bytes in [0, BlockSize::LEAST - 1, BlockSize::MOST + 1, u32::MAX] {
        ledger.refuse(&act(1, set(bytes)), Rejection::BlockSize);
    }
    for (number, bytes) in (1..).zip([BlockSize::LEAST, BlockSize::MOST]) {
        let told = changes(&mut ledger, &act(number, set(bytes)));
        assert_eq!(told, Changes { block_size: Some(bytes), ..Changes::default() });
        assert_eq!(ledger.execute(&[]).changes, Changes::default());
    }
    assert_eq!(changes(&mut ledger, &act(3, set(BlockSize::MOST))), Changes::default());
}

#[test]
fn rules_change_at_a_height_that_is_told_one_block_ahead() {
    let mut ledger = Memory::new();
    let upgrade = |version, height| Upgrade { kind: Kind, version, height };
    let height = ledger.block.height;
    for version in [1, 4] {
        ledger.refuse(&act(1, upgrade(version, height + 10_000)), Rejection::Version);
    }
    let height = ledger.block.height;
    ledger.refuse(&act(1, upgrade(3, height + 2_879)), Rejection::Height);
    // Where one process makes all blocks nobody has to be told.
    let mut alone = ledger.clone();
    alone.block.has_one_signer = true;
    alone.refuse(&act(1, upgrade(3, alone.block.height)), Rejection::Height);
    alone.accept(&act(1, upgrade(3, alone.block.height + 1)));
    let height = ledger.block.height;
    assert_eq!(changes(&mut ledger, &act(1, upgrade(3, height + 2_880))).version, None);
    // Up to the last moment it is taken back, or another one takes its place.
    ledger.block.height = height + 2_879;
    assert_eq!(ledger.execute(&[]).changes.version, Some(3));
    let height = ledger.block.height;
    ledger.refuse(&act(2, upgrade(2, height)), Rejection::Height);
    ledger.block.height = height;
    assert_eq!(changes(&mut ledger, &act(2, upgrade(2, height + 1))), Changes::default());
    let version = |height| keepwell_ledger::state::version_at(&ledger, AppVersion::START, height).unwrap();
    assert_eq!(version(height + 10), 2);
    ledger.block.height = height + 10;
    let height = height + 10 + 2_880;
    assert_eq!(changes(&mut ledger, &act(3, upgrade(3, height))).version, None);
    let planned = PlannedUpgrade { before: 2, version: 3, height };
    assert_eq!(ledger.read::<PlannedUpgrade>(&StateKey::Upgrade), Some(planned));
    let height = height - 3;
    ledger.block.height = height + 1;
    for (at, told) in [(height + 1, None), (height + 2, Some(3))] {
        assert_eq!(ledger.block.height, at);
        assert_eq!(ledger.execute(&[]).changes.version, told, "{at}");
        ledger.block(&[]);
    }
    let version = |height| keepwell_ledger::state::version_at(&ledger, AppVersion::START, height).unwrap();
    assert_eq!([height + 2, height + 3, height + 1_000].map(version), [2, 3, 3]);
    assert_eq!(AppVersion::parse(3), None, "and this program stops there");
}

#[test]
fn rules_that_would_begin_after_the_end_of_the_chain_never_do() {
    let next = |last_height| MoveChain {
        kind: Kind,
        chain_id: "keepwell-2".to_owned(),
        genesis_hash: [9; 32],
        last_height,
    };
    let upgrade = |height| Upgrade { kind: Kind, version: 3, height };
    let mut ledger = Memory::new();
    let end = ledger.block.height + 3_000;
    ledger.accept(&act(1, next(end)));
    ledger.refuse(&act(2, upgrade(end + 1)), Rejection::Height);
    ledger.accept(&act(2, upgrade(end)));
    // The end may come nearer after the change was planned.
    ledger.accept(&act(3, next(end - 1)));
    ledger.block.height = end - 4;
    for at in end - 4..end + 4 {
        assert_eq!(ledger.block.height, at);
        assert_eq!(ledger.execute(&[]).changes, Changes::default(), "{at}");
        assert_eq!(keepwell_ledger::state::version_at(&ledger, AppVersion::START, at + 1).unwrap(), 2);
        ledger.block(&[]);
    }
    // And rules that begin in time stay.
    let mut ledger = Memory::new();
    ledger.accept(&act(1, upgrade(end)));
    ledger.accept(&act(2, next(end)));
    let version = |at| keepwell_ledger::state::version_at(&ledger, AppVersion::START, at).unwrap();
    assert_eq!([end - 1, end, end + 1, end + 100].map(version), [2, 3, 3, 3]);
}

#[test]
fn a_chain_that_ended_takes_nothing_any_more_and_its_state_stays() {
    let mut ledger = Memory::new();
    let next = |name: &str, last_height| MoveChain {
        kind: Kind,
        chain_id: name.to_owned(),
        genesis_hash: [9; 32],
        last_height,
    };
    ledger.accept(&first(0));
    let height = ledger.block.height;
    ledger.refuse(&act(1, next("keepwell-2", height)), Rejection::Height);
    ledger.accept(&act(1, next("keepwell-9", 1_000)));
    let last = ledger.block.height + 2;
    ledger.accept(&act(2, next("keepwell-2", last)));
    let recorded = NextChain { chain_id: "keepwell-2".to_owned(), genesis_hash: [9; 32], last_height: last };
    assert_eq!(ledger.read::<NextChain>(&StateKey::NextChain), Some(recorded));
    ledger.accept(&grant(1));
    assert_eq!(ledger.block.height, last);
    ledger.accept(&grant(2));
    // Now nothing is taken, not even by governance, and nothing is swept, whatever the time.
    ledger.block.time.0 += 3_650 * 86_400;
    for transaction in [grant(3), revoke(0), act(3, next("keepwell-9", 1_000))] {
        let executed = ledger.execute(&[transaction]);
        assert_eq!(executed.outcomes, [Outcome::Rejected(Rejection::ChainEnded)]);
        assert!(executed.writes.is_empty());
    }
    // What is on record stays so, for whoever is not sure and sends it again.
    let again = ledger.execute(&[grant(2)]);
    assert_eq!(again.outcomes, [Outcome::AlreadyRecorded(grant(2).id(&origin()))]);
    assert!(again.writes.is_empty());
    // Names that are no chain's are no transaction.
    for name in ["", "with a blank", "ünïcode", &"x".repeat(51)] {
        let body = GovernanceAction { kind: Kind, number: 1, action: next(name, 1_000).into() };
        let signed = SignedTransaction::sign(body, &origin(), Signer::Governance(&[&key(11), &key(12)]));
        assert_eq!(signed.unwrap_err(), TransactionError::Field, "{name}");
    }
}

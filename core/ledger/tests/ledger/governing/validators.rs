//! Who votes.

use keepwell_ledger::state::{AppVersion, Changes, Outcome, Rejection, address};
use keepwell_protocol::ledger::{SignedTransaction, StateKey, Validator, ValidatorSet};
use proptest::prelude::*;

use super::{act, changes, set_validator};
use crate::memory::*;

#[test]
fn validators_come_and_go_and_the_engine_is_told_once() {
    let mut ledger = Memory::new();
    let with = |changed: &[(u8, u64)]| {
        let mut all = first_validators();
        for (seed, power) in changed {
            let key = *key(*seed).public_key().as_bytes();
            all.retain(|validator| validator.key != key);
            all.extend((*power > 0).then_some(Validator { key, power: *power }));
        }
        all.sort_unstable();
        all
    };
    let told = changes(&mut ledger, &act(1, set_validator(25, 7)));
    assert_eq!(told, Changes { validators: Some(with(&[(25, 7)])), ..Changes::default() });
    assert_eq!(ledger.execute(&[]).changes, Changes::default(), "it is told once");
    assert_eq!(changes(&mut ledger, &act(2, set_validator(25, 7))), Changes::default(), "nothing new");
    let told = changes(&mut ledger, &act(3, set_validator(21, 0)));
    assert_eq!(told.validators, Some(with(&[(25, 7), (21, 0)])));
    assert_eq!(
        ledger.read::<ValidatorSet>(&StateKey::Validators).unwrap().validators,
        with(&[(25, 7), (21, 0)])
    );
    ledger.refuse(&act(4, set_validator(21, 0)), Rejection::UnknownValidator);
    ledger.refuse(&act(4, set_validator(22, ValidatorSet::MOST_POWER + 1)), Rejection::Validators);
    // Three of 10 and one of 7. Two may go one by one, then only in steps.
    ledger.accept(&act(4, set_validator(25, 0)));
    ledger.accept(&act(5, set_validator(22, 0)));
    ledger.refuse(&act(6, set_validator(23, 0)), Rejection::Validators);
    ledger.accept(&act(6, set_validator(23, 4)));
    ledger.accept(&act(7, set_validator(23, 0)));
    ledger.refuse(&act(8, set_validator(24, 0)), Rejection::Validators);
}

/// A ledger whose validators of the genesis have these powers, by seeds from 60 on.
fn of_powers(powers: &[u64]) -> Memory {
    let mut ledger = Memory::new();
    let validator =
        |(seed, power): (u8, &u64)| Validator { key: *key(seed).public_key().as_bytes(), power: *power };
    ledger.block.first_validators = (60..).zip(powers).map(validator).collect();
    ledger
}

#[test]
fn those_who_vote_change_so_slowly_that_blocks_go_on_without_any_newcomer() {
    for (powers, seed, taken, refused) in [
        // A newcomer, and who is raised.
        (&[10_u64][..], 25, 4, 5),
        (&[10, 10], 25, 9, 10),
        (&[10, 10, 10, 10], 25, 19, 20),
        (&[10, 10, 10, 10], 25, 19, ValidatorSet::MOST_POWER),
        (&[10, 10, 10, 10], 60, 29, 30),
        // Who is lowered, or goes.
        (&[10, 10], 60, 4, 3),
        (&[10, 10], 60, 4, 0),
        (&[30, 10, 10, 10], 60, 10, 9),
    ] {
        let mut ledger = of_powers(powers);
        ledger.refuse(&act(1, set_validator(seed, refused)), Rejection::Validators);
        ledger.accept(&act(1, set_validator(seed, taken)));
    }
    of_powers(&[10, 10, 10]).accept(&act(1, set_validator(60, 0)));
    // What a block does it does as a whole: not by many small steps.
    let ledger = of_powers(&[10, 10, 10, 10]);
    let numbers = |actions: &[SignedTransaction]| -> Vec<u32> {
        ledger.execute(actions).outcomes.iter().map(Outcome::number).collect()
    };
    let (unfit, add) = (Rejection::Validators.number(), |number, seed| act(number, set_validator(seed, 10)));
    assert_eq!(numbers(&[add(1, 25), add(2, 26)]), [0, unfit]);
    let gone = |number, seed| act(number, set_validator(seed, 0));
    assert_eq!(numbers(&[gone(1, 60), gone(2, 61)]), [0, unfit]);
    assert_eq!(numbers(&[add(1, 25), gone(2, 60)]), [0, 0]);
    assert_eq!(numbers(&[add(1, 25), gone(2, 25), add(3, 26)]), [0, 0, 0]);
    // One process that signs for all refuses by itself what it could not sign.
    let mut ledger = of_powers(&[1]);
    ledger.refuse(&act(1, set_validator(25, 1)), Rejection::Validators);
    ledger.block.has_one_signer = true;
    ledger.accept(&act(1, set_validator(25, 1)));
}

proptest! {
    #[test]
    fn after_any_block_those_of_before_agree_on_the_next_without_any_newcomer(
        powers in prop::collection::vec(1..40_u64, 1..6),
        actions in prop::collection::vec((58..66_u8, 0..40_u64), 1..8),
    ) {
        let ledger = of_powers(&powers);
        let before = ledger.block.first_validators.clone();
        let mut transactions = Vec::new();
        for (seed, power) in actions {
            // Those that are refused do not take a number.
            let next = act(u32::try_from(transactions.len()).unwrap() + 1, set_validator(seed, power));
            transactions.push(next);
            if ledger.execute(&transactions).outcomes.last().unwrap().number() != 0 {
                transactions.pop();
            }
        }
        if let Some(after) = ledger.execute(&transactions).changes.validators {
            let power_of = |of: &[Validator], key| of.iter().find(|it| it.key == key).map_or(0, |it| it.power);
            let total: u64 = after.iter().map(|it| it.power).sum();
            let old: u64 = after.iter().map(|it| it.power.min(power_of(&before, it.key))).sum();
            prop_assert!(old * 3 > total * 2, "{:?} {:?}", before, after);
            // And a phone that trusts those of before finds two thirds of them.
            let total: u64 = before.iter().map(|it| it.power).sum();
            prop_assert!(old * 3 >= total * 2, "{:?} {:?}", before, after);
        }
    }
}

#[test]
fn newcomers_count_once_they_are_seen_to_vote() {
    let of = |seed: u8| address(key(seed).public_key().as_bytes());
    let mut ledger = of_powers(&[10, 10, 10, 10]);
    let all = [60, 61, 62, 63].map(of).to_vec();
    ledger.block.voters = Some(all.clone());
    ledger.accept(&act(1, set_validator(25, 10)));
    // A block later the first newcomer has not voted: with another one, or more power for it, four of six decide nothing.
    ledger.refuse(&act(2, set_validator(26, 10)), Rejection::ValidatorsAbsent);
    ledger.refuse(&act(2, set_validator(25, 20)), Rejection::ValidatorsAbsent);
    ledger.accept(&act(2, set_validator(26, 9)));
    ledger.accept(&act(3, set_validator(26, 0)));
    ledger.block.voters = Some([&all[..], &[of(25)]].concat());
    ledger.accept(&act(4, set_validator(26, 10)));

    // Who is away goes before another one comes, and nobody goes who is needed.
    let mut ledger = of_powers(&[10, 10, 10, 10]);
    ledger.block.voters = Some(all[..3].to_vec());
    ledger.refuse(&act(1, set_validator(25, 10)), Rejection::ValidatorsAbsent);
    ledger.refuse(&act(1, set_validator(60, 0)), Rejection::ValidatorsAbsent);
    ledger.accept(&act(1, set_validator(63, 0)));
    ledger.accept(&act(2, set_validator(25, 10)));
    // Before the first votes nobody has been seen.
    ledger.block.voters = Some(Vec::new());
    ledger.refuse(&act(3, set_validator(60, 9)), Rejection::ValidatorsAbsent);
}

#[test]
fn at_most_thirty_two_validate() {
    let mut ledger = Memory::new();
    for (number, seed) in (1..=28).zip(100..=127) {
        ledger.accept(&act(number, set_validator(seed, 1)));
    }
    ledger.refuse(&act(29, set_validator(128, 1)), Rejection::Validators);
    ledger.accept(&act(29, set_validator(127, 2)));
}

#[test]
fn who_signed_twice_loses_the_power_unless_all_did() {
    let mut ledger = Memory::new();
    let of = |seed: u8| address(key(seed).public_key().as_bytes());
    ledger.block.misbehaving = vec![of(23), of(99)];
    let executed = ledger.execute(&[]);
    let left: Vec<_> = executed.changes.validators.clone().unwrap();
    assert_eq!(left.len(), 3);
    assert!(left.iter().all(|validator| validator.key != *key(23).public_key().as_bytes()));
    // By version 1 nobody does.
    let mut first = ledger.clone();
    first.block.version = AppVersion::V1;
    assert_eq!(first.execute(&[]).changes, Changes::default());
    assert!(first.execute(&[]).writes.is_empty());
    // What governance does in the same block it does first.
    let executed = ledger.execute(&[act(1, set_validator(23, 20))]);
    assert_eq!(executed.changes.validators, Some(left));
    ledger.block.misbehaving = [21, 22, 23, 24].map(of).to_vec();
    assert_eq!(ledger.execute(&[]).changes, Changes::default(), "somebody has to mend it");
}

//! The rules for governance's actions, gateways, providers' logs and aggregators, each with its nearest refusal.

use keepwell_ledger::state::{AppVersion, Changes, Outcome, Rejection, address, execute};
use keepwell_protocol::crypto::{aggregator_id, audit_log_id, gateway_id, provider_id};
use keepwell_protocol::domain::{AggregatorId, GatewayId, Object, ProviderId, Timestamp};
use keepwell_protocol::ledger::{
    Action, ActionsTaken, AggregatorRecord, AnchorBatch, AuditCheckpoint, AuditRecord, BlockSize,
    GatewayRecord, Governance, GovernanceAction, Kind, MoveChain, NextChain, PlannedUpgrade,
    RegisterProvider, SetAggregator, SetBlockSize, SetGateway, SetGovernance, SetValidator,
    SignedTransaction, Signer, StateKey, SuspendProvider, TransactionError, UpdateGateway, UpdateProvider,
    Upgrade, Validator, ValidatorSet,
};

use proptest::prelude::*;

use crate::memory::*;
use crate::providers::card_of;

pub(crate) const GATEWAY: u8 = 31;
pub(crate) const AGGREGATOR: u8 = 32;
const CLINIC: u8 = 33;

pub(crate) fn by_governors(number: u32, action: impl Into<Action>, seeds: &[u8]) -> SignedTransaction {
    let keys: Vec<_> = seeds.iter().map(|seed| key(*seed)).collect();
    let body = GovernanceAction { kind: Kind, number, action: action.into() };
    sign(body, Signer::Governance(&keys.iter().collect::<Vec<_>>()))
}

fn act(number: u32, action: impl Into<Action>) -> SignedTransaction {
    by_governors(number, action, &GOVERNORS[..2])
}

fn set_validator(seed: u8, power: u64) -> SetValidator {
    SetValidator { kind: Kind, key: key(seed).public_key(), power }
}

fn set_gateway(seed: Option<u8>) -> SetGateway {
    SetGateway { kind: Kind, gateway: gateway(), key: seed.map(|seed| key(seed).public_key()) }
}

fn set_aggregator(seed: Option<u8>) -> SetAggregator {
    let aggregator = aggregator();
    SetAggregator { kind: Kind, aggregator, key: seed.map(|seed| key(seed).public_key()) }
}

pub(crate) fn gateway() -> GatewayId {
    gateway_id(&key(GATEWAY).public_key())
}

pub(crate) fn aggregator() -> AggregatorId {
    aggregator_id(&key(AGGREGATOR).public_key())
}

fn clinic() -> ProviderId {
    provider_id(&key(CLINIC).public_key())
}

pub(crate) fn update_gateway(version: u32, signer: u8) -> SignedTransaction {
    let key_configuration = vec![u8::try_from(version).unwrap(); 41];
    let body = UpdateGateway { kind: Kind, gateway: gateway(), version, key_configuration };
    sign(body, Signer::Gateway(&key(signer)))
}

fn checkpoint(size: u64, root: u8, signer: u8) -> SignedTransaction {
    let body = AuditCheckpoint { kind: Kind, provider: clinic(), size, root: [root; 32] };
    sign(body, Signer::Provider(&key(signer)))
}

pub(crate) fn batch(number: u32, signer: u8) -> SignedTransaction {
    let body = AnchorBatch { kind: Kind, aggregator: aggregator(), number, count: 1_000_000, root: [6; 32] };
    sign(body, Signer::Aggregator(&key(signer)))
}

/// What a block of one transaction changes for the next ones, and the ledger after it.
fn changes(ledger: &mut Memory, transaction: &SignedTransaction) -> Changes {
    let executed = ledger.execute(std::slice::from_ref(transaction));
    ledger.accept(transaction);
    executed.changes
}

#[test]
fn an_action_takes_the_threshold_and_the_next_number_and_is_never_taken_twice() {
    let mut ledger = Memory::new();
    let action = set_validator(25, 10);
    ledger.refuse(&by_governors(1, action.clone(), &GOVERNORS[..1]), Rejection::NotGovernance);
    ledger.refuse(&by_governors(1, action.clone(), &[GOVERNORS[0], STRANGER]), Rejection::NotGovernance);
    for number in [0, 2] {
        ledger.refuse(&act(number, action.clone()), Rejection::ActionNumber);
    }
    let add = act(1, action.clone());
    ledger.accept(&add);
    ledger.already(&add);
    // The same action by others of governance is the same transaction.
    ledger.already(&by_governors(1, action.clone(), &GOVERNORS[1..]));
    let taken: ActionsTaken = ledger.read(&StateKey::Actions).unwrap();
    assert_eq!((taken.number, taken.transaction), (1, add.id(&origin())));
    // Once something else was done nobody brings the old one back.
    ledger.accept(&act(2, set_validator(25, 0)));
    ledger.refuse(&add, Rejection::ActionNumber);
    ledger.refuse(&act(2, action), Rejection::ActionNumber);
}

#[test]
fn governors_who_sit_apart_sign_one_after_the_other() {
    let one = by_governors(1, set_validator(25, 10), &GOVERNORS[..1]);
    let both = one.clone().and_governance(&origin(), &key(GOVERNORS[1])).unwrap();
    assert_eq!(both, act(1, set_validator(25, 10)));
    Memory::new().accept(&both);
    let again = both.and_governance(&origin(), &key(GOVERNORS[1]));
    assert_eq!(again.unwrap_err(), TransactionError::Signatures, "nobody signs twice");
    let grant = first(0).and_governance(&origin(), &key(GOVERNORS[1]));
    assert_eq!(grant.unwrap_err(), TransactionError::Signatures, "governance grants nothing");
}

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

#[test]
fn governance_replaces_its_own_keys() {
    let mut ledger = Memory::new();
    let governance = |threshold, seeds: &[u8]| {
        let mut keys: Vec<_> = seeds.iter().map(|seed| key(*seed).public_key()).collect();
        keys.sort_unstable();
        SetGovernance { kind: Kind, threshold, keys }
    };
    for (threshold, seeds) in [(0, &[41][..]), (2, &[41]), (1, &[])] {
        let body = GovernanceAction { kind: Kind, number: 1, action: governance(threshold, seeds).into() };
        let signed = SignedTransaction::sign(body, &origin(), Signer::Governance(&[&key(11), &key(12)]));
        assert_eq!(signed.unwrap_err(), TransactionError::Field);
    }
    // Those who are to govern sign as well: keys that nobody holds could never be replaced again.
    let [one, two, three] = GOVERNORS;
    let next = governance(2, &[41, 42]);
    for too_few in
        [&[one, two][..], &[one, two, 41], &[one, 41, 42], &[41, 42], &[one, two, 41, 42, STRANGER]]
    {
        ledger.refuse(&by_governors(1, next.clone(), too_few), Rejection::NotGovernance);
    }
    let mut broken = by_governors(1, next.clone(), &[one, two, 41, 42]).to_cbor();
    *broken.last_mut().unwrap() ^= 1;
    assert_ne!(ledger.execute_bytes(vec![broken]).outcomes[0].number(), 0);
    ledger.accept(&by_governors(1, next, &[one, two, 41, 42]));
    assert_eq!(ledger.read::<Governance>(&StateKey::Governance).unwrap().threshold, 2);
    ledger.refuse(&act(2, set_validator(25, 1)), Rejection::NotGovernance);
    ledger.accept(&by_governors(2, set_validator(25, 1), &[41, 42]));
    // Who stays signs once, for both.
    let mixed = governance(2, &[41, three]);
    ledger.refuse(&by_governors(3, mixed.clone(), &[41, 42]), Rejection::NotGovernance);
    ledger.accept(&by_governors(3, mixed, &[41, 42, three]));
}

#[test]
fn sixteen_hand_over_to_sixteen_others_in_one_transaction() {
    let mut ledger = Memory::new();
    let seeds = |from: u8| (from..from + 16).collect::<Vec<_>>();
    let governance = |seeds: &[u8]| {
        let mut keys: Vec<_> = seeds.iter().map(|seed| key(*seed).public_key()).collect();
        keys.sort_unstable();
        SetGovernance { kind: Kind, threshold: 16, keys }
    };
    let (first, second) = (seeds(100), seeds(120));
    ledger.accept(&by_governors(1, governance(&first), &[&GOVERNORS[..2], &first].concat()));
    let all = by_governors(2, governance(&second), &[first.clone(), second.clone()].concat());
    assert!(all.to_cbor().len() <= SignedTransaction::LONGEST);
    ledger.accept(&all);
    // Nothing else has room for so many.
    let keys: Vec<_> = (100..117).map(key).collect();
    let body = GovernanceAction { kind: Kind, number: 3, action: set_validator(25, 1).into() };
    let many = SignedTransaction::sign(body, &origin(), Signer::Governance(&keys.iter().collect::<Vec<_>>()));
    assert_eq!(many.unwrap_err(), TransactionError::Signatures);
}

#[test]
fn a_gateway_changes_its_key_configuration_daily_and_the_old_one_holds_two_days() {
    let mut ledger = Memory::new();
    ledger.refuse(&update_gateway(1, GATEWAY), Rejection::UnknownGateway);
    ledger.refuse(&act(1, set_gateway(None)), Rejection::UnknownGateway);
    ledger.refuse(&act(1, set_gateway(Some(STRANGER))), Rejection::NotNamedAfterKey);
    ledger.accept(&act(1, set_gateway(Some(GATEWAY))));
    let bad = Rejection::Transaction(TransactionError::BadSignature);
    ledger.refuse(&update_gateway(1, STRANGER), bad);
    ledger.refuse(&update_gateway(2, GATEWAY), Rejection::Version);
    ledger.accept(&update_gateway(1, GATEWAY));
    ledger.already(&update_gateway(1, GATEWAY));
    let since = ledger.block.time.0 - 2;
    ledger.block.time = Timestamp(since + 86_399);
    ledger.refuse(&update_gateway(2, GATEWAY), Rejection::TooSoon);
    assert_eq!(ledger.block.time, Timestamp(since + 86_400));
    ledger.accept(&update_gateway(2, GATEWAY));
    ledger.block.time = Timestamp(since + 2 * 86_400);
    ledger.accept(&update_gateway(3, GATEWAY));
    let record: GatewayRecord = ledger.read(&StateKey::Gateway(gateway())).unwrap();
    let held =
        |at: u64| record.configurations(Timestamp(since + at)).map(|bytes| bytes[0]).collect::<Vec<_>>();
    assert_eq!(held(2 * 86_400), [3, 2, 1], "the first was replaced a day ago");
    assert_eq!(held(3 * 86_400), [3, 2]);
    assert_eq!(held(4 * 86_400), [3]);
    // Those that hold no more leave with the next.
    ledger.block.time = Timestamp(since + 10 * 86_400);
    ledger.accept(&update_gateway(4, GATEWAY));
    let record: GatewayRecord = ledger.read(&StateKey::Gateway(gateway())).unwrap();
    assert_eq!(record.former.len(), 1);
    // With another key nothing of the old one holds, and its version goes on.
    ledger.accept(&act(2, set_gateway(Some(34))));
    let record: GatewayRecord = ledger.read(&StateKey::Gateway(gateway())).unwrap();
    assert_eq!((record.version, record.configurations(ledger.block.time).count()), (4, 0));
    ledger.refuse(&update_gateway(5, GATEWAY), bad);
    ledger.accept(&update_gateway(5, 34));
    ledger.accept(&act(3, set_gateway(None)));
    ledger.refuse(&update_gateway(6, 34), Rejection::UnknownGateway);
    // Admitted again it goes on counting: what it once said is not said again.
    ledger.accept(&act(4, set_gateway(Some(GATEWAY))));
    ledger.refuse(&update_gateway(1, GATEWAY), Rejection::Version);
    ledger.accept(&update_gateway(6, GATEWAY));
    for length in [0, UpdateGateway::LONGEST_CONFIGURATION + 1] {
        let body =
            UpdateGateway { kind: Kind, gateway: gateway(), version: 1, key_configuration: vec![0; length] };
        let signed = SignedTransaction::sign(body, &origin(), Signer::Gateway(&key(GATEWAY)));
        assert_eq!(signed.unwrap_err(), TransactionError::Field);
    }
}

#[test]
fn a_providers_log_only_grows() {
    let mut ledger = Memory::new();
    ledger.refuse(&checkpoint(1, 1, CLINIC), Rejection::UnknownProvider);
    let governors = [&key(11), &key(12)];
    let by_governance = Signer::Governance(&governors);
    ledger.accept(&sign(
        RegisterProvider { kind: Kind, card: card_of(CLINIC, 1, CLINIC, "Clinic") },
        by_governance,
    ));
    ledger.refuse(&checkpoint(1, 1, STRANGER), Rejection::Transaction(TransactionError::BadSignature));
    ledger.accept(&checkpoint(5, 1, CLINIC));
    ledger.already(&checkpoint(5, 1, CLINIC));
    ledger.refuse(&checkpoint(5, 2, CLINIC), Rejection::LogNotLonger);
    ledger.refuse(&checkpoint(4, 1, CLINIC), Rejection::LogNotLonger);
    ledger.accept(&checkpoint(6, 2, CLINIC));
    let record: AuditRecord = ledger.read(&StateKey::AuditLog(audit_log_id(&clinic()))).unwrap();
    assert_eq!((record.provider, record.size, record.root), (clinic(), 6, [2; 32]));
    ledger.accept(&sign(SuspendProvider { kind: Kind, provider: clinic(), version: Some(1) }, by_governance));
    ledger.refuse(&checkpoint(7, 3, CLINIC), Rejection::ProviderSuspended);
    ledger.already(&checkpoint(6, 2, CLINIC));
    // A thief said that nothing can follow. By a key of the clinic's own choice the log stays as it is; by one that
    // governance gives it, it begins anew.
    let update =
        |version, signing| UpdateProvider { kind: Kind, card: card_of(CLINIC, version, signing, "Clinic") };
    ledger.accept(&sign(update(2, CLINIC), by_governance));
    ledger.accept(&checkpoint(u64::MAX, 2, CLINIC));
    ledger.accept(&sign(update(3, 36), Signer::Provider(&key(CLINIC))));
    ledger.refuse(&checkpoint(7, 3, 36), Rejection::LogNotLonger);
    ledger.accept(&sign(update(4, 37), by_governance));
    assert_eq!(ledger.read::<AuditRecord>(&StateKey::AuditLog(audit_log_id(&clinic()))), None);
    ledger.accept(&checkpoint(7, 3, 37));
    ledger.refuse(&checkpoint(7, 4, 37), Rejection::LogNotLonger);
    let empty = AuditCheckpoint { kind: Kind, provider: clinic(), size: 0, root: [0; 32] };
    let signed = SignedTransaction::sign(empty, &origin(), Signer::Provider(&key(CLINIC)));
    assert_eq!(signed.unwrap_err(), TransactionError::Field);
}

#[test]
fn an_aggregators_batches_are_numbered() {
    let mut ledger = Memory::new();
    ledger.refuse(&batch(1, AGGREGATOR), Rejection::UnknownAggregator);
    ledger.refuse(&act(1, set_aggregator(Some(STRANGER))), Rejection::NotNamedAfterKey);
    ledger.refuse(&act(1, set_aggregator(None)), Rejection::UnknownAggregator);
    ledger.accept(&act(1, set_aggregator(Some(AGGREGATOR))));
    ledger.refuse(&batch(1, STRANGER), Rejection::Transaction(TransactionError::BadSignature));
    ledger.refuse(&batch(2, AGGREGATOR), Rejection::BatchNumber);
    ledger.accept(&batch(1, AGGREGATOR));
    ledger.already(&batch(1, AGGREGATOR));
    ledger.accept(&batch(2, AGGREGATOR));
    ledger.refuse(&batch(1, AGGREGATOR), Rejection::BatchNumber);
    // Its number goes on with another key, so that none is used twice.
    ledger.accept(&act(2, set_aggregator(Some(35))));
    let record: AggregatorRecord = ledger.read(&StateKey::Aggregator(aggregator())).unwrap();
    assert_eq!((record.key, record.batches), (Some(key(35).public_key()), 2));
    ledger.refuse(&batch(3, AGGREGATOR), Rejection::Transaction(TransactionError::BadSignature));
    ledger.accept(&batch(3, 35));
    ledger.accept(&act(3, set_aggregator(None)));
    ledger.refuse(&batch(4, 35), Rejection::UnknownAggregator);
    ledger.accept(&act(4, set_aggregator(Some(35))));
    ledger.refuse(&batch(1, 35), Rejection::BatchNumber);
    ledger.accept(&batch(4, 35));
}

#[test]
fn by_version_1_there_are_no_such_transactions() {
    let mut ledger = Memory::new();
    ledger.accept(&act(1, set_gateway(Some(GATEWAY))));
    ledger.accept(&act(2, set_aggregator(Some(AGGREGATOR))));
    ledger.block.version = AppVersion::V1;
    for transaction in [
        act(3, set_validator(25, 1)),
        update_gateway(1, GATEWAY),
        batch(1, AGGREGATOR),
        checkpoint(1, 1, CLINIC),
    ] {
        let executed = ledger.execute(std::slice::from_ref(&transaction));
        assert_eq!(executed.outcomes[0].number(), 10, "as for bytes that are no transaction");
        assert!(executed.writes.is_empty());
    }
    // The same where something else is wrong with it: a batch of nothing.
    let some = batch(1, AGGREGATOR).to_cbor();
    let count = [3, 0x1a, 0x00, 0x0f, 0x42, 0x40];
    let at = some.windows(count.len()).position(|bytes| bytes == count).unwrap();
    let none = [&some[..at], &[3, 0], &some[at + count.len()..]].concat();
    let number = |ledger: &Memory| ledger.execute_bytes(vec![none.clone()]).outcomes[0].number();
    assert_eq!(number(&ledger), 10);
    ledger.block.version = AppVersion::V2;
    assert_eq!(number(&ledger), 16);
}

#[test]
fn nobody_signs_in_anothers_place() {
    let governors = [&key(11), &key(12)];
    let transactions = [
        act(3, set_validator(25, 1)),
        update_gateway(1, GATEWAY),
        checkpoint(1, 1, CLINIC),
        batch(1, AGGREGATOR),
    ];
    let signer = key(50);
    let admitted = [
        sign(
            RegisterProvider { kind: Kind, card: card_of(CLINIC, 1, CLINIC, "Clinic") },
            Signer::Governance(&governors),
        ),
        act(1, set_gateway(Some(GATEWAY))),
        act(2, set_aggregator(Some(AGGREGATOR))),
    ];
    for (at, transaction) in transactions.iter().enumerate() {
        let signers = [
            Signer::Governance(&governors),
            Signer::Gateway(&signer),
            Signer::Provider(&signer),
            Signer::Aggregator(&signer),
            Signer::Account(&signer),
            Signer::Root(&signer),
        ];
        for (by, signer) in signers.into_iter().enumerate() {
            let signed = SignedTransaction::sign(transaction.body().clone(), &origin(), signer);
            assert_eq!(signed.is_ok(), at == by, "{at} by {by}: {signed:?}");
        }
        // And a signature counts for this ledger alone.
        let bytes = transaction.to_cbor();
        let elsewhere = keepwell_protocol::domain::Origin::from_bytes([8; 32]);
        let received = keepwell_ledger::state::Received::new(bytes, &elsewhere);
        let mut ledger = Memory::new();
        admitted.iter().for_each(|admitted| ledger.accept(admitted));
        let block = keepwell_ledger::state::Block { origin: elsewhere, ..ledger.block.clone() };
        let executed = execute(&ledger, &block, &[&received]).unwrap();
        assert_eq!(executed.outcomes[0].number(), 14, "{at}");
        ledger.accept(transaction);
    }
}

//! The rules for governance's actions, gateways, providers' logs and aggregators, each with its nearest refusal.

use keepwell_ledger::state::{AppVersion, Changes, Outcome, Rejection, address, execute};
use keepwell_protocol::crypto::{aggregator_id, audit_log_id, gateway_id, provider_id};
use keepwell_protocol::domain::{AggregatorId, GatewayId, Object, ProviderId, Timestamp};
use keepwell_protocol::ledger::{
    Action, ActionsTaken, AggregatorRecord, AnchorBatch, AuditCheckpoint, AuditRecord, BlockSize,
    GatewayRecord, Governance, GovernanceAction, Kind, MoveChain, NextChain, PlannedUpgrade,
    RegisterProvider, SetAggregator, SetBlockSize, SetGateway, SetGovernance, SetValidator,
    SignedTransaction, Signer, StateKey, SuspendProvider, TransactionError, UpdateGateway, Upgrade,
    Validator, ValidatorSet,
};

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
    ledger.accept(&act(4, set_validator(22, ValidatorSet::MOST_POWER)));
    for (number, seed) in (5..).zip([22, 23, 24]) {
        ledger.accept(&act(number, set_validator(seed, 0)));
    }
    ledger.refuse(&act(8, set_validator(25, 0)), Rejection::Validators);
}

#[test]
fn at_most_a_hundred_validate() {
    let mut ledger = Memory::new();
    for (number, seed) in (1..=96).zip(100..=195) {
        ledger.accept(&act(number, set_validator(seed, 1)));
    }
    ledger.refuse(&act(97, set_validator(196, 1)), Rejection::Validators);
    ledger.accept(&act(97, set_validator(195, 2)));
}

#[test]
fn who_signed_twice_loses_the_power_but_for_the_last() {
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
    let executed = ledger.execute(&[act(1, set_validator(23, 50))]);
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
    for version in [1, 2, 4] {
        ledger.refuse(&act(1, upgrade(version, height + 100)), Rejection::Version);
    }
    let height = ledger.block.height;
    ledger.refuse(&act(1, upgrade(3, height)), Rejection::Height);
    let height = ledger.block.height;
    assert_eq!(changes(&mut ledger, &act(1, upgrade(3, height + 100))).version, None);
    // As long as it has not come another one takes its place.
    let height = ledger.block.height;
    assert_eq!(changes(&mut ledger, &act(2, upgrade(3, height + 3))).version, None);
    let planned = PlannedUpgrade { before: 2, version: 3, height: height + 3 };
    assert_eq!(ledger.read::<PlannedUpgrade>(&StateKey::Upgrade), Some(planned));
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
    for transaction in [grant(3), revoke(0), act(3, next("keepwell-9", 1_000)), Outcomes::known()] {
        let executed = ledger.execute(&[transaction]);
        assert_eq!(executed.outcomes, [Outcome::Rejected(Rejection::ChainEnded)]);
        assert!(executed.writes.is_empty());
    }
    // Names that are no chain's are no transaction.
    for name in ["", "with a blank", "ünïcode", &"x".repeat(51)] {
        let body = GovernanceAction { kind: Kind, number: 1, action: next(name, 1_000).into() };
        let signed = SignedTransaction::sign(body, &origin(), Signer::Governance(&[&key(11), &key(12)]));
        assert_eq!(signed.unwrap_err(), TransactionError::Field, "{name}");
    }
}

/// What the ledger has on record already.
struct Outcomes;

impl Outcomes {
    fn known() -> SignedTransaction {
        first(0)
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
    ledger.accept(&act(1, governance(1, &[41, 42])));
    assert_eq!(ledger.read::<Governance>(&StateKey::Governance).unwrap().threshold, 1);
    ledger.refuse(&act(2, set_validator(25, 1)), Rejection::NotGovernance);
    ledger.accept(&by_governors(2, set_validator(25, 1), &[42]));
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
    ledger.accept(&sign(SuspendProvider { kind: Kind, provider: clinic() }, by_governance));
    ledger.refuse(&checkpoint(7, 3, CLINIC), Rejection::ProviderSuspended);
    ledger.already(&checkpoint(6, 2, CLINIC));
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
}

#[test]
fn nobody_signs_in_anothers_place() {
    let governors = [&key(11), &key(12)];
    let transactions = [
        act(1, set_validator(25, 1)),
        update_gateway(1, GATEWAY),
        checkpoint(1, 1, CLINIC),
        batch(1, AGGREGATOR),
    ];
    let signer = key(50);
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
        for admitted in [act(1, set_gateway(Some(GATEWAY))), act(2, set_aggregator(Some(AGGREGATOR)))] {
            ledger.accept(&admitted);
        }
        let block = keepwell_ledger::state::Block { origin: elsewhere, ..ledger.block.clone() };
        let executed = execute(&ledger, &block, &[&received]).unwrap();
        assert!(executed.outcomes[0].number() >= 10);
    }
}

//! Gateways, providers' own logs and aggregators, and that nobody signs in another's place.

use keepwell_ledger::state::{AppVersion, Rejection, execute};
use keepwell_protocol::crypto::audit_log_id;
use keepwell_protocol::domain::{Object as _, Timestamp};
use keepwell_protocol::ledger::{
    AggregatorRecord, AuditCheckpoint, AuditRecord, GatewayRecord, Kind, RegisterProvider, SignedTransaction,
    Signer, StateKey, SuspendProvider, TransactionError, UpdateGateway, UpdateProvider,
};

use super::{
    AGGREGATOR, CLINIC, GATEWAY, act, aggregator, batch, checkpoint, clinic, gateway, set_aggregator,
    set_gateway, set_validator, update_gateway,
};
use crate::memory::*;
use crate::providers::card_of;

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

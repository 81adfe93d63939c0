//! The rules for accounts and grants, each with its nearest refusal.

use keepwell_ledger::state::{AppVersion, Outcome, Rejection};
use keepwell_protocol::domain::{Commitment, Day, Object, Origin, Slot, Timestamp};
use keepwell_protocol::ledger::{
    AccountRecord, AccountStatus, Amend, Close, Grant, GrantNewAccount, GrantStatus, Kind, Revoke, RotateKey,
    SignedTransaction, Signer, StateKey, TransactionError,
};

use crate::memory::*;

#[test]
fn the_first_grant_makes_its_account() {
    let mut ledger = Memory::new();
    ledger.refuse(&grant(0), Rejection::UnknownAccount);
    ledger.accept(&first(0));
    let record = ledger.account().unwrap();
    assert_eq!((record.key, record.key_number), (Some(key(ACCOUNT).public_key()), 1));
    assert_eq!((record.count, record.status, record.last), (1, AccountStatus::Open, Day(TODAY)));
    let record = ledger.grant(0).unwrap();
    assert_eq!((record.status, record.version, record.height), (GrantStatus::Active, 1, 2));
    assert_eq!(record.slot, Some(Slot::from_bytes([1; 32])));
    assert_eq!(record.commitment, Some(Commitment::from_bytes([2; 32])));
    assert_eq!(record.transaction, first(0).id(&origin()));
    // Twice the same is on record; the account is not made a second time.
    ledger.already(&first(0));
    ledger.refuse(&first(1), Rejection::AccountExists);
}

#[test]
fn only_the_right_keys_sign() {
    let mut ledger = Memory::new();
    ledger.accept(&first(0));
    let bad_signature = Rejection::Transaction(TransactionError::BadSignature);
    ledger.refuse(&sign(further(1), Signer::Account(&key(STRANGER))), bad_signature);
    ledger.refuse(&sign(further(1), Signer::Account(&key(ROOT))), bad_signature);
    ledger.accept(&grant(1));
    // The root key signs with its name beside; a stranger's root is another account's.
    ledger.accept(&sign(further(2), Signer::Root(&key(ROOT))));
    let stranger = SignedTransaction::sign(further(3), &origin(), Signer::Root(&key(STRANGER)));
    assert_eq!(stranger.unwrap_err(), TransactionError::BadSignature);
    // A revocation of one's own account under another's key is another account's.
    let body = Revoke { kind: Kind, account: None, root: Some(key(STRANGER).public_key()), number: 0 };
    ledger.accept(&sign(body, Signer::Root(&key(STRANGER))));
    assert_eq!(ledger.status(0), Some(GrantStatus::Active));
    // For another network it is signed over another origin.
    let elsewhere = Origin::from_bytes([8; 32]);
    let foreign = SignedTransaction::sign(further(3), &elsewhere, Signer::Account(&key(ACCOUNT))).unwrap();
    ledger.refuse(&foreign, bad_signature);
}

#[test]
fn numbers_go_up_within_a_window_of_twenty() {
    let mut ledger = Memory::new();
    ledger.refuse(&first(20), Rejection::NumberAhead);
    ledger.accept(&first(19));
    assert_eq!(ledger.account().unwrap().count, 20);
    ledger.refuse(&grant(19), Rejection::NumberUsed);
    ledger.refuse(&grant(3), Rejection::NumberUsed);
    ledger.refuse(&grant(40), Rejection::NumberAhead);
    ledger.accept(&grant(39));
    assert_eq!(ledger.account().unwrap().count, 40);
    assert_eq!(ledger.grant(3), None);
}

#[test]
fn a_grant_is_sent_in_time_and_for_a_time() {
    let now = start_of_test();
    let today = now.day().0;
    for (valid_until, not_after, rejection) in [
        (now.0, today, None),
        (now.0 - 1, today, Some(Rejection::Expired)),
        (now.0 + 7 * 86_400, today, None),
        (now.0 + 7 * 86_400 + 1, today, Some(Rejection::ValidTooLong)),
        (now.0, today - 1, Some(Rejection::LastDay)),
        (now.0, today + 400, None),
        (now.0, today + 401, Some(Rejection::LastDay)),
        (now.0, u32::MAX, Some(Rejection::LastDay)),
        (u64::MAX, today, Some(Rejection::ValidTooLong)),
    ] {
        let body = GrantNewAccount {
            valid_until: Timestamp(valid_until),
            not_after: Day(not_after),
            ..new_account(0)
        };
        let transaction = sign(body, Signer::Root(&key(ROOT)));
        let mut ledger = Memory::new();
        match rejection {
            None => ledger.accept(&transaction),
            Some(rejection) => ledger.refuse(&transaction, rejection),
        }
    }
}

#[test]
fn a_revocation_ends_a_grant_and_may_be_repeated() {
    for revoke in [revoke as fn(u32) -> SignedTransaction, revoke_by_root] {
        let mut ledger = Memory::new();
        ledger.accept(&first(0));
        ledger.accept(&revoke(0));
        let record = ledger.grant(0).unwrap();
        assert_eq!((record.status, record.transaction), (GrantStatus::Revoked, revoke(0).id(&origin())));
        assert_eq!(record.not_after, Day(TODAY + GRANT_DAYS), "it stays until it would have ended anyway");
        ledger.already(&revoke(0));
        // Old transactions of it do nothing any more.
        ledger.refuse(&first(0), Rejection::AccountExists);
        ledger.refuse(&by_account(amend(0, 2)), Rejection::GrantEnded);
        // A year later, with the record swept, too.
        ledger.pass_days(400);
        assert_eq!(ledger.send(&revoke(0)), Outcome::AlreadyRecorded(revoke(0).id(&origin())));
        assert_eq!(ledger.grant(0), None);
        ledger.already(&revoke(0));
    }
}

#[test]
fn a_revocation_may_come_before_its_grant() {
    let mut ledger = Memory::new();
    ledger.accept(&first(0));
    ledger.accept(&revoke(5));
    let record = ledger.grant(5).unwrap();
    assert_eq!((record.status, record.version), (GrantStatus::Revoked, 0));
    assert_eq!((record.slot, record.commitment, record.not_after), (None, None, Day(TODAY)));
    assert_eq!(ledger.account().unwrap().count, 6);
    ledger.refuse(&grant(5), Rejection::NumberUsed);
    ledger.refuse(&grant(4), Rejection::NumberUsed);
    ledger.already(&revoke(5));
    ledger.already(&revoke(4)); // passed over: it can never be granted
    ledger.refuse(&revoke(26), Rejection::NumberAhead);
    ledger.accept(&revoke(25));
    ledger.accept(&grant(26));
    // In one block, in this order, the same.
    let mut ledger = Memory::new();
    let outcomes = ledger.block(&[first(0), revoke(1), grant(1)]);
    assert_eq!(outcomes[2], Outcome::Rejected(Rejection::NumberUsed));
    assert_eq!(ledger.status(1), Some(GrantStatus::Revoked));
}

#[test]
fn a_revocation_by_root_may_come_before_the_account() {
    let mut ledger = Memory::new();
    ledger.refuse(&revoke(0), Rejection::UnknownAccount);
    ledger.refuse(&revoke_by_root(20), Rejection::NumberAhead);
    ledger.accept(&revoke_by_root(0));
    let record = ledger.account().unwrap();
    assert_eq!((record.key, record.key_number, record.count), (None, 0, 1));
    // The account has no key: only the root key can go on, and the next grant by it names one.
    ledger.refuse(&grant(1), Rejection::AccountWithoutKey);
    ledger.refuse(&first(0), Rejection::NumberUsed);
    assert_eq!(ledger.account().unwrap().key, None);
    ledger.accept(&first(1));
    assert_eq!(ledger.account().unwrap().key, Some(key(ACCOUNT).public_key()));
    ledger.accept(&grant(2));
}

#[test]
fn an_amendment_replaces_the_terms_and_nothing_else() {
    let mut ledger = Memory::new();
    ledger.accept(&first(0));
    ledger.refuse(&by_account(amend(1, 2)), Rejection::UnknownGrant);
    ledger.refuse(&by_account(amend(0, 1)), Rejection::Version);
    ledger.refuse(&by_account(amend(0, 3)), Rejection::Version);
    let late = Amend { not_after: Day(TODAY + 401), ..amend(0, 2) };
    ledger.refuse(&by_account(late), Rejection::LastDay);
    ledger.accept(&by_account(amend(0, 2)));
    let record = ledger.grant(0).unwrap();
    assert_eq!((record.version, record.status), (2, GrantStatus::Active));
    assert_eq!(record.commitment, Some(Commitment::from_bytes([5; 32])));
    assert_eq!(record.slot, Some(Slot::from_bytes([1; 32])));
    assert_eq!(record.not_after, Day(TODAY + GRANT_DAYS + 10));
    ledger.already(&by_account(amend(0, 2)));
    ledger.accept(&sign(amend(0, 3), Signer::Root(&key(ROOT))));
    // What has ended by time is not brought back.
    ledger.pass_days(GRANT_DAYS + 11);
    let renewed = Amend { not_after: Day(TODAY + 100), ..amend(0, 4) };
    ledger.refuse(&by_account(renewed), Rejection::GrantEnded);
}

#[test]
fn the_root_key_replaces_the_account_key() {
    let mut ledger = Memory::new();
    let rotate = |key_number: u32, new: u8| {
        let body = RotateKey {
            kind: Kind,
            root: key(ROOT).public_key(),
            key_number,
            account_key: key(new).public_key(),
        };
        sign(body, Signer::Rotation { root: &key(ROOT), new: &key(new) })
    };
    ledger.refuse(&rotate(2, NEXT_ACCOUNT), Rejection::UnknownAccount);
    ledger.accept(&first(0));
    ledger.refuse(&rotate(1, NEXT_ACCOUNT), Rejection::KeyNumber);
    ledger.refuse(&rotate(3, NEXT_ACCOUNT), Rejection::KeyNumber);
    ledger.accept(&rotate(2, NEXT_ACCOUNT));
    ledger.already(&rotate(2, NEXT_ACCOUNT));
    ledger.refuse(&grant(1), Rejection::Transaction(TransactionError::BadSignature));
    ledger.accept(&sign(further(1), Signer::Account(&key(NEXT_ACCOUNT))));
    // The new key must have signed as well.
    let body = RotateKey {
        kind: Kind,
        root: key(ROOT).public_key(),
        key_number: 3,
        account_key: key(STRANGER).public_key(),
    };
    let other = Signer::Rotation { root: &key(ROOT), new: &key(ACCOUNT) };
    let refused = SignedTransaction::sign(body, &origin(), other);
    assert_eq!(refused.unwrap_err(), TransactionError::BadSignature);
}

#[test]
fn closing_ends_every_grant_for_good() {
    let mut ledger = Memory::new();
    let close = sign(Close { kind: Kind, root: key(ROOT).public_key() }, Signer::Root(&key(ROOT)));
    ledger.refuse(&close, Rejection::UnknownAccount);
    ledger.block(&[first(0), grant(3), grant(4), revoke(4)]);
    let revoked_at = ledger.grant(4).unwrap().height;
    ledger.accept(&close);
    assert_eq!(ledger.status(0), Some(GrantStatus::Revoked));
    assert_eq!(ledger.status(3), Some(GrantStatus::Revoked));
    assert_eq!(ledger.grant(3).unwrap().transaction, close.id(&origin()));
    assert_eq!(ledger.grant(4).unwrap().height, revoked_at, "it had ended before");
    ledger.already(&close);
    ledger.refuse(&grant(5), Rejection::AccountClosed);
    ledger.already(&revoke(5));
    assert_eq!(ledger.grant(5), None);
}

#[test]
fn records_are_swept_thirty_days_after_their_end_when_there_are_transactions() {
    let mut ledger = Memory::new();
    ledger.block(&[first(0), grant(1), revoke(1), revoke(2)]);
    let other = |seed: u8| {
        let body = GrantNewAccount { root: key(seed).public_key(), ..new_account(0) };
        move |now: Timestamp| {
            let body =
                GrantNewAccount { valid_until: now, not_after: Day(now.day().0 + 400), ..body.clone() };
            sign(body, Signer::Root(&key(seed)))
        }
    };
    // The early revocation's record ends with its day, the others with the grant's last.
    ledger.pass_days(30);
    ledger.accept(&other(51)(ledger.block.time));
    assert!(ledger.grant(2).is_some());
    ledger.pass_days(1);
    ledger.block(&[]);
    assert!(ledger.grant(2).is_some(), "an empty block sweeps nothing");
    ledger.accept(&other(52)(ledger.block.time));
    assert_eq!(ledger.grant(2), None);
    assert!(ledger.grant(0).is_some() && ledger.grant(1).is_some());
    ledger.pass_days(30);
    ledger.accept(&other(53)(ledger.block.time));
    assert_eq!((ledger.grant(0), ledger.grant(1)), (None, None));
    // What was swept cannot come back: its number is used up.
    ledger.already(&revoke(0));
    let again = Grant { valid_until: ledger.block.time, not_after: ledger.block.time.day(), ..further(2) };
    ledger.refuse(&by_account(again), Rejection::NumberUsed);
    // The account stays for two years after its last grant.
    ledger.pass_days(730 - 61);
    ledger.accept(&other(54)(ledger.block.time));
    assert!(ledger.account().is_some());
    ledger.pass_days(1);
    ledger.accept(&other(55)(ledger.block.time));
    assert_eq!(ledger.account(), None);
}

/// An account as it is after so many numbers.
fn with_count(count: u32) -> Memory {
    let mut ledger = Memory::new();
    ledger.accept(&first(0));
    let record = AccountRecord { count, ..ledger.account().unwrap() };
    ledger.state.insert(StateKey::Account(account()), record.to_cbor());
    ledger
}

#[test]
fn an_account_has_4096_numbers_and_closing_it_revokes_them_all() {
    let mut ledger = with_count(4_090);
    ledger.refuse(&grant(4_096), Rejection::NumberLimit);
    ledger.refuse(&revoke(4_096), Rejection::NumberLimit);
    ledger.accept(&grant(4_095));
    ledger.refuse(&grant(4_096), Rejection::NumberLimit);
    // What is there can still be ended.
    ledger.accept(&sign(Close { kind: Kind, root: key(ROOT).public_key() }, Signer::Root(&key(ROOT))));
    assert_eq!(
        (ledger.status(0), ledger.status(4_095)),
        (Some(GrantStatus::Revoked), Some(GrantStatus::Revoked))
    );

    // Version 1 knew no limit.
    let mut ledger = with_count(4_090);
    ledger.block.version = AppVersion::V1;
    ledger.accept(&grant(4_096));
}

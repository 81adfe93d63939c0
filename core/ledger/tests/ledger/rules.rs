//! The rules of the ledger, each with its nearest refusal, on a state in memory.

use std::collections::BTreeMap;
use std::convert::Infallible;

use keepwell_ledger::state::{self, Block, Outcome, Rejection, View, Writes, due, execute};
use keepwell_protocol::crypto::{
    HpkeSecretKey, PublicKey, Rng, SigningKey, Suite, account_id, grant_id, provider_id,
};
use keepwell_protocol::domain::{
    AccountId, Commitment, Day, Object, Origin, ProviderId, Slot, Timestamp, TxId,
};
use keepwell_protocol::ledger::{
    AccountRecord, AccountStatus, Amend, AppState, Card, Close, Governance, Grant, GrantNewAccount,
    GrantRecord, GrantStatus, Kind, ProviderRecord, ProviderStatus, RegisterProvider, Revoke, RotateKey,
    SignedCard, SignedTransaction, Signer, StateKey, SuspendProvider, Transaction, TransactionError,
    UpdateProvider,
};
use proptest::prelude::*;

/// A whole ledger in memory: the rules and nothing else.
#[derive(Clone)]
struct Memory {
    state: BTreeMap<StateKey, Vec<u8>>,
    block: Block,
}

impl View for Memory {
    type Error = Infallible;

    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.state.get(key).cloned())
    }

    fn swept_before(&self, day: Day, most: usize) -> Result<Vec<StateKey>, Infallible> {
        let mut rows: Vec<_> = self
            .state
            .iter()
            .filter_map(|(key, value)| due(key, value).filter(|due| *due < day).map(|due| (due, *key)))
            .collect();
        rows.sort_unstable();
        Ok(rows.into_iter().map(|(_, key)| key).take(most).collect())
    }
}

const TODAY: u32 = 20_000;
const GRANT_DAYS: u32 = 30;

fn origin() -> Origin {
    Origin::from_bytes([7; 32])
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// Root, first and second account key, a stranger, two of three governors, an outsider.
const ROOT: u8 = 1;
const ACCOUNT: u8 = 2;
const NEXT_ACCOUNT: u8 = 3;
const STRANGER: u8 = 4;
const GOVERNORS: [u8; 3] = [11, 12, 13];

impl Memory {
    fn new() -> Self {
        let mut keys: Vec<PublicKey> = GOVERNORS.iter().map(|seed| key(*seed).public_key()).collect();
        keys.sort_unstable();
        let app_state = AppState { governance: Governance { threshold: 2, keys } };
        let time = Timestamp(Day(TODAY).start().0 + 3_600);
        let mut memory = Self { state: BTreeMap::new(), block: Block { origin: origin(), height: 1, time } };
        memory.write(state::genesis(&app_state));
        memory
    }

    fn write(&mut self, writes: Writes) {
        for (key, value) in writes {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
    }

    fn block(&mut self, transactions: &[SignedTransaction]) -> Vec<Outcome> {
        let bytes: Vec<_> = transactions.iter().map(Object::to_cbor).collect();
        let executed = execute(self, &self.block, &bytes).unwrap();
        self.write(executed.writes);
        self.block.height += 1;
        self.block.time.0 += 1;
        executed.outcomes
    }

    fn send(&mut self, transaction: &SignedTransaction) -> Outcome {
        self.block(std::slice::from_ref(transaction))[0]
    }

    #[track_caller]
    fn accept(&mut self, transaction: &SignedTransaction) {
        assert_eq!(self.send(transaction), Outcome::Applied(transaction.id(&origin())));
    }

    #[track_caller]
    fn already(&mut self, transaction: &SignedTransaction) {
        let before = self.state.clone();
        assert_eq!(self.send(transaction), Outcome::AlreadyRecorded(transaction.id(&origin())));
        assert_eq!(self.state, before);
    }

    #[track_caller]
    fn refuse(&mut self, transaction: &SignedTransaction, rejection: Rejection) {
        let before = self.state.clone();
        assert_eq!(self.send(transaction), Outcome::Rejected(rejection));
        assert_eq!(self.state, before);
    }

    fn pass_days(&mut self, days: u32) {
        self.block.time.0 += u64::from(days) * 86_400;
    }

    fn read<T: Object>(&self, key: &StateKey) -> Option<T> {
        self.state.get(key).map(|bytes| T::from_cbor(bytes).unwrap())
    }

    fn account(&self) -> Option<AccountRecord> {
        self.read(&StateKey::Account(account()))
    }

    fn grant(&self, number: u32) -> Option<GrantRecord> {
        self.read(&StateKey::Grant(grant_id(&account(), number)))
    }

    fn status(&self, number: u32) -> Option<GrantStatus> {
        self.grant(number).map(|record| record.status)
    }

    fn provider(&self, id: ProviderId) -> Option<ProviderRecord> {
        self.read(&StateKey::Provider(id))
    }
}

fn account() -> AccountId {
    account_id(&origin(), &key(ROOT).public_key())
}

fn sign(body: impl Into<Transaction>, signer: Signer<'_>) -> SignedTransaction {
    SignedTransaction::sign(body, &origin(), signer).unwrap()
}

fn start_of_test() -> Timestamp {
    Timestamp(Day(TODAY).start().0 + 3_600)
}

fn new_account(number: u32) -> GrantNewAccount {
    GrantNewAccount {
        kind: Kind,
        root: key(ROOT).public_key(),
        account_key: key(ACCOUNT).public_key(),
        number,
        slot: Slot::from_bytes([1; 32]),
        commitment: Commitment::from_bytes([2; 32]),
        not_after: Day(TODAY + GRANT_DAYS),
        valid_until: Timestamp(start_of_test().0 + 86_400),
    }
}

fn first(number: u32) -> SignedTransaction {
    sign(new_account(number), Signer::Root(&key(ROOT)))
}

fn further(number: u32) -> Grant {
    Grant {
        kind: Kind,
        account: account(),
        number,
        slot: Slot::from_bytes([3; 32]),
        commitment: Commitment::from_bytes([4; 32]),
        not_after: Day(TODAY + GRANT_DAYS),
        valid_until: Timestamp(start_of_test().0 + 86_400),
    }
}

fn grant(number: u32) -> SignedTransaction {
    sign(further(number), Signer::Account(&key(ACCOUNT)))
}

fn revoke(number: u32) -> SignedTransaction {
    let body = Revoke { kind: Kind, account: Some(account()), root: None, number };
    sign(body, Signer::Account(&key(ACCOUNT)))
}

fn revoke_by_root(number: u32) -> SignedTransaction {
    let body = Revoke { kind: Kind, account: None, root: Some(key(ROOT).public_key()), number };
    sign(body, Signer::Root(&key(ROOT)))
}

fn amend(number: u32, version: u32) -> Amend {
    Amend {
        kind: Kind,
        account: account(),
        number,
        version,
        commitment: Commitment::from_bytes([5; 32]),
        not_after: Day(TODAY + GRANT_DAYS + 10),
    }
}

fn by_account(body: impl Into<Transaction>) -> SignedTransaction {
    sign(body, Signer::Account(&key(ACCOUNT)))
}

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

fn card_of(seed: u8, version: u32, signing: u8, name: &str) -> SignedCard {
    let hpke = HpkeSecretKey::generate(Suite::X25519, &mut Rng::seeded(1)).unwrap();
    let card = Card {
        provider: provider_id(&key(seed).public_key()),
        version,
        name: name.to_owned(),
        place: "Ulm".to_owned(),
        signing: key(signing).public_key(),
        keys: vec![hpke.public_key().clone()],
        inbox: "https://clinic.example/v1/inbox".to_owned(),
    };
    card.sign(&key(signing)).unwrap()
}

fn by_governors(body: impl Into<Transaction>, seeds: &[u8]) -> SignedTransaction {
    let keys: Vec<_> = seeds.iter().map(|seed| key(*seed)).collect();
    sign(body, Signer::Governance(&keys.iter().collect::<Vec<_>>()))
}

const CLINIC: u8 = 21;
const CLINIC_NEXT: u8 = 22;

fn register(card: SignedCard) -> RegisterProvider {
    RegisterProvider { kind: Kind, card }
}

fn update(card: SignedCard) -> UpdateProvider {
    UpdateProvider { kind: Kind, card }
}

fn clinic() -> ProviderId {
    provider_id(&key(CLINIC).public_key())
}

#[test]
fn governance_admits_providers_by_its_threshold() {
    let mut ledger = Memory::new();
    let card = card_of(CLINIC, 1, CLINIC, "Clinic");
    let refused = Rejection::NotGovernance;
    ledger.refuse(&by_governors(register(card.clone()), &GOVERNORS[..1]), refused);
    ledger.refuse(&by_governors(register(card.clone()), &[GOVERNORS[0], STRANGER]), refused);
    ledger.refuse(&by_governors(register(card.clone()), &[GOVERNORS[0], GOVERNORS[1], STRANGER]), refused);
    // One governor twice is one.
    let twice = SignedTransaction::sign(
        register(card.clone()),
        &origin(),
        Signer::Governance(&[&key(GOVERNORS[0]), &key(GOVERNORS[0])]),
    );
    assert_eq!(twice.unwrap_err(), TransactionError::Signatures);
    let second = card_of(CLINIC, 2, CLINIC, "Clinic");
    ledger.refuse(&by_governors(register(second), &GOVERNORS[..2]), Rejection::Version);
    let admitted = by_governors(register(card.clone()), &GOVERNORS[1..]);
    ledger.accept(&admitted);
    ledger.already(&admitted);
    let record = ledger.provider(clinic()).unwrap();
    assert_eq!((record.status, record.version, record.rekeyed), (ProviderStatus::Active, 1, None));
    assert_eq!(record.card, card);
    let other = card_of(CLINIC, 1, CLINIC, "Other name");
    ledger.refuse(&by_governors(register(other), &GOVERNORS), Rejection::ProviderExists);
}

#[test]
fn a_provider_updates_its_card_with_the_key_it_had() {
    let mut ledger = Memory::new();
    let by = |body: UpdateProvider, seed: u8| sign(body, Signer::Provider(&key(seed)));
    let second = card_of(CLINIC, 2, CLINIC_NEXT, "Clinic");
    ledger.refuse(&by(update(second.clone()), CLINIC), Rejection::UnknownProvider);
    ledger.accept(&by_governors(register(card_of(CLINIC, 1, CLINIC, "Clinic")), &GOVERNORS));
    let bad_signature = Rejection::Transaction(TransactionError::BadSignature);
    ledger.refuse(&by(update(second.clone()), CLINIC_NEXT), bad_signature);
    ledger.refuse(&by(update(card_of(CLINIC, 3, CLINIC, "Clinic")), CLINIC), Rejection::Version);
    ledger.accept(&by(update(second.clone()), CLINIC));
    ledger.already(&by(update(second), CLINIC));
    let record = ledger.provider(clinic()).unwrap();
    assert_eq!((record.version, record.rekeyed), (2, None), "the old key vouched for the new one");
    let third = card_of(CLINIC, 3, CLINIC_NEXT, "Clinic");
    ledger.refuse(&by(update(third.clone()), CLINIC), bad_signature);
    ledger.accept(&by(update(third), CLINIC_NEXT));
}

#[test]
fn a_key_that_governance_alone_replaced_is_marked() {
    let mut ledger = Memory::new();
    ledger.accept(&by_governors(register(card_of(CLINIC, 1, CLINIC, "Clinic")), &GOVERNORS));
    // The same key under a new name is no new key.
    ledger.accept(&by_governors(update(card_of(CLINIC, 2, CLINIC, "Renamed")), &GOVERNORS));
    assert_eq!(ledger.provider(clinic()).unwrap().rekeyed, None);
    let one = by_governors(update(card_of(CLINIC, 3, CLINIC_NEXT, "Clinic")), &GOVERNORS[..1]);
    ledger.refuse(&one, Rejection::NotGovernance);
    ledger.accept(&by_governors(update(card_of(CLINIC, 3, CLINIC_NEXT, "Clinic")), &GOVERNORS[..2]));
    assert_eq!(ledger.provider(clinic()).unwrap().rekeyed, Some(3));
    // It stays marked through later cards.
    let fourth = sign(update(card_of(CLINIC, 4, CLINIC_NEXT, "Clinic")), Signer::Provider(&key(CLINIC_NEXT)));
    ledger.accept(&fourth);
    assert_eq!(ledger.provider(clinic()).unwrap().rekeyed, Some(3));
}

#[test]
fn a_suspended_provider_waits_for_governance() {
    let mut ledger = Memory::new();
    let suspend = SuspendProvider { kind: Kind, provider: clinic() };
    ledger.refuse(&by_governors(suspend.clone(), &GOVERNORS), Rejection::UnknownProvider);
    ledger.accept(&by_governors(register(card_of(CLINIC, 1, CLINIC, "Clinic")), &GOVERNORS));
    ledger.refuse(&by_governors(suspend.clone(), &GOVERNORS[..1]), Rejection::NotGovernance);
    ledger.accept(&by_governors(suspend.clone(), &GOVERNORS));
    ledger.already(&by_governors(suspend, &GOVERNORS));
    assert_eq!(ledger.provider(clinic()).unwrap().status, ProviderStatus::Suspended);
    let second = update(card_of(CLINIC, 2, CLINIC, "Clinic"));
    ledger.refuse(&sign(second.clone(), Signer::Provider(&key(CLINIC))), Rejection::ProviderSuspended);
    ledger.accept(&by_governors(second, &GOVERNORS));
    assert_eq!(ledger.provider(clinic()).unwrap().status, ProviderStatus::Active);
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
        let executed = execute(&ledger, &ledger.block, &[bytes]).unwrap();
        assert_eq!(executed.outcomes[0].number(), number);
        assert!(executed.writes.is_empty());
    }
}

#[test]
fn every_bit_of_a_transaction_counts() {
    let ledger = Memory::new();
    let good = first(0).to_cbor();
    let accepted = |bytes: &[u8]| {
        let executed = execute(&ledger, &ledger.block, &[bytes.to_vec()]).unwrap();
        matches!(executed.outcomes[0], Outcome::Applied(_))
    };
    assert!(accepted(&good));
    for at in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[at / 8] ^= 1 << (at % 8);
        assert!(!accepted(&changed), "bit {at}");
    }
}

/// One step of a random history of one account, by whom and when.
#[derive(Clone, Debug)]
enum Step {
    First(u32),
    Grant(u32),
    Revoke(u32),
    RevokeByRoot(u32),
    Amend(u32, u32),
    Close,
    Days(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..24_u32;
    prop_oneof![
        2 => number.clone().prop_map(Step::First),
        6 => number.clone().prop_map(Step::Grant),
        4 => number.clone().prop_map(Step::Revoke),
        2 => number.clone().prop_map(Step::RevokeByRoot),
        3 => (number, 1..4_u32).prop_map(|(number, version)| Step::Amend(number, version)),
        1 => Just(Step::Close),
        1 => (1..40_u32).prop_map(Step::Days),
    ]
}

fn transaction(step: &Step, now: Timestamp) -> Option<SignedTransaction> {
    let valid_until = Timestamp(now.0 + 100);
    let not_after = Day(now.day().0 + GRANT_DAYS);
    Some(match step {
        Step::First(number) => {
            sign(GrantNewAccount { valid_until, not_after, ..new_account(*number) }, Signer::Root(&key(ROOT)))
        }
        Step::Grant(number) => by_account(Grant { valid_until, not_after, ..further(*number) }),
        Step::Revoke(number) => revoke(*number),
        Step::RevokeByRoot(number) => revoke_by_root(*number),
        Step::Amend(number, version) => by_account(Amend { not_after, ..amend(*number, *version) }),
        Step::Close => sign(Close { kind: Kind, root: key(ROOT).public_key() }, Signer::Root(&key(ROOT))),
        Step::Days(_) => return None,
    })
}

proptest! {
    // A fifth of what PROPTEST_CASES says, or of 256.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 5))]

    /// Whatever happens: what was revoked never becomes active, a number is granted once, the count
    /// never falls, and what is refused changes nothing.
    #[test]
    fn no_history_brings_a_revoked_grant_back(steps in prop::collection::vec(step(), 1..24)) {
        let mut ledger = Memory::new();
        let mut revoked = std::collections::BTreeSet::new();
        let mut granted: BTreeMap<u32, TxId> = BTreeMap::new();
        let mut count = 0;
        for step in &steps {
            if let Step::Days(days) = step {
                ledger.pass_days(*days);
            }
            let Some(transaction) = transaction(step, ledger.block.time) else { continue };
            let before = ledger.state.clone();
            match ledger.send(&transaction) {
                Outcome::Applied(id) => {
                    if let Step::First(number) | Step::Grant(number) = step {
                        prop_assert!(granted.insert(*number, id).is_none(), "granted twice");
                    }
                }
                Outcome::AlreadyRecorded(_) | Outcome::Rejected(_) => {
                    for (key, value) in &ledger.state {
                        prop_assert_eq!(before.get(key), Some(value), "only the sweep changes anything");
                    }
                }
            }
            for number in 0..24 {
                match ledger.status(number) {
                    Some(GrantStatus::Revoked) => {
                        revoked.insert(number);
                    }
                    Some(GrantStatus::Active) => prop_assert!(!revoked.contains(&number)),
                    None => {}
                }
            }
            if let Some(account) = ledger.account() {
                prop_assert!(account.count >= count);
                count = account.count;
                if account.status == AccountStatus::Closed {
                    prop_assert!((0..24).all(|number| ledger.status(number) != Some(GrantStatus::Active)));
                }
            }
        }
    }

    #[test]
    fn a_block_executes_to_the_same_bytes_again(steps in prop::collection::vec(step(), 1..16)) {
        let ledger = Memory::new();
        let bytes: Vec<_> = steps
            .iter()
            .filter_map(|step| transaction(step, ledger.block.time))
            .map(|transaction| transaction.to_cbor())
            .collect();
        let first = execute(&ledger, &ledger.block, &bytes).unwrap();
        let second = execute(&ledger, &ledger.block, &bytes).unwrap();
        prop_assert_eq!(first.outcomes, second.outcomes);
        prop_assert_eq!(first.writes, second.writes);
    }
}

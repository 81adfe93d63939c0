//! The whole state machine against a model of it in plain maps: whatever is handed in, both say the same of it.

use std::collections::BTreeMap;

use keepwell_ledger::state::Outcome;
use keepwell_protocol::crypto::{audit_log_id, provider_id};
use keepwell_protocol::domain::{Day, Object};
use keepwell_protocol::ledger::*;
use proptest::prelude::*;

use crate::governing::{self, AGGREGATOR, GATEWAY, by_governors};
use crate::memory::*;
use crate::providers::card_of;

const CLINIC: u8 = 33;

/// What may be handed in: who is right and who is not is for the model to say.
#[derive(Clone, Debug)]
enum Step {
    First(u32),
    Grant { number: u32, by_root: bool },
    Revoke { number: u32, by_root: bool },
    Amend { number: u32, version: u32 },
    Rotate(u32),
    Close,
    Register,
    Update { version: u32, by_governance: bool },
    Suspend(u32),
    Validator { number: u32, seed: u8, power: u64 },
    Gateway { number: u32, admit: bool },
    Aggregator { number: u32, admit: bool },
    UpdateGateway(u32),
    Checkpoint(u64),
    Batch(u32),
    Hours(u32),
}

/// The state as a person would tell it. A grant's number and the account's count tell what may follow.
#[derive(Clone, Debug, Default)]
struct Model {
    account: Option<Account>,
    grants: BTreeMap<u32, (bool, u32, String)>,
    /// Whether it is suspended, the version of its card, and the oldest one by which it can be suspended.
    provider: Option<(bool, u32, u32)>,
    actions: (u32, String),
    validators: BTreeMap<u8, u64>,
    gateway: Option<Gateway>,
    aggregator: Option<Aggregator>,
    log: u64,
}

#[derive(Clone, Debug)]
struct Gateway {
    version: u32,
    since: Option<u64>,
    is_in: bool,
    by: String,
}

#[derive(Clone, Debug)]
struct Aggregator {
    batches: u32,
    is_in: bool,
    by: String,
}

#[derive(Clone, Debug)]
struct Account {
    /// The seed of its key and the key's number; none where an early revocation made it.
    key: Option<(u8, u32)>,
    count: u32,
    is_closed: bool,
}

/// What is said of a transaction: applied, on record already, or the number of a refusal.
const APPLIED: u32 = 0;
const ALREADY: u32 = 1;

impl Model {
    fn new() -> Self {
        Self { validators: [21, 22, 23, 24].map(|seed| (seed, 10)).into(), ..Self::default() }
    }

    fn put_grant(&mut self, number: u32, id: &str, account: Account, now: u64) -> u32 {
        match self.grants.get(&number) {
            Some((_, _, by)) if by == id => return ALREADY,
            _ if now > start_of_test().0 + 86_400 => return 20,
            _ if account.is_closed => return 32,
            _ if number < account.count => return 40,
            _ if number - account.count >= 20 => return 41,
            _ => {}
        }
        self.grants.insert(number, (true, 1, id.to_owned()));
        self.account = Some(Account { count: number + 1, ..account });
        APPLIED
    }

    fn act(&mut self, number: u32, id: &str, then: impl FnOnce(&mut Self) -> u32) -> u32 {
        if self.actions.1 == id {
            return ALREADY;
        }
        if number != self.actions.0 + 1 {
            return 60;
        }
        let outcome = then(self);
        if outcome == APPLIED {
            self.actions = (number, id.to_owned());
        }
        outcome
    }

    fn hand_in(&mut self, step: &Step, id: &str, now: u64) -> u32 {
        let open = |key| Account { key, count: 0, is_closed: false };
        match *step {
            Step::First(number) => match self.account.clone() {
                None => self.put_grant(number, id, open(Some((ACCOUNT, 1))), now),
                Some(account) if account.key.is_none() => {
                    self.put_grant(number, id, Account { key: Some((ACCOUNT, 1)), ..account }, now)
                }
                Some(_) if self.grants.get(&number).is_some_and(|(_, _, by)| by == id) => ALREADY,
                Some(_) => 31,
            },
            Step::Grant { number, by_root } => match (self.account.clone(), by_root) {
                (None, _) => 30,
                (Some(account), false) if account.key.is_none() => 33,
                (Some(account), false) if account.key.unwrap().0 != ACCOUNT => 14,
                (Some(account), _) => self.put_grant(number, id, account, now),
            },
            Step::Revoke { number, by_root } => {
                let account = match (self.account.clone(), by_root) {
                    (None, false) => return 30,
                    (Some(account), false) if account.key.is_none() => return 33,
                    (Some(account), false) if account.key.unwrap().0 != ACCOUNT => return 14,
                    (account, _) => account.unwrap_or_else(|| open(None)),
                };
                match self.grants.get_mut(&number) {
                    Some((false, ..)) => return ALREADY,
                    Some((stands, _, by)) => {
                        (*stands, *by) = (false, id.to_owned());
                        return APPLIED;
                    }
                    None if number < account.count || account.is_closed => return ALREADY,
                    None if number - account.count >= 20 => return 41,
                    None => {}
                }
                self.grants.insert(number, (false, 0, id.to_owned()));
                self.account = Some(Account { count: number + 1, ..account });
                APPLIED
            }
            Step::Amend { number, version } => match (self.account.clone(), self.grants.get_mut(&number)) {
                (None, _) => 30,
                (Some(account), _) if account.key.is_none() => 33,
                (Some(account), _) if account.key.unwrap().0 != ACCOUNT => 14,
                (_, None) => 42,
                (_, Some((_, _, by))) if by == id => ALREADY,
                (_, Some((false, ..))) => 43,
                (_, Some((_, stored, _))) if version != *stored + 1 => 44,
                (_, Some((_, stored, by))) => {
                    (*stored, *by) = (version, id.to_owned());
                    APPLIED
                }
            },
            Step::Rotate(number) => match self.account.as_mut() {
                None => 30,
                Some(account) if account.key == Some((NEXT_ACCOUNT, number)) => ALREADY,
                Some(account) if account.is_closed => 32,
                Some(account) if number != account.key.map_or(0, |key| key.1) + 1 => 34,
                Some(account) => {
                    account.key = Some((NEXT_ACCOUNT, number));
                    APPLIED
                }
            },
            Step::Close => match self.account.as_mut() {
                None => 30,
                Some(account) if account.is_closed => ALREADY,
                Some(account) => {
                    account.is_closed = true;
                    let standing = self.grants.values_mut().filter(|grant| grant.0);
                    standing.for_each(|grant| (grant.0, grant.2) = (false, id.to_owned()));
                    APPLIED
                }
            },
            Step::Register => match self.provider {
                Some((_, 1, _)) => ALREADY,
                Some(_) => 51,
                None => {
                    self.provider = Some((false, 1, 1));
                    APPLIED
                }
            },
            Step::Update { version, by_governance } => match self.provider {
                None => 50,
                Some((_, stored, _)) if version == stored => ALREADY,
                Some((true, ..)) if !by_governance => 52,
                Some((_, stored, _)) if version != stored + 1 => 44,
                Some((was_suspended, _, oldest)) => {
                    self.provider = Some((false, version, if was_suspended { version } else { oldest }));
                    APPLIED
                }
            },
            Step::Suspend(version) => match self.provider.as_mut() {
                None => 50,
                Some((true, ..)) => ALREADY,
                Some((_, stored, oldest)) if version < *oldest || version > *stored => 44,
                Some(provider) => {
                    provider.0 = true;
                    APPLIED
                }
            },
            Step::Validator { number, seed, power } => self.act(number, id, |model| {
                let before = model.validators.clone();
                let mut after = before.clone();
                let was = after.remove(&seed);
                if power > 0 {
                    after.insert(seed, power);
                } else if was.is_none() {
                    return 61;
                }
                let (total_before, total): (u64, u64) = (before.values().sum(), after.values().sum());
                let more = power.saturating_sub(was.unwrap_or(0));
                let less = was.unwrap_or(0).saturating_sub(power);
                if 3 * more >= total || 3 * less > total_before {
                    return 62;
                }
                model.validators = after;
                APPLIED
            }),
            Step::Gateway { number, admit } => self.act(number, id, |model| {
                if !admit && model.gateway.is_none() {
                    return 70;
                }
                let version = model.gateway.as_ref().map_or(0, |it| it.version);
                model.gateway = Some(Gateway { version, since: None, is_in: admit, by: id.to_owned() });
                APPLIED
            }),
            Step::Aggregator { number, admit } => self.act(number, id, |model| {
                if !admit && model.aggregator.is_none() {
                    return 72;
                }
                let batches = model.aggregator.as_ref().map_or(0, |it| it.batches);
                model.aggregator = Some(Aggregator { batches, is_in: admit, by: id.to_owned() });
                APPLIED
            }),
            Step::UpdateGateway(version) => match self.gateway.as_mut() {
                None => 70,
                Some(gateway) if !gateway.is_in => 70,
                Some(gateway) if gateway.by == id => ALREADY,
                Some(gateway) if version != gateway.version + 1 => 44,
                Some(gateway) if gateway.since.is_some_and(|since| now < since + 86_400) => 71,
                Some(gateway) => {
                    *gateway = Gateway { version, since: Some(now), is_in: true, by: id.to_owned() };
                    APPLIED
                }
            },
            Step::Checkpoint(size) => match self.provider {
                None => 50,
                Some(_) if size == self.log => ALREADY,
                Some((true, ..)) => 52,
                Some(_) if size < self.log => 74,
                Some(_) => {
                    self.log = size;
                    APPLIED
                }
            },
            Step::Batch(number) => match self.aggregator.as_mut() {
                None => 72,
                Some(aggregator) if !aggregator.is_in => 72,
                Some(aggregator) if aggregator.by == id => ALREADY,
                Some(aggregator) if number != aggregator.batches + 1 => 73,
                Some(aggregator) => {
                    *aggregator = Aggregator { batches: number, is_in: true, by: id.to_owned() };
                    APPLIED
                }
            },
            Step::Hours(_) => APPLIED,
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let (number, few) = (0..26_u32, 1..6_u32);
    let named = (few.clone(), any::<bool>());
    prop_oneof![
        2 => number.clone().prop_map(Step::First),
        5 => (number.clone(), any::<bool>()).prop_map(|(number, by_root)| Step::Grant { number, by_root }),
        4 => (number.clone(), any::<bool>()).prop_map(|(number, by_root)| Step::Revoke { number, by_root }),
        2 => (number, few.clone()).prop_map(|(number, version)| Step::Amend { number, version }),
        1 => few.clone().prop_map(Step::Rotate),
        1 => Just(Step::Close),
        2 => Just(Step::Register),
        3 => named.clone().prop_map(|(version, by_governance)| Step::Update { version, by_governance }),
        1 => few.clone().prop_map(Step::Suspend),
        4 => (few.clone(), 21..27_u8, 0..25_u64)
            .prop_map(|(number, seed, power)| Step::Validator { number, seed, power }),
        2 => named.clone().prop_map(|(number, admit)| Step::Gateway { number, admit }),
        2 => named.prop_map(|(number, admit)| Step::Aggregator { number, admit }),
        3 => few.clone().prop_map(Step::UpdateGateway),
        3 => (1..6_u64).prop_map(Step::Checkpoint),
        3 => few.prop_map(Step::Batch),
        2 => (1..30_u32).prop_map(Step::Hours),
    ]
}

fn transaction(step: &Step) -> Option<SignedTransaction> {
    let (root, governors) = (key(ROOT), [&key(GOVERNORS[0]), &key(GOVERNORS[1])]);
    let by_governance = Signer::Governance(&governors);
    let act = |number, action: Action| by_governors(number, action, &GOVERNORS[..2]);
    Some(match *step {
        Step::First(number) => first(number),
        Step::Grant { number, by_root: false } => grant(number),
        Step::Grant { number, by_root: true } => sign(further(number), Signer::Root(&root)),
        Step::Revoke { number, by_root: false } => revoke(number),
        Step::Revoke { number, by_root: true } => revoke_by_root(number),
        Step::Amend { number, version } => by_account(amend(number, version)),
        Step::Rotate(key_number) => {
            let new = key(NEXT_ACCOUNT);
            let account_key = new.public_key();
            let body = RotateKey { kind: Kind, root: root.public_key(), key_number, account_key };
            sign(body, Signer::Rotation { root: &root, new: &new })
        }
        Step::Close => sign(Close { kind: Kind, root: root.public_key() }, Signer::Root(&root)),
        Step::Register => {
            sign(RegisterProvider { kind: Kind, card: card_of(CLINIC, 1, CLINIC, "Clinic") }, by_governance)
        }
        Step::Update { version, by_governance: is_governance } => {
            let body = UpdateProvider { kind: Kind, card: card_of(CLINIC, version, CLINIC, "Clinic") };
            let clinic = key(CLINIC);
            sign(body, if is_governance { by_governance } else { Signer::Provider(&clinic) })
        }
        Step::Suspend(version) => {
            let provider = provider_id(&key(CLINIC).public_key());
            sign(SuspendProvider { kind: Kind, provider, version: Some(version) }, by_governance)
        }
        Step::Validator { number, seed, power } => {
            act(number, SetValidator { kind: Kind, key: key(seed).public_key(), power }.into())
        }
        Step::Gateway { number, admit } => {
            let key = admit.then(|| key(GATEWAY).public_key());
            act(number, SetGateway { kind: Kind, gateway: governing::gateway(), key }.into())
        }
        Step::Aggregator { number, admit } => {
            let key = admit.then(|| key(AGGREGATOR).public_key());
            act(number, SetAggregator { kind: Kind, aggregator: governing::aggregator(), key }.into())
        }
        Step::UpdateGateway(version) => governing::update_gateway(version, GATEWAY),
        Step::Checkpoint(size) => {
            let provider = provider_id(&key(CLINIC).public_key());
            let body = AuditCheckpoint { kind: Kind, provider, size, root: [1; 32] };
            sign(body, Signer::Provider(&key(CLINIC)))
        }
        Step::Batch(number) => governing::batch(number, AGGREGATOR),
        Step::Hours(_) => return None,
    })
}

/// Compares what the ledger holds with what the model says.
fn compare(ledger: &Memory, model: &Model) {
    for number in 0..26 {
        let held = ledger.grant(number).map(|grant| (grant.status == GrantStatus::Active, grant.version));
        assert_eq!(held, model.grants.get(&number).map(|(stands, version, _)| (*stands, *version)));
    }
    let account = ledger.account().map(|it| (it.count, it.key_number, it.status == AccountStatus::Closed));
    let told = |it: &Account| (it.count, it.key.map_or(0, |key| key.1), it.is_closed);
    assert_eq!(account, model.account.as_ref().map(told));
    let provider = ledger.provider(provider_id(&key(CLINIC).public_key()));
    let provider =
        provider.map(|it| (it.status == ProviderStatus::Suspended, it.version, it.readmitted.unwrap_or(1)));
    assert_eq!(provider, model.provider);
    let set = ledger.read::<ValidatorSet>(&StateKey::Validators);
    assert!(set.is_some() || model.validators == [21, 22, 23, 24].map(|seed| (seed, 10)).into());
    if let Some(set) = set {
        let of = |(seed, power): (&u8, &u64)| Validator {
            key: *key(*seed).public_key().as_bytes(),
            power: *power,
        };
        let mut expected: Vec<_> = model.validators.iter().map(of).collect();
        expected.sort_unstable();
        assert_eq!(set.validators, expected);
        assert!(set.is_well_formed());
    }
    let gateway: Option<GatewayRecord> = ledger.read(&StateKey::Gateway(governing::gateway()));
    assert_eq!(gateway.as_ref().map(|it| it.version), model.gateway.as_ref().map(|it| it.version));
    assert!(gateway.is_none_or(|it| it.former.len() <= 2));
    let aggregator: Option<AggregatorRecord> = ledger.read(&StateKey::Aggregator(governing::aggregator()));
    assert_eq!(aggregator.map(|it| it.batches), model.aggregator.as_ref().map(|it| it.batches));
    let log = StateKey::AuditLog(audit_log_id(&provider_id(&key(CLINIC).public_key())));
    assert_eq!(ledger.read::<AuditRecord>(&log).map_or(0, |it| it.size), model.log);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn ledger_and_model_say_the_same_of_every_history(steps in prop::collection::vec(step(), 1..60)) {
        let (mut ledger, mut model) = (Memory::new(), Model::new());
        for step in &steps {
            match (step, transaction(step)) {
                (Step::Hours(hours), _) => {
                    // Not so long that something is swept.
                    let latest = start_of_test().0 + 20 * 86_400;
                    ledger.block.time.0 = (ledger.block.time.0 + u64::from(*hours) * 3_600).min(latest);
                }
                (_, Some(transaction)) => {
                    let id = transaction.id(&origin()).to_string();
                    let before = ledger.records();
                    let expected = model.hand_in(step, &id, ledger.block.time.0);
                    let outcome = ledger.send(&transaction);
                    prop_assert_eq!(outcome.number(), expected, "{:?} of {:?}", step, &steps);
                    if !matches!(outcome, Outcome::Applied(_)) {
                        prop_assert_eq!(&ledger.records(), &before);
                    }
                }
                _ => {}
            }
            compare(&ledger, &model);
        }
        prop_assert!(ledger.block.time.day() <= Day(TODAY + 21));
    }

    /// Bytes near a transaction, many in a block, in any order: nothing panics, and what is refused does nothing.
    #[test]
    fn no_bytes_make_the_rules_panic(
        steps in prop::collection::vec(step(), 1..12),
        flips in prop::collection::vec((0..12_usize, 0..40_000_usize), 0..12),
        cuts in prop::collection::vec((0..12_usize, 0..4_000_usize), 0..3),
    ) {
        let mut block: Vec<Vec<u8>> =
            steps.iter().filter_map(transaction).map(|transaction| transaction.to_cbor()).collect();
        for (at, bit) in flips {
            if let Some(bytes) = block.get_mut(at) {
                let bit = bit % (bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
        for (at, length) in cuts {
            if let Some(bytes) = block.get_mut(at) {
                bytes.truncate(length.max(1));
            }
        }
        let ledger = Memory::new();
        let (once, again) = (ledger.execute_bytes(block.clone()), ledger.execute_bytes(block.clone()));
        prop_assert_eq!(once.outcomes.len(), block.len());
        prop_assert_eq!(&once.writes, &again.writes);
        if once.outcomes.iter().all(|outcome| outcome.number() >= 10) {
            prop_assert!(once.writes.keys().all(|key| *key == StateKey::SweepHorizon));
        }
    }
}

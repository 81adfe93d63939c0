//! A whole ledger in memory: the rules of the ledger and nothing else, and transactions to try them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use keepwell_ledger::state::{
    self, AppVersion, Block, Executed, Outcome, Received, Rejection, View, Writes, due, execute,
};
use keepwell_protocol::crypto::{PublicKey, SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{AccountId, Commitment, Day, Object, Origin, ProviderId, Slot, Timestamp};
use keepwell_protocol::ledger::{
    AccountRecord, Amend, AppState, Governance, Grant, GrantNewAccount, GrantRecord, GrantStatus, Kind,
    ProviderRecord, Revoke, SignedTransaction, Signer, StateKey, Transaction, Validator,
};

/// A whole ledger in memory: the rules and nothing else.
#[derive(Clone)]
pub(crate) struct Memory {
    pub(crate) state: BTreeMap<StateKey, Vec<u8>>,
    pub(crate) block: Block,
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

pub(crate) const TODAY: u32 = 20_000;
pub(crate) const GRANT_DAYS: u32 = 30;

pub(crate) fn origin() -> Origin {
    Origin::from_bytes([7; 32])
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

/// Root, first and second account key, a stranger, two of three governors, an outsider.
pub(crate) const ROOT: u8 = 1;
pub(crate) const ACCOUNT: u8 = 2;
pub(crate) const NEXT_ACCOUNT: u8 = 3;
pub(crate) const STRANGER: u8 = 4;
pub(crate) const GOVERNORS: [u8; 3] = [11, 12, 13];

impl Memory {
    pub(crate) fn new() -> Self {
        let mut keys: Vec<PublicKey> = GOVERNORS.iter().map(|seed| key(*seed).public_key()).collect();
        keys.sort_unstable();
        let app_state = AppState { governance: Governance { threshold: 2, keys } };
        let time = Timestamp(Day(TODAY).start().0 + 3_600);
        let version = AppVersion::START;
        let block = Block {
            origin: origin(),
            version,
            height: 1,
            time,
            time_before: time,
            first_validators: first_validators().into(),
            has_one_signer: false,
            voters: None,
            misbehaving: Vec::new(),
        };
        let mut memory = Self { state: BTreeMap::new(), block };
        memory.write(state::genesis(&app_state));
        memory
    }

    pub(crate) fn write(&mut self, writes: Writes) {
        for (key, value) in writes {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
    }

    pub(crate) fn block(&mut self, transactions: &[SignedTransaction]) -> Vec<Outcome> {
        let executed = self.execute(transactions);
        self.write(executed.writes);
        self.block.height += 1;
        self.block.time_before = self.block.time;
        self.block.time.0 += 1;
        executed.outcomes
    }

    /// What a block of these would do.
    pub(crate) fn execute(&self, transactions: &[SignedTransaction]) -> Executed {
        self.execute_bytes(transactions.iter().map(Object::to_cbor).collect())
    }

    pub(crate) fn execute_bytes(&self, transactions: Vec<Vec<u8>>) -> Executed {
        let received: Vec<_> =
            transactions.into_iter().map(|bytes| Received::new(bytes, &self.block.origin)).collect();
        execute(self, &self.block, &received.iter().collect::<Vec<_>>()).unwrap()
    }

    /// The state but for the horizon of the sweep, which every block with transactions moves.
    pub(crate) fn records(&self) -> BTreeMap<StateKey, Vec<u8>> {
        let mut records = self.state.clone();
        records.remove(&StateKey::SweepHorizon);
        records
    }

    pub(crate) fn send(&mut self, transaction: &SignedTransaction) -> Outcome {
        self.block(std::slice::from_ref(transaction))[0]
    }

    #[track_caller]
    pub(crate) fn accept(&mut self, transaction: &SignedTransaction) {
        assert_eq!(self.send(transaction), Outcome::Applied(transaction.id(&origin())));
    }

    #[track_caller]
    pub(crate) fn already(&mut self, transaction: &SignedTransaction) {
        let before = self.records();
        assert_eq!(self.send(transaction), Outcome::AlreadyRecorded(transaction.id(&origin())));
        assert_eq!(self.records(), before);
    }

    #[track_caller]
    pub(crate) fn refuse(&mut self, transaction: &SignedTransaction, rejection: Rejection) {
        let before = self.records();
        assert_eq!(self.send(transaction), Outcome::Rejected(rejection));
        assert_eq!(self.records(), before);
    }

    pub(crate) fn pass_days(&mut self, days: u32) {
        self.block.time.0 += u64::from(days) * 86_400;
        self.block.time_before = self.block.time;
        // Half a minute each.
        self.block.height += u64::from(days) * 2_880;
    }

    pub(crate) fn read<T: Object>(&self, key: &StateKey) -> Option<T> {
        self.state.get(key).map(|bytes| T::from_cbor(bytes).unwrap())
    }

    pub(crate) fn account(&self) -> Option<AccountRecord> {
        self.read(&StateKey::Account(account()))
    }

    pub(crate) fn grant(&self, number: u32) -> Option<GrantRecord> {
        self.read(&StateKey::Grant(grant_id(&account(), number)))
    }

    pub(crate) fn status(&self, number: u32) -> Option<GrantStatus> {
        self.grant(number).map(|record| record.status)
    }

    pub(crate) fn provider(&self, id: ProviderId) -> Option<ProviderRecord> {
        self.read(&StateKey::Provider(id))
    }
}

/// Who votes on the first block.
pub(crate) fn first_validators() -> Vec<Validator> {
    [21, 22, 23, 24].map(|seed| Validator { key: *key(seed).public_key().as_bytes(), power: 10 }).to_vec()
}

pub(crate) fn account() -> AccountId {
    account_id(&origin(), &key(ROOT).public_key())
}

pub(crate) fn sign(body: impl Into<Transaction>, signer: Signer<'_>) -> SignedTransaction {
    SignedTransaction::sign(body, &origin(), signer).unwrap()
}

pub(crate) fn start_of_test() -> Timestamp {
    Timestamp(Day(TODAY).start().0 + 3_600)
}

pub(crate) fn new_account(number: u32) -> GrantNewAccount {
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

pub(crate) fn first(number: u32) -> SignedTransaction {
    sign(new_account(number), Signer::Root(&key(ROOT)))
}

pub(crate) fn further(number: u32) -> Grant {
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

pub(crate) fn grant(number: u32) -> SignedTransaction {
    sign(further(number), Signer::Account(&key(ACCOUNT)))
}

pub(crate) fn revoke(number: u32) -> SignedTransaction {
    let body = Revoke { kind: Kind, account: Some(account()), root: None, number };
    sign(body, Signer::Account(&key(ACCOUNT)))
}

pub(crate) fn revoke_by_root(number: u32) -> SignedTransaction {
    let body = Revoke { kind: Kind, account: None, root: Some(key(ROOT).public_key()), number };
    sign(body, Signer::Root(&key(ROOT)))
}

pub(crate) fn amend(number: u32, version: u32) -> Amend {
    Amend {
        kind: Kind,
        account: account(),
        number,
        version,
        commitment: Commitment::from_bytes([5; 32]),
        not_after: Day(TODAY + GRANT_DAYS + 10),
    }
}

pub(crate) fn by_account(body: impl Into<Transaction>) -> SignedTransaction {
    sign(body, Signer::Account(&key(ACCOUNT)))
}

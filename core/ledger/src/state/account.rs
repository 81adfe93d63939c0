//! Rules of accounts and their grants.

use keepwell_protocol::crypto::{PublicKey, account_id, grant_id};
use keepwell_protocol::domain::{AccountId, Commitment, Day, Duration, GrantId, Slot, Timestamp, TxId};
use keepwell_protocol::ledger::{
    AccountRecord, AccountStatus, Amend, Close, Grant, GrantNewAccount, GrantRecord, GrantStatus, Revoke,
    RotateKey, StateKey,
};

use super::block::{AppVersion, Block, Step, Stop};
use super::overlay::{Overlay, View};
use super::received::Parsed;
use super::rejection::Rejection;

/// How many numbers ahead of the next one a grant or an early revocation may be, and one more.
const NUMBERS_AHEAD: u32 = 20;
/// How many numbers an account has, so that closing one is bounded work: a grant a day for eleven years.
const MOST_NUMBERS: u32 = 4_096;
/// How long before its last moment a grant's transaction may be sent.
const VALID_AHEAD: Duration = Duration::days(7);
/// How many days ahead a grant's last day may be.
const LAST_DAY_AHEAD: u32 = 400;

pub(super) fn grant<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &Grant,
) -> Result<Step, Stop<V::Error>> {
    let account = signing_account(state, transaction, body.account)?;
    let grant = NewGrant {
        account: body.account,
        number: body.number,
        slot: body.slot,
        commitment: body.commitment,
        not_after: body.not_after,
        valid_until: body.valid_until,
    };
    grant.put(state, block, transaction.id(), account)
}

pub(super) fn grant_new_account<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &GrantNewAccount,
) -> Result<Step, Stop<V::Error>> {
    transaction.verify_root_signature()?;
    let account_id = account_id(&block.origin, &body.root);
    let grant = NewGrant {
        account: account_id,
        number: body.number,
        slot: body.slot,
        commitment: body.commitment,
        not_after: body.not_after,
        valid_until: body.valid_until,
    };
    let account = match state.read::<AccountRecord>(&StateKey::Account(account_id))? {
        None => new_account(Some(body.account_key), block),
        // An early revocation by the root key made the account, without a key.
        Some(account) if account.key.is_none() => {
            AccountRecord { key: Some(body.account_key), key_number: 1, ..account }
        }
        Some(_) if grant.is_recorded(state, transaction.id())? => return Ok(Step::AlreadyRecorded),
        Some(_) => return Err(Rejection::AccountExists.into()),
    };
    grant.put(state, block, transaction.id(), account)
}

pub(super) fn revoke<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &Revoke,
) -> Result<Step, Stop<V::Error>> {
    let (account_id, account) = match (&body.root, body.account) {
        (Some(root), _) => {
            transaction.verify_root_signature()?;
            let account_id = account_id(&block.origin, root);
            let account = state.read(&StateKey::Account(account_id))?;
            (account_id, account.unwrap_or_else(|| new_account(None, block)))
        }
        (None, Some(account)) => (account, signing_account(state, transaction, account)?),
        (None, None) => return Err(Rejection::UnknownAccount.into()),
    };
    let grant = grant_id(&account_id, body.number);
    match state.read::<GrantRecord>(&StateKey::Grant(grant))? {
        Some(GrantRecord { status: GrantStatus::Revoked, .. }) => Ok(Step::AlreadyRecorded),
        Some(record) => {
            revoke_record(state, block, transaction.id(), grant, record);
            Ok(Step::Applied)
        }
        // Passed over, swept, or of an account that can have no more: it can never be granted.
        None if body.number < account.count || account.status == AccountStatus::Closed => {
            Ok(Step::AlreadyRecorded)
        }
        None => {
            let count = next_count(block, &account, body.number)?;
            let record = GrantRecord {
                status: GrantStatus::Revoked,
                version: 0,
                commitment: None,
                slot: None,
                not_after: block.time.day(),
                height: block.height,
                transaction: transaction.id(),
            };
            state.write(StateKey::Grant(grant), &record);
            let account = AccountRecord { count, last: block.time.day(), ..account };
            state.write(StateKey::Account(account_id), &account);
            Ok(Step::Applied)
        }
    }
}

pub(super) fn amend<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &Amend,
) -> Result<Step, Stop<V::Error>> {
    let account = signing_account(state, transaction, body.account)?;
    let key = StateKey::Grant(grant_id(&body.account, body.number));
    let record: GrantRecord = state.read(&key)?.ok_or(Rejection::UnknownGrant)?;
    if record.transaction == transaction.id() {
        return Ok(Step::AlreadyRecorded);
    }
    let today = block.time.day();
    if record.status == GrantStatus::Revoked || record.not_after < today {
        return Err(Rejection::GrantEnded.into());
    }
    if Some(body.version) != record.version.checked_add(1) {
        return Err(Rejection::Version.into());
    }
    check_last_day(body.not_after, today)?;
    let record = GrantRecord {
        version: body.version,
        commitment: Some(body.commitment),
        not_after: body.not_after,
        height: block.height,
        transaction: transaction.id(),
        ..record
    };
    state.write(key, &record);
    state.write(StateKey::Account(body.account), &AccountRecord { last: today, ..account });
    Ok(Step::Applied)
}

pub(super) fn rotate_key<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &RotateKey,
) -> Result<Step, Stop<V::Error>> {
    transaction.verify_root_signature()?;
    let key = StateKey::Account(account_id(&block.origin, &body.root));
    let account: AccountRecord = state.read(&key)?.ok_or(Rejection::UnknownAccount)?;
    if account.key == Some(body.account_key) && account.key_number == body.key_number {
        return Ok(Step::AlreadyRecorded);
    }
    if account.status == AccountStatus::Closed {
        return Err(Rejection::AccountClosed.into());
    }
    if Some(body.key_number) != account.key_number.checked_add(1) {
        return Err(Rejection::KeyNumber.into());
    }
    let account = AccountRecord { key: Some(body.account_key), key_number: body.key_number, ..account };
    state.write(key, &account);
    Ok(Step::Applied)
}

pub(super) fn close<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    transaction: &Parsed,
    body: &Close,
) -> Result<Step, Stop<V::Error>> {
    transaction.verify_root_signature()?;
    let account_id = account_id(&block.origin, &body.root);
    let key = StateKey::Account(account_id);
    let account: AccountRecord = state.read(&key)?.ok_or(Rejection::UnknownAccount)?;
    if account.status == AccountStatus::Closed {
        return Ok(Step::AlreadyRecorded);
    }
    // Bounded by `MOST_NUMBERS`; an account of version 1 may have more, which cost as many transactions.
    for number in 0..account.count {
        let grant = grant_id(&account_id, number);
        if let Some(record) = state.read::<GrantRecord>(&StateKey::Grant(grant))?
            && record.status == GrantStatus::Active
        {
            revoke_record(state, block, transaction.id(), grant, record);
        }
    }
    state.write(key, &AccountRecord { status: AccountStatus::Closed, ..account });
    Ok(Step::Applied)
}

/// What a grant's transaction puts on the ledger.
struct NewGrant {
    account: AccountId,
    number: u32,
    slot: Slot,
    commitment: Commitment,
    not_after: Day,
    valid_until: Timestamp,
}

impl NewGrant {
    fn key(&self) -> StateKey {
        StateKey::Grant(grant_id(&self.account, self.number))
    }

    fn is_recorded<V: View>(&self, state: &Overlay<'_, V>, id: TxId) -> Result<bool, Stop<V::Error>> {
        let record = state.read::<GrantRecord>(&self.key())?;
        Ok(record.is_some_and(|record| record.transaction == id))
    }

    fn put<V: View>(
        &self,
        state: &mut Overlay<'_, V>,
        block: &Block,
        id: TxId,
        account: AccountRecord,
    ) -> Result<Step, Stop<V::Error>> {
        if self.is_recorded(state, id)? {
            return Ok(Step::AlreadyRecorded);
        }
        if block.time > self.valid_until {
            return Err(Rejection::Expired.into());
        }
        if self.valid_until > block.time.saturating_add(VALID_AHEAD) {
            return Err(Rejection::ValidTooLong.into());
        }
        let today = block.time.day();
        check_last_day(self.not_after, today)?;
        if account.status == AccountStatus::Closed {
            return Err(Rejection::AccountClosed.into());
        }
        let count = next_count(block, &account, self.number)?;
        let record = GrantRecord {
            status: GrantStatus::Active,
            version: 1,
            commitment: Some(self.commitment),
            slot: Some(self.slot),
            not_after: self.not_after,
            height: block.height,
            transaction: id,
        };
        state.write(self.key(), &record);
        state.write(StateKey::Account(self.account), &AccountRecord { count, last: today, ..account });
        Ok(Step::Applied)
    }
}

/// The account, if its key or its root key signed.
fn signing_account<V: View>(
    state: &Overlay<'_, V>,
    transaction: &Parsed,
    id: AccountId,
) -> Result<AccountRecord, Stop<V::Error>> {
    let account: AccountRecord = state.read(&StateKey::Account(id))?.ok_or(Rejection::UnknownAccount)?;
    if transaction.signed().is_signed_by_root() {
        transaction.verify_root_signature()?;
    } else {
        let key = account.key.ok_or(Rejection::AccountWithoutKey)?;
        transaction.verify_account_signature(&key)?;
    }
    Ok(account)
}

fn new_account(key: Option<PublicKey>, block: &Block) -> AccountRecord {
    let key_number = u32::from(key.is_some());
    AccountRecord { key, key_number, count: 0, status: AccountStatus::Open, last: block.time.day() }
}

fn revoke_record<V: View>(
    state: &mut Overlay<'_, V>,
    block: &Block,
    id: TxId,
    grant: GrantId,
    record: GrantRecord,
) {
    let record =
        GrantRecord { status: GrantStatus::Revoked, height: block.height, transaction: id, ..record };
    state.write(StateKey::Grant(grant), &record);
}

/// The count after a number that is in the window.
fn next_count(block: &Block, account: &AccountRecord, number: u32) -> Result<u32, Rejection> {
    if number < account.count {
        return Err(Rejection::NumberUsed);
    }
    if block.version >= AppVersion::V2 && number >= MOST_NUMBERS {
        return Err(Rejection::NumberLimit);
    }
    if number - account.count >= NUMBERS_AHEAD {
        return Err(Rejection::NumberAhead);
    }
    number.checked_add(1).ok_or(Rejection::NumberAhead)
}

fn check_last_day(not_after: Day, today: Day) -> Result<(), Rejection> {
    let latest = today.0.saturating_add(LAST_DAY_AHEAD);
    if (today.0..=latest).contains(&not_after.0) { Ok(()) } else { Err(Rejection::LastDay) }
}

//! What the ledger proves of grants: asked of many and applied at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration as Wait;

use keepwell_net::{Clock, GatewayError, Proved};
use keepwell_protocol::consent::{GrantEvent, GrantState};
use keepwell_protocol::domain::{AccountId, Commitment, Duration, GrantId, Slot, Timestamp};
use keepwell_protocol::ledger::{GrantStatus, ProofError, StateKey, Verified};
use rusqlite::Transaction;

use super::commit::{MAX_PROOF_AGE, Sealer};
use super::delivery::Awaited;
use super::ending;
use super::granted::{self, Granted};
use super::online::{Online, Source};
use super::sync::SyncReport;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::links::{LinkGrant, StoredLink};
use crate::store::outbox::{self, Outgoing};
use crate::store::state_object::StoredGrant;
use crate::store::{grants, ledger_proofs, links, relationships, space};

impl Online<'_> {
    /// Asks about every grant that is not over. That no answer came counts where the host was reached.
    pub(crate) fn prove_grants(
        &mut self,
        report: &mut SyncReport,
        is_host_reached: bool,
    ) -> Result<(), WalletError> {
        let wanted = |grant: &StoredGrant| grant.state.is_entitled() || grant.state == GrantState::Revoking;
        let all = grants::all(self.store.read())?;
        let granted: Vec<GrantId> = all.iter().filter(|grant| wanted(grant)).map(StoredGrant::id).collect();
        let mut asked = granted.clone();
        for link in links::all(self.store.read())? {
            let state = link.grant.map(|grant| grant.state);
            let is_wanted = state.is_some_and(|state| state.is_entitled() || state == GrantState::Revoking);
            asked.extend(link.entry.grant.filter(|_| is_wanted));
        }
        let proved = self.prove_many(&asked);
        match report.note(proved)? {
            Some(proofs) => report.received += self.apply_all(&asked, &proofs)?,
            None if is_host_reached => {
                let now = self.now();
                self.write(|transaction, _| {
                    granted.iter().try_for_each(|id| {
                        Ok(ledger_proofs::note_vain(transaction, &StateKey::Grant(*id), now)?)
                    })
                })?;
            }
            None => {}
        }
        Ok(())
    }

    /// Asks about what was sent and does not show yet; says what still does not.
    pub(crate) fn prove_sent(&mut self, report: &mut SyncReport) -> Result<Awaited, WalletError> {
        let mut asked = Vec::new();
        for row in outbox::all(self.store.read())? {
            let is_sent = row.kind == Outgoing::Transaction && row.last_sent.is_some();
            if is_sent && Granted::find(self.store.read(), row.grant)?.is_some() {
                asked.push(row.grant);
            }
        }
        if asked.is_empty() {
            return Ok(Awaited::Nothing);
        }
        let proved = self.prove_many(&asked);
        match report.note(proved)? {
            Some(proofs) => report.received += self.apply_all(&asked, &proofs)?,
            // Where nobody answers there is nothing to wait for.
            None if !self.prove_ends(&asked, report)? => return Ok(Awaited::Nothing),
            None => {}
        }
        let mut awaited = Awaited::Nothing;
        for id in asked {
            awaited =
                awaited.max(match Granted::find(self.store.read(), id)?.map(|granted| granted.state()) {
                    Some(GrantState::Revoking) => Awaited::Revocations,
                    Some(GrantState::Pending) => Awaited::Grants,
                    _ => Awaited::Nothing,
                });
        }
        Ok(awaited)
    }

    /// Asks a gateway about those that are being revoked, where the relay gives no answer; true if it gave one.
    fn prove_ends(&mut self, asked: &[GrantId], report: &mut SyncReport) -> Result<bool, WalletError> {
        let mut has_answer = false;
        for id in asked {
            let Some(granted) = Granted::find(self.store.read(), *id)? else { continue };
            if granted.state() != GrantState::Revoking {
                continue;
            }
            let proved = self.prove(&StateKey::Grant(*id), Source::Gateway);
            match report.note(proved)? {
                None => return Ok(has_answer),
                Some(None) => {}
                Some(Some(proved)) => {
                    let proofs = Proofs { grants: vec![proved], ..Proofs::default() };
                    report.received += self.apply_all(&[*id], &proofs)?;
                }
            }
            has_answer = true;
        }
        Ok(has_answer)
    }

    /// Proofs about many grants, and about the accounts of those that wait for the ledger, by the relay.
    pub(crate) fn prove_many(&mut self, asked: &[GrantId]) -> Result<Proofs, WalletError> {
        let mut accounts = BTreeSet::new();
        for id in asked {
            let grant = grants::find(self.store.read(), *id)?;
            let waits = |one: &StoredGrant| matches!(one.state, GrantState::Pending | GrantState::Revoking);
            accounts.extend(grant.filter(waits).map(|one| one.terms.account));
        }
        let mut keys: Vec<StateKey> = asked.iter().map(|id| StateKey::Grant(*id)).collect();
        keys.extend(accounts.iter().copied().map(StateKey::Account));
        let mut grants = self.prove_keys(&keys)?;
        let of_accounts = grants.split_off(asked.len().min(grants.len()));
        Ok(Proofs { grants, accounts: accounts.into_iter().zip(of_accounts).collect() })
    }

    /// The height of the newest header that this wallet has verified.
    pub(crate) fn verified_height(&self) -> Result<u64, WalletError> {
        Ok(space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?.trusted.height)
    }

    /// The time of the newest header that this wallet has verified.
    pub(crate) fn verified_time(&self) -> Result<Timestamp, WalletError> {
        Ok(space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?.trusted.time)
    }

    /// What lies under many keys, in their order, by the host's relay, which remembers answers for a moment: where that
    /// is older than what this wallet has verified already, a newer one is waited for.
    pub(crate) fn prove_keys(&mut self, keys: &[StateKey]) -> Result<Vec<Verified>, WalletError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.verified_height()?;
        wait_for_proof(self.clock, PROOF_TRIES, |tries| {
            let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
            let policy = self.policy();
            match self.ledger(Source::Relay)?.prove_batch(keys, &row.trusted, &policy, self.clock) {
                Ok(proofs) => {
                    if let Some(newest) = proofs.iter().max_by_key(|proof| proof.next_state.height) {
                        self.trust(&row.trusted, &newest.next_state)?;
                    }
                    let is_newest = proofs.iter().all(|proof| proof.height >= known);
                    Ok((tries >= NEWEST_TRIES || is_newest).then_some(proofs))
                }
                Err(GatewayError::NotYet) => Ok(None),
                Err(error) => Err(self.note_silence(Source::Relay, proof_error(error))),
            }
        })
    }

    /// Takes over what was proved, in one transaction; answers of how many grants that changes the state.
    fn apply_all(&mut self, asked: &[GrantId], proofs: &Proofs) -> Result<u64, WalletError> {
        self.write(|transaction, sealer| {
            let mut changed = 0;
            for (id, proved) in asked.iter().zip(&proofs.grants) {
                if let Some(grant) = grants::find(transaction, *id)? {
                    let was = grant.state;
                    let next_number = proofs.next_number(grant.terms.account, proved.height)?;
                    changed += u64::from(apply(transaction, sealer, grant, proved, next_number)? != was);
                }
                if let Some(link) = links::with_grant(transaction, *id)? {
                    let was = link.grant.as_ref().map(|grant| grant.state);
                    changed += u64::from(apply_to_link(transaction, sealer, link, proved)? != was);
                    continue;
                }
                // One that is not on the ledger is no proof that it is in force.
                if proved.value.is_some() {
                    let time = proved.time.min(sealer.now);
                    ledger_proofs::note(transaction, &StateKey::Grant(*id), time, time)?;
                }
            }
            Ok(changed)
        })
    }

    /// As [`apply`], in a transaction of its own.
    pub(crate) fn apply(
        &mut self,
        grant: StoredGrant,
        proved: &Verified,
        next_number: u32,
    ) -> Result<GrantState, WalletError> {
        self.write(|transaction, sealer| apply(transaction, sealer, grant, proved, next_number))
    }

    /// As [`apply_to_link`], in a transaction of its own.
    pub(crate) fn apply_to_link(
        &mut self,
        link: StoredLink,
        proved: &Verified,
    ) -> Result<Option<GrantState>, WalletError> {
        self.write(|transaction, sealer| apply_to_link(transaction, sealer, link, proved))
    }

    /// How many grants the ledger has in this wallet's accounts that this wallet knows nothing of.
    pub(crate) fn unknown_grants(&mut self) -> Result<u64, WalletError> {
        let known = relationships::all(self.store.read())?;
        let keys: Vec<StateKey> = known.iter().map(|known| StateKey::Account(known.account)).collect();
        let mut unknown = 0;
        for (known, proved) in known.iter().zip(self.prove_keys(&keys)?) {
            let count = proved.account()?.map_or(0, |account| account.count);
            unknown += u64::from(count.saturating_sub(known.next_number));
        }
        Ok(unknown)
    }

    /// Fetches and verifies what lies under a key; `None` while the proof's header is not made yet.
    ///
    /// What was verified is what is trusted from then on.
    pub(crate) fn prove(&mut self, key: &StateKey, source: Source) -> Result<Option<Verified>, WalletError> {
        Ok(self.prove_in_bytes(key, source)?.map(|proved| proved.verified))
    }

    /// As [`Online::prove`], with the proof as it came.
    pub(crate) fn prove_in_bytes(
        &mut self,
        key: &StateKey,
        source: Source,
    ) -> Result<Option<Proved>, WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let policy = self.policy();
        let proved = match self.ledger(source)?.prove(key, &row.trusted, &policy, self.clock) {
            Ok(proved) => proved,
            Err(GatewayError::NotYet) => return Ok(None),
            Err(error) => return Err(self.note_silence(source, proof_error(error))),
        };
        self.trust(&row.trusted, &proved.verified.next_state)?;
        Ok(Some(proved))
    }

    /// As [`Online::prove`], waiting while the proof's header is being made.
    pub(crate) fn prove_waiting(&mut self, key: &StateKey, source: Source) -> Result<Verified, WalletError> {
        wait_for_proof(self.clock, PROOF_TRIES, |tries| match self.prove(key, source)? {
            // The gateway has waited for it already, in long polls.
            None if source == Source::Gateway && tries + 1 >= SEALED_TRIES && self.is_sealed()? => {
                Err(RemoteError::NotYet.into())
            }
            proved => Ok(proved),
        })
    }

    /// As [`Online::prove_waiting`], by a header that is at most so old.
    ///
    /// # Errors
    /// [`WalletError::LedgerStale`] if it is older: what it shows may have changed since.
    pub(crate) fn prove_fresh(
        &mut self,
        key: &StateKey,
        source: Source,
        longest: Duration,
    ) -> Result<Verified, WalletError> {
        let proved = self.prove_waiting(key, source)?;
        if is_fresh(proved.time, self.now(), longest) { Ok(proved) } else { Err(WalletError::LedgerStale) }
    }
}

/// Asks until the header of what is asked for is made, so often at most; `ask` gets how often it was asked before and
/// answers `None` while it is not.
pub(crate) fn wait_for_proof<T>(
    clock: &dyn Clock,
    most: u32,
    mut ask: impl FnMut(u32) -> Result<Option<T>, WalletError>,
) -> Result<T, WalletError> {
    for tries in 0..most {
        if let Some(proved) = ask(tries)? {
            return Ok(proved);
        }
        clock.sleep(PROOF_PAUSE);
    }
    Err(RemoteError::NotYet.into())
}

/// Takes over what a proof shows of a grant; returns the state after it. Numbers of its account below
/// `next_number` are proved to be taken or passed over.
fn apply(
    transaction: &Transaction<'_>,
    sealer: &Sealer<'_>,
    grant: StoredGrant,
    proved: &Verified,
    next_number: u32,
) -> Result<GrantState, WalletError> {
    let expected = Expected::of(&grant);
    let Some(event) = expected.event(proved, next_number)? else { return Ok(grant.state) };
    let Ok(state) = grant.state.after(event) else { return Ok(grant.state) };
    let id = grant.id();
    if state == grant.state {
        let is_included = event == GrantEvent::ProvedActive && state == GrantState::Active;
        if !is_included || !outbox::has_transaction_about(transaction, id)? {
            return Ok(state);
        }
    }
    match state {
        GrantState::Active => outbox::remove_transactions_about(transaction, id)?,
        _ => outbox::remove_about(transaction, id)?,
    }
    if state != grant.state {
        let was_entitled = grant.state.is_entitled();
        let next = StoredGrant { state, since: sealer.now, ..grant };
        grants::set(transaction, &next, sealer.now)?;
        if was_entitled && !state.is_entitled() {
            ending::end(transaction, &next)?;
        }
    }
    Ok(state)
}

/// Takes over what a proof shows of the grant of a link; returns its state after it.
fn apply_to_link(
    transaction: &Transaction<'_>,
    sealer: &Sealer<'_>,
    link: StoredLink,
    proved: &Verified,
) -> Result<Option<GrantState>, WalletError> {
    let Some(grant) = &link.grant else { return Ok(None) };
    // Nothing else is ever granted in its account.
    match Expected::of_link(&link, grant).event(proved, granted::ONLY)? {
        Some(event) => granted::apply(transaction, link, event, sealer.now),
        None => Ok(Some(grant.state)),
    }
}

/// What lies under the key of a grant once the ledger has it, and until when it may come there.
struct Expected {
    state: GrantState,
    slot: Slot,
    commitment: Commitment,
    number: u32,
    valid_until: Timestamp,
    not_after: Timestamp,
}

impl Expected {
    fn of(grant: &StoredGrant) -> Self {
        let StoredGrant { state, slot, valid_until, ref terms, .. } = *grant;
        let commitment = terms.commitment(&grant.salt);
        Self { state, slot, commitment, number: terms.number, valid_until, not_after: terms.not_after }
    }

    fn of_link(link: &StoredLink, grant: &LinkGrant) -> Self {
        let LinkGrant { state, slot, valid_until, .. } = *grant;
        let (terms, number) = (link.terms(), granted::ONLY);
        let commitment = terms.commitment(&grant.salt);
        Self { state, slot, commitment, number, valid_until, not_after: terms.not_after }
    }

    /// What a proof shows to have become of the grant; none where it shows nothing new.
    fn event(&self, proved: &Verified, next_number: u32) -> Result<Option<GrantEvent>, WalletError> {
        let is_passed_over = self.number < next_number;
        Ok(match proved.grant()? {
            Some(record) if record.status == GrantStatus::Revoked => Some(GrantEvent::ProvedRevoked),
            Some(record) => {
                let ours = record.slot == Some(self.slot) && record.commitment == Some(self.commitment);
                // Another grant has taken its number, so this one can never be included.
                Some(if ours { GrantEvent::ProvedActive } else { GrantEvent::Expire })
            }
            // It can't be included any more.
            None if self.state == GrantState::Pending
                && (proved.time > self.valid_until || is_passed_over) =>
            {
                Some(GrantEvent::Expire)
            }
            // It can't be included any more, or is over: there is nothing left to revoke.
            None if self.state == GrantState::Revoking
                && (proved.time > self.valid_until.max(self.not_after) || is_passed_over) =>
            {
                Some(GrantEvent::ProvedRevoked)
            }
            None => None,
        })
    }
}

/// What was proved at once.
#[derive(Default)]
pub(crate) struct Proofs {
    /// About grants, in the order in which they were asked about.
    pub(crate) grants: Vec<Verified>,
    accounts: BTreeMap<AccountId, Verified>,
}

impl Proofs {
    /// The number that an account had reached at `height` or before: what it lacks below that can't be
    /// included any more.
    pub(crate) fn next_number(&self, account: AccountId, height: u64) -> Result<u32, WalletError> {
        let proved = self.accounts.get(&account).filter(|proved| proved.height <= height);
        let account = proved.map(Verified::account).transpose()?.flatten();
        Ok(account.map_or(0, |account| account.count))
    }
}

/// Whether a header is at most so old; one a little ahead of this clock counts as of now.
pub(crate) fn is_fresh(header: Timestamp, now: Timestamp, longest: Duration) -> bool {
    now.since(header) <= longest
}

/// A header from further ahead of this clock than it can be wrong tells that one of the two is.
pub(crate) fn proof_error(error: GatewayError) -> WalletError {
    match error {
        GatewayError::Proof(ProofError::HeaderFromFuture) => WalletError::Proof(ProofError::ClockSuspect),
        error => RemoteError::from(error).into(),
    }
}

/// How old the header of a provider's proof may be by which something is decided (flows.md §7).
pub(crate) const LONGEST_OF_PROVIDER: Duration = MAX_PROOF_AGE;
/// How often a proof is asked for whose header is still being made, and after which pause.
pub(crate) const PROOF_TRIES: u32 = 50;
/// How often it is asked for by sealed questions, each of which waits at the gateway; then another call goes on.
pub(crate) const SEALED_TRIES: u32 = 2;
const PROOF_PAUSE: Wait = Wait::from_millis(200);
/// Longer than a relay remembers an answer, which is two seconds.
pub(crate) const NEWEST_TRIES: u32 = 15;

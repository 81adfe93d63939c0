//! Providers' own access logs, against the ledger and against the host's log (docs/adr/0027).
//!
//! A log is read from where the wallet has verified it to the ledger's checkpoint. If what was verified before and what
//! came now have the checkpoint's root together, nothing in between was changed or taken out.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::consent::{LogStatement, ProviderLogEntry, ProviderLogStart};
use keepwell_protocol::crypto::{self, PairSecret, audit_log_id};
use keepwell_protocol::domain::{AccountId, Duration, Object, ProviderId, Timestamp};
use keepwell_protocol::ledger::{AuditRecord, StateKey};

use super::online::{Online, Source};
use super::proofs::LONGEST_OF_PROVIDER;
use super::provider_log_findings::{
    LogMembership, ProviderLog, ProviderLogFlaw, ProviderLogState, UnshownRead,
};
use super::provider_log_tags::Tags;
use super::random_order::shuffle;
use crate::error::WalletError;
use crate::net::fetch_provider_log;
use crate::store::provider_logs::{self, OwnEntry, VerifiedLog};
use crate::store::relationships;
use crate::store::state_object::Relationship;

/// A read that the host's log has.
pub(crate) struct ShownRead {
    /// SHA-256 of the sealed receipt for it.
    pub(crate) receipt: [u8; 32],
    /// When, by the host's clock.
    pub(crate) time: Timestamp,
    /// When, by the provider's clock; none where its receipt is not valid.
    pub(crate) signed_time: Option<Timestamp>,
    /// Whether the provider asked for it beyond doubt.
    pub(crate) is_signed: bool,
}

/// A log, with what it says about this wallet.
pub(crate) struct CheckedLog {
    pub(crate) log: ProviderLog,
    accounts: BTreeSet<AccountId>,
    /// From when on it is kept; none where nothing was ever verified of it.
    began: Option<Timestamp>,
    /// The time of the ledger's header by which it was verified now; none where it was not.
    verified: Option<Timestamp>,
    statements: Vec<LogStatement>,
    receipts: BTreeSet<[u8; 32]>,
}

impl CheckedLog {
    /// Whether it is the log of the provider of this account.
    pub(crate) fn is_of(&self, account: AccountId) -> bool {
        self.accounts.contains(&account)
    }

    /// Whether a read is in it.
    pub(crate) fn membership(&self, read: &ShownRead) -> LogMembership {
        if self.receipts.contains(&read.receipt) {
            return LogMembership::Logged;
        }
        // By the clock that dates the log, else by the host's, which may be another.
        let latest = read.signed_time.unwrap_or_else(|| read.time.saturating_sub(CLOCKS_APART));
        match (self.began, self.verified) {
            (Some(began), Some(_)) if latest < began => LogMembership::BeforeLog,
            (Some(_), Some(verified)) if read.is_signed && verified.since(read.time) >= LONGEST_UNLOGGED => {
                LogMembership::Unlogged
            }
            (Some(_), Some(_)) if read.is_signed => LogMembership::Awaited,
            // There is no log yet, or the host made it up.
            _ => LogMembership::Unknown,
        }
    }

    /// What it says was read since a time that is in none of these receipts.
    pub(crate) fn unshown(&self, shown: &BTreeSet<[u8; 32]>, since: Timestamp) -> Vec<UnshownRead> {
        let taken_back: BTreeSet<[u8; 32]> = self
            .statements
            .iter()
            .filter(|statement| statement.is_unanswered)
            .map(|statement| statement.sealed_receipt)
            .collect();
        let is_unshown = |statement: &&LogStatement| {
            let receipt = &statement.sealed_receipt;
            !taken_back.contains(receipt)
                && !shown.contains(receipt)
                && statement.receipt.receipt.time >= since
        };
        let unshown = self.statements.iter().filter(is_unshown).map(|statement| UnshownRead {
            time: statement.receipt.receipt.time,
            provider: self.log.provider,
            grant: statement.receipt.receipt.grant,
            name: self.log.name.clone(),
            purpose: statement.receipt.receipt.purpose,
        });
        unshown.collect()
    }
}

impl Online<'_> {
    /// Reads on in the logs of all providers that this wallet ever granted to.
    pub(crate) fn check_provider_logs(&mut self) -> Result<Vec<CheckedLog>, WalletError> {
        let mut known: BTreeMap<ProviderId, Vec<Relationship>> = BTreeMap::new();
        for relationship in relationships::all(self.store.read())? {
            known.entry(relationship.provider).or_default().push(relationship);
        }
        if known.is_empty() {
            return Ok(Vec::new());
        }
        // All are asked about before anything is read: how long it takes from one to the next tells nothing.
        let mut asked = self.known_among_others(&known.keys().copied().collect())?;
        shuffle(&mut asked, self.rng)?;
        let mut records = BTreeMap::new();
        for provider in asked {
            let record = match self.prove_audit_log(provider) {
                Ok(proved) => Some(proved),
                Err(error) if error.is_of_servers() => None,
                Err(error) => return Err(error),
            };
            records.insert(provider, record);
        }
        let mut logs = Vec::with_capacity(known.len());
        for (provider, relationships) in &known {
            let (provider, record) = (*provider, records.remove(provider).flatten());
            let state = match &record {
                None => ProviderLogState::Unreachable,
                Some((record, header_time)) => {
                    self.read_provider_log(provider, relationships, (record.as_ref(), *header_time))?
                }
            };
            logs.push(self.checked_log(provider, relationships, state, record)?);
        }
        logs.sort_by(|one, other| one.log.name.cmp(&other.log.name));
        Ok(logs)
    }

    /// What the ledger has of a provider's log, and the time of the header that shows it.
    fn prove_audit_log(
        &mut self,
        provider: ProviderId,
    ) -> Result<(Option<AuditRecord>, Timestamp), WalletError> {
        let key = StateKey::AuditLog(audit_log_id(&provider));
        let proved = self.prove_fresh(&key, Source::Gateway, LONGEST_OF_PROVIDER)?;
        Ok((proved.audit_log(&provider)?, proved.time))
    }

    /// Reads on in a log up to this checkpoint, and keeps what holds.
    fn read_provider_log(
        &mut self,
        provider: ProviderId,
        relationships: &[Relationship],
        (record, header_time): (Option<&AuditRecord>, Timestamp),
    ) -> Result<ProviderLogState, WalletError> {
        let known = provider_logs::find(self.store.read(), provider)?;
        let record = match next_checkpoint(known.as_ref(), record, header_time) {
            Ok(record) => record,
            Err(state) => return Ok(state),
        };
        let (mut began, mut log) =
            known.map_or_else(Default::default, |known| (Some(known.began), known.log));
        let mut tags = Tags::new(self.pairs(relationships));
        for own in provider_logs::entries(self.store.read(), provider)? {
            tags.extend_behind(own.account, own.number);
        }
        // By the newest card: it says where the provider is reached now.
        let Some(newest) = relationships.iter().max_by_key(|one| one.card.card.version) else {
            return Ok(ProviderLogState::Absent);
        };
        let (mut found, mut pages, reach) = (Vec::new(), 0, self.inbox_reach());
        while log.size() < record.size {
            pages += 1;
            if pages > MOST_PAGES {
                return Ok(ProviderLogState::TooLong);
            }
            let inbox = &newest.card.card.inbox;
            let page = match fetch_provider_log(self.network.envelopes, inbox, log.size(), reach) {
                Ok(page) => page,
                Err(_) => return Ok(ProviderLogState::Unreachable),
            };
            if page.entries.is_empty() {
                return Ok(ProviderLogState::Withheld);
            }
            for entry in page.entries {
                let position = log.size();
                if position == record.size {
                    break;
                }
                if entry.len() > ProviderLogEntry::LONGEST {
                    return Ok(ProviderLogState::Malformed);
                }
                log.push(&entry);
                if position == 0 {
                    let start = ProviderLogStart::from_cbor(&entry).ok();
                    let is_start = |start: &ProviderLogStart| {
                        start.provider == provider && start.time <= record.time.saturating_add(CLOCKS_APART)
                    };
                    began = start.filter(is_start).map(|start| start.time);
                    continue;
                }
                // What a newer program wrote may be of another form.
                let Ok(entry) = ProviderLogEntry::from_cbor(&entry) else { continue };
                if let Some((account, number)) = tags.find(&entry.tag) {
                    tags.extend_behind(account, number);
                    found.push(OwnEntry { position, account, number, entry });
                }
            }
        }
        if log.root() != record.root {
            return Ok(ProviderLogState::Altered);
        }
        let Some(began) = began else { return Ok(ProviderLogState::Malformed) };
        let verified = VerifiedLog { began, log, recorded: record.time };
        self.write(|transaction, _| Ok(provider_logs::advance(transaction, provider, &verified, &found)?))?;
        Ok(ProviderLogState::Verified)
    }

    fn pairs(&self, relationships: &[Relationship]) -> Vec<(AccountId, PairSecret)> {
        let pair = |one: &Relationship| crypto::pair_secret(&self.keys.pair, &one.provider, one.index);
        relationships.iter().map(|one| (one.account, pair(one))).collect()
    }

    /// What is known of a log, with what it says about this wallet.
    fn checked_log(
        &self,
        provider: ProviderId,
        relationships: &[Relationship],
        state: ProviderLogState,
        record: Option<(Option<AuditRecord>, Timestamp)>,
    ) -> Result<CheckedLog, WalletError> {
        let known = provider_logs::find(self.store.read(), provider)?;
        let own = provider_logs::entries(self.store.read(), provider)?;
        let pairs: BTreeMap<AccountId, PairSecret> = self.pairs(relationships).into_iter().collect();
        let keys: Vec<_> = relationships.iter().flat_map(Relationship::signing_keys).collect();
        let (mut flaws, mut statements) = (BTreeSet::new(), Vec::new());
        let mut numbers: BTreeMap<AccountId, BTreeSet<u64>> = BTreeMap::new();
        for entry in &own {
            if !numbers.entry(entry.account).or_default().insert(entry.number) {
                flaws.insert(ProviderLogFlaw::Repeated);
            }
            let opened = pairs.get(&entry.account);
            let opened = opened.and_then(|pair| LogStatement::open(&entry.entry, pair, &keys).ok());
            match opened {
                Some(statement) => statements.push(statement),
                None => drop(flaws.insert(ProviderLogFlaw::Unreadable)),
            }
        }
        let has_gap =
            |numbers: &BTreeSet<u64>| numbers.last().is_some_and(|last| *last >= numbers.len() as u64);
        if numbers.values().any(has_gap) {
            flaws.insert(ProviderLogFlaw::Gap);
        }
        let name = relationships.iter().max_by_key(|one| one.card.card.version);
        let recorded = record.as_ref().and_then(|(record, _)| record.as_ref()).map(|record| record.time);
        let verified = record.filter(|_| state == ProviderLogState::Verified).map(|(_, time)| time);
        Ok(CheckedLog {
            log: ProviderLog {
                provider,
                name: name.map(|one| one.card.card.name.clone()).unwrap_or_default(),
                state,
                entries: known.as_ref().map_or(0, |known| known.log.size()),
                own_entries: own.len() as u64,
                recorded,
                flaws: flaws.into_iter().collect(),
            },
            accounts: relationships.iter().map(|one| one.account).collect(),
            began: known.map(|known| known.began),
            verified,
            receipts: statements.iter().map(|statement| statement.sealed_receipt).collect(),
            statements,
        })
    }
}

/// The checkpoint up to which a log is to be read; else what became of it without that.
fn next_checkpoint<'a>(
    known: Option<&VerifiedLog>,
    record: Option<&'a AuditRecord>,
    header_time: Timestamp,
) -> Result<&'a AuditRecord, ProviderLogState> {
    let shown = record.map_or(header_time, |record| record.time);
    match (known, record) {
        // A gateway may be behind another one: what was verified by a newer header stands.
        (Some(known), _) if shown < known.recorded => Err(ProviderLogState::Verified),
        (Some(_), None) => Err(ProviderLogState::Shortened),
        (None, None) => Err(ProviderLogState::Absent),
        (known, Some(record)) => {
            let (size, root) = known.map_or((0, None), |known| (known.log.size(), Some(known.log.root())));
            match record.size.checked_sub(size) {
                None => Err(ProviderLogState::Shortened),
                Some(0) if root.is_some_and(|root| root != record.root) => Err(ProviderLogState::Shortened),
                Some(added) if added > MOST_ENTRIES => Err(ProviderLogState::TooLong),
                Some(_) => Ok(record),
            }
        }
    }
}

/// The most entries that are read at once, some 320 bytes each: with a host's pages of 2,000 entries fewer than it gives
/// out in a minute.
const MOST_ENTRIES: u64 = 200_000;
/// In how many pages at most.
const MOST_PAGES: u32 = 1_000;
/// How long a provider may take until a read is in its log: its machines may be off over a long weekend.
const LONGEST_UNLOGGED: Duration = Duration::days(5);
/// How far the clocks of provider, host and ledger may be apart.
pub(crate) const CLOCKS_APART: Duration = Duration::minutes(5);

#[cfg(test)]
mod tests {
    use keepwell_protocol::domain::TxId;
    use keepwell_protocol::ledger::MerkleLog;

    use super::*;

    #[test]
    fn a_checkpoint_never_goes_back() {
        let provider = ProviderId::from_bytes([1; 32]);
        let record = |size, root, time| AuditRecord {
            provider,
            size,
            root,
            time: Timestamp(time),
            transaction: TxId::from_bytes([2; 32]),
        };
        let mut log = MerkleLog::default();
        log.push(b"one");
        log.push(b"two");
        let root = log.root();
        let known = VerifiedLog { began: Timestamp(5), log, recorded: Timestamp(10) };
        let next = |known: Option<&VerifiedLog>, record: Option<AuditRecord>, header_time| {
            next_checkpoint(known, record.as_ref(), Timestamp(header_time)).copied()
        };
        let (known, same, longer) = (Some(&known), record(2, root, 10), record(3, [9; 32], 11));
        assert_eq!(next(known, Some(same), 20), Ok(same));
        assert_eq!(next(known, Some(longer), 20), Ok(longer));
        assert_eq!(next(None, Some(longer), 20), Ok(longer));
        for (known, shown, header_time, state) in [
            (known, Some(record(1, root, 10)), 20, ProviderLogState::Shortened),
            (known, Some(record(2, [9; 32], 10)), 20, ProviderLogState::Shortened),
            (known, None, 20, ProviderLogState::Shortened),
            // By a header from before what is known.
            (known, None, 9, ProviderLogState::Verified),
            (known, Some(record(1, root, 9)), 20, ProviderLogState::Verified),
            (None, None, 20, ProviderLogState::Absent),
            (None, Some(record(MOST_ENTRIES + 1, root, 10)), 20, ProviderLogState::TooLong),
        ] {
            assert_eq!(next(known, shown, header_time), Err(state), "{shown:?} at {header_time}");
        }
        let most = record(MOST_ENTRIES, root, 10);
        assert_eq!(next(None, Some(most), 20), Ok(most));
    }
}

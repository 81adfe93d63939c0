//! Providers' own access logs: what a host hides is in them, what a provider keeps out of them is in the host's, and
//! what was changed afterwards is not what the ledger was told of.

use std::sync::Mutex;

use keepwell_net::{Limits, NetError, Transport};
use keepwell_protocol::consent::{
    LogStatement, ProviderLogEntry, ProviderLogStart, Receipt, SignedReceipt, log_tag,
};
use keepwell_protocol::crypto::{Rng, SigningKey, audit_log_id, sha256};
use keepwell_protocol::domain::{Duration, Object, ProviderId, Purpose, Timestamp};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::{
    AuditCheckpoint, AuditRecord, Kind, MerkleLog, SignedTransaction, Signer, StateKey,
};
use keepwell_protocol::vault::{LogEvent, ProviderLogPage};
use keepwell_wallet::{
    ActivityEvent, Audit, AuditedEvent, LogMembership, Network, ProviderLog, ProviderLogFlaw,
    ProviderLogState, UnshownRead,
};

use crate::receipts::{OtherLog, Story};

/// Entries in the place where a provider publishes its log, a few on a page; none: nobody answers.
struct Published(Option<Vec<Vec<u8>>>);

impl Transport for Published {
    fn send(&self, request: Request, _: Limits) -> Result<Response, NetError> {
        let entries = self.0.as_ref().ok_or(NetError::Offline)?;
        assert_eq!(request.header("signature"), None, "{}", request.url);
        let from: usize = request.url.split("/log?from=").nth(1).unwrap().parse().unwrap();
        let page = entries.iter().skip(from).take(3).cloned().map(Into::into).collect();
        let body = ProviderLogPage { first: from as u64, entries: page }.to_cbor();
        let headers = vec![("content-type".to_owned(), "application/cbor".to_owned())];
        Ok(Response { status: 200, headers, body })
    }
}

/// A clinic's log, as it is kept by hand.
struct Kept {
    entries: Vec<Vec<u8>>,
    next: u64,
}

impl Kept {
    fn begin(it: &Story) -> Self {
        Self { entries: vec![start(it.clinic.id(), it.parties.clock.read())], next: 0 }
    }

    /// Writes an entry of this number.
    fn write(&mut self, it: &Story, number: u64, statement: &LogStatement) {
        let entry = statement.seal(&it.envelope.pair, number, &mut Rng::system()).unwrap();
        self.entries.push(entry.to_cbor());
        self.next = number + 1;
    }

    /// Somebody else's entry.
    fn write_other(&mut self) {
        let entry = ProviderLogEntry { tag: Rng::system().array().unwrap(), sealed: vec![7; 300] };
        self.entries.push(entry.to_cbor());
    }

    /// Writes down a request and makes it.
    fn read(&mut self, it: &Story) -> LogStatement {
        let (statement, sealed) = stated(it, &it.clinic.signing);
        self.write(it, self.next, &statement);
        it.fetch(sealed);
        statement
    }

    /// Tells the ledger of the log, and waits for it.
    fn record(&self, it: &Story) {
        let mut log = MerkleLog::default();
        self.entries.iter().for_each(|entry| log.push(entry));
        let provider = it.clinic.id();
        let body = AuditCheckpoint { kind: Kind, provider, size: log.size(), root: log.root() };
        let origin = it.parties.governance().origin();
        let signer = Signer::Provider(&it.clinic.signing);
        it.parties.submit(&SignedTransaction::sign(body, &origin, signer).unwrap());
        it.parties.await_proved(&StateKey::AuditLog(audit_log_id(&provider)), |proved| {
            let record = proved.value.as_deref().map(|value| AuditRecord::from_cbor(value).unwrap());
            record.is_some_and(|record| record.root == log.root())
        });
    }
}

fn start(provider: ProviderId, time: Timestamp) -> Vec<u8> {
    ProviderLogStart { provider, time }.to_cbor()
}

/// What is stated of a request now, and the sealed receipt for it.
fn stated(it: &Story, signer: &SigningKey) -> (LogStatement, Vec<u8>) {
    let receipt: SignedReceipt = it.receipt().sign(signer);
    let sealed = receipt.seal(&it.envelope.pair, &mut Rng::system()).unwrap();
    (LogStatement { receipt, sealed_receipt: sha256(&sealed), is_unanswered: false }, sealed)
}

fn audit(it: &mut Story, published: Option<&[Vec<u8>]>) -> Audit {
    let published = Published(published.map(<[_]>::to_vec));
    it.wallet.audit(Network { envelopes: &published, ..it.parties.network() }).unwrap()
}

fn log(audit: &Audit) -> &ProviderLog {
    assert_eq!(audit.logs.len(), 1);
    &audit.logs[0]
}

/// What the log's state is, and what is wrong with its entries about the wallet.
fn found(it: &mut Story, published: &[Vec<u8>]) -> (ProviderLogState, Vec<ProviderLogFlaw>) {
    let audit = audit(it, Some(published));
    (log(&audit).state, log(&audit).flaws.clone())
}

/// Whether the reads that the host's log has are in the provider's, newest first.
fn memberships(audit: &Audit) -> Vec<LogMembership> {
    let of_read = |event: &AuditedEvent| match event {
        AuditedEvent::Happened { activity, membership } => {
            let is_read = matches!(activity.event, ActivityEvent::RecordsRead { .. });
            assert_eq!(is_read, membership.is_some());
            *membership
        }
        AuditedEvent::Unshown(_) => None,
    };
    audit.events.iter().filter_map(of_read).collect()
}

fn unshown(audit: &Audit) -> Vec<UnshownRead> {
    let unshown = audit.events.iter().filter_map(|event| match event {
        AuditedEvent::Unshown(read) => Some(read.clone()),
        AuditedEvent::Happened { .. } => None,
    });
    unshown.collect()
}

const VERIFIED: (ProviderLogState, Vec<ProviderLogFlaw>) = (ProviderLogState::Verified, Vec::new());

#[test]
fn a_read_that_is_kept_out_of_the_log_is_seen_after_five_days() {
    use LogMembership::{Awaited, BeforeLog, Logged, Unknown, Unlogged};
    let mut it = Story::new();
    // Before the provider kept a log at all.
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    let nothing = audit(&mut it, Some(&[]));
    assert_eq!((log(&nothing).state, memberships(&nothing)), (ProviderLogState::Absent, vec![Unknown]));
    it.parties.clock.forward(600);
    let mut kept = Kept::begin(&it);
    it.parties.clock.forward(600);
    it.parties.await_block_time();
    kept.write_other();
    kept.read(&it);
    kept.record(&it);
    let logged = audit(&mut it, Some(&kept.entries));
    assert_eq!(
        (log(&logged).state, memberships(&logged)),
        (ProviderLogState::Verified, vec![Logged, BeforeLog])
    );
    assert_eq!((log(&logged).entries, log(&logged).own_entries), (3, 1));
    assert!(log(&logged).recorded.is_some() && log(&logged).flaws.is_empty());

    // One that is not in the log, and one that the host made up.
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    let late = audit(&mut it, Some(&kept.entries));
    assert_eq!(memberships(&late), [Awaited, Logged, BeforeLog]);
    for (hours, membership) in [(119, Awaited), (2, Unlogged)] {
        it.parties.clock.forward(hours * 3_600);
        it.parties.await_block_time();
        assert_eq!(memberships(&audit(&mut it, Some(&kept.entries))), [membership, Logged, BeforeLog]);
    }
    // What was read before in the log stays known where nobody publishes it now, and that is no alarm.
    kept.write_other();
    kept.record(&it);
    let offline = audit(&mut it, None);
    assert_eq!(
        (log(&offline).state, memberships(&offline)),
        (ProviderLogState::Unreachable, vec![Unknown, Logged, Unknown])
    );
    assert!(!log(&offline).state.is_alarming());
    let unlogged = audit(&mut it, Some(&kept.entries));
    assert_eq!(memberships(&unlogged), [Unlogged, Logged, BeforeLog]);
    let forged = |entries: &mut Vec<keepwell_protocol::vault::LogEntry>| {
        entries.last_mut().unwrap().request = None;
    };
    let host = OtherLog { parties: &it.parties, change: Mutex::new(Box::new(forged)) };
    let published = Published(Some(kept.entries.clone()));
    let network = Network { transport: &host, envelopes: &published, ..it.parties.network() };
    assert_eq!(memberships(&it.wallet.audit(network).unwrap()), [Unknown, Logged, BeforeLog]);
}

#[test]
fn a_read_that_the_host_hides_is_in_the_providers_log() {
    let mut it = Story::new();
    let mut kept = Kept::begin(&it);
    let statement = kept.read(&it);
    kept.record(&it);
    let honest = audit(&mut it, Some(&kept.entries));
    assert_eq!((unshown(&honest), memberships(&honest)), (vec![], vec![LogMembership::Logged]));

    let hidden = |it: &mut Story, kept: &Kept| {
        let hide = |entries: &mut Vec<keepwell_protocol::vault::LogEntry>| {
            entries.retain(|entry| !matches!(entry.event, LogEvent::BlobsRead { .. }));
        };
        let host = OtherLog { parties: &it.parties, change: Mutex::new(Box::new(hide)) };
        let published = Published(Some(kept.entries.clone()));
        let network = Network { transport: &host, envelopes: &published, ..it.parties.network() };
        it.wallet.audit(network).unwrap()
    };
    let audit = hidden(&mut it, &kept);
    let Receipt { grant, time, purpose, .. } = statement.receipt.receipt;
    let provider = it.clinic.id();
    let read = UnshownRead { time, provider, grant, name: "Clinic".into(), purpose };
    assert_eq!((unshown(&audit), memberships(&audit)), (vec![read], vec![]));
    assert_eq!(purpose, Purpose::Treat);
    // Also as FHIR, and where nobody publishes now what was verified before.
    let fresh = it.wallet.unlock(&crate::setup::pin()).unwrap();
    let hide = |entries: &mut Vec<keepwell_protocol::vault::LogEntry>| {
        entries.retain(|entry| !matches!(entry.event, LogEvent::BlobsRead { .. }));
    };
    let mut file = Vec::new();
    {
        let host = OtherLog { parties: &it.parties, change: Mutex::new(Box::new(hide)) };
        let published = Published(None);
        let network = Network { transport: &host, envelopes: &published, ..it.parties.network() };
        it.wallet.export_audit(&fresh, &mut file, network).unwrap();
    }
    let file = String::from_utf8(file).unwrap();
    let of_recipient = file.lines().filter(|line| line.contains("PrivacyDisclosure.Recipient")).count();
    assert_eq!(of_recipient, 1, "{file}");

    // Whose request brought nothing says so, and nobody is blamed.
    let taken_back = LogStatement { is_unanswered: true, ..statement };
    kept.write(&it, 1, &taken_back);
    kept.record(&it);
    assert_eq!(unshown(&hidden(&mut it, &kept)), []);
}

#[test]
fn what_is_not_as_the_ledger_was_told_is_seen() {
    use ProviderLogState::{Altered, Unreachable, Withheld};
    let mut it = Story::new();
    let mut kept = Kept::begin(&it);
    kept.read(&it);
    for _ in 0..4 {
        kept.write_other();
    }
    kept.record(&it);
    let good = kept.entries.clone();
    let changed = |change: fn(&mut Vec<Vec<u8>>)| {
        let mut entries = good.clone();
        change(&mut entries);
        entries
    };
    for (published, state) in [
        // One is left out, and another put in so that the number is right.
        (changed(|entries| drop(entries.remove(1))), Withheld),
        (changed(|entries| entries[1] = entries[2].clone()), Altered),
        (changed(|entries| entries[3][40] ^= 1), Altered),
        (changed(|entries| entries.swap(2, 3)), Altered),
        (changed(|entries| entries.truncate(5)), Withheld),
        (changed(Vec::clear), Withheld),
    ] {
        assert_eq!(found(&mut it, &published).0, state);
        assert!(state.is_alarming());
    }
    let offline = audit(&mut it, None);
    assert_eq!((log(&offline).state, log(&offline).entries), (Unreachable, 0));
    // What is behind the checkpoint is not promised yet.
    let mut longer = good.clone();
    longer.push(b"not yet".to_vec());
    assert_eq!(found(&mut it, &longer), VERIFIED);
    assert_eq!(found(&mut it, &good), VERIFIED, "nothing new");

    // The provider rewrites what it published and tells the ledger of that: this wallet knows what was there.
    let mut rewritten = Kept { entries: good.clone(), next: 1 };
    rewritten.entries.remove(1);
    rewritten.write_other();
    rewritten.write_other();
    rewritten.record(&it);
    assert_eq!(found(&mut it, &rewritten.entries).0, Altered);
    let after = audit(&mut it, Some(&rewritten.entries));
    assert_eq!((log(&after).entries, log(&after).own_entries), (6, 1), "what was verified stays");
    // Told of the true one once more, all is as before.
    kept.entries.push(rewritten.entries[5].clone());
    kept.write_other();
    kept.record(&it);
    assert_eq!(found(&mut it, &kept.entries), VERIFIED);
}

#[test]
fn numbers_are_used_in_turn_and_entries_are_the_providers() {
    use ProviderLogFlaw::{Gap, Repeated, Unreadable};
    let statement = |it: &Story| stated(it, &it.clinic.signing).0;
    type Write = fn(&mut Kept, &Story, &LogStatement);
    let cases: [(Write, Vec<ProviderLogFlaw>); 5] = [
        (|kept, it, statement| [0, 1, 2].into_iter().for_each(|n| kept.write(it, n, statement)), vec![]),
        (|kept, it, statement| [0, 2].into_iter().for_each(|n| kept.write(it, n, statement)), vec![Gap]),
        (|kept, it, statement| kept.write(it, 1, statement), vec![Gap]),
        (|kept, it, statement| [0, 0].into_iter().for_each(|n| kept.write(it, n, statement)), vec![Repeated]),
        (
            |kept, it, _| {
                let stranger = stated(it, &SigningKey::from_seed(&[99; 32])).0;
                kept.write(it, 0, &stranger);
                let entry = ProviderLogEntry { tag: log_tag(&it.envelope.pair, 1), sealed: vec![7; 300] };
                kept.entries.push(entry.to_cbor());
            },
            vec![Unreadable],
        ),
    ];
    for (write, flaws) in cases {
        let mut it = Story::new();
        let mut kept = Kept::begin(&it);
        write(&mut kept, &it, &statement(&it));
        kept.record(&it);
        assert_eq!(found(&mut it, &kept.entries), (ProviderLogState::Verified, flaws.clone()));
        // In a later look as well.
        kept.write_other();
        kept.record(&it);
        assert_eq!(found(&mut it, &kept.entries), (ProviderLogState::Verified, flaws));
    }
}

#[test]
fn a_log_says_first_whose_it_is_and_from_when_on() {
    let mut it = Story::new();
    let now = it.parties.clock.read();
    let mut kept = Kept::begin(&it);
    let good = kept.entries.remove(0);
    let later = |minutes| now.saturating_add(Duration::minutes(minutes));
    for first in
        [start(ProviderId::from_bytes([9; 32]), now), start(it.clinic.id(), later(9)), b"start".to_vec()]
    {
        kept.write_other();
        let entries = [vec![first], kept.entries.clone()].concat();
        Kept { entries: entries.clone(), next: 0 }.record(&it);
        assert_eq!(found(&mut it, &entries).0, ProviderLogState::Malformed);
    }
    kept.write_other();
    let entries = [vec![good], kept.entries.clone()].concat();
    Kept { entries: entries.clone(), next: 0 }.record(&it);
    assert_eq!(found(&mut it, &entries), VERIFIED);
}

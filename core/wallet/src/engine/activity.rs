//! What happened: the owner's own decisions, and what the host saw others do.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{BlobId, GrantId, LinkId, Timestamp};
use keepwell_protocol::vault::{LogEntry, LogEvent};
use rusqlite::{Connection, Transaction};

use crate::engine::evidence::{LogVerifier, ReadReceipt, RequestProof};
use crate::engine::online::Online;
use crate::error::WalletError;
use crate::net::ServerCode;
use crate::records_view::grant::{self, GrantView};
use crate::records_view::share::{self, ShareOutcome};
use crate::store::seen_entries::{self, SeenDigest};
use crate::store::settings::{self, Setting};
use crate::store::{StoreError, grants, links, state_log};

/// Why a host refused a provider, as it says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GrantRefusal {
    /// The ledger did not show the grant yet.
    Pending,
    /// The grant's time was over.
    Expired,
    /// The patient had ended the grant.
    Revoked,
    /// What the host had of the ledger was too old to serve anything by.
    Stale,
    /// The host gives a reason that this program does not know.
    Unknown,
}

impl GrantRefusal {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
        }
    }

    fn parse(code: &str) -> Self {
        match ServerCode::parse(code).map(|(code, _)| code) {
            Some(ServerCode::GrantPending) => Self::Pending,
            Some(ServerCode::GrantExpired) => Self::Expired,
            Some(ServerCode::GrantRevoked) => Self::Revoked,
            Some(ServerCode::LedgerStale) => Self::Stale,
            _ => Self::Unknown,
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Activity {
    /// When: by the host's clock what others did, by this device's what the owner did.
    pub time: Timestamp,
    /// Who did what, or tried to.
    pub event: ActivityEvent,
}

/// What happened, as far as it is known here.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ActivityLog {
    /// What happened, newest first.
    pub entries: Vec<Activity>,
    /// Whether nobody was reached who knows what others did.
    pub is_own_only: bool,
}

/// What happened about one grant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantActivity {
    /// What happened, newest first.
    pub entries: Vec<Activity>,
    /// How many records were read under it, each once, what nothing proves included: so many may still be held there
    /// once it has ended. None where nobody was reached who knows.
    pub records_read: Option<u64>,
}

/// What can happen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ActivityEvent {
    /// The owner granted.
    Granted {
        /// The grant that was made.
        grant: GrantId,
        /// The name of the provider who may read.
        name: String,
    },
    /// The owner revoked.
    Revoked {
        /// The grant that was ended.
        grant: GrantId,
        /// Whose it was.
        name: String,
    },
    /// A provider asked which records there are.
    GrantRead {
        /// The grant under which it asked.
        grant: GrantId,
        /// The provider; empty if this wallet has made no such grant.
        name: String,
        /// Whether it signed that.
        request: RequestProof,
    },
    /// A provider asked, and the host refused.
    GrantDenied {
        /// The grant under which it asked.
        grant: GrantId,
        /// The provider; empty if this wallet has made no such grant.
        name: String,
        /// Why, by the word of the host.
        reason: GrantRefusal,
        /// Whether it signed the request.
        request: RequestProof,
    },
    /// A provider fetched records.
    RecordsRead {
        /// The grant under which it fetched.
        grant: GrantId,
        /// The provider; empty if this wallet has made no such grant.
        name: String,
        /// How many pieces it fetched.
        count: u32,
        /// Whether it signed the request for them.
        request: RequestProof,
        /// What it signed about the read.
        receipt: ReadReceipt,
    },
    /// The owner made a share.
    ShareMade {
        /// The share that was made.
        share: LinkId,
        /// What the owner called it.
        label: String,
    },
    /// Somebody opened a share.
    ShareOpened {
        /// The share that was opened.
        share: LinkId,
        /// Who they said they are.
        recipient: String,
    },
    /// Somebody wanted to open a share, and the host refused.
    ShareDenied {
        /// The share that was to be opened.
        share: LinkId,
        /// Who they said they are.
        recipient: String,
        /// Why; never [`ShareOutcome::Opened`].
        reason: ShareOutcome,
    },
}

impl ActivityEvent {
    /// The grant that it is about; none where it is about a share.
    pub fn grant(&self) -> Option<GrantId> {
        match self {
            Self::Granted { grant, .. }
            | Self::Revoked { grant, .. }
            | Self::GrantRead { grant, .. }
            | Self::GrantDenied { grant, .. }
            | Self::RecordsRead { grant, .. } => Some(*grant),
            Self::ShareMade { .. } | Self::ShareOpened { .. } | Self::ShareDenied { .. } => None,
        }
    }

    /// Whether the host says that a provider read or asked, and not all that should prove it does: a
    /// read without a valid receipt, or a request, with or without a receipt, that nobody signed.
    pub fn is_doubtful(&self) -> bool {
        match self {
            Self::GrantRead { request, .. } | Self::GrantDenied { request, .. } => {
                *request != RequestProof::Signed
            }
            Self::RecordsRead { request, receipt, .. } => {
                *request != RequestProof::Signed || !matches!(receipt, ReadReceipt::Valid { .. })
            }
            Self::Granted { .. }
            | Self::Revoked { .. }
            | Self::ShareMade { .. }
            | Self::ShareOpened { .. }
            | Self::ShareDenied { .. } => false,
        }
    }
}

/// An entry of the host's log as it is told.
pub(crate) struct Logged {
    pub(crate) activity: Activity,
    /// The blobs that were fetched, by a grant's reader.
    pub(crate) blobs: Vec<BlobId>,
    /// SHA-256 of the sealed receipt for them.
    pub(crate) receipt: Option<[u8; 32]>,
}

/// What a host's log has that was not told yet.
#[derive(Default)]
pub(crate) struct NewLog {
    /// What is news, oldest first.
    pub(crate) news: Vec<Logged>,
    /// What is to be noted once that is told; none where nothing is.
    pub(crate) seen: Option<SeenLog>,
}

/// How far a host's log was looked through.
pub(crate) struct SeenLog {
    /// The number of its last entry; 0: it has none.
    last: u64,
    /// Its entries, and the signed requests that they were the first to show.
    digests: Vec<SeenDigest>,
}

impl SeenLog {
    /// Notes that this is no news any more.
    pub(crate) fn write(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        settings::write(transaction, Setting::ActivitySeen, &self.last.to_be_bytes())?;
        settings::remove(transaction, Setting::ActivityPast)?;
        self.digests.iter().try_for_each(|digest| seen_entries::add(transaction, *digest))
    }
}

/// What is known of a host's log before it is looked through.
struct Known {
    digests: BTreeSet<SeenDigest>,
    /// Up to which number it was told.
    told: u64,
    /// Whether it is of before this wallet.
    is_past: bool,
}

impl Known {
    /// Whether the entry of this number, which was not seen, is news.
    fn is_news(&self, sequence: u64) -> bool {
        // Up to 0.2.0 the number was all that was noted.
        let is_told = self.digests.is_empty() && sequence <= self.told;
        !self.is_past && !is_told
    }
}

impl Online<'_> {
    /// Everything that the host has logged, oldest first.
    pub(crate) fn whole_log(
        &mut self,
        names: &BTreeMap<GrantId, String>,
    ) -> Result<Vec<Logged>, WalletError> {
        let entries = self.log_entries(0)?;
        let mut verifier = LogVerifier::default();
        entries.into_iter().map(|entry| self.logged(entry, names, &mut verifier)).collect()
    }

    /// What the host has logged that was not told yet. Of a wallet that was made again from its words only
    /// what is logged after its first look is news.
    pub(crate) fn new_log(&mut self, names: &BTreeMap<GrantId, String>) -> Result<NewLog, WalletError> {
        let told = settings::read(self.store.read(), Setting::ActivitySeen)?;
        let told = told.and_then(|told| told.try_into().ok()).map_or(0, u64::from_be_bytes);
        let mut entries = self.log_entries(told.saturating_sub(1))?;
        // A host that was emptied or put back, or another one, numbers anew: there nothing tells what was told but
        // what the entries say.
        let is_continued = match entries.first().filter(|first| first.sequence == told) {
            Some(first) => seen_entries::contains(self.store.read(), SeenDigest::of_entry(first))?,
            None => told == 0,
        };
        if !is_continued {
            entries = self.log_entries(0)?;
        }
        let last = entries.last().map_or(0, |entry| entry.sequence);
        let is_past = settings::read(self.store.read(), Setting::ActivityPast)?.is_some();
        if is_continued && last <= told && !is_past {
            return Ok(NewLog::default());
        }
        let known = Known { digests: seen_entries::all(self.store.read())?, told, is_past };
        let mut verifier = LogVerifier::after(known.digests.clone());
        let (mut news, mut digests) = (Vec::new(), Vec::new());
        for entry in entries {
            let digest = SeenDigest::of_entry(&entry);
            if known.digests.contains(&digest) {
                continue;
            }
            digests.push(digest);
            let is_news = known.is_news(entry.sequence);
            let logged = self.logged(entry, names, &mut verifier)?;
            if is_news {
                news.push(logged);
            }
        }
        digests.extend(verifier.into_shown());
        Ok(NewLog { news, seen: Some(SeenLog { last, digests }) })
    }

    fn log_entries(&mut self, after: u64) -> Result<Vec<LogEntry>, WalletError> {
        let mut entries = Vec::new();
        self.fetch_log(after, |_, entry| {
            entries.push(entry);
            Ok(())
        })?;
        Ok(entries)
    }

    fn logged(
        &self,
        entry: LogEntry,
        names: &BTreeMap<GrantId, String>,
        verifier: &mut LogVerifier,
    ) -> Result<Logged, WalletError> {
        if let LogEvent::GrantRead { grant, .. } | LogEvent::BlobsRead { grant, .. } = &entry.event {
            verifier.add_grant(self.store.read(), self.keys, *grant)?;
        }
        let (blobs, receipt) = match &entry.event {
            LogEvent::BlobsRead { blobs, receipt, .. } => (blobs.clone(), Some(crypto::sha256(receipt))),
            _ => (Vec::new(), None),
        };
        Ok(Logged { activity: activity(entry, names, verifier), blobs, receipt })
    }
}

fn activity(entry: LogEntry, names: &BTreeMap<GrantId, String>, verifier: &mut LogVerifier) -> Activity {
    let name_of = |grant: &GrantId| names.get(grant).cloned().unwrap_or_default();
    let event = match &entry.event {
        LogEvent::GrantRead { grant, refused: None } => ActivityEvent::GrantRead {
            grant: *grant,
            name: name_of(grant),
            request: verifier.verify_heads_request(&entry, *grant),
        },
        LogEvent::GrantRead { grant, refused: Some(reason) } => ActivityEvent::GrantDenied {
            grant: *grant,
            name: name_of(grant),
            reason: GrantRefusal::parse(reason),
            request: verifier.verify_refused_request(&entry, *grant),
        },
        LogEvent::BlobsRead { grant, blobs, receipt } => ActivityEvent::RecordsRead {
            grant: *grant,
            name: name_of(grant),
            count: u32::try_from(blobs.len()).unwrap_or(u32::MAX),
            request: verifier.verify_blobs_request(&entry, *grant, blobs, receipt),
            receipt: verifier.verify_receipt(entry.time, *grant, blobs, receipt),
        },
        LogEvent::LinkOpened { link, recipient, outcome } => {
            let (share, recipient) = (*link, recipient.clone());
            match ShareOutcome::parse(outcome) {
                ShareOutcome::Opened => ActivityEvent::ShareOpened { share, recipient },
                reason => ActivityEvent::ShareDenied { share, recipient, reason },
            }
        }
    };
    Activity { time: entry.time, event }
}

/// What the owner did, newest first; of one second, in the order of the state log.
pub(crate) fn own(connection: &Connection, now: Timestamp) -> Result<Vec<Activity>, WalletError> {
    let mut all = Vec::new();
    for grant in grant::all(connection)? {
        let GrantView { grant: id, name, .. } = grant;
        let logged = state_log::entries_about(connection, grants::GUARDED.written, id.as_bytes())?;
        let made = logged.first().map(|entry| entry.seq);
        let event = ActivityEvent::Granted { grant: id, name: name.clone() };
        all.push((
            made,
            Activity { time: logged.first().map_or(grant.not_before, |entry| entry.time), event },
        ));
        if ENDED.contains(&grant.state) {
            // A restore may have lost the entry.
            let ended = logged.iter().find(|entry| ENDED.iter().any(|s| s.as_str().as_bytes() == entry.body));
            let time = ended.map_or(grant.since, |entry| entry.time);
            let event = ActivityEvent::Revoked { grant: id, name };
            all.push((ended.map(|entry| entry.seq).max(made), Activity { time, event }));
        }
    }
    for share in share::all(connection, now)? {
        let logged = state_log::entries_about(connection, links::LOGGED, share.id.as_bytes())?;
        let event = ActivityEvent::ShareMade { share: share.id, label: share.label };
        all.push((logged.first().map(|entry| entry.seq), Activity { time: share.created, event }));
    }
    all.sort_by_key(|(place, activity)| (activity.time, *place));
    Ok(all.into_iter().rev().map(|(_, activity)| activity).collect())
}

/// The states of a grant that the owner ended.
const ENDED: [GrantState; 2] = [GrantState::Revoking, GrantState::Revoked];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_wallet_that_noted_a_number_alone_what_comes_behind_it_is_news() {
        let noted = SeenDigest::of_request(GrantId::from_bytes([1; 32]), Timestamp(7), "nonce");
        let of_before = Known { digests: BTreeSet::new(), told: 5, is_past: false };
        assert_eq!([4, 5, 6].map(|sequence| of_before.is_news(sequence)), [false, false, true]);
        // Once entries are noted it is they that count: a host may number anew.
        let now = Known { digests: [noted].into(), ..of_before };
        assert_eq!([4, 5, 6].map(|sequence| now.is_news(sequence)), [true, true, true]);
        let restored = Known { is_past: true, ..now };
        assert_eq!([4, 5, 6].map(|sequence| restored.is_news(sequence)), [false, false, false]);
    }
}

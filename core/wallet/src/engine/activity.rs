//! What happened: the owner's own decisions, and what the host saw others do.

use std::collections::BTreeMap;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{BlobId, GrantId, LinkId, Timestamp};
use keepwell_protocol::vault::{LogEntry, LogEvent};
use rusqlite::Connection;

use crate::engine::evidence::{LogVerifier, ReadReceipt, RequestProof};
use crate::engine::online::Online;
use crate::error::WalletError;
use crate::net::ServerCode;
use crate::records_view::grant::{self, GrantView};
use crate::records_view::share::{self, ShareOutcome};
use crate::store::{grants, links, state_log};

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
    /// Newest first.
    pub entries: Vec<Activity>,
    /// Whether nobody was reached who knows what others did.
    pub is_own_only: bool,
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
}

impl Online<'_> {
    /// What the host has logged behind entry `after`, and the last entry's number.
    pub(crate) fn log_after(
        &mut self,
        after: u64,
        names: &BTreeMap<GrantId, String>,
    ) -> Result<(Vec<Logged>, u64), WalletError> {
        let (mut seen, mut verifier) = (Vec::new(), LogVerifier::default());
        let last = self.fetch_log(after, |online, entry| {
            if let LogEvent::GrantRead { grant, .. } | LogEvent::BlobsRead { grant, .. } = &entry.event {
                verifier.add_grant(online.store.read(), online.keys, *grant)?;
            }
            let blobs = match &entry.event {
                LogEvent::BlobsRead { blobs, .. } => blobs.clone(),
                _ => Vec::new(),
            };
            seen.push(Logged { activity: activity(entry, names, &mut verifier), blobs });
            Ok(())
        })?;
        Ok((seen, last))
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

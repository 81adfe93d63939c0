//! What a sync brings that its owner should hear of.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{BlobId, GrantId, LinkId, ProviderId, Timestamp};

use super::wallet::Wallet;
use crate::engine::activity::{Activity, ActivityEvent, GrantRefusal, Logged, NewLog};
use crate::engine::evidence::{ReadReceipt, RequestFlaw, RequestProof};
use crate::engine::online::Network;
use crate::engine::providers::{ProviderState, ProviderSummary};
use crate::engine::sync::{SyncOptions, SyncReport};
use crate::error::WalletError;
use crate::records_view::grant::GrantView;
use crate::records_view::share::{ShareOutcome, ShareSummary};
use crate::store::records::RecordRow;
use crate::store::sealed;

/// Something that a sync brought. Times are by the host's clock, when it logged what others did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum News {
    /// The ledger proved another state of a grant than this wallet had.
    ProofArrived {
        /// The grant, made here or on another device before.
        grant: GrantId,
        /// Its state now.
        state: GrantState,
    },
    /// What a list of grants shows is no longer what it was before.
    GrantsChanged,
    /// What a list of shares shows is no longer what it was before.
    SharesChanged,
    /// A grant that can be read under ends within a day; told at each sync of that day that reaches every server.
    Expiring {
        /// The grant, pending or active.
        grant: GrantId,
        /// From when on it is over.
        not_after: Timestamp,
    },
    /// A provider's key was replaced without its own signature; nothing more is sent to it.
    ProviderKeyChanged {
        /// The provider, which this wallet has granted to.
        provider: ProviderId,
        /// Its name as it was pinned.
        name: String,
    },
    /// The host says that a provider read or asked, and not all that should prove it does:
    /// [`ActivityEvent::is_doubtful`]. What it says happened is told next, where it is news of its own.
    ReadDoubtful {
        /// The grant under which that is said to be.
        grant: GrantId,
        /// When the host logged it.
        time: Timestamp,
    },
    /// A provider asked which records there are.
    GrantRead {
        /// The grant under which it asked.
        grant: GrantId,
        /// When the host logged it.
        time: Timestamp,
    },
    /// A provider read records; told once for all that it read since the last time.
    RecordsRead(RecordsRead),
    /// A provider asked, and the host refused.
    GrantDenied {
        /// The grant under which it asked.
        grant: GrantId,
        /// When the host logged it.
        time: Timestamp,
        /// Why, by the word of the host.
        reason: GrantRefusal,
    },
    /// Somebody opened a share.
    ShareOpened {
        /// The share, which may have ended since.
        share: LinkId,
        /// When the host logged it.
        time: Timestamp,
        /// Who they said they are.
        recipient: String,
    },
    /// Somebody wanted to open a share, and the host refused.
    ShareDenied {
        /// The share, which may have ended before.
        share: LinkId,
        /// When the host logged it.
        time: Timestamp,
        /// Who they said they are.
        recipient: String,
        /// Why; never [`ShareOutcome::Opened`].
        reason: ShareOutcome,
    },
}

/// How many records a provider read since that was told last.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordsRead {
    /// The grant under which it read last.
    pub grant: GrantId,
    /// The provider; empty if this wallet has made no such grant.
    pub name: String,
    /// How many records, each once however often and in how many versions it was read.
    pub records: u64,
    /// What the provider signed of those reads.
    pub proof: ReadProof,
}

/// What proves that a provider read records.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ReadProof {
    /// It signed the request for them and a receipt.
    Receipt,
    /// It signed the request for them and gave no receipt that holds: it read, and does not account for it.
    Request,
    /// The host says so, and nothing proves it.
    Unproved,
}

impl ReadProof {
    fn of(request: RequestProof, receipt: ReadReceipt) -> Self {
        match (request, receipt) {
            (RequestProof::Signed, ReadReceipt::Valid { .. }) => Self::Receipt,
            (RequestProof::Signed, ReadReceipt::Invalid { .. }) => Self::Request,
            (RequestProof::Unproved { .. }, _) => Self::Unproved,
        }
    }

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Request => "request",
            Self::Unproved => "unproved",
        }
    }
}

/// What others read since that was told last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NewReads {
    /// What is not proved in every point ([`ActivityEvent::is_doubtful`]), oldest first.
    pub doubtful: Vec<Activity>,
    /// How much each provider read.
    pub records: Vec<RecordsRead>,
}

impl Wallet {
    /// Syncs as [`Wallet::sync`] does, and tells what is new: grants, providers' keys, then what others did,
    /// oldest first, and how many records each provider read. Where a server was not reached, what was learned of grants
    /// and keys by then is told, and what others did is told next time.
    ///
    /// # Errors
    /// As [`Wallet::sync`]; what was told until then has happened.
    pub fn sync_with_news(
        &mut self,
        options: SyncOptions,
        network: Network<'_>,
        tell: &mut dyn FnMut(News),
    ) -> Result<SyncReport, WalletError> {
        let before = self.known()?;
        let report = self.sync(options, network)?;
        let now = self.clock.now();
        let after = self.known()?;
        before.changes(&after).for_each(&mut *tell);
        if report.offline.is_none() {
            for view in after.grants.iter().filter(|view| view.ends_within_a_day(now)) {
                tell(News::Expiring { grant: view.grant, not_after: view.not_after });
            }
            let NewLog { news, seen } = self.activity_if_reached(network)?;
            let read = self.records_read(&news)?;
            let happened = news.into_iter().flat_map(|logged| news_of(logged.activity));
            happened.chain(read.into_iter().map(News::RecordsRead)).for_each(tell);
            // Only now: who is stopped before it is told again.
            self.note_told(seen)?;
        }
        Ok(report)
    }

    /// What others read since this or [`Wallet::sync_with_news`] was asked last; nothing where the host is not reached,
    /// which then tells it next time.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn new_reads(&mut self, network: Network<'_>) -> Result<NewReads, WalletError> {
        let NewLog { news, seen } = self.activity_if_reached(network)?;
        let records = self.records_read(&news)?;
        let mut doubtful: Vec<Activity> = news.into_iter().map(|logged| logged.activity).collect();
        doubtful.retain(|activity| activity.event.is_doubtful());
        self.note_told(seen)?;
        Ok(NewReads { doubtful, records })
    }

    /// How many records each provider read by these entries.
    fn records_read(&self, logged: &[Logged]) -> Result<Vec<RecordsRead>, WalletError> {
        let blobs: BTreeSet<BlobId> = logged.iter().flat_map(|logged| logged.blobs.iter().copied()).collect();
        if blobs.is_empty() {
            return Ok(Vec::new());
        }
        let records = sealed::records_of(self.session()?.store.read(), &blobs)?;
        let grants = self.grants()?;
        let mut readers: BTreeMap<WhoRead, BTreeMap<ReadProof, ReadBy>> = BTreeMap::new();
        for Logged { activity, blobs, .. } in logged {
            let ActivityEvent::RecordsRead { grant, name, request, receipt, .. } = &activity.event else {
                continue;
            };
            if *request == (RequestProof::Unproved { reason: RequestFlaw::Repeated }) {
                // That read was counted.
                continue;
            }
            let known = grants.iter().find(|view| view.grant == *grant);
            let who = known.map_or(WhoRead::Unknown(*grant), |view| WhoRead::Provider(view.provider));
            let by = readers.entry(who).or_default().entry(ReadProof::of(*request, *receipt)).or_default();
            by.records.extend(blobs.iter().filter_map(|blob| records.get(blob)));
            by.last = Some((*grant, name.clone()));
        }
        Ok(readers.into_values().flat_map(once_each).collect())
    }

    /// What is known of grants, providers and shares now.
    pub(super) fn known(&self) -> Result<Known, WalletError> {
        Ok(Known { grants: self.grants()?, providers: self.known_providers()?, shares: self.shares()? })
    }

    pub(super) fn activity_if_reached(&mut self, network: Network<'_>) -> Result<NewLog, WalletError> {
        match self.new_activity(network) {
            Err(error) if error.is_of_servers() => Ok(NewLog::default()),
            asked => asked,
        }
    }
}

/// Whose reads are told together: a provider's under all its grants.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum WhoRead {
    Provider(ProviderId),
    /// Under a grant that this wallet did not make.
    Unknown(GrantId),
}

/// What was read by one, as far as one thing proves it.
#[derive(Default)]
struct ReadBy {
    records: BTreeSet<RecordRow>,
    /// Under which grant last, and whose that is called.
    last: Option<(GrantId, String)>,
}

/// What one read, each record where it is proved best.
fn once_each(reads: BTreeMap<ReadProof, ReadBy>) -> impl Iterator<Item = RecordsRead> {
    let mut counted: BTreeSet<RecordRow> = BTreeSet::new();
    reads.into_iter().filter_map(move |(proof, read)| {
        let new = read.records.into_iter().filter(|record| counted.insert(*record)).count();
        let records = u64::try_from(new).ok().filter(|records| *records > 0)?;
        let (grant, name) = read.last?;
        Some(RecordsRead { grant, name, records, proof })
    })
}

/// What a wallet knew of grants, providers and shares before it asked.
pub(super) struct Known {
    grants: Vec<GrantView>,
    providers: Vec<ProviderSummary>,
    shares: Vec<ShareSummary>,
}

impl Known {
    /// What there is to tell of what is known so `now`.
    pub(super) fn changes<'a>(&'a self, now: &'a Self) -> impl Iterator<Item = News> + 'a {
        let proved = now.grants.iter().filter_map(|view| {
            let before = self.grants.iter().find(|before| before.grant == view.grant)?;
            let news = News::ProofArrived { grant: view.grant, state: view.state };
            (before.state != view.state).then_some(news)
        });
        let rekeyed = now
            .providers
            .iter()
            .filter(|known| known.state == ProviderState::KeyChanged && !self.providers.contains(known))
            .map(|known| News::ProviderKeyChanged { provider: known.provider, name: known.name.clone() });
        let grants = (self.grants != now.grants).then_some(News::GrantsChanged);
        let shares = (self.shares != now.shares).then_some(News::SharesChanged);
        proved.chain(rekeyed).chain(grants).chain(shares)
    }
}

/// What there is to tell of an entry: first that it is doubtful.
fn news_of(Activity { time, event }: Activity) -> impl Iterator<Item = News> {
    let doubtful = event.is_doubtful();
    let (about, news) = match event {
        ActivityEvent::GrantRead { grant, .. } => (Some(grant), Some(News::GrantRead { grant, time })),
        ActivityEvent::GrantDenied { grant, reason, .. } => {
            (Some(grant), Some(News::GrantDenied { grant, time, reason }))
        }
        // Who asked which records there are was told of that already; how many were read is told of all together.
        ActivityEvent::RecordsRead { grant, .. } => (Some(grant), None),
        ActivityEvent::ShareOpened { share, recipient } => {
            (None, Some(News::ShareOpened { share, time, recipient }))
        }
        ActivityEvent::ShareDenied { share, recipient, reason } => {
            (None, Some(News::ShareDenied { share, time, recipient, reason }))
        }
        // The owner's own.
        ActivityEvent::Granted { .. } | ActivityEvent::Revoked { .. } | ActivityEvent::ShareMade { .. } => {
            (None, None)
        }
    };
    let doubt = about.filter(|_| doubtful).map(|grant| News::ReadDoubtful { grant, time });
    doubt.into_iter().chain(news)
}

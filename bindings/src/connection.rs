//! The wallet's servers: connecting, syncing, and what happened there.

use std::sync::Arc;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{GrantId, LinkId, Purpose};
use keepwell_protocol::vault::Invite;
use keepwell_wallet::{
    Activity, ActivityEvent, GrantView, Healing, LedgerStatus, Network, OtherWallet, ProviderState,
    ReadReceipt, Reader, ReceiptFlaw, RequestFlaw, RequestProof, Servers as CoreServers, SyncOptions,
    SyncReport, Wallet as CoreWallet,
};
use zeroize::Zeroizing;

use crate::authentication::Authentication;
use crate::cancellation::{CallFlag, Cancellation};
use crate::error::WalletError;
use crate::events::{Event, Events};
use crate::identifiers::{Instant, TimeSpan};
use crate::wallet::{By, Wallet, cancelled_or};

/// Where a wallet is to be connected.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct Servers {
    /// A gateway of the ledger.
    pub ledger_url: String,
    /// The host.
    pub host_url: String,
    /// The trust anchor file's content.
    pub anchor: Vec<u8>,
}

impl Servers {
    pub(crate) fn as_core(&self) -> CoreServers<'_> {
        CoreServers { ledger_url: &self.ledger_url, host_url: &self.host_url, anchor: &self.anchor }
    }
}

/// A ledger as this wallet has verified it.
#[uniffi::remote(Record)]
pub struct LedgerStatus {
    /// The name of the chain.
    pub chain_id: String,
    /// The newest verified height.
    pub height: u64,
    /// The time of that header.
    pub time: Instant,
    /// Whether one signer makes it: a demonstration.
    pub is_embedded: bool,
}

/// How to sync.
#[uniffi::remote(Record)]
pub struct SyncOptions {
    /// Move the wallet's anchor on the ledger now.
    #[uniffi(default = false)]
    pub anchor: bool,
    /// How long to wait at most for the ledger to show what was sent; for a revocation that a server has
    /// taken, long enough to try another way.
    pub wait: std::time::Duration,
    /// Send a host that lost its content everything again, however much it is.
    #[uniffi(default = false)]
    pub heal: bool,
}

/// What a sync came to.
#[uniffi::remote(Record)]
pub struct SyncReport {
    /// Commits, transactions and envelopes that a server took.
    pub sent: u64,
    /// Grants of which the ledger said something new.
    pub received: u64,
    /// What is still to be sent or to be proved.
    pub queued: u64,
    /// What was verified of the ledger last; none while the wallet works on its own.
    pub ledger: Option<LedgerStatus>,
    /// Why not everything was done: the stable name of the first thing that stood in the way.
    pub offline: Option<String>,
    /// When the host answered last, by this device's clock.
    pub host_reached: Option<Instant>,
    /// What was found at a host that had lost what it acknowledged.
    pub healing: Option<Healing>,
    /// What was taken over from another wallet of the same words.
    pub other_wallet: Option<OtherWallet>,
    /// Grants that get nothing new, since nothing was proved of them for three days.
    pub lapsed: Vec<GrantId>,
}

/// What was taken over from another wallet of the same words.
#[uniffi::remote(Record)]
pub struct OtherWallet {
    /// Record versions that were not here.
    pub records: u64,
    /// Grants that were not here.
    pub grants: u64,
    /// Shares that were not here.
    pub shares: u64,
    /// Providers to whom both had granted under one number: the other wallet's grant stands, and the one made here,
    /// of which nobody had heard, is to be made again.
    pub grants_lost: Vec<String>,
    /// What the other wallet had published and the host does not have: objects, lists and record versions.
    pub missing: u64,
}

/// What was found at a host that is behind what it had acknowledged, and what follows.
#[uniffi::remote(Record)]
pub struct Healing {
    /// The version at which the host is; 0: it was emptied.
    pub host_version: u64,
    /// The version that it had acknowledged.
    pub wallet_version: u64,
    /// Pieces that it has lost or finds damaged.
    pub lost: u64,
    /// How many bytes of records those are: they are sealed and sent again.
    pub bytes: u64,
    /// What the patient called the live shares that ended with it: they can't be put there again.
    pub shares_ended: Vec<String>,
    /// Nothing was sent again yet, for it is more than 20 MB and nobody agreed.
    pub is_waiting: bool,
}

/// One thing that happened.
#[uniffi::remote(Record)]
pub struct Activity {
    /// When: by the host's clock what others did, by this device's what the owner did.
    pub time: Instant,
    /// What.
    pub event: ActivityEvent,
}

/// What can happen.
#[uniffi::remote(Enum)]
pub enum ActivityEvent {
    /// The owner granted.
    Granted {
        /// The grant.
        grant: GrantId,
        /// To whom.
        name: String,
    },
    /// The owner revoked.
    Revoked {
        /// The grant.
        grant: GrantId,
        /// Whose it was.
        name: String,
    },
    /// A provider asked which records there are.
    GrantRead {
        /// The grant.
        grant: GrantId,
        /// The provider; empty if this wallet has made no such grant.
        name: String,
        /// Whether it signed that.
        request: RequestProof,
    },
    /// A provider asked, and the host refused.
    GrantDenied {
        /// The grant.
        grant: GrantId,
        /// The provider.
        name: String,
        /// The code of the refusal.
        reason: String,
        /// Whether it signed the request.
        request: RequestProof,
    },
    /// A provider fetched records.
    RecordsRead {
        /// The grant.
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
        /// The share.
        share: LinkId,
        /// What the owner called it.
        label: String,
    },
    /// Somebody opened a share.
    ShareOpened {
        /// The share.
        share: LinkId,
        /// Who they said they are.
        recipient: String,
    },
    /// Somebody wanted to open a share, and the host refused.
    ShareDenied {
        /// The share.
        share: LinkId,
        /// Who they said they are.
        recipient: String,
        /// `expired`, `paused`, `revoked` or `used-up`.
        reason: String,
    },
}

/// Whether a provider asked what the host says it asked.
#[uniffi::remote(Enum)]
pub enum RequestProof {
    /// The reader key of the grant signed exactly this request, at about the time of the entry.
    Signed,
    /// Nothing proves it: the host may have made it up, or shows something else than there was.
    Unproved {
        /// What is wrong with the proof.
        reason: RequestFlaw,
    },
}

/// Why a logged request proves nothing.
#[uniffi::remote(Enum)]
pub enum RequestFlaw {
    /// This wallet has made no such grant.
    UnknownGrant,
    /// The entry has no signed request, or one that can't be read.
    Missing,
    /// The signature is not that of the key which it names over what the entry shows.
    BadSignature,
    /// It is signed, by another key than the reader's.
    OtherSigner,
    /// What was signed is another request: about another grant, or with other blobs or another receipt.
    OtherRequest,
    /// It was signed more than five minutes before or after the time of the entry.
    OtherTime,
    /// The same signed request stands in an entry before this one, of those that were fetched with it.
    Repeated,
}

/// What the provider signed about a read.
#[uniffi::remote(Enum)]
pub enum ReadReceipt {
    /// A receipt for exactly these blobs. Where the request is not signed, it is a receipt without a
    /// read.
    Valid {
        /// What for, as the provider says.
        purpose: Purpose,
        /// When, by the provider's clock.
        time: Instant,
    },
    /// None that holds. Where the request is signed, the provider read without a receipt.
    Invalid {
        /// What is wrong with it.
        reason: ReceiptFlaw,
    },
}

/// Why a receipt is none for the read beside it.
#[uniffi::remote(Enum)]
pub enum ReceiptFlaw {
    /// This wallet has made no such grant, so it has no key to open the receipt.
    UnknownGrant,
    /// There is none.
    Missing,
    /// It does not open with the secret of this relationship, or is no receipt.
    Unreadable,
    /// Neither the provider's pinned key signed it nor one that the provider had before.
    OtherSigner,
    /// The provider signed it for another grant or other blobs than the entry shows.
    OtherRead,
    /// Its time lies more than five minutes before or after that of the entry.
    OtherTime,
}

#[uniffi::export]
impl Wallet {
    /// Connects the wallet: verifies the ledger, opens a space at the host, and makes the wallet's grant
    /// to itself, by which a rolled-back host is recognised. What was broken off goes on when called again.
    ///
    /// A host may take only whom its operator invites: `invite` is the text of the invitation's file, and an emptied
    /// host is shown another one by connecting again.
    ///
    /// Throws `ConnectionRefused` (`SpaceExists`: restore it from its words instead), `ServerRefused`
    /// (`InviteNeeded`, `InviteUsed`, …), `InvalidArgument` (`InviteMalformed`), `Untrusted`.
    #[uniffi::method(default(cancellation = None, invite = None))]
    pub async fn connect(
        &self,
        authentication: Arc<Authentication>,
        servers: Servers,
        cancellation: Option<Arc<Cancellation>>,
        invite: Option<String>,
    ) -> Result<LedgerStatus, WalletError> {
        let invite = invite.map(|text| Invite::parse(&Zeroizing::new(text))).transpose()?;
        let connected = self.online(By::Owner, cancellation, move |wallet, network, _| {
            wallet
                .connect(authentication.hold().get()?, servers.as_core(), invite.as_ref(), network)
                .map_err(cancelled_or)
        });
        connected.await
    }

    /// What this wallet has verified of its ledger; `None` while it works on its own.
    pub async fn ledger_status(&self) -> Result<Option<LedgerStatus>, WalletError> {
        self.read(Reader::ledger_status).await
    }

    /// Sends what is queued, publishes what is new, asks the ledger about every grant and the host about
    /// what others did; tells the observers what is new. It does not keep the wallet from locking.
    ///
    /// That a server is not reached is no error: the report says so, and the rest is done next time.
    #[uniffi::method(default(cancellation = None))]
    pub async fn sync(
        &self,
        options: SyncOptions,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<SyncReport, WalletError> {
        self.online(By::App, cancellation, move |wallet, network, events| {
            sync(wallet, options, network, events)
        })
        .await
    }

    /// How much is still to be sent or to be proved.
    pub async fn queued(&self) -> Result<u64, WalletError> {
        self.read(Reader::queued).await
    }

    /// Everything that happened, newest first; of what others did, as much as the host keeps.
    #[uniffi::method(default(cancellation = None))]
    pub async fn activity(
        &self,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Vec<Activity>, WalletError> {
        let all = self.online(By::Owner, cancellation, |wallet, network, _| {
            wallet.activity(network).map_err(cancelled_or)
        });
        all.await
    }

    /// What the owner did, newest first, of one second too; it needs no network.
    pub async fn own_activity(&self) -> Result<Vec<Activity>, WalletError> {
        self.read(Reader::own_activity).await
    }
}

fn sync(
    wallet: &mut CoreWallet,
    options: SyncOptions,
    network: Network<'_>,
    events: &Events,
) -> Result<SyncReport, WalletError> {
    let (before, known_before) = (wallet.grants()?, wallet.known_providers()?);
    let report = wallet.sync(options, network)?;
    if report.offline.is_some() {
        let cancelled = CallFlag::current().is_cancelled();
        return if cancelled { Err(WalletError::Cancelled) } else { Ok(report) };
    }
    tell_about_grants(&before, &wallet.grants()?, events);
    for known in wallet.known_providers()?.into_iter().filter(|known| !known_before.contains(known)) {
        if known.state == ProviderState::KeyChanged {
            events.tell(Event::ProviderKeyChanged { provider: known.provider, name: known.name });
        }
    }
    match wallet.new_activity(network) {
        Ok(seen) => seen.into_iter().flat_map(events_of).for_each(|event| events.tell(event)),
        // It is told next time.
        Err(error) if error.is_of_servers() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(report)
}

/// What the proofs showed, and what ends within a day.
fn tell_about_grants(before: &[GrantView], after: &[GrantView], events: &Events) {
    for view in after {
        let was = before.iter().find(|was| was.grant == view.grant).map(|was| was.state);
        if was.is_some_and(|was| was != view.state) {
            events.tell(Event::ProofArrived { grant: view.grant, state: view.state });
        }
        let ends_soon =
            view.not_after <= keepwell_wallet::Clock::now(&keepwell_wallet::SystemClock).saturating_add(DAY);
        if ends_soon && matches!(view.state, GrantState::Pending | GrantState::Active) {
            events.tell(Event::Expiring { grant: view.grant, not_after: view.not_after });
        }
    }
}

/// What others did, as events: of what is not proved in every point, that comes first.
fn events_of(activity: Activity) -> impl Iterator<Item = Event> {
    let time = activity.time;
    let doubtful = match &activity.event {
        ActivityEvent::GrantRead { grant, .. }
        | ActivityEvent::GrantDenied { grant, .. }
        | ActivityEvent::RecordsRead { grant, .. }
            if activity.event.is_doubtful() =>
        {
            Some(Event::ReadDoubtful { grant: *grant, time })
        }
        _ => None,
    };
    doubtful.into_iter().chain(event(activity))
}

fn event(activity: Activity) -> Option<Event> {
    let time = activity.time;
    match activity.event {
        ActivityEvent::GrantRead { grant, .. } => Some(Event::GrantRead { grant, time }),
        ActivityEvent::GrantDenied { grant, reason, .. } => Some(Event::GrantDenied { grant, time, reason }),
        ActivityEvent::ShareOpened { share, recipient } => {
            Some(Event::ShareOpened { share, time, recipient })
        }
        ActivityEvent::ShareDenied { share, recipient, reason } => {
            Some(Event::ShareDenied { share, time, recipient, reason })
        }
        ActivityEvent::RecordsRead { .. }
        | ActivityEvent::Granted { .. }
        | ActivityEvent::Revoked { .. }
        | ActivityEvent::ShareMade { .. } => None,
    }
}

const DAY: TimeSpan = TimeSpan::days(1);

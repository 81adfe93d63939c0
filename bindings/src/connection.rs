//! The wallet's servers: connecting, syncing, and what happened there.

use std::sync::Arc;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::vault::Invite;
use keepwell_wallet::{
    Activity, ActivityEvent, GrantView, LedgerStatus, Network, ProviderState, Reader, Servers as CoreServers,
    SyncOptions, SyncReport, Wallet as CoreWallet,
};
use zeroize::Zeroizing;

use crate::authentication::Authentication;
use crate::calls::{Caller, cancelled_or};
use crate::cancellation::{CallFlag, Cancellation};
use crate::error::WalletError;
use crate::foreign::Event;
use crate::mirrors::TimeSpan;
use crate::thread::EventQueue;
use crate::wallet::Wallet;

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
        let connected = self.call_online(Caller::Owner, cancellation, move |wallet, network, _| {
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
        self.call_online(Caller::App, cancellation, move |wallet, network, events| {
            sync(wallet, options, network, events)
        })
        .await
    }

    /// How much is still to be sent or to be proved.
    pub async fn queued(&self) -> Result<u64, WalletError> {
        self.read(Reader::queued).await
    }
}

fn sync(
    wallet: &mut CoreWallet,
    options: SyncOptions,
    network: Network<'_>,
    events: &EventQueue,
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
            events.send(Event::ProviderKeyChanged { provider: known.provider, name: known.name });
        }
    }
    match wallet.new_activity(network) {
        Ok(seen) => seen.into_iter().flat_map(events_of).for_each(|event| events.send(event)),
        // It is told next time.
        Err(error) if error.is_of_servers() => {}
        Err(error) => return Err(error.into()),
    }
    Ok(report)
}

/// What the proofs showed, and what ends within a day.
fn tell_about_grants(before: &[GrantView], after: &[GrantView], events: &EventQueue) {
    for view in after {
        let was = before.iter().find(|was| was.grant == view.grant).map(|was| was.state);
        if was.is_some_and(|was| was != view.state) {
            events.send(Event::ProofArrived { grant: view.grant, state: view.state });
        }
        let ends_soon =
            view.not_after <= keepwell_wallet::Clock::now(&keepwell_wallet::SystemClock).saturating_add(DAY);
        if ends_soon && matches!(view.state, GrantState::Pending | GrantState::Active) {
            events.send(Event::Expiring { grant: view.grant, not_after: view.not_after });
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

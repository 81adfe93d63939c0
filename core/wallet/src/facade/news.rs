//! What a sync brings that its owner should hear of.

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{GrantId, LinkId, ProviderId, Timestamp};

use super::wallet::Wallet;
use crate::engine::activity::{Activity, ActivityEvent, GrantRefusal};
use crate::engine::online::Network;
use crate::engine::providers::{ProviderState, ProviderSummary};
use crate::engine::sync::{SyncOptions, SyncReport};
use crate::error::WalletError;
use crate::records_view::grant::GrantView;
use crate::records_view::share::ShareOutcome;

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

impl Wallet {
    /// Syncs as [`Wallet::sync`] does, and tells what is new: grants, providers' keys, then what others did,
    /// oldest first. Where a server was not reached, what was learned of grants and keys by then is told, and what
    /// others did is told next time.
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
        for view in &after.grants {
            before.proof_of(view).into_iter().for_each(&mut *tell);
            if report.offline.is_none() && view.ends_within_a_day(now) {
                tell(News::Expiring { grant: view.grant, not_after: view.not_after });
            }
        }
        before.changed_keys(after.providers).for_each(&mut *tell);
        if report.offline.is_none() {
            self.activity_if_reached(network)?.into_iter().flat_map(news_of).for_each(tell);
        }
        Ok(report)
    }

    /// Of what others did since this or [`Wallet::sync_with_news`] was asked last, what is not proved in
    /// every point ([`ActivityEvent::is_doubtful`]), oldest first; none where the host is not reached, which
    /// then tells it next time.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn new_doubtful_reads(&mut self, network: Network<'_>) -> Result<Vec<Activity>, WalletError> {
        let mut new = self.activity_if_reached(network)?;
        new.retain(|activity| activity.event.is_doubtful());
        Ok(new)
    }

    /// What is known of grants and providers now.
    pub(super) fn known(&self) -> Result<Known, WalletError> {
        Ok(Known { grants: self.grants()?, providers: self.known_providers()? })
    }

    fn activity_if_reached(&mut self, network: Network<'_>) -> Result<Vec<Activity>, WalletError> {
        match self.new_activity(network) {
            Err(error) if error.is_of_servers() => Ok(Vec::new()),
            asked => asked,
        }
    }
}

/// What a wallet knew of grants and providers before it asked.
pub(super) struct Known {
    grants: Vec<GrantView>,
    providers: Vec<ProviderSummary>,
}

impl Known {
    /// What there is to tell of grants and providers that are known so `now`.
    pub(super) fn changes(&self, now: Self) -> impl Iterator<Item = News> {
        let Known { grants, providers } = now;
        grants.into_iter().filter_map(|view| self.proof_of(&view)).chain(self.changed_keys(providers))
    }

    fn proof_of(&self, view: &GrantView) -> Option<News> {
        let before = self.grants.iter().find(|before| before.grant == view.grant)?;
        let news = News::ProofArrived { grant: view.grant, state: view.state };
        (before.state != view.state).then_some(news)
    }

    fn changed_keys(&self, now: Vec<ProviderSummary>) -> impl Iterator<Item = News> {
        now.into_iter()
            .filter(|known| known.state == ProviderState::KeyChanged && !self.providers.contains(known))
            .map(|known| News::ProviderKeyChanged { provider: known.provider, name: known.name })
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
        // Who asked which records there are was told of that already.
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

//! The wallet's servers: connecting, syncing, and what happened there.

use std::sync::Arc;

use keepwell_protocol::vault::Invite;
use keepwell_wallet::{
    LedgerQuestions as CoreQuestions, LedgerStatus, Network, SyncOptions, SyncReport, Wallet as CoreWallet,
};
use zeroize::Zeroizing;

use crate::authentication::Authentication;
use crate::calls::{Caller, unless_cancelled};
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::servers::Servers;
use crate::thread::EventQueue;
use crate::wallet::Wallet;

/// How the ledger is asked about providers and the wallet's own account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum LedgerQuestions {
    /// Sealed, and passed on by the host: it does not learn what is asked, and who answers not which phone asks, unless both are
    /// of one operator.
    Oblivious,
    /// The host passes no sealed questions on: a gateway is asked directly, and sees which address asks.
    Direct,
}

impl From<CoreQuestions> for LedgerQuestions {
    fn from(questions: CoreQuestions) -> Self {
        match questions {
            CoreQuestions::Oblivious { .. } => Self::Oblivious,
            CoreQuestions::Direct => Self::Direct,
        }
    }
}

#[uniffi::export]
impl Wallet {
    /// Connects the wallet: verifies the ledger, opens a space at the host, and makes the wallet's grant
    /// to itself, by which a rolled-back host is recognised. What was broken off goes on when called again.
    ///
    /// A host may take only whom its operator invites: `invite` is the text of the invitation's file, and an
    /// emptied host is shown another one by connecting again.
    ///
    /// Throws `ConnectionRefused` (`SpaceExists`: restore it from its words instead; `AlreadyConnected`: it has another
    /// host or another trust anchor, and nothing was sent), `ServerRefused`
    /// (`InviteNeeded`, `InviteUsed`, …), `InvalidArgument` (`InviteMalformed`), `Untrusted`.
    #[uniffi::method(default(cancellation = None, invite = None))]
    pub async fn connect(
        &self,
        authentication: Arc<Authentication>,
        servers: Servers,
        cancellation: Option<Arc<Cancellation>>,
        invite: Option<String>,
    ) -> Result<LedgerStatus> {
        let invite = invite.map(|text| Invite::parse(&Zeroizing::new(text))).transpose()?;
        self.call_online(cancellation, move |wallet, network| {
            Ok(wallet.connect(authentication.hold().get()?, servers.as_core(), invite.as_ref(), network)?)
        })
        .await
    }

    /// What this wallet has verified of its ledger; `None` while it works on its own.
    pub async fn ledger_status(&self) -> Result<Option<LedgerStatus>> {
        self.read(|snapshot| snapshot.ledger_status()).await
    }

    /// How the ledger was asked last; `None` if it never was, as while the wallet works on its own.
    pub async fn ledger_questions(&self) -> Result<Option<LedgerQuestions>> {
        self.read(|snapshot| Ok(snapshot.ledger_questions()?.map(LedgerQuestions::from))).await
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
    ) -> Result<SyncReport> {
        let sync = move |wallet: &mut CoreWallet, network: Network<'_>, events: &EventQueue| {
            let report = wallet.sync_with_news(options, network, &mut |news| events.send(news.into()))?;
            if report.offline.is_some() { unless_cancelled(report) } else { Ok(report) }
        };
        self.call(Caller::App, cancellation, move |thread| thread.online(sync)).await
    }

    /// How much is still to be sent or to be proved.
    pub async fn queued(&self) -> Result<u64> {
        self.read(|snapshot| snapshot.queued()).await
    }
}

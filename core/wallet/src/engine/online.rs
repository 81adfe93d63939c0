//! The wallet on the network: which servers it speaks to, and what it believes of the ledger.

use keepwell_net::{Clock, Gateway, NetError, Reach, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Origin, Timestamp};
use keepwell_protocol::formats::http::is_loopback;
use keepwell_protocol::ledger::{TrustPolicy, TrustedState};
use rusqlite::{Connection, Transaction};
use url::Url;

use super::commit::Sealer;
use crate::error::WalletError;
use crate::net::{AsOwner, HostClient, RemoteError};
use crate::store::Store;
use crate::store::held_keys::HeldKeys;
use crate::store::ledger_proofs::MOST_AHEAD;
use crate::store::space;

/// The network as one call may use it.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// Carries requests to the wallet's own servers.
    pub transport: &'a dyn Transport,
    /// Carries envelopes to providers, over connections that nothing else uses.
    pub envelopes: &'a dyn Transport,
    /// Which ledgers are accepted.
    pub policy: TrustPolicy,
}

/// Where a wallet is to be connected.
#[derive(Clone, Copy, Debug)]
pub struct Servers<'a> {
    /// A gateway of the ledger.
    pub ledger_url: &'a str,
    /// The base URL of the host.
    pub host_url: &'a str,
    /// The trust anchor file's content.
    pub anchor: &'a [u8],
}

/// A ledger as this wallet has verified it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LedgerStatus {
    /// The name of the chain.
    pub chain_id: String,
    /// The newest verified height.
    pub height: u64,
    /// The time of that header.
    pub time: Timestamp,
    /// Whether one signer makes it: a demonstration.
    pub is_embedded: bool,
}

/// Who is asked about the ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// The host's relay: it knows this wallet's grants anyway.
    Relay,
    /// A gateway: about providers and the wallet's own account, which the host must not learn.
    Gateway,
}

/// An unlocked wallet with its servers.
pub(crate) struct Online<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) keys: &'a HeldKeys,
    pub(crate) rng: &'a mut Rng,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) network: Network<'a>,
    pub(crate) ledger_url: Url,
    pub(crate) host_url: Url,
    pub(crate) origin: Origin,
    silent: Silent,
}

/// Which ways to the ledger gave no answer in this call.
#[derive(Clone, Copy, Debug, Default)]
struct Silent {
    relay: Option<NetError>,
    gateway: Option<NetError>,
}

impl<'a> Online<'a> {
    /// An unlocked wallet on the network.
    ///
    /// # Errors
    /// [`WalletError::NotConnected`].
    pub(crate) fn new(
        store: &'a mut Store,
        keys: &'a HeldKeys,
        rng: &'a mut Rng,
        clock: &'a dyn Clock,
        network: Network<'a>,
    ) -> Result<Self, WalletError> {
        let row = space::connection(store.read())?.ok_or(WalletError::NotConnected)?;
        let origin = row.anchor.origin();
        let (ledger_url, host_url) = (parse_url(&row.ledger_url)?, parse_url(&row.host_url)?);
        let silent = Silent::default();
        Ok(Self { store, keys, rng, clock, network, ledger_url, host_url, origin, silent })
    }

    /// The time now: asked for each thing that is dated, since a call may take long.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Does one thing in one transaction, with a sealer at hand.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &mut Sealer<'_>) -> Result<T, WalletError>,
    ) -> Result<T, WalletError> {
        let Self { store, keys, rng, clock, .. } = self;
        store.write(rng, |transaction, rng| work(transaction, &mut Sealer { keys, now: clock.now(), rng }))
    }

    /// The wallet's host.
    pub(crate) fn host<T>(
        &mut self,
        ask: impl FnOnce(&HostClient<'_>, &mut Rng) -> Result<T, RemoteError>,
    ) -> Result<T, WalletError> {
        let host =
            HostClient::new(self.network.transport, self.host_url.as_str(), &self.keys.owner, self.clock);
        Ok(ask(&host, self.rng)?)
    }

    /// The ledger, by way of `source`.
    ///
    /// # Errors
    /// [`RemoteError::Net`] as before if that way gave no answer in this call.
    pub(crate) fn ledger(&self, source: Source) -> Result<Gateway<Box<dyn Transport + 'a>>, WalletError> {
        let (transport, owner, clock) = (self.network.transport, &self.keys.owner, self.clock);
        let (silent, gateway): (_, Gateway<Box<dyn Transport + 'a>>) = match source {
            Source::Relay => {
                let signed = Box::new(AsOwner { transport, owner, clock });
                (self.silent.relay, Gateway::through_host(signed, &self.host_url))
            }
            Source::Gateway => (self.silent.gateway, Gateway::direct(Box::new(transport), &self.ledger_url)),
        };
        match silent {
            Some(error) => Err(RemoteError::Net(error).into()),
            None => Ok(gateway),
        }
    }

    /// By which rules proofs are judged: a header may be further ahead than between servers, since nobody sets
    /// a phone's clock (flows.md §7).
    pub(crate) fn policy(&self) -> TrustPolicy {
        TrustPolicy { max_clock_drift: MOST_AHEAD, ..self.network.policy }
    }

    /// From now on a newer header is trusted.
    pub(crate) fn trust(&mut self, before: &TrustedState, next: &TrustedState) -> Result<(), WalletError> {
        if next == before {
            return Ok(());
        }
        self.write(|transaction, _| Ok(space::set_trusted(transaction, next)?))
    }

    /// Remembers that a way to the ledger gives no answer, so that this call waits for it once and not for each
    /// question.
    pub(crate) fn note_silence(&mut self, source: Source, error: WalletError) -> WalletError {
        if let WalletError::Remote(RemoteError::Net(net)) = &error
            && matches!(net, NetError::Offline | NetError::Timeout)
        {
            match source {
                Source::Relay => self.silent.relay = Some(*net),
                Source::Gateway => self.silent.gateway = Some(*net),
            }
        }
        error
    }

    /// Where envelopes may go: beyond the public internet only if the wallet's own host is here.
    pub(crate) fn inbox_reach(&self) -> Reach {
        if is_loopback(&self.host_url) { Reach::ForeignOrLoopback } else { Reach::Foreign }
    }
}

/// What was verified of the ledger last; none while the wallet works on its own.
pub(crate) fn verified_ledger(connection: &Connection) -> Result<Option<LedgerStatus>, WalletError> {
    Ok(space::connection(connection)?.map(|row| LedgerStatus {
        is_embedded: row.trusted.is_embedded(),
        chain_id: row.trusted.chain_id,
        height: row.trusted.height,
        time: row.trusted.time,
    }))
}

/// Parses the address of a server.
pub(crate) fn parse_url(text: &str) -> Result<Url, WalletError> {
    Url::parse(text).map_err(|_| RemoteError::Net(NetError::AddressMalformed).into())
}

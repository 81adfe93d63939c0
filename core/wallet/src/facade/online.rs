//! The wallet on the network: which servers it speaks to, and what it believes of the ledger.

use keepwell_net::{Clock, Gateway, GatewayError, NetError, Reach, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Origin, Timestamp};
use keepwell_protocol::ledger::{StateKey, TrustPolicy, Verified};
use rusqlite::Transaction;
use url::{Host, Url};

use super::publish::Publisher;
use super::wallet::{Session, Wallet};
use crate::error::WalletError;
use crate::net::{HostClient, RemoteError};
use crate::store::Store;
use crate::store::held_keys::HeldKeys;
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
}

impl Wallet {
    /// The unlocked, connected wallet on the network.
    pub(crate) fn online<'a>(&'a mut self, network: Network<'a>) -> Result<Online<'a>, WalletError> {
        let clock = self.clock.as_ref();
        let Session { store, keys, .. } = self.session.as_mut().ok_or(WalletError::Locked)?;
        let row = space::connection(store.read())?.ok_or(WalletError::NotConnected)?;
        let origin = row.anchor.origin();
        let (ledger_url, host_url) = (parse_url(&row.ledger_url)?, parse_url(&row.host_url)?);
        Ok(Online { store, keys, rng: &mut self.rng, clock, network, ledger_url, host_url, origin })
    }
}

impl Online<'_> {
    /// The time now: asked for each thing that is dated, since a call may take long.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Does one thing in one transaction, with a publisher at hand.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>, &mut Publisher<'_>) -> Result<T, WalletError>,
    ) -> Result<T, WalletError> {
        let Self { store, keys, rng, clock, .. } = self;
        store.write(&mut Rng::system(), |transaction| {
            work(transaction, &mut Publisher { keys, now: clock.now(), rng })
        })
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
    pub(crate) fn ledger(&self, source: Source) -> Gateway<&dyn Transport> {
        match source {
            Source::Relay => Gateway::through_host(self.network.transport, &self.host_url),
            Source::Gateway => Gateway::direct(self.network.transport, &self.ledger_url),
        }
    }

    /// Fetches and verifies what lies under a key; `None` while the proof's header is not made yet.
    ///
    /// What was verified is what is trusted from then on.
    pub(crate) fn prove(&mut self, key: &StateKey, source: Source) -> Result<Option<Verified>, WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let verified = match self.ledger(source).prove(key, &row.trusted, &self.network.policy, self.clock) {
            Ok(proved) => proved.verified,
            Err(GatewayError::NotYet) => return Ok(None),
            Err(error) => return Err(RemoteError::from(error).into()),
        };
        if verified.next_state != row.trusted {
            self.write(|transaction, _| Ok(space::set_trusted(transaction, &verified.next_state)?))?;
        }
        Ok(Some(verified))
    }

    /// Where envelopes may go: beyond the public internet only if the wallet's own host is here.
    pub(crate) fn inbox_reach(&self) -> Reach {
        let here = match self.host_url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if here { Reach::ForeignOrLoopback } else { Reach::Foreign }
    }
}

/// Parses the address of a server.
pub(super) fn parse_url(text: &str) -> Result<Url, WalletError> {
    Url::parse(text).map_err(|_| RemoteError::Net(NetError::AddressMalformed).into())
}

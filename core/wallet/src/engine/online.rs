//! The wallet on the network: which servers it speaks to, and what it believes of the ledger.

use keepwell_net::{Clock, Gateway, NetError, Reach, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Origin, Timestamp};
use keepwell_protocol::formats::http::is_loopback;
use keepwell_protocol::ledger::{ProofError, TrustPolicy, TrustedState};
use rusqlite::{Connection, Transaction};
use url::Url;

use super::commit::Sealer;
use super::sealing::{LedgerQuestions, find_gateway};
use crate::error::WalletError;
use crate::net::{AsOwner, HostClient, RemoteError, SeparateConnections, ServerCode};
use crate::store::Store;
use crate::store::held_keys::HeldKeys;
use crate::store::ledger_proofs::MOST_AHEAD;
use crate::store::ledger_questions::{SealingGateway, StoredQuestions};
use crate::store::{equivocation, ledger_questions, space};

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
    /// A gateway: about providers and the wallet's own account, which the host must not learn. By sealed questions
    /// where the host passes them on.
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
    /// By which gateway sealed questions are answered; none before one was looked for.
    questions: Option<StoredQuestions>,
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
        let (silent, questions) = (Silent::default(), None);
        Ok(Self { store, keys, rng, clock, network, ledger_url, host_url, origin, silent, questions })
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
    pub(crate) fn ledger(&mut self, source: Source) -> Result<Gateway<Box<dyn Transport + 'a>>, WalletError> {
        let silent = match source {
            Source::Relay => self.silent.relay,
            Source::Gateway => self.silent.gateway,
        };
        if let Some(error) = silent {
            return Err(RemoteError::Net(error).into());
        }
        match source {
            Source::Relay => Ok(Gateway::through_host(Box::new(self.as_owner()), &self.host_url)),
            Source::Gateway => match self.sealing_gateway() {
                Ok(Some(gateway)) => gateway.through_host(self.as_owner(), &self.host_url),
                Ok(None) => Ok(self.ledger_directly()),
                Err(error) => Err(self.note_silence(Source::Gateway, error)),
            },
        }
    }

    /// A gateway that sees which address asks.
    pub(crate) fn ledger_directly(&self) -> Gateway<Box<dyn Transport + 'a>> {
        Gateway::direct(Box::new(SeparateConnections(self.network.transport)), &self.ledger_url)
    }

    /// Whether a gateway is asked by sealed questions, as far as this wallet knows.
    pub(crate) fn is_sealed(&self) -> Result<bool, WalletError> {
        let host_url = self.host_url.as_str();
        let known = match &self.questions {
            Some(questions) => Some(questions.clone()),
            None => ledger_questions::find(self.store.read())?,
        };
        Ok(known.is_some_and(|known| known.host_url == host_url && known.gateway.is_some()))
    }

    fn as_owner(&self) -> AsOwner<'a> {
        AsOwner { transport: self.network.transport, owner: &self.keys.owner, clock: self.clock }
    }

    /// The gateway to which the host passes sealed questions on, its key proved within the last day; none where the host
    /// passes none on, or never did and does not say now.
    fn sealing_gateway(&mut self) -> Result<Option<SealingGateway>, WalletError> {
        if let Some(questions) = &self.questions {
            return Ok(questions.gateway.clone());
        }
        let (now, host_url) = (self.now(), self.host_url.to_string());
        let known = ledger_questions::find(self.store.read())?.filter(|known| known.host_url == host_url);
        if let Some(known) = known.clone()
            && known.gateway.as_ref().is_some_and(|gateway| gateway.is_fresh(now))
        {
            return Ok(self.questions.insert(known).gateway.clone());
        }
        let (transport, url, mut rng) = (self.as_owner(), self.host_url.clone(), self.rng.fork()?);
        let prove = |key: &_| self.prove_waiting(key, Source::Relay);
        let former = known.as_ref().and_then(|known| known.gateway.as_ref());
        let former = former.filter(|gateway| gateway.is_forgotten()).map(|gateway| gateway.id);
        let gateway = match find_gateway(&transport, &url, now, former, &mut rng, prove) {
            Ok(gateway) => gateway,
            // Who can keep the host from answering must not have the gateway see who asks.
            Err(error) if known.as_ref().is_some_and(|known| known.gateway.is_some()) => return Err(error),
            Err(error) if error.is_of_servers() => None,
            Err(error) => return Err(error),
        };
        let questions = StoredQuestions { host_url, gateway };
        if known.as_ref() != Some(&questions) {
            self.write(|transaction, _| Ok(ledger_questions::set(transaction, &questions)?))?;
        }
        Ok(self.questions.insert(questions).gateway.clone())
    }

    /// Looks for a gateway anew the next time: this one has another key by now, or gives no answer, or the host passes on
    /// to others.
    fn forget_sealing_key(&mut self) -> Result<(), WalletError> {
        let Some(mut questions) = self.questions.take() else { return Ok(()) };
        if let Some(gateway) = &mut questions.gateway {
            gateway.header_time = Timestamp::default();
            self.write(|transaction, _| Ok(ledger_questions::set(transaction, &questions)?))?;
        }
        Ok(())
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

    /// Nothing is decided by a ledger that has shown two headers for one height.
    ///
    /// # Errors
    /// [`ProofError::Equivocation`].
    pub(crate) fn refuse_equivocation(&self) -> Result<(), WalletError> {
        match equivocation::find(self.store.read())? {
            None => Ok(()),
            Some(_) => Err(ProofError::Equivocation.into()),
        }
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
        let code = match &error {
            WalletError::Remote(remote) => remote.server_code(),
            _ => None,
        };
        match code {
            // The host waited for the gateway, and will for each question of this call. The next one asks another.
            Some(ServerCode::LedgerUnreachable) if source == Source::Gateway => {
                self.silent.gateway = Some(NetError::Timeout);
            }
            Some(
                ServerCode::ObliviousKeyUnknown | ServerCode::ObliviousDamaged | ServerCode::GatewayUnknown,
            ) => {}
            _ => return error,
        }
        self.forget_sealing_key().err().unwrap_or(error)
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

/// How the ledger was asked last about providers and the wallet's own account, while the wallet had the host that it has.
pub(crate) fn asked_ledger(connection: &Connection) -> Result<Option<LedgerQuestions>, WalletError> {
    let Some(row) = space::connection(connection)? else { return Ok(None) };
    let host_url = parse_url(&row.host_url)?.to_string();
    let questions = ledger_questions::find(connection)?.filter(|questions| questions.host_url == host_url);
    Ok(questions.map(|questions| match questions.gateway {
        Some(gateway) => LedgerQuestions::Oblivious { gateway: gateway.id },
        None => LedgerQuestions::Direct,
    }))
}

/// Parses the address of a server.
pub(crate) fn parse_url(text: &str) -> Result<Url, WalletError> {
    Url::parse(text).map_err(|_| RemoteError::Net(NetError::AddressMalformed).into())
}

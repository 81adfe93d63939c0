//! Which gateway is asked by sealed questions, that it does not see who asks (flows.md §0, "Who is asked").

use keepwell_net::{Gateway, Oblivious, Transport, sealed_gateways};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Duration, GatewayId, Object, Timestamp};
use keepwell_protocol::formats::http::ObliviousKey;
use keepwell_protocol::ledger::{GatewayRecord, ProofError, StateKey, Verified};
use url::Url;

use super::random_order::shuffle;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::ledger_proofs::MOST_AHEAD;
use crate::store::ledger_questions::SealingGateway;

/// How the ledger is asked about providers and the wallet's own account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LedgerQuestions {
    /// Sealed to this gateway, and passed on by the host: neither learns which phone asks what, unless both are of
    /// one operator.
    Oblivious {
        /// The gateway that answers.
        gateway: GatewayId,
    },
    /// The host passes no sealed questions on: a gateway is asked directly, and sees which address asks.
    Direct,
}

impl LedgerQuestions {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oblivious { .. } => "oblivious",
            Self::Direct => "direct",
        }
    }
}

impl SealingGateway {
    /// Whether the proof of its key is at most a day old.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        now.since(self.header_time) <= LONGEST_OF_GATEWAY && self.header_time.since(now) <= MOST_AHEAD
    }

    /// Whether it was found wanting.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.header_time == Timestamp::default()
    }

    /// The gateway, asked by sealed questions through the host.
    pub(crate) fn through_host<'a>(
        &self,
        transport: impl Transport + 'a,
        host: &Url,
    ) -> Result<Gateway<Box<dyn Transport + 'a>>, WalletError> {
        // It was read when it was proved.
        let key = ObliviousKey::parse(&self.configuration).map_err(|_| ProofError::BadProof)?;
        Ok(Gateway::oblivious(Box::new(Oblivious::through_host(transport, host, self.id, key))))
    }
}

/// A gateway that the host passes on to and whose key the ledger proves, by a header of the last day; none if there is
/// none. One that was found wanting, `former`, is the last to be looked at. `prove` asks through the host, which is to
/// know that.
///
/// # Errors
/// [`WalletError::Remote`] if the host does not say or prove it.
pub(crate) fn find_gateway(
    transport: &dyn Transport,
    host: &Url,
    now: Timestamp,
    former: Option<GatewayId>,
    rng: &mut Rng,
    mut prove: impl FnMut(&StateKey) -> Result<Verified, WalletError>,
) -> Result<Option<SealingGateway>, WalletError> {
    let mut ids = sealed_gateways(transport, host).map_err(RemoteError::from)?;
    shuffle(&mut ids, rng)?;
    ids.sort_by_key(|id| Some(*id) == former);
    let mut failed = None;
    for id in ids.into_iter().take(MOST_GATEWAYS) {
        match prove(&StateKey::Gateway(id)).and_then(|proved| sealing(id, &proved, now)) {
            Ok(Some(found)) => return Ok(Some(found)),
            Ok(None) => {}
            Err(error) if error.is_of_servers() => failed = Some(error),
            Err(error) => return Err(error),
        }
    }
    failed.map_or(Ok(None), Err)
}

/// What the ledger proves of a gateway, if questions can be sealed to it.
fn sealing(id: GatewayId, proved: &Verified, now: Timestamp) -> Result<Option<SealingGateway>, WalletError> {
    let Some(value) = proved.value.as_deref() else { return Ok(None) };
    let record = GatewayRecord::from_cbor(value).map_err(|_| ProofError::BadProof)?;
    let usable = record.configurations(proved.time).find(|bytes| ObliviousKey::parse(bytes).is_ok());
    let Some(configuration) = usable else { return Ok(None) };
    let configuration = configuration.to_vec().into();
    let found = SealingGateway { id, configuration, header_time: proved.time };
    if found.is_fresh(now) { Ok(Some(found)) } else { Err(WalletError::LedgerStale) }
}

/// How old the header may be that proves a gateway's key (flows.md §0): the key before holds for two days more.
const LONGEST_OF_GATEWAY: Duration = Duration::hours(24);
/// How many of the host's gateways are looked at.
const MOST_GATEWAYS: usize = 8;

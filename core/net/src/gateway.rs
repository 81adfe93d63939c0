//! A client of the ledger's gateway, asked directly or through a host that relays.

use keepwell_protocol::domain::{CborError, Object, ProviderId, TxId};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::{
    ChainStatus, Directory, LightBlock, ProofBundle, ProofError, StateKey, TrustPolicy, TrustedState,
    Verified, verify, verify_light_block,
};
use url::Url;

use crate::{Clock, Limits, NetError, ServerError, Transport};

/// Why the ledger gave no answer that may be believed.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// No answer came.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The server answered with an error.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The answer is not of the expected form.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// What it shows is not proved.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The block that would prove it is not made yet.
    #[error("the ledger has not made the proof yet")]
    NotYet,
}

impl GatewayError {
    /// The stable name of this error.
    pub fn code(&self) -> &str {
        match self {
            Self::Net(error) => error.code(),
            Self::Server(error) => error.code(),
            Self::Cbor(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::NotYet => "ProofNotYet",
        }
    }
}

/// A proof that was verified, and the bytes that others can verify again.
#[derive(Clone, Debug)]
pub struct Proved {
    /// What it shows.
    pub verified: Verified,
    /// The bundle as it came.
    pub bundle: Vec<u8>,
}

/// A gateway at one address.
pub struct Gateway<T> {
    transport: T,
    base: String,
}

impl<T: Transport> Gateway<T> {
    /// Asks a gateway itself.
    pub fn direct(transport: T, gateway: &Url) -> Self {
        Self { transport, base: format!("{}/v1", gateway.as_str().trim_end_matches('/')) }
    }

    /// Asks through a host, which sees which keys are asked for, so that the gateway does not.
    pub fn through_host(transport: T, host: &Url) -> Self {
        Self { transport, base: format!("{}/v1/ledger", host.as_str().trim_end_matches('/')) }
    }

    /// The transport that this client uses.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Hands in a transaction; that it is accepted says only that it is well formed and may count.
    ///
    /// # Errors
    /// [`GatewayError::Server`] if it is refused.
    pub fn submit(&self, transaction: &[u8]) -> Result<TxId, GatewayError> {
        let request = Request::new(Method::Post, format!("{}/tx", self.base)).with_body(transaction.to_vec());
        let answer = ServerError::check(self.transport.send(request, Limits::CONFIGURED)?)?;
        Ok(minicbor::decode(&answer.body).map_err(|_| CborError::Malformed)?)
    }

    /// Fetches and verifies what the ledger holds under `key`.
    ///
    /// Keep `verified.next_state` and pass it as `trusted` the next time. If the validators have
    /// changed so much that `trusted` does not vouch for the header, blocks in between are fetched.
    ///
    /// # Errors
    /// [`GatewayError`]; [`GatewayError::NotYet`] is to be tried again within seconds.
    pub fn prove(
        &self,
        key: &StateKey,
        trusted: &TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<Proved, GatewayError> {
        let answer = self.get(&format!("proof/{}", key.to_hex()))?;
        if answer.status == 202 {
            return Err(GatewayError::NotYet);
        }
        let bundle = answer.body;
        let verified = match verify(&bundle, key, trusted, policy, clock.now()) {
            Err(ProofError::InsufficientTrust) => {
                let target = ProofBundle::from_cbor(&bundle)?.light_block;
                let trusted = self.advance(&target, trusted.clone(), policy, clock)?;
                verify(&bundle, key, &trusted, policy, clock.now())?
            }
            verified => verified?,
        };
        Ok(Proved { verified, bundle })
    }

    /// Fetches and verifies the newest light block, going over blocks in between where needed.
    ///
    /// # Errors
    /// As [`Gateway::prove`].
    pub fn latest(
        &self,
        trusted: &TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<TrustedState, GatewayError> {
        let block = LightBlock::from_cbor(&self.get("light/latest")?.body)?;
        self.advance(&block, trusted.clone(), policy, clock)
    }

    /// The providers behind `after`, by ascending identifier: hints, proved by nothing.
    ///
    /// # Errors
    /// [`GatewayError`] if no list came.
    pub fn providers(&self, after: Option<ProviderId>) -> Result<Directory, GatewayError> {
        let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
        Ok(Directory::from_cbor(&self.get(&format!("providers{query}"))?.body)?)
    }

    /// What the gateway says of its chain, proved by nothing.
    ///
    /// # Errors
    /// [`GatewayError`] if no answer came.
    pub fn status(&self) -> Result<ChainStatus, GatewayError> {
        Ok(ChainStatus::from_cbor(&self.get("status")?.body)?)
    }

    /// Verifies `target`, halving the way to it as long as trust does not reach that far.
    fn advance(
        &self,
        target: &LightBlock,
        mut trusted: TrustedState,
        policy: &TrustPolicy,
        clock: &dyn Clock,
    ) -> Result<TrustedState, GatewayError> {
        let mut ahead = vec![target.clone()];
        while let Some(block) = ahead.last() {
            match verify_light_block(block, &trusted, policy, clock.now()) {
                Ok(verified) => {
                    trusted = verified.next_state;
                    ahead.pop();
                }
                Err(ProofError::InsufficientTrust) if ahead.len() < MOST_AHEAD => {
                    let height = block.height()?;
                    let middle = trusted.height + height.saturating_sub(trusted.height) / 2;
                    if middle <= trusted.height || middle >= height {
                        return Err(ProofError::InsufficientTrust.into());
                    }
                    let block = LightBlock::from_cbor(&self.get(&format!("light/{middle}"))?.body)?;
                    if block.height()? != middle {
                        return Err(ProofError::Malformed.into());
                    }
                    ahead.push(block);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(trusted)
    }

    fn get(&self, path: &str) -> Result<Response, GatewayError> {
        let request = Request::new(Method::Get, format!("{}/{path}", self.base));
        Ok(ServerError::check(self.transport.send(request, Limits::CONFIGURED)?)?)
    }
}

/// Halving a way of any length in 64 bits takes no more steps.
const MOST_AHEAD: usize = 64;

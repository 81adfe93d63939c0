//! The few questions that are asked of CometBFT: its JSON-RPC over HTTP on loopback.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_net::{HttpTransport, Limits, Transport as _};
use keepwell_protocol::formats::http::{Method, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator;

use super::connection::RpcAddress;
use super::service::FULL;
use crate::engine::error::EngineError;

/// What became of a transaction that was handed to CometBFT.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Broadcast {
    /// It waits for a block.
    Waits,
    /// It was handed in before and either waits or is in a block.
    Known,
    /// Too many wait.
    Full,
    /// By the state it would do nothing.
    Refused,
}

/// CometBFT's RPC.
pub(super) struct Rpc {
    transport: HttpTransport,
    url: String,
}

/// How long an answer may take that nobody waits for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many validators CometBFT lists at once.
const PAGE: usize = 100;

impl Rpc {
    /// How long a transaction may take to be handed in.
    pub(super) const BROADCAST_PATIENCE: Duration = Duration::from_secs(2);

    pub(super) fn new(address: RpcAddress) -> Result<Self, EngineError> {
        let transport = HttpTransport::new().map_err(EngineError::Rpc)?;
        Ok(Self { transport, url: address.to_string() })
    }

    /// Hands in a transaction, which CometBFT then has asked about.
    pub(super) fn broadcast(&self, transaction: &[u8]) -> Result<Broadcast, EngineError> {
        #[derive(Deserialize)]
        struct Checked {
            code: u32,
        }
        let parameters = json!({ "tx": STANDARD.encode(transaction) });
        Ok(match self.call::<Checked>("broadcast_tx_sync", &parameters, Self::BROADCAST_PATIENCE)? {
            Ok(Checked { code: 0 }) => Broadcast::Waits,
            Ok(Checked { code: FULL }) => Broadcast::Full,
            Ok(_) => Broadcast::Refused,
            Err(reason) if reason.contains("already exists in cache") => Broadcast::Known,
            // Also while it checks again what waits.
            Err(reason) if reason.contains("mempool is") => Broadcast::Full,
            // In its own words only to who looks closer: what it may say is not known here.
            Err(reason) => {
                tracing::debug!(reason, "cometbft refuses a transaction");
                return Err(EngineError::RpcAnswer);
            }
        })
    }

    /// Whether CometBFT still reads the blocks that others have, and takes part in none yet.
    pub(super) fn is_catching_up(&self) -> Result<bool, EngineError> {
        #[derive(Deserialize)]
        struct Answer {
            sync_info: SyncInfo,
        }
        #[derive(Deserialize)]
        struct SyncInfo {
            catching_up: bool,
        }
        let answer = self.ask::<Answer>("status", &json!({}))?;
        Ok(answer.sync_info.catching_up)
    }

    /// The header of a height and the votes on it.
    ///
    /// # Errors
    /// [`EngineError::NotThere`] while it has none.
    pub(super) fn commit(&self, height: u64) -> Result<SignedHeader, EngineError> {
        #[derive(Deserialize)]
        struct Answer {
            signed_header: SignedHeader,
        }
        Ok(self.ask::<Answer>("commit", &json!({ "height": height.to_string() }))?.signed_header)
    }

    /// The validators of a height.
    ///
    /// # Errors
    /// [`EngineError::NotThere`] while they are not known.
    pub(super) fn validators(&self, height: u64) -> Result<validator::Set, EngineError> {
        #[derive(Deserialize)]
        struct Answer {
            validators: Vec<validator::Info>,
            total: String,
        }
        let mut all = Vec::new();
        for page in 1_u32.. {
            let parameters = json!({
                "height": height.to_string(),
                "page": page.to_string(),
                "per_page": PAGE.to_string(),
            });
            let answer = self.ask::<Answer>("validators", &parameters)?;
            let is_empty = answer.validators.is_empty();
            all.extend(answer.validators);
            let total: usize = answer.total.parse().map_err(|_| EngineError::RpcAnswer)?;
            if is_empty || all.len() >= total {
                break;
            }
        }
        Ok(validator::Set::without_proposer(all))
    }

    /// The result of a call that nobody waits for.
    fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: &serde_json::Value,
    ) -> Result<T, EngineError> {
        self.call(method, parameters, PATIENCE)?.map_err(|reason| {
            tracing::debug!(method, reason, "cometbft does not have it");
            EngineError::NotThere
        })
    }

    /// The result of a call, or what CometBFT says why there is none.
    fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: &serde_json::Value,
        patience: Duration,
    ) -> Result<Result<T, String>, EngineError> {
        #[derive(Deserialize)]
        struct Answer<T> {
            result: Option<T>,
            error: Option<Failure>,
        }
        #[derive(Deserialize)]
        struct Failure {
            message: String,
            #[serde(default)]
            data: String,
        }
        let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let mut request =
            Request::new(Method::Post, self.url.clone()).with_body(asked.to_string().into_bytes());
        request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let limits = Limits { until: Some(Instant::now() + patience), ..Limits::CONFIGURED };
        let answer = self.transport.send(request, limits).map_err(EngineError::Rpc)?;
        let answer: Answer<T> = serde_json::from_slice(&answer.body).map_err(|_| EngineError::RpcAnswer)?;
        match answer {
            Answer { error: Some(Failure { message, data }), .. } => Ok(Err(format!("{message} {data}"))),
            Answer { result: Some(result), .. } => Ok(Ok(result)),
            Answer { .. } => Err(EngineError::RpcAnswer),
        }
    }
}

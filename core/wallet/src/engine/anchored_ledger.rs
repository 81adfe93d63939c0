//! The ledger as a wallet asks it that trusts nothing but an anchor: before it is connected, and while it is restored.

use keepwell_net::{Clock, Gateway, GatewayError, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::ledger::{StateKey, TrustAnchor, Verified};
use url::Url;

use super::online::{Network, Servers, parse_url};
use super::proofs::{PROOF_TRIES, SEALED_TRIES, proof_error, wait_for_proof};
use super::sealing::find_gateway;
use crate::error::WalletError;
use crate::net::{RemoteError, SeparateConnections};
use crate::store::ledger_questions::{SealingGateway, StoredQuestions};

/// Who is asked about the wallet's own account.
pub(crate) struct AnchoredLedger<'a> {
    anchor: &'a TrustAnchor,
    host: Url,
    ledger_url: Url,
    network: Network<'a>,
    clock: &'a dyn Clock,
    gateway: Option<SealingGateway>,
    /// Whether that gave no answer here. It stays the one that is asked about providers.
    is_silent: bool,
}

impl<'a> AnchoredLedger<'a> {
    /// Looks for a gateway to which the host passes sealed questions on. Where the host does not say, one is asked
    /// directly: without that a wallet could not come back when its host is gone.
    ///
    /// # Errors
    /// [`WalletError`] if an address is none, or there is no randomness.
    pub(crate) fn find(
        anchor: &'a TrustAnchor,
        servers: Servers<'_>,
        network: Network<'a>,
        clock: &'a dyn Clock,
        rng: &mut Rng,
    ) -> Result<Self, WalletError> {
        let (host, ledger_url) = (parse_url(servers.host_url)?, parse_url(servers.ledger_url)?);
        let relay = Gateway::through_host(network.transport, &host);
        let mut ledger = Self { anchor, host, ledger_url, network, clock, gateway: None, is_silent: false };
        let found = find_gateway(network.transport, &ledger.host, clock.now(), None, rng, |key| {
            ledger.ask(&relay, key, PROOF_TRIES)
        });
        ledger.gateway = match found {
            Ok(found) => found,
            Err(error) if error.is_of_servers() => None,
            Err(error) => return Err(error),
        };
        Ok(ledger)
    }

    /// Verifies what lies under a key: by a sealed question, or directly from where that gives no answer on.
    pub(crate) fn prove(&mut self, key: &StateKey) -> Result<Verified, WalletError> {
        if let Some(gateway) = self.gateway.as_ref().filter(|_| !self.is_silent) {
            let sealed = gateway.through_host(self.network.transport, &self.host)?;
            match self.ask(&sealed, key, SEALED_TRIES) {
                Err(WalletError::Remote(error)) if !matches!(error, RemoteError::NotYet) => {
                    self.is_silent = true
                }
                proved => return proved,
            }
        }
        let transport = SeparateConnections(self.network.transport);
        self.ask(&Gateway::direct(transport, &self.ledger_url), key, PROOF_TRIES)
    }

    /// Who is asked from now on, as the wallet notes it.
    pub(crate) fn questions(&self) -> StoredQuestions {
        StoredQuestions { host_url: self.host.to_string(), gateway: self.gateway.clone() }
    }

    fn ask<T: Transport>(
        &self,
        gateway: &Gateway<T>,
        key: &StateKey,
        tries: u32,
    ) -> Result<Verified, WalletError> {
        let (trusted, policy) = (self.anchor.trusted_state(), self.network.policy.with_wallet_drift());
        wait_for_proof(self.clock, tries, |_| match gateway.prove(key, &trusted, &policy, self.clock) {
            Ok(proved) => Ok(Some(proved.verified)),
            Err(GatewayError::NotYet) => Ok(None),
            Err(error) => Err(proof_error(error)),
        })
    }
}

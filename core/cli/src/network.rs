//! The way from a wallet to its servers.

use keepwell_net::{HttpTransport, NetError};
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::Network;

/// The connections of one command.
pub(crate) struct Connection {
    servers: HttpTransport,
    /// A pool of its own, so that no provider's host can join an envelope to anything else.
    envelopes: HttpTransport,
}

impl Connection {
    /// Makes the clients; nobody is contacted yet.
    pub(crate) fn open() -> Result<Self, NetError> {
        Ok(Self { servers: HttpTransport::new()?, envelopes: HttpTransport::new()? })
    }

    /// What the wallet's calls take. The command line accepts a ledger with one signer, and says so.
    pub(crate) fn network(&self) -> Network<'_> {
        Network { transport: &self.servers, envelopes: &self.envelopes, policy: TrustPolicy::DEMONSTRATION }
    }
}

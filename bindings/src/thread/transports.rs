//! The HTTP transports of a wallet: the app's own or the library's.

use std::sync::Arc;

use keepwell_net::Transport;
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::Network;

#[cfg(feature = "http")]
use super::cancellable_transport::CancellableTransport;
use crate::error::WalletError;
use crate::foreign::{AppTransport, HttpClient};

/// One transport for the ledger and the host, one for envelopes to providers: neither can tell that the other
/// carries the same wallet.
pub(crate) struct Transports {
    pub(crate) servers: Box<dyn Transport>,
    pub(crate) envelopes: Box<dyn Transport>,
}

impl Transports {
    pub(crate) fn network(&self, policy: TrustPolicy) -> Network<'_> {
        Network { transport: self.servers.as_ref(), envelopes: self.envelopes.as_ref(), policy }
    }

    /// Those of the app, or the library's own.
    pub(crate) fn new(app: Option<Arc<dyn HttpClient>>) -> Result<Self, WalletError> {
        match app {
            Some(app) => {
                let servers = AppTransport::new(app.clone(), false)?;
                let envelopes = AppTransport::new(app, true)?;
                Ok(Self { servers: Box::new(servers), envelopes: Box::new(envelopes) })
            }
            None => own(),
        }
    }
}

/// The library's own, unless it was built without.
#[cfg(feature = "http")]
fn own() -> Result<Transports, WalletError> {
    Ok(Transports {
        servers: Box::new(CancellableTransport::new()?),
        envelopes: Box::new(CancellableTransport::new()?),
    })
}

#[cfg(not(feature = "http"))]
fn own() -> Result<Transports, WalletError> {
    Err(WalletError::invalid("NoHttpClient"))
}

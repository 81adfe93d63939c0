//! The ways out: the app's own or the library's.

use std::sync::Arc;

use keepwell_net::Transport;
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::Network;

#[cfg(feature = "http")]
use super::own_transport::OwnTransport;
use crate::error::WalletError;
use crate::foreign::{AppTransport, HttpClient};

/// The two ways out of a wallet.
pub(crate) struct Ways {
    pub(crate) servers: Box<dyn Transport>,
    pub(crate) envelopes: Box<dyn Transport>,
}

impl Ways {
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
fn own() -> Result<Ways, WalletError> {
    Ok(Ways { servers: Box::new(OwnTransport::new()?), envelopes: Box::new(OwnTransport::new()?) })
}

#[cfg(not(feature = "http"))]
fn own() -> Result<Ways, WalletError> {
    Err(WalletError::invalid("NoHttpClient"))
}

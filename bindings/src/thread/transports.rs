//! The HTTP transports of a wallet: the app's own or the library's.

use std::sync::Arc;

use keepwell_net::Transport;
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::Network;

#[cfg(feature = "http")]
use super::cancellable_transport::CancellableTransport;
use crate::error::Result;
#[cfg(not(feature = "http"))]
use crate::error::WalletError;
use crate::foreign::{AppTransport, HttpClient};
#[cfg(not(feature = "http"))]
use crate::reasons::ArgumentReason;

/// One transport for the ledger and the host, one for envelopes to providers: neither can tell that the other
/// carries the same wallet.
pub(crate) struct Transports {
    servers: Box<dyn Transport>,
    envelopes: Box<dyn Transport>,
}

impl Transports {
    /// The network over these; they are made, over the app's client or the library's own, where there are
    /// none yet.
    pub(crate) fn network<'a>(
        made: &'a mut Option<Self>,
        app: Option<&Arc<dyn HttpClient>>,
        policy: TrustPolicy,
    ) -> Result<Network<'a>> {
        let made = match made {
            Some(made) => made,
            None => made.insert(app.map_or_else(Self::own, Self::of_app)?),
        };
        Ok(Network { transport: made.servers.as_ref(), envelopes: made.envelopes.as_ref(), policy })
    }

    fn of_app(app: &Arc<dyn HttpClient>) -> Result<Self> {
        let servers = Box::new(AppTransport::new(app.clone(), false)?);
        Ok(Self { servers, envelopes: Box::new(AppTransport::new(app.clone(), true)?) })
    }

    #[cfg(feature = "http")]
    fn own() -> Result<Self> {
        let servers = Box::new(CancellableTransport::new()?);
        Ok(Self { servers, envelopes: Box::new(CancellableTransport::new()?) })
    }

    #[cfg(not(feature = "http"))]
    fn own() -> Result<Self> {
        Err(WalletError::invalid(ArgumentReason::NoHttpClient))
    }
}

//! The gateway tells the ledger by which key questions to it are sealed.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Object;
use keepwell_server::blocking;

use super::routes::Gateway;
use crate::LedgerError;
use crate::engine::{EngineError, Submission};
use crate::state::{self, Outcome};

impl Gateway {
    /// Hands in what the ledger is to be told of this gateway's keys, if it is time.
    fn update_keys(&self) -> Result<(), LedgerError> {
        // A state of long ago does not know the keys of now, and must not have them forgotten.
        if !self.driver.is_current() {
            return Ok(());
        }
        let Some(status) = self.status()? else { return Ok(()) };
        let record = state::gateway(&self.store.snapshot()?, self.keys.id()).map_err(EngineError::from)?;
        let origin = self.genesis.origin();
        let update = self.keys.update(record.as_ref(), status.time, &origin, &mut Rng::system())?;
        let Some(update) = update else { return Ok(()) };
        let transaction = self.driver.receive(update.to_cbor());
        let from = IpAddr::from(Ipv4Addr::LOCALHOST);
        match self.driver.submit(transaction, from, |_| Ok::<_, EngineError>(()))? {
            Submission::Checked(Outcome::Rejected(why)) => {
                tracing::warn!(code = why.code(), "the gateway's new key is not taken");
            }
            Submission::Checked(_) | Submission::Busy | Submission::Stopped(_) => {}
        }
        Ok(())
    }
}

/// Looks after the gateway's keys at each block; what fails is tried at the next.
pub(crate) async fn keep_keys(gateway: Arc<Gateway>) {
    let mut heights = gateway.driver.heights();
    loop {
        let served = gateway.clone();
        if let Ok(Err(error)) = blocking(move || served.update_keys()).await {
            tracing::warn!(code = error.code(), "the gateway's keys cannot be looked after");
        }
        tokio::time::sleep(PAUSE).await;
        if heights.changed().await.is_err() {
            return;
        }
    }
}

/// How long the keys are left alone after they were looked after.
const PAUSE: Duration = Duration::from_millis(500);

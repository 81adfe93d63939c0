//! What the ledger holds under a key, proved from a trust anchor: who governs signs by nothing less.

use std::time::{Duration, Instant};

use keepwell_net::{Gateway, GatewayError, HttpTransport};
use keepwell_protocol::ledger::{StateKey, TrustPolicy, TrustedState, Verified};
use keepwell_wallet::SystemClock;

use crate::failure::Failure;

/// How long the next block, and the one that proves it, is waited for.
pub(super) const BLOCK_WAIT: Duration = Duration::from_secs(10);
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// What lies under a key, once the header is there that proves it.
pub(super) fn prove(
    gateway: &Gateway<HttpTransport>,
    trusted: &TrustedState,
    key: &StateKey,
) -> Result<Verified, Failure> {
    let began = Instant::now();
    loop {
        match gateway.prove(key, trusted, &TrustPolicy::DEMONSTRATION, &SystemClock) {
            Ok(proved) => return Ok(proved.verified),
            Err(GatewayError::NotYet) if began.elapsed() < BLOCK_WAIT => std::thread::sleep(PAUSE),
            Err(error) => return Err(error.into()),
        }
    }
}

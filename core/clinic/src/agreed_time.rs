//! By what time something is given up for good.

use keepwell_net::{Clock, Gateway};
use keepwell_protocol::domain::{Duration, Timestamp};
use url::Url;

use crate::server::ServerTransport;
use crate::{Clinic, ClinicError};

/// How far this machine's clock and the ledger's are apart at most where something is given up.
const MOST_APART: Duration = Duration::minutes(15);

impl Clinic {
    /// The time, where this machine's clock agrees with the newest header of the ledger, fetched through the own
    /// host and verified now. None where they differ, or nobody shows a header: then nothing is given up.
    pub(crate) fn agreed_time(&mut self, clock: &dyn Clock) -> Result<Option<Timestamp>, ClinicError> {
        let own = self.host()?;
        let url = Url::parse(own.base()).map_err(|_| ClinicError::InvalidAddress)?;
        let transport = ServerTransport { transport: self.transport.as_ref(), server: &own };
        let trusted = self.store.trusted()?;
        let newest = match Gateway::through_host(transport, &url).latest(&trusted, &self.policy, clock) {
            Ok(newest) => newest,
            Err(error) => {
                tracing::warn!(
                    code = error.code(),
                    "no header of the ledger: no envelope and no key is given up"
                );
                return Ok(None);
            }
        };
        self.store.trust(&newest)?;
        let (now, time) = (clock.now(), newest.time.max(trusted.time));
        let is_agreed = now.since(time).max(time.since(now)) <= MOST_APART;
        if !is_agreed {
            tracing::error!(code = "ClocksDisagree", ledger = time.0, here = now.0, "a clock is wrong");
        }
        Ok(is_agreed.then_some(now))
    }
}

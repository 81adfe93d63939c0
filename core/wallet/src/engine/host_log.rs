//! The host's access log, page by page.

use keepwell_protocol::vault::LogEntry;

use super::online::Online;
use crate::error::WalletError;

impl Online<'_> {
    /// Fetches the log behind entry `after` and gives each entry to `take`, oldest first; returns the number of the
    /// last one.
    pub(crate) fn fetch_log(
        &mut self,
        mut after: u64,
        mut take: impl FnMut(&Self, LogEntry) -> Result<(), WalletError>,
    ) -> Result<u64, WalletError> {
        loop {
            let page = self.host(|host, rng| host.log(after, rng))?;
            let last = page.entries.last().map(|entry| entry.sequence);
            for entry in page.entries {
                take(self, entry)?;
            }
            match last {
                Some(last) if last > after => after = last,
                _ => return Ok(after),
            }
            if !page.more {
                return Ok(after);
            }
        }
    }
}

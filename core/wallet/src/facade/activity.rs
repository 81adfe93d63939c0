//! What happened, as the owner asks for it.

use std::collections::BTreeMap;

use keepwell_protocol::domain::GrantId;

use super::wallet::Wallet;
use crate::engine::activity::{Activity, ActivityEvent, ActivityLog, NewLog, SeenLog};
use crate::engine::online::Network;
use crate::error::WalletError;

impl Wallet {
    /// Everything that happened; of what others did, as much as the host keeps. Where the host can't be reached for now,
    /// what the owner did.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host refuses, or gives no answer that can be read.
    pub fn activity(&mut self, network: Network<'_>) -> Result<ActivityLog, WalletError> {
        let own = self.own_activity()?;
        let others = self.online(network).and_then(|mut online| online.whole_log(&names(&own)));
        let mut entries: Vec<Activity> = match others {
            Ok(others) => others.into_iter().map(|logged| logged.activity).collect(),
            Err(WalletError::NotConnected) => return Ok(ActivityLog { entries: own, is_own_only: false }),
            Err(error) if error.is_temporary() => return Ok(ActivityLog { entries: own, is_own_only: true }),
            Err(error) => return Err(error),
        };
        entries.extend(own.into_iter().rev());
        entries.sort_by_key(|activity| activity.time);
        entries.reverse();
        Ok(ActivityLog { entries, is_own_only: false })
    }

    /// What others did that was not told yet.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host can't be reached; it is then told next time.
    pub(super) fn new_activity(&mut self, network: Network<'_>) -> Result<NewLog, WalletError> {
        let names = names(&self.own_activity()?);
        self.online(network)?.new_log(&names)
    }

    /// Notes what was told, so that it is not told again.
    pub(super) fn note_told(&mut self, seen: Option<SeenLog>) -> Result<(), WalletError> {
        let Some(seen) = seen else { return Ok(()) };
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| Ok(seen.write(transaction)?))
    }
}

/// The providers' names by grant.
fn names(own: &[Activity]) -> BTreeMap<GrantId, String> {
    let named = own.iter().filter_map(|activity| match &activity.event {
        ActivityEvent::Granted { grant, name } => Some((*grant, name.clone())),
        _ => None,
    });
    named.collect()
}

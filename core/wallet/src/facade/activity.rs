//! What happened, as the owner asks for it.

use std::collections::BTreeMap;

use keepwell_protocol::domain::GrantId;

use super::wallet::Wallet;
use crate::engine::activity::{Activity, ActivityEvent};
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::settings::{self, Setting};

impl Wallet {
    /// Everything that happened, newest first; of what others did, as much as the host keeps.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the wallet is connected and its host can't be reached.
    pub fn activity(&mut self, network: Network<'_>) -> Result<Vec<Activity>, WalletError> {
        let own = self.own_activity()?;
        let mut all = match self.online(network) {
            Ok(mut online) => online.log_after(0, &names(&own))?.0,
            Err(WalletError::NotConnected) => return Ok(own),
            Err(error) => return Err(error),
        };
        all.extend(own.into_iter().rev());
        all.sort_by_key(|activity| activity.time);
        all.reverse();
        Ok(all)
    }

    /// What others did since this was asked last, oldest first.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host can't be reached; it is then told next time.
    pub(super) fn new_activity(&mut self, network: Network<'_>) -> Result<Vec<Activity>, WalletError> {
        let names = names(&self.own_activity()?);
        let before = settings::read(self.session()?.store.read(), Setting::ActivitySeen)?;
        let before = before.and_then(|seen| seen.try_into().ok()).map_or(0, u64::from_be_bytes);
        let (seen, last) = self.online(network)?.log_after(before, &names)?;
        if last > before {
            let (store, rng) = self.store()?;
            store.write(rng, |transaction, _| {
                settings::write(transaction, Setting::ActivitySeen, &last.to_be_bytes())
            })?;
        }
        Ok(seen)
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

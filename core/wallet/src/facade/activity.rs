//! What happened, as the owner asks for it.

use std::collections::BTreeMap;

use keepwell_protocol::domain::GrantId;

use super::wallet::Wallet;
use crate::engine::activity::{Activity, ActivityEvent, ActivityLog, Logged};
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::settings::{self, Setting};

impl Wallet {
    /// Everything that happened; of what others did, as much as the host keeps. Where the host can't be reached for now,
    /// what the owner did.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host refuses, or gives no answer that can be read.
    pub fn activity(&mut self, network: Network<'_>) -> Result<ActivityLog, WalletError> {
        let own = self.own_activity()?;
        let others = self.online(network).and_then(|mut online| online.log_after(0, &names(&own)));
        let mut entries: Vec<Activity> = match others {
            Ok((others, _)) => others.into_iter().map(|logged| logged.activity).collect(),
            Err(WalletError::NotConnected) => return Ok(ActivityLog { entries: own, is_own_only: false }),
            Err(error) if error.is_temporary() => return Ok(ActivityLog { entries: own, is_own_only: true }),
            Err(error) => return Err(error),
        };
        entries.extend(own.into_iter().rev());
        entries.sort_by_key(|activity| activity.time);
        entries.reverse();
        Ok(ActivityLog { entries, is_own_only: false })
    }

    /// What others did since this was asked last, oldest first.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host can't be reached; it is then told next time.
    pub(super) fn new_activity(&mut self, network: Network<'_>) -> Result<Vec<Logged>, WalletError> {
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

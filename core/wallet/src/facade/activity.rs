//! What happened, as the owner asks for it.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::GrantId;

use super::wallet::Wallet;
use crate::engine::activity::{Activity, ActivityEvent, ActivityLog, GrantActivity, Logged, NewLog, SeenLog};
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::records::RecordRow;
use crate::store::sealed;

impl Wallet {
    /// Everything that happened; of what others did, as much as the host keeps. Where the host can't be reached for now,
    /// what the owner did.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host refuses, or gives no answer that can be read.
    pub fn activity(&mut self, network: Network<'_>) -> Result<ActivityLog, WalletError> {
        let own = self.own_activity()?;
        let Some(others) = self.others_activity(&own, network)? else {
            return Ok(ActivityLog { entries: own, is_own_only: true });
        };
        Ok(ActivityLog { entries: newest_first(merged(own, others)), is_own_only: false })
    }

    /// What happened about one grant, and how many records were read under it; as much as [`Wallet::activity`] tells.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`]; [`WalletError::Remote`] if the host refuses, or gives no answer that can be read.
    pub fn grant_activity(
        &mut self,
        grant: GrantId,
        network: Network<'_>,
    ) -> Result<GrantActivity, WalletError> {
        self.grant_view(grant)?;
        let mut own = self.own_activity()?;
        let others = self.others_activity(&own, network)?;
        own.retain(|activity| activity.event.grant() == Some(grant));
        let Some(mut others) = others else { return Ok(GrantActivity { entries: own, records_read: None }) };
        others.retain(|logged| logged.activity.event.grant() == Some(grant));
        let blobs = others.iter().flat_map(|logged| logged.blobs.iter().copied()).collect();
        let records: BTreeSet<RecordRow> =
            sealed::records_of(self.session()?.store.read(), &blobs)?.into_values().collect();
        let entries = newest_first(merged(own, others));
        Ok(GrantActivity { entries, records_read: Some(records.len() as u64) })
    }

    /// What others did, oldest first; none where the host can't be reached for now.
    pub(super) fn others_activity(
        &mut self,
        own: &[Activity],
        network: Network<'_>,
    ) -> Result<Option<Vec<Logged>>, WalletError> {
        let others = self.online(network).and_then(|mut online| online.whole_log(&names(own)));
        match others {
            Ok(others) => Ok(Some(others)),
            // There are no others.
            Err(WalletError::NotConnected) => Ok(Some(Vec::new())),
            Err(error) if error.is_temporary() => Ok(None),
            Err(error) => Err(error),
        }
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

/// What the owner did, newest first, and what others did, oldest first, together: oldest first; of one second, what
/// others did comes before what the owner did.
pub(super) fn merged(own: Vec<Activity>, others: Vec<Logged>) -> Vec<Logged> {
    let mut entries = others;
    entries.extend(own.into_iter().rev().map(|activity| Logged {
        activity,
        blobs: Vec::new(),
        receipt: None,
    }));
    entries.sort_by_key(|logged| logged.activity.time);
    entries
}

fn newest_first(entries: Vec<Logged>) -> Vec<Activity> {
    entries.into_iter().rev().map(|logged| logged.activity).collect()
}

/// The providers' names by grant.
fn names(own: &[Activity]) -> BTreeMap<GrantId, String> {
    let named = own.iter().filter_map(|activity| match &activity.event {
        ActivityEvent::Granted { grant, name } => Some((*grant, name.clone())),
        _ => None,
    });
    named.collect()
}

//! What a provider may hold: what it could have read, and what it did read.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::domain::{BlobId, Duration, ProviderId, RecordId, Timestamp};

use super::wallet::Wallet;
use crate::engine::activity::{ActivityEvent, Logged};
use crate::engine::evidence::RequestProof;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::records_view::exposure::{self, Window};
use crate::store::records::VersionName;
use crate::store::sealed;

/// What a provider may hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Exposure {
    /// By record and version.
    pub versions: Vec<ExposedVersion>,
    /// Whether nobody was reached who knows what the provider did read.
    pub is_own_only: bool,
}

/// A version of a record that a provider could have read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExposedVersion {
    /// The record, over all versions.
    pub record: RecordId,
    /// The version, from 1.
    pub version: u32,
    /// Not before this second.
    pub could_read_from: Timestamp,
    /// Not from this second on.
    pub could_read_until: Timestamp,
    /// When it first read it, by the clock of the host. None: not that anybody says.
    pub read_at: Option<Timestamp>,
    /// Whether the provider signed for a read of it. Else the host says so, and nothing proves it.
    pub is_read_proved: bool,
}

/// When a version was read first, and whether a read of it is proved.
#[derive(Clone, Copy)]
struct Read {
    at: Timestamp,
    is_proved: bool,
}

impl Wallet {
    /// Every version of a record that this provider could have read under its grants, those that ended included, and which
    /// it did read by the host's log. Of what it could have read it is never less than what was so.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host refuses, or gives no answer that can be read.
    pub fn exposure(&mut self, provider: ProviderId, network: Network<'_>) -> Result<Exposure, WalletError> {
        let own = self.own_activity()?;
        let others = self.others_activity(&own, network)?;
        let reads = self.reads_of(provider, others.as_deref().unwrap_or_default())?;
        let mut exposed = exposure::of_provider(self.session()?.store.read(), provider)?;
        // What was referred to then may be referred to no more.
        for (name, read) in &reads {
            let moment = Window { from: read.at, until: read.at.saturating_add(Duration(1)) };
            exposure::add(&mut exposed, *name, moment);
        }
        let versions = exposed.into_iter().map(|(name, window)| {
            let read = reads.get(&name);
            ExposedVersion {
                record: name.record,
                version: name.number,
                could_read_from: window.from,
                could_read_until: window.until,
                read_at: read.map(|read| read.at),
                is_read_proved: read.is_some_and(|read| read.is_proved),
            }
        });
        Ok(Exposure { versions: versions.collect(), is_own_only: others.is_none() })
    }

    /// What this provider read, by these entries.
    fn reads_of(
        &self,
        provider: ProviderId,
        logged: &[Logged],
    ) -> Result<BTreeMap<VersionName, Read>, WalletError> {
        let grants = self.grants()?.into_iter().filter(|view| view.provider == provider);
        let grants: BTreeSet<_> = grants.map(|view| view.grant).collect();
        let entries: Vec<(&Logged, bool)> = logged
            .iter()
            .filter_map(|logged| match &logged.activity.event {
                ActivityEvent::RecordsRead { grant, request, .. } if grants.contains(grant) => {
                    Some((logged, *request == RequestProof::Signed))
                }
                _ => None,
            })
            .collect();
        let blobs: BTreeSet<BlobId> = entries.iter().flat_map(|(logged, _)| logged.blobs.clone()).collect();
        let names = sealed::names_of(self.session()?.store.read(), &blobs)?;
        let mut reads: BTreeMap<VersionName, Read> = BTreeMap::new();
        for (Logged { activity, blobs, .. }, is_proved) in entries {
            for name in blobs.iter().filter_map(|blob| names.get(blob)) {
                let read = reads.entry(*name).or_insert(Read { at: activity.time, is_proved });
                read.at = read.at.min(activity.time);
                read.is_proved |= is_proved;
            }
        }
        Ok(reads)
    }
}

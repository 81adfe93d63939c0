//! Whether host and ledger have what this wallet relies on.

use std::collections::BTreeSet;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{BlobId, GrantId};
use keepwell_protocol::ledger::{LedgerVerdict, ledger_verdict};

use super::commit::relied_on;
use super::online::Online;
use super::own_space::fetch::{Fetcher, Wanted};
use super::upload::own_compartment;
use crate::error::WalletError;
use crate::net::HostClient;
use crate::store::state_object::StoredGrant;
use crate::store::{commits, grants, lost_blobs, space};

impl Online<'_> {
    /// Whether the host is at an older version than it has acknowledged.
    pub(crate) fn is_host_behind(&mut self) -> Result<bool, WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let own = own_compartment(&self.keys.compartment);
        let version = match self.host(|host, rng| host.space_head(own, rng)) {
            Ok(view) => view.version,
            Err(WalletError::Remote(error)) if error.is_not_found() => 0,
            Err(error) => return Err(error),
        };
        Ok(version < row.host_version())
    }

    /// Fetches every blob that this wallet relies on and compares it with its hash; answers how many are missing or
    /// damaged. Those are noted: the next sync seals and sends again what lies in them.
    pub(crate) fn fetch_every_blob(&mut self, progress: &dyn Fn(u64, u64)) -> Result<u64, WalletError> {
        // What was never sent is not missed; a commit says what the host has.
        let untold: BTreeSet<BlobId> = commits::uncommitted_blobs(self.store.read())?.into_iter().collect();
        let relied = relied_on(self.store.read())?.into_iter().filter(|(blob, _)| !untold.contains(blob));
        let wanted: Vec<Wanted> =
            relied.map(|(blob, relied)| Wanted { blob, length: relied.length }).collect();
        let (mut done, mut lost) = (0, Vec::new());
        let host =
            HostClient::new(self.network.transport, self.host_url.as_str(), &self.keys.owner, self.clock);
        let mut fetcher = Fetcher::new(&host, self.rng);
        fetcher.fetch(&wanted, &mut |fetched| {
            done += fetched.len() as u64;
            let absent = fetched.into_iter().filter(|(_, sealed)| sealed.is_none());
            lost.extend(absent.filter_map(|(at, _)| wanted.get(at)).map(|wanted| wanted.blob));
            progress(done, wanted.len() as u64);
            Ok(())
        })?;
        fetcher.finish()?;
        self.write(|transaction, _| {
            Ok(lost.iter().try_for_each(|blob| lost_blobs::add(transaction, *blob))?)
        })?;
        Ok(lost.len() as u64)
    }

    /// Of how many grants the ledger says something else than this wallet; not of those that are on their way there.
    ///
    /// # Errors
    /// [`WalletError::LedgerStale`] if its word is too old to tell.
    pub(crate) fn count_contradicted_grants(&mut self) -> Result<u64, WalletError> {
        let is_settled =
            |grant: &StoredGrant| !matches!(grant.state, GrantState::Pending | GrantState::Revoking);
        let settled: Vec<StoredGrant> =
            grants::all(self.store.read())?.into_iter().filter(is_settled).collect();
        let ids: Vec<GrantId> = settled.iter().map(StoredGrant::id).collect();
        let proofs = self.prove_many(&ids)?.grants;
        let now = self.now();
        let mut contradicted = 0;
        for (grant, proved) in settled.iter().zip(&proofs) {
            let record = proved.grant()?.filter(|record| record.slot.is_none_or(|slot| slot == grant.slot));
            let verdict = ledger_verdict(record.as_ref(), proved.time, now, grant.terms.max_staleness);
            // An old word contradicts nothing.
            if matches!(verdict, LedgerVerdict::Stale | LedgerVerdict::FromFuture) {
                return Err(WalletError::LedgerStale);
            }
            let is_in_force = verdict == LedgerVerdict::InForce;
            contradicted += u64::from(is_in_force != (grant.state == GrantState::Active));
        }
        Ok(contradicted)
    }
}

//! Another wallet of the same recovery words at the host: the one that took over last acts, every other stops
//! (flows.md §2.5). The one that acts takes over what the other has published, read as a restore reads it.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{CompartmentId, Timestamp};
use keepwell_protocol::vault::SpaceView;

use super::fetch::Fetcher;
use super::lists::Lists;
use super::opened::OpenedSpace;
use super::own_state::OwnState;
use super::records::{self, Listed};
use super::report::RestoreReport;
use crate::engine::online::Online;
use crate::error::WalletError;
use crate::net::{HostClient, RemoteError};
use crate::store::restoring;
use crate::store::takeover::{self, StoredTakeover};

/// What another wallet has published.
pub(crate) struct Other {
    pub(crate) space: OpenedSpace,
    pub(crate) state: OwnState,
    pub(crate) lists: BTreeMap<CompartmentId, Lists>,
    pub(crate) listed: Vec<Listed>,
}

impl Online<'_> {
    /// Takes over what a wallet of the same words has published whose `self` head has this hash; stops where that
    /// one has taken over later.
    ///
    /// Broken off anywhere it is begun again by the next sync: nothing is published before it is done, since the
    /// host refuses a commit that does not know the other's.
    ///
    /// # Errors
    /// [`WalletError::TakenOver`] if the other one has taken over later;
    /// [`RemoteError::NoAnswer`] if what is served is not what our keys signed.
    pub(crate) fn adopt_other_wallet(&mut self, self_head: [u8; 32]) -> Result<(), WalletError> {
        let view = self.host(|host, rng| host.space(rng))?;
        let space = OpenedSpace::open(view, self.keys).map_err(|_| RemoteError::NoAnswer)?;
        if space.own_hash != self_head {
            // It has moved on since, or is an older answer.
            return Err(RemoteError::NoAnswer.into());
        }
        let mut report = RestoreReport::default();
        let (own, state) = self.read_other(&space, &mut report)?;
        if state.may_have_lost_takeover {
            // Who goes on can't be told, and a PIN that is closed stays closed.
            return Err(RemoteError::NoAnswer.into());
        }
        let ours = takeover::find(self.store.read())?;
        self.stop_if_later(&state)?;
        // Versions are sealed in the order of their arrival: those of the other one come behind.
        while self.upload_records()? {}
        let other = self.read_lists(space, own, state, &mut report)?;
        self.write(|transaction, _| Ok(other.state.merge_deliveries(transaction)?))?;
        self.fetch_other(&other, &mut report)?;
        self.write(|transaction, sealer| {
            let mut taken = takeover::unreported(transaction)?.unwrap_or_default();
            other.merge(transaction, sealer, &mut taken)?;
            taken.missing += report.missing.iter().map(|missing| missing.count()).sum::<u64>();
            takeover::set_unreported(transaction, Some(&taken))?;
            // Two that never took over are one wallet, and its own older state.
            if ours.is_some() && rank(other.state.takeover) == rank(ours) {
                // The other one is to see that it is this one that goes on.
                takeover::set(transaction, &after(other.state.takeover, sealer.now))?;
            }
            Ok(restoring::forget_all(transaction)?)
        })
    }

    /// Stops where what a host fell back to is the state of a wallet that has taken over later. What can't be read of it
    /// says nothing.
    ///
    /// # Errors
    /// [`WalletError::TakenOver`].
    pub(crate) fn stop_if_taken_over_at(&mut self, view: &SpaceView) -> Result<(), WalletError> {
        let Ok(space) = OpenedSpace::open(view.clone(), self.keys) else { return Ok(()) };
        let read = self.read_other(&space, &mut RestoreReport::default());
        self.write(|transaction, _| Ok(restoring::forget_all(transaction)?))?;
        match read {
            Ok((_, state)) if !state.may_have_lost_takeover => self.stop_if_later(&state),
            _ => Ok(()),
        }
    }

    fn stop_if_later(&mut self, state: &OwnState) -> Result<(), WalletError> {
        if rank(state.takeover) <= rank(takeover::find(self.store.read())?) {
            return Ok(());
        }
        self.write(|transaction, _| {
            restoring::forget_all(transaction)?;
            Ok(takeover::set_over(transaction)?)
        })?;
        // What was ended here is told to the ledger all the same: whoever goes on may not know of it.
        let _ = self.send_revocations();
        Err(WalletError::TakenOver)
    }

    fn read_other(
        &mut self,
        space: &OpenedSpace,
        report: &mut RestoreReport,
    ) -> Result<(Lists, OwnState), WalletError> {
        let Self { store, keys, rng, clock, network, host_url, .. } = self;
        let host = HostClient::new(network.transport, host_url.as_str(), &keys.owner, *clock);
        let mut fetcher = Fetcher::new(&host, rng);
        let own = Lists::fetch(&space.own, store, &mut fetcher)?;
        let mut state = OwnState::read(&own, &space.view, store, &mut fetcher, report)?;
        fetcher.finish()?;
        state.complete_epochs(&space.view, keys)?;
        Ok((own, state))
    }

    fn read_lists(
        &mut self,
        space: OpenedSpace,
        own: Lists,
        state: OwnState,
        report: &mut RestoreReport,
    ) -> Result<Other, WalletError> {
        let Self { store, keys, rng, clock, network, host_url, .. } = self;
        let host = HostClient::new(network.transport, host_url.as_str(), &keys.owner, *clock);
        let mut fetcher = Fetcher::new(&host, rng);
        let lists = state.fetch_lists(&space, own, keys, store, &mut fetcher, report)?;
        fetcher.finish()?;
        let listed = records::entries(&state, &lists);
        Ok(Other { space, state, lists, listed })
    }

    /// Fetches and stores the record versions that are not here.
    fn fetch_other(&mut self, other: &Other, report: &mut RestoreReport) -> Result<(), WalletError> {
        let Self { store, keys, rng, clock, network, host_url, .. } = self;
        let host = HostClient::new(network.transport, host_url.as_str(), &keys.owner, *clock);
        let mut fetcher = Fetcher::new(&host, rng);
        records::fetch_and_store(store, &other.listed, &mut fetcher, &|_| {}, report)?;
        fetcher.finish()
    }
}

/// What is compared of two takeovers: the wallet that was made first has none.
fn rank(takeover: Option<StoredTakeover>) -> Option<(u32, Timestamp)> {
    takeover.map(|one| (one.number, one.time))
}

/// A takeover that is later than another one.
fn after(other: Option<StoredTakeover>, now: Timestamp) -> StoredTakeover {
    let (number, time) = other.map_or((1, Timestamp(0)), |other| (other.number, other.time));
    StoredTakeover { number, time: now.max(Timestamp(time.0.saturating_add(1))) }
}

//! Whether the host is where this wallet left it, and making it whole where it is not.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{BlobId, CompartmentId, Duration, Timestamp};
use keepwell_protocol::vault::SpaceView;
use rusqlite::Transaction;

use super::commit::{Relied, Sealer, relied_on};
use super::online::Online;
use super::upload::own_compartment;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::outbox::{self, Outgoing};
use crate::store::{commits, compartments, grants, links, lost_blobs, relationships, space, unsent};

/// What was found at a host that is behind what it had acknowledged, and what follows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Healing {
    /// The version at which the host is; 0: it was emptied.
    pub host_version: u64,
    /// The version that it had acknowledged.
    pub wallet_version: u64,
    /// Pieces that it has lost or finds damaged.
    pub lost: u64,
    /// How many bytes of records those are: they are sealed and sent again.
    pub bytes: u64,
    /// What the patient called the live shares that ended with it: they can't be put there again.
    pub shares_ended: Vec<String>,
    /// Nothing was sent again yet, for it is more than [`Healing::UNASKED_BYTES`] and nobody agreed.
    pub is_waiting: bool,
}

impl Healing {
    /// How many bytes are sent again without asking first.
    pub const UNASKED_BYTES: u64 = 20 * 1024 * 1024;
}

/// How the host's space compares with what this wallet made of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HostCheck {
    /// It is where this wallet thinks it is.
    InStep,
    /// It is at an older version; 0: it has nothing.
    Behind(u64),
}

impl Online<'_> {
    /// Asks the host for its version and finds out what became of commits whose answer was lost.
    ///
    /// # Errors
    /// [`WalletError::TakenOver`] if another wallet of the same words has taken over since;
    /// [`RemoteError::NoAnswer`] if what is served was not made by this wallet's keys.
    pub(crate) fn check_host(&mut self) -> Result<HostCheck, WalletError> {
        let view = self.fetch_own_head()?;
        let now = self.now();
        self.write(|transaction, _| Ok(space::set_reached(transaction, now)?))?;
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let head = view.heads.first().map(|head| head.hash());
        let arrived = commits::sent(self.store.read())?
            .into_iter()
            .find(|commit| commit.version == view.version && head == Some(commit.self_head));
        if let Some(commit) = arrived {
            self.acknowledge(&commit)?;
            return Ok(HostCheck::InStep);
        }
        let is_further = row.base.is_some_and(|base| base < view.version);
        if is_further && view.version == row.space_version && head == row.self_head {
            // It was never behind: what said so was an older answer.
            self.write(|transaction, _| Ok(space::clear_base(transaction)?))?;
            return Ok(HostCheck::InStep);
        }
        let expected = row.host_version();
        if view.version < expected {
            return Ok(HostCheck::Behind(view.version));
        }
        if view.version == expected && (row.base.is_some() || head == row.self_head) {
            let waits = space::is_healing_waiting(self.store.read())?;
            return Ok(if waits { HostCheck::Behind(view.version) } else { HostCheck::InStep });
        }
        // Further than this wallet knows, or another head: it counts only if our key signed it.
        let is_signed = view.heads.first().is_some_and(|head| {
            let version_fits = head.version == view.version;
            version_fits && super::commit::open_own_head(self.keys, head).is_ok()
        });
        match view.heads.first().filter(|_| is_signed) {
            Some(head) => self.adopt_other_wallet(head.hash()).map(|()| HostCheck::InStep),
            None => Err(RemoteError::NoAnswer.into()),
        }
    }

    /// What the host has of the wallet's own compartment, in a space that is opened again where it is gone.
    fn fetch_own_head(&mut self) -> Result<SpaceView, WalletError> {
        let own = own_compartment(&self.keys.compartment);
        match self.host(|host, rng| host.space_head(own, rng)) {
            Ok(view) => Ok(view),
            Err(WalletError::Remote(error)) if error.is_not_found() => {
                // The host was emptied, or this space was never opened there. One that takes whom it invites refuses
                // until [`Wallet::connect`] shows it another invitation.
                let version = self.host(|host, rng| host.open_space(None, rng))?;
                Ok(SpaceView {
                    version,
                    heads: Vec::new(),
                    grants: Vec::new(),
                    links: Vec::new(),
                    moved_to: None,
                })
            }
            Err(error) => Err(error),
        }
    }

    /// Asks a host that is in step, now and then, whether it still has every blob whole; what it lost is
    /// written down, and [`Online::upload`] seals it again.
    pub(crate) fn check_blobs(&mut self) -> Result<Option<Healing>, WalletError> {
        let (row, now) = (space::connection(self.store.read())?, self.now());
        let row = row.ok_or(WalletError::NotConnected)?;
        if space::checked(self.store.read())?.is_some_and(|checked| now.since(checked) < CHECKED_EACH) {
            return Ok(None);
        }
        let relied = relied_on(self.store.read())?;
        let ids: Vec<BlobId> = relied.keys().copied().collect();
        // What was never sent is not missed; a commit says what the host has.
        let untold: Vec<BlobId> = commits::uncommitted_blobs(self.store.read())?;
        let mut lost = self.host(|host, rng| host.missing_blobs(&ids, rng))?;
        lost.retain(|blob| !untold.contains(blob));
        self.write(|transaction, _| {
            lost.iter().try_for_each(|blob| lost_blobs::add(transaction, *blob))?;
            Ok(space::set_checked(transaction, now)?)
        })?;
        let bytes = lost.iter().filter_map(|blob| relied.get(blob)).map(|relied| relied.length).sum();
        Ok((!lost.is_empty()).then(|| Healing {
            host_version: row.host_version(),
            wallet_version: row.space_version,
            lost: lost.len() as u64,
            bytes,
            shares_ended: Vec::new(),
            is_waiting: false,
        }))
    }

    /// Finds out what a host that is behind has lost and writes it down, so that [`Online::upload`] makes it
    /// whole; drops of grants never wait for that.
    pub(crate) fn heal(&mut self, host_version: u64, agreed: bool) -> Result<Healing, WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let relied = relied_on(self.store.read())?;
        let ids: Vec<BlobId> = relied.keys().copied().collect();
        let lost = self.host(|host, rng| host.missing_blobs(&ids, rng))?;
        let now = self.now();
        let bytes = lost.iter().filter_map(|blob| relied.get(blob)).map(|relied| relied.length).sum();
        let is_waiting = bytes > Healing::UNASKED_BYTES && !agreed;
        // Records alone have a length here.
        let versions = lost.iter().filter(|blob| relied.get(blob).is_some_and(|relied| relied.length > 0));
        let waiting = if is_waiting { versions.count() as u64 } else { 0 };
        self.write(|transaction, _| {
            unsent::set_lost_waiting(transaction, waiting)?;
            Ok(space::set_checked(transaction, now)?)
        })?;
        let mut healing = Healing {
            host_version,
            wallet_version: row.space_version,
            lost: lost.len() as u64,
            bytes,
            shares_ended: Vec::new(),
            is_waiting,
        };
        let view = self.host(|host, rng| host.space(rng))?;
        self.stop_if_taken_over_at(&view)?;
        if healing.is_waiting {
            self.drop_by_themselves(&view)?;
            return Ok(healing);
        }
        let host_url = self.host_url.clone();
        healing.shares_ended = self.write(|transaction, sealer| {
            space::set_unreported_healing(transaction, Some([host_version, lost.len() as u64, bytes]))?;
            requeue_envelopes(transaction, Some(host_url.as_str()), sealer.now)?;
            start_over(transaction, sealer, &view, &relied, &lost, row.space_version)
        })?;
        Ok(healing)
    }

    /// Ends at a host that is behind the grants that were ended here, and leaves the rest as it is there.
    fn drop_by_themselves(&mut self, view: &SpaceView) -> Result<(), WalletError> {
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        self.write(|transaction, _| {
            commits::clear_unsent(transaction)?;
            space::set_base(transaction, view.version, row.space_version)?;
            space::set_healing_waiting(transaction, true)?;
            compartments::forget_host_heads(transaction)?;
            for head in &view.heads {
                compartments::acknowledge_head(transaction, head)?;
            }
            let served = view.grants.iter().filter(|served| !served.dropped).map(|served| served.entry.grant);
            grants::drop_again(transaction, served)?;
            Ok(())
        })?;
        self.commit_drops().map(drop)
    }
}

/// Writes down that a host has nothing but what `view` shows and lacks the `lost` blobs, so that
/// [`Online::upload`] makes it whole in versions after `version`; answers what the live shares that end with
/// it were called.
pub(crate) fn start_over(
    transaction: &Transaction<'_>,
    sealer: &Sealer<'_>,
    view: &SpaceView,
    relied: &BTreeMap<BlobId, Relied>,
    lost: &[BlobId],
    version: u64,
) -> Result<Vec<String>, WalletError> {
    commits::clear_unsent(transaction)?;
    space::set_base(transaction, view.version, version)?;
    space::set_healing_waiting(transaction, false)?;
    compartments::forget_host_heads(transaction)?;
    grants::tell_all_entries(transaction)?;
    for (blob, relied) in relied {
        for compartment in &relied.compartments {
            commits::add_reference(transaction, *compartment, *blob)?;
        }
    }
    for blob in lost {
        lost_blobs::add(transaction, *blob)?;
    }
    let ours: Vec<CompartmentId> = compartments::all(transaction)?.iter().map(|row| row.id).collect();
    for head in view.heads.iter().filter(|head| !ours.contains(&head.compartment)) {
        commits::drop_compartment(transaction, head.compartment)?;
    }
    let mut ended = Vec::new();
    for mut link in links::all(transaction)? {
        let is_over = sealer.now >= link.entry.expires;
        let is_live = !link.entry.revoked && !is_over;
        let is_there = view.links.iter().any(|served| served.id == link.entry.id);
        let manifest = link.manifest.as_mut();
        let needs_passcode = manifest.as_ref().is_some_and(|manifest| manifest.needs_passcode);
        // And it may show again what it had before.
        if let Some(followed) = manifest.and_then(|manifest| manifest.followed.as_mut()) {
            followed.chosen = [0; 32];
        }
        // What the host counted is lost with its newer state, so a limited share is not to go on, nor one whose passcode
        // could be guessed at anew.
        if is_live && (!is_there || link.entry.opens.is_some() || needs_passcode) {
            link.entry.revoked = true;
            ended.push(link.label.clone());
            sealer.log_link(transaction, &link, "lost")?;
        }
        // Of one that is over and that it does not know the host has nothing to learn.
        links::set(transaction, &link, is_over && !is_there, sealer.now)?;
    }
    Ok(ended)
}

/// Queues the envelopes of grants again: of those whose provider's inbox is at the host, which lost what it had,
/// or of all. A provider that has an envelope already changes nothing.
pub(crate) fn requeue_envelopes(
    transaction: &Transaction<'_>,
    host_url: Option<&str>,
    now: Timestamp,
) -> Result<(), WalletError> {
    for grant in grants::all(transaction)?.into_iter().filter(|grant| grant.state.is_entitled()) {
        let is_meant = match host_url {
            None => true,
            Some(host_url) => relationships::find(transaction, grant.terms.account)?
                .is_some_and(|known| known.card.card.inbox.starts_with(host_url)),
        };
        let (account, id) = (grant.terms.account, grant.id());
        if is_meant && grant.delivered && !outbox::has_envelope_about(transaction, id)? {
            outbox::add(transaction, Outgoing::Envelope, account, id, &[], now)?;
        }
    }
    Ok(())
}

/// How often a host that is in step is asked whether it has every blob whole.
const CHECKED_EACH: Duration = Duration::days(7);

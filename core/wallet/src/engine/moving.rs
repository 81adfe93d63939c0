//! Moving the wallet's space to another host (flows.md §4.6).
//!
//! The decision is one transaction, which makes the new host the wallet's host; what follows is what any sync
//! does for a host that is to be made whole, so it goes on wherever it was broken off.

use keepwell_protocol::domain::{BlobId, Duration, Timestamp};
use keepwell_protocol::vault::{Invite, LinkAction, Moved, SpaceView};
use url::Url;

use super::commit::relied_on;
use super::healing::{requeue_envelopes, start_over};
use super::online::{Online, parse_url};
use super::upload;
use crate::error::WalletError;
use crate::net::HostClient;
use crate::store::former_hosts::{self, FormerHost};
use crate::store::settings::{self, Setting};
use crate::store::{commits, grants, links, outbox, relationships, space};

/// A provider that reads at the wallet's host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClinicTold {
    /// The clinic's name, as on its card.
    pub name: String,
    /// Whether its inbox has the new address.
    pub told: bool,
}

impl Online<'_> {
    /// Makes the host at `url` the wallet's own; answers what the shares that end were called.
    pub(crate) fn leave_for(
        &mut self,
        url: &Url,
        invite: Option<&Invite>,
    ) -> Result<Vec<String>, WalletError> {
        // The old host may have a commit whose answer was lost, or be gone.
        for settled in [self.commit_drops().map(drop), self.check_host().map(drop)] {
            settled.or_else(|error| if error.is_of_servers() { Ok(()) } else { Err(error) })?;
        }
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let in_flight = commits::sent(self.store.read())?.into_iter().map(|commit| commit.version).max();
        // Whoever saw the commit in flight takes what comes from here for newer.
        let version = row.space_version.max(in_flight.unwrap_or(0));
        let relied = relied_on(self.store.read())?;
        let ids: Vec<BlobId> = relied.keys().copied().collect();
        let (view, lost) = {
            let host = HostClient::new(self.network.transport, url.as_str(), &self.keys.owner, self.clock);
            host.open_space(invite, self.rng)?;
            (host.space(self.rng)?, host.missing_blobs(&ids, self.rng)?)
        };
        if view.version > version {
            return Err(WalletError::SpaceExists);
        }
        self.write(|transaction, sealer| {
            let now = sealer.now;
            let mut former = former_hosts::read(transaction)?;
            former.hosts.retain(|host| parse_url(&host.url).is_ok_and(|host| host != *url));
            former.begins = version.saturating_add(1);
            former.hosts.push(FormerHost { url: row.host_url, left: now, tried: Timestamp(0) });
            former_hosts::write(transaction, &former)?;
            space::set_host(transaction, url.as_str())?;
            space::set_checked(transaction, now)?;
            // The new host numbers what happens there anew.
            settings::remove(transaction, Setting::ActivitySeen)?;
            settings::write(transaction, Setting::HostLogBegan, &now.0.to_be_bytes())?;
            let mut ended = Vec::new();
            for mut link in links::all(transaction)? {
                if !link.entry.revoked && now < link.entry.expires {
                    link.entry.revoked = true;
                    sealer.log_link(transaction, &link, "moved")?;
                    links::set(transaction, &link, false, now)?;
                    ended.push(link.label);
                }
            }
            requeue_envelopes(transaction, None, now)?;
            start_over(transaction, sealer, &view, &relied, &lost, version)?;
            Ok(ended)
        })
    }

    /// Ends at each host that was left the links that live there and, once the new host is whole, tells it where
    /// the space is now. One that gives no answer is asked again now and then, and given up after a month.
    pub(crate) fn notify_former_hosts(&mut self) -> Result<(), WalletError> {
        let former = former_hosts::read(self.store.read())?;
        if former.hosts.is_empty() {
            return Ok(());
        }
        let row = space::connection(self.store.read())?.ok_or(WalletError::NotConnected)?;
        let is_whole = row.base.is_none() && !upload::is_behind(self.store.read())?;
        for host in former.hosts {
            let now = self.now();
            if now.since(host.tried) < TRIED_EACH {
                continue;
            }
            let done = match self.notify_former_host(&host, is_whole.then_some(former.begins)) {
                Ok(()) => is_whole,
                // It has no such space any more: there is nothing to end and nobody to send on.
                Err(WalletError::Remote(error)) if error.is_not_found() => true,
                Err(error) if error.is_of_servers() => {
                    self.note_tried(&host, now)?;
                    now.since(host.left) > TRIED_FOR
                }
                Err(error) => return Err(error),
            };
            if done {
                self.write(|transaction, _| {
                    let mut former = former_hosts::read(transaction)?;
                    former.hosts.retain(|other| other.url != host.url);
                    Ok(former_hosts::write(transaction, &former)?)
                })?;
            }
        }
        Ok(())
    }

    fn notify_former_host(&mut self, former: &FormerHost, begins: Option<u64>) -> Result<(), WalletError> {
        let now = self.now();
        let host = HostClient::new(self.network.transport, &former.url, &self.keys.owner, self.clock);
        let view: SpaceView = host.space(self.rng)?;
        for link in view.links.iter().filter(|link| !link.revoked && now < link.expires) {
            match host.change_link(link.id, LinkAction::Revoke, self.rng) {
                Err(error) if error.is_not_found() => {}
                done => done?,
            }
        }
        if let Some(begins) = begins {
            let here = self.host_url.as_str().trim_end_matches('/').to_owned();
            host.put_moved(&Moved::sign(here, begins, now, &self.keys.owner), self.rng)?;
        }
        Ok(())
    }

    fn note_tried(&mut self, host: &FormerHost, now: Timestamp) -> Result<(), WalletError> {
        self.write(|transaction, _| {
            let mut former = former_hosts::read(transaction)?;
            let same = former.hosts.iter_mut().filter(|other| other.url == host.url);
            same.for_each(|host| host.tried = now);
            Ok(former_hosts::write(transaction, &former)?)
        })
    }

    /// Who asks for it now is not to wait until the next try is due.
    pub(crate) fn forget_tries(&mut self) -> Result<(), WalletError> {
        self.write(|transaction, _| {
            let mut former = former_hosts::read(transaction)?;
            former.hosts.iter_mut().for_each(|host| host.tried = Timestamp(0));
            Ok(former_hosts::write(transaction, &former)?)
        })
    }

    pub(crate) fn has_former_hosts(&self) -> Result<bool, WalletError> {
        Ok(!former_hosts::read(self.store.read())?.hosts.is_empty())
    }

    pub(crate) fn clinics(&self) -> Result<Vec<ClinicTold>, WalletError> {
        let mut clinics = Vec::new();
        for grant in grants::all(self.store.read())?.into_iter().filter(|grant| grant.state.is_entitled()) {
            let known = relationships::find(self.store.read(), grant.terms.account)?;
            let name = known.map_or_else(String::new, |known| known.card.card.name);
            let told = !outbox::has_envelope_about(self.store.read(), grant.id())?;
            clinics.push(ClinicTold { name, told });
        }
        Ok(clinics)
    }
}

/// How often a host that was left and gives no answer is asked again,
const TRIED_EACH: Duration = Duration::hours(1);
/// and for how long.
const TRIED_FOR: Duration = Duration::days(30);

//! Moving the wallet's space to another host.

use keepwell_net::{NetError, Reach};
use keepwell_protocol::vault::{Invite, Moved};

use super::wallet::Wallet;
use crate::engine::moving::ClinicTold;
use crate::engine::online::{Network, parse_url};
use crate::engine::sync::{SyncOptions, SyncReport};
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::space;

/// What a move to another host came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostMove {
    /// The version of the space at the new host.
    pub version: u64,
    /// The grants in force or to come, and whether each provider was told where to read now.
    pub clinics: Vec<ClinicTold>,
    /// What the patient called the live shares that ended with the move.
    pub links_ended: Vec<String>,
    /// Whether every host that was left knows it: their links are over, and who restores is sent on.
    pub old_host_told: bool,
    /// How the sync that carried it out went; what it left queued goes on with the next.
    pub sync: SyncReport,
}

impl Wallet {
    /// Moves the space to the host at `url`, by an invitation if that host asks for one, and makes it whole there, all of it sent again from this device.
    ///
    /// Live shares end first, since a link names its host. Then providers are told; until one has read its
    /// envelope, its grant can be read at the old host. A host that is gone can't be told, and nothing waits
    /// for it. What was broken off goes on with the next sync, or when this is called again.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the new host can't be reached or refuses, and [`WalletError::SpaceExists`]
    /// if it has a newer state of this space: nothing was changed then.
    pub fn move_host(
        &mut self,
        url: &str,
        invite: Option<&Invite>,
        options: SyncOptions,
        network: Network<'_>,
    ) -> Result<HostMove, WalletError> {
        let url = parse_url(url)?;
        Reach::Configured.check_text(url.as_str()).map_err(RemoteError::from)?;
        if url.as_str().len() > Moved::LONGEST_URL {
            return Err(RemoteError::Net(NetError::AddressMalformed).into());
        }
        let mut online = self.online(network)?;
        let links_ended = if url == online.host_url { Vec::new() } else { online.leave_for(&url, invite)? };

        let mut online = self.online(network)?;
        online.forget_tries()?;
        online.notify_former_hosts()?;
        let mut report = SyncReport::default();
        online.sync(SyncOptions { heal: true, ..options }, &mut report)?;
        let version = space::connection(online.store.read())?.map_or(0, |row| row.space_version);
        let (clinics, old_host_told) = (online.clinics()?, !online.has_former_hosts()?);
        let sync = self.complete(report)?;
        Ok(HostMove { version, clinics, links_ended, old_host_told, sync })
    }
}

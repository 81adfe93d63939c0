//! Connecting: a ledger to verify, a space at a host, and the wallet's grant to itself.

use keepwell_protocol::ledger::{StateKey, TrustAnchor};
use keepwell_protocol::vault::Invite;

use super::trust::LedgerRenewal;
use super::wallet::{Session, Wallet};
use crate::engine::anchor::self_account;
use crate::engine::anchored_ledger::AnchoredLedger;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::{LedgerStatus, Network, Servers, parse_url};
use crate::error::WalletError;
use crate::net::HostClient;
use crate::store::space::{self, ConnectionRow};

impl Wallet {
    /// Connects the wallet: verifies the ledger, opens a space at the host (by an invitation where that does not take
    /// everybody), and makes the wallet's grant to itself, by which a rolled-back host is recognised.
    ///
    /// What was broken off goes on when it is called again; with another gateway of the same ledger it is first
    /// [`Wallet::renew_trust`], by which alone another anchor is taken. With another invitation it gets back in where
    /// the host was emptied; the next [`Wallet::sync`] makes that whole.
    ///
    /// # Errors
    /// [`WalletError::SpaceExists`] if a wallet of these words was connected there before;
    /// [`WalletError::AlreadyConnected`] if this one has another host or another anchor: nothing is sent then;
    /// [`WalletError::Remote`] with `InviteNeeded` and the like if the host does not take everybody;
    /// [`WalletError::Proof`] if the ledger does not verify from the anchor.
    pub fn connect(
        &mut self,
        fresh: &FreshAuthentication,
        servers: Servers<'_>,
        invite: Option<&Invite>,
        network: Network<'_>,
    ) -> Result<LedgerStatus, WalletError> {
        let anchor = TrustAnchor::parse(servers.anchor)?;
        match space::connection(self.session()?.store.read())? {
            Some(row)
                if row.anchor != anchor || parse_url(&row.host_url)? != parse_url(servers.host_url)? =>
            {
                return Err(WalletError::AlreadyConnected);
            }
            Some(row) => {
                let ledger = self.connect_again(fresh, servers, invite, network, &row.host_url)?;
                if invite.is_some() && row.space_version > 0 {
                    return Ok(ledger);
                }
            }
            None => self.connect_first(fresh, anchor, servers, invite, network)?,
        }
        let mut online = self.online(network)?;
        online.upload()?;
        online.grant_to_self(fresh, false)?;
        online.send_transactions()?;
        self.ledger_status()?.ok_or(WalletError::NotConnected)
    }

    /// Verifies a ledger that knows no wallet of these words, and opens a space at a host that has none.
    fn connect_first(
        &mut self,
        fresh: &FreshAuthentication,
        anchor: TrustAnchor,
        servers: Servers<'_>,
        invite: Option<&Invite>,
        network: Network<'_>,
    ) -> Result<(), WalletError> {
        let clock = self.clock.as_ref();
        let account = self_account(&anchor, fresh);
        let mut ledger = AnchoredLedger::find(&anchor, servers, network, clock, &mut self.rng)?;
        let proved = ledger.prove(&StateKey::Account(account))?;
        if proved.account()?.is_some() {
            return Err(WalletError::SpaceExists);
        }
        let Session { keys, .. } = self.session.as_ref().ok_or(WalletError::Locked)?;
        let host = HostClient::new(network.transport, servers.host_url, &keys.owner, clock);
        host.open_space(invite, &mut self.rng)?;
        if host.space(&mut self.rng)?.version > 0 {
            return Err(WalletError::SpaceExists);
        }
        let row = ConnectionRow {
            ledger_url: servers.ledger_url.to_owned(),
            host_url: servers.host_url.to_owned(),
            anchor,
            trusted: proved.next_state,
            space_version: 0,
            self_head: None,
            base: None,
        };
        let (store, rng) = self.store()?;
        Ok(store.write(rng, |transaction, _| space::connect(transaction, &row))?)
    }

    /// Goes on with the host that the wallet has, and with the gateway that is given.
    fn connect_again(
        &mut self,
        fresh: &FreshAuthentication,
        servers: Servers<'_>,
        invite: Option<&Invite>,
        network: Network<'_>,
        host_url: &str,
    ) -> Result<LedgerStatus, WalletError> {
        // The host may have been emptied. One that has the space says so.
        if invite.is_some() {
            let Session { keys, .. } = self.session.as_ref().ok_or(WalletError::Locked)?;
            let host = HostClient::new(network.transport, host_url, &keys.owner, self.clock.as_ref());
            host.open_space(invite, &mut self.rng)?;
        }
        let ledger_url = Some(servers.ledger_url);
        let renewal = LedgerRenewal { ledger_url, anchor: servers.anchor, fingerprint: None };
        Ok(self.renew_trust(fresh, renewal, network)?.ledger)
    }
}

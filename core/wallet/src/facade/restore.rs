//! Restoring a wallet from its recovery words.

use std::path::Path;

use keepwell_protocol::ledger::TrustAnchor;

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::Servers;
use crate::engine::own_space::opened::OpenedSpace;
use crate::engine::own_space::report::{AnchorDoubt, Missing, RestoreReport};
use crate::error::WalletError;
use crate::restore::place::{self, Found};
use crate::restore::{NewWallet, RestoreFrom, Staged};
use crate::store::has_restored;
use crate::store::held_keys::HeldKeys;

impl Wallet {
    /// Makes the wallet of these recovery words again, with a new PIN, and leaves it
    /// unlocked. It appears whole or not at all.
    ///
    /// A restore that was broken off, by an error or because the process ended, is no wallet yet; what
    /// it has fetched stays in the home, and the next one with the same words goes on from there, with the
    /// PIN that is given now. Other words remove it.
    ///
    /// What the host lacks or has damaged is left out and named in the report; only the heads have to be
    /// whole. Where the ledger does not vouch for what the host serves by a header at most an hour old,
    /// the report says so, and the wallet gives everything that it publishes numbers beyond those.
    ///
    /// # Errors
    /// [`WalletError::SpaceMissing`] if the host knows no such wallet; [`WalletError::HostRolledBack`]
    /// if what it serves is older than what the ledger vouches for; [`WalletError::SpaceDamaged`] if its
    /// heads are not what the wallet made; [`WalletError::Remote`] if the host can't be reached;
    /// [`WalletError::Proof`] if the ledger is not the one of the trust anchor.
    pub fn restore(
        new: NewWallet<'_>,
        from: RestoreFrom<'_>,
    ) -> Result<(Self, FreshAuthentication, RestoreReport), WalletError> {
        let NewWallet { home: dir, words, passphrase, pin, .. } = new;
        let anchor = TrustAnchor::parse(from.servers.anchor)?;
        let mut staged = Staged::to_restore(new)?;
        let mut report = RestoreReport::default();
        let keys = HeldKeys::derive(&staged.opened.backup.seed);
        let Found { host_url, view } = place::find(from, &keys, staged.clock.as_ref(), &mut staged.rng)?;
        let from = RestoreFrom { servers: Servers { host_url: &host_url, ..from.servers }, ..from };
        report.host.clone_from(&host_url);
        let space = OpenedSpace::open(view, &keys)?;
        if staged.is_of_another_time(&space)? {
            staged = staged.begin_again(dir, words, passphrase, pin)?;
        }
        {
            let (mut store, keys) = staged.open_store()?;
            staged.fill(&mut store, &keys, space, anchor, from, &mut report)?;
        }
        let (mut wallet, fresh) = Self::from_staged(staged)?;
        let mut online = wallet.online(from.network)?;
        online.verify_restored(&mut report)?;
        if report.missing.contains(&Missing::Anchor { because: AnchorDoubt::Absent }) {
            // The phone that is gone may never have sent it; where it can't be made now, connecting makes it.
            match online.grant_to_self(&fresh, true) {
                Err(error) if !error.is_of_servers() => return Err(error),
                _ => {}
            }
        }
        // What happened until now is no news; where the host is not reached, the first look later finds that out.
        let past = wallet.activity_if_reached(from.network)?.seen;
        wallet.note_told(past)?;
        report.fingerprint = wallet.status()?.fingerprint;
        Ok((wallet, fresh, report))
    }

    /// Whether a restore into `home` was broken off: restoring with the same words goes on where it
    /// was, everything else that makes a wallet there removes what it has fetched.
    pub fn has_unfinished_restore(home: &Path) -> bool {
        has_restored(home)
    }
}

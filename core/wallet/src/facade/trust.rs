//! Trusting the ledger anew: another gateway, or a newer trust anchor of the same ledger (flows.md §0).

use keepwell_net::{Gateway, Renewal, RenewalError};
use keepwell_protocol::ledger::{AnchorFingerprint, TrustAnchor};

use super::wallet::Wallet;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::{LedgerStatus, Network, parse_url};
use crate::engine::proofs::proof_error;
use crate::error::WalletError;
use crate::store::{equivocation, space};

/// By what the ledger is to be verified from now on.
#[derive(Clone, Copy, Debug)]
pub struct LedgerRenewal<'a> {
    /// Another gateway; none: the one that the wallet has.
    pub ledger_url: Option<&'a str>,
    /// The trust anchor file's content: the one that the wallet has, or a newer one.
    pub anchor: &'a [u8],
    /// The fingerprint of the new anchor as its owner typed it from a second channel: never from a link, a
    /// QR code or the file itself. Needed only where nothing that is trusted vouches for the anchor.
    pub fingerprint: Option<AnchorFingerprint>,
}

/// What the ledger is verified by after a renewal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LedgerTrust {
    /// The newest header that was verified.
    pub ledger: LedgerStatus,
    /// Of the anchor that the wallet had.
    pub old: AnchorFingerprint,
    /// Of the anchor that it has now.
    pub new: AnchorFingerprint,
}

impl Wallet {
    /// By what the trust anchor is known that the wallet has; none while it works on its own.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn anchor_fingerprint(&self) -> Result<Option<AnchorFingerprint>, WalletError> {
        let row = space::connection(self.session()?.store.read())?;
        Ok(row.map(|row| row.anchor.fingerprint()))
    }

    /// What shows to anybody that the ledger has two headers for one height
    /// ([`verify_equivocation`](keepwell_protocol::ledger::verify_equivocation)), if this wallet has seen that; none
    /// otherwise. Nothing new is granted by it until its owner takes a newer trust anchor ([`Wallet::renew_trust`]).
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn equivocation(&self) -> Result<Option<Vec<u8>>, WalletError> {
        Ok(equivocation::find(self.session()?.store.read())?)
    }

    /// Takes another gateway, or a newer trust anchor of the same ledger, or both.
    ///
    /// What is trusted has to vouch for it: the anchor's header verifies from there. Where that was too long
    /// ago, or the validators are others, only the typed fingerprint counts. The ledger must verify at the
    /// gateway from then on, or nothing changes; cards that were pinned stay pinned.
    ///
    /// # Errors
    /// [`WalletError::AnchorRefused`] if it is not taken; with [`keepwell_net::AnchorRefused::Unproved`] the
    /// fingerprint is to be typed. [`WalletError::Proof`] or [`WalletError::Remote`] if the gateway does not
    /// show that ledger.
    pub fn renew_trust(
        &mut self,
        _: &FreshAuthentication,
        renewal: LedgerRenewal<'_>,
        network: Network<'_>,
    ) -> Result<LedgerTrust, WalletError> {
        let anchor = TrustAnchor::parse(renewal.anchor)?;
        let mut online = self.online(network)?;
        let row = space::connection(online.store.read())?.ok_or(WalletError::NotConnected)?;
        let (old, new) = (row.anchor.fingerprint(), anchor.fingerprint());
        let ledger_url = parse_url(renewal.ledger_url.unwrap_or(&row.ledger_url))?;
        if anchor != row.anchor || ledger_url != online.ledger_url {
            let gateway = Gateway::direct(network.transport, &ledger_url);
            let typed = renewal.fingerprint;
            let asked = Renewal { old: &row.anchor, trusted: &row.trusted, new: &anchor, typed };
            let renewed = gateway.renew(&asked, &online.policy(), online.clock);
            let trusted = renewed.map_err(|error| match error {
                RenewalError::Refused(refused) => refused.into(),
                RenewalError::Gateway(error) => proof_error(error),
            })?;
            let is_new = anchor != row.anchor;
            online.write(|transaction, _| {
                if is_new {
                    equivocation::forget(transaction)?;
                }
                Ok(space::set_ledger(transaction, ledger_url.as_str(), &anchor, &trusted)?)
            })?;
        }
        let ledger = self.ledger_status()?.ok_or(WalletError::NotConnected)?;
        Ok(LedgerTrust { ledger, old, new })
    }
}

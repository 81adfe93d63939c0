//! Trusting the ledger anew: another gateway, or a newer trust anchor of the same ledger (flows.md §0).

use keepwell_net::{Clock, Gateway, GatewayError, Transport};
use keepwell_protocol::ledger::{AnchorFingerprint, ProofError, TrustAnchor, TrustPolicy, TrustedState};

use super::connect::LedgerStatus;
use super::online::{Network, parse_url};
use super::proofs::believed;
use super::unlock::FreshAuthentication;
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::space::{self, ConnectionRow};

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

    /// Takes another gateway, or a newer trust anchor of the same ledger, or both.
    ///
    /// What is trusted has to vouch for it: the anchor's header verifies from there. Where that was too long
    /// ago, or the validators are others, only the typed fingerprint counts. The ledger must verify at the
    /// gateway from then on, or nothing changes; cards that were pinned stay pinned.
    ///
    /// # Errors
    /// [`WalletError::AnchorUnproved`] if the fingerprint is needed, [`WalletError::FingerprintMismatch`] if
    /// it is another; [`WalletError::OtherLedger`], [`WalletError::AnchorNotNewer`],
    /// [`WalletError::AnchorContradicted`]; [`WalletError::Proof`] or [`WalletError::Remote`] if the gateway
    /// does not show that ledger.
    pub fn renew_trust(
        &mut self,
        _: &FreshAuthentication,
        renewal: LedgerRenewal<'_>,
        network: Network<'_>,
    ) -> Result<LedgerTrust, WalletError> {
        let anchor = TrustAnchor::parse(renewal.anchor)?;
        let mut online = self.online(network)?;
        let row = space::connection(online.store.read())?.ok_or(WalletError::NotConnected)?;
        if anchor.origin() != row.anchor.origin() {
            return Err(WalletError::OtherLedger);
        }
        let (old, new) = (row.anchor.fingerprint(), anchor.fingerprint());
        let ledger_url = parse_url(renewal.ledger_url.unwrap_or(&row.ledger_url))?;
        if anchor != row.anchor || ledger_url != online.ledger_url {
            let asked = Asked {
                gateway: Gateway::direct(network.transport, &ledger_url),
                policy: online.policy(),
                clock: online.clock,
            };
            let trusted = match asked.vouched(&row, &anchor)? {
                Some(trusted) => trusted,
                None => match renewal.fingerprint {
                    None => return Err(WalletError::AnchorUnproved { old, new }),
                    Some(typed) if typed != new => return Err(WalletError::FingerprintMismatch),
                    Some(_) => asked.newest(&anchor.trusted_state())?,
                },
            };
            online.write(|transaction, _| {
                Ok(space::set_ledger(transaction, ledger_url.as_str(), &anchor, &trusted)?)
            })?;
        }
        let ledger = self.ledger_status()?.ok_or(WalletError::NotConnected)?;
        Ok(LedgerTrust { ledger, old, new })
    }
}

/// A gateway, and the rules by which its answers are judged.
struct Asked<'a> {
    gateway: Gateway<&'a dyn Transport>,
    policy: TrustPolicy,
    clock: &'a dyn Clock,
}

impl Asked<'_> {
    /// What to trust if what is trusted now vouches for `anchor`; none where it can't say.
    fn vouched(
        &self,
        row: &ConnectionRow,
        anchor: &TrustAnchor,
    ) -> Result<Option<TrustedState>, WalletError> {
        if *anchor == row.anchor {
            return self.newest(&row.trusted).map(Some);
        }
        if anchor.height <= row.anchor.height {
            return Err(WalletError::AnchorNotNewer);
        }
        match self.gateway.block_at(anchor.height, &row.trusted, &self.policy, self.clock) {
            Ok((block, _)) if !anchor.starts_at(&block) => Err(WalletError::AnchorContradicted),
            Ok((_, trusted)) => self.newest(&trusted).map(Some),
            Err(GatewayError::Proof(ProofError::TrustExpired | ProofError::InsufficientTrust)) => {
                if anchor.height > row.trusted.height { Ok(None) } else { Err(WalletError::AnchorNotNewer) }
            }
            Err(error) => Err(believed(error)),
        }
    }

    fn newest(&self, trusted: &TrustedState) -> Result<TrustedState, WalletError> {
        self.gateway.latest(trusted, &self.policy, self.clock).map_err(believed)
    }
}

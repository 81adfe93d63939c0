//! Trusting the ledger anew: another gateway, or a newer trust anchor of the same ledger.

use std::sync::Arc;

use keepwell_protocol::ledger::{AnchorFingerprint, TrustAnchor};
use keepwell_wallet::{LedgerRenewal as CoreRenewal, LedgerTrust, WalletError as CoreError};

use crate::authentication::Authentication;
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::wallet::Wallet;

/// By what the ledger is to be verified from now on.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct LedgerRenewal {
    /// The trust anchor file's content: the one that the wallet has, or a newer one.
    pub anchor: Vec<u8>,
    /// Another gateway of the ledger; none: the one that the wallet has.
    #[uniffi(default = None)]
    pub ledger_url: Option<String>,
    /// The fingerprint of the new anchor as its owner typed it, who has it from the ledger's operator by another way
    /// than the file came by: never from a link, a QR code or the file itself. Needed only after `AnchorUnproved`.
    #[uniffi(default = None)]
    pub fingerprint: Option<AnchorFingerprint>,
}

impl LedgerRenewal {
    fn as_core(&self) -> CoreRenewal<'_> {
        let Self { anchor, ledger_url, fingerprint } = self;
        CoreRenewal { ledger_url: ledger_url.as_deref(), anchor, fingerprint: *fingerprint }
    }
}

/// By what people tell a trust anchor from another, of a file's content. Throws `ConnectionRefused`
/// (`AnchorMalformed`, …).
#[uniffi::export]
pub fn read_anchor_fingerprint(anchor: Vec<u8>) -> Result<AnchorFingerprint> {
    Ok(TrustAnchor::parse(&anchor).map_err(CoreError::from)?.fingerprint())
}

#[uniffi::export]
impl Wallet {
    /// By what the trust anchor is known that the wallet has; none while it works on its own.
    pub async fn anchor_fingerprint(&self) -> Result<Option<AnchorFingerprint>> {
        self.call_wallet(|wallet| Ok(wallet.anchor_fingerprint()?)).await
    }

    /// Takes another gateway, or a newer trust anchor of the same ledger, or both. The ledger must verify at the gateway
    /// from then on, or nothing changes; who was granted to stays known by the same keys.
    ///
    /// Throws `ConnectionRefused`: `AnchorUnproved` if nothing that is trusted vouches for the anchor. Then show the
    /// old fingerprint and the new one, have the new one typed, and call this again with it. `FingerprintMismatch`,
    /// `AnchorNotNewer`, `AnchorContradicted`, `OtherLedger`, `AnchorMalformed`. Throws `Untrusted`, `Offline`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn renew_trust(
        &self,
        authentication: Arc<Authentication>,
        renewal: LedgerRenewal,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<LedgerTrust> {
        let renewed = self.call_online(cancellation, move |wallet, network| {
            Ok(wallet.renew_trust(authentication.hold().get()?, renewal.as_core(), network)?)
        });
        renewed.await
    }
}

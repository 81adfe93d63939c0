//! The servers that an app names.

use keepwell_wallet::Servers as CoreServers;

/// Where a wallet is to be connected.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct Servers {
    /// A gateway of the ledger: https, or http on this machine.
    pub ledger_url: String,
    /// The host, which stores sealed bytes: https, or http on this machine.
    pub host_url: String,
    /// The trust anchor file's content.
    pub anchor: Vec<u8>,
}

impl Servers {
    pub(crate) fn as_core(&self) -> CoreServers<'_> {
        CoreServers { ledger_url: &self.ledger_url, host_url: &self.host_url, anchor: &self.anchor }
    }
}

//! Opening a link that somebody else shares, with the network of a wallet.

use keepwell_net::Reach;
use keepwell_protocol::formats::shl::{OpenError, ShareLink, SharedFile};

use super::shares::open_share;
use crate::engine::online::Network;
use crate::error::WalletError;

impl Network<'_> {
    /// Opens the link in a text, of which the host tells its owner `recipient`, with the `passcode` that it may ask for.
    ///
    /// It leads to this machine only where a demonstration's ledger is accepted, whose servers are here too.
    ///
    /// # Errors
    /// As [`open_share`].
    pub fn open_share(
        &self,
        link: &str,
        recipient: &str,
        passcode: Option<&str>,
    ) -> Result<Vec<SharedFile>, WalletError> {
        let link = ShareLink::parse(link).map_err(OpenError::from)?;
        let reach = if self.policy.accept_embedded { Reach::ForeignOrLoopback } else { Reach::Foreign };
        open_share(self.transport, reach, &link, recipient, passcode)
    }
}

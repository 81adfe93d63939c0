//! Where a wallet may be connected, as an app is built with it or a code shows it.

use keepwell_wallet::ConnectionOffer as CoreOffer;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::secrets::utf8;
use crate::servers::Servers;

/// Servers that somebody names. Ask the owner, by `host_name`, before connecting there.
#[derive(Clone, uniffi::Record)]
pub struct ConnectionOffer {
    /// Where they are.
    pub servers: Servers,
    /// For a host that takes only whom its operator invites: as secret as an entrance ticket.
    pub invite: Option<String>,
    /// The host's name in the form that a name server knows, so that no letters are mistaken for others.
    pub host_name: String,
    /// Whether one signer makes the ledger: a demonstration, which a wallet accepts only if it is told to.
    pub is_demonstration: bool,
}

/// Reads the content of a connection file, or the text of its QR code, which begins with `keepwell:c/`; it
/// connects nothing. `text` is UTF-8, at most 64 KiB.
///
/// Throws `InvalidArgument` (`ConnectionMalformed`).
#[uniffi::export]
pub fn read_connection(text: Vec<u8>) -> Result<ConnectionOffer> {
    let text = Zeroizing::new(text);
    let offer = CoreOffer::parse(utf8(&text)?)?;
    Ok(ConnectionOffer {
        servers: Servers { ledger_url: offer.ledger_url, host_url: offer.host_url, anchor: offer.anchor },
        invite: offer.invite.map(|invite| invite.to_text().to_string()),
        host_name: offer.host_name,
        is_demonstration: offer.is_demonstration,
    })
}

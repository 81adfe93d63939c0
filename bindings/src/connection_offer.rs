//! Where a wallet may be connected, as an app is built with it or a code shows it.

use keepwell_protocol::ledger::AnchorFingerprint;
use keepwell_wallet::ConnectionOffer as CoreOffer;
use zeroize::Zeroizing;

use crate::error::Result;
use crate::secrets::utf8;
use crate::servers::Servers;

/// Servers that somebody names. Ask the owner before connecting there: by `host_name`, and, unless the app was built
/// with them, by `ledger_name` and `anchor_fingerprint`, for a code can name a well-known host with somebody else's
/// ledger.
#[derive(Clone, uniffi::Record)]
pub struct ConnectionOffer {
    /// Where they are.
    pub servers: Servers,
    /// For a host that takes only whom its operator invites: as secret as an entrance ticket.
    pub invite: Option<String>,
    /// The host's name in the form that a name server knows, so that no letters are mistaken for others.
    pub host_name: String,
    /// The name of the ledger's gateway, in the same form.
    pub ledger_name: String,
    /// By what people tell the ledger's trust anchor from another: five groups of four hexadecimal digits.
    pub anchor_fingerprint: AnchorFingerprint,
    /// Whether the text was a code's, which may come from anybody.
    pub is_from_code: bool,
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
        ledger_name: offer.ledger_name,
        anchor_fingerprint: offer.anchor_fingerprint,
        is_from_code: offer.is_from_code,
        is_demonstration: offer.is_demonstration,
    })
}

//! Where a wallet may be connected, as an app is built with it or a code shows it. Reading one connects nothing.

use keepwell_protocol::crypto::base64url;
use keepwell_protocol::formats::http::is_secure;
use keepwell_protocol::ledger::{AnchorFingerprint, TrustAnchor};
use keepwell_protocol::vault::Invite;
use url::Url;
use zeroize::Zeroizing;

/// The text offers no connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this says of no servers where they are")]
pub struct InvalidConnection;

impl InvalidConnection {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        "ConnectionMalformed"
    }
}

/// Servers that somebody names. Whoever reads it asks the owner before connecting: by [`ConnectionOffer::host_name`],
/// and, unless the app was built with it, by [`ConnectionOffer::ledger_name`] and
/// [`ConnectionOffer::anchor_fingerprint`], for a code can name a well-known host with somebody else's ledger.
///
/// As a file it is the JSON `{"format": 1, "ledger": URL, "host": URL, "anchor": {…}, "invite": "keepwell:i/…"}`, with the
/// trust anchor file's document and the invitation left out where there is none; as the text of a QR code it is
/// `keepwell:c/` and that JSON as base64url.
#[derive(Debug)]
pub struct ConnectionOffer {
    /// A gateway of the ledger: https, or http on this machine.
    pub ledger_url: String,
    /// The host: https, or http on this machine.
    pub host_url: String,
    /// The trust anchor file's content.
    pub anchor: Vec<u8>,
    /// For a host that takes only whom its operator invites.
    pub invite: Option<Invite>,
    /// The host's name in the form that a name server knows, so that no letters are mistaken for others.
    pub host_name: String,
    /// The name of the ledger's gateway, in the same form.
    pub ledger_name: String,
    /// By what people tell the ledger's trust anchor from another.
    pub anchor_fingerprint: AnchorFingerprint,
    /// Whether the text was a code's, which may come from anybody.
    pub is_from_code: bool,
    /// Whether one signer makes the ledger: a demonstration.
    pub is_demonstration: bool,
}

impl ConnectionOffer {
    /// The longest text that is read, in bytes.
    pub const MAX_LEN: usize = 64 * 1024;

    /// Reads either form; white space around it does not matter.
    ///
    /// # Errors
    /// [`InvalidConnection`].
    ///
    /// ```
    /// # use keepwell_wallet::{ConnectionOffer, InvalidConnection};
    /// assert_eq!(ConnectionOffer::parse("https://host.example").err(), Some(InvalidConnection));
    /// ```
    pub fn parse(text: &str) -> Result<Self, InvalidConnection> {
        if text.len() > Self::MAX_LEN {
            return Err(InvalidConnection);
        }
        match text.trim().strip_prefix(PREFIX) {
            Some(coded) => {
                let json = base64url::decode(coded).map(Zeroizing::new).map_err(|_| InvalidConnection)?;
                Self::parse_json(&json, true)
            }
            None => Self::parse_json(text.as_bytes(), false),
        }
    }

    fn parse_json(json: &[u8], is_from_code: bool) -> Result<Self, InvalidConnection> {
        let file: File = serde_json::from_slice(json).map_err(|_| InvalidConnection)?;
        let invite = file.invite.map(Zeroizing::new);
        let (ledger_name, host_name) = (server_name(&file.ledger)?, server_name(&file.host)?);
        let anchor = serde_json::to_vec(&file.anchor).map_err(|_| InvalidConnection)?;
        let parsed = TrustAnchor::parse(&anchor).map_err(|_| InvalidConnection)?;
        if file.format != FORMAT {
            return Err(InvalidConnection);
        }
        Ok(Self {
            host_name,
            ledger_name,
            anchor_fingerprint: parsed.fingerprint(),
            is_from_code,
            ledger_url: file.ledger,
            host_url: file.host,
            is_demonstration: parsed.trusted_state().is_embedded(),
            anchor,
            invite: invite.map(|text| Invite::parse(&text)).transpose().map_err(|_| InvalidConnection)?,
        })
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    ledger: String,
    host: String,
    anchor: serde_json::Value,
    #[serde(default)]
    invite: Option<String>,
}

/// The name in an address that a wallet would ask, and that is no more than one: a name before `@` is taken for the
/// server's.
fn server_name(text: &str) -> Result<String, InvalidConnection> {
    let url = Url::parse(text).map_err(|_| InvalidConnection)?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    match url.host_str() {
        Some(name) if is_secure(&url) && is_bare => Ok(name.to_owned()),
        _ => Err(InvalidConnection),
    }
}

const FORMAT: u32 = 1;
const PREFIX: &str = "keepwell:c/";

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::Rng;
    use keepwell_protocol::domain::Timestamp;
    use keepwell_protocol::ledger::FakeLedger;
    use serde_json::{Value, json};

    use super::*;

    fn offer() -> Value {
        let anchor: Value = serde_json::from_str(
            &FakeLedger::new("lake-1", &[1], Timestamp(1_800_000_000)).anchor().to_json(),
        )
        .unwrap();
        json!({"format": 1, "ledger": "https://ledger.example", "host": "https://Höst.example/", "anchor": anchor})
    }

    #[test]
    fn a_file_and_a_code_say_the_same() {
        let mut offer = offer();
        offer["invite"] = Invite::generate(&mut Rng::seeded(1)).unwrap().to_text().as_str().into();
        let file = offer.to_string();
        let code = format!(" {PREFIX}{}\n", base64url::encode(file.as_bytes()));
        for (text, is_from_code) in [(file, false), (code, true)] {
            let read = ConnectionOffer::parse(&text).unwrap();
            assert_eq!(read.is_from_code, is_from_code);
            assert_eq!(read.host_name, "xn--hst-sna.example");
            assert_eq!(read.ledger_name, "ledger.example");
            assert_eq!(read.ledger_url, "https://ledger.example");
            assert_eq!(read.anchor_fingerprint, TrustAnchor::parse(&read.anchor).unwrap().fingerprint());
            assert!(read.invite.is_some());
        }
    }

    #[test]
    fn a_known_host_with_the_ledger_of_another_is_told_apart() {
        let genuine = offer();
        let mut other = genuine.clone();
        let anchor = FakeLedger::new("lake-1", &[2], Timestamp(1_800_000_000)).anchor();
        other["anchor"] = serde_json::from_str(&anchor.to_json()).unwrap();
        let [genuine, other] =
            [genuine, other].map(|text| ConnectionOffer::parse(&text.to_string()).unwrap());
        assert_eq!((&genuine.host_name, &genuine.ledger_name), (&other.host_name, &other.ledger_name));
        assert_ne!(genuine.anchor_fingerprint, other.anchor_fingerprint);
        assert_eq!(other.anchor_fingerprint, anchor.fingerprint());
    }

    #[test]
    fn a_demonstration_is_known_as_one() {
        let mut offer = offer();
        for (chain, is_demonstration) in [("embedded-1", true), ("lake-1", false)] {
            offer["anchor"]["genesis"]["chain_id"] = chain.into();
            assert_eq!(
                ConnectionOffer::parse(&offer.to_string()).unwrap().is_demonstration,
                is_demonstration
            );
        }
    }

    #[test]
    fn what_offers_no_connection_is_refused() {
        let bad = |member: &str, value: Value| {
            let mut offer = offer();
            offer[member] = value;
            offer.to_string()
        };
        for (defect, text) in [
            ("later form", bad("format", 2.into())),
            ("http", bad("host", "http://host.example".into())),
            ("a name before the host", bad("host", "https://keepwell.org@host.example".into())),
            ("no address", bad("ledger", "ledger.example".into())),
            ("another scheme", bad("ledger", "file:///etc/passwd".into())),
            ("a query", bad("host", "https://host.example/?to=b".into())),
            ("no anchor", bad("anchor", Value::Null)),
            ("no invitation", bad("invite", "keepwell:i/".into())),
            ("unknown member", bad("hosts", "https://host.example".into())),
            ("base64 of nothing", PREFIX.to_owned()),
            ("not base64url", format!("{PREFIX}e30=")),
            ("another code", offer().to_string().replace('{', "keepwell:p/")),
            ("too long", bad("ledger", format!("https://{}", "a".repeat(ConnectionOffer::MAX_LEN)).into())),
            ("empty", String::new()),
        ] {
            assert_eq!(ConnectionOffer::parse(&text).err(), Some(InvalidConnection), "{defect}");
        }
    }
}

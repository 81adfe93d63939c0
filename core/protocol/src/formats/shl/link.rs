//! The link itself: `shlink:/` and a base64url payload, maybe behind the address of a viewer.

use std::fmt;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::{Position, Url};

use crate::crypto::LinkKey;
use crate::domain::Timestamp;
use crate::formats::http::is_secure;

/// Why a text is not a link that can be followed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ShareLinkError {
    /// There is no `shlink:/` in it with a payload that can be read.
    #[error("this is not a SMART Health Link")]
    NotAHealthLink,
    /// The address in it is no https address, names a user, or is longer than 128 characters.
    #[error("the link leads to an address that is not followed")]
    BadAddress,
    /// The key in it is not 32 bytes of base64url.
    #[error("the link has no usable key")]
    BadKey,
    /// It asks for one file and for a passcode at once.
    #[error("the link contradicts itself")]
    ContradictoryFlags,
    /// It is of a newer version, or of another kind than is asked for.
    #[error("this kind of SMART Health Link is not supported yet")]
    UnsupportedLink,
}

impl ShareLinkError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAHealthLink => "NotAHealthLink",
            Self::BadAddress => "LinkAddress",
            Self::BadKey => "LinkKey",
            Self::ContradictoryFlags => "LinkFlags",
            Self::UnsupportedLink => "UnsupportedLink",
        }
    }
}

/// What the letters of `flag` say; letters that are not known are ignored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Flags {
    /// `L`: the content may change while the link lives.
    pub long_term: bool,
    /// `P`: a passcode is needed.
    pub passcode: bool,
    /// `U`: the address is that of one encrypted file.
    pub direct: bool,
}

/// A SMART Health Link.
pub struct ShareLink {
    url: String,
    server: String,
    key: LinkKey,
    flags: Flags,
    version: u64,
    expires: Option<Timestamp>,
    label: Option<String>,
}

impl ShareLink {
    /// The longest address, in characters.
    pub const LONGEST_URL: usize = 128;
    /// The longest label, in characters.
    pub const LONGEST_LABEL: usize = 80;

    /// A link to one encrypted file.
    ///
    /// # Errors
    /// [`ShareLinkError::BadAddress`] if the address is none that a receiver would follow.
    pub fn direct(
        url: &str,
        key: LinkKey,
        expires: Timestamp,
        label: Option<&str>,
    ) -> Result<Self, ShareLinkError> {
        let server = check_address(url)?;
        Ok(Self {
            url: url.to_owned(),
            server,
            key,
            flags: Flags { direct: true, ..Flags::default() },
            version: 1,
            expires: Some(expires),
            label: label.map(shown_label),
        })
    }

    /// A link to a list of files, of which `flags` says whether it changes and whether it asks for a passcode.
    ///
    /// # Errors
    /// [`ShareLinkError::BadAddress`] if the address is none that a receiver would follow;
    /// [`ShareLinkError::ContradictoryFlags`] if the flags are those of a link to one file.
    pub fn manifest(
        url: &str,
        key: LinkKey,
        flags: Flags,
        expires: Timestamp,
        label: Option<&str>,
    ) -> Result<Self, ShareLinkError> {
        if flags.direct {
            return Err(ShareLinkError::ContradictoryFlags);
        }
        Ok(Self { flags, ..Self::direct(url, key, expires, label)? })
    }

    /// Reads a link, bare or behind a viewer's address that ends in `#`.
    ///
    /// Unknown members and flags are ignored, as the specification asks; `exp` is taken leniently,
    /// because only the host decides whether a link has expired.
    ///
    /// # Errors
    /// [`ShareLinkError`], but for a version that is not supported: that is said by [`Self::direct_url`] and
    /// [`Self::manifest_url`], so that its label can be shown.
    ///
    /// ```
    /// use keepwell_protocol::crypto::{LinkKey, Rng};
    /// use keepwell_protocol::domain::Timestamp;
    /// use keepwell_protocol::formats::shl::{ShareLink, ShareLinkError};
    ///
    /// let key = LinkKey::generate(&mut Rng::system()).unwrap();
    /// let expires = Timestamp(1_800_000_000);
    /// let link = ShareLink::direct("https://host.example/s/x", key, expires, Some("For today"))?;
    /// assert_eq!(ShareLink::parse(&link.to_uri())?.direct_url()?, "https://host.example/s/x");
    /// assert!(matches!(
    ///     ShareLink::parse("https://host.example/s/x"),
    ///     Err(ShareLinkError::NotAHealthLink)
    /// ));
    /// # Ok::<(), ShareLinkError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, ShareLinkError> {
        let json = BASE64URL.decode(payload(text)?).map_err(|_| ShareLinkError::NotAHealthLink)?;
        let json = zeroize::Zeroizing::new(json);
        let payload: Received<'_> =
            serde_json::from_slice(&json).map_err(|_| ShareLinkError::NotAHealthLink)?;
        let url = payload.url.as_text().ok_or(ShareLinkError::NotAHealthLink)?;
        let key = payload.key.as_text().map(zeroize::Zeroizing::new);
        let server = check_address(&url)?;
        let flag = payload.flag.as_text().unwrap_or_default();
        let flags =
            Flags { long_term: flag.contains('L'), passcode: flag.contains('P'), direct: flag.contains('U') };
        if flags.direct && flags.passcode {
            return Err(ShareLinkError::ContradictoryFlags);
        }
        Ok(Self {
            url,
            server,
            key: parse_key(&key.ok_or(ShareLinkError::BadKey)?)?,
            flags,
            // A version that cannot be read is not the one that is known.
            version: payload.v.0.map_or(1, |version| version.get().parse().unwrap_or(0)),
            expires: payload.exp.0.and_then(|written| lenient_time(written.get())),
            label: payload.label.as_text().map(|label| shown_label(&label)),
        })
    }

    /// The text of the link, bare.
    pub fn to_uri(&self) -> String {
        let key = BASE64URL.encode(self.key.expose());
        let mut flag = String::new();
        flag.extend(self.flags.long_term.then_some('L'));
        flag.extend(self.flags.passcode.then_some('P'));
        flag.extend(self.flags.direct.then_some('U'));
        let payload = Payload {
            url: &self.url,
            exp: self.expires.map(|time| time.0),
            flag: Some(flag.as_str()).filter(|flag| !flag.is_empty()),
            key: &key,
            label: self.label.as_deref(),
        };
        // Plain strings and a number always serialize.
        let json = serde_json::to_vec(&payload).unwrap_or_default();
        format!("{SCHEME}{}", BASE64URL.encode(json))
    }

    /// The text of the link behind the address of the viewer page at its own server, to be copied and sent: a browser opens it, and
    /// sends nothing of what stands behind `#`. A QR code shows [`Self::to_uri`], which is shorter.
    pub fn to_viewer_uri(&self) -> String {
        let origin = Url::parse(&self.url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        format!("{origin}{VIEWER}#{}", self.to_uri())
    }

    /// The address of the one encrypted file.
    ///
    /// # Errors
    /// [`ShareLinkError::UnsupportedLink`] if the link is of a newer version or leads to a manifest.
    pub fn direct_url(&self) -> Result<&str, ShareLinkError> {
        if self.version == 1 && self.flags.direct {
            Ok(&self.url)
        } else {
            Err(ShareLinkError::UnsupportedLink)
        }
    }

    /// The address of the list of files.
    ///
    /// # Errors
    /// [`ShareLinkError::UnsupportedLink`] if the link is of a newer version or leads to one file.
    pub fn manifest_url(&self) -> Result<&str, ShareLinkError> {
        if self.version == 1 && !self.flags.direct {
            Ok(&self.url)
        } else {
            Err(ShareLinkError::UnsupportedLink)
        }
    }

    /// The server that the link leads to, with its port where that is not the usual one; a name beyond ASCII
    /// is in its ASCII form (`xn--…`), so that none looks like another one.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// What opens the files.
    pub fn key(&self) -> &LinkKey {
        &self.key
    }

    /// What the flags say.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// When the sender says it ends; a hint for people.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// What the sender calls it; at most 80 characters, none of them a control character.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }
}

impl fmt::Debug for ShareLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Address and key are what protects the content.
        f.write_str("ShareLink(..)")
    }
}

#[derive(Serialize)]
struct Payload<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<&'a str>,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
}

/// The members that are read, as they are written: one of a wrong type costs no more than itself,
/// and a number may be one that no type of number holds. A member given twice makes it no link.
#[derive(Deserialize)]
struct Received<'a> {
    #[serde(borrow, default)]
    url: Written<'a>,
    #[serde(borrow, default)]
    key: Written<'a>,
    #[serde(borrow, default)]
    exp: Written<'a>,
    #[serde(borrow, default)]
    flag: Written<'a>,
    #[serde(borrow, default)]
    label: Written<'a>,
    #[serde(borrow, default)]
    v: Written<'a>,
}

/// The JSON of a member, if it is there.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Written<'a>(#[serde(borrow)] Option<&'a RawValue>);

impl Written<'_> {
    fn as_text(&self) -> Option<String> {
        serde_json::from_str(self.0?.get()).ok()
    }
}

/// The run of base64url behind `shlink:/`, which stands first, or behind `#`, or behind white space.
fn payload(text: &str) -> Result<&str, ShareLinkError> {
    let (before, behind) = text.split_once(SCHEME).ok_or(ShareLinkError::NotAHealthLink)?;
    let prefix = before.split_whitespace().next_back().filter(|_| !before.ends_with(char::is_whitespace));
    let is_viewer =
        |text: &str| text.ends_with('#') && Url::parse(text).is_ok_and(|viewer| is_secure(&viewer));
    if prefix.is_some_and(|viewer| !is_viewer(viewer)) {
        return Err(ShareLinkError::NotAHealthLink);
    }
    let end = behind.find(char::is_whitespace).unwrap_or(behind.len());
    behind
        .get(..end)
        .filter(|run| (1..=LONGEST_PAYLOAD).contains(&run.len()))
        .ok_or(ShareLinkError::NotAHealthLink)
}

/// Accepts https anywhere and http on this machine; whether an address is public is for whoever
/// connects to it to say, because a name can mean anything. Gives the server.
fn check_address(text: &str) -> Result<String, ShareLinkError> {
    let url = checked_url(text).ok_or(ShareLinkError::BadAddress)?;
    if text.chars().count() > ShareLink::LONGEST_URL {
        return Err(ShareLinkError::BadAddress);
    }
    Ok(url[Position::BeforeHost..Position::AfterPort].to_owned())
}

/// An address that may be followed, of whatever length: https anywhere, http on this machine.
pub(super) fn checked_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_secure(&url) && plain).then_some(url)
}

fn parse_key(text: &str) -> Result<LinkKey, ShareLinkError> {
    let bytes = zeroize::Zeroizing::new(BASE64URL.decode(text).map_err(|_| ShareLinkError::BadKey)?);
    let key: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| ShareLinkError::BadKey)?;
    if text.len() == KEY_CHARACTERS { Ok(LinkKey::from_bytes(key)) } else { Err(ShareLinkError::BadKey) }
}

/// Seconds, or milliseconds, as a number or as text, as they are met.
fn lenient_time(written: &str) -> Option<Timestamp> {
    let number: f64 = written.trim_matches('"').trim().parse().ok()?;
    let seconds = if number >= MILLISECONDS_FROM { number / 1e3 } else { number };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, checked here")]
    (0.0..LATEST).contains(&seconds).then_some(Timestamp(seconds as u64))
}

fn shown_label(label: &str) -> String {
    label.chars().filter(|character| !character.is_control()).take(ShareLink::LONGEST_LABEL).collect()
}

const SCHEME: &str = "shlink:/";
/// Where a host serves its viewer page.
const VIEWER: &str = "/view";
const KEY_CHARACTERS: usize = 43;
const LONGEST_PAYLOAD: usize = 4_096;
/// The year 5138 in seconds, or 1973 in milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;
/// The end of the year 9999, in seconds since 1970.
const LATEST: f64 = 253_402_300_800.0;
/// Written without padding, read with or without.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

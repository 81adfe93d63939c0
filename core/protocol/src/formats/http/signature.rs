//! Signed requests (RFC 9421): one list of covered components, one algorithm, one signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sfv::{BareItem, Dictionary, InnerList, Item, KeyRef, List, ListEntry, Parser};
use url::{Position, Url};

use super::Request;
use super::digest::{content_digest, is_digest_of};
use crate::crypto::{CryptoError, PublicKey, Rng, Signature, SigningKey, base64url};
use crate::domain::{Duration, Timestamp};

/// Why a request is not taken as signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RequestSignatureError {
    /// The URL has no host, has a fragment, or is not written in its normal form.
    #[error("request address cannot be signed")]
    BadAddress,
    /// There is no randomness for the nonce.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A header of the three is absent, repeated or not a structured field of the right shape.
    #[error("request is not signed, or not in the expected form")]
    Malformed,
    /// The signature covers something else than method, authority, path, query and digest.
    #[error("signature covers other parts of the request than it must")]
    WrongComponents,
    /// The digest is not that of the body.
    #[error("content digest is not that of the body")]
    WrongDigest,
    /// `created` is more than 60 seconds away, or `expires` has passed.
    #[error("signature is too old or from the future")]
    NotNow,
    /// `keyid` is not the base64url of a usable public key, or `alg` is not ed25519.
    #[error("signature is by an unusable key")]
    BadKey,
    /// The signature is not the key's over this request.
    #[error("signature is not valid")]
    BadSignature,
}

impl RequestSignatureError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadAddress => "RequestAddressBad",
            Self::Crypto(error) => error.code(),
            Self::Malformed => "RequestSignatureMalformed",
            Self::WrongComponents => "RequestSignatureComponents",
            Self::WrongDigest => "RequestDigestWrong",
            Self::NotNow => "RequestSignatureNotNow",
            Self::BadKey => "RequestKeyBad",
            Self::BadSignature => "RequestSignatureBad",
        }
    }
}

/// Who signed a request; worth nothing until its nonce was seen to be new.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedRequest {
    /// The key whose signature holds.
    pub key: PublicKey,
    /// At most 64 characters; a server refuses the same from the same key for 120 seconds.
    pub nonce: String,
    /// When, by the signer's clock.
    pub created: Timestamp,
}

/// Adds the headers `content-digest`, `signature-input` and `signature`, in place of any there.
///
/// # Errors
/// [`RequestSignatureError::BadAddress`], or [`RequestSignatureError::Crypto`] without randomness.
pub fn sign_request(
    request: &mut Request,
    key: &SigningKey,
    now: Timestamp,
    rng: &mut Rng,
) -> Result<(), RequestSignatureError> {
    let nonce = base64url::encode(&rng.array::<16>()?);
    let list = COMPONENTS.map(|name| format!("\"{name}\"")).join(" ");
    let parameters = format!(
        "({list});created={};nonce=\"{nonce}\";keyid=\"{}\";alg=\"ed25519\"",
        now.0,
        base64url::encode(key.public_key().as_bytes()),
    );
    request.headers.retain(|(name, _)| !HEADERS.contains(&name.as_str()));
    request.headers.push((CONTENT_DIGEST.into(), content_digest(&request.body)));
    let base = signature_base(request, &COMPONENTS, &parameters)?;
    let signature = STANDARD.encode(key.sign_raw(base.as_bytes()).as_bytes());
    request.headers.push((SIGNATURE_INPUT.into(), format!("{LABEL}={parameters}")));
    request.headers.push((SIGNATURE.into(), format!("{LABEL}=:{signature}:")));
    Ok(())
}

/// Checks who signed a request that arrived now.
///
/// Its URL must be made of the server's own public address, not of what the request claims as its
/// host; else a request to another server passes here too. The order of the parameters and any
/// further ones are the signer's choice: the signature is checked over their bytes as received.
///
/// # Errors
/// A [`RequestSignatureError`], by the first check that fails.
///
/// ```
/// use keepwell_protocol::crypto::{Rng, SigningKey};
/// use keepwell_protocol::domain::{Duration, Timestamp};
/// use keepwell_protocol::formats::http::{
///     Method, Request, RequestSignatureError, sign_request, verify_request,
/// };
///
/// let (mut rng, now) = (Rng::system(), Timestamp(1_800_000_000));
/// let key = SigningKey::generate(&mut rng).unwrap();
/// let mut request = Request::new(Method::Post, "https://host.example/v1/blobs").with_body(vec![1]);
/// sign_request(&mut request, &key, now, &mut rng)?;
/// assert_eq!(verify_request(&request, now)?.key, key.public_key());
///
/// let an_hour_later = now.saturating_add(Duration::hours(1));
/// assert_eq!(verify_request(&request, an_hour_later), Err(RequestSignatureError::NotNow));
/// request.body = vec![2];
/// assert_eq!(verify_request(&request, now), Err(RequestSignatureError::WrongDigest));
/// # Ok::<(), RequestSignatureError>(())
/// ```
pub fn verify_request(request: &Request, now: Timestamp) -> Result<VerifiedRequest, RequestSignatureError> {
    verify(request, Some(&request.body), Some(now))
}

/// Checks who signed a request of which only the head has arrived, as [`verify_request`] does; whether the
/// body is the one that was signed, [`verify_body`] checks once it is there.
///
/// # Errors
/// As [`verify_request`], but for the body.
pub fn verify_request_head(
    request: &Request,
    now: Timestamp,
) -> Result<VerifiedRequest, RequestSignatureError> {
    verify(request, None, Some(now))
}

/// Checks that the body of a request whose head was verified is the one that was signed.
///
/// # Errors
/// [`RequestSignatureError::WrongDigest`] if it is another.
pub fn verify_body(request: &Request) -> Result<(), RequestSignatureError> {
    if is_digest_of(field(request, CONTENT_DIGEST)?, &request.body) {
        Ok(())
    } else {
        Err(RequestSignatureError::WrongDigest)
    }
}

/// Checks who signed a request that a server took earlier, as of the time that the signature names;
/// `body` is `None` where it is not known, and then the digest is only one that was signed.
pub(super) fn verify_kept_request(
    request: &Request,
    body: Option<&[u8]>,
) -> Result<VerifiedRequest, RequestSignatureError> {
    verify(request, body, None)
}

/// Verifies a request as of `now`, or as of its own time.
fn verify(
    request: &Request,
    body: Option<&[u8]>,
    now: Option<Timestamp>,
) -> Result<VerifiedRequest, RequestSignatureError> {
    use RequestSignatureError as E;
    let (label, parameters) = field(request, SIGNATURE_INPUT)?.split_once('=').ok_or(E::Malformed)?;
    KeyRef::from_str(label).map_err(|_| E::Malformed)?;
    let covered = inner_list(parameters).ok_or(E::Malformed)?;
    let signature = signature(field(request, SIGNATURE)?, label).ok_or(E::Malformed)?;
    let is_component = |(item, name): (&Item, &str)| {
        item.params.is_empty() && matches!(&item.bare_item, BareItem::String(text) if text.as_str() == name)
    };
    if covered.items.len() != COMPONENTS.len() || !covered.items.iter().zip(COMPONENTS).all(is_component) {
        return Err(E::WrongComponents);
    }
    let digest = field(request, CONTENT_DIGEST)?;
    if body.is_some_and(|body| !is_digest_of(digest, body)) {
        return Err(E::WrongDigest);
    }
    let created = time(&covered, "created").ok_or(E::Malformed)?;
    let now = now.unwrap_or(created);
    if created.since(now) > TOLERANCE || now.since(created) > TOLERANCE {
        return Err(E::NotNow);
    }
    if covered.params.contains_key("expires") && time(&covered, "expires").ok_or(E::Malformed)? < now {
        return Err(E::NotNow);
    }
    if covered.params.contains_key("alg") && text(&covered, "alg").ok_or(E::Malformed)? != "ed25519" {
        return Err(E::BadKey);
    }
    let nonce = text(&covered, "nonce").ok_or(E::Malformed)?;
    if nonce.is_empty() || nonce.len() > LONGEST_NONCE {
        return Err(E::Malformed);
    }
    let key = base64url::decode_array(text(&covered, "keyid").ok_or(E::Malformed)?).map_err(|_| E::BadKey)?;
    let key = PublicKey::from_bytes(&key).map_err(|_| E::BadKey)?;
    let base = signature_base(request, &COMPONENTS, parameters)?;
    key.verify_raw(base.as_bytes(), &signature).map_err(|_| E::BadSignature)?;
    Ok(VerifiedRequest { key, nonce: nonce.into(), created })
}

/// The bytes that are signed (RFC 9421 §2.5): a line for each component, then the parameters.
fn signature_base(
    request: &Request,
    components: &[&str],
    parameters: &str,
) -> Result<String, RequestSignatureError> {
    let url = Url::parse(&request.url).map_err(|_| RequestSignatureError::BadAddress)?;
    let host = url.host_str().ok_or(RequestSignatureError::BadAddress)?;
    // What is signed is what the server routes by: no path that means another after normalising.
    let written = request.url.split_once("://").and_then(|(_, rest)| rest.get(rest.find(['/', '?', '#'])?..));
    if written != Some(&url[Position::BeforePath..]) || url.fragment().is_some() {
        return Err(RequestSignatureError::BadAddress);
    }
    let mut base = String::new();
    for name in components {
        let value = match *name {
            "@method" => request.method.as_str().into(),
            "@authority" => url.port().map_or_else(|| host.into(), |port| format!("{host}:{port}")),
            "@path" => url.path().into(),
            "@query" => format!("?{}", url.query().unwrap_or_default()),
            header => field(request, header)?.to_owned(),
        };
        base.extend(["\"", name, "\": ", &value, "\n"]);
    }
    base.extend(["\"@signature-params\": ", parameters]);
    Ok(base)
}

/// A header that is there once, without space around it, of printable ASCII: a line break in it
/// would make another line of the signature base.
fn field<'a>(request: &'a Request, name: &str) -> Result<&'a str, RequestSignatureError> {
    let value = request.header(name).ok_or(RequestSignatureError::Malformed)?.trim_matches([' ', '\t']);
    let printable = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if printable { Ok(value) } else { Err(RequestSignatureError::Malformed) }
}

/// The covered components and their parameters, if the text is one inner list and nothing else.
fn inner_list(parameters: &str) -> Option<InnerList> {
    let mut list = Parser::new(parameters).parse::<List>().ok()?.into_iter();
    match (list.next(), list.next()) {
        (Some(ListEntry::InnerList(covered)), None) => Some(covered),
        _ => None,
    }
}

/// The one signature of a request, which must go by the label of its input.
fn signature(field: &str, label: &str) -> Option<Signature> {
    let signatures = Parser::new(field).parse::<Dictionary>().ok()?;
    match (signatures.len(), signatures.get(label)) {
        (1, Some(ListEntry::Item(Item { bare_item: BareItem::ByteSequence(bytes), .. }))) => {
            Some(Signature::from_bytes(bytes.as_slice().try_into().ok()?))
        }
        _ => None,
    }
}

fn time(covered: &InnerList, name: &str) -> Option<Timestamp> {
    match covered.params.get(name)? {
        BareItem::Integer(seconds) => u64::try_from(*seconds).ok().map(Timestamp),
        _ => None,
    }
}

fn text<'a>(covered: &'a InnerList, name: &str) -> Option<&'a str> {
    match covered.params.get(name)? {
        BareItem::String(text) => Some(text.as_str()),
        _ => None,
    }
}

const COMPONENTS: [&str; 5] = ["@method", "@authority", "@path", "@query", CONTENT_DIGEST];
const CONTENT_DIGEST: &str = "content-digest";
const SIGNATURE_INPUT: &str = "signature-input";
const SIGNATURE: &str = "signature";
pub(super) const HEADERS: [&str; 3] = [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE];
const LABEL: &str = "keepwell";
const TOLERANCE: Duration = Duration::minutes(1);
const LONGEST_NONCE: usize = 64;

#[cfg(test)]
mod tests {
    use super::super::Method;
    use super::*;

    /// The request of RFC 9421 appendix B.2.
    fn example() -> Request {
        let mut request = Request::new(Method::Post, "https://example.com/foo?param=Value&Pet=dog")
            .with_body(br#"{"hello": "world"}"#.to_vec());
        for (name, value) in [
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("content-type", "application/json"),
            ("content-length", "18"),
        ] {
            request.headers.push((name.into(), value.into()));
        }
        request
    }

    #[test]
    fn signs_and_verifies_the_ed25519_example_of_the_standard() {
        // RFC 9421 B.1.4 and B.2.6.
        let public = base64url::decode_array("JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs").unwrap();
        let secret = base64url::decode_array("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU").unwrap();
        let key = SigningKey::from_seed(&secret);
        assert_eq!(key.public_key().as_bytes(), &public);
        let parameters = "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
             \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
        let components = ["date", "@method", "@path", "@authority", "content-type", "content-length"];
        let base = signature_base(&example(), &components, parameters).unwrap();
        assert_eq!(
            base,
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\
             \"@authority\": example.com\n\"content-type\": application/json\n\
             \"content-length\": 18\n\"@signature-params\": (\"date\" \"@method\" \"@path\" \
             \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\""
        );
        assert_eq!(
            STANDARD.encode(key.sign_raw(base.as_bytes()).as_bytes()),
            "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
        );
    }

    #[test]
    fn components_are_those_of_the_standard() {
        // RFC 9421 §§2.2.1, 2.2.3, 2.2.6 and 2.2.7.
        for (url, authority, path, query) in [
            ("https://www.example.com/path?param=value", "www.example.com", "/path", "?param=value"),
            ("http://www.example.com:80/path", "www.example.com", "/path", "?"),
            ("http://WWW.example.com:8080/path?", "www.example.com:8080", "/path", "?"),
            ("https://www.example.com/path?queryString", "www.example.com", "/path", "?queryString"),
            ("https://[::1]:4443/", "[::1]:4443", "/", "?"),
        ] {
            let request = Request::new(Method::Get, url);
            let base = signature_base(&request, &["@method", "@authority", "@path", "@query"], "()");
            let expected = format!(
                "\"@method\": GET\n\"@authority\": {authority}\n\"@path\": {path}\n\"@query\": {query}\n\
                 \"@signature-params\": ()"
            );
            assert_eq!(base, Ok(expected), "{url}");
        }
        for url in [
            "",
            "/path",
            "mailto:a@example.com",
            "https://h.example/a/../b",
            "https://h.example/#a",
            "https://h.example",
        ] {
            let base = signature_base(&Request::new(Method::Get, url), &["@path"], "()");
            assert_eq!(base, Err(RequestSignatureError::BadAddress), "{url}");
        }
    }
}

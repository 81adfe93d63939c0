//! Encrypted files of SMART Health Links: JWE compact, `dir` and `A256GCM` (RFC 7516, RFC 7518).
//!
//! Nothing else of JOSE is understood, so nothing else can be asked for by an attacker.

use std::collections::BTreeSet;
use std::fmt;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce, Tag};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use zeroize::Zeroizing;

use super::inflate::{InflateError, inflate};
use super::{CryptoError, LinkKey, Rng, base64url};

/// Why a text is not an encrypted file that opens.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JweError {
    /// Not five parts of base64url, the second of them empty, or not a header.
    #[error("not an encrypted file in compact form")]
    Malformed,
    /// The header asks for another algorithm, or for something this program must but cannot do.
    #[error("file is encrypted in a way that is not allowed")]
    Unsupported,
    /// It does not open with this key, or was changed.
    #[error("file does not open with this key")]
    DoesNotOpen,
    /// What was compressed is not one DEFLATE stream (RFC 1951) and nothing more.
    #[error("compressed file is damaged")]
    Inflate,
    /// It inflates to more than the limit allows.
    #[error("compressed file is too large")]
    TooLarge,
}

impl JweError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "JweMalformed",
            Self::Unsupported => "JweUnsupported",
            Self::DoesNotOpen => "JweDoesNotOpen",
            Self::Inflate => "JweInflate",
            Self::TooLarge => "JweTooLarge",
        }
    }
}

impl From<InflateError> for JweError {
    fn from(error: InflateError) -> Self {
        match error {
            InflateError::Damaged => Self::Inflate,
            InflateError::TooLarge => Self::TooLarge,
        }
    }
}

/// A file that was decrypted.
#[derive(Debug)]
pub struct JweFile {
    /// The media type that the sender gave, if any.
    pub content_type: Option<String>,
    /// The decrypted bytes of the file; cleared when dropped.
    pub content: Zeroizing<Vec<u8>>,
}

/// Encrypts a file under the key of its link; never compressed, since receivers differ in that.
///
/// # Errors
/// [`CryptoError::EntropyFailure`] if there is no randomness for the nonce, of which one key must
/// never see the same twice.
pub fn jwe_encrypt(
    key: &LinkKey,
    content_type: &str,
    content: &[u8],
    rng: &mut Rng,
) -> Result<String, CryptoError> {
    encrypt(key, content_type, content, &rng.array()?)
}

/// Decrypts a file; inflates it where the sender compressed it, which they may and we do not.
///
/// # Errors
/// A [`JweError`], by the first check that fails; nothing is inflated before the tag was checked.
///
/// ```
/// use keepwell_protocol::crypto::{CryptoError, JweError, LinkKey, Rng, jwe_decrypt, jwe_encrypt};
///
/// let mut rng = Rng::system();
/// let key = LinkKey::generate(&mut rng)?;
/// let text = jwe_encrypt(&key, "application/fhir+json", b"{}", &mut rng)?;
/// assert_eq!(jwe_decrypt(&key, &text).unwrap().content.as_slice(), b"{}");
///
/// let other = LinkKey::generate(&mut rng)?;
/// assert_eq!(jwe_decrypt(&other, &text).unwrap_err(), JweError::DoesNotOpen);
/// # Ok::<(), CryptoError>(())
/// ```
pub fn jwe_decrypt(key: &LinkKey, text: &str) -> Result<JweFile, JweError> {
    let mut parts = text.split('.');
    let mut part = || parts.next().ok_or(JweError::Malformed);
    let (header, encrypted_key, nonce, ciphertext, tag) = (part()?, part()?, part()?, part()?, part()?);
    if parts.next().is_some() || header.len() > LONGEST_HEADER {
        return Err(JweError::Malformed);
    }
    let decode = |part: &str| base64url::decode(part).map_err(|_| JweError::Malformed);
    let parsed: Header = serde_json::from_slice(&decode(header)?).map_err(|_| JweError::Malformed)?;
    let is_compressed = parsed.checked()?;
    if !encrypted_key.is_empty() {
        return Err(JweError::Malformed);
    }
    let nonce = Nonce::<Aes256Gcm>::try_from(&decode(nonce)?[..]).map_err(|_| JweError::Malformed)?;
    let tag = Tag::<Aes256Gcm>::try_from(&decode(tag)?[..]).map_err(|_| JweError::Malformed)?;
    let mut content = Zeroizing::new(decode(ciphertext)?);
    Aes256Gcm::new(key.expose().into())
        .decrypt_inout_detached(&nonce, header.as_bytes(), content.as_mut_slice().into(), &tag)
        .map_err(|_| JweError::DoesNotOpen)?;
    if is_compressed {
        content = inflate(&content)?;
    }
    Ok(JweFile { content_type: parsed.cty, content })
}

fn encrypt(
    key: &LinkKey,
    content_type: &str,
    content: &[u8],
    nonce: &[u8; 12],
) -> Result<String, CryptoError> {
    // A JSON string writes itself with its quotes and escapes.
    let content_type = serde_json::Value::from(content_type);
    let header = format!(r#"{{"alg":"dir","enc":"A256GCM","cty":{content_type}}}"#);
    let header = base64url::encode(header.as_bytes());
    let mut buffer = Zeroizing::new(content.to_vec());
    let tag = Aes256Gcm::new(key.expose().into())
        .encrypt_inout_detached(nonce.into(), header.as_bytes(), buffer.as_mut_slice().into())
        .map_err(|_| CryptoError::Damaged)?;
    let [nonce, ciphertext, tag] = [nonce.as_slice(), &buffer, &tag].map(base64url::encode);
    Ok(format!("{header}..{nonce}.{ciphertext}.{tag}"))
}

/// The members of the protected header that matter. Others say nothing about the encryption.
#[derive(Default)]
struct Header {
    alg: Option<String>,
    enc: Option<String>,
    zip: Option<String>,
    cty: Option<String>,
    has_crit: bool,
}

impl Header {
    /// Whether the content is compressed, if all else is as it must be.
    fn checked(&self) -> Result<bool, JweError> {
        let compressed = match self.zip.as_deref() {
            None => false,
            Some("DEF") => true,
            Some(_) => return Err(JweError::Unsupported),
        };
        let algorithms = (self.alg.as_deref(), self.enc.as_deref());
        if self.has_crit || algorithms != (Some("dir"), Some("A256GCM")) {
            return Err(JweError::Unsupported);
        }
        Ok(compressed)
    }
}

/// Reads an object that names each member once (RFC 7516 §4).
impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header::default();
                let mut seen = BTreeSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "alg" => header.alg = Some(map.next_value()?),
                        "enc" => header.enc = Some(map.next_value()?),
                        "zip" => header.zip = Some(map.next_value()?),
                        "cty" => header.cty = Some(map.next_value()?),
                        "crit" => {
                            map.next_value::<IgnoredAny>()?;
                            header.has_crit = true;
                        }
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                    if !seen.insert(name) {
                        return Err(A::Error::custom("member named twice"));
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Of the header, in base64url characters; senders use some 100.
const LONGEST_HEADER: usize = 4096;

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::Compression;
    use flate2::bufread::{DeflateEncoder, ZlibEncoder};

    use super::*;
    use crate::crypto::inflate::LEAST_LIMIT;

    const HEADER: &str = r#"{"alg":"dir","enc":"A256GCM"}"#;
    const COMPRESSED: &str = r#"{"alg":"dir","enc":"A256GCM","zip":"DEF"}"#;

    fn key() -> LinkKey {
        LinkKey::from_bytes(&[7; 32])
    }

    /// Encrypts correctly under any header.
    fn made(header: &str, content: &[u8]) -> String {
        let header = base64url::encode(header.as_bytes());
        let mut buffer = content.to_vec();
        let nonce = [9; 12];
        let tag = Aes256Gcm::new(key().expose().into())
            .encrypt_inout_detached(&nonce.into(), header.as_bytes(), buffer.as_mut_slice().into())
            .unwrap();
        let [nonce, ciphertext, tag] = [nonce.as_slice(), &buffer, &tag].map(base64url::encode);
        format!("{header}..{nonce}.{ciphertext}.{tag}")
    }

    fn deflated(content: &[u8]) -> Vec<u8> {
        let mut compressed = Vec::new();
        DeflateEncoder::new(content, Compression::best()).read_to_end(&mut compressed).unwrap();
        compressed
    }

    fn opened(text: &str) -> Result<Vec<u8>, JweError> {
        jwe_decrypt(&key(), text).map(|file| file.content.to_vec())
    }

    #[test]
    fn opens_what_it_encrypts_with_its_content_type() {
        for content in [&b""[..], b"x", &[7; 100_000]] {
            let text = jwe_encrypt(&key(), "a/b\"c", content, &mut Rng::system()).unwrap();
            let file = jwe_decrypt(&key(), &text).unwrap();
            assert_eq!((file.content_type.as_deref(), &file.content[..]), (Some("a/b\"c"), content));
            let other = LinkKey::from_bytes(&[8; 32]);
            assert_eq!(jwe_decrypt(&other, &text).unwrap_err(), JweError::DoesNotOpen);
            assert_ne!(text, jwe_encrypt(&key(), "a/b\"c", content, &mut Rng::system()).unwrap());
        }
    }

    #[test]
    fn every_changed_character_is_refused() {
        let good = made(HEADER, b"content");
        assert_eq!(opened(&good).unwrap(), b"content");
        for at in 0..good.len() {
            for other in ['A', 'Q', '_', '.', '=', '+'] {
                let mut changed = good.clone();
                changed.replace_range(at..=at, &other.to_string());
                assert!(changed == good || opened(&changed).is_err(), "{at} {other}");
            }
            let mut shorter = good.clone();
            shorter.remove(at);
            assert!(opened(&shorter).is_err(), "without {at}");
            assert!(opened(good.split_at(at).0).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn no_other_algorithm_and_no_ambiguous_header_is_taken() {
        use JweError::{Malformed, Unsupported};
        for (header, expected) in [
            (r#"{"alg":"none","enc":"A256GCM"}"#, Unsupported),
            (r#"{"alg":"RSA1_5","enc":"A256GCM"}"#, Unsupported),
            (r#"{"alg":"A256KW","enc":"A256GCM"}"#, Unsupported),
            (r#"{"alg":"DIR","enc":"A256GCM"}"#, Unsupported),
            (r#"{"alg":"dir","enc":"A128GCM"}"#, Unsupported),
            (r#"{"alg":"dir","enc":"A256CBC-HS512"}"#, Unsupported),
            (r#"{"alg":"dir"}"#, Unsupported),
            (r#"{"enc":"A256GCM"}"#, Unsupported),
            (r#"{}"#, Unsupported),
            (r#"{"alg":"dir","enc":"A256GCM","crit":["exp"]}"#, Unsupported),
            (r#"{"alg":"dir","enc":"A256GCM","crit":[]}"#, Unsupported),
            (r#"{"alg":"dir","enc":"A256GCM","crit":null}"#, Unsupported),
            (r#"{"alg":"dir","enc":"A256GCM","zip":"GZIP"}"#, Unsupported),
            (r#"{"alg":"dir","enc":"A256GCM","zip":""}"#, Unsupported),
            (r#"{"alg":"none","alg":"dir","enc":"A256GCM"}"#, Malformed),
            (r#"{"alg":"dir","enc":"A256GCM","kid":"a","kid":"b"}"#, Malformed),
            (r#"{"alg":"dir","enc":"A256GCM","\u0061lg":"dir"}"#, Malformed),
            (r#"{"alg":"dir","enc":"A256GCM","zip":null}"#, Malformed),
            (r#"{"alg":["dir"],"enc":"A256GCM"}"#, Malformed),
            (r#"["dir","A256GCM"]"#, Malformed),
            (r#"{"alg":"dir","enc":"A256GCM"} x"#, Malformed),
            (r#""dir""#, Malformed),
            ("", Malformed),
        ] {
            assert_eq!(opened(&made(header, b"content")), Err(expected), "{header}");
        }
        let more = r#"{"kid":"1","enc":"A256GCM","alg":"dir","x":{"y":[1]},"cty":"a"}"#;
        assert_eq!(opened(&made(more, b"content")).unwrap(), b"content");
        let long = format!(r#"{{"alg":"dir","enc":"A256GCM","x":"{}"}}"#, "y".repeat(LONGEST_HEADER));
        assert_eq!(opened(&made(&long, b"")), Err(Malformed));
    }

    #[test]
    fn other_forms_than_five_parts_are_refused() {
        let good = made(HEADER, b"content");
        let parts: Vec<&str> = good.split('.').collect();
        for (defect, text) in [
            ("empty", String::new()),
            ("four parts", parts[..4].join(".")),
            ("six parts", format!("{good}.")),
            ("encrypted key", good.replace("..", ".AAAA.")),
            ("no nonce", [parts[0], "", "", parts[3], parts[4]].join(".")),
            ("long nonce", [parts[0], "", "CQkJCQkJCQkJCQkJCQ", parts[3], parts[4]].join(".")),
            ("short tag", [parts[0], "", parts[2], parts[3], parts[4].split_at(16).0].join(".")),
            ("no tag", [parts[0], "", parts[2], parts[3], ""].join(".")),
            ("line break", format!("{good}\n")),
            ("padding", format!("{good}==")),
            ("JSON form", r#"{"protected":"","ciphertext":""}"#.into()),
        ] {
            assert_eq!(opened(&text), Err(JweError::Malformed), "{defect}");
        }
    }

    #[test]
    fn inflates_one_raw_stream_and_nothing_else() {
        for content in [&b""[..], b"hello", &[b'a'; 400_000]] {
            assert_eq!(opened(&made(COMPRESSED, &deflated(content))).unwrap(), content);
        }
        let good = deflated(b"hello, hello, hello");
        let mut zlib = Vec::new();
        ZlibEncoder::new(&b"hello"[..], Compression::best()).read_to_end(&mut zlib).unwrap();
        for (defect, bytes) in [
            ("truncated", good[..good.len() - 1].to_vec()),
            ("nothing", vec![]),
            ("bytes behind it", [&good[..], &[0]].concat()),
            ("two streams", [&good[..], &good[..]].concat()),
            ("zlib header", zlib),
            ("not compressed", b"{\"resourceType\":\"Bundle\"}".to_vec()),
        ] {
            assert_eq!(opened(&made(COMPRESSED, &bytes)), Err(JweError::Inflate), "{defect}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let just = vec![0; LEAST_LIMIT];
        assert_eq!(opened(&made(COMPRESSED, &deflated(&just))).unwrap().len(), LEAST_LIMIT);
        let more = vec![0; LEAST_LIMIT + 1];
        assert_eq!(opened(&made(COMPRESSED, &deflated(&more))), Err(JweError::TooLarge));
    }

    #[test]
    fn encrypts_as_an_independent_implementation_does() {
        let key = LinkKey::from_bytes(b"0123456789abcdef0123456789abcdef");
        let nonce = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab];
        let text = encrypt(&key, "application/fhir+json", br#"{"resourceType":"Patient"}"#, &nonce);
        assert_eq!(
            text.unwrap(),
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiY3R5IjoiYXBwbGljYXRpb24vZmhpcitqc29uIn0..\
             oKGio6Slpqeoqaqr.rWvik8yD5LrfFkCn0vkQeHA_vU57Bf3QHOM.1wjEEjzcIWv1814RfiuxAw"
        );
    }
}

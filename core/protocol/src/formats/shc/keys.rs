//! The keys of an issuer, as it shows them at `/.well-known/jwks.json` (RFC 7517).

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::IssuerKeysError;
use super::object::read_object;
use crate::crypto::{Es256PublicKey, base64url};

/// The keys of one issuer that health cards are signed with, by their names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IssuerKeys(BTreeMap<String, IssuerKey>);

/// A key of an issuer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IssuerKey {
    key: Es256PublicKey,
    list_version: Option<u64>,
}

impl IssuerKey {
    /// What it verifies with.
    pub const fn key(&self) -> &Es256PublicKey {
        &self.key
    }

    /// The version of the list of what was revoked of it, where there is one.
    pub const fn list_version(&self) -> Option<u64> {
        self.list_version
    }
}

impl IssuerKeys {
    /// Reads a set of keys. Those of another kind or for another use are passed over.
    ///
    /// A certificate that comes with a key is held to be of that key; nobody vouches for the issuer by it, for whom to
    /// trust is the patient's to say.
    ///
    /// # Errors
    /// An [`IssuerKeysError`], by the first check that fails.
    pub fn read(json: &[u8]) -> Result<Self, IssuerKeysError> {
        let set: Set = read_object(json).ok_or(IssuerKeysError::Malformed)?;
        if set.keys.len() > MOST_KEYS {
            return Err(IssuerKeysError::Malformed);
        }
        if set.keys.iter().any(|key| key.d.is_some()) {
            return Err(IssuerKeysError::PrivateKey);
        }
        let mut keys = BTreeMap::new();
        for listed in set.keys.iter().filter(|key| key.is_for_cards()) {
            let key = listed.read()?;
            let name = listed.kid.clone().unwrap_or_default();
            if name != key.thumbprint() {
                return Err(IssuerKeysError::KeyId);
            }
            if !listed.has_this_certificate(&key) {
                return Err(IssuerKeysError::Certificate);
            }
            if keys.insert(name, IssuerKey { key, list_version: listed.list_version }).is_some() {
                return Err(IssuerKeysError::RepeatedKey);
            }
        }
        if keys.is_empty() { Err(IssuerKeysError::NoKey) } else { Ok(Self(keys)) }
    }

    /// The key of this name.
    pub fn key(&self, id: &str) -> Option<&IssuerKey> {
        self.0.get(id)
    }
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<IgnoredAny>,
    #[serde(default, rename = "x5c")]
    certificates: Vec<String>,
    #[serde(rename = "crlVersion")]
    list_version: Option<u64>,
}

impl Listed {
    fn is_for_cards(&self) -> bool {
        let says = |member: &Option<String>, wanted: &str| member.as_deref() == Some(wanted);
        let is_of_curve = self.kty == "EC" && says(&self.crv, "P-256");
        is_of_curve && says(&self.alg, "ES256") && says(&self.purpose, "sig")
    }

    fn read(&self) -> Result<Es256PublicKey, IssuerKeysError> {
        let coordinate = |text: &Option<String>| {
            text.as_deref()
                .and_then(|text| base64url::decode_array(text).ok())
                .ok_or(IssuerKeysError::Malformed)
        };
        Ok(Es256PublicKey::from_coordinates(coordinate(&self.x)?, coordinate(&self.y)?))
    }

    /// Whether its first certificate, if there is one, is of this key.
    fn has_this_certificate(&self, key: &Es256PublicKey) -> bool {
        let Some(certificate) = self.certificates.first() else { return true };
        let point = key.point();
        let holds = |der: Vec<u8>| der.windows(point.len()).any(|window| window == point);
        STANDARD.decode(certificate).is_ok_and(holds)
    }
}

/// More keys than an issuer that makes some each year ever had.
const MOST_KEYS: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn key() -> Value {
        json!({
            "kty": "EC", "kid": "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s", "use": "sig", "alg": "ES256",
            "crv": "P-256", "x": "11XvRWy1I2S0EyJlyf_bWfw_TQ5CJJNLw78bHXNxcgw",
            "y": "eZXwxvO1hvCY0KucrPfKo7yAyMT6Ajc3N7OkAB6VYy8", "crlVersion": 3,
        })
    }

    fn read(keys: &[Value]) -> Result<IssuerKeys, IssuerKeysError> {
        IssuerKeys::read(json!({ "keys": keys }).to_string().as_bytes())
    }

    fn with(member: &str, value: Value) -> Value {
        let mut key = key();
        key[member] = value;
        key
    }

    #[test]
    fn takes_the_keys_that_cards_are_signed_with() {
        let rsa = json!({ "kty": "RSA", "kid": "r", "n": "AQ", "e": "AQAB" });
        let keys = read(&[rsa, key()]).unwrap();
        let key = keys.key("3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s").unwrap();
        assert_eq!(key.list_version(), Some(3));
        assert_eq!(keys.key("r"), None);
    }

    #[test]
    fn a_set_that_is_not_as_it_must_be_is_refused() {
        use IssuerKeysError::{Certificate, KeyId, Malformed, NoKey, PrivateKey, RepeatedKey};
        for (keys, expected) in [
            (vec![], NoKey),
            (vec![with("kty", json!("oct"))], NoKey),
            (vec![with("crv", json!("P-384"))], NoKey),
            (vec![with("alg", json!("ES384"))], NoKey),
            (vec![with("use", json!("enc"))], NoKey),
            (vec![with("d", json!("AQ"))], PrivateKey),
            (vec![key(), json!({ "kty": "RSA", "d": "AQ" })], PrivateKey),
            (vec![key(), key()], RepeatedKey),
            (vec![with("kid", json!("0000000000000000000000000000000000000000000"))], KeyId),
            (vec![with("kid", Value::Null)], KeyId),
            (vec![with("x", json!("11XvRWy1I2S0EyJlyf_bWfw_TQ5CJJNLw78bHXNxcgA"))], KeyId),
            (vec![with("x", json!("11XvRWy1"))], Malformed),
            (vec![with("y", Value::Null)], Malformed),
            (vec![with("x5c", json!(["AAAA"]))], Certificate),
            (vec![with("x5c", json!(["-"]))], Certificate),
            (vec![with("crlVersion", json!(-1))], Malformed),
            (vec![key(); MOST_KEYS + 1], Malformed),
            (vec![json!("EC")], Malformed),
        ] {
            assert_eq!(read(&keys), Err(expected), "{keys:.200?}");
        }
        for json in ["", "{}", "[[]]", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#] {
            assert_eq!(IssuerKeys::read(json.as_bytes()), Err(Malformed), "{json}");
        }
    }
}

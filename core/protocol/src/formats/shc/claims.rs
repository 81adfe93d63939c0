//! What is signed in a card: who issued it and when, until when it holds, and the Bundle in it.

use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::object::read_object;
use super::{CardState, HealthCardError};
use crate::domain::Timestamp;

/// The claims of a card.
#[derive(Clone, Eq, PartialEq)]
pub struct CardClaims {
    issuer: String,
    not_before: Timestamp,
    expires: Option<Timestamp>,
    revocation_id: Option<String>,
    bundle: Box<[u8]>,
}

impl CardClaims {
    /// Reads the payload of a card.
    ///
    /// # Errors
    /// A [`HealthCardError`], by the first check that fails.
    pub fn read(payload: &[u8]) -> Result<Self, HealthCardError> {
        let claims: Claims<'_> = read_object(payload).ok_or(HealthCardError::Payload)?;
        let issuer: String = written(claims.iss).ok_or(HealthCardError::Issuer)?;
        if !is_issuer(&issuer) {
            return Err(HealthCardError::Issuer);
        }
        let not_before = claims.nbf.and_then(seconds).ok_or(HealthCardError::Time)?;
        let expires = match claims.exp {
            None => None,
            Some(exp) => Some(seconds(exp).ok_or(HealthCardError::Time)?),
        };
        let credential = claims.vc.and_then(|vc| read_object::<Credential<'_>>(vc.get().as_bytes()));
        let credential = credential.ok_or(HealthCardError::Type)?;
        let types: Vec<String> = written(credential.types).ok_or(HealthCardError::Type)?;
        if !types.iter().any(|name| name == HEALTH_CARD) {
            return Err(HealthCardError::Type);
        }
        let revocation_id = match credential.rid {
            None => None,
            Some(rid) => {
                let rid: Option<String> = written(Some(rid));
                Some(rid.filter(|rid| is_revocation_id(rid)).ok_or(HealthCardError::RevocationId)?)
            }
        };
        let subject =
            credential.subject.and_then(|subject| read_object::<Subject<'_>>(subject.get().as_bytes()));
        let subject = subject.ok_or(HealthCardError::Bundle)?;
        if written::<String>(subject.version).as_deref() != Some(FHIR_VERSION) {
            return Err(HealthCardError::FhirVersion);
        }
        let bundle = subject.bundle.ok_or(HealthCardError::Bundle)?.get().as_bytes();
        let said: Option<Typed> = read_object(bundle);
        match said {
            Some(Typed { resource_type: Some(name) }) if name == "Bundle" => {}
            _ => return Err(HealthCardError::Bundle),
        }
        Ok(Self { issuer, not_before, expires, revocation_id, bundle: bundle.into() })
    }

    /// Who issued it: an https address without a slash at its end.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// From when on it holds; the second that it begins in.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// From when on it holds no more, if it says so; the second that this begins in.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// What its issuer would revoke it by: at most 24 characters of the base64url alphabet.
    pub fn revocation_id(&self) -> Option<&str> {
        self.revocation_id.as_deref()
    }

    /// What can be said at this time without the keys of its issuer: [`CardState::Expired`],
    /// [`CardState::NotYetValid`] or [`CardState::UnknownIssuer`].
    pub fn state(&self, now: Timestamp) -> CardState {
        if self.expires.is_some_and(|expires| expires <= now) {
            CardState::Expired
        } else if self.not_before > now {
            CardState::NotYetValid
        } else {
            CardState::UnknownIssuer
        }
    }

    /// The Bundle in it, byte for byte.
    pub fn bundle(&self) -> &[u8] {
        &self.bundle
    }
}

impl fmt::Debug for CardClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The Bundle is what the card is there to protect.
        f.debug_struct("CardClaims").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    iss: Option<&'a RawValue>,
    #[serde(borrow)]
    nbf: Option<&'a RawValue>,
    #[serde(borrow)]
    exp: Option<&'a RawValue>,
    #[serde(borrow)]
    vc: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Credential<'a> {
    #[serde(borrow, rename = "type")]
    types: Option<&'a RawValue>,
    #[serde(borrow)]
    rid: Option<&'a RawValue>,
    #[serde(borrow, rename = "credentialSubject")]
    subject: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Subject<'a> {
    #[serde(borrow, rename = "fhirVersion")]
    version: Option<&'a RawValue>,
    #[serde(borrow, rename = "fhirBundle")]
    bundle: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(rename = "resourceType")]
    resource_type: Option<String>,
}

/// The value of a member, if it is there and of this type.
fn written<T: serde::de::DeserializeOwned>(member: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(member?.get()).ok()
}

/// Whole seconds since 1970 of a number, which may have a fraction; a text is none, whatever it says.
fn seconds(member: &RawValue) -> Option<Timestamp> {
    let number: f64 = serde_json::from_str(member.get()).ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, checked here")]
    (0.0..LATEST).contains(&number).then_some(Timestamp(number as u64))
}

/// Whether an issuer is written in the one way that an https address without credentials, query and a slash
/// at its end is: keys are looked for below it.
fn is_issuer(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let is_plain = url.username().is_empty() && url.password().is_none();
        let ends_there = url.query().is_none() && url.fragment().is_none();
        let is_same = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
        url.scheme() == "https" && is_plain && ends_there && is_same && !text.ends_with('/')
    })
}

fn is_revocation_id(text: &str) -> bool {
    let is_of_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=LONGEST_REVOCATION_ID).contains(&text.len()) && text.bytes().all(is_of_alphabet)
}

const HEALTH_CARD: &str = "https://smarthealth.cards#health-card";
const FHIR_VERSION: &str = "4.0.1";
const LONGEST_REVOCATION_ID: usize = 24;
/// The end of the year 9999, in seconds since 1970.
const LATEST: f64 = 253_402_300_800.0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn payload() -> Value {
        json!({
            "iss": "https://issuer.example/cards",
            "nbf": 1_600_000_000.75,
            "vc": {
                "type": ["https://smarthealth.cards#health-card"],
                "credentialSubject": { "fhirVersion": "4.0.1", "fhirBundle": { "resourceType": "Bundle" } },
            },
        })
    }

    /// Reads the payload with another value in one place.
    fn with(pointer: &str, member: &str, value: Value) -> Result<CardClaims, HealthCardError> {
        let mut payload = payload();
        payload.pointer_mut(pointer).unwrap()[member] = value;
        CardClaims::read(payload.to_string().as_bytes())
    }

    fn without(pointer: &str, member: &str) -> Result<CardClaims, HealthCardError> {
        let mut payload = payload();
        payload.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(member).unwrap();
        CardClaims::read(payload.to_string().as_bytes())
    }

    #[test]
    fn reads_what_a_card_says() {
        let claims = with("", "exp", json!(1_700_000_000)).unwrap();
        assert_eq!(claims.issuer(), "https://issuer.example/cards");
        assert_eq!(
            (claims.not_before(), claims.expires()),
            (Timestamp(1_600_000_000), Some(Timestamp(1_700_000_000)))
        );
        assert_eq!(claims.revocation_id(), None);
        assert_eq!(claims.bundle(), br#"{"resourceType":"Bundle"}"#);
        let revocable = with("/vc", "rid", json!("MKyCxh7p6uQ")).unwrap();
        assert_eq!(revocable.revocation_id(), Some("MKyCxh7p6uQ"));
        assert!(!format!("{revocable:?}").contains("Bundle"));
    }

    #[test]
    fn an_issuer_is_written_in_one_way() {
        for good in ["https://issuer.example", "https://issuer.example:8443/a/b", "https://i.example/a%20b"] {
            assert_eq!(with("", "iss", json!(good)).unwrap().issuer(), good);
        }
        for near in [
            json!("http://issuer.example/cards"),
            json!("https://issuer.example/cards/"),
            json!("https://issuer.example/"),
            json!("https://issuer.example/../cards"),
            json!("https://issuer.example/a/%2e%2e/b"),
            json!("https://me:secret@issuer.example/cards"),
            json!("https://issuer.example/cards?a"),
            json!("https://issuer.example/cards#a"),
            json!("HTTPS://issuer.example/cards"),
            json!("https:issuer.example"),
            json!("did:web:issuer.example"),
            json!(""),
            json!(7),
            json!(["https://issuer.example/cards"]),
        ] {
            assert_eq!(with("", "iss", near.clone()), Err(HealthCardError::Issuer), "{near}");
        }
        assert_eq!(without("", "iss"), Err(HealthCardError::Issuer));
    }

    #[test]
    fn times_are_numbers_of_seconds() {
        assert_eq!(with("", "nbf", json!(0)).unwrap().not_before(), Timestamp(0));
        for member in ["nbf", "exp"] {
            for near in [json!("1600000000"), json!(-1), json!(253_402_300_800_u64), json!([1]), json!(true)]
            {
                assert_eq!(with("", member, near.clone()), Err(HealthCardError::Time), "{member} {near}");
            }
            let number =
                |written: &str| payload().to_string().replacen('{', &format!("{{\"exp\":{written},"), 1);
            assert!(CardClaims::read(number("1e9").as_bytes()).is_ok());
            assert_eq!(CardClaims::read(number("1e400").as_bytes()), Err(HealthCardError::Time));
        }
        assert_eq!(without("", "nbf"), Err(HealthCardError::Time));
    }

    #[test]
    fn every_other_part_is_as_it_must_be() {
        use HealthCardError::{Bundle, FhirVersion, Payload, RevocationId, Type};
        let card = "https://smarthealth.cards#health-card";
        assert!(with("/vc", "type", json!(["https://smarthealth.cards#covid19", card])).is_ok());
        for (found, expected) in [
            (without("", "vc"), Type),
            (with("", "vc", json!([])), Type),
            (without("/vc", "type"), Type),
            (with("/vc", "type", json!([])), Type),
            (with("/vc", "type", json!(card)), Type),
            (with("/vc", "type", json!(["https://smarthealth.cards#immunization"])), Type),
            (with("/vc", "rid", json!("a".repeat(25))), RevocationId),
            (with("/vc", "rid", json!("")), RevocationId),
            (with("/vc", "rid", json!("a.b")), RevocationId),
            (with("/vc", "rid", json!(7)), RevocationId),
            (without("/vc", "credentialSubject"), Bundle),
            (without("/vc/credentialSubject", "fhirVersion"), FhirVersion),
            (with("/vc/credentialSubject", "fhirVersion", json!("4.0.0")), FhirVersion),
            (with("/vc/credentialSubject", "fhirVersion", json!(4)), FhirVersion),
            (without("/vc/credentialSubject", "fhirBundle"), Bundle),
            (with("/vc/credentialSubject", "fhirBundle", json!({ "resourceType": "Patient" })), Bundle),
            (with("/vc/credentialSubject", "fhirBundle", json!("Bundle")), Bundle),
            (CardClaims::read(b""), Payload),
            (CardClaims::read(b"[]"), Payload),
            (CardClaims::read(br#"["https://issuer.example",1,2,{}]"#), Payload),
            (CardClaims::read(format!("{} x", payload()).as_bytes()), Payload),
            (CardClaims::read(payload().to_string().replacen('{', r#"{"nbf":1,"#, 1).as_bytes()), Payload),
        ] {
            assert_eq!(found.unwrap_err(), expected);
        }
        assert!(with("/vc", "rid", json!("a".repeat(24))).is_ok());
    }

    proptest! {
        #[test]
        fn a_payload_that_is_changed_anywhere_stops_nothing(at in 0_usize..400, byte in any::<u8>()) {
            let mut bytes = payload().to_string().into_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = CardClaims::read(&bytes);
            let _ = CardClaims::read(&bytes[..at]);
        }
    }
}

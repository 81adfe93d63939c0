//! What a provider asks a patient for, as the text of a QR code at its desk (flows.md §4.6).

use std::fmt;

use minicbor::{Decode, Encode};

use super::{InvalidTerms, Terms};
use crate::crypto::{BadSignature, Label, PublicKey, Signature, SigningKey, base64url};
use crate::domain::{Category, Duration, Object, ProviderId, Purpose, RequestId, Scope, Timestamp};

/// Why a request is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AccessRequestError {
    /// It is not the text of one, or asks for what nobody can grant.
    #[error("not a clinic's request")]
    Malformed,
    /// The key of the provider that it names did not sign it.
    #[error("the request is not signed by the clinic that it names")]
    Signature(#[from] BadSignature),
    /// Its time is over.
    #[error("the request has expired; ask for a new one at the desk")]
    Expired,
}

impl AccessRequestError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "NotARequest",
            Self::Signature(_) => "RequestNotSigned",
            Self::Expired => "RequestExpired",
        }
    }
}

/// What a provider asks a patient for.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct AccessRequest {
    /// Who asks.
    #[n(0)]
    pub provider: ProviderId,
    /// By which the desk knows its request in the answer.
    #[n(1)]
    pub id: RequestId,
    /// What it asks to read, in the order of [`Category`], each once.
    #[n(2)]
    pub categories: Vec<Category>,
    /// What it wants to use that for.
    #[n(3)]
    pub purpose: Purpose,
    /// For how long, from when the patient agrees.
    #[n(4)]
    pub duration: Duration,
    /// From this second on it asks for nothing any more.
    #[n(5)]
    pub expires: Timestamp,
}

impl Object for AccessRequest {}

impl AccessRequest {
    /// All that it asks for, as a grant would cover it.
    pub fn scope(&self) -> Scope {
        Scope { categories: self.categories.clone(), ..Scope::default() }
    }

    /// Whether a grant of this scope and time gives no more than it asks for. Records that are named one by one are the
    /// patient's own choice and not looked at.
    pub fn covers(&self, scope: &Scope, duration: Duration) -> bool {
        duration <= self.duration && scope.categories.iter().all(|one| self.categories.contains(one))
    }

    /// Checks that a grant could give what it asks for.
    ///
    /// # Errors
    /// [`InvalidTerms`] says which rule that would break.
    pub fn check(&self) -> Result<(), InvalidTerms> {
        self.scope().check()?;
        let lasts = Duration(1)..=Terms::LONGEST;
        if lasts.contains(&self.duration) { Ok(()) } else { Err(InvalidTerms::Period) }
    }
}

/// A request as a provider signed it; its text is `keepwell:r/` and its CBOR in base64url.
///
/// ```
/// use keepwell_protocol::consent::{AccessRequest, AccessRequestError, SignedAccessRequest};
/// use keepwell_protocol::crypto::{Rng, SigningKey};
/// use keepwell_protocol::domain::{Category, Duration, ProviderId, Purpose, RequestId, Timestamp};
///
/// let (key, now) = (SigningKey::generate(&mut Rng::system()).unwrap(), Timestamp(1_800_000_000));
/// let request = AccessRequest {
///     provider: ProviderId::from_bytes([1; 32]),
///     id: RequestId::from_bytes([2; 16]),
///     categories: vec![Category::Allergies],
///     purpose: Purpose::Treat,
///     duration: Duration::hours(24),
///     expires: now.saturating_add(Duration::minutes(15)),
/// };
/// let text = SignedAccessRequest::sign(request, &key).to_string();
/// let read = SignedAccessRequest::parse(&text).unwrap();
/// assert_eq!(read.verify(&key.public_key(), now), Ok(()));
/// let later = now.saturating_add(Duration::minutes(15));
/// assert_eq!(read.verify(&key.public_key(), later), Err(AccessRequestError::Expired));
/// ```
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct SignedAccessRequest {
    /// What is asked for.
    #[n(0)]
    pub request: AccessRequest,
    /// By the provider's signing key, label `request`.
    #[n(1)]
    pub signature: Signature,
}

impl Object for SignedAccessRequest {}

impl SignedAccessRequest {
    /// The longest text of a request, in characters; all categories make 460.
    pub const LONGEST_TEXT: usize = 1_000;

    /// Signs a request.
    pub fn sign(request: AccessRequest, provider: &SigningKey) -> Self {
        let signature = provider.sign(Label::Request, &[&request.to_cbor()]);
        Self { request, signature }
    }

    /// Reads the text of a request. Who signed it is not looked at.
    ///
    /// # Errors
    /// [`AccessRequestError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, AccessRequestError> {
        let read = || {
            let text = text.strip_prefix(PREFIX).filter(|it| it.len() <= Self::LONGEST_TEXT)?;
            let signed = Self::from_cbor(&base64url::decode(text).ok()?).ok()?;
            signed.request.check().ok()?;
            Some(signed)
        };
        read().ok_or(AccessRequestError::Malformed)
    }

    /// Checks that the provider's key signed it, and that it still asks.
    ///
    /// # Errors
    /// [`AccessRequestError::Signature`] or [`AccessRequestError::Expired`].
    pub fn verify(&self, provider: &PublicKey, now: Timestamp) -> Result<(), AccessRequestError> {
        provider.verify(Label::Request, &[&self.request.to_cbor()], &self.signature)?;
        if now < self.request.expires { Ok(()) } else { Err(AccessRequestError::Expired) }
    }
}

impl fmt::Display for SignedAccessRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", base64url::encode(&self.to_cbor()))
    }
}

const PREFIX: &str = "keepwell:r/";

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AccessRequest {
        AccessRequest {
            provider: ProviderId::from_bytes([0xff; 32]),
            id: RequestId::from_bytes([0xee; 16]),
            categories: vec![Category::Allergies, Category::Results],
            purpose: Purpose::Treat,
            duration: Duration::days(1),
            expires: Timestamp(1_900_000_000),
        }
    }

    fn signed(request: AccessRequest) -> SignedAccessRequest {
        SignedAccessRequest::sign(request, &SigningKey::from_seed(&[1; 32]))
    }

    fn parsed(request: AccessRequest) -> Result<(), AccessRequestError> {
        SignedAccessRequest::parse(&signed(request).to_string()).map(|_| ())
    }

    #[test]
    fn the_longest_text_fits() {
        let mut categories = Category::ALL.to_vec();
        categories.sort_unstable();
        let all = AccessRequest { categories, duration: Terms::LONGEST, ..request() };
        let text = signed(all.clone()).to_string();
        assert!(text.len() < 520, "{}", text.len());
        assert_eq!(SignedAccessRequest::parse(&text).map(|it| it.request), Ok(all));
    }

    #[test]
    fn what_nobody_can_grant_is_no_request() {
        assert_eq!(parsed(request()), Ok(()));
        for other in [
            AccessRequest { categories: Vec::new(), ..request() },
            AccessRequest { categories: vec![Category::Results, Category::Allergies], ..request() },
            AccessRequest { categories: vec![Category::Results, Category::Results], ..request() },
            AccessRequest { duration: Duration(0), ..request() },
            AccessRequest { duration: Duration(Terms::LONGEST.0 + 1), ..request() },
        ] {
            assert_eq!(parsed(other), Err(AccessRequestError::Malformed));
        }
    }

    #[test]
    fn another_text_is_no_request() {
        let text = signed(request()).to_string();
        for other in [
            text.replace("keepwell:r/", "keepwell:p/"),
            text.replace("keepwell:r/", ""),
            text.get(..text.len() - 1).unwrap().to_owned(),
            format!("{text}A"),
            format!("{text}="),
            format!(" {text}"),
            format!("{text}\n"),
            format!("keepwell:r/{}", "A".repeat(SignedAccessRequest::LONGEST_TEXT + 1)),
            "keepwell:r/".to_owned(),
        ] {
            assert_eq!(SignedAccessRequest::parse(&other), Err(AccessRequestError::Malformed), "{other}");
        }
    }

    #[test]
    fn each_field_is_signed() {
        let (key, now) = (SigningKey::from_seed(&[1; 32]).public_key(), Timestamp(1_899_999_999));
        let original = signed(request());
        assert_eq!(original.verify(&key, now), Ok(()));
        assert_eq!(original.verify(&key, Timestamp(1_900_000_000)), Err(AccessRequestError::Expired));
        let not_signed = Err(AccessRequestError::Signature(BadSignature));
        assert_eq!(original.verify(&SigningKey::from_seed(&[2; 32]).public_key(), now), not_signed);
        for other in [
            AccessRequest { provider: ProviderId::from_bytes([0; 32]), ..request() },
            AccessRequest { id: RequestId::from_bytes([0; 16]), ..request() },
            AccessRequest { categories: vec![Category::Allergies], ..request() },
            AccessRequest { purpose: Purpose::Research, ..request() },
            AccessRequest { duration: Duration::days(2), ..request() },
            AccessRequest { expires: Timestamp(1_900_000_001), ..request() },
        ] {
            let forged = SignedAccessRequest { request: other, ..original.clone() };
            assert_eq!(forged.verify(&key, now), not_signed);
        }
    }

    #[test]
    fn a_grant_may_give_less_and_not_more() {
        let scope = |categories: &[Category]| Scope { categories: categories.to_vec(), ..Scope::default() };
        let (day, asked) = (Duration::days(1), request());
        assert!(asked.covers(&asked.scope(), day));
        assert!(asked.covers(&scope(&[Category::Results]), Duration::hours(1)));
        assert!(!asked.covers(&scope(&[Category::Results]), Duration::days(2)));
        assert!(!asked.covers(&scope(&[Category::Results, Category::Documents]), day));
    }
}

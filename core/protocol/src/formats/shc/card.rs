//! A health card, and what can be said of it: whether its issuer signed it, and whether it holds.

use std::fmt;

use super::{CardClaims, CardState, HealthCardError, IssuerKeys, RevocationList};
use crate::crypto::Jws;
use crate::domain::Timestamp;

/// A card that can be read; whether it is to be believed says [`HealthCard::state`].
pub struct HealthCard<'a> {
    text: &'a str,
    signed: Jws<'a>,
    claims: CardClaims,
}

impl<'a> HealthCard<'a> {
    /// Reads the signed text of a card.
    ///
    /// # Errors
    /// A [`HealthCardError`], by the first check that fails; the signature is none of them.
    ///
    /// ```
    /// use keepwell_protocol::domain::Timestamp;
    /// use keepwell_protocol::formats::shc::{CardState, HealthCard, HealthCardError, IssuerKeys, RevocationList};
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/fhir");
    /// # let text = std::fs::read_to_string(format!("{folder}/example-00-d-jws.txt")).unwrap();
    /// # let keys = std::fs::read(format!("{folder}/issuer-jwks.json")).unwrap();
    /// # let list = std::fs::read(format!("{folder}/issuer-crl.json")).unwrap();
    /// let card = HealthCard::read(&text)?;
    /// assert_eq!(card.claims().issuer(), "https://spec.smarthealth.cards/examples/issuer");
    /// let now = Timestamp(1_800_000_000);
    /// assert_eq!(card.state(None, None, now), CardState::UnknownIssuer);
    /// let (keys, list) = (IssuerKeys::read(&keys).unwrap(), RevocationList::read(&list).unwrap());
    /// assert_eq!(card.state(Some(&keys), Some(&list), now), CardState::Verified);
    ///
    /// let other = text.replacen('.', "..", 1);
    /// assert_eq!(HealthCard::read(&other).unwrap_err(), HealthCardError::Malformed);
    /// # Ok::<(), HealthCardError>(())
    /// ```
    pub fn read(text: &'a str) -> Result<Self, HealthCardError> {
        let signed = Jws::read(text)?;
        let claims = CardClaims::read(signed.payload())?;
        Ok(Self { text, signed, claims })
    }

    /// The signed text, byte for byte.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The name of the key that it is signed with.
    pub fn key_id(&self) -> &str {
        self.signed.key_id()
    }

    /// What is signed.
    pub fn claims(&self) -> &CardClaims {
        &self.claims
    }

    /// What can be said of it at this time, by the keys that its own issuer names and by the list of what was
    /// revoked of its key, where they are at hand.
    pub fn state(
        &self,
        issuer: Option<&IssuerKeys>,
        revoked: Option<&RevocationList>,
        now: Timestamp,
    ) -> CardState {
        let key = issuer.and_then(|keys| keys.key(self.key_id()));
        if key.is_some_and(|key| self.signed.verify(key.key()).is_err()) {
            return CardState::Broken;
        }
        let revoked = revoked.filter(|list| list.key_id() == self.key_id());
        let id = self.claims.revocation_id();
        // Who did not sign it can't revoke it either.
        if key.is_some() && id.zip(revoked).is_some_and(|(id, list)| list.names(id, self.claims.not_before()))
        {
            return CardState::Revoked;
        }
        let Some(key) = key else {
            return match self.claims.state(now) {
                CardState::UnknownIssuer if issuer.is_some() => CardState::UnknownKey,
                state => state,
            };
        };
        let is_listed = |version: u64| revoked.is_some_and(|list| list.version() >= version);
        match key.list_version() {
            _ if self.claims.state(now) != CardState::UnknownIssuer => self.claims.state(now),
            Some(version) if id.is_some() && !is_listed(version) => CardState::UnknownRevocation,
            _ => CardState::Verified,
        }
    }
}

impl fmt::Debug for HealthCard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HealthCard(..)")
    }
}

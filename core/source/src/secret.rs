//! What must not be seen by anybody but the server it is for.

use std::fmt;

use keepwell_protocol::crypto::{CryptoError, Rng, base64url, sha256};
use zeroize::Zeroizing;

macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Visible ASCII, at most 16 KiB; cleared when dropped.
        pub struct $name(Zeroizing<String>);

        impl $name {
            /// Takes the text; none if it has characters that no header may have, or is too long or empty.
            pub fn parse(text: Zeroizing<String>) -> Option<Self> {
                let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
                (is_visible && (1..=LONGEST).contains(&text.len())).then_some(Self(text))
            }

            /// Lends the text to what sends or stores it.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

secret_text!(
    /// Reads the patient's records at the server for some minutes or an hour (RFC 6750).
    AccessToken
);
secret_text!(
    /// Gets the next access token (RFC 6749 §1.5).
    RefreshToken
);
secret_text!(
    /// What the browser brings back, good for one exchange (RFC 6749 §4.1.2).
    AuthorizationCode
);
secret_text!(
    /// Proves at the exchange that who brings the code asked for it (RFC 7636 §4.1).
    CodeVerifier
);

impl CodeVerifier {
    /// Makes a fresh one: 32 random bytes in base64url, 43 characters.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`].
    pub(crate) fn generate(rng: &mut Rng) -> Result<Self, CryptoError> {
        let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(rng.array()?);
        Ok(Self(Zeroizing::new(base64url::encode(bytes.as_slice()))))
    }

    /// What is shown of it before: its SHA-256 in base64url, method `S256` (RFC 7636 §4.2).
    pub fn challenge(&self) -> String {
        base64url::encode(&sha256(self.0.as_bytes()))
    }
}

/// Longer than the tokens of any server that is known, which hold a JWT.
const LONGEST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use static_assertions::assert_not_impl_any;

    use super::*;

    assert_not_impl_any!(AccessToken: Clone, Copy, fmt::Display, PartialEq, serde::Serialize);
    assert_not_impl_any!(RefreshToken: Clone, Copy, fmt::Display, PartialEq, serde::Serialize);
    assert_not_impl_any!(AuthorizationCode: Clone, Copy, fmt::Display, PartialEq, serde::Serialize);
    assert_not_impl_any!(CodeVerifier: Clone, Copy, fmt::Display, PartialEq, serde::Serialize);

    fn verifier(text: &str) -> CodeVerifier {
        CodeVerifier::parse(Zeroizing::new(text.to_owned())).unwrap()
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let challenge = verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").challenge();
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn another_library_makes_the_same_challenge() {
        for seed in 0..20 {
            let ours = CodeVerifier::generate(&mut Rng::seeded(seed)).unwrap();
            assert_eq!(ours.expose().len(), 43);
            let theirs = oauth2::PkceCodeVerifier::new(ours.expose().to_owned());
            let theirs = oauth2::PkceCodeChallenge::from_code_verifier_sha256(&theirs);
            assert_eq!(ours.challenge(), theirs.as_str());
        }
    }

    #[test]
    fn a_secret_is_shown_by_nothing_and_carries_no_second_header() {
        let token = AccessToken::parse(Zeroizing::new("abc".to_owned())).unwrap();
        assert_eq!(format!("{token:?}"), "AccessToken(..)");
        for bad in ["", "a b", "a\r\nhost: b", "é", &"a".repeat(LONGEST + 1)] {
            assert!(AccessToken::parse(Zeroizing::new(bad.to_owned())).is_none());
        }
    }
}

//! An authorization that was begun, until the browser comes back.

use keepwell_net::{NetError, Reach};
use keepwell_protocol::crypto::{CryptoError, Rng, base64url};
use url::Url;

use crate::scopes::Scopes;
use crate::secret::CodeVerifier;
use crate::token::SmartServer;

/// What is kept from the moment that the browser is opened until its redirect comes back. It lies in an encrypted store,
/// since the app may be ended meanwhile, and is used once.
pub struct PendingAuthorization {
    /// Where the code is exchanged.
    pub server: SmartServer,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// By which the redirect is known: 32 random bytes in base64url.
    pub state: String,
    /// The proof that this app asked.
    pub verifier: CodeVerifier,
    /// Who answers, if the server says so.
    pub issuer: Option<String>,
    /// Whether the server says that every redirect names its issuer.
    pub is_issuer_told: bool,
    /// What was asked for.
    pub asked: Scopes,
}

impl PendingAuthorization {
    /// The `state` of a redirect, by which what is pending is looked up; none where it has none, or two.
    pub fn state_of(redirect: &str) -> Option<String> {
        let url = Url::parse(redirect).ok()?;
        let mut states = url.query_pairs().filter(|(name, _)| name == "state");
        let (_, state) = states.next()?;
        states.next().is_none().then(|| state.into_owned())
    }

    /// Checks where a browser may come back to: https, this machine, or an app's own scheme.
    ///
    /// # Errors
    /// [`NetError::AddressMalformed`], [`NetError::AddressRefused`].
    pub fn check_redirect_uri(text: &str) -> Result<(), NetError> {
        let url = Url::parse(text).map_err(|_| NetError::AddressMalformed)?;
        match url.scheme() {
            "http" | "https" => Reach::Configured.check_text(text),
            "file" | "data" | "javascript" => Err(NetError::AddressRefused),
            _ => Ok(()),
        }
    }

    pub(crate) fn generate_state(rng: &mut Rng) -> Result<String, CryptoError> {
        Ok(base64url::encode(&rng.array::<32>()?))
    }

    /// Writes the request into the address of the authorization endpoint (RFC 6749 §4.1.1, RFC 7636 §4.3, SMART §2.0.9).
    pub(crate) fn write_request(&self, url: &mut Url) {
        url.set_fragment(None);
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.server.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("scope", &self.asked.to_string())
            .append_pair("state", &self.state)
            .append_pair("aud", &self.server.base.to_string())
            .append_pair("code_challenge", &self.verifier.challenge())
            .append_pair("code_challenge_method", "S256");
    }
}

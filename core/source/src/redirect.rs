//! What the browser brings back, and whether it answers what was asked.

use std::collections::BTreeMap;

use url::Url;
use zeroize::Zeroizing;

use crate::authorization::PendingAuthorization;
use crate::secret::AuthorizationCode;
use crate::{OAuthError, SourceError};

impl PendingAuthorization {
    /// Checks a redirect and takes the code out of it.
    ///
    /// # Errors
    /// [`SourceError::RedirectUnknown`] if it goes to another address, has another `state`, or has a parameter twice;
    /// [`SourceError::IssuerMismatch`]; [`SourceError::AccessDenied`] and [`SourceError::AuthorizationRefused`] where it
    /// says so.
    pub fn check_redirect(&self, redirect: &str) -> Result<AuthorizationCode, SourceError> {
        let unknown = SourceError::RedirectUnknown;
        let url = Url::parse(redirect).map_err(|_| unknown)?;
        let registered = Url::parse(&self.redirect_uri).map_err(|_| unknown)?;
        let mut own = url.clone();
        own.set_query(None);
        own.set_fragment(None);
        if own != registered {
            return Err(unknown);
        }
        let mut given: BTreeMap<String, Zeroizing<String>> = BTreeMap::new();
        for (name, value) in url.query_pairs() {
            // RFC 6749 §3.1: none may be there more than once.
            if given.insert(name.into_owned(), Zeroizing::new(value.into_owned())).is_some() {
                return Err(unknown);
            }
        }
        if given.get("state").is_none_or(|state| **state != self.state) {
            return Err(unknown);
        }
        // Before anything else is believed: who answers. A server that is silent of its own issuer could be one that mixes
        // up two others (RFC 9207 §2.4): the code goes nowhere but to the host of whoever says that it issued it.
        let is_own = match (given.get("iss"), &self.issuer) {
            (None, _) => !self.is_issuer_told,
            (Some(told), Some(issuer)) => **told == *issuer,
            (Some(told), None) => {
                Url::parse(told).is_ok_and(|told| told.origin() == self.server.token_endpoint.origin())
            }
        };
        if !is_own {
            return Err(SourceError::IssuerMismatch);
        }
        match (given.remove("code"), given.get("error")) {
            (Some(code), None) => AuthorizationCode::parse(code).ok_or(unknown),
            (None, Some(error)) => Err(match OAuthError::parse(error) {
                OAuthError::AccessDenied => SourceError::AccessDenied,
                error => SourceError::AuthorizationRefused(error),
            }),
            _ => Err(unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::Rng;

    use super::*;
    use crate::address::FhirBase;
    use crate::scopes::Scopes;
    use crate::secret::CodeVerifier;
    use crate::token::SmartServer;

    fn pending(issuer: Option<&str>, is_issuer_told: bool) -> PendingAuthorization {
        let base = FhirBase::parse("https://clinic.example/fhir").unwrap();
        let token_endpoint = "https://clinic.example/token".parse().unwrap();
        PendingAuthorization {
            server: SmartServer { base, token_endpoint, revocation_endpoint: None, client_id: "app".into() },
            redirect_uri: "http://127.0.0.1:7/callback".into(),
            state: "s1".into(),
            verifier: CodeVerifier::generate(&mut Rng::seeded(1)).unwrap(),
            issuer: issuer.map(str::to_owned),
            is_issuer_told,
            asked: Scopes::parse("patient/*.rs"),
        }
    }

    #[test]
    fn a_redirect_with_the_state_gives_its_code_and_what_is_near_does_not() {
        let pending = pending(None, false);
        let code = |query: &str| {
            pending.check_redirect(&format!("http://127.0.0.1:7/callback?{query}")).map(|code| {
                assert_eq!(code.expose(), "c1");
            })
        };
        assert_eq!(code("code=c1&state=s1"), Ok(()));
        for near in [
            "code=c1",
            "code=c1&state=s2",
            "code=c1&state=s1&state=s1",
            "code=c1&code=c2&state=s1",
            "state=s1",
            "code=&state=s1",
            "code=c%0A1&state=s1",
            "code=c1&error=access_denied&state=s1",
        ] {
            assert_eq!(code(near), Err(SourceError::RedirectUnknown), "{near}");
        }
        for elsewhere in [
            "http://127.0.0.1:8/callback?code=c1&state=s1",
            "http://127.0.0.1:7/other?code=c1&state=s1",
            "https://clinic.example/callback?code=c1&state=s1",
            "callback?code=c1&state=s1",
        ] {
            assert_eq!(pending.check_redirect(elsewhere).unwrap_err(), SourceError::RedirectUnknown);
        }
        assert_eq!(code("error=access_denied&state=s1"), Err(SourceError::AccessDenied));
        assert_eq!(
            code("error=invalid_scope&error_description=%1b&state=s1"),
            Err(SourceError::AuthorizationRefused(OAuthError::InvalidScope))
        );
        assert_eq!(
            code("error=surprise&state=s1"),
            Err(SourceError::AuthorizationRefused(OAuthError::Unknown))
        );
        assert_eq!(code("error=access_denied&state=s2"), Err(SourceError::RedirectUnknown));
    }

    #[test]
    fn another_issuer_is_noticed_before_its_code_goes_anywhere() {
        let check = |issuer, is_told, query: &str| {
            let redirect = format!("http://127.0.0.1:7/callback?code=c1&state=s1{query}");
            pending(issuer, is_told).check_redirect(&redirect).map(|_| ())
        };
        let own = "https://login.example";
        for (issuer, is_told, query) in [
            (Some(own), true, "&iss=https%3A%2F%2Flogin.example"),
            (Some(own), false, "&iss=https://login.example"),
            (Some(own), false, ""),
            (None, false, ""),
            (None, false, "&iss=https://clinic.example/realm"),
        ] {
            assert_eq!(check(issuer, is_told, query), Ok(()), "{query}");
        }
        for (issuer, is_told, query) in [
            (Some(own), true, ""),
            (Some(own), true, "&iss=https://login.example/"),
            (Some(own), false, "&iss=https://other.example"),
            (None, false, "&iss=https://login.example"),
            (None, false, "&iss=clinic.example"),
            (None, true, ""),
        ] {
            assert_eq!(check(issuer, is_told, query), Err(SourceError::IssuerMismatch), "{query}");
        }
    }
}

//! Tokens: the next ones for those before, and back again.

use keepwell_net::{Limits, Transport};
use keepwell_protocol::domain::{Duration, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, Response};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::{Zeroize as _, Zeroizing};

use crate::address::FhirBase;
use crate::answer::read_json;
use crate::patient_id::PatientId;
use crate::secret::{AccessToken, RefreshToken};
use crate::{OAuthError, SourceError};

/// A FHIR server with where its tokens come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SmartServer {
    /// Where the records are.
    pub base: FhirBase,
    /// Where codes and refresh tokens are exchanged.
    pub token_endpoint: Url,
    /// Where tokens are given back, if the server takes them back.
    pub revocation_endpoint: Option<Url>,
    /// The name of this app at the server.
    pub client_id: String,
}

/// What opens the records of one patient at one server.
#[derive(Debug)]
pub struct Tokens {
    /// Opens the records.
    pub access: AccessToken,
    /// When it ends, if the server says so.
    pub expires: Option<Timestamp>,
    /// Gets the next one, if the server gave one.
    pub refresh: Option<RefreshToken>,
}

impl SmartServer {
    /// Gets the next tokens of `patient`. They are to be stored before they are used and before `before` is forgotten: a
    /// refresh token that is used twice ends all of them at many servers (RFC 9700 §4.14.2).
    ///
    /// # Errors
    /// [`SourceError::AuthorizationEnded`] if there is no refresh token, or it is refused; [`SourceError::PatientChanged`];
    /// [`SourceError::AnswerMalformed`], [`SourceError::Status`], [`SourceError::Net`].
    pub fn refresh(
        &self,
        transport: &dyn Transport,
        before: &Tokens,
        patient: &PatientId,
        now: Timestamp,
    ) -> Result<Tokens, SourceError> {
        let refresh = before.refresh.as_ref().ok_or(SourceError::AuthorizationEnded)?;
        let parameters = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose()),
            ("client_id", &self.client_id),
        ];
        let answer = match self.ask_for_tokens(transport, &parameters) {
            Err(SourceError::TokenRefused(
                OAuthError::InvalidGrant | OAuthError::InvalidClient | OAuthError::UnauthorizedClient,
            )) => return Err(SourceError::AuthorizationEnded),
            answer => answer?,
        };
        let is_other = answer.patient.as_deref().is_some_and(|named| named != patient.as_str());
        let tokens = answer.into_tokens(now, before.refresh.as_ref())?;
        if is_other {
            // Nobody is left with a key to what is somebody else's.
            let _ = self.revoke(transport, &tokens);
            return Err(SourceError::PatientChanged);
        }
        Ok(tokens)
    }

    /// Gives the tokens back (RFC 7009); of a refresh token all that come from it end, too.
    ///
    /// # Errors
    /// [`SourceError::Status`] if the server does not take them, [`SourceError::Net`].
    pub fn revoke(&self, transport: &dyn Transport, tokens: &Tokens) -> Result<(), SourceError> {
        let Some(endpoint) = &self.revocation_endpoint else { return Err(SourceError::Status(404)) };
        let access = ("access_token", tokens.access.expose());
        let refresh = tokens.refresh.as_ref().map(|refresh| ("refresh_token", refresh.expose()));
        for (hint, token) in refresh.into_iter().chain([access]) {
            let parameters =
                [("token", token), ("token_type_hint", hint), ("client_id", self.client_id.as_str())];
            let response = self.post(transport, endpoint, &parameters)?;
            if response.status != 200 {
                return Err(SourceError::Status(response.status));
            }
        }
        Ok(())
    }

    /// Asks the token endpoint, and clears what the answer was read from.
    pub(crate) fn ask_for_tokens(
        &self,
        transport: &dyn Transport,
        parameters: &[(&str, &str)],
    ) -> Result<TokenAnswer, SourceError> {
        let mut response = self.post(transport, &self.token_endpoint, parameters)?;
        let answer = match response.status {
            200 => read_json(&response),
            400 | 401 => {
                let refusal: Refusal = read_json(&response)?;
                return Err(SourceError::TokenRefused(OAuthError::parse(&refusal.error)));
            }
            status => Err(SourceError::Status(status)),
        };
        response.body.zeroize();
        answer
    }

    fn post(
        &self,
        transport: &dyn Transport,
        endpoint: &Url,
        parameters: &[(&str, &str)],
    ) -> Result<Response, SourceError> {
        let body = Serializer::new(String::new()).extend_pairs(parameters).finish();
        let mut request = Request::new(Method::Post, endpoint.as_str()).with_body(body.into_bytes());
        for (name, value) in
            [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")]
        {
            request.headers.push((name.into(), value.into()));
        }
        let reach = self.base.reach(endpoint);
        Ok(transport.send(request, Limits { max_body: LONGEST_ANSWER, reach, ..Limits::CONFIGURED })?)
    }
}

/// What a token endpoint answers (RFC 6749 §5.1, SMART §2.0.11).
#[derive(Deserialize)]
pub(crate) struct TokenAnswer {
    access_token: SecretText,
    token_type: String,
    expires_in: Option<u64>,
    refresh_token: Option<SecretText>,
    pub(crate) scope: Option<String>,
    pub(crate) patient: Option<String>,
}

/// Text that is cleared once it is used, or is not.
#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretText(Zeroizing<String>);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

/// What it answers where it gives no token (RFC 6749 §5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl TokenAnswer {
    /// The tokens; one that gets the next stays where no other came (RFC 6749 §6).
    pub(crate) fn into_tokens(
        self,
        now: Timestamp,
        kept: Option<&RefreshToken>,
    ) -> Result<Tokens, SourceError> {
        let malformed = SourceError::AnswerMalformed;
        if !self.token_type.eq_ignore_ascii_case("bearer") {
            return Err(malformed);
        }
        let kept = || kept.map(|kept| Zeroizing::new(kept.expose().to_owned()));
        let refresh = match self.refresh_token.map(|text| text.0).or_else(kept) {
            Some(text) => Some(RefreshToken::parse(text).ok_or(malformed)?),
            None => None,
        };
        Ok(Tokens {
            access: AccessToken::parse(self.access_token.0).ok_or(malformed)?,
            expires: self.expires_in.map(|seconds| now.saturating_add(Duration(seconds.min(LONGEST_LIFE)))),
            refresh,
        })
    }
}

/// Of an answer of a token endpoint, in bytes.
const LONGEST_ANSWER: usize = 256 * 1024;
/// No token is believed to live longer, in seconds: 366 days.
const LONGEST_LIFE: u64 = 366 * 86_400;

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use keepwell_net::NetError;

    use super::*;

    /// Gives one answer and notes what was asked.
    struct Answering {
        status: u16,
        body: String,
        asked: Mutex<Vec<(String, String)>>,
    }

    impl Answering {
        fn new(status: u16, body: &str) -> Self {
            Self { status, body: body.to_owned(), asked: Mutex::default() }
        }
    }

    impl Transport for Answering {
        fn send(&self, request: Request, _: Limits) -> Result<Response, NetError> {
            self.asked.lock().unwrap().push((request.url, String::from_utf8(request.body).unwrap()));
            let headers = vec![("content-type".to_owned(), "application/json;charset=UTF-8".to_owned())];
            Ok(Response { status: self.status, headers, body: self.body.clone().into_bytes() })
        }
    }

    fn server() -> SmartServer {
        SmartServer {
            base: FhirBase::parse("https://clinic.example/fhir").unwrap(),
            token_endpoint: "https://clinic.example/token".parse().unwrap(),
            revocation_endpoint: Some("https://clinic.example/revoke".parse().unwrap()),
            client_id: "app".into(),
        }
    }

    fn secret(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    fn tokens() -> Tokens {
        let refresh = RefreshToken::parse(secret("r1"));
        Tokens { access: AccessToken::parse(secret("a1")).unwrap(), expires: None, refresh }
    }

    fn refreshed(status: u16, body: &str) -> Result<(String, Option<Timestamp>, String), SourceError> {
        let patient = PatientId::parse("p1").unwrap();
        let transport = Answering::new(status, body);
        let new = server().refresh(&transport, &tokens(), &patient, Timestamp(1_000))?;
        let asked = transport.asked.into_inner().unwrap();
        let body = "grant_type=refresh_token&refresh_token=r1&client_id=app";
        assert_eq!(asked, [("https://clinic.example/token".to_owned(), body.to_owned())]);
        Ok((new.access.expose().to_owned(), new.expires, new.refresh.unwrap().expose().to_owned()))
    }

    #[test]
    fn a_refresh_takes_the_new_tokens_and_keeps_what_was_not_replaced() {
        let new = refreshed(
            200,
            r#"{"access_token":"a2","token_type":"bearer","expires_in":60,"refresh_token":"r2"}"#,
        );
        assert_eq!(new, Ok(("a2".into(), Some(Timestamp(1_060)), "r2".into())));
        let kept = refreshed(200, r#"{"access_token":"a2","token_type":"Bearer","patient":"p1"}"#);
        assert_eq!(kept, Ok(("a2".into(), None, "r1".into())));
        let far = format!(r#"{{"access_token":"a2","token_type":"Bearer","expires_in":{}}}"#, u64::MAX);
        assert_eq!(refreshed(200, &far).unwrap().1, Some(Timestamp(1_000 + LONGEST_LIFE)));
    }

    #[test]
    fn every_field_that_is_missing_doubled_or_of_another_type_is_an_error_and_changes_nothing() {
        for body in [
            r#"{"token_type":"Bearer"}"#,
            r#"{"access_token":"a2"}"#,
            r#"{"access_token":"a2","access_token":"a3","token_type":"Bearer"}"#,
            r#"{"access_token":"a2","token_type":"Bearer","refresh_token":"r2","refresh_token":"r3"}"#,
            r#"{"access_token":"a2","token_type":"Bearer","patient":"p1","patient":"p2"}"#,
            r#"{"access_token":"a2","token_type":"Bearer","scope":"a","scope":"b"}"#,
            r#"{"access_token":7,"token_type":"Bearer"}"#,
            r#"{"access_token":"a2","token_type":["Bearer"]}"#,
            r#"{"access_token":"a2","token_type":"mac"}"#,
            r#"{"access_token":"a2","token_type":"Bearer","expires_in":"60"}"#,
            r#"{"access_token":"a2","token_type":"Bearer","expires_in":-60}"#,
            r#"{"access_token":"a2","token_type":"Bearer","scope":["a"]}"#,
            r#"{"access_token":"a2\r\nx: y","token_type":"Bearer"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":"a2","token_type":"Bearer","refresh_token":""}"#,
            "[]",
            "",
            "<html>",
        ] {
            assert_eq!(refreshed(200, body), Err(SourceError::AnswerMalformed), "{body}");
        }
    }

    #[test]
    fn a_refusal_ends_the_authorization_and_a_fault_does_not() {
        for error in ["invalid_grant", "invalid_client", "unauthorized_client"] {
            let body = format!(r#"{{"error":"{error}","error_description":"r1"}}"#);
            assert_eq!(refreshed(400, &body), Err(SourceError::AuthorizationEnded), "{error}");
        }
        let refused = SourceError::TokenRefused(OAuthError::TemporarilyUnavailable);
        assert_eq!(refreshed(400, r#"{"error":"temporarily_unavailable"}"#), Err(refused));
        assert_eq!(refreshed(503, ""), Err(SourceError::Status(503)));
        assert_eq!(refreshed(302, ""), Err(SourceError::Status(302)));
        let other = r#"{"access_token":"a2","token_type":"Bearer","patient":"p2"}"#;
        assert_eq!(refreshed(200, other), Err(SourceError::PatientChanged));
        let none = Tokens { refresh: None, ..tokens() };
        let (transport, patient) = (Answering::new(200, ""), PatientId::parse("p1").unwrap());
        let ended = server().refresh(&transport, &none, &patient, Timestamp(1)).unwrap_err();
        assert_eq!(ended, SourceError::AuthorizationEnded);
        assert!(transport.asked.into_inner().unwrap().is_empty());
    }

    #[test]
    fn both_tokens_are_given_back() {
        let transport = Answering::new(200, "");
        server().revoke(&transport, &tokens()).unwrap();
        let bodies: Vec<String> =
            transport.asked.into_inner().unwrap().into_iter().map(|(_, body)| body).collect();
        assert_eq!(
            bodies,
            [
                "token=r1&token_type_hint=refresh_token&client_id=app",
                "token=a1&token_type_hint=access_token&client_id=app"
            ]
        );
        assert_eq!(server().revoke(&Answering::new(503, ""), &tokens()), Err(SourceError::Status(503)));
    }
}

//! How our own servers say no.

use std::fmt;

use keepwell_protocol::domain::{Object, is_display_control};
use keepwell_protocol::formats::http::Response;
use keepwell_protocol::vault::ErrorBody;

/// The answer of a server that did not do what was asked.
///
/// Its sentence is the server's, not ours, and is shown as a quotation: `the server says: "…"`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct ServerError {
    /// The HTTP status.
    pub status: u16,
    /// What it said.
    pub body: ErrorBody,
}

impl ServerError {
    /// Passes an answer that grants the request and reads any other as a refusal.
    ///
    /// # Errors
    /// [`ServerError`] for a status beyond 2xx; with the code `ServerRefused` if the body does not
    /// say why, as when a proxy in between answered.
    pub fn check(answer: Response) -> Result<Response, Self> {
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        let body = match ErrorBody::from_cbor(&answer.body) {
            Ok(body) if Self::is_presentable(&body) => body,
            _ => ErrorBody {
                code: UNEXPLAINED.to_owned(),
                sentence: String::new(),
                bundle: None,
                version: None,
            },
        };
        Err(Self { status: answer.status, body })
    }

    /// Whether code and sentence are of a form that may be shown.
    pub fn is_presentable(body: &ErrorBody) -> bool {
        is_code(&body.code) && is_sentence(&body.sentence)
    }

    /// The stable name that the server gave.
    pub fn code(&self) -> &str {
        &self.body.code
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.body.sentence.is_empty() {
            return write!(f, "the server answered with status {}", self.status);
        }
        // A quotation that ends before its end would let a server speak in our voice.
        write!(f, "the server says: \"{}\"", self.body.sentence.replace('"', "'"))
    }
}

/// The code where a server does not say why.
const UNEXPLAINED: &str = "ServerRefused";

/// What others send may end up on a terminal.
fn is_code(code: &str) -> bool {
    (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_sentence(sentence: &str) -> bool {
    (1..=256).contains(&sentence.len()) && !sentence.chars().any(is_display_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: Vec<u8>) -> Result<Response, ServerError> {
        ServerError::check(Response { status, headers: Vec::new(), body })
    }

    fn body(code: &str, sentence: &str) -> Vec<u8> {
        ErrorBody { code: code.into(), sentence: sentence.into(), bundle: None, version: Some(3) }.to_cbor()
    }

    #[test]
    fn a_refusal_keeps_its_code_unless_it_is_not_one() {
        assert!(answer(204, Vec::new()).is_ok());
        let refused = answer(409, body("VersionConflict", "the space is at version 3")).unwrap_err();
        assert_eq!((refused.code(), refused.body.version), ("VersionConflict", Some(3)));
        for bad in [
            b"<html>".to_vec(),
            Vec::new(),
            body("", "why"),
            body("Not A Code", "why"),
            body("Code", "why\u{1b}[2J"),
            body("Code", "why\u{9b}2J"),
            body("Code", "why\u{202e}"),
            body("Code", &"x".repeat(257)),
        ] {
            let refused = answer(502, bad).unwrap_err();
            assert_eq!((refused.status, refused.code()), (502, "ServerRefused"));
            assert_eq!(refused.to_string(), "the server answered with status 502");
        }
    }

    #[test]
    fn what_a_server_says_is_a_quotation_to_its_end() {
        let refused = answer(403, body("Code", "no\" [Ok] all is well: \"yes")).unwrap_err();
        assert_eq!(refused.to_string(), "the server says: \"no' [Ok] all is well: 'yes\"");
    }
}

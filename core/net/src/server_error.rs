//! How our own servers say no.

use keepwell_protocol::domain::Object;
use keepwell_protocol::formats::http::Response;
use keepwell_protocol::vault::ErrorBody;

/// The answer of a server that did not do what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", .body.sentence)]
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
            Ok(body) if is_code(&body.code) && is_sentence(&body.sentence) => body,
            _ => ErrorBody {
                code: "ServerRefused".to_owned(),
                sentence: format!("the server answered with status {}", answer.status),
                bundle: None,
                version: None,
            },
        };
        Err(Self { status: answer.status, body })
    }

    /// The stable name that the server gave.
    pub fn code(&self) -> &str {
        &self.body.code
    }
}

/// What others send may end up on a terminal.
fn is_code(code: &str) -> bool {
    (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_sentence(sentence: &str) -> bool {
    (1..=256).contains(&sentence.len()) && !sentence.chars().any(char::is_control)
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
            body("Code", &"x".repeat(257)),
        ] {
            let refused = answer(502, bad).unwrap_err();
            assert_eq!((refused.status, refused.code()), (502, "ServerRefused"));
        }
    }
}

//! What a server of ours answered, told apart from what somebody else did in its place.
//!
//! A portal on the way answers every request with "200 OK" and a page: that is no answer. An
//! acknowledgement carries no signature, so whoever wants to lie still can; what was acknowledged is
//! looked at again the next time the server is asked for its state.

use keepwell_protocol::domain::Object;
use keepwell_protocol::formats::http::Response;

use crate::ServerError;

/// Why what came back acknowledges nothing.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AnswerError {
    /// The server answered with an error.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// It is no answer to this request: another media type or object, or it names something else than
    /// what was sent. As if nobody had answered.
    #[error("what answered is not the server that was asked")]
    NoAnswer,
    /// A host of 0.1.0 did it and does not say what.
    #[error("the server is older than this program and must be updated first")]
    TooOld,
}

impl AnswerError {
    /// The stable name of this error.
    pub fn code(&self) -> &str {
        match self {
            Self::Server(error) => error.code(),
            Self::NoAnswer => "AnswerMalformed",
            Self::TooOld => "ServerTooOld",
        }
    }
}

/// Whether an answer is of the one media type of our servers, `application/cbor`.
pub fn is_cbor(answer: &Response) -> bool {
    let essence =
        answer.header("content-type").map(|value| value.split(';').next().unwrap_or_default().trim());
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/cbor"))
}

/// Passes an answer by which one of our servers did what was asked; refusals are read as such.
///
/// # Errors
/// [`AnswerError::Server`] for a status beyond 2xx, [`AnswerError::NoAnswer`] for a success of another
/// media type.
pub fn granted(answer: Response) -> Result<Response, AnswerError> {
    let answer = ServerError::check(answer)?;
    if is_cbor(&answer) { Ok(answer) } else { Err(AnswerError::NoAnswer) }
}

/// Reads the object by which a server says what it did, and checks that it is what was `expected` of it.
///
/// # Errors
/// [`AnswerError`]; [`AnswerError::TooOld`] for a success without a word as 0.1.0 gave it.
pub fn acknowledged<T: Object>(
    answer: Response,
    expected: impl FnOnce(&T) -> bool,
) -> Result<T, AnswerError> {
    let answer = ServerError::check(answer)?;
    if is_wordless(&answer) {
        return Err(AnswerError::TooOld);
    }
    let said = T::from_cbor(&granted(answer)?.body).map_err(|_| AnswerError::NoAnswer)?;
    if expected(&said) { Ok(said) } else { Err(AnswerError::NoAnswer) }
}

/// How a host of 0.1.0 says that it did something; a portal does not say it so.
fn is_wordless(answer: &Response) -> bool {
    matches!(answer.status, 202 | 204)
        && answer.body.is_empty()
        && answer.header("content-type").is_none()
        && answer.header("cache-control") == Some("no-store")
        && answer.header("x-content-type-options") == Some("nosniff")
}

#[cfg(test)]
mod tests {
    use keepwell_protocol::vault::SpaceOpened;

    use super::*;

    const OPENED: SpaceOpened = SpaceOpened { version: 3 };

    fn answer(status: u16, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Response { status, headers, body }
    }

    fn read(answer: Response) -> Result<SpaceOpened, AnswerError> {
        acknowledged(answer, |said: &SpaceOpened| said.version == 3)
    }

    #[test]
    fn only_the_object_that_was_expected_acknowledges() {
        let cbor = [("content-type", "application/cbor")];
        for value in ["application/cbor", "Application/CBOR; charset=x", " application/cbor "] {
            assert_eq!(
                read(answer(200, &[("content-type", value)], OPENED.to_cbor())),
                Ok(OPENED),
                "{value}"
            );
        }
        let page = b"<html>Welcome to the hotel</html>".to_vec();
        for (near, at) in [
            (answer(200, &[("content-type", "text/html")], page.clone()), "a page"),
            (answer(200, &[("content-type", "text/html")], OPENED.to_cbor()), "another media type"),
            (answer(200, &[("content-type", "application/cbor-seq")], OPENED.to_cbor()), "a longer name"),
            (answer(200, &[], OPENED.to_cbor()), "no media type"),
            (answer(200, &[cbor[0], cbor[0]], OPENED.to_cbor()), "two media types"),
            (answer(200, &cbor, page), "a page that says it is none"),
            (answer(200, &cbor, SpaceOpened { version: 4 }.to_cbor()), "another version"),
            (answer(200, &cbor, [OPENED.to_cbor(), vec![0]].concat()), "a byte left over"),
            (answer(200, &cbor, Vec::new()), "nothing"),
            (answer(204, &[], Vec::new()), "a portal that is content with everything"),
        ] {
            assert_eq!(read(near), Err(AnswerError::NoAnswer), "{at}");
        }
        let refused = read(answer(404, &cbor, Vec::new())).unwrap_err();
        assert_eq!(refused.code(), "ServerRefused");
    }

    #[test]
    fn a_host_of_0_1_0_is_known_by_its_silence() {
        let silent = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")];
        for status in [204, 202] {
            assert_eq!(read(answer(status, &silent, Vec::new())), Err(AnswerError::TooOld));
            assert_eq!(read(answer(status, &silent[..1], Vec::new())), Err(AnswerError::NoAnswer));
            assert_eq!(read(answer(status, &silent, vec![0])), Err(AnswerError::NoAnswer));
        }
        assert_eq!(read(answer(200, &silent, Vec::new())), Err(AnswerError::NoAnswer));
    }
}

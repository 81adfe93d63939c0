//! What a server asked to be left alone with: by `Retry-After`, until then.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::formats::http::{Method, Request, Response};

/// Requests that a server put off, and what it said; asked again before their time, that is the answer.
///
/// A request is the same with the same body: what ends something is not put off by what adds something at the
/// same address.
#[derive(Default)]
pub(crate) struct Pauses(Mutex<HashMap<RequestKey, (Instant, Response)>>);

/// Method, URL and SHA-256 of the body.
pub(crate) type RequestKey = (Method, String, [u8; 32]);

/// What a request asks for, whoever signed it and when.
pub(crate) fn request_key(request: &Request) -> RequestKey {
    (request.method, request.url.clone(), sha256(&request.body))
}

impl Pauses {
    /// What the server said to this request, if it is not to be asked again yet.
    pub(crate) fn answer(&self, key: &RequestKey, now: Instant) -> Option<Response> {
        let pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, answer) = pauses.get(key)?;
        (now < *until).then(|| answer.clone())
    }

    /// Remembers an answer that says when to ask again, in seconds (RFC 9110 §10.2.3), of a server that has too
    /// much to do.
    pub(crate) fn note(&self, key: RequestKey, answer: &Response, now: Instant) {
        let seconds = answer.header("retry-after").and_then(|seconds| seconds.trim().parse::<u64>().ok());
        let Some(seconds) = seconds.filter(|_| matches!(answer.status, 429 | 503)) else { return };
        if answer.body.len() > LONGEST_BODY {
            return;
        }
        let until = now + Duration::from_secs(seconds.min(LONGEST));
        let mut pauses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pauses.len() >= MOST {
            pauses.retain(|_, (until, _)| now < *until);
        }
        if pauses.len() < MOST {
            pauses.insert(key, (until, answer.clone()));
        }
    }
}

/// No server keeps a client away for longer than that, in seconds.
const LONGEST: u64 = 120;
const MOST: usize = 256;
const LONGEST_BODY: usize = 4 * 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, retry_after: Option<&str>) -> Response {
        let headers = retry_after.map(|it| ("retry-after".to_owned(), it.to_owned())).into_iter().collect();
        Response { status, headers, body: vec![1] }
    }

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_says_and_no_longer() {
        let (url, begun) = ("https://host.example/a", Instant::now());
        let request = Request::new(Method::Get, url);
        let waits = |status, retry_after, seconds| {
            let pauses = Pauses::default();
            pauses.note(request_key(&request), &said(status, retry_after), begun);
            pauses.answer(&request_key(&request), begun + Duration::from_secs(seconds)).is_some()
        };
        assert!(waits(429, Some("7"), 6) && waits(503, Some(" 7 "), 6));
        assert!(!waits(429, Some("7"), 7));
        assert!(waits(429, Some("99999999999"), 119) && !waits(429, Some("99999999999"), 120));
        for (status, retry_after) in [(429, None), (429, Some("soon")), (429, Some("-1")), (404, Some("7"))] {
            assert!(!waits(status, retry_after, 0), "{status} {retry_after:?}");
        }
    }

    #[test]
    fn another_request_is_not_put_off() {
        let (url, now) = ("https://host.example/a", Instant::now());
        let pauses = Pauses::default();
        let adding = Request::new(Method::Post, url).with_body(b"add".to_vec());
        pauses.note(request_key(&adding), &said(429, Some("7")), now);
        let is_put_off = |request: Request| pauses.answer(&request_key(&request), now).is_some();
        assert!(is_put_off(adding));
        assert!(!is_put_off(Request::new(Method::Get, url).with_body(b"add".to_vec())));
        assert!(!is_put_off(Request::new(Method::Post, "https://host.example/b").with_body(b"add".to_vec())));
        assert!(!is_put_off(Request::new(Method::Post, url).with_body(b"end".to_vec())));
    }
}

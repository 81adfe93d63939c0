//! How a request to our own servers is made.

use keepwell_protocol::formats::http::{Method, Request};

/// A request to `path` below `base`, whose body, if it has one, is CBOR.
pub fn request(method: Method, base: &str, path: &str, body: Vec<u8>) -> Request {
    let mut request = Request::new(method, format!("{}{path}", base.trim_end_matches('/')));
    if !body.is_empty() {
        request.headers.push(("content-type".to_owned(), "application/cbor".to_owned()));
    }
    request.with_body(body)
}

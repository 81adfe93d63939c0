//! Requests and responses (RFC 9110) with whole bodies.

use std::fmt;

/// The methods that the protocol uses.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Method {
    /// Reads, and changes nothing.
    Get,
    /// Store under the given address.
    Put,
    /// Do, or store where the server decides.
    Post,
    /// Removes what is at the address.
    Delete,
}

impl Method {
    /// The method as it is written in a request and in a signature base.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    /// Reads a method back; upper case only, as RFC 9110 §9.1 says.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Get, Self::Put, Self::Post, Self::Delete].into_iter().find(|method| method.as_str() == text)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request, before it is sent or after it was received.
#[derive(Clone, Eq, PartialEq)]
pub struct Request {
    /// What is to be done with the address.
    pub method: Method,
    /// An absolute `http` or `https` URL.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body; empty if there is none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new() }
    }

    /// Gives the request its body.
    #[must_use]
    pub fn with_body(self, body: Vec<u8>) -> Self {
        Self { body, ..self }
    }

    /// The value of a header, where it is there exactly once.
    pub fn header(&self, name: &str) -> Option<&str> {
        single(&self.headers, name)
    }
}

/// Shows no address, header or body: all three may carry secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({}, {} bytes)", self.method, self.body.len())
    }
}

/// An answer with its whole body.
#[derive(Clone, Eq, PartialEq)]
pub struct Response {
    /// The HTTP status code, three digits.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The whole body, as it came over the wire.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a header, where it is there exactly once.
    pub fn header(&self, name: &str) -> Option<&str> {
        single(&self.headers, name)
    }
}

/// Shows no header or body.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

fn single<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_given_twice_is_not_a_header() {
        let mut request = Request::new(Method::Get, "https://host.example/");
        assert_eq!(request.header("nonce"), None);
        request.headers.push(("nonce".into(), "a".into()));
        assert_eq!(request.header("nonce"), Some("a"));
        request.headers.push(("nonce".into(), "b".into()));
        assert_eq!(request.header("nonce"), None);
    }

    #[test]
    fn debug_output_shows_no_content() {
        let request =
            Request::new(Method::Post, "https://host.example/l/secret").with_body(b"secret".to_vec());
        assert_eq!(format!("{request:?}"), "Request(POST, 6 bytes)");
        let response = Response { status: 200, headers: vec![("a".into(), "secret".into())], body: vec![1] };
        assert_eq!(format!("{response:?}"), "Response(200, 1 bytes)");
    }
}

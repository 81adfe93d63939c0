//! A connection of its own for each question.

use keepwell_net::{Limits, NetError, Transport};
use keepwell_protocol::formats::http::{Request, Response};

/// Asks each question by a connection that ends with it, so that a gateway which is asked directly does not see by one
/// that two are a single wallet's.
pub(crate) struct SeparateConnections<'a>(pub(crate) &'a dyn Transport);

impl Transport for SeparateConnections<'_> {
    fn send(&self, mut request: Request, limits: Limits) -> Result<Response, NetError> {
        request.headers.push(("connection".to_owned(), "close".to_owned()));
        self.0.send(request, limits)
    }
}

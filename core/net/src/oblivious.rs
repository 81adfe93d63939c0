//! Asking a gateway that does not see who asks, through a host that does not see what (RFC 9458).

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{GatewayId, Object};
use keepwell_protocol::formats::http::{
    Method, ObliviousKey, Request, Response, SEALED_ANSWER_LENGTHS, SEALED_ANSWER_TYPE, SEALED_REQUEST_TYPE,
};
use keepwell_protocol::ledger::GatewayIds;
use url::Url;

use crate::{GatewayError, Limits, NetError, Transport, granted};

/// Seals every request to one gateway and has a host pass it on.
///
/// What the host or the gateway refuses without opening it comes back as 503, by its own code: it says nothing of what
/// was asked. A success that is not sealed is no answer.
pub struct Oblivious<T> {
    transport: T,
    address: String,
    key: ObliviousKey,
}

impl<T: Transport> Oblivious<T> {
    /// Through the host at `host`, to the gateway of that id; `key` is what the ledger proves of it.
    pub fn through_host(transport: T, host: &Url, gateway: GatewayId, key: ObliviousKey) -> Self {
        let address = format!("{}/v1/oblivious/{gateway}", host.as_str().trim_end_matches('/'));
        Self { transport, address, key }
    }
}

impl<T: Transport> Transport for Oblivious<T> {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let (sealed, question) =
            self.key.seal(&request, &mut Rng::system()).map_err(|_| NetError::RequestMalformed)?;
        let mut request = Request::new(Method::Post, self.address.clone());
        request.headers.push(("content-type".to_owned(), SEALED_REQUEST_TYPE.to_owned()));
        let limits = Limits { max_body: limits.max_body.min(SEALED_ANSWER_LENGTHS[1]), ..limits };
        let answer = self.transport.send(request.with_body(sealed), limits)?;
        if !(200..300).contains(&answer.status) {
            return Ok(Response { status: UNOPENED, ..answer });
        }
        let opened = match answer.header("content-type") {
            Some(SEALED_ANSWER_TYPE) => question.open(&answer.body).ok(),
            _ => None,
        };
        Ok(opened.unwrap_or(Response { status: answer.status, headers: Vec::new(), body: Vec::new() }))
    }
}

/// As whatever stands in the way of a question is told: it may be gone the next time.
const UNOPENED: u16 = 503;

/// The gateways to which a host passes sealed questions on: hints, whose keys are to be proved; none where the host is
/// older than that.
///
/// # Errors
/// [`GatewayError`] if no list came.
pub fn sealed_gateways(transport: &dyn Transport, host: &Url) -> Result<Vec<GatewayId>, GatewayError> {
    let url = format!("{}/v1/oblivious", host.as_str().trim_end_matches('/'));
    let answer = transport.send(Request::new(Method::Get, url), Limits::CONFIGURED)?;
    if answer.status == 404 {
        return Ok(Vec::new());
    }
    let GatewayIds(ids) = GatewayIds::from_cbor(&granted(answer)?.body)?;
    Ok(ids)
}

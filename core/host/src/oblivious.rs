//! Sealed questions (RFC 9458), passed on to gateways: this host sees who asks and not what, the gateway what and not who.

use keepwell_net::{Limits, Transport, is_cbor};
use keepwell_protocol::domain::GatewayId;
use keepwell_protocol::formats::http::{
    Method, Request, SEALED_ANSWER_LENGTHS, SEALED_ANSWER_TYPE, SEALED_REQUEST_LENGTHS, SEALED_REQUEST_TYPE,
};
use keepwell_protocol::ledger::GatewayIds;

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;

impl Service {
    /// Which gateways sealed questions are passed on to.
    pub(crate) fn list_gateways(&self, call: &Call) -> Result<Answer, Refusal> {
        self.admit_to_ledger(1, call)?;
        Ok(Answer::cbor(200, &GatewayIds(self.sealed_relay.ids())))
    }

    /// Passes a sealed question on, and its sealed answer back: nothing else of the request goes along, and each
    /// question by a connection of its own, so that no two look like one phone's.
    pub(crate) fn relay_sealed(&self, call: &Call, gateway: Option<GatewayId>) -> Result<Answer, Refusal> {
        self.admit_to_ledger(1, call)?;
        let way = gateway.and_then(|id| self.sealed_relay.way(id)).ok_or(Refusal::UnknownGateway)?;
        if call.request.header("content-type") != Some(SEALED_REQUEST_TYPE) {
            return Err(Refusal::SealedType);
        }
        if !SEALED_REQUEST_LENGTHS.contains(&call.request.body.len()) {
            return Err(Refusal::Malformed("ObliviousLength"));
        }
        let mut request = Request::new(Method::Post, way.address("oblivious"));
        request.headers = vec![
            ("content-type".to_owned(), SEALED_REQUEST_TYPE.to_owned()),
            ("connection".to_owned(), "close".to_owned()),
        ];
        let limits = Limits { max_body: LONGEST_ANSWER, ..Limits::CONFIGURED };
        match way.send(request.with_body(call.request.body.clone()), limits) {
            Ok(answer)
                if answer.status == 200
                    && answer.header("content-type") == Some(SEALED_ANSWER_TYPE)
                    && SEALED_ANSWER_LENGTHS.contains(&answer.body.len()) =>
            {
                Ok(Answer::bytes(200, SEALED_ANSWER_TYPE, answer.body))
            }
            // The gateway refuses what is sealed, whatever that is.
            Ok(answer) if matches!(answer.status, 400..=499) && is_cbor(&answer) => {
                Ok(Answer::bytes(answer.status, "application/cbor", answer.body))
            }
            _ => Err(Refusal::LedgerUnreachable),
        }
    }
}

/// The longest sealed answer; every refusal is shorter.
const LONGEST_ANSWER: usize = SEALED_ANSWER_LENGTHS[1];

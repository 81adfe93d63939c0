//! Requests to the ledger's gateway that are passed on as they are, and its answers.

use keepwell_net::{Limits, Transport, is_cbor};
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::ledger::{SignedTransaction, StateKey};

use crate::answer::{Answer, Call};
use crate::gateway_cache::GatewayCache;
use crate::refusal::Refusal;
use crate::service::Service;

impl GatewayCache {
    fn pass_on(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Answer, Refusal> {
        let request = Request::new(method, self.address(path)).with_body(body);
        match self.send(request, Limits::CONFIGURED) {
            // A gateway that is itself at fault says nothing about the ledger, nor does who stands in between.
            Ok(answer) if matches!(answer.status, 200..=299 | 400..=499) && is_cbor(&answer) => {
                let retry_after = answer.header("retry-after").map(str::to_owned);
                let passed = Answer::bytes(answer.status, "application/cbor", answer.body);
                Ok(match retry_after {
                    Some(seconds) => passed.with_header("retry-after", seconds),
                    None => passed,
                })
            }
            _ => Err(Refusal::LedgerUnreachable),
        }
    }
}

impl Service {
    pub(crate) fn relay_transaction(&self, call: &Call) -> Result<Answer, Refusal> {
        self.admit_to_ledger(1, call)?;
        let body = &call.request.body;
        let answer = self.gateway_cache.pass_on(Method::Post, "tx", body.clone())?;
        if matches!(answer.status, 200..=299)
            && let Ok(transaction) = SignedTransaction::parse(body)
        {
            self.forget_what_changes(&transaction);
        }
        Ok(answer)
    }

    pub(crate) fn relay_proof(&self, call: &Call, key: &str) -> Result<Answer, Refusal> {
        self.admit_to_ledger(1, call)?;
        let key = StateKey::parse_hex(key).map_err(|_| Refusal::NotFound)?;
        self.gateway_cache.pass_on(Method::Get, &format!("proof/{}", key.to_hex()), Vec::new())
    }

    pub(crate) fn relay_light(&self, call: &Call, height: &str) -> Result<Answer, Refusal> {
        self.admit_to_ledger(1, call)?;
        let number = (1..=20).contains(&height.len()) && height.bytes().all(|byte| byte.is_ascii_digit());
        if !number && height != "latest" {
            return Err(Refusal::NotFound);
        }
        self.gateway_cache.pass_on(Method::Get, &format!("light/{height}"), Vec::new())
    }
}

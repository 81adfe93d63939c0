//! Which request is answered by what.

use std::sync::Arc;

use keepwell_protocol::domain::{GrantId, LinkId, ProviderId};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::LinkAction;

use crate::answer::{Answer, Call};
use crate::refusal::Refusal;
use crate::service::Service;

impl Service {
    /// Answers a request; never fails, whatever it says.
    pub(crate) fn answer(self: &Arc<Self>, call: &Call) -> Answer {
        let segments: Vec<&str> = call.path.split('/').skip(1).collect();
        let answer = self.route(call, &segments).unwrap_or_else(|refusal| {
            if let Refusal::Failed(error) = &refusal {
                tracing::error!(code = error.code(), %error, "request failed");
            }
            refusal.into_answer()
        });
        match segments.as_slice() {
            // Browsers of any origin may read a share link (SMART Health Links, CORS).
            ["l", ..] => answer.with_header("access-control-allow-origin", "*"),
            _ => answer,
        }
    }

    fn route(self: &Arc<Self>, call: &Call, segments: &[&str]) -> Result<Answer, Refusal> {
        use Method::{Delete, Get, Post, Put};
        match (call.request.method, segments) {
            (Get, ["l", path]) => self.visit_link(call, path),
            (Put, ["v1", "space"]) => self.open_space(call),
            (Get, ["v1", "space"]) => self.show_space(call),
            (Post, ["v1", "space", "commit"]) => self.commit(call),
            (Post, ["v1", "space", "moved"]) => self.move_space(call),
            (Post, ["v1", "blobs"]) => self.put_blobs(call),
            (Post, ["v1", "blobs", "get"]) => self.owner_blobs(call),
            (Post, ["v1", "blobs", "missing"]) => self.missing_blobs(call),
            (Put, ["v1", "links", id]) => self.put_link(call, link(id)?),
            (Post, ["v1", "links", id, action]) => self.change_link(call, link(id)?, link_action(action)?),
            (Get, ["v1", "log"]) => self.show_log(call),
            (Get, ["v1", "grants", id]) => self.read_grant(call, grant(id)?),
            (Post, ["v1", "grants", id, "blobs"]) => self.reader_blobs(call, grant(id)?),
            (Post, ["v1", "inbox", id]) => self.leave_envelope(call, provider(id)?),
            (Get, ["v1", "inbox", id]) => self.fetch_envelopes(call, provider(id)?),
            (Delete, ["v1", "inbox", id]) => self.delete_envelopes(call, provider(id)?),
            (Post, ["v1", "ledger", "tx"]) => self.relay_transaction(call),
            (Post, ["v1", "ledger", "txs"]) => self.submit_batch(call),
            (Post, ["v1", "ledger", "proofs"]) => self.prove_batch(call),
            (Get, ["v1", "ledger", "proof", key]) => self.relay_proof(call, key),
            (Get, ["v1", "ledger", "light", height]) => self.relay_light(call, height),
            _ => Err(Refusal::NotFound),
        }
    }
}

fn link(text: &str) -> Result<LinkId, Refusal> {
    LinkId::parse(text).map_err(|_| Refusal::NotFound)
}

fn grant(text: &str) -> Result<GrantId, Refusal> {
    GrantId::parse(text).map_err(|_| Refusal::NotFound)
}

fn provider(text: &str) -> Result<ProviderId, Refusal> {
    ProviderId::parse(text).map_err(|_| Refusal::NotFound)
}

fn link_action(text: &str) -> Result<LinkAction, Refusal> {
    [LinkAction::Pause, LinkAction::Resume, LinkAction::Revoke]
        .into_iter()
        .find(|action| action.as_str() == text)
        .ok_or(Refusal::NotFound)
}

/// The longest body that a request to `path` may have, in bytes.
pub(crate) fn longest_body(path: &str) -> usize {
    match path.split('/').nth(2) {
        Some("ledger") if path == "/v1/ledger/txs" => 1024 * 1024,
        // One record with a large attachment is one blob.
        Some("blobs") => 64 * 1024 * 1024,
        Some("space" | "links") => 8 * 1024 * 1024,
        _ => 64 * 1024,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_may_send_much() {
        assert_eq!(longest_body("/v1/inbox/00"), 65_536);
        assert_eq!(longest_body("/v1/ledger/tx"), 65_536);
        assert_eq!(longest_body("/v1/ledger/txs"), 1_048_576);
        assert_eq!(longest_body("/v1/ledger/txs/"), 65_536);
        assert_eq!(longest_body("/l/x"), 65_536);
        assert_eq!(longest_body("/"), 65_536);
        assert!(longest_body("/v1/blobs") > longest_body("/v1/links/00"));
    }
}

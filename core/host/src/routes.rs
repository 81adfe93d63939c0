//! What a request is for, who may ask it and whether it asks the ledger: read once, from method, path and, for
//! transactions, the body.

use keepwell_protocol::domain::{GatewayId, GrantId, LinkId, ProviderId};
use keepwell_protocol::formats::http::{Method, SEALED_REQUEST_LENGTHS};
use keepwell_protocol::vault::LinkAction;
use keepwell_server::Limits;

use crate::ending::{all_may_end, may_end};

/// What a request is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    /// A file of the viewer page; the page itself has no name.
    ShowViewer(String),
    VisitLink(String),
    VisitManifest(String),
    VisitFile(String, String),
    OpenSpace,
    ShowSpace,
    Commit,
    MoveSpace,
    PutBlobs,
    OwnerBlobs,
    MissingBlobs,
    PutLink(LinkId),
    PutManifest(LinkId),
    ReplaceFiles(LinkId),
    ChangeLink(LinkId, LinkAction),
    ShowLog,
    ReadGrant(GrantId),
    ReaderBlobs(GrantId),
    LeaveEnvelope(ProviderId),
    FetchEnvelopes(ProviderId),
    DeleteEnvelopes(ProviderId),
    ShowProviderLog(ProviderId),
    AppendProviderLog(ProviderId),
    RelayTransaction,
    SubmitBatch,
    ProveBatch,
    RelayProof(String),
    RelayLight(String),
    ListGateways,
    /// A sealed question; nothing where the name is none.
    RelaySealed(Option<GatewayId>),
}

/// Whether an answer takes the ledger's, which may be long in coming.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LedgerUse {
    /// It asks the ledger nothing.
    NotAsked,
    /// It asks the ledger, or hands in what may end nothing.
    Asked,
    /// The ledger is told of what ends something, and of nothing else.
    EndsOnly,
    /// A gateway is asked something sealed, and may wait for a block.
    Sealed,
}

/// Who may ask for a target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Authentication {
    /// Without a signature.
    Anybody,
    /// Without a signature; an owner who signs is counted by the key.
    AnybodyOrOwner,
    /// Whoever signs; what the key stands for is looked up with the body.
    Signer,
    /// The owner of a space.
    Owner,
}

impl Target {
    /// Reads a method and a path; none if there is nothing of that.
    pub(crate) fn parse(method: Method, path: &str) -> Option<Self> {
        use Method::{Delete, Get, Post, Put};
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        Some(match (method, segments.as_slice()) {
            (Get, ["view"]) => Self::ShowViewer(String::new()),
            (Get, ["view", name]) if !name.is_empty() => Self::ShowViewer((*name).to_owned()),
            (Get, ["l", path]) => Self::VisitLink((*path).to_owned()),
            (Post, ["l", path]) => Self::VisitManifest((*path).to_owned()),
            (Get, ["l", path, file]) => Self::VisitFile((*path).to_owned(), (*file).to_owned()),
            (Put, ["v1", "space"]) => Self::OpenSpace,
            (Get, ["v1", "space"]) => Self::ShowSpace,
            (Post, ["v1", "space", "commit"]) => Self::Commit,
            (Post, ["v1", "space", "moved"]) => Self::MoveSpace,
            (Post, ["v1", "blobs"]) => Self::PutBlobs,
            (Post, ["v1", "blobs", "get"]) => Self::OwnerBlobs,
            (Post, ["v1", "blobs", "missing"]) => Self::MissingBlobs,
            (Put, ["v1", "links", id]) => Self::PutLink(LinkId::parse(id).ok()?),
            (Put, ["v1", "links", id, "manifest"]) => Self::PutManifest(LinkId::parse(id).ok()?),
            (Put, ["v1", "links", id, "files"]) => Self::ReplaceFiles(LinkId::parse(id).ok()?),
            (Post, ["v1", "links", id, action]) => {
                Self::ChangeLink(LinkId::parse(id).ok()?, link_action(action)?)
            }
            (Get, ["v1", "log"]) => Self::ShowLog,
            (Get, ["v1", "grants", id]) => Self::ReadGrant(GrantId::parse(id).ok()?),
            (Post, ["v1", "grants", id, "blobs"]) => Self::ReaderBlobs(GrantId::parse(id).ok()?),
            (Post, ["v1", "inbox", id]) => Self::LeaveEnvelope(ProviderId::parse(id).ok()?),
            (Get, ["v1", "inbox", id]) => Self::FetchEnvelopes(ProviderId::parse(id).ok()?),
            (Delete, ["v1", "inbox", id]) => Self::DeleteEnvelopes(ProviderId::parse(id).ok()?),
            (Get, ["v1", "inbox", id, "log"]) => Self::ShowProviderLog(ProviderId::parse(id).ok()?),
            (Post, ["v1", "inbox", id, "log"]) => Self::AppendProviderLog(ProviderId::parse(id).ok()?),
            (Post, ["v1", "ledger", "tx"]) => Self::RelayTransaction,
            (Post, ["v1", "ledger", "txs"]) => Self::SubmitBatch,
            (Post, ["v1", "ledger", "proofs"]) => Self::ProveBatch,
            (Get, ["v1", "ledger", "proof", key]) => Self::RelayProof((*key).to_owned()),
            (Get, ["v1", "ledger", "light", height]) => Self::RelayLight((*height).to_owned()),
            (Get, ["v1", "oblivious"]) => Self::ListGateways,
            (Post, ["v1", "oblivious", gateway]) => Self::RelaySealed(GatewayId::parse(gateway).ok()),
            _ => return None,
        })
    }

    /// Its path without what names anybody, for log and metrics.
    pub(crate) fn template(&self) -> &'static str {
        self.rules().0
    }

    /// Who may ask for it, which is found out before a body is read.
    pub(crate) fn authentication(&self) -> Authentication {
        self.rules().1
    }

    /// Whether it takes an answer of the ledger's, with this body.
    pub(crate) fn ledger_use(&self, body: &[u8]) -> LedgerUse {
        match self {
            Self::RelayTransaction if may_end(body) => LedgerUse::EndsOnly,
            Self::SubmitBatch if all_may_end(body) => LedgerUse::EndsOnly,
            _ => self.rules().2,
        }
    }

    /// What is decided of it before its body is known.
    fn rules(&self) -> (&'static str, Authentication, LedgerUse) {
        use Authentication::{Anybody, AnybodyOrOwner, Owner, Signer};
        use LedgerUse::{Asked, NotAsked, Sealed};
        match self {
            Self::ShowViewer(_) => ("/view", Anybody, NotAsked),
            Self::VisitLink(_) | Self::VisitManifest(_) => ("/l/{link}", Anybody, NotAsked),
            Self::VisitFile(..) => ("/l/{link}/{file}", Anybody, NotAsked),
            Self::OpenSpace => ("/v1/space", Signer, NotAsked),
            Self::ShowSpace => ("/v1/space", Owner, NotAsked),
            Self::Commit => ("/v1/space/commit", Owner, NotAsked),
            Self::MoveSpace => ("/v1/space/moved", Owner, NotAsked),
            Self::PutBlobs => ("/v1/blobs", Owner, NotAsked),
            Self::OwnerBlobs => ("/v1/blobs/get", Owner, NotAsked),
            Self::MissingBlobs => ("/v1/blobs/missing", Owner, NotAsked),
            Self::PutLink(_) => ("/v1/links/{id}", Owner, NotAsked),
            Self::PutManifest(_) => ("/v1/links/{id}/manifest", Owner, NotAsked),
            Self::ReplaceFiles(_) => ("/v1/links/{id}/files", Owner, NotAsked),
            Self::ChangeLink(..) => ("/v1/links/{id}/{action}", Owner, NotAsked),
            Self::ShowLog => ("/v1/log", Owner, NotAsked),
            Self::ReadGrant(_) => ("/v1/grants/{id}", Signer, Asked),
            Self::ReaderBlobs(_) => ("/v1/grants/{id}/blobs", Signer, Asked),
            Self::LeaveEnvelope(_) => ("/v1/inbox/{id}", Anybody, Asked),
            Self::FetchEnvelopes(_) | Self::DeleteEnvelopes(_) => ("/v1/inbox/{id}", Signer, Asked),
            Self::ShowProviderLog(_) => ("/v1/inbox/{id}/log", Anybody, NotAsked),
            Self::AppendProviderLog(_) => ("/v1/inbox/{id}/log", Signer, Asked),
            Self::RelayTransaction => ("/v1/ledger/tx", AnybodyOrOwner, Asked),
            Self::SubmitBatch => ("/v1/ledger/txs", AnybodyOrOwner, Asked),
            Self::ProveBatch => ("/v1/ledger/proofs", AnybodyOrOwner, Asked),
            Self::RelayProof(_) => ("/v1/ledger/proof/{key}", AnybodyOrOwner, Asked),
            Self::RelayLight(_) => ("/v1/ledger/light/{height}", AnybodyOrOwner, Asked),
            Self::ListGateways => ("/v1/oblivious", AnybodyOrOwner, NotAsked),
            Self::RelaySealed(_) => ("/v1/oblivious/{gateway}", AnybodyOrOwner, Sealed),
        }
    }

    /// The longest body that it may have, in bytes: only owners may send much.
    pub(crate) fn longest_body(&self, limits: &Limits) -> u64 {
        match self {
            Self::PutBlobs | Self::OwnerBlobs | Self::MissingBlobs => limits.body_blobs_bytes,
            Self::Commit
            | Self::MoveSpace
            | Self::PutLink(_)
            | Self::PutManifest(_)
            | Self::ReplaceFiles(_)
            | Self::ChangeLink(..) => limits.body_space_bytes,
            Self::SubmitBatch => limits.body_batch_bytes,
            Self::RelaySealed(_) => SEALED_REQUEST_LENGTHS.map(|length| length as u64)[1],
            _ => limits.body_bytes,
        }
    }
}

fn link_action(text: &str) -> Option<LinkAction> {
    [LinkAction::Pause, LinkAction::Resume, LinkAction::Revoke]
        .into_iter()
        .find(|action| action.as_str() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_may_send_much() {
        let limits = Limits::default();
        let id = "00".repeat(32);
        for (method, path) in [
            (Method::Get, "/l/x".to_owned()),
            (Method::Post, "/l/x".to_owned()),
            (Method::Get, "/l/x/y".to_owned()),
            (Method::Put, "/v1/space".to_owned()),
            (Method::Get, format!("/v1/grants/{id}")),
            (Method::Post, format!("/v1/grants/{id}/blobs")),
            (Method::Post, "/v1/ledger/tx".to_owned()),
            (Method::Post, "/v1/ledger/txs".to_owned()),
            (Method::Post, "/v1/ledger/proofs".to_owned()),
            (Method::Post, format!("/v1/oblivious/{id}")),
        ] {
            let target = Target::parse(method, &path).unwrap();
            assert_ne!(target.authentication(), Authentication::Owner, "{path}");
            assert!(target.longest_body(&limits) <= limits.body_batch_bytes, "{path}");
        }
        for path in ["/v1/blobs", "/v1/space/commit"] {
            let target = Target::parse(Method::Post, path).unwrap();
            assert_eq!(target.authentication(), Authentication::Owner);
            assert!(target.longest_body(&limits) > limits.body_batch_bytes);
        }
        for nothing in ["", "/", "/v1/space/", "/v1/ledger/txs/", "/v1/links/zz/pause", "/v1/grants/00/blobs"]
        {
            assert_eq!(Target::parse(Method::Post, nothing), None, "{nothing}");
        }
    }
}

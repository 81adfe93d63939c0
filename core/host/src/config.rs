//! What an operator decides.

use std::path::PathBuf;
use std::sync::Arc;

use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::ledger::{TrustAnchor, TrustPolicy};
use keepwell_server::Listen;
use url::Url;

use crate::sealed_gateway::SealedGateway;

/// Tells the time; the only place where the host asks for it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How one host is set up.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The folder that holds everything; made if it is not there.
    pub home: PathBuf,
    /// Where to listen, and within which limits.
    pub listen: Listen,
    /// Under which origin clients reach this host; absent: plain http at the bound address.
    pub public_url: Option<Url>,
    /// The ledger gateway to ask.
    pub ledger_url: Url,
    /// Gateways that sealed questions are passed on to.
    pub gateways: Vec<SealedGateway>,
    /// What the host trusts of the ledger.
    pub anchor: TrustAnchor,
    /// Which ledgers the host is content with.
    pub policy: TrustPolicy,
    /// Where sealed bytes lie, `s3://…`, `gs://…`, `az://…` or `file://…`; absent: in the home folder.
    pub blobs_url: Option<Url>,
    /// Who may open a space.
    pub registration: Registration,
}

/// Who may open a space at a host.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Registration {
    /// Whoever asks may open a space.
    #[default]
    Open,
    /// Whoever has an invitation of the operator's.
    Invite,
}

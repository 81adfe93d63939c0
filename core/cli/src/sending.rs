//! Sends what was decided on this device, and tells what became of it.

use std::time::Duration as Wait;

use keepwell_protocol::domain::Timestamp;
use keepwell_wallet::{Choices, Clock as _, QueuedFor, SyncOptions, SyncReport, SystemClock, Wallet};

use crate::failure::Failure;
use crate::network::Connection;
use crate::report::Report;
use crate::shown_time::shown_shortly;

/// How long a command waits for the ledger to show what it sent.
pub(crate) const PROOF_WAIT: Wait = Choices::SYNC_WAIT;

/// What became of something that holds on this device, when it was sent.
pub(crate) struct Sent {
    /// What still waits for the network.
    pub(crate) queued: u64,
    /// For whom that is.
    pub(crate) queued_for: QueuedFor,
    /// What kept it back, as a sentence.
    pub(crate) held_back: Option<String>,
    /// When the host answered last.
    pub(crate) host_reached: Option<Timestamp>,
}

/// Sends what was just decided, and waits for its proof.
///
/// The decision is made and queued: whatever stops a server from taking it is told, and is no failure of
/// the decision.
pub(crate) fn send(wallet: &mut Wallet, connection: &Connection) -> Result<Sent, Failure> {
    let options = SyncOptions { anchor: false, wait: PROOF_WAIT, heal: false };
    let held_back = match wallet.sync(options, connection.network()) {
        Ok(SyncReport { offline, .. }) => {
            offline.as_ref().map(|obstacle| format!("not every server was reached ({})", obstacle.code()))
        }
        Err(error) => Some(Failure::from(error).sentence()),
    };
    Sent::now(wallet, held_back)
}

impl Sent {
    /// What waits now; `held_back` tells why.
    pub(crate) fn now(wallet: &Wallet, held_back: Option<String>) -> Result<Self, Failure> {
        let host_reached = wallet.status()?.at_risk.host_reached;
        let (queued, queued_for) = (wallet.queued()?, wallet.queued_for()?);
        Ok(Self { queued, queued_for, held_back, host_reached })
    }
}

/// Says what waits for the network.
pub(crate) fn queue(report: Report, sent: &Sent) -> Report {
    let queued = queued_text(sent.queued, sent.queued_for);
    match (sent.queued, &sent.held_back) {
        (0, None) => report,
        (_, None) => report.line(format!("queued: {queued}; `keepwell sync` goes on with it")),
        (_, Some(why)) => report.line(format!("queued: {queued}, {why}; `keepwell sync` goes on with it")),
    }
}

/// How much is queued, and for whom: `2 (host, ledger)`.
pub(crate) fn queued_text(queued: u64, queued_for: QueuedFor) -> String {
    let names = queued_for.names().join(", ");
    if names.is_empty() { queued.to_string() } else { format!("{queued} ({names})") }
}

/// When the host answered last, for the brackets behind what waits for it.
pub(crate) fn last_reached(reached: Option<Timestamp>) -> String {
    match reached {
        Some(time) => format!("last reached {}", shown_shortly(time, SystemClock.now())),
        None => "never reached so far".to_owned(),
    }
}

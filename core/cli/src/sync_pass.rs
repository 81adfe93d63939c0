//! What one sync came to, in lines and in a document.

use keepwell_protocol::ledger::ProofError;
use keepwell_wallet::{
    GrantView, Healing, LedgerStatus, NewReads, OtherWallet, QueuedFor, SyncOptions, SyncReport, Wallet,
};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::grant_revoke::end_line;
use crate::ledger::ONE_SIGNER;
use crate::network::Connection;
use crate::reads;
use crate::report::{Report, counted};
use crate::sending::{PROOF_WAIT, queued_text};
use crate::shown_time::shown;

/// What one sync came to, with what there is to say about it.
pub(crate) struct Pass {
    pub(crate) synced: SyncReport,
    /// What others read since the last time.
    pub(crate) reads: NewReads,
    /// Every grant as it is now.
    pub(crate) grants: Vec<GrantView>,
    /// For whom something is queued.
    pub(crate) queued_for: QueuedFor,
}

impl Pass {
    /// Syncs once, and reports what came of it.
    pub(crate) fn run(
        wallet: &mut Wallet,
        connection: &Connection,
        anchor: bool,
        heal: bool,
    ) -> Result<Self, Failure> {
        let synced = wallet.sync(SyncOptions { anchor, wait: PROOF_WAIT, heal }, connection.network())?;
        let reads = wallet.new_reads(connection.network())?;
        Ok(Self { synced, reads, grants: wallet.grants()?, queued_for: wallet.queued_for()? })
    }

    /// The document, and the counts for people.
    pub(crate) fn report(&self) -> Report {
        let synced = &self.synced;
        Report::of_deed(json!({
            "sent": synced.sent,
            "received": synced.received,
            "queued": synced.queued,
            "queued_for": self.queued_for.names(),
            "ledger": synced.ledger.as_ref().map(ledger),
            "offline": synced.offline.as_ref().map(|obstacle| obstacle.code()),
            "host_reached": synced.host_reached,
            "healing": synced.healing.as_ref().map(healing),
            "other_wallet": synced.other_wallet.as_ref().map(other_wallet),
            "lapsed": synced.lapsed,
            "reads": self.reads.records.iter().map(reads::count_document).collect::<Vec<_>>(),
            "doubtful_reads": self.reads.doubtful.iter().filter_map(reads::document).collect::<Vec<_>>(),
        }))
        .facts(&[
            ("sent", synced.sent.to_string()),
            ("received", synced.received.to_string()),
            ("queued", queued_text(synced.queued, self.queued_for)),
            ("ledger", ledger_line(synced.ledger.as_ref())),
        ])
    }

    /// What else there is to say.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = self.read_lines();
        lines.extend(self.healing_lines());
        lines.extend(self.other_wallet_lines());
        lines.extend(self.lapsed_lines());
        lines.extend(self.queued_ends());
        lines.extend(self.offline_line());
        lines
    }

    /// How much others read, and what of it is doubtful.
    pub(crate) fn read_lines(&self) -> Vec<String> {
        let read = self.reads.records.iter().map(reads::count_line);
        read.chain(self.reads.doubtful.iter().filter_map(reads::line)).collect()
    }

    /// What the host had lost, what became of it, and which shares ended with it.
    pub(crate) fn healing_lines(&self) -> Vec<String> {
        let Some(found) = &self.synced.healing else { return Vec::new() };
        let mut lines = Vec::new();
        let (there, here) = (found.host_version, found.wallet_version);
        if there == 0 && here > 0 {
            lines.push("The host had lost everything that this wallet put there.".to_owned());
        } else if there < here {
            lines.push(format!("The host was put back to an older state: version {there}, not {here}."));
        }
        let size = format!("{} in {} pieces", size(found.bytes), found.lost);
        lines.push(if found.is_waiting {
            format!("The host lost {size}; `keepwell sync --heal` sends it again. Ends of grants were told.")
        } else if self.synced.queued == 0 {
            format!("The host is whole again; it had lost or damaged {size}.")
        } else {
            format!("The host lost {size}; that is being sent again.")
        });
        lines.extend(found.shares_ended.iter().map(|label| {
            let share = if label.is_empty() {
                "A share without a label".to_owned()
            } else {
                format!("The share \"{label}\"")
            };
            format!("{share} ended with that: its link opens nothing any more.")
        }));
        lines
    }

    /// What was taken over from another wallet of the same words, and what is to be done again for that.
    pub(crate) fn other_wallet_lines(&self) -> Vec<String> {
        let Some(taken) = &self.synced.other_wallet else { return Vec::new() };
        let OtherWallet { records, grants, shares, .. } = taken;
        let mut lines = vec![format!(
            "Taken over from another device of the same words: {}, {} and {}. It stops with its next sync.",
            counted(*records, "record", "records"),
            counted(*grants, "grant", "grants"),
            counted(*shares, "share", "shares"),
        )];
        if taken.missing > 0 {
            lines.push(format!("Of what it had published the host lacks {}.", taken.missing));
        }
        lines.extend(taken.grants_lost.iter().map(|name| {
            format!(
                "The grant to {name} that was made here never went out: the other device's stands. Grant again what \
                 is missing."
            )
        }));
        lines
    }

    /// To whom nothing new goes, since nothing was proved of their grants for three days.
    pub(crate) fn lapsed_lines(&self) -> Vec<String> {
        let lapsed = self.grants.iter().filter(|view| self.synced.lapsed.contains(&view.grant));
        lapsed
            .map(|view| {
                format!(
                    "Nothing new goes to {}: for 3 days nothing was proved of this grant or provider.",
                    view.name
                )
            })
            .collect()
    }

    /// The ends of grants that neither the host nor the ledger has.
    pub(crate) fn queued_ends(&self) -> Vec<String> {
        let queued = self.grants.iter().filter(|view| view.queued_since().is_some());
        queued.map(|view| end_line(view, None, self.synced.host_reached)).collect()
    }

    /// That something stood in the way.
    pub(crate) fn offline_line(&self) -> Option<String> {
        let code = self.synced.offline.as_ref().map(|obstacle| obstacle.code())?;
        if code == ProofError::TrustExpired.code() {
            return Some(format!(
                "What this wallet last verified of its ledger is too old to go on from ({code}). Get a newer trust \
                 anchor from the ledger's operator: `keepwell wallet connect --anchor FILE`."
            ));
        }
        Some(format!("Not every server was reached ({code}); the rest is done at the next sync."))
    }
}

/// What was taken over in a document.
fn other_wallet(taken: &OtherWallet) -> Value {
    json!({
        "records": taken.records,
        "grants": taken.grants,
        "shares": taken.shares,
        "grants_lost": taken.grants_lost,
        "missing": taken.missing,
    })
}

/// What was found at the host in a document.
fn healing(found: &Healing) -> Value {
    json!({
        "host_version": found.host_version,
        "wallet_version": found.wallet_version,
        "lost": found.lost,
        "bytes": found.bytes,
        "shares_ended": found.shares_ended,
        "waiting": found.is_waiting,
    })
}

/// A size as people read it: `812 KB`, `25 MB`.
pub(crate) fn size(bytes: u64) -> String {
    match bytes.div_ceil(1_000) {
        kilobytes @ ..1_000 => format!("{kilobytes} KB"),
        kilobytes => format!("{} MB", kilobytes.div_ceil(1_000)),
    }
}

/// A ledger in a document.
pub(crate) fn ledger(status: &LedgerStatus) -> Value {
    json!({ "chain_id": status.chain_id, "height": status.height, "time": status.time })
}

/// A ledger in a line.
pub(crate) fn ledger_line(status: Option<&LedgerStatus>) -> String {
    match status {
        None => "none: the wallet works on its own".to_owned(),
        Some(status) => {
            let signers = if status.is_embedded { format!("; {ONE_SIGNER}") } else { String::new() };
            format!("{} at {}, {}{signers}", status.chain_id, status.height, shown(status.time))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(healing: Healing, queued: u64) -> Pass {
        let synced = SyncReport { healing: Some(healing), queued, ..SyncReport::default() };
        Pass { synced, reads: NewReads::default(), grants: Vec::new(), queued_for: QueuedFor::default() }
    }

    #[test]
    fn a_host_is_called_whole_only_once_nothing_is_queued() {
        let lost =
            Healing { host_version: 3, wallet_version: 9, lost: 7, bytes: 24_500_001, ..Healing::default() };
        let older = "The host was put back to an older state: version 3, not 9.";
        for (is_waiting, queued, said) in [
            (
                true,
                1,
                "The host lost 25 MB in 7 pieces; `keepwell sync --heal` sends it again. Ends of grants were told.",
            ),
            (false, 1, "The host lost 25 MB in 7 pieces; that is being sent again."),
            (false, 0, "The host is whole again; it had lost or damaged 25 MB in 7 pieces."),
        ] {
            let found = Healing { is_waiting, ..lost.clone() };
            assert_eq!(pass(found, queued).healing_lines(), [older, said]);
        }
    }

    #[test]
    fn shares_that_ended_with_an_emptied_host_are_named() {
        let shares_ended = vec!["Dr Müller".to_owned(), String::new()];
        let lost = Healing { wallet_version: 2, lost: 1, bytes: 1, shares_ended, ..Healing::default() };
        let lines = pass(lost, 0).healing_lines();
        assert_eq!(lines[0], "The host had lost everything that this wallet put there.");
        assert_eq!(lines[1], "The host is whole again; it had lost or damaged 1 KB in 1 pieces.");
        assert_eq!(lines[2], "The share \"Dr Müller\" ended with that: its link opens nothing any more.");
        assert_eq!(lines[3], "A share without a label ended with that: its link opens nothing any more.");
    }
}

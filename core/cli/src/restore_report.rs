//! What a restore came to, in words.

use keepwell_protocol::domain::Category;
use keepwell_wallet::{AnchorDoubt, Missing, RestoreReport, StateKind};
use serde_json::json;

use crate::report::{Report, counted};
use crate::shown_time::shown;

/// The fields and lines of `wallet restore`.
pub(crate) fn report(restored: RestoreReport) -> Report {
    let missing: Vec<String> = restored.missing.iter().copied().map(sentence).collect();
    let anchored = match restored.anchored_as_of {
        Some(time) => format!(
            "the ledger vouches for it as of {}, {}",
            shown(time),
            counted(restored.gateways, "gateway asked", "gateways asked")
        ),
        None => "the ledger does not vouch for it".to_owned(),
    };
    let report = Report::of_deed(json!({
        "fingerprint": restored.fingerprint,
        "host": restored.host,
        "records": restored.records,
        "grants": restored.grants,
        "shares": restored.shares,
        "missing": missing,
        "version": restored.version,
        "time": restored.time,
        "anchored": restored.anchored,
        "anchored_as_of": restored.anchored_as_of,
        "gateways": restored.gateways,
    }))
    .facts(&[
        ("fingerprint", restored.fingerprint),
        ("host", restored.host),
        ("records", restored.records.to_string()),
        ("grants", restored.grants.to_string()),
        ("shares", restored.shares.to_string()),
        ("as of", format!("{}; {anchored}", shown(restored.time))),
    ]);
    let report = missing.iter().fold(report, |report, missing| report.line(format!("missing: {missing}")));
    report.line("What was in quarantine is not restored: only the phone had it. Import those files again.")
}

fn sentence(missing: Missing) -> String {
    match missing {
        Missing::Versions { category, count: n } => {
            lost(&format!("{} of {}", counted(n, "record version", "record versions"), of(category)), n)
        }
        Missing::NewerVersions { count: n } => format!(
            "{} {} a newer program",
            counted(n, "record version", "record versions"),
            if n == 1 { "needs" } else { "need" }
        ),
        Missing::Lists { category, entries } => format!(
            "{}; what nothing else lists is not back",
            lost(&format!("{} of {}", counted(entries, "list entry", "list entries"), of(category)), entries)
        ),
        Missing::StateLists { entries } => {
            let listed = counted(entries, "list entry", "list entries");
            lost(&format!("{listed} of the wallet's own state"), entries)
        }
        Missing::State { kind, count: n } => {
            let (one, many) = named(kind);
            lost(&counted(n, one, many), n)
        }
        Missing::NewerState { count: n } => format!(
            "{} of the wallet's own state {} a newer program",
            counted(n, "part", "parts"),
            if n == 1 { "needs" } else { "need" }
        ),
        Missing::Compartments { count: n } => {
            format!(
                "{} can't be opened, since nothing that is left names {}",
                counted(n, "set of records", "sets of records"),
                if n == 1 { "it" } else { "them" }
            )
        }
        Missing::UnknownGrants { count: n } => format!(
            "{} on the ledger that this state does not know; {} can be revoked by number",
            counted(n, "grant is", "grants are"),
            if n == 1 { "it" } else { "they" }
        ),
        Missing::UnprovedGrants { count: n } => {
            format!(
                "the ledger was not heard about {}, which may have ended since",
                counted(n, "grant", "grants")
            )
        }
        Missing::Anchor { because } => doubt(because).to_owned(),
    }
}

/// That the host does not have this, which counts `n`.
fn lost(what: &str, n: u64) -> String {
    format!("{what} {} not at the host, or damaged there", are(n))
}

fn named(kind: StateKind) -> (&'static str, &'static str) {
    match kind {
        StateKind::Relationship => ("relationship with a provider", "relationships with providers"),
        StateKind::Grant => ("grant", "grants"),
        StateKind::Epoch => ("list of who holds keys", "lists of who holds keys"),
        StateKind::Link => ("share's label", "shares' labels"),
        StateKind::Log => ("part of the history", "parts of the history"),
        StateKind::Anchor => ("note of the anchor", "notes of the anchor"),
        StateKind::Owner => ("list of names of the owner", "lists of names of the owner"),
        StateKind::Delivery => ("note of an import", "notes of imports"),
        StateKind::Takeover => ("note of earlier restores", "notes of earlier restores"),
        StateKind::Unknown => ("part of the wallet's own state", "parts of the wallet's own state"),
    }
}

fn doubt(because: AnchorDoubt) -> &'static str {
    match because {
        AnchorDoubt::Absent => {
            "the ledger holds no anchor of this wallet, so an older state of the host would not be noticed"
        }
        AnchorDoubt::Stale => {
            "the ledger's answer is more than an hour old, so an older state of the host would not be noticed"
        }
        AnchorDoubt::Unreached => {
            "the ledger was not reached, so an older state of the host would not be noticed"
        }
        AnchorDoubt::Unproved => {
            "the ledger's answer does not verify, so an older state of the host would not be noticed"
        }
        AnchorDoubt::Unrecorded => {
            "the note of what the ledger was given is lost, so an older state of the host would not be noticed"
        }
        AnchorDoubt::TrustExpired => {
            "the trust anchor file is too old to verify the ledger by, so an older state of the host would \
             not be noticed"
        }
        AnchorDoubt::ClockSuspect => {
            "the ledger's time is more than five minutes ahead of this device's clock, so that \
             its answer proves nothing"
        }
    }
}

fn of(category: Option<Category>) -> String {
    category.map_or_else(|| "one grant's own".to_owned(), |category| category.to_string())
}

fn are(n: u64) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

//! What a provider would see, by category, and why.

use std::collections::BTreeMap;

use keepwell_protocol::consent::{Allowed, Decision};
use keepwell_protocol::domain::{Category, RecordId};
use keepwell_wallet::{PreviewedRecord, Query, RecordSummary, Wallet};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::Report;
use crate::record_list::{day, status, title, value};
use crate::table;

/// The answer of `grant preview` and of `grant new --dry-run`.
///
/// # Errors
/// That the wallet can't be read.
pub(crate) fn report(previewed: &[PreviewedRecord], wallet: &Wallet) -> Result<Report, Failure> {
    let summaries = summaries(wallet)?;
    let mut groups: BTreeMap<Category, Group<'_>> = BTreeMap::new();
    let mut referenced: BTreeMap<&str, u64> = BTreeMap::new();
    let mut listed = Vec::new();
    for record in previewed {
        let Some(summary) = summaries.get(&record.id) else { continue };
        listed.push(document(record, summary));
        if record.decision == Decision::Allow(Allowed::Referenced) {
            *referenced.entry(&summary.resource_type).or_default() += 1;
            continue;
        }
        let group = groups.entry(summary.category).or_default();
        group.records += 1;
        if record.decision.is_allowed() {
            group.seen.push(summary);
        }
    }
    let totals: Vec<Value> = groups
        .iter()
        .map(|(category, group)| {
            json!({ "category": category, "seen": group.seen.len(), "records": group.records })
        })
        .collect();
    let references: Vec<Value> =
        referenced.iter().map(|(name, count)| json!({ "type": name, "records": count })).collect();
    let mut report =
        Report::new(json!({ "records": listed, "categories": totals, "references": references }));
    for (category, group) in groups.iter_mut().filter(|(_, group)| !group.seen.is_empty()) {
        report = report.line(format!("{category}: {} of {}", group.seen.len(), group.records));
        group.seen.sort_by(|one, other| other.date.cmp(&one.date));
        let most = if table::is_on_terminal() { MOST_TITLES } else { group.seen.len() };
        let mut rows = Vec::new();
        for record in group.seen.iter().take(most) {
            let id = wallet.shortest_id(&record.id)?;
            rows.push(vec![title(record).to_owned(), value(record), day(record), status(record), id]);
        }
        report = report.rows(&rows);
        report = match group.seen.len().saturating_sub(most) {
            0 => report.line(""),
            more => report.line(format!("… and {more} older")).line(""),
        };
    }
    Ok(totals_of(report, &groups, &referenced))
}

/// Titles of a category that a screen has room for; a file has all of them.
const MOST_TITLES: usize = 20;

/// The records of one category.
#[derive(Default)]
struct Group<'a> {
    seen: Vec<&'a RecordSummary>,
    records: usize,
}

fn totals_of(
    report: Report,
    groups: &BTreeMap<Category, Group<'_>>,
    referenced: &BTreeMap<&str, u64>,
) -> Report {
    let seen: usize = groups.values().map(|group| group.seen.len()).sum();
    let records: usize = groups.values().map(|group| group.records).sum();
    let report = match seen {
        0 => report.line("Nothing would be seen."),
        _ => report.line(format!("would be seen: {seen} of {records}")),
    };
    let listed =
        |counts: Vec<String>| if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    let types = referenced.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let kept = groups.iter().filter_map(|(category, group)| {
        let kept = group.records - group.seen.len();
        (kept > 0).then(|| format!("{kept} {category}"))
    });
    report
        .line(format!("with them goes what they refer to: {}", listed(types)))
        .line(format!("would not be seen: {}", listed(kept.collect())))
}

fn document(record: &PreviewedRecord, summary: &RecordSummary) -> Value {
    json!({
        "id": record.id,
        "decision": if record.decision.is_allowed() { "allow" } else { "deny" },
        "because": record.decision.because(),
        "type": summary.resource_type,
        "category": summary.category,
        "date": summary.date,
        "display": summary.display,
        "validity": summary.validities.first().name(),
    })
}

/// Every record as lists show it.
fn summaries(wallet: &Wallet) -> Result<BTreeMap<RecordId, RecordSummary>, Failure> {
    let mut query = Query { limit: 1_000, ..Query::default() };
    let mut all = BTreeMap::new();
    loop {
        let page = wallet.records(&query)?;
        all.extend(page.records.into_iter().map(|record| (record.id, record)));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(all),
        }
    }
}

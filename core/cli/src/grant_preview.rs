//! What a provider would see, by category, and why.

use keepwell_protocol::consent::{Allowed, Decision};
use keepwell_wallet::{AccessPreview, PreviewedRecord, RecordSummary, Wallet};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::record_list::{day, status, title, value};
use crate::report::Report;
use crate::sensitive_marks::{SensitiveMarks, WHAT_MARKS_MEAN, with_room_for};
use crate::table;

/// The answer of `grant preview` and of `grant new --dry-run`.
///
/// # Errors
/// That the wallet can't be read.
pub(crate) fn report(preview: &AccessPreview, wallet: &Wallet) -> Result<Report, Failure> {
    let decided = preview.categories.iter().flat_map(|group| group.seen.iter().chain(&group.unseen));
    let marks = SensitiveMarks::of(&preview.sensitive);
    let document = |record: &RecordSummary, decision| document(record, decision, &marks);
    let decided = decided.map(|one| document(&one.record, one.decision));
    let along = preview.referenced.iter();
    let along = along.map(|record| document(record, Decision::Allow(Allowed::Referenced)));
    let totals = preview.categories.iter().map(|group| {
        let records = group.seen.len() + group.unseen.len();
        json!({ "category": group.category, "seen": group.seen.len(), "records": records })
    });
    let references = preview.references.iter();
    let references = references.map(|of| json!({ "type": of.resource_type, "records": of.count }));
    let mut report = Report::new(json!({
        "records": decided.chain(along).collect::<Vec<_>>(),
        "categories": totals.collect::<Vec<_>>(),
        "references": references.collect::<Vec<_>>(),
    }));
    for group in preview.categories.iter().filter(|group| !group.seen.is_empty()) {
        let records = group.seen.len() + group.unseen.len();
        report = report.line(format!("{}: {} of {records}", group.category, group.seen.len()));
        let most = if table::is_on_terminal() { MOST_TITLES } else { group.seen.len() };
        let mut rows = Vec::new();
        let is_marked = |one: &PreviewedRecord| !marks.kinds(&one.record.id).is_empty();
        let (fitting, left) = with_room_for(most, &group.seen, is_marked);
        for one in fitting {
            let record = &one.record;
            let id = wallet.shortest_id(&record.id)?;
            let mark = marks.cell(&record.id);
            rows.push(vec![title(record).to_owned(), value(record), day(record), status(record), mark, id]);
        }
        report = report.rows(&rows);
        report = match left {
            0 => report.line(""),
            more => report.line(format!("… and {more} more, none of them marked")).line(""),
        };
    }
    let report = totals_of(report, preview);
    Ok(if preview.sensitive.is_empty() { report } else { report.line(WHAT_MARKS_MEAN) })
}

/// Titles of a category that a screen has room for; a file has all of them.
const MOST_TITLES: usize = 20;

fn totals_of(report: Report, preview: &AccessPreview) -> Report {
    let seen: usize = preview.categories.iter().map(|group| group.seen.len()).sum();
    let unseen: usize = preview.categories.iter().map(|group| group.unseen.len()).sum();
    let report = match seen {
        0 => report.line("Nothing would be seen."),
        _ => report.line(format!("would be seen: {seen} of {}", seen + unseen)),
    };
    let listed =
        |counts: Vec<String>| if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    let types = preview.references.iter().map(|of| format!("{} {}", of.count, of.resource_type)).collect();
    let kept = preview.categories.iter().filter(|group| !group.unseen.is_empty());
    let kept = kept.map(|group| format!("{} {}", group.unseen.len(), group.category)).collect();
    report
        .line(format!("with them goes what they refer to: {}", listed(types)))
        .line(format!("would not be seen: {}", listed(kept)))
}

fn document(record: &RecordSummary, decision: Decision, marks: &SensitiveMarks<'_>) -> Value {
    json!({
        "id": record.id,
        "decision": if decision.is_allowed() { "allow" } else { "deny" },
        "because": decision.because(),
        "type": record.resource_type,
        "category": record.category,
        "date": record.date,
        "display": record.display,
        "validity": record.validities.first().name(),
        "sensitive": marks.kinds(&record.id),
    })
}

//! What a provider may hold, record by record.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{ProviderId, RecordId};
use keepwell_wallet::{
    Audit, AuditedEvent, ExposedVersion, Exposure, Query, RecordSummary, UnshownRead, Wallet,
};
use serde_json::{Map, Value, json};

use crate::audit::{log_document, log_line};
use crate::failure::Failure;
use crate::record_list::{day, title};
use crate::report::{Report, counted};
use crate::shown_time::shown;

/// The answer of `grant exposure`: what the host's log shows, and what the provider's own log says beyond that.
///
/// # Errors
/// That the wallet can't be read.
pub(crate) fn report(
    exposure: &Exposure,
    audit: &Audit,
    provider: ProviderId,
    wallet: &Wallet,
) -> Result<Report, Failure> {
    let records: Vec<Value> = exposure.versions.iter().map(document).collect();
    let log = audit.logs.iter().find(|log| log.provider == provider);
    let unshown = audit.events.iter().filter_map(unshown).filter(|read| read.provider == provider);
    let unshown: Vec<&UnshownRead> = unshown.collect();
    let times: Vec<Value> = unshown.iter().map(|read| json!(read.time)).collect();
    let report = Report::new(json!({
        "records": records,
        "own_only": exposure.is_own_only,
        "log": log.map(log_document),
        "reads_not_shown": times,
    }));
    let report = of_records(report, exposure, wallet)?;
    let report = log.map(log_line).into_iter().fold(report, Report::line);
    Ok(match unshown.len() {
        0 => report,
        n => report.line(format!(
            "That log has {} that your host does not show: what was read then is not known.",
            counted(n, "read", "reads")
        )),
    })
}

fn unshown(event: &AuditedEvent) -> Option<&UnshownRead> {
    match event {
        AuditedEvent::Unshown(read) => Some(read),
        AuditedEvent::Happened { .. } => None,
    }
}

fn of_records(report: Report, exposure: &Exposure, wallet: &Wallet) -> Result<Report, Failure> {
    let report = match exposure.is_own_only {
        true => report.line("The host was not reached, which knows what they did read."),
        false => report,
    };
    if exposure.versions.is_empty() {
        return Ok(report.line("They could read nothing."));
    }
    let known = summaries(wallet)?;
    let mut rows = Vec::new();
    for one in &exposure.versions {
        let summary = known.get(&one.record);
        rows.push(vec![
            summary.map_or_else(|| one.record.to_string(), |summary| title(summary).to_owned()),
            summary.map(day).unwrap_or_default(),
            one.version.to_string(),
            shown(one.could_read_until),
            match (one.read_at, one.is_read_proved) {
                (None, _) => String::new(),
                (Some(time), true) => shown(time),
                (Some(time), false) => format!("{} (not proved)", shown(time)),
            },
        ]);
    }
    let read = exposure.versions.iter().filter(|one| one.read_at.is_some()).count();
    let could = counted(rows.len(), "version", "versions");
    let report = report.table(&["record", "date", "version", "could be read until", "read"], &rows);
    Ok(report.line(match exposure.is_own_only {
        true => format!("They could read {could}."),
        false => format!("They could read {could}, and read {read} of them. What they read they may keep."),
    }))
}

fn document(one: &ExposedVersion) -> Value {
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("id", json!(one.record));
    set("version", json!(one.version));
    set("could_read_from", json!(one.could_read_from));
    set("could_read_until", json!(one.could_read_until));
    if let Some(time) = one.read_at {
        set("read_at", json!(time));
        set("proved", json!(one.is_read_proved));
    }
    Value::Object(document)
}

/// Every record that lists show.
fn summaries(wallet: &Wallet) -> Result<BTreeMap<RecordId, RecordSummary>, Failure> {
    let (mut query, mut found) = (Query { limit: PAGE, ..Query::default() }, BTreeMap::new());
    loop {
        let page = wallet.records(&query)?;
        found.extend(page.records.into_iter().map(|record| (record.id, record)));
        query.after = page.next;
        if query.after.is_none() {
            return Ok(found);
        }
    }
}

/// Records of a page.
const PAGE: u32 = 1_000;

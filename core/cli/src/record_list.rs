//! `keepwell record list`: the records of a page, for people and for programs.

use keepwell_chart::{Flag, english};
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::{DateBound, Validity};
use keepwell_wallet::{Cursor, Query, RecordOrder, RecordSummary, Wallet};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::table;
use crate::unlock::unlock;

/// Options of `record list`.
#[derive(clap::Args, Debug)]
pub(crate) struct ListFlags {
    /// Only this category
    #[arg(long, value_name = "C", value_parser = Category::parse)]
    category: Option<Category>,
    /// Only records with all of these: the beginnings of words, or any part of what is written without blanks
    #[arg(long, value_name = "T")]
    text: Option<String>,
    /// Only records dated then or later: a year, a month, a day, or a time
    #[arg(long, value_name = "DATE", value_parser = DateBound::parse)]
    since: Option<DateBound>,
    /// Only records dated before that
    #[arg(long, value_name = "DATE", value_parser = DateBound::parse)]
    until: Option<DateBound>,
    /// What stands first: the newest by the date that it shows, or what came last
    #[arg(long = "by", value_name = "ORDER", value_enum, default_value_t)]
    order: Order,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = Query::DEFAULT_LIMIT, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Go on where a page ended: its `next`
    #[arg(long, value_name = "CURSOR", value_parser = Cursor::parse)]
    after: Option<Cursor>,
    #[command(flatten)]
    pin: PinSource,
}

/// The orders of a list.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Order {
    /// The newest by the date that it shows; the undated come last
    #[default]
    Date,
    /// What came last
    Arrival,
}

impl From<Order> for RecordOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Date => Self::NewestFirst,
            Order::Arrival => Self::LatestArrival,
        }
    }
}

/// Runs `keepwell record list`.
pub(crate) fn run(flags: ListFlags, caller: &Caller) -> Result<Answer, Failure> {
    let (wallet, _) = unlock(caller, &flags.pin)?;
    let page = wallet.records(&Query {
        category: flags.category,
        text: flags.text,
        since: flags.since,
        until: flags.until,
        order: flags.order.into(),
        limit: flags.limit,
        after: flags.after,
    })?;
    let next = page.next.map(|cursor| cursor.to_string());
    let document = json!({ "records": page.records.iter().map(summary).collect::<Vec<_>>(), "next": next });
    let report = table(Report::new(document), &page.records, &wallet)?;
    Ok(match next {
        Some(next) => report.line(format!("more: --after {next}")),
        None => report,
    }
    .into())
}

fn summary(record: &RecordSummary) -> Value {
    json!({
        "id": record.id,
        "type": record.resource_type,
        "category": record.category,
        "date": record.date,
        "code": record.code,
        "display": record.display,
        "value": record.value.as_ref().map(english::value),
        "flag": record.flag.map(Flag::name),
        "status": record.status,
        "validity": record.validities.first().name(),
        "validities": record.validities.iter().map(Validity::name).collect::<Vec<_>>(),
        "source": record.source,
        "arrived": record.arrived_at,
    })
}

/// What a person looks for first stands first; a terminal has no room for the rest.
fn table(report: Report, records: &[RecordSummary], wallet: &Wallet) -> Result<Report, Failure> {
    let is_brief = table::is_on_terminal();
    let mut rows = Vec::new();
    for record in records {
        let id = wallet.shortest_id(&record.id)?;
        let mut row = vec![title(record).to_owned(), value(record), day(record), status(record), id];
        if !is_brief {
            row.extend([record.category.to_string(), record.resource_type.clone(), record.source.clone()]);
        }
        rows.push(row);
    }
    let headings = ["what", "value", "day", "status", "record", "category", "type", "source"];
    let shown = if is_brief { headings.len() - 3 } else { headings.len() };
    Ok(report.table(headings.get(..shown).unwrap_or(&headings), &rows))
}

/// What to call a record.
pub(crate) fn title(record: &RecordSummary) -> &str {
    english::name(record.display.as_deref(), &record.resource_type)
}

/// The value with what its source says about it.
pub(crate) fn value(record: &RecordSummary) -> String {
    english::flagged(record.value.as_ref(), record.flag)
}

/// Why it is to be read with care; of what holds its status.
pub(crate) fn status(record: &RecordSummary) -> String {
    match record.validities.first() {
        Validity::Valid => record.status.clone().unwrap_or_default(),
        validity => validity.name().to_owned(),
    }
}

/// The day, month or year of a record, as written; text that is no date is shown as it is.
pub(crate) fn day(record: &RecordSummary) -> String {
    let date = record.date.as_deref().unwrap_or_default();
    match date.get(..date.len().min("YYYY-MM-DD".len())) {
        Some(day) if DateBound::parse(day).is_ok() => day.to_owned(),
        _ => date.to_owned(),
    }
}

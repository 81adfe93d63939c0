//! What holds now of a chart, in lists that a screen has room for.

use keepwell_chart::{Chart, Label, RecordKind, Row, Series, Summary, SummaryRow, TableRow, english};
use keepwell_protocol::domain::Category;

use crate::labels;
use crate::trend::{MOST_POINTS, Trend};

/// The lists of a summary.
pub(crate) struct SummaryView<'c> {
    /// Allergies, problems, medicines, visits.
    pub(crate) lists: Vec<List<'c>>,
    pub(crate) results: Vec<ResultView<'c>>,
    /// What is said where there are none.
    pub(crate) no_results: &'static str,
    /// How many tests are not among them.
    pub(crate) more_results: usize,
}

/// Records of a category.
pub(crate) struct List<'c> {
    pub(crate) category: Category,
    pub(crate) heading: &'static str,
    /// What is said where there are none.
    pub(crate) empty: &'static str,
    pub(crate) items: Vec<Item<'c>>,
    /// How many are not among them.
    pub(crate) more: usize,
}

/// A record in a line.
pub(crate) struct Item<'c> {
    pub(crate) name: String,
    pub(crate) row: &'c TableRow,
    /// What else there is to know in a hurry.
    pub(crate) details: String,
}

/// A test with its newest value.
pub(crate) struct ResultView<'c> {
    pub(crate) name: String,
    pub(crate) newest: SummaryRow<'c>,
    /// The value before it, of what is not drawn.
    pub(crate) before: Option<String>,
    pub(crate) trend: Option<Trend>,
}

impl<'c> SummaryView<'c> {
    /// `categories` are those of which records may be there.
    pub(crate) fn of(chart: &'c Chart, categories: &[Category]) -> Self {
        let summary = Summary::of(chart);
        let list = |category,
                    heading,
                    rows: Vec<SummaryRow<'c>>,
                    most,
                    details: fn(&SummaryRow<'c>) -> Vec<String>| {
            let item = |it: &SummaryRow<'c>| Item {
                name: name(&it.row.row),
                row: it.row,
                details: [coded(it), details(it)].concat().join(" · "),
            };
            List {
                category,
                heading,
                empty: empty(chart, &[category], categories),
                more: rows.len().saturating_sub(most),
                items: rows.iter().take(most).map(item).collect(),
            }
        };
        let lists = vec![
            // To leave one out is the worse fault.
            list(Category::Allergies, "Allergies", summary.allergies, usize::MAX, |it| {
                said(it, &[Label::Reaction])
            }),
            list(Category::Conditions, "Active problems", summary.problems, MOST, |it| {
                [said(it, &[Label::Severity]), since(it, &[Label::Began, Label::Date])].concat()
            }),
            // Nor this: what is taken longest would be it.
            list(Category::Medications, "Current medicines", summary.medicines, usize::MAX, |it| {
                [intent(it), said(it, &[Label::Dosage]), also(it, Label::Dosage), since(it, &[Label::Date])]
                    .concat()
            }),
            list(Category::Encounters, "Recent visits", summary.visits, MOST_VISITS, |it| {
                let when = it.row.row.when.iter().filter_map(|when| when.start.clone()).collect();
                [when, said(it, &[Label::Reason, Label::Place])].concat()
            }),
        ];
        let results = summary.results.iter().take(MOST).filter_map(ResultView::of).collect();
        let no_results = empty(chart, &[Category::Results, Category::Vitals], categories);
        Self { lists, results, no_results, more_results: summary.results.len().saturating_sub(MOST) }
    }
}

/// What is said of categories of which nothing is listed: that no record says so is not that it is not so.
fn empty(chart: &Chart, of: &[Category], shown: &[Category]) -> &'static str {
    let sections = chart.sections.iter().filter(|section| of.contains(&section.category));
    let mut rows = sections.flat_map(|section| &section.tables).flat_map(|table| &table.rows).peekable();
    let has_rows = rows.peek().is_some();
    match has_rows {
        true if rows.all(|row| row.is_over) => "None that is current; what is past is below.",
        true => "None that this list can tell; look at what is below.",
        false if of.iter().any(|category| shown.contains(category)) => "None in these records.",
        false => "Not among what was shared.",
    }
}

impl<'c> ResultView<'c> {
    fn of(series: &Series<'c>) -> Option<Self> {
        let mut valued = series.valued();
        let newest = valued.next()?;
        let trend = Trend::of(&series.trend(MOST_POINTS));
        let before = valued.next().filter(|_| trend.is_none()).and_then(|it| {
            let value = english::value(it.row.row.value.as_ref()?);
            // The answers to a whole questionnaire are read below.
            (value.chars().count() <= LONGEST_BEFORE).then_some(())?;
            Some(match &it.row.row.when {
                Some(when) => format!("{value} ({})", english::when(when)),
                None => value,
            })
        });
        Some(Self { name: name(&newest.row.row), newest, before, trend })
    }
}

fn name(row: &Row) -> String {
    match row.kind {
        RecordKind::Visit if row.title.is_none() => "Visit".to_owned(),
        _ => english::name(row.title.as_deref(), &row.resource_type).to_owned(),
    }
}

/// What stands in some columns of a record, a text for each line.
fn said(it: &SummaryRow<'_>, labels: &[Label]) -> Vec<String> {
    let cells = labels.iter().filter_map(|label| it.cell(*label));
    cells.flat_map(|cell| &cell.lines).map(|line| english::value(&line.value)).collect()
}

/// What its codes call it, where its title is another.
fn coded(it: &SummaryRow<'_>) -> Vec<String> {
    let lines = it.cell(Label::Title).map(|cell| &cell.lines[..]).unwrap_or_default();
    let codes = lines.iter().skip(1).map(|line| english::value(&line.value));
    codes.filter_map(|code| code.split_once(": ").map(|(_, name)| format!("coded as {name}"))).collect()
}

/// What belongs to what stands in a column.
fn also(it: &SummaryRow<'_>, label: Label) -> Vec<String> {
    it.cell(label).into_iter().flat_map(|cell| &cell.also).map(labels::fact).collect()
}

/// What it is where it is no order: a plan, a proposal.
fn intent(it: &SummaryRow<'_>) -> Vec<String> {
    let facts = it.cell(Label::Status).into_iter().flat_map(|cell| &cell.also);
    let intents = facts.filter(|fact| fact.label == Label::Intent).flat_map(|fact| &fact.lines);
    intents.map(|line| english::value(&line.value)).filter(|intent| intent != "order").collect()
}

/// Since when it is so: the first of the columns that says something.
fn since(it: &SummaryRow<'_>, labels: &[Label]) -> Vec<String> {
    let first = labels.iter().find_map(|label| said(it, &[*label]).into_iter().next());
    // A period says so itself; of a time the day is enough.
    let worded = |text: String| match text.split_once(' ') {
        Some((day, time)) if day.len() == 10 && time.len() == 5 => format!("since {day}"),
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => format!("since {text}"),
        _ => text,
    };
    first.map(worded).into_iter().collect()
}

/// Characters of the longest value that stands beside a newer one.
const LONGEST_BEFORE: usize = 60;
/// The most problems and results in a list.
const MOST: usize = 12;
const MOST_VISITS: usize = 3;

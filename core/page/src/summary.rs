//! What holds now of a chart, in lists that a screen has room for.

use keepwell_chart::{Chart, Label, RecordKind, Row, Series, Summary, SummaryRow, TableRow, english};
use keepwell_protocol::domain::Category;

use crate::records::MOST_POINTS;
use crate::trend::Trend;

/// The lists of a summary.
pub(crate) struct SummaryView<'c> {
    /// Allergies, problems, medicines, visits.
    pub(crate) lists: Vec<List<'c>>,
    pub(crate) results: Vec<ResultView<'c>>,
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
    pub(crate) fn of(chart: &'c Chart) -> Self {
        let summary = Summary::of(chart);
        let list = |category,
                    heading,
                    rows: Vec<SummaryRow<'c>>,
                    most,
                    details: fn(&SummaryRow<'c>) -> Vec<String>| {
            let is_there = chart.sections.iter().any(|section| section.category == category);
            let item = |it: &SummaryRow<'c>| Item {
                name: name(&it.row.row),
                row: it.row,
                details: details(it).join(" · "),
            };
            List {
                category,
                heading,
                // That no record says so is not that it is not so.
                empty: if is_there {
                    "None that is current; what is past is below."
                } else {
                    "None in these records."
                },
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
            list(Category::Medications, "Current medicines", summary.medicines, MOST, |it| {
                [said(it, &[Label::Dosage]), since(it, &[Label::Date])].concat()
            }),
            list(Category::Encounters, "Recent visits", summary.visits, MOST_VISITS, |it| {
                let when = it.row.row.when.iter().filter_map(|when| when.start.clone()).collect();
                [when, said(it, &[Label::Reason, Label::Place])].concat()
            }),
        ];
        let results = summary.results.iter().take(MOST).filter_map(ResultView::of).collect();
        Self { lists, results, more_results: summary.results.len().saturating_sub(MOST) }
    }
}

impl<'c> ResultView<'c> {
    fn of(series: &Series<'c>) -> Option<Self> {
        let mut valued = series.valued();
        let newest = valued.next()?;
        let trend = Trend::of(&series.trend(MOST_POINTS));
        let before = valued.next().filter(|_| trend.is_none()).and_then(|it| {
            let value = english::value(it.row.row.value.as_ref()?);
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

/// The most problems, medicines and results in a list.
const MOST: usize = 12;
const MOST_VISITS: usize = 3;

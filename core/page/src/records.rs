//! A chart as HTML.

use askama::Template;
use keepwell_chart::{Chart, Label, RecordKind, Section, Series, SummaryRow, Table, TableRow, Tone, english};
use keepwell_protocol::domain::Category;

use crate::labels;
use crate::summary::SummaryView;
use crate::trend::{MOST_POINTS, Trend};

/// What of a chart is written, and how.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shown<'a> {
    /// Whether each row has a link to its resource.
    pub files: bool,
    /// Of how many rows of a kind the newest are written, of each test at least one, with a link to the address `?category=` of all of them.
    pub most_rows: usize,
    /// Whether only a part of the record is in the chart: it stands without a summary, unfolded.
    pub is_part: bool,
    /// Of which categories records may be there; of any other it is not said that there are none.
    pub categories: &'a [Category],
}

/// The whole record, every row, no files.
impl Default for Shown<'_> {
    fn default() -> Self {
        Self { files: false, most_rows: usize::MAX, is_part: false, categories: Category::ALL }
    }
}

/// Writes a chart, to stand within a page that has [`STYLE`](crate::STYLE): what holds now, then a folded section for each category, the
/// current before the past and measurements by their test. Nothing is folded where there is little, and nothing is put together where
/// they are about more than one person, which is said.
///
/// # Errors
/// None that depends on the chart: writing to memory does not fail.
pub fn records(chart: &Chart, shown: Shown<'_>) -> Result<String, askama::Error> {
    let count: usize = chart.sections.iter().map(|section| section.count).sum();
    Records {
        summary: (!shown.is_part && count > 0 && !chart.is_of_several)
            .then(|| SummaryView::of(chart, shown.categories)),
        is_of_several: chart.is_of_several,
        sections: chart.sections.iter().map(|section| SectionView::of(section, shown)).collect(),
        is_open: shown.is_part || count <= LITTLE,
        files: shown.files,
    }
    .render()
}

/// So many records are looked through without unfolding any.
const LITTLE: usize = 20;

#[derive(Template)]
#[template(path = "records.html")]
struct Records<'c> {
    summary: Option<SummaryView<'c>>,
    is_of_several: bool,
    sections: Vec<SectionView<'c>>,
    is_open: bool,
    files: bool,
}

struct SectionView<'c> {
    section: &'c Section,
    heading: &'static str,
    /// How many of them are over, where some are and others not.
    past: Option<usize>,
    tables: Vec<TableView<'c>>,
}

/// The records of a kind, in one table or in one for each test.
struct TableView<'c> {
    table: &'c Table,
    heading: String,
    /// The same for who hears it without what stands around it.
    label: String,
    /// Rows that stand together; none where they are told by test.
    groups: Vec<Group<'c>>,
    tests: Vec<TestView<'c>>,
    shown: usize,
}

/// Rows of a table under a heading of their own.
struct Group<'c> {
    heading: Option<&'static str>,
    rows: Vec<&'c TableRow>,
}

/// The results of a test.
struct TestView<'c> {
    name: &'c str,
    /// Its table for who hears it without what stands around it. A record's own words stand in no attribute.
    label: String,
    newest: Option<SummaryRow<'c>>,
    trend: Option<Trend>,
    groups: Vec<Group<'c>>,
    count: usize,
}

impl<'c> SectionView<'c> {
    fn of(section: &'c Section, shown: Shown<'_>) -> Self {
        let heading = english::category(section.category);
        let past = section.tables.iter().filter(|table| is_told_apart(table));
        let past = past.flat_map(|table| &table.rows).filter(|row| row.is_over).count();
        Self {
            section,
            heading,
            past: (past > 0).then_some(past),
            tables: section
                .tables
                .iter()
                .map(|table| TableView::of(table, heading, shown.most_rows))
                .collect(),
        }
    }
}

/// Whether it matters of such records what is current and what is past.
fn is_told_apart(table: &Table) -> bool {
    match table.kind {
        RecordKind::Allergy
        | RecordKind::Problem
        | RecordKind::Prescription
        | RecordKind::MedicineTaken
        | RecordKind::Order => true,
        _ => table.resource_type == "CarePlan",
    }
}

impl<'c> TableView<'c> {
    fn of(table: &'c Table, section: &str, most_rows: usize) -> Self {
        let heading = labels::table(table).into_owned();
        let label = format!("{section}: {heading}");
        if table.kind == RecordKind::Observation {
            // What is measured each minute is not to hide what is measured each year.
            let of_each = |tests: &[Series<'_>], most: usize| -> usize {
                tests.iter().map(|series| series.rows.len().min(most)).sum()
            };
            let series = Series::of([table]);
            let mut most = most_rows;
            while most > 1 && of_each(&series, most) > most_rows {
                most /= 2;
            }
            let tests = series.iter().enumerate();
            let tests =
                tests.map(|(at, series)| TestView::of(series, format!("{label}, test {}", at + 1), most));
            let (tests, shown) = (tests.collect(), of_each(&series, most));
            return Self { table, heading, label, groups: Vec::new(), tests, shown };
        }
        let (past, current): (Vec<&TableRow>, Vec<_>) =
            table.rows.iter().partition(|row| is_told_apart(table) && row.is_over);
        let is_mixed = !current.is_empty() && !past.is_empty();
        let mut left = most_rows;
        let mut group = |name, mut rows: Vec<&'c TableRow>| {
            rows.truncate(left);
            left -= rows.len();
            (!rows.is_empty()).then_some(Group { heading: is_mixed.then_some(name), rows })
        };
        let groups = [group("Current", current), group("Past", past)].into_iter().flatten().collect();
        Self { table, heading, label, groups, tests: Vec::new(), shown: most_rows - left }
    }
}

impl<'c> TestView<'c> {
    fn of(series: &Series<'c>, label: String, most: usize) -> Self {
        let name = series.rows.iter().find_map(|it| it.row.row.title.as_deref());
        Self {
            name: name.unwrap_or("Not named"),
            label,
            newest: series.valued().next(),
            trend: Trend::of(&series.trend(MOST_POINTS)),
            count: series.rows.len(),
            groups: vec![Group {
                heading: None,
                rows: series.rows.iter().take(most).map(|it| it.row).collect(),
            }],
        }
    }
}

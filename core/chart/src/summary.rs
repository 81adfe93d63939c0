//! What somebody in a hurry looks for first: the part of a chart that holds now.

use std::collections::HashMap;

use keepwell_protocol::domain::Category;

use crate::chart::{Cell, Chart, Section, Table, TableRow};
use crate::label::{Label, RecordKind};
use crate::value::Value;

/// What holds now of a chart, by its records' codes. Nothing that is withdrawn is in it, and nothing is cut off: the chart still has
/// everything, and a screen says where it shows less.
///
/// ```
/// use keepwell_chart::{Chart, Entry, Summary};
/// use keepwell_protocol::domain::Category;
/// let nuts = br#"{"resourceType":"AllergyIntolerance","code":{"text":"Nuts"},"criticality":"high"}"#;
/// let chart = Chart::new(&[Entry { category: Category::Allergies, full_url: None, resource: nuts, file: None }]);
/// assert!(Summary::of(&chart).allergies[0].row.is_severe);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Summary<'c> {
    /// Allergies that are not over, the severe first, else newest first.
    pub allergies: Vec<SummaryRow<'c>>,
    /// Problems that are not over, the severe first, else newest first.
    pub problems: Vec<SummaryRow<'c>>,
    /// Medicines that are prescribed or taken now, newest first.
    pub medicines: Vec<SummaryRow<'c>>,
    /// The results and vital signs of each test that has a value: those whose newest has a flag first, the gravest before; else newest
    /// first.
    pub results: Vec<Series<'c>>,
    /// Visits that are not only planned, newest first.
    pub visits: Vec<SummaryRow<'c>>,
}

/// A row with the table that it is of.
#[derive(Clone, Copy, Debug)]
pub struct SummaryRow<'c> {
    /// Whose columns tell the row's cells apart.
    pub table: &'c Table,
    /// What is told of one record.
    pub row: &'c TableRow,
}

/// The results of one test.
#[derive(Clone, Debug)]
pub struct Series<'c> {
    /// All of them, newest first; never empty. What is withdrawn or has no value is among them.
    pub rows: Vec<SummaryRow<'c>>,
}

impl<'c> Summary<'c> {
    /// Picks it out of a chart that was not shortened.
    pub fn of(chart: &'c Chart) -> Self {
        let current = |kinds: &[RecordKind]| {
            let mut rows: Vec<SummaryRow<'c>> =
                rows(chart).filter(|it| kinds.contains(&it.table.kind) && !it.row.is_over).collect();
            rows.sort_by_cached_key(|it| (!it.row.is_severe, it.row.newest_first()));
            rows
        };
        let measured = |section: &&Section| matches!(section.category, Category::Results | Category::Vitals);
        let mut results =
            Series::of(chart.sections.iter().filter(measured).flat_map(|section| &section.tables));
        results.retain(|series| series.valued().next().is_some());
        let flag = |series: &Series<'_>| series.valued().next().and_then(|newest| newest.row.row.flag);
        results.sort_by_key(|series| (flag(series).is_none(), flag(series)));
        Self {
            allergies: current(&[RecordKind::Allergy]),
            problems: current(&[RecordKind::Problem]),
            medicines: current(&[RecordKind::Prescription, RecordKind::MedicineTaken]),
            results,
            visits: current(&[RecordKind::Visit]).into_iter().filter(|it| !it.row.is_planned).collect(),
        }
    }
}

impl<'c> Series<'c> {
    /// Groups the measurements of some tables by test: by code or, where there is none, by title. What has neither stands alone. The test
    /// that was done last comes first.
    pub fn of(tables: impl IntoIterator<Item = &'c Table>) -> Vec<Self> {
        let tables = tables.into_iter().filter(|table| table.kind == RecordKind::Observation);
        let mut rows: Vec<SummaryRow<'c>> =
            tables.flat_map(|table| table.rows.iter().map(move |row| SummaryRow { table, row })).collect();
        rows.sort_by_cached_key(|it| it.row.newest_first());
        let mut found: Vec<Self> = Vec::new();
        let mut places: HashMap<&'c str, usize> = HashMap::new();
        for it in rows {
            let test = it.row.row.code.as_deref().or(it.row.row.title.as_deref());
            let place = test.and_then(|test| places.get(test)).and_then(|place| found.get_mut(*place));
            match place {
                Some(series) => series.rows.push(it),
                None => {
                    places.extend(test.map(|test| (test, found.len())));
                    found.push(Self { rows: vec![it] });
                }
            }
        }
        found
    }

    /// Those that have a value and hold, newest first.
    pub fn valued(&self) -> impl Iterator<Item = SummaryRow<'c>> {
        let has_value = |it: &SummaryRow<'_>| !matches!(it.row.row.value, None | Some(Value::Absent { .. }));
        self.rows.iter().copied().filter(move |it| !it.row.is_over && has_value(it))
    }

    /// At most so many of its numbers up to the newest, the oldest first, as long as they are of its unit; empty where there are fewer
    /// than two.
    pub fn trend(&self, most: usize) -> Vec<f64> {
        let Some(scale) = self.valued().next().and_then(|newest| newest.row.scale.as_ref()) else {
            return Vec::new();
        };
        let of_scale = self.valued().take_while(|it| it.row.scale.as_ref() == Some(scale));
        let numbers = of_scale.filter_map(|it| Some(it.row.row.measure.as_ref()?.number));
        let mut numbers: Vec<f64> = numbers.take(most).collect();
        numbers.reverse();
        if numbers.len() < 2 { Vec::new() } else { numbers }
    }
}

fn rows(chart: &Chart) -> impl Iterator<Item = SummaryRow<'_>> {
    let tables = chart.sections.iter().flat_map(|section| &section.tables);
    tables.flat_map(|table| table.rows.iter().map(move |row| SummaryRow { table, row }))
}

impl<'c> SummaryRow<'c> {
    /// What it says in a column; nothing where its table has no such column.
    pub fn cell(&self, label: Label) -> Option<&'c Cell> {
        let place = self.table.columns.iter().position(|column| *column == label)?;
        self.row.cells.get(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Entry;

    fn chart(records: &[(Category, &str)]) -> Chart {
        let texts: Vec<String> = records.iter().map(|(_, members)| format!("{{{members}}}")).collect();
        let entries = records.iter().zip(&texts).map(|((category, _), text)| Entry {
            category: *category,
            full_url: None,
            resource: text.as_bytes(),
            file: None,
        });
        Chart::new(&entries.collect::<Vec<_>>())
    }

    fn titles(rows: &[SummaryRow<'_>]) -> Vec<String> {
        rows.iter().filter_map(|it| it.row.row.title.clone()).collect()
    }

    #[test]
    fn holds_what_is_so_now_the_severe_first() {
        let allergy = |members: &str| format!(r#""resourceType":"AllergyIntolerance",{members}"#);
        let medicine = |name: &str, status: &str| {
            format!(
                r#""resourceType":"MedicationRequest","medicationCodeableConcept":{{"text":"{name}"}},"status":"{status}""#
            )
        };
        let records = [
            allergy(r#""code":{"text":"Dust"},"recordedDate":"2024-01-01","criticality":"low""#),
            allergy(r#""code":{"text":"Bees"},"recordedDate":"2001-01-01","criticality":"high""#),
            allergy(
                r#""code":{"text":"Milk"},"criticality":"high","verificationStatus":{"coding":[{"code":"entered-in-error"}]}"#,
            ),
            allergy(r#""code":{"text":"Eggs"},"clinicalStatus":{"coding":[{"code":"resolved"}]}"#),
        ];
        let medicines = [medicine("A", "active"), medicine("B", "stopped"), medicine("C", "on-hold")];
        let mut all: Vec<(Category, &str)> =
            records.iter().map(|it| (Category::Allergies, it.as_str())).collect();
        all.extend(medicines.iter().map(|it| (Category::Medications, it.as_str())));
        let chart = chart(&all);
        let summary = Summary::of(&chart);
        assert_eq!(titles(&summary.allergies), ["Bees", "Dust"]);
        assert_eq!(titles(&summary.medicines), ["A", "C"]);
        assert!(summary.problems.is_empty() && summary.results.is_empty());
    }

    #[test]
    fn of_each_test_the_newest_is_told_with_those_before_it_and_flags_come_first() {
        let result = |name: &str, day: &str, value: &str, more: &str| {
            format!(
                r#""resourceType":"Observation","status":"final","code":{{"coding":[{{"system":"l","code":"{name}"}}]}},"effectiveDateTime":"{day}",{value}{more}"#
            )
        };
        let quantity =
            |value: f64, unit: &str| format!(r#""valueQuantity":{{"value":{value},"unit":"{unit}"}}"#);
        let high = r#","interpretation":[{"coding":[{"code":"H"}]}]"#;
        let critical = r#","interpretation":[{"coding":[{"code":"LL"}]}]"#;
        let records = [
            result("K", "2020-01-01", &quantity(4.0, "mmol/L"), ""),
            result("K", "2022-01-01", &quantity(4.5, "mmol/L"), ""),
            result("K", "2021-01-01", &quantity(4.2, "mmol/L"), high),
            result("Hb", "2019-01-01", &quantity(7.0, "g/dL"), critical),
            result("Na", "2018-01-01", &quantity(150.0, "mmol/L"), high),
            result("Na", "2017-01-01", &quantity(3.0, "g/L"), ""),
            // Newer, but without a value; and one that was an error.
            result("K", "2023-01-01", r#""dataAbsentReason":{"text":"clotted"}"#, ""),
            result("K", "2024-01-01", &quantity(9.0, "mmol/L"), "").replace("final", "entered-in-error"),
        ];
        let all: Vec<(Category, &str)> = records.iter().map(|it| (Category::Results, it.as_str())).collect();
        let chart = chart(&all);
        let summary = Summary::of(&chart);
        let told: Vec<_> = summary
            .results
            .iter()
            .map(|it| (it.rows[0].row.row.title.as_deref().unwrap(), it.trend(8)))
            .collect();
        assert_eq!(told, [("Hb", vec![]), ("Na", vec![]), ("K", vec![4.0, 4.2, 4.5])]);
        assert_eq!(summary.results[1].rows.len(), 2, "another unit is told, and not drawn");
        assert_eq!((summary.results[2].rows.len(), summary.results[2].valued().count()), (5, 3));
        assert_eq!(summary.results[2].trend(2), [4.2, 4.5]);
    }
}

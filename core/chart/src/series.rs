//! Results of one code, over time.

use std::collections::BTreeMap;

use crate::label::RecordKind;
use crate::row::Row;

/// The results of one code, newest first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Series {
    /// What was measured, as the newest says it.
    pub title: Option<String>,
    /// Its code, as `system|code`.
    pub code: String,
    /// The results; at least two.
    pub rows: Vec<Row>,
}

/// Puts results of the same code together, in the order of the codes. What has no code, or is no result, is in none.
pub fn series(rows: impl IntoIterator<Item = Row>) -> Vec<Series> {
    let mut by_code: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        if let (RecordKind::Observation, Some(code)) = (row.kind, &row.code) {
            by_code.entry(code.clone()).or_default().push(row);
        }
    }
    let newest_first = |(code, mut rows): (String, Vec<Row>)| {
        rows.sort_by(|a, b| b.day().cmp(a.day()));
        Series { title: rows.first().and_then(|row| row.title.clone()), code, rows }
    };
    by_code.into_iter().filter(|(_, rows)| rows.len() > 1).map(newest_first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_one_code_are_a_series_and_others_are_not() {
        let result = |code: &str, day: &str| {
            Row::read(
                format!(
                    r#"{{"resourceType":"Observation","code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}],"text":"{code} {day}"}},
                    "effectiveDateTime":"{day}"}}"#
                )
                .as_bytes(),
            )
        };
        let report = Row::read(br#"{"resourceType":"DiagnosticReport","code":{"coding":[{"code":"a"}]}}"#);
        let uncoded = Row::read(br#"{"resourceType":"Observation","code":{"text":"a"}}"#);
        let found = series([
            result("b", "2024"),
            result("a", "2024-01-01"),
            result("a", "2025-01-01"),
            report.clone(),
            report,
            uncoded.clone(),
            uncoded,
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].code.as_str(), found[0].title.as_deref()),
            ("http://loinc.org|a", Some("a 2025-01-01"))
        );
        let days: Vec<_> = found[0].rows.iter().map(Row::day).collect();
        assert_eq!(days, ["2025-01-01", "2024-01-01"]);
    }
}

//! The picture of a record, whatever the record: nothing breaks it, and it is drawn in time.

use std::time::{Duration, Instant};

use keepwell_chart::{Brief, Chart, Entry, Flag, RecordKind, Related, Row, Value, View, title};
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::{DateBound, ResourceHead, Validity};

const RECORDS: &str = include_str!("../../../fixtures/scenarios/pictures.ndjson");

/// Reads it in every way in which a screen does.
fn draw(resource: &[u8]) -> View {
    let entry = Entry { category: Category::Other, full_url: None, resource, file: None };
    let chart = Chart::new(&[entry]);
    assert_eq!(chart.sections.iter().map(|section| section.count).sum::<usize>(), 1);
    let view = View::read(resource, &());
    let row = Row::read(resource);
    assert_eq!(view.row, row);
    // Their parts are read of JSON alone.
    if row.kind != RecordKind::Unreadable {
        let brief =
            Brief { value: row.value, flag: row.flag, status: row.status, validities: row.validities };
        assert_eq!((Brief::read(resource), title(resource)), (brief, row.title));
    }
    view
}

#[test]
fn a_record_that_is_cut_off_or_bent_has_a_picture_all_the_same() {
    for line in RECORDS.lines() {
        for end in 0..line.len() {
            if line.is_char_boundary(end) {
                assert_eq!(Row::read(&line.as_bytes()[..end]).kind, RecordKind::Unreadable);
            }
        }
        // Each value in turn is of a type that FHIR does not allow there.
        for with in ["null", "true", "[]", "{}", "[[{}]]", "-1e9", "\"\"", "{\"a\":[null,{\"text\":{}}]}"] {
            for (at, _) in line.match_indices(':') {
                let rest = &line[at + 1..];
                let Some(end) = value_end(rest) else { continue };
                draw(format!("{}{with}{}", &line[..=at], &rest[end..]).as_bytes());
            }
        }
    }
}

/// Where the JSON value at the beginning ends; nothing within a string.
fn value_end(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

#[test]
fn records_of_any_size_are_drawn_in_bounds() {
    let list = |item: &str, times: usize| vec![item; times].join(",");
    let numbered = |item: fn(usize) -> String| (0..40_000).map(item).collect::<Vec<_>>().join(",");
    let nested = |depth: usize| format!("{}1{}", r#"{"section":["#.repeat(depth), "]}".repeat(depth));
    for json in [
        format!(
            r#"{{"resourceType":"Observation","component":[{}]}}"#,
            list(r#"{"valueString":"a"}"#, 100_000)
        ),
        format!(r#"{{"resourceType":"Composition","section":[{}]}}"#, nested(1_000)),
        format!(r#"{{"resourceType":"Patient","name":[{}]}}"#, list(r#"{"text":"a"}"#, 100_000)),
        format!(
            r#"{{"resourceType":"DiagnosticReport","result":[{}]}}"#,
            list(r##"{"reference":"#a"}"##, 100_000)
        ),
        format!(
            r##"{{"resourceType":"Observation","contained":[{}],"performer":[{}]}}"##,
            numbered(|n| format!(r#"{{"resourceType":"Practitioner","id":"p{n}","name":[{{"text":"a"}}]}}"#)),
            numbered(|n| format!(r##"{{"reference":"#p{n}"}}"##))
        ),
        format!(r#"{{"resourceType":"Observation","code":{{"text":"{}"}}}}"#, "n".repeat(10_000_000)),
        format!(r#"{{"resourceType":"{}"}}"#, "n".repeat(1_000_000)),
        format!(r#"{{"resourceType":"Basic","note":[{}]}}"#, list(r#"{"text":"a"}"#, 100_000)),
        format!(
            r#"{{"resourceType":"DocumentReference","content":[{{"attachment":{{"contentType":"text/html","data":"{}"}}}}]}}"#,
            "PHA+".repeat(5_000_000)
        ),
        format!(r#"{{"resourceType":"Basic","text":{{"div":"{}"}}}}"#, "<p>a&amp;".repeat(1_000_000)),
    ] {
        let begin = Instant::now();
        let view = draw(json.as_bytes());
        assert!(begin.elapsed() < Duration::from_secs(20), "{json:.60}");
        assert!(view.row.title.is_none_or(|title| title.chars().count() <= 2_001));
        assert!(view.components.len() <= 200 && view.results.len() <= 500 && view.passages.len() <= 100);
        assert!(view.passages.iter().all(|passage| passage.text.chars().count() <= 100_001));
    }
}

#[test]
fn contained_results_that_refer_to_each_other_end() {
    let json = br##"{"resourceType":"DiagnosticReport","result":[{"reference":"#a"}],
        "contained":[{"resourceType":"Observation","id":"a","code":{"text":"A"},"hasMember":[{"reference":"#b"}]},
        {"resourceType":"Observation","id":"b","hasMember":[{"reference":"#a"}]}]}"##;
    let view = View::read(json, &());
    assert_eq!(view.results.len(), 1);
    assert_eq!(view.results[0].title.as_deref(), Some("A"));
}

/// A wallet in which every reference leads to the same result.
struct OneResult;

impl Related for OneResult {
    fn row(&self, reference: &str) -> Option<Row> {
        (reference == "Observation/1").then(|| {
            Row::read(br#"{"resourceType":"Observation","code":{"text":"Sodium"},"interpretation":[{"text":"Low"}],"status":"entered-in-error"}"#)
        })
    }
}

#[test]
fn a_report_knows_its_results_and_names_those_that_are_missing() {
    let json = br#"{"resourceType":"DiagnosticReport","result":[{"reference":"Observation/1"},{"reference":"Observation/2","display":"Chloride"}]}"#;
    let view = View::read(json, &OneResult);
    let [result] = view.results.as_slice() else { panic!("one result") };
    assert_eq!((result.flag, result.validities.first()), (Some(Flag::Low), Validity::EnteredInError));
    let missing = view.facts.iter().find(|fact| fact.label == keepwell_chart::Label::Results).unwrap();
    assert_eq!(missing.lines[0].value, Value::Text { text: "Chloride".into() });
}

#[test]
fn the_day_that_is_shown_is_the_one_that_a_filter_goes_by() {
    let bundle: serde_json::Value =
        serde_json::from_str(include_str!("../../../fixtures/lists/dates.json")).unwrap();
    let mut days = 0;
    for entry in bundle["entry"].as_array().unwrap() {
        let resource = entry["resource"].to_string();
        let head = ResourceHead::read(resource.as_bytes()).unwrap();
        let shown = Row::read(resource.as_bytes()).when.and_then(|when| when.start);
        assert_eq!(shown.is_some(), head.date.is_some(), "{resource}");
        let (Some(date), Some(shown)) = (head.date, shown) else { continue };
        // What is no date is shown as it is written.
        let Some(minute) = date.written_minute() else {
            assert_eq!(shown, date.text);
            continue;
        };
        let bound = DateBound::parse(shown.get(..10).unwrap_or(&shown)).unwrap().minute();
        let day = if shown.len() < 10 { bound } else { minute - minute.rem_euclid(1_440) };
        assert_eq!(bound, day, "{shown}");
        days += 1;
    }
    assert!(days > 10);
}

#[test]
fn the_flag_is_that_of_the_whole_else_the_gravest_of_a_part() {
    let flag =
        |members: &str| Row::read(format!(r#"{{"resourceType":"Observation",{members}}}"#).as_bytes()).flag;
    let coded = |code: &str| format!(r#""interpretation":[{{"coding":[{{"code":"{code}"}}]}}]"#);
    assert_eq!(flag(&coded("H")), Some(Flag::High));
    assert_eq!(flag(&coded("N")), None);
    assert_eq!(
        flag(&format!(r#""component":[{{{}}},{{{}}}]"#, coded("L"), coded("HH"))),
        Some(Flag::Critical)
    );
    assert_eq!(flag(&format!(r#"{},"component":[{{{}}}]"#, coded("A"), coded("HH"))), Some(Flag::Abnormal));
    // Before FHIR R4 there was one interpretation, and no list.
    assert_eq!(flag(r#""interpretation":{"coding":[{"code":"LL"}]}"#), Some(Flag::Critical));
}

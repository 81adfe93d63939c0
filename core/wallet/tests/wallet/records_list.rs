//! Lists, pages and search.

use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::DateBound;
use keepwell_wallet::{Cursor, ImportOptions, Query, RecordOrder, RecordSummary, Wallet};

use crate::setup::{Place, import, import_as};

/// 300 observations on 100 days, 10 flags without date, one old allergy.
fn filled() -> (Place, Wallet) {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let mut lines = Vec::new();
    for index in 0..300 {
        let (month, day) = (1 + index % 100 / 28, 1 + index % 100 % 28);
        lines.push(format!(
            r#"{{"resourceType":"Observation","id":"o{index}","code":{{"coding":[{{"system":"http://loinc.org","code":"{index}"}}],"text":"Glucose {index}"}},"effectiveDateTime":"2024-{month:02}-{day:02}T{:02}:00:00Z"}}"#,
            index / 100
        ));
    }
    for index in 0..10 {
        lines.push(format!(
            r#"{{"resourceType":"Flag","id":"f{index}","code":{{"text":"Größe \"{index}\""}}}}"#
        ));
    }
    lines.push(r#"{"resourceType":"AllergyIntolerance","id":"a","code":{"text":"Peanut"},"recordedDate":"1928-11-23"}"#.into());
    import(&mut wallet, lines.join("\n").as_bytes()).unwrap();
    (place, wallet)
}

fn all(wallet: &Wallet, query: &Query) -> Vec<RecordSummary> {
    let mut query = query.clone();
    let mut records = Vec::new();
    loop {
        let page = wallet.records(&query).unwrap();
        assert!(page.records.len() <= usize::try_from(query.limit).unwrap().max(50));
        records.extend(page.records);
        match page.next {
            Some(next) => query.after = Some(Cursor::parse(&next.to_string()).unwrap()),
            None => return records,
        }
    }
}

#[test]
fn pages_of_every_size_give_each_record_once_newest_first() {
    let (_place, wallet) = filled();
    let whole = all(&wallet, &Query { limit: 1_000, ..Query::default() });
    assert_eq!(whole.len(), 311);
    let dates: Vec<&str> = whole.iter().filter_map(|record| record.date.as_deref()).collect();
    assert_eq!(dates.len(), 301);
    assert!(dates.is_sorted_by(|newer, older| newer >= older));
    assert!(whole[301..].iter().all(|record| record.date.is_none()), "the undated come last");
    assert_eq!(whole[300].display.as_deref(), Some("Peanut"));
    for limit in [1, 7, 100, 311] {
        assert_eq!(all(&wallet, &Query { limit, ..Query::default() }), whole);
    }
    assert_eq!(wallet.records(&Query::default()).unwrap().records, whole[..50]);
}

#[test]
fn category_and_dates_narrow_the_list() {
    let (_place, wallet) = filled();
    let count = |category, since: Option<&str>, until: Option<&str>| {
        let time = |text: Option<&str>| text.map(|text| DateBound::parse(text).unwrap());
        let query = Query { category, since: time(since), until: time(until), limit: 10, ..Query::default() };
        all(&wallet, &query).len()
    };
    assert_eq!(count(Some(Category::Results), None, None), 300);
    assert_eq!(count(Some(Category::Allergies), None, None), 1);
    assert_eq!(count(Some(Category::Insurance), None, None), 0);
    assert_eq!(count(None, Some("2024-01-01"), Some("2024-01-02")), 3);
    assert_eq!(count(None, Some("2024-01-01T01:00:00Z"), Some("2024-01-01T02:00:00Z")), 1);
    assert_eq!(count(None, None, Some("2024-01-01")), 1, "the undated fail a bound");
    assert_eq!(count(None, Some("2025-01-01"), None), 0);
    assert_eq!(count(None, Some("2024-02"), Some("2024-03")), 84, "28 days of February");
    assert_eq!(count(None, Some("1928"), Some("1929")), 1);
    assert_eq!(count(None, None, Some("1928")), 0);
}

#[test]
fn a_cursor_stays_good_while_records_come() {
    let (_place, mut wallet) = filled();
    let query = Query { category: Some(Category::Results), limit: 100, ..Query::default() };
    let first = wallet.records(&query).unwrap();
    let newest =
        r#"{"resourceType":"Observation","id":"new","code":{"text":"New"},"effectiveDateTime":"2026-01-01"}"#;
    import(&mut wallet, newest.as_bytes()).unwrap();
    let second = wallet.records(&Query { after: first.next, ..query.clone() }).unwrap();
    assert!(second.records.iter().all(|record| !first.records.contains(record)));
    assert_eq!(second.records.len(), 100);
}

#[test]
fn search_takes_every_word_and_no_operator() {
    let (_place, wallet) = filled();
    let hits = |text: &str| {
        let query = Query { text: Some(text.into()), limit: 7, ..Query::default() };
        all(&wallet, &query).len()
    };
    assert_eq!(hits("glucose"), 300);
    assert_eq!(hits("GLUCOSE 17"), 11, "17 and 170 to 179");
    assert_eq!(hits("gluc"), 300);
    assert_eq!(hits("lucose"), 0, "the middle of a word is not its beginning");
    assert_eq!(hits("peanut"), 1);
    assert_eq!(hits("grosse"), 10);
    assert_eq!(hits("größe"), 10);
    assert_eq!(hits("grösse peanut"), 0);
    for text in [
        "",
        " ",
        "*",
        "\"",
        "\"*",
        "glu*",
        "NEAR(",
        "NEAR(glucose peanut)",
        "glucose OR peanut",
        "NOT",
        "text:",
        "category : c6",
        "c6",
        "{text} : glucose",
        "^glucose -",
        "'; DROP TABLE version; --",
        "a\0b",
        "(((",
        "\u{feff}",
        "%",
        "glucose AND",
    ] {
        assert!(hits(text) <= 300, "{text:?}");
    }
    assert_eq!(hits("glucose OR peanut"), 0, "OR is a word like any other");
    assert_eq!(hits("c6"), 0, "how a category is marked is not among the words");
    assert_eq!(hits("'; DROP TABLE version; --"), 0);
    assert_eq!(wallet.status().unwrap().records, 311);
}

#[test]
fn search_is_newest_first_and_keeps_to_category_and_dates() {
    let (_place, wallet) = filled();
    let query = Query { text: Some("glucose".into()), limit: 10, ..Query::default() };
    let listed = all(&wallet, &Query { category: Some(Category::Results), limit: 10, ..Query::default() });
    assert_eq!(all(&wallet, &query), listed);
    assert_eq!(all(&wallet, &Query { category: Some(Category::Results), ..query.clone() }).len(), 300);
    assert_eq!(all(&wallet, &Query { category: Some(Category::Vitals), ..query.clone() }).len(), 0);
    let since = Some(DateBound::parse("2024-02-01").unwrap());
    let until = Some(DateBound::parse("2024-02-02").unwrap());
    assert_eq!(all(&wallet, &Query { since, until, ..query }).len(), 3);
}

#[test]
fn by_arrival_what_came_last_stands_first_on_pages_of_every_size() {
    let (_place, mut wallet) = filled();
    let arrived = Query { order: RecordOrder::LatestArrival, limit: 1_000, ..Query::default() };
    // One import, in the order of its lines; the dates say otherwise.
    let first = all(&wallet, &arrived);
    assert_eq!(first.len(), 311);
    assert_eq!(first[0].display.as_deref(), Some("Peanut"));
    assert_eq!(first[310].code.as_deref(), Some("0"));
    assert!(first.iter().all(|record| record.arrived_at == first[0].arrived_at));

    // A record of long ago, and a new version of the one that came first.
    let old = r#"{"resourceType":"Observation","id":"old","code":{"text":"Glucose of 1990"},"effectiveDateTime":"1990-01-01"}"#;
    let version = r#"{"resourceType":"Observation","id":"o0","code":{"coding":[{"code":"0"}],"text":"Glucose zero"},"effectiveDateTime":"2024-01-01T00:00:00Z"}"#;
    let report = import(&mut wallet, format!("{old}\n{version}").as_bytes()).unwrap();
    assert_eq!((report.added, report.updated), (1, 1));
    let whole = all(&wallet, &arrived);
    assert_eq!(whole.len(), 312);
    let names: Vec<_> = whole.iter().take(3).map(|record| record.display.as_deref().unwrap()).collect();
    assert_eq!(names, ["Glucose zero", "Glucose of 1990", "Peanut"]);
    assert_eq!(whole[2..], first[..310]);
    assert!(whole[1].arrived_at > whole[2].arrived_at);
    for limit in [1, 7, 100, 312] {
        assert_eq!(all(&wallet, &Query { limit, ..arrived.clone() }), whole);
    }

    // Narrowed, by a category, dates or words, it is the same list with holes.
    let is_result = |record: &&RecordSummary| record.category == Category::Results;
    let results: Vec<_> = whole.iter().filter(is_result).cloned().collect();
    for limit in [7, 1_000] {
        let query = Query { limit, ..arrived.clone() };
        let category = Some(Category::Results);
        assert_eq!(all(&wallet, &Query { category, ..query.clone() }), results);
        let text = Some("glucose".to_owned());
        assert_eq!(all(&wallet, &Query { text: text.clone(), ..query.clone() }), results);
        assert_eq!(all(&wallet, &Query { text: text.clone(), category, ..query.clone() }), results);
        let until = Some(DateBound::parse("2000").unwrap());
        assert_eq!(all(&wallet, &Query { text, until, ..query.clone() }), whole[1..2]);
        let until = Some(DateBound::parse("2000-01").unwrap());
        let dated = all(&wallet, &Query { until, ..query });
        assert_eq!(
            dated.iter().map(|record| record.display.as_deref().unwrap()).collect::<Vec<_>>(),
            ["Glucose of 1990", "Peanut"]
        );
    }

    // What was taken back and came again came last.
    wallet.undo_import(report.import.unwrap()).unwrap();
    assert_eq!(all(&wallet, &arrived), first);
    import(&mut wallet, br#"{"resourceType":"Flag","id":"between","code":{"text":"Between"}}"#).unwrap();
    import(&mut wallet, old.as_bytes()).unwrap();
    let names: Vec<_> =
        all(&wallet, &arrived).into_iter().take(2).map(|record| record.display.unwrap()).collect();
    assert_eq!(names, ["Glucose of 1990", "Between"]);
}

#[test]
fn a_page_of_one_order_does_not_go_on_in_the_other() {
    let (_place, wallet) = filled();
    let orders = [RecordOrder::NewestFirst, RecordOrder::LatestArrival];
    for (one, other) in [(orders[0], orders[1]), (orders[1], orders[0])] {
        for text in [None, Some("glucose".to_owned())] {
            let query = Query { order: one, limit: 10, text, ..Query::default() };
            let after = wallet.records(&query).unwrap().next;
            assert!(after.is_some());
            assert_eq!(wallet.records(&Query { after, ..query.clone() }).unwrap().records.len(), 10);
            let refused = wallet.records(&Query { after, order: other, ..query }).unwrap_err();
            assert_eq!(refused.code(), "InvalidCursor");
        }
    }
}

#[test]
fn a_summary_shows_what_the_record_says() {
    let (_place, wallet) = filled();
    let query = Query { text: Some("17".into()), ..Query::default() };
    let found = wallet.records(&query).unwrap().records;
    let record = found.into_iter().find(|record| record.code.as_deref() == Some("17")).unwrap();
    assert_eq!(record.resource_type, "Observation");
    assert_eq!(record.category, Category::Results);
    assert_eq!(record.date.as_deref(), Some("2024-01-18T00:00:00Z"));
    assert_eq!(record.code.as_deref(), Some("17"));
    assert_eq!(record.display.as_deref(), Some("Glucose 17"));
    assert_eq!(record.source, "hospital");
}

#[test]
fn each_record_of_a_page_names_where_it_came_from() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    for source in ["clinic", "laboratory"] {
        let lines: Vec<String> = (0..3)
            .map(|index| {
                format!(
                    r#"{{"resourceType":"Observation","id":"{source}{index}","code":{{"text":"Glucose {source}"}},"effectiveDateTime":"2024-01-0{}"}}"#,
                    index + 1
                )
            })
            .collect();
        let options = ImportOptions { source: Some(source.into()), ..ImportOptions::default() };
        import_as(&mut wallet, lines.join("\n").as_bytes(), &options).unwrap();
    }
    for text in [None, Some("glucose".to_owned())] {
        let page = wallet.records(&Query { text, ..Query::default() }).unwrap().records;
        assert_eq!(page.len(), 6);
        for record in page {
            assert_eq!(record.display.as_deref(), Some(format!("Glucose {}", record.source).as_str()));
        }
    }
}

//! A record's page on the command line: the same picture of each record as the desk and the apps have.

use serde_json::Value;

use crate::keepwell::Party;

/// What every screen says of the records of `pictures.ndjson`; Kotlin and Swift run it, too.
const SCENARIO: &str = include_str!("../../../../fixtures/scenarios/pictures.json");
const RECORDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/scenarios/pictures.ndjson");

fn wallet(folder: &tempfile::TempDir) -> Party {
    let wallet = Party::new(folder.path().join("wallet"));
    wallet.json(&["wallet", "init"]);
    wallet.json(&["record", "import", "--source", "Kantonsspital", RECORDS]);
    wallet
}

/// The steps of the scenario that do this: the record's id and what it gives.
fn steps(operation: &str) -> Vec<(String, Value)> {
    let scenario: Value = serde_json::from_str(SCENARIO).unwrap();
    let steps = scenario["steps"].as_array().unwrap().iter().filter(|step| step["do"] == operation);
    let given = steps.filter(|step| !step["gives"].is_null());
    given.map(|step| (step["with"]["id"].as_str().unwrap().to_owned(), step["gives"].clone())).collect()
}

/// The scenario's names as the command line has them: `reference_range`, `entered-in-error`.
fn named_here(value: &Value, key: &str) -> Value {
    let apart = |text: &str, by: char| {
        let mut words = String::new();
        for c in text.chars() {
            if c.is_ascii_uppercase() {
                words.push(by);
            }
            words.push(c.to_ascii_lowercase());
        }
        words
    };
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let here = if name == "resourceType" { "type".to_owned() } else { apart(name, '_') };
                (here, named_here(value, name))
            })
            .collect(),
        Value::Array(items) => items.iter().map(|item| named_here(item, key)).collect(),
        Value::String(text) if matches!(key, "kind" | "label" | "flag" | "validities" | "category") => {
            apart(text, '-').into()
        }
        other => other.clone(),
    }
}

/// Fails unless `found` has everything that `expected` has.
fn assert_has(found: &Value, expected: &Value, place: &str) {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            for (name, expected) in expected {
                assert_has(found.get(name).unwrap_or(&Value::Null), expected, &format!("{place}.{name}"));
            }
        }
        (Value::Array(found), Value::Array(expected)) => {
            assert_eq!(found.len(), expected.len(), "{place}: {found:?}");
            for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
                assert_has(found, expected, &format!("{place}[{at}]"));
            }
        }
        _ => assert_eq!(found, expected, "{place}"),
    }
}

#[test]
fn the_page_of_each_record_says_what_every_screen_says() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = wallet(&folder);
    let views = steps("recordView");
    assert_eq!(views.len(), std::fs::read_to_string(RECORDS).unwrap().lines().count());
    for (id, expected) in views {
        let found = wallet.json(&["record", "show", "--readable", &id]);
        assert_has(&found, &named_here(&expected, ""), &id);
        assert_eq!(found["row"]["validity"], found["row"]["validities"][0]);

        let page = wallet.run(&["record", "show", "--readable", &id]).text();
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        let title = found["row"]["title"].as_str().unwrap();
        assert!(page.starts_with(title), "{page}");
    }
    for (id, expected) in steps("recordSeries") {
        let found = wallet.json(&["record", "show", "--readable", &id]);
        assert_has(&found["series"], &named_here(&expected, ""), &id);
    }
}

#[test]
fn a_page_says_first_why_a_record_does_not_hold() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = wallet(&folder);
    let page = |title: &str| {
        let found = steps("recordView").into_iter().find(|(_, view)| view["row"]["title"] == title);
        wallet.run(&["record", "show", "--readable", &found.unwrap().0]).text()
    };
    for (title, line) in [
        ("Penicillin (entered in error)", "ENTERED IN ERROR"),
        ("Peanut", "MODIFIED: carries a condition that is not known here"),
        ("Appendectomy (not done)", "NOT DONE"),
        ("MRI (do not perform)", "DO NOT GIVE OR DO"),
        ("old drug 2001", "stopped"),
        ("Latex (refuted)", "refuted"),
    ] {
        assert_eq!(page(title).lines().nth(1), Some(line), "{title}");
    }
    // The nearest that holds: nothing stands between its title and its facts.
    assert_eq!(page("Creatinine").lines().nth(1), Some(""));
    let parts = page("BP");
    assert!(parts.contains("  Sys               no value: Cuff error"), "{parts}");
    assert!(parts.contains("  Dia               80.0 mmHg (Low)"), "{parts}");
}

#[test]
fn what_a_record_carries_cannot_command_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = Party::new(folder.path().join("wallet"));
    wallet.json(&["wallet", "init"]);
    let file = folder.path().join("b.json");
    let long = "x".repeat(5_000);
    let hostile = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{{"resourceType":"Patient","id":"p","name":[{{"text":"A"}}],"birthDate":"1990-01-01"}}}},
        {{"resource":{{"resourceType":"Observation","id":"o","subject":{{"reference":"Patient/p"}},"code":{{"text":"\u001b[2J{long}"}},"valueString":"\u202egm 5","note":[{{"text":"a\r\nb\u0007"}}]}}}}]}}"#
    );
    std::fs::write(&file, hostile).unwrap();
    wallet.json(&["record", "import", file.to_str().unwrap()]);
    let list = wallet.json(&["record", "list", "--category", "results"]);
    let page =
        wallet.run(&["record", "show", "--readable", list["records"][0]["id"].as_str().unwrap()]).text();
    assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{page:?}");
    assert!(page.lines().all(|line| line.chars().count() <= 80));
}

//! What was exported comes home into an empty wallet.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::keepwell::{OwnWallet, Party};

fn records(wallet: &Party) -> Vec<Value> {
    wallet.json(&["record", "list", "--limit", "1000"])["records"].as_array().unwrap().clone()
}

fn imports(wallet: &Party) -> Value {
    wallet.json(&["record", "imports"])["imports"].clone()
}

fn histories(wallet: &Party) -> Vec<Value> {
    let history = |record: &Value| {
        wallet.json(&["record", "history", record["id"].as_str().unwrap()])["versions"].clone()
    };
    records(wallet).iter().map(history).collect()
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Moser","given":["Lena"]}],"birthDate":"1981-04-12"}"#;

/// A history newest first, with a record that its source removed.
fn history() -> String {
    let weight = |number: u32| {
        format!(
            r#"{{"fullUrl":"https://a.example/fhir/Observation/w","resource":{{ "resourceType":"Observation","id":"w","meta":{{"versionId":"{number}"}},"status":"final","code":{{"text":"weight {number}"}},"effectiveDateTime":"2024-05-06","subject":{{"reference":"Patient/p1"}}}},"request":{{"method":"PUT","url":"Observation/w"}},"response":{{"status":"200"}}}}"#
        )
    };
    let removal = r#"{"fullUrl":"https://a.example/fhir/Condition/c","request":{"method":"DELETE","url":"Condition/c"},"response":{"status":"204","lastModified":"2024-04-01T00:00:00Z"}}"#;
    let condition = r#"{"fullUrl":"https://a.example/fhir/Condition/c","resource":{"resourceType":"Condition","id":"c","meta":{"lastUpdated":"2024-01-01T00:00:00Z"},"code":{"text":"gone"},"subject":{"reference":"Patient/p1"}},"request":{"method":"PUT","url":"Condition/c"},"response":{"status":"200"}}"#;
    let patient = format!(
        r#"{{"fullUrl":"https://a.example/fhir/Patient/p1","resource":{PATIENT},"request":{{"method":"PUT","url":"Patient/p1"}},"response":{{"status":"200"}}}}"#
    );
    let entries =
        [weight(3), weight(2), removal.to_owned(), condition.to_owned(), weight(1), patient].join(",");
    format!(r#"{{"resourceType":"Bundle","type":"history","entry":[{entries}]}}"#)
}

#[test]
fn an_export_as_a_history_comes_back_whole_into_an_empty_wallet_without_a_question() {
    let it = OwnWallet::new();
    it.import(&[&history()], &[]);
    // Another hospital that gives the same ids.
    let height = r#"{"resourceType":"Observation","id":"w","status":"final","code":{"text":"height"},"subject":{"reference":"Patient/p1"}}"#;
    let patient = PATIENT.replace("\"birthDate\"", "\"gender\":\"female\",\"birthDate\"");
    it.import(&[&[patient.as_str(), height].join("\n")], &["--source", "B"]);
    // The first again: what a delivery repeats comes back, too.
    it.import(&[&history()], &[]);
    let (before, before_imports, before_versions) =
        (records(&it.wallet), imports(&it.wallet), histories(&it.wallet));
    assert_eq!(before_imports.as_array().unwrap().len(), 3);

    let file = it.path("export.json");
    let export = it.wallet.json(&["record", "export", &file]);
    let bundle: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&"Bundle".into(), &"history".into()));
    assert_eq!(export["records"], bundle["entry"].as_array().unwrap().len());
    let second = it.another("second");
    let came = second.json(&["record", "import", &file]);
    assert_eq!((&came["read"], &came["other_patient"]), (&export["records"], &0.into()));
    assert_eq!(records(&second), before);
    assert_eq!(imports(&second), before_imports);
    assert_eq!(histories(&second), before_versions);
    for record in &before {
        let id = record["id"].as_str().unwrap();
        let show = ["record", "show", id];
        assert_eq!(second.run(&show).stdout, it.wallet.run(&show).stdout);
    }
    // What goes out again is the same to the byte, and here it is nothing new.
    let again = second.json(&["record", "export", &it.path("again-export.json")]);
    assert_eq!(again, export);
    let known = it.wallet.json(&["record", "import", &file]);
    assert_eq!((&known["added"], &known["updated"]), (&0.into(), &0.into()));
    assert_eq!(records(&it.wallet), before);
    // What came home can be taken back as before.
    let first = before_imports.as_array().unwrap().last().unwrap()["import"].as_str().unwrap().to_owned();
    for wallet in [&it.wallet, &second] {
        wallet.json(&["record", "undo", &first]);
    }
    assert_eq!(records(&second), records(&it.wallet));
}

#[test]
fn an_export_that_was_changed_is_taken_as_any_other_file() {
    let it = OwnWallet::new();
    it.import(&[&history()], &[]);
    let file = it.path("export.json");
    it.wallet.json(&["record", "export", &file]);
    let export = std::fs::read_to_string(&file).unwrap();
    for (number, (from, to)) in [
        ("weight 3", "weight 0"),
        ("\"valueBase64Binary\":\"", "\"valueBase64Binary\":\"AAAA"),
        ("urn:keepwell:record-version", "urn:other"),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(export.contains(from), "{from}");
        let changed = it.path("changed.json");
        std::fs::write(&changed, export.replacen(from, to, 1)).unwrap();
        let wallet = it.another(&format!("changed{number}"));
        let came = wallet.json(&["record", "import", &changed]);
        assert!(came["import"].is_string(), "{from}: {came}");
        assert_eq!(records(&wallet).len(), 3, "{from}");
    }
    let cut = it.path("cut.json");
    std::fs::write(&cut, &export[..export.len() / 2]).unwrap();
    let wallet = it.another("cut");
    assert_eq!(wallet.run(&["record", "import", &cut]).code, Some(1));
    assert!(records(&wallet).is_empty());
}

#[test]
fn ndjson_comes_back_with_the_same_resources_and_asks_once_at_most() {
    let it = OwnWallet::new();
    it.import(&[&history()], &[]);
    it.import(&[PATIENT], &["--source", "B"]);
    let lines = |wallet: &Party, name: &str| {
        let file = it.path(name);
        wallet.json(&["record", "export", &file]);
        let mut count = BTreeMap::new();
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            *count.entry(line.to_owned()).or_insert(0) += 1;
        }
        count
    };
    let before = lines(&it.wallet, "one.ndjson");
    let second = it.another("second");
    let file = it.path("one.ndjson");
    if second.run(&["record", "import", &file]).code != Some(0) {
        second.json(&["record", "import", &file, "--patient", "p1"]);
    }
    assert_eq!(lines(&second, "two.ndjson"), before);
}

//! Lists for people: what is found, what fits, what is meant by half an id.

use std::path::Path;

use serde_json::Value;

use crate::keepwell::{OwnWallet, Run, World, sample_patient, text};

/// A wallet with one of the files of `fixtures/lists`.
fn filled(file: &str) -> OwnWallet {
    let it = OwnWallet::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/lists").join(file);
    it.wallet.json(&["record", "import", &text(&file)]);
    it
}

/// The ids that a refusal names instead.
fn nearest(run: &Run) -> Vec<String> {
    let told: Value = serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
    serde_json::from_value(told["error"]["nearest"].clone()).unwrap()
}

fn displays(records: &[Value]) -> Vec<&str> {
    records.iter().filter_map(|record| record["display"].as_str()).collect()
}

#[test]
fn a_filter_by_day_agrees_with_the_day_that_is_shown() {
    let it = filled("dates.json");
    let all = it.records(&[]);
    let mut days = 0;
    for record in &all {
        let Some(day) = record["date"].as_str().and_then(|date| date.get(..10)) else { continue };
        // What the calendar does not have is no bound either.
        let run = it.wallet.run(&["--json", "record", "list", "--since", day, "--limit", "1000"]);
        if run.code == Some(2) {
            continue;
        }
        days += 1;
        let found =
            |flags: &[&str]| displays(&it.records(flags)).contains(&record["display"].as_str().unwrap());
        assert!(found(&["--since", day]), "{record}");
        assert!(!found(&["--until", day]), "{record}");
    }
    assert!(days > 10, "{days}");
    let shown_as_of = |day: &str, next: &str| displays(&it.records(&["--since", day, "--until", next])).len();
    assert_eq!(shown_as_of("2024-03-01", "2024-03-02"), 1);
    assert_eq!(shown_as_of("2024-02-29", "2024-03-01"), 1);
    assert_eq!(displays(&it.records(&["--since", "2019-02", "--until", "2020"])), ["2019-05"]);
    assert_eq!(displays(&it.records(&["--since", "2019", "--until", "2019-02"])), ["2019"]);
    assert_eq!(displays(&it.records(&["--until", "1800"])), ["1752-09-10"]);
    for bad in ["2019-13", "05/06/2024", "2024-02-30", "yesterday", ""] {
        it.wallet.run(&["record", "list", "--since", bad]).failed_with(2, "Usage");
    }
}

#[test]
fn an_order_is_called_by_the_medicine_that_it_refers_to() {
    let it = filled("dates.json");
    let order = |id: &str, medicine: &str| {
        format!(
            r#"{{"resourceType":"MedicationRequest","id":"{id}","subject":{{"reference":"Patient/p1"}},"category":[{{"text":"Outpatient"}}]{medicine}}}"#
        )
    };
    let lines = [
        order("m1", r#","medicationReference":{"reference":"Medication/md"}"#),
        order("m2", r#","medicationReference":{"reference":"Medication/none"}"#),
        order("m3", r#","medicationCodeableConcept":{"text":"Aspirin"}"#),
        r#"{"resourceType":"Medication","id":"md","code":{"text":"Paracetamol"}}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Moser","given":["Lena"]}],"birthDate":"1981-04-12","gender":"female"}"#
            .to_owned(),
    ];
    it.import(&[&lines.join("\n")], &[]);
    let orders = it.records(&["--category", "medications"]);
    let mut titles = displays(&orders);
    titles.sort_unstable();
    assert_eq!((titles.as_slice(), orders.len()), (&["Aspirin", "Paracetamol", "Paracetamol"][..], 4));
}

#[test]
fn a_row_says_value_status_and_whether_the_record_holds() {
    let it = filled("validity.json");
    let all = it.records(&[]);
    let found = |title: &str| all.iter().find(|record| record["display"] == title).unwrap();
    for (title, value, status, validity) in [
        ("Penicillin (entered in error)", None, None, "entered-in-error"),
        ("Latex (refuted)", None, None, "refuted"),
        ("Peanut", None, Some("active"), "modified"),
        ("Warfarin (do not give)", None, Some("active"), "do-not-perform"),
        ("MRI (do not perform)", None, Some("active"), "do-not-perform"),
        ("Appendectomy (not done)", None, Some("not-done"), "not-done"),
        ("MMR (not done)", None, Some("not-done"), "not-done"),
        ("Glucose wrong", Some("999 mg/dL"), Some("entered-in-error"), "entered-in-error"),
        ("Creatinine", Some("<1.10 mg/dL"), Some("final"), "valid"),
        ("Absent", Some("no value: Masked"), Some("final"), "valid"),
        ("BoolVal", Some("no"), Some("final"), "valid"),
        ("Neg & zero", Some("-0.00 mmol/L"), Some("final"), "valid"),
    ] {
        let record = found(title);
        assert_eq!(record["value"].as_str(), value, "{record}");
        assert_eq!(record["validity"], validity, "{record}");
        assert_eq!(record["validities"][0], validity, "{record}");
        if status.is_some() {
            assert_eq!(record["status"].as_str(), status, "{record}");
        }
    }
    assert_eq!(found("BP")["flag"], "low", "of its part");
    assert_eq!(found("Creatinine")["flag"], Value::Null);
    let shown = it.wallet.run(&["record", "list", "--category", "allergies"]).text();
    let row = |title: &str| shown.lines().find(|line| line.starts_with(title)).unwrap().to_owned();
    assert!(row("Penicillin").contains("  entered-in-error  "), "{shown}");
    assert!(row("Peanut").contains("  modified  "), "{shown}");
    let shown = it.wallet.run(&["record", "list", "--category", "results"]).text();
    assert!(
        shown.lines().any(|line| line.starts_with("Creatinine  ") && line.contains("  <1.10 mg/dL  ")),
        "{shown}"
    );
}

#[test]
fn every_script_is_searched_from_the_command_line() {
    let it = filled("titles.json");
    for (query, hits) in [
        ("糖尿病", 1),
        ("혈압", 1),
        ("หวาน", 1),
        ("アレルギー", 2),
        ("البنسلين", 2),
        ("بنسلين", 2),
        ("straße", 1),
        ("odem", 1),
        ("lusz", 1),
        ("hyper", 1),
        ("ypertension", 0),
    ] {
        assert_eq!(it.records(&["--text", query]).len(), hits, "{query}");
    }
    for hostile in ["\"*", "NEAR(", "a AND", "OR", "\u{200d}", "👨‍👩‍👧", "{}:^", "糖\"*"] {
        it.records(&[&format!("--text={hostile}")]);
    }
    for cursor in ["nonsense", "", "AAAAAAAAAAAA", "_w", "../../etc"] {
        let run = it.wallet.run(&["record", "list", &format!("--after={cursor}")]);
        assert!(matches!(run.code, Some(0 | 2)), "{cursor}: {}", run.stderr);
    }
}

#[test]
fn an_id_is_given_by_its_beginning_and_what_is_near_is_named() {
    let it = filled("titles.json");
    let all = it.records(&["--text", "hyper"]);
    let id = all[0]["id"].as_str().unwrap();
    assert_eq!(id.len(), 64);
    let whole = it.wallet.run(&["record", "show", id]).text();
    for length in [8, 9, 31, 63] {
        assert_eq!(it.wallet.run(&["record", "show", &id[..length]]).text(), whole);
    }
    let listed = it.wallet.run(&["record", "list", "--text", "hyper"]).text();
    assert!(listed.contains(&id[..8]) && !listed.contains(&id[..9]), "{listed}");
    assert!(listed.starts_with("what"), "the title stands first: {listed}");
    for bad in [&id[..7], "", "zzzzzzzz", &id.to_uppercase()] {
        it.wallet.run(&["record", "show", bad]).failed_with(2, "Usage");
    }
    let mistyped = format!("{}{}", &id[..6], if &id[6..8] == "00" { "11" } else { "00" });
    let run = it.wallet.run(&["--json", "record", "show", &mistyped]);
    run.refused_with("NoSuchRecord");
    let nearest = nearest(&run);
    assert!(nearest.contains(&id.to_owned()) && run.stderr.contains("perhaps: "), "{}", run.stderr);
}

#[test]
fn a_preview_groups_by_category_and_a_dry_run_grants_nothing() {
    let world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    world.wallet.json(&["provider", "show", "Bern Allergy Clinic"]);
    let scope = ["--category", "allergies", "--category", "medications", "--for", "30d"];
    let new = [&["grant", "new", &provider[..12]], &scope[..]].concat();
    let dry = world.wallet.json(&[&new[..], &["--dry-run"]].concat());
    assert_eq!(world.wallet.json(&["grant", "list"])["grants"], Value::Array(Vec::new()));
    let seen = |document: &Value| -> Vec<(String, String)> {
        let records = document["records"].as_array().unwrap().iter();
        let allowed = records.filter(|record| record["decision"] == "allow");
        let part = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
        let mut seen: Vec<_> = allowed.map(|record| (part(record, "id"), part(record, "because"))).collect();
        seen.sort();
        seen
    };
    assert!(seen(&dry).iter().any(|(_, because)| because == "category"));
    assert_eq!(dry["records"].as_array().map(Vec::len), Some(1005));
    let text = world.wallet.run(&[&new[..], &["--dry-run"]].concat()).text();
    assert!(text.contains("\nmedications: ") || text.starts_with("medications: "), "{text}");
    assert!(text.contains("would not be seen: ") && text.contains("Nothing was granted."), "{text}");

    let grant = world.wallet.json(&new)["grant"].as_str().unwrap().to_owned();
    let preview = world.wallet.json(&["grant", "preview", "Bern Allergy Clinic"]);
    assert_eq!(seen(&preview), seen(&dry), "the dry run said what is seen now");
    assert_eq!(preview["categories"], dry["categories"]);
    let total: u64 =
        preview["categories"].as_array().unwrap().iter().map(|it| it["seen"].as_u64().unwrap()).sum();
    let named: u64 =
        preview["references"].as_array().unwrap().iter().map(|it| it["records"].as_u64().unwrap()).sum();
    assert_eq!(total + named, seen(&preview).len() as u64);

    // Whatever is named by the beginning of its id.
    let short = &grant[..8];
    assert_eq!(world.wallet.json(&["grant", "show", short])["grants"][0]["grant"], grant.as_str());
    assert_eq!(world.wallet.json(&["grant", "verify", short])["state"], "active");
    world.clinic.json(&["clinic", "sync"]);
    world.clinic.json(&["clinic", "read", short]);
    let listed = world.wallet.run(&["grant", "list"]).text();
    assert!(listed.contains(short) && !listed.contains(&grant), "{listed}");
    assert!(world.wallet.run(&["provider", "list"]).text().contains(&provider[..8]));
    world.wallet.json(&["grant", "revoke", short]);

    let share = world.wallet.json(&["share", "new", "--record", &seen(&dry)[0].0[..10]]);
    let share = share["share"].as_str().unwrap();
    world.wallet.json(&["share", "pause", &share[..8]]);
    assert_eq!(world.wallet.json(&["share", "revoke", &share[..8]])["state"], "revoked");

    let run = world.wallet.run(&["--json", "grant", "show", "00000000"]);
    run.refused_with("NoSuchGrant");
    assert_eq!(nearest(&run), [grant]);
    assert!(run.stderr.contains("perhaps: ") && run.stderr.contains("Bern Allergy Clinic"), "{}", run.stderr);
    let run = world.wallet.run(&["--json", "provider", "show", "bern alergy clinic"]);
    run.refused_with("UnknownProvider");
    assert_eq!(nearest(&run), [provider]);
    assert!(run.stderr.contains("perhaps: ") && run.stderr.contains("Bern Allergy Clinic"), "{}", run.stderr);
}

#[cfg(target_os = "linux")]
mod terminal {
    use super::*;
    use crate::keepwell::Terminal;

    #[test]
    fn rows_on_a_terminal_fit_whatever_the_title() {
        let it = OwnWallet::new();
        let titles = [
            "x".repeat(100_000),
            "糖尿病".repeat(200),
            "e\\u0301".repeat(500),
            "حساسية ".repeat(100),
            "👨‍👩‍👧".repeat(50),
            "a\\u0007\\u202eb\\n\\tc".repeat(40),
            "short".to_owned(),
        ];
        let lines: Vec<String> = titles
            .iter()
            .enumerate()
            .map(|(at, title)| {
                format!(
                    r#"{{"resourceType":"Condition","id":"c{at}","code":{{"text":"{title}"}},"recordedDate":"2024-05-0{}"}}"#,
                    at + 1
                )
            })
            .collect();
        it.import(&[&lines.join("\n")], &[]);
        let Some(mut terminal) = Terminal::start(&it.wallet, &["record", "list"]) else { return };
        terminal.wait_for("PIN: ");
        terminal.type_line(it.wallet.pin);
        let (code, shown) = terminal.finish();
        assert_eq!(code, Some(0), "{shown}");
        let rows: Vec<&str> = shown.lines().filter(|line| line.contains("2024-05-0")).collect();
        assert_eq!(rows.len(), titles.len(), "each in one line: {shown}");
        for row in &rows {
            assert!(unicode_width::UnicodeWidthStr::width(*row) <= 80, "{row}");
        }
        // In a file the titles are whole.
        assert!(it.wallet.run(&["record", "list"]).text().contains(&titles[0]));
    }
}

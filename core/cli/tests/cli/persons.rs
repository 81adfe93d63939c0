//! Whose a record is, as the owner of a wallet meets it: who comes in without a question, who is asked
//! about, who is kept out.

use serde_json::{Value, json};

use crate::keepwell::{OwnWallet, Run};

const LENA: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Moser","given":["Lena"]}],"birthDate":"1981-04-12","gender":"female"}"#;
const BEN: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Okafor","given":["Ben"]}],"birthDate":"1950-01-02","gender":"male"}"#;

impl OwnWallet {
    /// Whom the refusal lists: name and number of records.
    fn asks(&self, files: &[&str]) -> Vec<(Option<String>, u64)> {
        let before = self.titles();
        let people = patients(&self.try_import(files, &[]), "OtherPatient");
        assert_eq!(self.titles(), before, "nothing of it came in");
        let described = people
            .iter()
            .map(|person| (person["name"].as_str().map(str::to_owned), person["records"].as_u64().unwrap()));
        described.collect()
    }

    fn titles(&self) -> Vec<String> {
        let records = self.records(&[]);
        let titles = records.iter().map(|record| record["display"].as_str().unwrap_or_default().to_owned());
        let mut titles: Vec<String> = titles.collect();
        titles.sort();
        titles
    }
}

fn patients(run: &Run, code: &str) -> Vec<Value> {
    let error: Value = serde_json::from_str(run.stderr.lines().last().unwrap()).unwrap();
    assert_eq!((run.code, error["error"]["code"].as_str()), (Some(1), Some(code)), "{}", run.stderr);
    error["error"]["patients"].as_array().unwrap().clone()
}

fn observation(id: &str, text: &str, subject: &str) -> String {
    json!({"resourceType": "Observation", "id": id, "status": "final", "code": {"text": text},
        "subject": {"reference": subject}})
    .to_string()
}

fn bundle(entries: &[(&str, &str)]) -> String {
    let entries: Vec<Value> = entries
        .iter()
        .map(|(url, resource)| {
            let mut entry = json!({ "resource": serde_json::from_str::<Value>(resource).unwrap() });
            if !url.is_empty() {
                entry["fullUrl"] = (*url).into();
            }
            entry
        })
        .collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries}).to_string()
}

fn patient(id: &str, family: &str, given: &[&str]) -> String {
    json!({"resourceType": "Patient", "id": id, "name": [{"family": family, "given": given}],
        "birthDate": "1981-04-12"})
    .to_string()
}

#[test]
fn another_person_under_the_same_id_is_asked_about() {
    let it = OwnWallet::new();
    it.import(&[LENA, &observation("1", "Potassium", "Patient/p1")], &[]);
    let ben = [BEN, &observation("2", "Ben's test", "Patient/p1")].join("\n");
    assert_eq!(it.asks(&[&ben]), [(Some("Ben Okafor".into()), 2)]);
    // The same from a source with a name, and with the Patient behind its records in another file.
    let run = it.try_import(&[&observation("2", "Ben's test", "Patient/p1"), BEN], &["--source", "Basel"]);
    assert_eq!(patients(&run, "OtherPatient").len(), 1);
    // Two such people in an empty wallet.
    let empty = OwnWallet::new();
    let both =
        [LENA.replace("p1", "a"), BEN.replace("p1", "b"), observation("3", "x", "Patient/b")].join("\n");
    assert_eq!(empty.asks(&[&both]), [(Some("Lena Moser".into()), 1), (Some("Ben Okafor".into()), 2)]);
    let counts = empty.try_import(&[&both], &["--patient", "@1"]).json();
    assert_eq!((&counts["added"], &counts["other_patient"]), (&json!(1), &json!(2)));
    let people = empty.wallet.json(&["wallet", "people"]);
    assert_eq!(people["people"][0]["name"], "Lena Moser");
    assert_eq!(people["people"].as_array().unwrap().len(), 1);
}

#[test]
fn every_way_to_write_a_reference_comes_in_without_a_question() {
    let (at, urn) = ("https://h.example/fhir/Patient/p1", "urn:uuid:AAAABBBB-0000-4000-8000-00000000000A");
    let relative = observation("o1", "Glucose", "Patient/p1");
    let by_urn = observation("o1", "Glucose", &urn.to_lowercase());
    let elsewhere = "https://f.example/fhir/Observation/o1";
    for (patient_url, record_url, record) in [
        (at, "", &relative),
        (at, "urn:uuid:0d8b1c1e-0000-4000-8000-000000000001", &relative),
        (&at.replace("https", "http"), "https://h.example/fhir/Observation/o1", &relative),
        (&format!("{at}/"), "https://h.example/fhir/Observation/o1", &relative),
        (at, elsewhere, &relative),
        ("", elsewhere, &relative),
        (urn, elsewhere, &relative),
        (urn, "urn:uuid:0d8b1c1e-0000-4000-8000-000000000001", &by_urn),
    ] {
        let it = OwnWallet::new();
        assert_eq!(
            it.import(&[&bundle(&[(patient_url, LENA), (record_url, record)])], &[])["added"],
            2,
            "{patient_url}"
        );
    }
}

#[test]
fn one_hospital_as_bundle_and_as_lines_is_one_person_whatever_comes_first() {
    let everything = bundle(&[
        ("https://h.example/fhir/Patient/p1", LENA),
        ("https://h.example/fhir/Observation/o1", &observation("o1", "Glucose", "Patient/p1")),
    ]);
    let lines =
        [observation("o2", "Insulin", "Patient/p1"), observation("o3", "Lipase", "Patient/p1")].join("\n");
    let it = OwnWallet::new();
    it.import(&[&everything], &[]);
    it.import(&[&lines, LENA], &[]);
    assert_eq!(it.titles(), ["Glucose", "Insulin", "Lena Moser", "Lipase"]);
    // A reference is the owner until a Patient with that id comes.
    let it = OwnWallet::new();
    it.import(&[&lines], &[]);
    it.import(&[&everything], &[]);
    assert_eq!(it.titles(), ["Glucose", "Insulin", "Lena Moser", "Lipase"]);
    // Of somebody unnamed it asks, once.
    let it = OwnWallet::new();
    it.import(&[LENA], &[]);
    assert_eq!(it.asks(&[&lines]), [(None, 2)]);
    assert_eq!(it.try_import(&[&lines], &["--patient", "@1"]).json()["added"], 2);
    assert_eq!(it.import(&[&observation("o4", "Iron", "Patient/p1")], &[])["added"], 1);
}

#[test]
fn what_is_of_somebody_else_inside_a_file_is_kept_out_and_counted() {
    let contained = r##"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"Ben's test"},"subject":{"reference":"#pp"},
        "contained":[{"resourceType":"Patient","id":"pp","name":[{"family":"Okafor","given":["Ben"]}],"birthDate":"1950-01-02"}]}"##;
    let logical = r#"{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"Ben's test"},
        "subject":{"identifier":{"system":"urn:oid:2.16.756.5.32","value":"756.9"},"display":"Ben Okafor"}}"#;
    let nested =
        bundle(&[("", &BEN.replace("p1", "z")), ("", &observation("n1", "Ben's test", "Patient/z"))]);
    for other in [contained, logical, &nested] {
        let it = OwnWallet::new();
        let file = bundle(&[("", LENA), ("", other)]);
        let asked = it.asks(&[&file]);
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert_eq!(asked[1].0.as_deref(), Some("Ben Okafor"));
        let counts = it.try_import(&[&file], &["--patient", "p1"]).json();
        assert_eq!(counts["added"], 1, "{counts}");
        assert_eq!(it.titles(), ["Lena Moser"]);
    }
}

#[test]
fn shared_and_placeholder_numbers_make_nobody_one_person() {
    let numbered = |patient: &str, id: &str, system: &str, value: &str| {
        let mut patient: Value = serde_json::from_str(patient).unwrap();
        patient["id"] = id.into();
        patient["identifier"] = json!([{ "system": system, "value": value }]);
        patient.to_string()
    };
    for (system, value) in [
        ("https://insurer.example/member", "FAM-77"),
        ("http://hl7.org/fhir/sid/us-ssn", "999-99-9999"),
        ("https://a.example/mrn", "4711"),
    ] {
        let it = OwnWallet::new();
        let file = [
            numbered(LENA, "p1", system, value),
            numbered(BEN, "kid", system, value),
            observation("o2", "Ben's result", "Patient/kid"),
        ]
        .join("\n");
        assert_eq!(it.asks(&[&file]).len(), 2, "{system}");
    }
}

#[test]
fn spellings_of_one_name_are_one_person_and_twins_are_asked_about() {
    for (one, other) in [
        (
            patient("a", "M\u{fc}\u{f1}oz", &["Jos\u{e9}"]),
            patient("b", "Mu\u{308}n\u{303}oz", &["Jose\u{301}"]),
        ),
        (patient("a", "Weiß", &["Lena"]), patient("b", "WEISS", &["LENA"])),
        (patient("a", "van\u{a0}der Berg", &["Lena"]), patient("b", "van  der Berg", &["Lena"])),
        (patient("a", "Moser", &["Lena"]), patient("b", "MOSER", &["Lena", "Ida"])),
        (
            patient("a", "Moser", &["Lena"]),
            r#"{"resourceType":"Patient","id":"b","name":[{"text":"Moser, Lena"}],"birthDate":"1981-04-12"}"#
                .to_owned(),
        ),
    ] {
        let it = OwnWallet::new();
        it.import(&[&one], &[]);
        it.import(&[&other, &observation("o", "Glucose", "Patient/b")], &[]);
    }
    let it = OwnWallet::new();
    it.import(&[&patient("1", "Moser", &["A.", "Lena"])], &[]);
    assert_eq!(it.asks(&[&patient("2", "Moser", &["A.", "Lisa"])]).len(), 1);
    assert_eq!(it.asks(&[&patient("1", "Moser", &["A.", "Lisa"])]).len(), 1, "whatever ids agree");
}

#[test]
fn a_new_name_is_asked_about_once_and_can_be_forgotten() {
    let it = OwnWallet::new();
    it.import(&[&patient("1", "Moser", &["Lena"])], &[]);
    let married = patient("1", "Huber", &["Lena"]);
    assert_eq!(it.asks(&[&married]), [(Some("Lena Huber".into()), 1)]);
    let unknown = it.try_import(&[&married], &["--patient", "Patient/9"]);
    assert_eq!(patients(&unknown, "NoSuchPatient").len(), 1);
    assert_eq!(it.try_import(&[&married], &["--patient", "1"]).json()["other_patient"], 0);
    it.import(&[&patient("7", "Huber", &["Lena"]), &observation("o", "Glucose", "Patient/7")], &[]);
    let people = it.wallet.json(&["wallet", "people"]);
    let names: Vec<_> = people["people"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["Lena Moser", "Lena Huber"]);
    it.wallet.run(&["--json", "wallet", "forget-person", "3"]).refused_with("NoSuchPerson");
    it.wallet.run(&["--json", "wallet", "forget-person", "0"]).refused_with("NoSuchPerson");
    let left = it.wallet.json(&["wallet", "forget-person", "2"]);
    assert_eq!(left["people"].as_array().unwrap().len(), 1);
    assert_eq!(it.asks(&[&patient("8", "Huber", &["Lena"])]).len(), 1);
    assert!(it.titles().contains(&"Glucose".to_owned()), "what was taken stays");
    let shown = it.wallet.run(&["wallet", "people"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("Lena Moser") && !shown.contains("Huber"), "{shown}");
}

#[test]
fn who_the_owner_is_goes_with_the_last_import_that_said_so() {
    let it = OwnWallet::new();
    let first = it.import(&[LENA], &[])["import"].as_str().unwrap().to_owned();
    let second =
        it.import(&[&patient("7", "MOSER", &["Lena", "Ida"])], &[])["import"].as_str().unwrap().to_owned();
    it.wallet.json(&["record", "undo", &first]);
    assert_eq!(it.asks(&[BEN]), [(Some("Ben Okafor".into()), 1)]);
    let people = it.wallet.json(&["wallet", "people"]);
    assert_eq!(people["people"][0]["imports"], json!([second]));
    it.wallet.json(&["record", "undo", &second]);
    assert_eq!(it.wallet.json(&["wallet", "people"]), json!({"people": []}));
    assert_eq!(it.import(&[&BEN.replace("p1", "b")], &[])["added"], 1);
}

#[test]
fn a_patient_without_id_can_be_chosen_and_the_refusal_says_how() {
    let it = OwnWallet::new();
    let patient =
        r#"{"resourceType":"Patient","name":[{"family":"Doe","given":["Ann"]}],"birthDate":"1980-01-01"}"#;
    let allergy = r#"{"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/1"},"code":{"text":"Nuts"}}"#;
    let file = bundle(&[("", patient), ("", allergy)]);
    let run = it.try_import(&[&file], &[]);
    let people = patients(&run, "OtherPatient");
    assert_eq!(
        people[0],
        json!({"number": 1, "id": "@1", "name": "Ann Doe", "birth_date": "1980-01-01", "records": 1, "owner": false})
    );
    assert!(run.stderr.contains("--patient @1  Ann Doe, 1980-01-01, 1 record"), "{}", run.stderr);
    assert!(run.stderr.contains("has a wallet of their own"), "{}", run.stderr);
    assert_eq!(it.try_import(&[&file], &["--patient", "@1"]).json()["added"], 1);
    assert_eq!(it.try_import(&[&file], &["--patient", "1"]).json()["added"], 1);
    assert_eq!(it.import(&[&file], &[])["duplicates"], 2);
}

#[test]
fn ten_thousand_people_in_a_file_are_refused_and_nothing_is_kept() {
    let it = OwnWallet::new();
    let lines: Vec<String> =
        (0..10_000).map(|n| patient(&n.to_string(), "Moser", &[&format!("Lena{n}"), "Ida"])).collect();
    let begun = std::time::Instant::now();
    assert_eq!(it.asks(&[&lines.join("\n")]).len(), 100, "as many as anyone would choose from");
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
}

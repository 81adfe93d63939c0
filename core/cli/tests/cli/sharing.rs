//! What leaves with a share: nothing before the patient agreed, no identity numbers, no kinds that were left out.

use serde_json::Value;

use crate::keepwell::{Party, World, sample_patient, text};

/// What a link leads to, as a stranger saves it.
fn opened(world: &World, shared: &Value) -> Value {
    let stranger = Party::new(world.path("stranger"));
    let folder = text(&world.path(shared["share"].as_str().unwrap()));
    let link = shared["link"].as_str().unwrap();
    let opened = stranger.json(&["share", "open", link, "--out", &folder]);
    let file = std::fs::read(opened["files"][0]["saved"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&file).unwrap()
}

fn resources<'a>(bundle: &'a Value, resource_type: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap().iter();
    entries.map(|entry| &entry["resource"]).filter(|it| it["resourceType"] == resource_type).collect()
}

fn import(world: &World, resources: &[&str]) {
    let file = world.path("records.ndjson");
    std::fs::write(&file, resources.join("\n")).unwrap();
    let counts = world.wallet.json(&["record", "import", &text(&file), "--source", "hospital"]);
    assert_eq!(counts["added"], resources.len());
}

#[test]
fn identity_numbers_of_a_real_record_stay_home_unless_they_are_added() {
    let world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    // As Synthea writes it: social security, driver's licence, passport beside the record number.
    let kept = ["MR", "SS", "DL", "PPN"];
    let codes = |bundle: &Value| -> Vec<String> {
        let patient = resources(bundle, "Patient")[0];
        let identifiers = patient["identifier"].as_array().unwrap().iter();
        let types = identifiers.filter_map(|it| it["type"]["coding"][0]["code"].as_str().map(str::to_owned));
        types.collect()
    };
    let with = world.wallet.json(&["share", "new", "--with-numbers"]);
    let with_numbers = opened(&world, &with);
    assert_eq!(codes(&with_numbers), kept);
    let numbers: Vec<&str> = resources(&with_numbers, "Patient")[0]["identifier"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["type"]["coding"][0]["code"].as_str().is_some_and(|code| code != "MR"))
        .map(|it| it["value"].as_str().unwrap())
        .collect();
    assert_eq!(numbers.len(), 3);

    let without = world.wallet.json(&["share", "new"]);
    let bundle = opened(&world, &without);
    assert_eq!(codes(&bundle), ["MR"]);
    let all = bundle.to_string();
    for number in numbers {
        assert!(!all.contains(number), "{number}");
    }
    for (told, leaves) in [(&with, true), (&without, false)] {
        let told = told["numbers"].as_array().unwrap();
        let kinds: Vec<_> = told.iter().map(|it| it["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["social-security", "drivers-licence", "passport"]);
        assert!(told.iter().all(|it| it["leaves"] == leaves && it["record"].is_string()));
    }
    let said = world.wallet.run(&["share", "new"]).text();
    assert!(said.contains("identity numbers and photos that stay: social-security …"), "{said}");
    // The record itself is what it was.
    let patient = world.wallet.json(&["record", "list", "--category", "patient"]);
    let shown = world.wallet.run(&["record", "show", patient["records"][0]["id"].as_str().unwrap()]).text();
    assert!(shown.contains("us-ssn"), "{shown}");
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Keller","given":["Anna"]}],"birthDate":"1970-01-31","photo":[{"contentType":"image/png","data":"iVBORw0KGgo="}]}"#;
const DEPRESSION: &str = r#"{"resourceType":"Condition","id":"c1","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"F32.9"}],"text":"Depression"},"subject":{"reference":"Patient/p1"}}"#;
const EPILEPSY: &str = r#"{"resourceType":"Condition","id":"c2","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"G40.9"}],"text":"Epilepsy"},"subject":{"reference":"Patient/p1"}}"#;
const FOR_DEPRESSION: &str = r#"{"resourceType":"MedicationRequest","id":"m1","status":"active","medicationCodeableConcept":{"text":"Evening tablet"},"reasonReference":[{"reference":"Condition/c1"}],"subject":{"reference":"Patient/p1"}}"#;
const HIV: &str = r#"{"resourceType":"Condition","id":"c3","code":{"coding":[{"system":"http://snomed.info/sct","code":"86406008"}],"text":"HIV"},"subject":{"reference":"Patient/p1"}}"#;
const LABELLED: &str = r#"{"resourceType":"Procedure","id":"d1","status":"completed","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"SUD"}]},"code":{"text":"Talk"},"subject":{"reference":"Patient/p1"}}"#;

const KIT_ORDER: &str = r#"{"resourceType":"MedicationRequest","id":"m2","status":"active","medicationReference":{"reference":"Medication/kit"},"subject":{"reference":"Patient/p1"}}"#;
const KIT: &str = r#"{"resourceType":"Medication","id":"kit","code":{"text":"Kit"},"ingredient":[{"itemReference":{"reference":"Medication/part"}}]}"#;
const PART: &str = r#"{"resourceType":"Medication","id":"part","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}]},"code":{"text":"Part"}}"#;

const PLAIN_ORDER: &str = r#"{"resourceType":"MedicationRequest","id":"m3","status":"active","medicationReference":{"reference":"Medication/plain"},"subject":{"reference":"Patient/p1"}}"#;
const PLAIN: &str = r#"{"resourceType":"Medication","id":"plain","code":{"text":"Plain"},"manufacturer":{"reference":"Organization/maker"},"ingredient":[{"itemCodeableConcept":{"text":"Salt"}}]}"#;
const MAKER: &str = r#"{"resourceType":"Organization","id":"maker","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}]},"name":"Jos\u00e9"}"#;

/// The titles of what leaves, sorted.
fn titles(bundle: &Value) -> Vec<&str> {
    let entries = bundle["entry"].as_array().unwrap().iter();
    let mut titles: Vec<_> = entries
        .filter_map(|entry| {
            let resource = &entry["resource"];
            resource["code"]["text"].as_str().or(resource["medicationCodeableConcept"]["text"].as_str())
        })
        .collect();
    titles.sort_unstable();
    titles
}

#[test]
fn a_sensitive_kind_is_marked_and_left_out_with_what_gives_it_away() {
    let world = World::new();
    world.connected_wallet();
    import(&world, &[PATIENT, DEPRESSION, EPILEPSY, FOR_DEPRESSION, HIV, LABELLED]);
    let all = world.wallet.json(&["share", "new"]);
    assert_eq!(titles(&opened(&world, &all)), ["Depression", "Epilepsy", "Evening tablet", "HIV", "Talk"]);
    let mut kinds: Vec<String> =
        all["sensitive"].as_array().unwrap().iter().map(|one| one["kinds"].to_string()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [r#"["hiv"]"#, r#"["mental-health"]"#, r#"["mental-health"]"#, r#"["substance-use"]"#]);

    let fewer = ["share", "new", "--leave-out", "mental-health", "--leave-out", "hiv"];
    let shared = world.wallet.json(&fewer);
    let bundle = opened(&world, &shared);
    assert_eq!(titles(&bundle), ["Epilepsy", "Talk"]);
    assert_eq!(shared["kept_back"].as_array().map(Vec::len), Some(3));
    assert!(!bundle.to_string().contains("Condition/c1"), "nor what refers to it");
    assert_eq!(resources(&bundle, "Patient")[0]["photo"], Value::Null, "the photo stays home, too");
    let said = world.wallet.run(&fewer).text();
    assert!(said.contains("stays: 3 sensitive records (1 hiv, 2 mental-health)"), "{said}");
    let usage = world.wallet.run(&["share", "new", "--leave-out", "mental"]);
    assert_eq!(usage.code, Some(2), "{}", usage.stderr);
    let nothing = ["--json", "share", "new", "--category", "procedures", "--leave-out", "substance-use"];
    world.wallet.run(&nothing).refused_with("NothingToShare");
    assert_eq!(world.wallet.json(&["share", "list"])["shares"].as_array().map(Vec::len), Some(3));
}

#[test]
fn an_order_is_of_the_kinds_of_all_that_its_medicine_is_made_of() {
    let world = World::new();
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    world.connected_wallet();
    import(&world, &[PATIENT, EPILEPSY, KIT_ORDER, KIT, PART, PLAIN_ORDER, PLAIN, MAKER]);
    let all = world.wallet.json(&["share", "new"]);
    assert_eq!(titles(&opened(&world, &all)), ["Epilepsy", "Kit", "Part", "Plain"]);
    assert_eq!(all["sensitive"].as_array().map(Vec::len), Some(5), "{all}");
    let fewer = world.wallet.json(&["share", "new", "--leave-out", "hiv"]);
    let bundle = opened(&world, &fewer);
    assert_eq!(titles(&bundle), ["Epilepsy"]);
    // Who makes a medicine is not in it.
    let orders: Vec<_> =
        resources(&bundle, "MedicationRequest").iter().map(|order| order["id"].clone()).collect();
    assert_eq!(orders, ["m3"]);
    let categories = ["--category", "conditions", "--category", "medications"];
    let read_without = |kind: &str| {
        let new = ["grant", "new", &provider, "--for", "30d", "--leave-out", kind];
        let grant =
            world.wallet.json(&[&new[..], &categories].concat())["grant"].as_str().unwrap().to_owned();
        world.clinic.json(&["clinic", "sync"]);
        world.ids_read(&grant).into_iter().collect::<Vec<_>>()
    };
    assert!(!read_without("hiv").iter().any(|id| ["kit", "m2", "part"].contains(&id.as_str())));
    assert_eq!(read_without("genetics"), ["c2", "kit", "m2", "m3", "maker", "part", "plain"]);
}

#[test]
fn a_grant_shows_what_is_sensitive_and_leaves_it_out_also_of_what_comes_later() {
    let world = World::new();
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    world.connected_wallet();
    import(&world, &[PATIENT, DEPRESSION, EPILEPSY]);
    let new = ["grant", "new", &provider, "--category", "conditions", "--for", "30d"];
    let marked = |preview: &Value| -> Vec<(String, String, String)> {
        let records = preview["records"].as_array().unwrap().iter();
        let row = |it: &Value| [&it["display"], &it["decision"], &it["sensitive"]].map(Value::to_string);
        let mut rows: Vec<_> =
            records.map(row).map(|[display, decision, kinds]| (display, decision, kinds)).collect();
        rows.retain(|(display, ..)| !display.contains("Keller"));
        rows.sort_unstable();
        rows
    };
    let row = |display: &str, decision: &str, kinds: &str| {
        (format!("{display:?}"), format!("{decision:?}"), kinds.to_owned())
    };
    let dry = world.wallet.json(&[&new[..], &["--dry-run"]].concat());
    let sensitive = r#"["mental-health"]"#;
    assert_eq!(marked(&dry), [row("Depression", "allow", sensitive), row("Epilepsy", "allow", "[]")]);
    let said = world.wallet.run(&[&new[..], &["--dry-run"]].concat()).text();
    assert!(said.contains("sensitive: mental-health") && said.contains("may be sensitive, too"), "{said}");

    let fewer = [&new[..], &["--leave-out", "mental-health"]].concat();
    let dry = world.wallet.json(&[&fewer[..], &["--dry-run"]].concat());
    assert_eq!(marked(&dry), [row("Depression", "deny", sensitive), row("Epilepsy", "allow", "[]")]);
    let grant = world.wallet.json(&fewer)["grant"].as_str().unwrap().to_owned();
    world.clinic.json(&["clinic", "sync"]);
    assert_eq!(world.ids_read(&grant).into_iter().collect::<Vec<_>>(), ["c2"]);
    // What comes later is not known to be harmless.
    import(&world, &[HIV]);
    world.wallet.json(&["sync"]);
    assert_eq!(world.ids_read(&grant).into_iter().collect::<Vec<_>>(), ["c2"]);
    let nothing = ["--json", "--code", "http://hl7.org/fhir/sid/icd-10-cm|F32.9"];
    world.wallet.run(&[&fewer[..], &nothing].concat()).refused_with("InvalidScope");
}

#[test]
fn a_link_to_a_list_of_files_opens_with_its_passcode_and_follows_the_record() {
    let world = World::new();
    world.connected_wallet();
    import(&world, &[PATIENT, EPILEPSY]);
    let file = |name: &str, text: &str| {
        let path = world.path(name);
        std::fs::write(&path, text).unwrap();
        crate::keepwell::text(&path)
    };
    let [right, wrong, weak] = [("right", "blue-otter\n"), ("wrong", "blue-otten\n"), ("weak", "123456\n")]
        .map(|(name, text)| file(name, text));
    let made =
        world.wallet.json(&["share", "new", "--flags", "LP", "--passcode-file", &right, "--for", "2h"]);
    let link = made["link"].as_str().unwrap();
    assert!(link.len() <= 300, "{}", link.len());
    let stranger = Party::new(world.path("stranger"));
    let open = |passcode: &str| {
        stranger.run(&[
            "--json",
            "share",
            "open",
            link,
            "--passcode-file",
            passcode,
            "--recipient",
            "Dr. Wood",
        ])
    };
    open(&wrong).refused_with("LinkPasscodeWrong");
    // The patient, the PDF that goes along, and what was chosen.
    assert_eq!(open(&right).json()["files"][0]["resources"], 3);
    import(&world, &[DEPRESSION]);
    world.wallet.json(&["sync"]);
    assert_eq!(open(&right).json()["files"][0]["resources"], 4);
    let share = made["share"].as_str().unwrap();
    let log = world.wallet.json(&["share", "log", share]);
    let outcomes: Vec<_> = log["opens"].as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["passcode-wrong", "opened", "opened"]);
    let listed = &world.wallet.json(&["share", "list"])["shares"][0];
    assert_eq!((&listed["long_term"], &listed["needs_passcode"]), (&true.into(), &true.into()));
    let shown = world.wallet.run(&["share", "show", share]).text();
    assert!(shown.contains("and is told the passcode") && !shown.contains("blue-otter"), "{shown}");
    assert_eq!(world.wallet.json(&["share", "revoke", share])["state"], "revoked");
    open(&right).refused_with("LinkNotActive");

    let new = |flags: &[&str]| world.wallet.run(&[&["--json", "share", "new"], flags].concat());
    for (flags, long_term) in [("none", false), ("L", true)] {
        let made = new(&["--flags", flags]).json();
        let opened = stranger.json(&["share", "open", made["link"].as_str().unwrap()]);
        assert_eq!(opened["files"][0]["resources"], 4);
        assert_eq!(
            world.wallet.json(&["share", "show", made["share"].as_str().unwrap()])["long_term"],
            long_term
        );
    }
    new(&["--flags", "P", "--passcode-file", &weak]).refused_with("PasscodeGuessable");
    new(&["--flags", "L", "--passcode-file", &right]).refused_with("PasscodeUnused");
    new(&["--flags", "P"]).refused_with("PasscodeMissing");
    assert_eq!(new(&["--flags", "U"]).code, Some(2));
    assert_eq!(new(&["--passcode-file", &right]).code, Some(2));
    assert_eq!(world.wallet.json(&["share", "list"])["shares"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_link_for_a_month_is_granted_on_the_ledger_and_its_end_is_proved() {
    let world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    let new = ["share", "new", "--category", "allergies"];
    world.wallet.run(&[&new[..], &["--for", "367d"]].concat()).refused_with("ShareTooLong");
    let plain = world.wallet.json(&[&new[..], &["--for", "24h"]].concat());
    assert_eq!(plain["ledger"], Value::Null);
    let day = world.wallet.json(&[&new[..], &["--for", "1h", "--ledger"]].concat());
    assert_eq!(day["ledger"], "active");
    let month = world.wallet.json(&[&new[..], &["--for", "30d"]].concat());
    assert_eq!(month["ledger"], "active");
    assert!(!resources(&opened(&world, &month), "Patient").is_empty());

    let share = |of: &Value| of["share"].as_str().unwrap().to_owned();
    let (plain, month) = (share(&plain), share(&month));
    world.wallet.run(&["share", "verify", &plain]).refused_with("ShareNotOnLedger");
    let proof = world.wallet.json(&["share", "verify", &month]);
    assert_eq!((&proof["state"], &proof["validators"]), (&"active".into(), &1.into()));
    let ended = world.wallet.json(&["share", "revoke", &month]);
    assert_eq!((&ended["state"], &ended["ledger"]), (&"revoked".into(), &"revoked".into()));
    assert_eq!(world.wallet.json(&["share", "verify", &month])["state"], "revoked");
    let listed = world.wallet.json(&["share", "list"]);
    let of = |id: &str| {
        let all = listed["shares"].as_array().unwrap();
        all.iter().find(|one| one["share"] == id).unwrap()["ledger"].clone()
    };
    assert_eq!((of(&month), of(&plain)), ("revoked".into(), Value::Null));
}

/// Whose the specification's example of a card is.
const ANYPERSON: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Anyperson","given":["John","B."]}],"birthDate":"1951-01-20"}"#;

#[test]
fn a_health_card_goes_along_with_a_list_and_comes_in_where_that_is_opened() {
    let world = World::new();
    world.connected_wallet();
    import(&world, &[ANYPERSON, EPILEPSY]);
    let card =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/fhir/example-00-e-file.smart-health-card");
    world.wallet.json(&["record", "import", card]);
    let record = world.wallet.json(&["record", "cards"])["cards"][0]["record"].as_str().unwrap().to_owned();
    let new = ["share", "new", "--category", "conditions", "--card", &record];
    assert_eq!(world.wallet.run(&new).code, Some(2), "a link to one file has no place for it");
    let made = world.wallet.json(&[&new[..], &["--flags", "none"]].concat());
    let goes = &made["cards"][0];
    assert_eq!((&goes["record"], &goes["holder"]), (&record.clone().into(), &"John B. Anyperson".into()));
    assert_eq!((goes["titles"].as_array().unwrap().len(), &goes["sensitive"]), (3, &serde_json::json!([])));
    let stranger = Party::new(world.path("stranger"));
    let opened = stranger.json(&["share", "open", made["link"].as_str().unwrap()]);
    let types: Vec<_> =
        opened["files"].as_array().unwrap().iter().map(|file| &file["content_type"]).collect();
    assert_eq!(types, ["application/fhir+json", "application/smart-health-card"]);
}

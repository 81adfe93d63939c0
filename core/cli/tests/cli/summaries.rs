//! `keepwell share new --format ips`: an International Patient Summary of a whole record, as others judge it.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::keepwell::{World, text};

/// The summary that somebody else's opening of a share of the fixture's patient gives, and what making it said.
fn shared_summary(world: &World) -> (Value, Value) {
    import_patient(world);
    shared(world, &[], "opened")
}

fn import_patient(world: &World) {
    world.connected_wallet();
    let patient = "patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz";
    let file = format!("{}/../../fixtures/{patient}", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(world.wallet.json(&["record", "import", &file])["added"], 1_005);
}

fn shared(world: &World, flags: &[&str], folder: &str) -> (Value, Value) {
    let made = world.wallet.json(&[&["share", "new", "--format", "ips"], flags].concat());
    let folder = world.path(folder);
    let opened =
        ["share", "open", made["link"].as_str().unwrap(), "--recipient", "Hôpital", "--out", &text(&folder)];
    assert_eq!(world.wallet.json(&opened)["files"][0]["content_type"], "application/fhir+json");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    (made, serde_json::from_slice(&fs::read(file).unwrap()).unwrap())
}

#[test]
fn a_share_as_a_summary_is_a_document_of_what_is_current_and_says_what_stays() {
    let world = World::new();
    let (made, document) = shared_summary(&world);
    assert_eq!(document["type"], "document");
    let composition = &document["entry"][0]["resource"];
    assert_eq!(composition["resourceType"], "Composition");
    let of = |title: &str| {
        let sections = composition["section"].as_array().unwrap();
        sections.iter().find(|section| section["title"] == title).unwrap().clone()
    };
    assert_eq!(of("Allergies and Intolerances")["entry"].as_array().unwrap().len(), 8);
    let narrative = of("Allergies and Intolerances")["text"]["div"].as_str().unwrap().to_owned();
    assert_eq!(narrative.matches("<tr><td>").count(), 8, "{narrative}");
    assert!(made["left_out"].as_u64().unwrap() > 40, "{made}");
    assert_eq!(made["types"]["AllergyIntolerance"], 8);

    // Identity numbers stay home in this form, too.
    let number = "http://hl7.org/fhir/sid/us-ssn";
    assert!(!document.to_string().contains(number));
    let (_, with_numbers) = shared(&world, &["--with-numbers"], "with-numbers");
    assert!(with_numbers.to_string().contains(number));

    // What is chosen alone leaves, and what is asked for and not chosen says that nothing is known of it.
    let narrow = world.wallet.json(&["share", "new", "--format", "ips", "--category", "allergies"]);
    assert_eq!(narrow["types"], json!({ "AllergyIntolerance": 8, "Patient": 1 }));
    world.wallet.run(&["--json", "share", "new", "--format", "pdf"]).failed_with(2, "Usage");
}

#[test]
fn a_summary_has_what_stands_in_its_sections_without_being_asked_and_calls_a_medicine_by_its_name() {
    let world = World::new();
    import_patient(&world);
    import_standing(&world);
    let (made, document) = shared(&world, &[], "opened");
    let composition = &document["entry"][0]["resource"];
    let of = |title: &str| {
        let sections = composition["section"].as_array().unwrap();
        let section = sections.iter().find(|section| section["title"] == title).unwrap();
        section["text"]["div"].as_str().unwrap().to_owned()
    };
    assert!(of("Medical Devices").contains("<td>Cardiac pacemaker</td>"), "{}", of("Medical Devices"));
    assert!(of("Medication Summary").contains("<td>Warfarin 5 mg</td>"), "{}", of("Medication Summary"));
    assert!(of("Social History").contains("Tobacco"), "{}", of("Social History"));
    assert_eq!(made["types"]["Device"], 1);
    // A clinic at check-in asks for none of it.
    let check_in = world.wallet.json(&["share", "new"]);
    assert_eq!(check_in["types"]["Device"], Value::Null, "{check_in}");
}

/// An implant, a medicine in a record of its own, and a habit from long ago, of the fixture's patient.
fn import_standing(world: &World) {
    let list = world.wallet.json(&["record", "list", "--category", "patient"]);
    let shown = world.wallet.run(&["record", "show", list["records"][0]["id"].as_str().unwrap()]).text();
    let patient: Value = serde_json::from_str(&shown).unwrap();
    let about = json!({ "reference": format!("Patient/{}", patient["id"].as_str().unwrap()) });
    let resources = [
        patient,
        json!({ "resourceType": "Device", "id": "d1", "status": "active", "patient": about, "type": { "text": "Cardiac pacemaker" } }),
        json!({ "resourceType": "Device", "id": "d2", "status": "inactive", "patient": about, "type": { "text": "Stent" } }),
        json!({ "resourceType": "Medication", "id": "m1", "code": { "text": "Warfarin 5 mg" } }),
        json!({ "resourceType": "MedicationRequest", "id": "r1", "status": "active", "intent": "order", "subject": about,
            "medicationReference": { "reference": "Medication/m1" } }),
        json!({ "resourceType": "Observation", "id": "o1", "status": "final", "subject": about, "effectiveDateTime": "2001-05-01",
            "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "social-history" }] }],
            "code": { "coding": [{ "system": "http://loinc.org", "code": "72166-2" }], "text": "Tobacco smoking status" },
            "valueCodeableConcept": { "text": "Former smoker" } }),
    ];
    let lines: Vec<String> = resources.iter().map(Value::to_string).collect();
    let file = world.path("standing.ndjson");
    fs::write(&file, lines.join("\n")).unwrap();
    world.wallet.json(&["record", "import", &text(&file)]);
}

/// Run by `./dev test web`, which brings the validators.
#[test]
#[ignore = "needs Node and Python validators: ./dev test web"]
fn other_peoples_validators_find_nothing_in_a_summary_and_each_fault_that_is_planted() {
    let world = World::new();
    import_patient(&world);
    import_standing(&world);
    let (_, document) = shared(&world, &[], "opened");
    let is_patient = |entry: &Value| entry["resource"]["resourceType"] == "Patient";
    let patient = document["entry"].as_array().unwrap().iter().position(is_patient).unwrap();
    let plants: [(&str, &Plant<'_>); 9] = [
        ("none", &|_| ()),
        ("no-timestamp", &|it| {
            it.as_object_mut().unwrap().remove("timestamp");
        }),
        ("no-identifier", &|it| {
            it.as_object_mut().unwrap().remove("identifier");
        }),
        ("composition-not-first", &|it| it["entry"].as_array_mut().unwrap().rotate_left(1)),
        ("address-twice", &|it| it["entry"][1]["fullUrl"] = it["entry"][0]["fullUrl"].clone()),
        ("no-gender", &|it| it["entry"][patient]["resource"]["gender"] = "F".into()),
        ("no-element", &|it| it["entry"][patient]["resource"]["shoeSize"] = 42.into()),
        ("no-characters", &|it| it["entry"][0]["resource"]["title"] = "".into()),
        ("no-date", &|it| it["entry"][patient]["resource"]["birthDate"] = "31.1.1970".into()),
    ];
    let files = plants.map(|(name, plant)| {
        let mut planted = document.clone();
        plant(&mut planted);
        let file = world.path(name);
        fs::write(&file, planted.to_string()).unwrap();
        file
    });
    let judges = [
        ("node".to_owned(), "validate.mjs"),
        (std::env::var("KEEPWELL_FHIR_PYTHON").unwrap(), "validate.py"),
    ];
    let found = judges.map(|(program, script)| {
        let script = format!("{}/tests/cli/summaries/{script}", env!("CARGO_MANIFEST_DIR"));
        let judged = Command::new(program).arg(script).args(&files).output().unwrap();
        assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
        serde_json::from_slice::<Vec<Vec<String>>>(&judged.stdout).unwrap()
    });
    let errors = |of: usize| found.iter().flat_map(move |found| found[of].clone()).collect::<Vec<_>>();
    assert_eq!(errors(0), Vec::<String>::new());
    let unseen = (1..plants.len()).filter(|of| errors(*of).is_empty()).map(|of| plants[of].0);
    assert_eq!(unseen.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// What puts a fault into a document.
type Plant<'a> = dyn Fn(&mut Value) + 'a;

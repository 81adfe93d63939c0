//! `keepwell share new --format ips`: an International Patient Summary of a whole record, as others judge it.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::keepwell::{World, text};

/// The summary that somebody else's opening of a share of the fixture's patient gives, and what making it said.
fn shared_summary(world: &World) -> (Value, Value) {
    world.connected_wallet();
    let patient = "patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz";
    let file = format!("{}/../../fixtures/{patient}", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(world.wallet.json(&["record", "import", &file])["added"], 1_005);
    let made = world.wallet.json(&["share", "new", "--format", "ips"]);
    let folder = world.path("opened");
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

    // What is chosen alone leaves, and what is asked for and not chosen says that nothing is known of it.
    let narrow = world.wallet.json(&["share", "new", "--format", "ips", "--category", "allergies"]);
    assert_eq!(narrow["types"], json!({ "AllergyIntolerance": 8, "Patient": 1 }));
    world.wallet.run(&["--json", "share", "new", "--format", "pdf"]).failed_with(2, "Usage");
}

/// Run by `./dev test web`, which brings the validators.
#[test]
#[ignore = "needs Node and Python validators: ./dev test web"]
fn other_peoples_validators_find_nothing_in_a_summary_and_each_fault_that_is_planted() {
    let world = World::new();
    let (_, document) = shared_summary(&world);
    let judged = |name: &str, document: &Value| {
        let file = world.path(name);
        fs::write(&file, document.to_string()).unwrap();
        let script = |file: &str| format!("{}/tests/cli/summaries/{file}", env!("CARGO_MANIFEST_DIR"));
        let node = Command::new("node").arg(script("validate.mjs")).arg(&file).output().unwrap();
        let python = std::env::var("KEEPWELL_FHIR_PYTHON").unwrap();
        let python = Command::new(python).arg(script("validate.py")).arg(&file).output().unwrap();
        [node, python]
            .map(|judge| {
                assert!(judge.status.success(), "{}", String::from_utf8_lossy(&judge.stderr));
                serde_json::from_slice::<Vec<String>>(&judge.stdout).unwrap()
            })
            .concat()
    };
    assert_eq!(judged("summary.json", &document), Vec::<String>::new());
    let is_patient = |entry: &Value| entry["resource"]["resourceType"] == "Patient";
    let patient = document["entry"].as_array().unwrap().iter().position(is_patient).unwrap();
    let fault = |plant: &dyn Fn(&mut Value)| {
        let mut faulty = document.clone();
        plant(&mut faulty);
        judged("faulty.json", &faulty)
    };
    let mut faults = vec![
        (
            "no timestamp",
            fault(&|it| {
                it.as_object_mut().unwrap().remove("timestamp");
            }),
        ),
        (
            "no identifier",
            fault(&|it| {
                it.as_object_mut().unwrap().remove("identifier");
            }),
        ),
        ("the Composition not first", fault(&|it| it["entry"].as_array_mut().unwrap().rotate_left(1))),
        ("one address twice", fault(&|it| it["entry"][1]["fullUrl"] = it["entry"][0]["fullUrl"].clone())),
        ("a gender that is none", fault(&|it| it["entry"][patient]["resource"]["gender"] = "F".into())),
        ("an element that is none", fault(&|it| it["entry"][patient]["resource"]["shoeSize"] = 42.into())),
        ("a text without characters", fault(&|it| it["entry"][0]["resource"]["title"] = "".into())),
        (
            "an address that is none",
            fault(&|it| it["entry"][patient]["resource"]["birthDate"] = "31.1.1970".into()),
        ),
    ];
    faults.retain(|(_, found)| found.is_empty());
    assert_eq!(faults, []);
}

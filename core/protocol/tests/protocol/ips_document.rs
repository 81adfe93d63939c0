//! International Patient Summaries: what is in them, and that each is a document as IPS 2.0.1 asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::assembly::{
    AssembledBundle, AssemblyError, IpsRecord, NarrativeRow, SharedRecord, ips_document,
};
use keepwell_protocol::formats::fhir::{Event, Limits, read};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_800_000_000);
const UNKNOWN: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

fn document(resources: &[(Vec<u8>, Option<String>)]) -> Result<AssembledBundle, AssemblyError> {
    let row = |bytes: &[u8]| NarrativeRow {
        title: serde_json::from_slice::<Value>(bytes).unwrap()["resourceType"].to_string(),
        ..NarrativeRow::default()
    };
    let records: Vec<_> = resources
        .iter()
        .map(|(bytes, full_url)| IpsRecord {
            record: SharedRecord { bytes, full_url: full_url.as_deref(), source: "file" },
            row: row(bytes),
        })
        .collect();
    ips_document(&records, &BTreeSet::new(), "0.0", true, NOW, &mut Rng::system())
}

/// A document of a patient and these resources, which are about him.
fn of(resources: &[Value]) -> AssembledBundle {
    let patient =
        json!({ "resourceType": "Patient", "id": "1", "name": [{ "family": "Wu" }], "birthDate": "1970" });
    let all = [patient].into_iter().chain(resources.iter().cloned());
    document(&all.map(|resource| (resource.to_string().into_bytes(), None)).collect::<Vec<_>>()).unwrap()
}

/// The entries of each section, by its title.
fn sections(json: &Value) -> BTreeMap<String, Vec<Value>> {
    let by_address: BTreeMap<&str, &Value> = json["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["fullUrl"].as_str().unwrap(), &entry["resource"]))
        .collect();
    let section = |section: &Value| {
        let entries = section["entry"].as_array().into_iter().flatten();
        let entries = entries.map(|entry| by_address[entry["reference"].as_str().unwrap()].clone());
        (section["title"].as_str().unwrap().to_owned(), entries.collect())
    };
    json["entry"][0]["resource"]["section"].as_array().unwrap().iter().map(section).collect()
}

/// Everything that keeps it from being such a document.
fn faults(json: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut require = |holds: bool, what: String| {
        if !holds {
            faults.push(what);
        }
    };
    require(json["type"] == "document", "bdl: type".into());
    require(
        json["identifier"]["value"].is_string() && json["identifier"]["system"].is_string(),
        "bdl-9".into(),
    );
    require(json["timestamp"].is_string(), "bdl-10".into());
    let entries = json["entry"].as_array().unwrap();
    let addresses: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["fullUrl"].as_str()).collect();
    require(addresses.len() == entries.len(), "bdl-7: an address for each".into());
    let count = |name: &str| entries.iter().filter(|entry| entry["resource"]["resourceType"] == name).count();
    require(
        count("Composition") == 1 && entries[0]["resource"]["resourceType"] == "Composition",
        "bdl-ips-1".into(),
    );
    require(count("Patient") == 1, "one Patient".into());
    for entry in entries {
        let resource = &entry["resource"];
        let mut nowhere = Vec::new();
        references(resource, &mut |reference| {
            if !reference.starts_with('#') && !addresses.contains(reference) {
                nowhere.push(reference.to_owned());
            }
        });
        require(nowhere.is_empty(), format!("dangling: {nowhere:?}"));
        let has = |element: &str| {
            resource.as_object().unwrap().keys().any(|key| key.trim_start_matches('_').starts_with(element))
        };
        let wanted: &[&str] = match resource["resourceType"].as_str().unwrap() {
            "Patient" => &["name", "birthDate"],
            "Procedure" => &["code", "performed", "subject"],
            "Observation" => &["code", "effective", "subject"],
            "MedicationStatement" => &["effective", "medication"],
            "AllergyIntolerance" | "Condition" => &["code"],
            "Practitioner" | "Organization" => &["name"],
            _ => &[],
        };
        for element in wanted {
            require(has(element), format!("{} without {element}", resource["resourceType"]));
        }
    }
    let composition = &entries[0]["resource"];
    for element in ["status", "type", "subject", "date", "author", "title", "section"] {
        require(!composition[element].is_null(), format!("Composition without {element}"));
    }
    let mut titles = BTreeSet::new();
    for section in composition["section"].as_array().unwrap() {
        let title = section["title"].as_str().unwrap_or_default();
        require(titles.insert(title), format!("{title} twice"));
        require(section["code"]["coding"][0]["system"] == "http://loinc.org", format!("{title}: code"));
        require(
            section["text"]["div"].as_str().is_some_and(|div| div.starts_with("<div xmlns=")),
            format!("{title}: text"),
        );
        require(
            section["entry"].is_null() != section["emptyReason"].is_null(),
            format!("{title}: ips-comp-1, cmp-2"),
        );
        require(section["section"].is_null(), format!("{title}: nested"));
    }
    for title in ["Problems", "Allergies and Intolerances", "Medication Summary"] {
        require(titles.contains(title), format!("no {title}"));
    }
    faults
}

fn references(json: &Value, each: &mut impl FnMut(&str)) {
    match json {
        Value::Object(members) => {
            if let Some(reference) = members.get("reference").and_then(Value::as_str) {
                each(reference);
            }
            members.values().for_each(|value| references(value, each));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, each)),
        _ => {}
    }
}

fn parsed(document: &AssembledBundle) -> Value {
    serde_json::from_slice(&document.json).unwrap()
}

#[test]
fn of_a_whole_record_what_is_current_stands_in_a_document_without_a_fault() {
    let name = "patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name);
    let input = std::fs::File::open(path).unwrap();
    let mut resources = Vec::new();
    read(input, Limits::default(), &mut |event| {
        if let Event::Resource(resource) = event {
            resources.push((resource.bytes.to_vec(), resource.full_url.map(str::to_owned)));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    let made = document(&resources).unwrap();
    let json = parsed(&made);
    assert_eq!(faults(&json), Vec::<String>::new());
    let sections = sections(&json);
    assert_eq!(sections["Allergies and Intolerances"].len(), 8);
    let codes = |title: &str| {
        let codes = sections[title].iter().map(|one| one["code"]["coding"][0]["code"].as_str().unwrap());
        let (all, once): (Vec<_>, BTreeSet<_>) = (codes.clone().collect(), codes.collect());
        assert_eq!(all.len(), once.len(), "{title}");
        once
    };
    assert!(!codes("Problems").contains("160903007"), "full-time employment");
    assert!(codes("Problems").is_disjoint(&codes("Past Problems")));
    codes("Results");
    codes("Vital Signs");
    assert!(sections["Medication Summary"].iter().all(|one| one["status"] == "active"));
    let leaving: usize = made.types.values().sum();
    assert_eq!(leaving + made.left_out.len(), resources.len());
    assert_eq!(json["entry"].as_array().unwrap().len(), leaving + 2);
}

#[test]
fn a_section_takes_what_is_so_and_leaves_what_is_not() {
    let concept = |code: &str| json!({ "coding": [{ "system": "http://snomed.info/sct", "code": code }] });
    let coded = |resource: Value| {
        let mut resource = resource;
        if resource["code"].is_null() {
            resource["code"] = concept("1");
        }
        resource
    };
    let (laboratory, vital) = (json!([concept("laboratory")]), json!([concept("vital-signs")]));
    let when = "2026-01-01";
    for (section, takes, leaves) in [
        (
            "Problems",
            json!({ "resourceType": "Condition", "clinicalStatus": concept("active") }),
            json!({ "resourceType": "Condition", "verificationStatus": concept("refuted") }),
        ),
        (
            "Problems",
            json!({ "resourceType": "Condition", "verificationStatus": concept("confirmed") }),
            json!({ "resourceType": "Condition", "code": concept("160903007") }),
        ),
        (
            "Past Problems",
            json!({ "resourceType": "Condition", "clinicalStatus": concept("resolved") }),
            json!({ "resourceType": "Condition", "clinicalStatus": concept("resolved"), "verificationStatus": concept("entered-in-error") }),
        ),
        (
            "Allergies and Intolerances",
            json!({ "resourceType": "AllergyIntolerance", "clinicalStatus": concept("active") }),
            json!({ "resourceType": "AllergyIntolerance", "clinicalStatus": concept("inactive") }),
        ),
        (
            "Medication Summary",
            json!({ "resourceType": "MedicationRequest", "status": "on-hold" }),
            json!({ "resourceType": "MedicationRequest", "status": "active", "doNotPerform": true }),
        ),
        (
            "Medication Summary",
            json!({ "resourceType": "MedicationStatement", "status": "active" }),
            json!({ "resourceType": "MedicationStatement", "status": "completed" }),
        ),
        (
            "Immunizations",
            json!({ "resourceType": "Immunization", "status": "completed" }),
            json!({ "resourceType": "Immunization", "status": "not-done" }),
        ),
        (
            "History of Procedures",
            json!({ "resourceType": "Procedure", "status": "completed" }),
            json!({ "resourceType": "Procedure", "status": "not-done" }),
        ),
        (
            "Results",
            json!({ "resourceType": "Observation", "status": "final", "category": laboratory, "effectiveDateTime": when }),
            json!({ "resourceType": "Observation", "status": "preliminary", "category": laboratory }),
        ),
        (
            "Vital Signs",
            json!({ "resourceType": "Observation", "status": "final", "category": vital }),
            json!({ "resourceType": "Observation", "status": "final", "category": [concept("survey")] }),
        ),
        (
            "Results",
            json!({ "resourceType": "DiagnosticReport", "status": "final", "category": [concept("LP29684-5")], "result": [{}], "conclusion": "clear" }),
            json!({ "resourceType": "DiagnosticReport", "status": "final", "category": [concept("LAB")], "result": [{}] }),
        ),
    ] {
        // A second resource is always there, so that something is shared.
        let other = json!({ "resourceType": "Flag", "status": "active", "code": concept("1") });
        let taken = parsed(&of(&[coded(takes.clone()), other.clone()]));
        assert_eq!(
            faults(&taken)
                .iter()
                .filter(|fault| !fault.contains("subject") && !fault.contains("medication"))
                .count(),
            0,
            "{takes}"
        );
        assert_eq!(sections(&taken).get(section).map(Vec::len), Some(1), "{takes}");
        let left = parsed(&of(&[coded(leaves.clone()), other]));
        assert_eq!(sections(&left).values().map(Vec::len).sum::<usize>(), 1, "{leaves}");
    }
}

#[test]
fn a_device_of_the_patient_stands_there_as_one_that_is_used_and_once() {
    let patient = json!({ "reference": "Patient/1" });
    let device = |id: &str, status: &str| json!({ "resourceType": "Device", "id": id, "status": status, "patient": patient, "type": { "text": id } });
    let silent =
        json!({ "resourceType": "Device", "id": "hip", "patient": patient, "type": { "text": "hip" } });
    let of_a_ward =
        json!({ "resourceType": "Device", "id": "pump", "status": "active", "type": { "text": "pump" } });
    let statement = json!({ "resourceType": "DeviceUseStatement", "status": "active", "subject": patient,
        "timingDateTime": "2020", "device": { "reference": "Device/lens" },
        "derivedFrom": [{ "reference": "Device/pacemaker" }] });
    let said_otherwise = |status: &str| json!({ "resourceType": "DeviceUseStatement", "status": status, "subject": patient, "device": { "reference": "Device/valve" } });
    let over = json!({ "resourceType": "DeviceUseStatement", "status": "completed", "subject": patient,
        "timingDateTime": "2019", "device": { "reference": "Device/crutch" } });
    let resources = [
        device("pacemaker", "active"),
        device("lens", "active"),
        device("crutch", "active"),
        over,
        device("valve", "active"),
        said_otherwise("intended"),
        said_otherwise("entered-in-error"),
        device("stent", "inactive"),
        silent,
        of_a_ward,
        statement,
    ];
    let made = of(&resources);
    let document = parsed(&made);
    assert_eq!(faults(&document), Vec::<String>::new());
    let by_address = |reference: &Value| {
        let entries = document["entry"].as_array().unwrap();
        entries.iter().find(|entry| entry["fullUrl"] == *reference).unwrap()["resource"]["type"]["text"]
            .clone()
    };
    let mut used: Vec<(Value, bool)> = sections(&document)["Medical Devices"]
        .iter()
        .map(|entry| {
            assert_eq!(entry["resourceType"], "DeviceUseStatement");
            assert_eq!(
                entry["subject"]["reference"],
                document["entry"][0]["resource"]["subject"]["reference"]
            );
            (by_address(&entry["device"]["reference"]), entry["status"] == "active")
        })
        .collect();
    used.sort_by_key(|(device, _)| device.to_string());
    assert_eq!(
        used,
        [(json!("hip"), false), (json!("lens"), true), (json!("pacemaker"), true), (json!("valve"), true)]
    );
    assert_eq!((made.types["Device"], made.left_out.len()), (4, 6));
}

#[test]
fn of_one_code_the_newest_stands_there_and_a_problem_that_is_back_is_no_past_one() {
    let observation = |when: &str, value: &str| {
        let text = format!(
            r#"{{"resourceType":"Observation","status":"final","category":[{{"coding":[{{"code":"laboratory"}}]}}],
            "code":{{"coding":[{{"system":"http://loinc.org","code":"2823-3"}}]}},"effectiveDateTime":"{when}","valueQuantity":{{"value":{value}}}}}"#
        );
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let (older, newer) = (observation("2025-01-01", "4.1"), observation("2026-01-01", "6.1"));
    let json = parsed(&of(&[older, newer]));
    assert_eq!(sections(&json)["Results"].len(), 1);
    assert_eq!(sections(&json)["Results"][0]["effectiveDateTime"], "2026-01-01");

    let condition = |status: &str| json!({ "resourceType": "Condition", "clinicalStatus": { "coding": [{ "code": status }] }, "code": { "text": "Asthma" } });
    let json = parsed(&of(&[condition("resolved"), condition("recurrence")]));
    assert_eq!(sections(&json)["Problems"].len(), 1);
    assert!(!sections(&json).contains_key("Past Problems"));
}

#[test]
fn what_has_one_general_code_is_not_one_thing() {
    let unknown = json!([{ "system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "OTH" }]);
    let condition =
        |text: &str| json!({ "resourceType": "Condition", "code": { "coding": unknown, "text": text } });
    let json = parsed(&of(&[
        condition("Myasthenia gravis"),
        condition("Malignant hyperthermia"),
        condition("Myasthenia gravis"),
    ]));
    assert_eq!(sections(&json)["Problems"].len(), 2);
    let nameless = json!({ "resourceType": "Condition", "code": { "coding": unknown } });
    assert_eq!(sections(&parsed(&of(&[nameless.clone(), nameless])))["Problems"].len(), 2);
    let fracture = |site: &str| json!({ "resourceType": "Condition", "code": { "coding": [{ "code": "S52" }] }, "bodySite": [{ "text": site }] });
    assert_eq!(
        sections(&parsed(&of(&[fracture("left"), fracture("right"), fracture("left")])))["Problems"].len(),
        2
    );
}

#[test]
fn what_no_document_of_r4_may_hold_is_told_in_words_where_a_section_would_say_that_nothing_is_known() {
    let penicillin = json!({ "resourceType": "AllergyIntolerance", "clinicalStatus": "active", "verificationStatus": "confirmed",
        "code": { "text": "Penicillin" }, "patient": { "reference": "Patient/1" } });
    let made = of(&[penicillin]);
    let json = parsed(&made);
    assert_eq!(faults(&json), Vec::<String>::new());
    let section = &json["entry"][0]["resource"]["section"][0];
    assert_eq!(section["title"], "Allergies and Intolerances");
    assert!(section["text"]["div"].as_str().unwrap().contains("AllergyIntolerance"), "{section}");
    assert!(made.left_out.is_empty());
    // R4 that has no place is not told.
    let json = parsed(&of(&[
        json!({ "resourceType": "AllergyIntolerance", "clinicalStatus": { "coding": [{ "code": "resolved" }] } }),
        json!({ "resourceType": "Condition", "code": { "text": "Asthma" } }),
    ]));
    let section = &json["entry"][0]["resource"]["section"][0];
    assert!(section["text"]["div"].as_str().unwrap().contains("No information"), "{section}");
}

#[test]
fn numbers_stay_as_written_what_dangles_goes_and_what_lacks_is_unknown() {
    let patient = br#"{"resourceType":"Patient","id":"1"}"#.to_vec();
    let lab = br#"{"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"K"},
        "subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/9"},"performer":[{"reference":"Organization/1","display":"Lab"}],
        "valueQuantity":{"value":6.10}}"#.to_vec();
    let nameless = br#"{"resourceType":"Organization","id":"1"}"#.to_vec();
    let made = document(&[(patient, None), (lab, None), (nameless, None)]).unwrap();
    let json = parsed(&made);
    assert_eq!(
        faults(&json).iter().filter(|fault| !fault.starts_with("\"Observation\"")).count(),
        0,
        "{:?}",
        faults(&json)
    );
    assert!(String::from_utf8(made.json.clone()).unwrap().contains("\"value\":6.10"));
    let entry = &sections(&json)["Results"][0];
    assert_eq!(entry["encounter"], json!({ "extension": [{ "url": UNKNOWN, "valueCode": "masked" }] }));
    assert_eq!(entry["performer"], json!([{ "display": "Lab" }]));
    assert_eq!(
        entry["_effectiveDateTime"],
        json!({ "extension": [{ "url": UNKNOWN, "valueCode": "unknown" }] })
    );
    assert_eq!(made.dangling.len(), 2);
    let patient = json["entry"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["resource"]["resourceType"] == "Patient")
        .unwrap();
    assert_eq!(patient["resource"]["_birthDate"]["extension"][0]["valueCode"], "unknown");
    assert_eq!(patient["resource"]["name"][0]["_text"]["extension"][0]["valueCode"], "unknown");
}

#[test]
fn without_a_patient_or_anything_else_there_is_no_document() {
    let patient = (br#"{"resourceType":"Patient"}"#.to_vec(), None);
    let allergy = (br#"{"resourceType":"AllergyIntolerance"}"#.to_vec(), None);
    assert_eq!(document(std::slice::from_ref(&allergy)).unwrap_err(), AssemblyError::NoPatient);
    assert_eq!(document(std::slice::from_ref(&patient)).unwrap_err(), AssemblyError::NothingToShare);
    let visit = (br#"{"resourceType":"Encounter"}"#.to_vec(), None);
    assert_eq!(document(&[patient.clone(), visit]).unwrap_err(), AssemblyError::NothingToShare);
    assert!(document(&[patient, allergy]).is_ok());
}

//! What leaves with a share: one patient, references that resolve, and every record as it was.

use std::{collections::BTreeSet, ops::ControlFlow, path::Path};

use keepwell_protocol::{
    crypto::{CryptoError, Rng},
    domain::Timestamp,
    formats::{
        assembly::{AssembledBundle, AssemblyError, Dangling, SharedRecord, patient_shared_bundle},
        fhir::{Event, Limits, read},
    },
};

use crate::sample::canonical::Json;

const NOW: Timestamp = Timestamp(1_795_000_000);

/// The resources of an input, each with its address.
fn resources(input: &[u8]) -> Vec<(Vec<u8>, Option<String>)> {
    let mut resources = Vec::new();
    read(input, Limits::default(), &mut |event| {
        if let Event::Resource(resource) = event {
            resources.push((resource.bytes.to_vec(), resource.full_url.map(str::to_owned)));
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    resources
}

fn shared(resources: &[(Vec<u8>, Option<String>)]) -> Result<AssembledBundle, AssemblyError> {
    let records: Vec<_> = resources
        .iter()
        .map(|(bytes, full_url)| SharedRecord { bytes, full_url: full_url.as_deref(), source: "file" })
        .collect();
    patient_shared_bundle(&records, &BTreeSet::new(), true, NOW, &mut Rng::system())
}

fn of(resources: &[&str]) -> Result<AssembledBundle, AssemblyError> {
    shared(&resources.iter().map(|json| (json.as_bytes().to_vec(), None)).collect::<Vec<_>>())
}

fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    match json {
        Json::Object(members) => members.get(name),
        _ => None,
    }
}

fn text(json: &Json) -> &str {
    match json {
        Json::String(text) => text,
        _ => panic!("not a string"),
    }
}

/// The (fullUrl, resource) pairs of a Bundle.
fn entries(bundle: &AssembledBundle) -> Vec<(String, Json)> {
    let json = Json::parse(&bundle.json);
    assert_eq!(text(member(&json, "type").unwrap()), "collection");
    assert_eq!(text(member(&json, "timestamp").unwrap()), NOW.to_string());
    let Some(Json::Array(_)) = member(&json, "entry") else { panic!("no entries") };
    let Json::Object(mut members) = json else { panic!("no object") };
    let Some(Json::Array(entries)) = members.remove("entry") else { panic!("no entries") };
    let pair = |entry| {
        let Json::Object(mut members) = entry else { panic!("no object") };
        let url = text(&members["fullUrl"]).to_owned();
        (url, members.remove("resource").unwrap())
    };
    entries.into_iter().map(pair).collect()
}

/// Every `reference` in a value; each is replaced by a blank.
fn take_references(json: &mut Json, references: &mut Vec<String>) {
    match json {
        Json::Object(members) => {
            for (key, value) in members {
                match value {
                    Json::String(text) if key == "reference" => references.push(std::mem::take(text)),
                    other => take_references(other, references),
                }
            }
        }
        Json::Array(values) => values.iter_mut().for_each(|value| take_references(value, references)),
        Json::String(_) | Json::Bare(_) => {}
    }
}

/// A resource without what a share changes.
fn essence(mut json: Json) -> (Vec<u8>, Vec<String>) {
    let mut references = Vec::new();
    take_references(&mut json, &mut references);
    let Json::Object(members) = &mut json else { panic!("no object") };
    if let Some(Json::Object(meta)) = members.get_mut("meta") {
        meta.remove("profile");
        if meta.is_empty() {
            members.remove("meta");
        }
    }
    (json.canonical(), references)
}

#[test]
fn a_whole_record_leaves_as_it_is_with_every_reference_resolved() {
    let file = "../../fixtures/patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz";
    let packed = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let records = resources(&packed);
    let bundle = shared(&records).unwrap();
    let entries = entries(&bundle);
    assert_eq!(entries.len(), 1005);
    assert_eq!((bundle.types.values().sum::<usize>(), bundle.types["AllergyIntolerance"]), (1005, 8));
    assert_eq!(resources(&bundle.json).len(), 1005);

    let urls: BTreeSet<_> = entries.iter().map(|(url, _)| url.as_str()).collect();
    assert_eq!(urls.len(), entries.len());
    for url in &urls {
        let uuid = url.strip_prefix("urn:uuid:").unwrap();
        assert!(
            uuid.len() == 36 && uuid.as_bytes()[14] == b'4' && b"89ab".contains(&uuid.as_bytes()[19]),
            "{url}"
        );
    }
    let types: Vec<_> =
        entries.iter().map(|(_, resource)| text(member(resource, "resourceType").unwrap())).collect();
    assert_eq!(types.iter().position(|name| *name == "Patient"), Some(0));
    assert_eq!(types.iter().filter(|name| **name == "Patient").count(), 1);

    let mut before: Vec<_> = records.iter().map(|(bytes, _)| essence(Json::parse(bytes)).0).collect();
    let (mut after, mut open) = (Vec::new(), BTreeSet::new());
    for (_, resource) in entries.iter().map(|(url, resource)| (url, Json::parse(&resource.canonical()))) {
        let (rest, references) = essence(resource);
        after.push(rest);
        open.extend(references.into_iter().filter(|to| !to.starts_with('#') && !urls.contains(to.as_str())));
    }
    before.sort();
    after.sort();
    assert!(before == after, "a record changed");
    let dangling: BTreeSet<_> = bundle.dangling.iter().map(|dangling| dangling.reference.clone()).collect();
    assert_eq!(open, dangling);
    // Only searches for providers, which the file itself leaves open.
    assert!(open.iter().all(|reference| reference.contains('?')), "{open:?}");
}

#[test]
fn says_what_dangles_and_leaves_it_as_it_is() {
    let bundle = of(&[
        r##"{"resourceType":"Observation","subject":{"reference":"Patient/1"},"encounter":{"reference":"Encounter/9"},"device":{"reference":"#d"}}"##,
        r#"{"resourceType":"Patient","id":"1"}"#,
    ])
    .unwrap();
    assert_eq!(bundle.dangling, [Dangling { record: 0, reference: "Encounter/9".into() }]);
    let entries = entries(&bundle);
    let (_, references) = essence(Json::parse(&entries[1].1.canonical()));
    assert_eq!(references, ["#d", "Encounter/9", entries[0].0.as_str()]);
}

#[test]
fn searches_for_what_leaves_as_well_are_replaced() {
    let (practitioner, request) = (
        r#"{"resourceType":"Practitioner","id":"d","identifier":[{"system":"http://npi","value":"99"},{"value":"7"}]}"#,
        |search: &str| {
            format!(r#"{{"resourceType":"MedicationRequest","requester":{{"reference":"{search}"}}}}"#)
        },
    );
    for (search, resolves) in [
        ("Practitioner?identifier=http://npi|99", true),
        ("Practitioner?identifier=http%3A%2F%2Fnpi%7C99", true),
        ("https://h.example/fhir/Practitioner?identifier=http://npi|99", true),
        ("Practitioner?identifier=99", true),
        ("Practitioner?identifier=|7", true),
        ("Practitioner?identifier=|99", false),
        ("Practitioner?identifier=http://other|99", false),
        ("Organization?identifier=http://npi|99", false),
        ("Practitioner?name=99", false),
    ] {
        let bundle = of(&[r#"{"resourceType":"Patient","id":"1"}"#, practitioner, &request(search)]).unwrap();
        let entries = entries(&bundle);
        let (_, references) = essence(Json::parse(&entries[2].1.canonical()));
        let expected = if resolves { entries[1].0.as_str() } else { search };
        assert_eq!(
            (references.as_slice(), bundle.dangling.len()),
            (&[expected.to_owned()][..], usize::from(!resolves))
        );
    }
}

#[test]
fn whom_a_record_is_about_is_its_patient_by_whatever_address() {
    let urn = "urn:uuid:00000000-0000-4000-8000-00000000000A";
    let staying = BTreeSet::from([urn.to_lowercase()]);
    let patient = br#"{"resourceType":"Patient","id":"1"}"#.as_slice();
    let full_url = Some("http://H.example/fhir/Patient/1/");
    for (reference, stays, is_patient) in [
        ("https://h.example/fhir/Patient/1", false, true),
        ("Patient/1", false, true),
        ("Patient/other", false, true),
        ("https://other.example/Patient/9", false, true),
        ("Patient?identifier=a|b", false, true),
        (urn, false, true),
        (urn, true, false),
        ("Group/1", false, false),
        ("https://h.example/fhir/Device/1", false, false),
    ] {
        let observation =
            format!(r#"{{"resourceType":"Observation","subject":{{"reference":"{reference}"}}}}"#);
        let records = [
            SharedRecord { bytes: patient, full_url, source: "file" },
            SharedRecord { bytes: observation.as_bytes(), full_url: None, source: "file" },
        ];
        let none = BTreeSet::new();
        let staying = if stays { &staying } else { &none };
        let bundle = patient_shared_bundle(&records, staying, true, NOW, &mut Rng::system()).unwrap();
        let entries = entries(&bundle);
        let (_, references) = essence(Json::parse(&entries[1].1.canonical()));
        assert_eq!(references == [entries[0].0.clone()], is_patient, "{reference}");
        assert_eq!(bundle.dangling.is_empty(), is_patient, "{reference}");
    }
    // Who did it is not whom it is about.
    let performed = r#"{"resourceType":"Observation","performer":[{"reference":"Patient/2"}]}"#;
    let bundle = of(&[r#"{"resourceType":"Patient","id":"1"}"#, performed]).unwrap();
    assert_eq!(bundle.dangling.len(), 1);
}

#[test]
fn several_patient_resources_of_the_person_become_one() {
    let bundle = of(&[
        r#"{"resourceType":"Patient","id":"1"}"#,
        r#"{"resourceType":"Condition","subject":{"reference":"Patient/2"}}"#,
        r#"{"resourceType":"Patient","id":"2"}"#,
    ])
    .unwrap();
    assert_eq!((bundle.left_out.as_slice(), bundle.types.len()), (&[2][..], 2));
    let entries = entries(&bundle);
    let (_, references) = essence(Json::parse(&entries[1].1.canonical()));
    assert_eq!(references, [entries[0].0.as_str()]);
}

#[test]
fn profiles_stay_behind_but_for_insurance_cards() {
    let with_profile =
        |name: &str| format!(r#"{{"resourceType":"{name}","meta":{{"profile":["http://p"]}}}}"#);
    let bundle = of(&[
        r#"{"resourceType":"Patient","meta":{"profile":["http://p"],"lastUpdated":"2024"}}"#,
        &with_profile("Condition"),
        &with_profile("Coverage"),
    ])
    .unwrap();
    let profiles: Vec<_> = entries(&bundle)
        .iter()
        .map(|(_, resource)| member(resource, "meta").map(|meta| member(meta, "profile").is_some()))
        .collect();
    assert_eq!(profiles, [Some(false), None, Some(true)]);
}

#[test]
fn two_shares_have_nothing_in_common_but_the_content() {
    let records = [r#"{"resourceType":"Patient","id":"1"}"#, r#"{"resourceType":"Condition"}"#];
    let urls = || entries(&of(&records).unwrap()).into_iter().map(|(url, _)| url).collect::<BTreeSet<_>>();
    assert!(urls().is_disjoint(&urls()));
}

#[test]
fn refuses_to_share_no_one_or_nothing() {
    let (patient, condition) = (r#"{"resourceType":"Patient"}"#, r#"{"resourceType":"Condition"}"#);
    assert_eq!(of(&[condition]).unwrap_err(), AssemblyError::NoPatient);
    assert_eq!(of(&[]).unwrap_err(), AssemblyError::NoPatient);
    assert_eq!(of(&[patient]).unwrap_err(), AssemblyError::NothingToShare);
    assert_eq!(of(&[patient, patient]).unwrap_err(), AssemblyError::NothingToShare);
    assert!(matches!(of(&[patient, "{}"]), Err(AssemblyError::Record(_))));
    assert!(of(&[patient, condition]).is_ok());
    let record = |json: &'static str| SharedRecord { bytes: json.as_bytes(), full_url: None, source: "file" };
    let records = [record(r#"{"resourceType":"Patient"}"#), record(r#"{"resourceType":"Condition"}"#)];
    let mut broken = Rng::scripted(|_| Err(CryptoError::EntropyFailure));
    let failed = patient_shared_bundle(&records, &BTreeSet::new(), true, NOW, &mut broken).unwrap_err();
    assert_eq!(failed.code(), "EntropyFailure");
}

//! Real records without identity numbers, and what of them is marked as sensitive.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use keepwell_protocol::domain::Sensitivity;
use keepwell_protocol::formats::fhir::{
    Event, IdentityKind, Limits, read, sensitivities, without_identity_details,
};
use serde_json::Value;

use crate::sample;

/// Hands every resource of the folder's files to `then`.
fn each_resource(folder: &Path, then: &mut dyn FnMut(&[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = std::fs::read(entry.unwrap().path()).unwrap();
        let _ = read(&file[..], Limits::default(), &mut |event| {
            if let Event::Resource(resource) = event {
                then(resource.bytes);
            }
            ControlFlow::Continue(())
        });
    }
}

/// How many identifiers in a value say by type or namespace that they are social security, licence or passport, and how
/// many objects and lists are empty.
fn counted(value: &Value) -> (usize, usize) {
    let of_all = |values: &mut dyn Iterator<Item = &Value>| {
        values.map(counted).fold((0, 0), |(a, b), (numbers, empty)| (a + numbers, b + empty))
    };
    match value {
        Value::Object(members) => {
            let (numbers, empty) = of_all(&mut members.values());
            let types = value["type"]["coding"].as_array().into_iter().flatten();
            let is_typed = types
                .filter_map(|coding| coding["code"].as_str())
                .any(|code| ["SS", "DL", "PPN"].contains(&code));
            let is_number = value.get("value").is_some()
                && (is_typed || value["system"] == "http://hl7.org/fhir/sid/us-ssn");
            (numbers + usize::from(is_number), empty + usize::from(members.is_empty()))
        }
        Value::Array(values) => {
            let (numbers, empty) = of_all(&mut values.iter());
            (numbers, empty + usize::from(values.is_empty()))
        }
        _ => (0, 0),
    }
}

#[test]
fn real_records_lose_every_identity_number_and_nothing_else() {
    let mut found: BTreeMap<IdentityKind, usize> = BTreeMap::new();
    let mut numbers_before = 0;
    for folder in ["fhir/synthea", "fhir/us-core", "fhir/bulk-10-patients", "fhir/claims", "fhir/ips"] {
        let Some(folder) = sample::data(folder) else { return };
        each_resource(&folder, &mut |bytes| {
            let (without, details) = without_identity_details(bytes);
            if details.is_empty() {
                assert_eq!(without, bytes);
                return;
            }
            let (before, after): (Value, Value) =
                (serde_json::from_slice(bytes).unwrap(), serde_json::from_slice(&without).unwrap());
            let ((numbers, empty_before), (left, empty)) = (counted(&before), counted(&after));
            assert_eq!((left, empty), (0, empty_before), "{after}");
            numbers_before += numbers;
            for detail in details {
                *found.entry(detail.kind).or_default() += 1;
            }
            // What is left is as it was; only identifiers, the narrative and a payer's number went, and an id that is one.
            let (Value::Object(before), Value::Object(after)) = (before, after) else {
                panic!("no resource")
            };
            for (name, value) in &before {
                let may_change = ["identifier", "text", "contained", "subscriberId", "photo"]
                    .contains(&name.as_str())
                    || name == "id" && text(&before["identifier"]).contains(&text(value))
                    // A reference may say by a number whom it means.
                    || value.get("identifier").is_some();
                assert!(may_change || after.get(name) == Some(value), "{name}");
            }
            assert!(after.keys().all(|name| before.contains_key(name)));
        });
    }
    let by_kind = |kind| found.get(&kind).copied().unwrap_or_default();
    use IdentityKind as K;
    let counted = by_kind(K::SocialSecurity) + by_kind(K::DriversLicence) + by_kind(K::Passport);
    // Some are told by the namespace of a state's licences alone.
    assert!(numbers_before >= 80 && counted >= numbers_before, "{found:?}, {numbers_before}");
    assert!(by_kind(K::Insurance) > 0, "{found:?}");
}

/// A value as its letters and digits.
fn text(value: &Value) -> String {
    value.to_string().chars().filter(char::is_ascii_alphanumeric).collect()
}

#[test]
fn of_real_records_the_sensitive_ones_are_marked_and_blood_pressure_is_not() {
    let Some(folder) = sample::data("fhir/synthea") else { return };
    let mut marked: BTreeMap<Sensitivity, usize> = BTreeMap::new();
    let (mut all, mut any) = (0, 0);
    each_resource(&folder, &mut |bytes| {
        let kinds = sensitivities(bytes);
        let text = String::from_utf8_lossy(bytes);
        for (code, kind) in
            [("\"72892002\"", Sensitivity::Pregnancy), ("\"44261-6\"", Sensitivity::MentalHealth)]
        {
            assert!(!text.contains(code) || kinds.contains(&kind), "{text}");
        }
        let is_pressure = text.contains("\"85354-9\"") && text.contains("\"Observation\"");
        assert!(!is_pressure || kinds.is_empty(), "{text}");
        all += 1;
        any += usize::from(!kinds.is_empty());
        for kind in kinds {
            *marked.entry(kind).or_default() += 1;
        }
    });
    println!("{any} of {all}: {marked:?}");
    for kind in [
        Sensitivity::MentalHealth,
        Sensitivity::SubstanceUse,
        Sensitivity::SexualHealth,
        Sensitivity::Pregnancy,
    ] {
        assert!(marked.contains_key(&kind), "{marked:?}");
    }
    assert!(any * 4 < all, "{any} of {all}: what marks everything marks nothing");
}

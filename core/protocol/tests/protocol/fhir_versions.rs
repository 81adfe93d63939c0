//! Which version of a record is the present one: the known answers of
//! `fixtures/vectors/keepwell/identity.json`.

use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::fhir::{UpdateTime, VersionFacts, VersionNumber, present_version};
use serde_json::Value;

const VECTORS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/vectors/keepwell/identity.json"));

#[test]
fn the_present_version_is_that_of_the_known_answers() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let cases = vectors["versions"].as_array().unwrap();
    assert_eq!(cases.len(), 15);
    for case in cases {
        let versions = case["versions"].as_array().unwrap().iter().enumerate().map(|(index, version)| {
            let arrived = Timestamp::parse(version["arrived"].as_str().unwrap()).unwrap();
            let index = index as u64;
            VersionFacts {
                updated: version["lastUpdated"].as_str().and_then(|text| UpdateTime::parse(text, arrived)),
                number: version["versionId"].as_str().and_then(VersionNumber::parse),
                delivery: version["delivery"].as_u64().unwrap(),
                // A place in a history: what is earlier is newer.
                place: version["place"].as_u64().map_or(index, |place| 1_000 - place),
            }
        });
        let versions: Vec<VersionFacts> = versions.collect();
        let present = case["present"].as_u64().map(|index| usize::try_from(index).unwrap());
        assert_eq!(present_version(&versions), present, "{}", case["case"]);
    }
    assert_eq!(present_version(&[]), None);
}

#[test]
fn times_are_compared_to_their_full_precision_however_they_are_written() {
    let arrived = Timestamp::parse("2026-11-29T10:00:00Z").unwrap();
    let time = |text: &str| UpdateTime::parse(text, arrived).unwrap_or_else(|| panic!("{text}"));
    for (earlier, later) in [
        ("2024-05-01T08:00:00Z", "2024-05-01T08:00:00.000000000001Z"),
        ("2024-05-01T08:00:00.9Z", "2024-05-01T08:00:01"),
        ("2024-05-01T08:00:00.123456789Z", "2024-05-01T08:00:00.12345679+00:00"),
        ("2024-05-01T08:00", "2024-05-01T08:00:30"),
        ("2024-05-01", "2024-05-01T00:00:00.5Z"),
        ("2024-05-01T23:00:00-05:00", "2024-05-02T04:00:00.1Z"),
        ("0999-01-01T00:00:00Z", "2024-05-01T08:00:00Z"),
    ] {
        assert!(time(earlier) < time(later), "{earlier} {later}");
    }
    assert_eq!(time("2024-05-01T08:00:00.500Z"), time("2024-05-01T10:00:00.5+02:00"));
    for none in ["", "yesterday", "2024-13-01", "2026-11-30T10:00:01Z", "2099-01-01"] {
        assert_eq!(UpdateTime::parse(none, arrived), None, "{none}");
    }
    assert!(UpdateTime::parse("2026-11-30T10:00:00Z", arrived).is_some());
}

#[test]
fn numbers_of_any_length_are_compared_as_numbers() {
    let number = |text: &str| VersionNumber::parse(text);
    assert!(number("9") < number("10"));
    assert!(number("010") == number("10"));
    assert!(number(&"9".repeat(40)) < number(&format!("1{}", "0".repeat(40))));
    for none in ["", "v1", "1.2", "-1", "१"] {
        assert_eq!(number(none), None, "{none}");
    }
}

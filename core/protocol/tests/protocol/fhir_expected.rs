//! Every sample file, read as a patient's file would be, against figures made by other code.
//!
//! `expected.json` was made in Python; its `rules` say how each number is made. The canonical form
//! that its digests are over is written here a second time.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::Read,
    ops::ControlFlow,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use keepwell_protocol::formats::fhir::{
    Event, Kind, Limits, Outcome, Quarantine, ReadError, ResourceHead, Summary, read,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::sample::{canonical::Json, data};

/// What the reader made of one file.
#[derive(Default)]
struct Reading {
    types: BTreeMap<String, u64>,
    digests: Vec<String>,
    quarantined: Vec<(u64, Quarantine)>,
    /// Who issued each health card.
    cards: Vec<String>,
    outcomes: u64,
    without_id: BTreeMap<String, u64>,
    first_date: Option<String>,
    last_date: Option<String>,
    /// In the resources and in the Bundle around them, which may be signed.
    references: u64,
    repeated_keys: u64,
}

impl Reading {
    fn take(&mut self, bytes: &[u8]) {
        let json = Json::parse(bytes);
        let Json::Object(members) = &json else { panic!("a resource is an object") };
        let head = ResourceHead::read(bytes).unwrap();
        let name = head.resource_type.into_owned();
        assert_eq!(members.get("resourceType"), Some(&Json::String(name.clone())));
        let id = head.id.as_deref().map(str::to_owned);
        assert!(
            !members.contains_key("id")
                || members["id"] == id.clone().map_or(Json::Bare("null".into()), Json::String)
        );
        if id.is_none_or(|id| id.is_empty()) {
            *self.without_id.entry(name.clone()).or_default() += 1;
        }
        *self.types.entry(name).or_default() += 1;
        self.digests.push(sha256(&json.canonical()));
        if let Some((first, last)) = head.date_range {
            self.first_date = Some(self.first_date.take().map_or(first.clone(), |date| date.min(first)));
            self.last_date = Some(self.last_date.take().map_or(last.clone(), |date| date.max(last)));
        }
        self.repeated_keys += u64::from(head.has_repeated_keys);
        self.references += head.references.len() as u64;
    }

    /// Counts a second time, over a whole Bundle, what its envelope may hold too.
    fn take_envelope(&mut self, bundle: &[u8]) {
        let head = ResourceHead::read(bundle).unwrap();
        let references = std::mem::replace(&mut self.references, head.references.len() as u64);
        assert!(references <= self.references);
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 over sorted digests, a line feed behind each.
fn sha256_of_sorted<'a>(digests: impl Iterator<Item = &'a String>) -> String {
    let mut digests: Vec<_> = digests.collect();
    digests.sort();
    sha256(digests.iter().map(|digest| format!("{digest}\n")).collect::<String>().as_bytes())
}

fn reading(path: &Path) -> (Reading, Result<Summary, ReadError>) {
    let mut reading = Reading::default();
    let summary = read(File::open(path).unwrap(), Limits::default(), &mut |event| {
        match event {
            Event::Resource(resource) => reading.take(resource.bytes),
            Event::Quarantined { index, reason, .. } => reading.quarantined.push((index, reason)),
            // No record, but a resource like any other to those who counted.
            Event::Outcome(Outcome { status: None, bytes: Some(bytes), .. }) => {
                reading.outcomes += 1;
                reading.take(bytes);
            }
            Event::Card(card) => reading.cards.push(card.claims.issuer().to_owned()),
            Event::Outcome(_)
            | Event::Document(_)
            | Event::Measurements(_)
            | Event::Deleted(_)
            | Event::Page(_)
            | Event::Exported(_)
            | Event::Progress { .. } => {}
        }
        ControlFlow::Continue(())
    });
    if summary.as_ref().is_ok_and(|summary| summary.kind == Kind::Bundle) {
        reading.take_envelope(&unpacked(path));
    }
    (reading, summary)
}

fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    let mut unpacked = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
    } else {
        unpacked = bytes;
    }
    unpacked.strip_prefix("\u{feff}".as_bytes()).map(<[u8]>::to_vec).unwrap_or(unpacked)
}

/// Where `expected.json` goes by a file's name and the reader by its content.
const BY_CONTENT: [(&str, Kind); 2] = [
    // JSON in a file called .txt.
    ("shl/shlink-payload-direct.txt", Kind::JsonOther),
    // A health card in a file called .json.
    ("edge/validator/shc-file.json", Kind::HealthCard),
];

/// Names each number of a file that is not as expected.
fn differences(name: &str, path: &Path, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, found: Value, expected: &Value| {
        if found != *expected {
            differences.push(format!("{name}: {what} is {found}, expected {expected}"));
        }
    };
    let (reading, summary) = reading(path);
    let summary = match summary {
        Ok(summary) => summary,
        Err(error) => {
            let kind = match error {
                ReadError::InvalidJson { .. } => "invalid-json",
                ReadError::InvalidUtf8 { .. } => "invalid-utf8",
                _ => error.code(),
            };
            compare("kind", kind.into(), &expected["kind"]);
            return differences;
        }
    };
    match BY_CONTENT.iter().find(|(file, _)| *file == name) {
        Some((_, kind)) => assert_eq!(summary.kind, *kind, "{name}"),
        None if matches!(summary.kind, Kind::Picture | Kind::Dicom) => {
            compare("kind", "binary".into(), &expected["kind"]);
        }
        None => compare("kind", summary.kind.as_str().into(), &expected["kind"]),
    }
    if matches!(summary.kind, Kind::HealthCard | Kind::HealthCardJws | Kind::HealthCardQr) {
        differences.extend(card_differences(name, &reading, expected));
        return differences;
    }
    if matches!(summary.kind, Kind::FhirXml | Kind::AppleHealth) {
        // Their resources are held in `fhir_xml.rs` and `apple_health.rs`.
        return differences;
    }
    if summary.kind == Kind::CCda && summary.quarantined == 0 {
        // What comes of a document is held in `documents.rs`; its sections and entries are counted nowhere else.
        assert!(summary.resources > 0 && reading.quarantined.is_empty(), "{name}");
        return differences;
    }
    let read = matches!(summary.kind, Kind::Bundle | Kind::Resource | Kind::Ndjson);
    assert!(read || (summary.resources == 0 && summary.quarantined > 0), "{name}: not quarantined");
    match summary.kind {
        Kind::Bundle => {
            compare("entries", summary.entries.into(), &expected["entries"]);
            let without = summary.entries_without_resource.into();
            compare("entries without resource", without, &expected["entries_without_resource"]);
            compare("Bundle.type", summary.bundle_type.into(), &expected["bundle_type"]);
        }
        Kind::Ndjson => {
            compare("lines", summary.lines.into(), &expected["lines"]);
            compare("bad lines", summary.bad_lines.into(), &expected["bad_lines"]);
            let lines = expected["bad_line_list"].as_array().unwrap();
            let lines: Vec<_> = lines.iter().map(|line| line["line"].as_u64().unwrap() - 1).collect();
            compare("which lines are bad", bad_lines(&reading).into(), &lines.into());
        }
        Kind::JsonLinesOfValues => {
            let values = (summary.lines - summary.bad_lines).into();
            compare("values", values, &expected["values"]);
            let lines = expected["bad_line_numbers"].as_array().unwrap();
            let lines: Vec<_> = lines.iter().map(|line| line.as_u64().unwrap() - 1).collect();
            compare("which lines are bad", bad_lines(&reading).into(), &lines.into());
        }
        _ => {}
    }
    if read {
        let resources = summary.resources + reading.outcomes;
        let is_nested = !expected["nested_types"].as_object().is_none_or(serde_json::Map::is_empty);
        if is_nested || !expected["types"]["Bundle"].is_null() {
            let (count, types) = with_nested(expected);
            compare("resources, opened", resources.into(), &count.into());
            compare("types, opened", serde_json::to_value(&reading.types).unwrap(), &types);
            return differences;
        }
        compare("resources", resources.into(), &expected["resources"]);
        if resources == 0 {
            return differences;
        }
        compare("types", serde_json::to_value(&reading.types).unwrap(), &expected["types"]);
        let lossless = sha256_of_sorted(reading.digests.iter());
        compare("lossless digest", lossless.into(), &expected["lossless_digest"]);
        let distinct: BTreeSet<_> = reading.digests.iter().collect();
        compare("distinct resources", distinct.len().into(), &expected["distinct_resources"]);
        compare("without id", serde_json::to_value(&reading.without_id).unwrap(), &expected["without_id"]);
        compare("first date", reading.first_date.clone().into(), &expected["min_clinical_date"]);
        compare("last date", reading.last_date.clone().into(), &expected["max_clinical_date"]);
        let references = expected["references"].as_object().unwrap().values();
        let references: u64 = references.map(|count| count.as_u64().unwrap()).sum();
        compare("references", reading.references.into(), &references.into());
        let repeated = expected.get("duplicate_json_keys").is_some();
        compare("repeated keys", (reading.repeated_keys > 0).into(), &repeated.into());
    }
    differences
}

/// The same of a file of health cards: each is there with its resources, or set aside whole.
fn card_differences(name: &str, reading: &Reading, expected: &Value) -> Option<String> {
    let cards = expected["shc"].as_array().cloned().unwrap_or_default();
    let is_whole = reading.quarantined.is_empty();
    let mut types = serde_json::Map::new();
    for card in cards.iter().filter(|_| is_whole) {
        for (name, count) in card["resources"].as_object().into_iter().flatten() {
            let before = types.get(name).and_then(Value::as_u64).unwrap_or(0);
            types.insert(name.clone(), (before + count.as_u64().unwrap()).into());
        }
        let before = types.get("DocumentReference").and_then(Value::as_u64).unwrap_or(0);
        types.insert("DocumentReference".to_owned(), (before + 1).into());
    }
    let issuers: Vec<_> = cards.iter().filter(|_| is_whole).map(|card| card["iss"].clone()).collect();
    let found = serde_json::json!([reading.types, reading.cards, reading.quarantined.len()]);
    let wanted = serde_json::json!([types, issuers, usize::from(!is_whole)]);
    let is_example = ["shc/", "vaccination/"].iter().any(|folder| name.starts_with(folder));
    let is_same = found == wanted && is_whole == (is_example || READ.iter().any(|read| name.ends_with(read)));
    (!is_same).then(|| format!("{name}: {found}, expected {wanted}"))
}

/// Cards that are said to be defective and can be read: white space around them, several in one file, or a fault that
/// only the keys of the issuer show.
const READ: [&str; 6] = [
    "00-d-jws-invalid-signature.txt",
    "00-d-jws-issuer-not-valid-with-smart-key.txt",
    "00-d-jws-trailing_chars.txt",
    "00-d-jws-wrong_jws_header_kid.txt",
    "00-e-file-multi-jws.smart-health-card",
    "00-e-file-trailing_chars.smart-health-card",
];

/// How many resources of which types there are where the Bundles and Parameters that hold some are opened.
fn with_nested(expected: &Value) -> (u64, Value) {
    let mut types = expected["types"].clone();
    let known = types.as_object_mut().unwrap();
    let nested = expected["nested_types"].as_object().filter(|nested| !nested.is_empty());
    if nested.is_some() {
        known.remove("Parameters");
    }
    known.remove("Bundle");
    for (name, count) in nested.into_iter().flatten().filter(|(name, _)| *name != "Bundle") {
        let before = known.get(name).and_then(Value::as_u64).unwrap_or(0);
        known.insert(name.clone(), (before + count.as_u64().unwrap()).into());
    }
    let count = known.values().map(|count| count.as_u64().unwrap()).sum();
    (count, types)
}

fn bad_lines(reading: &Reading) -> Vec<u64> {
    let bad = |(line, reason): &(u64, Quarantine)| {
        matches!(reason, Quarantine::InvalidJson { .. }).then_some(*line)
    };
    reading.quarantined.iter().filter_map(bad).collect()
}

#[test]
fn every_sample_file_is_read_as_its_expected_figures_say() {
    let Some(folder) = data("fhir") else { return };
    let expected: Value = serde_json::from_reader(File::open(folder.join("expected.json")).unwrap()).unwrap();
    let files: Vec<_> = expected["files"].as_object().unwrap().iter().collect();
    assert_eq!(files.len(), 983);
    let next = AtomicUsize::new(0);
    let differences_found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((name, expected)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = differences(name, &folder.join(name), expected);
                    differences_found.lock().unwrap().extend(found);
                }
            });
        }
    });
    let found = differences_found.into_inner().unwrap();
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

//! Every sample file, read as a patient's file would be, against figures made by other code.
//!
//! `expected.json` was made in Python; its `rules` say how each number is made. The canonical form
//! that its digests are over is written here a second time.

mod sample;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    ops::ControlFlow,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use keepwell_protocol::formats::fhir::{Event, Kind, Limits, Quarantine, ReadError, Summary, read};
use sample::{canonical::Json, data};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What the reader made of one file.
#[derive(Default)]
struct Reading {
    types: BTreeMap<String, u64>,
    digests: Vec<String>,
    quarantined: Vec<(u64, Quarantine)>,
}

fn reading(path: &Path) -> (Reading, Result<Summary, ReadError>) {
    let mut reading = Reading::default();
    let summary = read(File::open(path).unwrap(), Limits::default(), &mut |event| {
        match event {
            Event::Resource(resource) => {
                let json = Json::parse(resource.bytes);
                let Json::Object(members) = &json else { panic!("a resource is an object") };
                let Some(Json::String(name)) = members.get("resourceType") else { panic!("with a type") };
                *reading.types.entry(name.clone()).or_default() += 1;
                reading.digests.push(hex::encode(Sha256::digest(json.canonical())));
            }
            Event::Quarantined { index, reason } => reading.quarantined.push((index, reason)),
            Event::Progress { .. } => {}
        }
        ControlFlow::Continue(())
    });
    reading.digests.sort();
    (reading, summary)
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
        None => compare("kind", summary.kind.as_str().into(), &expected["kind"]),
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
        compare("resources", summary.resources.into(), &expected["resources"]);
        if summary.resources == 0 {
            return differences;
        }
        compare("types", serde_json::to_value(&reading.types).unwrap(), &expected["types"]);
        let mut all = Sha256::new();
        for digest in &reading.digests {
            all.update(digest);
            all.update("\n");
        }
        compare("lossless digest", hex::encode(all.finalize()).into(), &expected["lossless_digest"]);
        let distinct: BTreeSet<_> = reading.digests.iter().collect();
        compare("distinct resources", distinct.len().into(), &expected["distinct_resources"]);
    }
    differences
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

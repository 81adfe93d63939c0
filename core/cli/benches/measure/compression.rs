//! How small records get, and what that costs: each sealed as a wallet seals it, against the same bytes
//! sealed as they are.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use cpu_time::ProcessTime;
use keepwell_protocol::crypto::{self, RecordKey, Rng};
use keepwell_protocol::domain::{Category, Timestamp};
use keepwell_protocol::formats::fhir::{Event, Limits, read};
use keepwell_protocol::vault::{RecordBlob, RecordHeader};

use crate::sample::{Sample, data, lines};
use crate::table::{Table, in_turn, show};

/// Sizes by folder of the sample files, byte for byte as an import takes them; then time.
pub(crate) fn seal(table: &mut Table) {
    let ndjson = Sample::load().ndjson(10_000);
    let sample: Vec<Vec<u8>> = lines(&ndjson).map(<[u8]>::to_vec).collect();
    size(table, "10,000 records of the sample", &sample);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(data().join("fhir"))
        .expect("the sample records")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let mut all = Vec::new();
    for folder in folders {
        let mut records = Vec::new();
        collect(&folder, &mut records);
        if records.len() >= 20 {
            size(table, &format!("records of {}", folder.file_name().unwrap().to_string_lossy()), &records);
        }
        all.append(&mut records);
    }
    size(table, "records of all sample files", &all);

    let (ours, plain) = in_turn(9, || cpu_of_one(&sample, true), || cpu_of_one(&sample, false));
    let measured = format!("{} against {}", show(ours), show(plain));
    table.row("sealing a record, against sealing it as it is", measured, "", None);
    let sealed = |compressed| -> Vec<(RecordKey, Vec<u8>)> {
        sample.iter().map(|bytes| seal_one(bytes, compressed)).collect()
    };
    let (compressed, as_it_is) = (sealed(true), sealed(false));
    let open = |blobs: &[(RecordKey, Vec<u8>)]| {
        let begun = ProcessTime::now();
        for (key, blob) in blobs {
            assert!(!RecordBlob::open(key, blob).unwrap().bytes.is_empty());
        }
        begun.elapsed() / blobs.len() as u32
    };
    let (ours, plain) = in_turn(9, || open(&compressed), || open(&as_it_is));
    let measured = format!("{} against {}", show(ours), show(plain));
    table.row("opening a record, against one that was sealed as it is", measured, "", None);
}

/// Adds a row for the sealed bytes of records, without their entries in segments.
fn size(table: &mut Table, name: &str, records: &[Vec<u8>]) {
    let length = |compressed| records.iter().map(|bytes| seal_one(bytes, compressed).1.len()).sum::<usize>();
    let json: usize = records.iter().map(Vec::len).sum();
    let ratio = |bytes: usize| bytes as f64 / json as f64;
    let measured = format!(
        "{:.3}× of {:.2} MB in {} (plain: {:.3}×)",
        ratio(length(true)),
        json as f64 / 1e6,
        records.len(),
        ratio(length(false)),
    );
    table.row(&format!("sealed bytes, {name}"), measured, "", None);
}

fn cpu_of_one(records: &[Vec<u8>], compressed: bool) -> std::time::Duration {
    let begun = ProcessTime::now();
    for bytes in records {
        seal_one(bytes, compressed);
    }
    begun.elapsed() / records.len() as u32
}

/// Seals one record; what has no category is never compressed.
fn seal_one(bytes: &[u8], compressed: bool) -> (RecordKey, Vec<u8>) {
    let mut rng = Rng::system();
    let header = RecordHeader {
        resource_type: "Observation".to_owned(),
        source: "bundle.json".to_owned(),
        full_url: None,
        received: Timestamp(1_800_000_000),
        sha256: crypto::sha256(bytes),
        category: compressed.then_some(Category::Results),
        encoding: None,
    };
    let key = RecordKey::generate(&mut rng).unwrap();
    let (_, blob) = RecordBlob { header, bytes: bytes.to_vec() }.seal(&key, &mut rng).unwrap();
    (key, blob)
}

/// Every resource of the files below a folder that can be read.
fn collect(folder: &Path, records: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, records);
            continue;
        }
        // What is broken on purpose ends where it breaks.
        let _ = read(File::open(path).unwrap(), Limits::default(), &mut |event| {
            if let Event::Resource(resource) = event {
                records.push(resource.bytes.to_vec());
            }
            ControlFlow::Continue(())
        });
    }
}

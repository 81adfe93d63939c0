//! Import, growth and memory; unlock, lists, records and search.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use keepwell_chart::{Row, english};
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::{self, ResourceHead};
use keepwell_wallet::Query;
use rusqlite::Connection;

use crate::patient::{self, Patient};
use crate::peer;
use crate::sample::{Sample, lines};
use crate::table::{Table, cpu, each, in_turn, median, show};

/// Tells a child process what to import, so that its memory can be read.
pub(crate) const CHILD: &str = "KEEPWELL_MEASURE_CHILD";

/// The 5 MB Bundle: into a fresh store, and again.
pub(crate) fn import(table: &mut Table) {
    let bundle = Sample::load().bundle(5_000_000);
    let entries: serde_json::Value = serde_json::from_slice(&bundle).unwrap();
    let resources: Vec<String> =
        entries["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].to_string()).collect();
    let bytes: Vec<&[u8]> = resources.iter().map(|resource| resource.as_bytes()).collect();
    let mut again = Vec::new();
    let (ours, raw) = in_turn(
        7,
        || {
            let mut patient = Patient::new();
            let (time, report) = cpu(|| patient.import(&bundle));
            assert_eq!(report.added as usize, bytes.len());
            let (second, report) = cpu(|| patient.import(&bundle));
            assert_eq!((report.added, report.updated), (0, 0));
            again.push(second);
            time
        },
        || {
            let folder = tempfile::tempdir().unwrap();
            let mut connection = peer::open(&folder.path().join("raw.db"));
            cpu(|| peer::insert(&mut connection, &bytes)).0
        },
    );
    let work = format!("import of a {:.1} MB Bundle, {} resources", bundle.len() as f64 / 1e6, bytes.len());
    table.ratio(&format!("{work}, against raw SQLCipher insert"), ours, raw, 2.0, "≤ 2.0×");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle.json");
    fs::write(&file, &bundle).unwrap();
    match peer::fhir_resources(&file) {
        Some(python) => {
            let faster = python.as_secs_f64() / ours.as_secs_f64();
            let measured = format!("{faster:.1}× faster ({} against {})", show(ours), show(python));
            table.row(
                &format!("{work}, against `fhir.resources` parsing it"),
                measured,
                "≥ 5× faster",
                Some(faster >= 5.0),
            );
        }
        None => eprintln!("  KEEPWELL_FHIR_PYTHON names no Python with fhir.resources: not compared"),
    }
    table.ratio("the same again, nothing written", median(again), ours, 0.3, "≤ 0.3×");
}

/// What an import in a process of its own took.
struct Imported {
    /// CPU seconds.
    seconds: f64,
    /// MB of resident memory at the peak, over the process before.
    megabytes: f64,
    /// CPU microseconds of `status` after it.
    status: f64,
}

impl Imported {
    /// Imports what `write` writes into a file.
    fn of(write: impl FnOnce(&mut BufWriter<fs::File>)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("records.ndjson");
        let mut out = BufWriter::new(fs::File::create(&file).unwrap());
        write(&mut out);
        out.flush().unwrap();
        let output = Command::new(std::env::current_exe().unwrap()).env(CHILD, &file).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let [seconds, megabytes, status] = numbers[..] else { panic!("three numbers: {text}") };
        Self { seconds, megabytes, status }
    }

    fn of_records(sample: &Sample, count: usize) -> Self {
        Self::of(|out| sample.write_ndjson(count, out))
    }
}

/// From 10,000 to 100,000 records: time, memory and `status`; and 100,000 versions of one record.
pub(crate) fn growth(table: &mut Table) {
    let sample = Sample::load();
    let [small, large] = [10_000, 100_000].map(|count| Imported::of_records(&sample, count));
    let exponent = (large.seconds / small.seconds).log10();
    table.row(
        "growth of import, 10,000 → 100,000 records",
        format!("exponent {exponent:.2} ({:.2} s, {:.2} s)", small.seconds, large.seconds),
        "≤ 1.15",
        Some(exponent <= 1.15),
    );
    let work = "peak memory of that import of 100,000, over the process before it";
    table.row(work, format!("{:.1} MB", large.megabytes), "≤ 40 MB", Some(large.megabytes <= 40.0));
    let ratio = large.status / small.status;
    let measured = format!("{ratio:.2}× ({:.1} µs against {:.1} µs)", large.status, small.status);
    table.row("`status`, 100,000 records against 10,000", measured, "≤ 1.5×", Some(ratio <= 1.5));
    let versions = Imported::of(|out| out.write_all(&sample.versions(100_000)).unwrap());
    let ratio = versions.seconds / large.seconds;
    let measured = format!("{ratio:.2}× ({:.2} s), {:.1} MB", versions.seconds, versions.megabytes);
    table.row(
        "import of 100,000 versions of one record, against that of 100,000 records",
        measured,
        "≤ 2×, ≤ 120 MB",
        Some(ratio <= 2.0 && versions.megabytes <= 120.0),
    );
}

/// From 100,000 to 1,000,000 records.
pub(crate) fn million(table: &mut Table) {
    let sample = Sample::load();
    let [small, large] = [100_000, 1_000_000].map(|count| Imported::of_records(&sample, count));
    let exponent = (large.seconds / small.seconds).log10();
    let measured = format!(
        "exponent {exponent:.2} ({:.2} s, {:.2} s), {:.1} MB; `status` {:.1} µs, {:.1} µs",
        small.seconds, large.seconds, large.megabytes, small.status, large.status
    );
    table.row("growth of import, 100,000 → 1,000,000 records, its memory and `status`", measured, "", None);
}

/// Imports one file and prints CPU seconds, the peak of resident memory over that before in MB, and
/// microseconds of `status`.
pub(crate) fn import_in_child(file: &str) {
    let mut patient = Patient::new();
    // The stretching of the PIN has had 64 MiB: the peak is counted from here.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = peak_kilobytes();
    let mut whole = [keepwell_wallet::ImportFile::new("", || Ok(Box::new(fs::File::open(file)?)))];
    let (time, report) = cpu(|| {
        patient
            .wallet
            .import(&mut whole, &Default::default(), &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap()
    });
    assert!(report.added > 0 && report.quarantined.is_empty());
    let megabytes = (peak_kilobytes() - before) as f64 / 1e3;
    let status = median((0..11).map(|_| each(20, |_| assert!(patient.wallet.status().is_ok()))).collect());
    println!("{} {megabytes} {}", time.as_secs_f64(), status.as_secs_f64() * 1e6);
}

fn peak_kilobytes() -> u64 {
    fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok())
        .unwrap_or(0)
}

/// Unlock to the first screen, lists, one record and search, at 100,000 records.
pub(crate) fn reading(table: &mut Table) {
    const COUNT: usize = 100_000;
    let ndjson = Sample::load().ndjson(COUNT);
    let Patient { home: _home, mut wallet, fresh } = {
        let mut patient = Patient::new();
        patient.import(&ndjson);
        patient
    };
    let folder = tempfile::tempdir().unwrap();
    let raw_path = folder.path().join("raw.db");
    fill_raw(&raw_path, &ndjson);
    drop(ndjson);

    let newest = Query { category: Some(Category::Results), limit: 50, ..Query::default() };
    let mut at_hand = Some(fresh);
    let (ours, raw) = in_turn(
        21,
        || {
            wallet.lock();
            let fresh = at_hand.take().unwrap();
            let (time, fresh) = cpu(|| {
                let fresh = wallet.unlock_again(fresh).unwrap();
                assert_eq!(wallet.records(&newest).unwrap().records.len(), 50);
                fresh
            });
            at_hand = Some(fresh);
            time
        },
        // Closing is in neither time.
        || {
            let (time, _open) = cpu(|| {
                let connection = peer::open(&raw_path);
                assert_eq!(raw_newest(&connection), 50);
                connection
            });
            time
        },
    );
    table.ratio("unlock (key at hand) to first screen, 100,000 records", ours, raw, 1.5, "≤ 1.5×");

    let walls = (0..7)
        .map(|_| {
            wallet.lock();
            let begun = Instant::now();
            wallet.unlock(&patient::pin()).unwrap();
            assert_eq!(wallet.records(&newest).unwrap().records.len(), 50);
            begun.elapsed()
        })
        .collect();
    let work = "unlock with the PIN (Argon2id) to first screen, 100,000 records, wall time";
    table.row(work, show(median(walls)), "", None);

    let raw = peer::open(&raw_path);
    let (ours, peer_time) = in_turn(
        11,
        || each(200, |_| assert_eq!(wallet.records(&newest).unwrap().records.len(), 50)),
        || each(200, |_| assert_eq!(raw_newest(&raw), 50)),
    );
    table.ratio("newest 50 of a category, with values", ours, peer_time, 2.0, "≤ 2×");

    let mut ids = Vec::new();
    let mut page = Query { limit: 200, ..Query::default() };
    while ids.len() < 20_000 {
        let found = wallet.records(&page).unwrap();
        ids.extend(found.records.iter().map(|record| record.id));
        page.after = found.next;
    }
    let scattered = |at: u32, of: usize| at as usize * 7_919 % of;
    let (ours, peer_time) = in_turn(
        11,
        || {
            each(1_000, |at| {
                assert!(!wallet.record_bytes(&ids[scattered(at, ids.len())]).unwrap().is_empty())
            })
        },
        || each(1_000, |at| assert!(!raw_record(&raw, 1 + scattered(at, 20_000) as i64).is_empty())),
    );
    table.ratio("one record", ours, peer_time, 1.5, "≤ 1.5×");

    let (page, bytes) = in_turn(
        11,
        || each(1_000, |at| assert!(wallet.record_view(&ids[scattered(at, ids.len())]).is_ok())),
        || each(1_000, |at| assert!(wallet.record_bytes(&ids[scattered(at, ids.len())]).is_ok())),
    );
    let beyond = page.saturating_sub(bytes);
    let met = beyond <= std::time::Duration::from_micros(50);
    table.row("the page of a record, beyond reading it", show(beyond), "≤ 50 µs", Some(met));

    let search = Query { text: Some("glucose".into()), limit: 20, ..Query::default() };
    let (ours, peer_time) = in_turn(
        11,
        || each(200, |_| assert_eq!(wallet.records(&search).unwrap().records.len(), 20)),
        || each(200, |_| assert_eq!(raw_search(&raw, "glucose"), 20)),
    );
    table.ratio("search, newest 20", ours, peer_time, 3.0, "≤ 3×");
}

/// The same records in plain tables: bytes, a list that is its own covering index, and FTS5.
fn fill_raw(path: &Path, ndjson: &[u8]) {
    let mut connection = peer::open(path);
    connection
        .execute_batch(
            "CREATE TABLE raw (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
             CREATE TABLE list (category TEXT, date TEXT, id INTEGER, type TEXT, code TEXT, display TEXT, value TEXT, status TEXT,
                                PRIMARY KEY (category, date, id)) WITHOUT ROWID;
             CREATE VIRTUAL TABLE word USING fts5 (text, content = '', contentless_delete = 1);",
        )
        .unwrap();
    let transaction = connection.transaction().unwrap();
    {
        let mut raw = transaction.prepare("INSERT INTO raw (bytes) VALUES (?1)").unwrap();
        let mut list =
            transaction.prepare("INSERT INTO list VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)").unwrap();
        let mut word = transaction.prepare("INSERT INTO word (rowid, text) VALUES (?1, ?2)").unwrap();
        for bytes in lines(ndjson) {
            raw.execute([bytes]).unwrap();
            let id = transaction.last_insert_rowid();
            let head = ResourceHead::read(bytes).unwrap();
            let code = head.codes.first();
            list.execute(rusqlite::params![
                fhir::category(&head, None).as_str(),
                head.date.as_ref().map_or("", |date| date.text.as_ref()),
                id,
                head.resource_type,
                code.and_then(|code| code.code.as_deref()),
                code.and_then(|code| code.display.as_deref()),
                Row::read(bytes).value.as_ref().map(english::value),
                head.status.as_deref(),
            ])
            .unwrap();
            word.execute(rusqlite::params![id, head.text]).unwrap();
        }
    }
    transaction.commit().unwrap();
}

fn raw_newest(connection: &Connection) -> usize {
    let mut statement = connection
        .prepare_cached(
            "SELECT id, type, date, code, display, value, status FROM list WHERE category = ?1 ORDER BY date DESC, id DESC LIMIT 50",
        )
        .unwrap();
    type Text = Option<String>;
    let rows: Vec<(i64, String, String, Text, Text, Text, Text)> = statement
        .query_map(["results"], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect();
    rows.len()
}

fn raw_record(connection: &Connection, id: i64) -> Vec<u8> {
    let mut statement = connection.prepare_cached("SELECT bytes FROM raw WHERE id = ?1").unwrap();
    statement.query_row([id], |row| row.get(0)).unwrap()
}

fn raw_search(connection: &Connection, word: &str) -> usize {
    let mut statement = connection
        .prepare_cached("SELECT rowid FROM word WHERE word MATCH ?1 ORDER BY rowid DESC LIMIT 20")
        .unwrap();
    let rows: Vec<i64> = statement.query_map([word], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    rows.len()
}

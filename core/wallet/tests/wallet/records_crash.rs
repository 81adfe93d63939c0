//! A process that is killed while it imports, and a fault in the middle.

use std::io::{BufRead, BufReader};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use keepwell_wallet::{ImportFile, ImportOptions};

use crate::setup::{Place, TestClock, device, import, list, pin, this_program};

const HOME: &str = "KEEPWELL_TEST_HOME";
const FILE: usize = 400;

/// Not a test by itself: what the killed process does, file after file, until it is killed.
#[test]
fn imports_until_killed() {
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else { return };
    let clock = Box::new(TestClock::default());
    let mut wallet =
        keepwell_wallet::Wallet::open(&home, device(&home), clock, keepwell_protocol::crypto::Rng::system())
            .unwrap();
    wallet.unlock(&pin()).unwrap();
    let first = list(&wallet).len();
    println!("unlocked");
    for file in 0.. {
        let line = |index: usize| {
            let id = first + file * FILE + index;
            format!(r#"{{"resourceType":"Observation","id":"{id}","code":{{"text":"Glucose {id}"}}}}"#)
        };
        let lines: Vec<String> = (0..FILE).map(line).collect();
        assert_eq!(import(&mut wallet, lines.join("\n").as_bytes()).unwrap().added, FILE as u64);
        println!("imported");
    }
}

fn start(place: &Place, until: &str) -> Child {
    let mut child = this_program()
        .args(["--exact", "records_crash::imports_until_killed", "--nocapture"])
        .env(HOME, place.home())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(until)), "the child ended before its time");
    child
}

// Row 109: who catches it has a wallet that is whole, and goes on with it or locks it.
#[test]
fn after_a_panic_in_the_middle_of_an_import_nothing_of_it_is_there_and_the_next_one_is() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let observation =
        |id: usize| format!(r#"{{"resourceType":"Observation","id":"{id}","code":{{"text":"Glucose"}}}}"#);
    import(&mut wallet, observation(0).as_bytes()).unwrap();
    let lines: Vec<String> = (1..=FILE).map(observation).collect();
    let bytes = lines.join("\n").into_bytes();
    let broken = catch_unwind(AssertUnwindSafe(|| {
        let mut files = [ImportFile::from_bytes("", &bytes)];
        let options = ImportOptions { source: Some("hospital".into()), patient: None };
        wallet.import(&mut files, &options, &mut |_| panic!("a fault in the middle")).is_ok()
    }));
    assert!(broken.is_err());
    assert_eq!(list(&wallet).len(), 1);
    wallet.lock();
    assert_eq!(wallet.status().unwrap_err().code(), "Locked");
    wallet.unlock(&pin()).unwrap();
    assert_eq!(import(&mut wallet, &bytes).unwrap().added, FILE as u64);
    drop((wallet, fresh));
    assert_eq!(list(&place.unlock().unwrap().0).len(), FILE + 1);
}

#[test]
fn after_a_kill_each_file_is_there_whole_or_not_at_all() {
    let place = Place::new();
    drop(place.create());
    let mut known = 0;
    for round in 0..16 {
        let mut child = start(&place, "unlocked");
        std::thread::sleep(Duration::from_millis(17 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let (wallet, fresh) = place.unlock().unwrap();
        let records = list(&wallet);
        assert_eq!(records.len() % FILE, 0, "round {round}");
        assert!(records.len() >= known, "round {round}: what was there is gone");
        known = records.len();
        assert_eq!(wallet.status().unwrap().records, known as u64);
        assert_eq!(wallet.export(&fresh, &mut std::io::sink()).unwrap().records, known as u64);
        let query =
            keepwell_wallet::Query { text: Some("glucose".into()), limit: 1_000, ..Default::default() };
        let found = wallet.records(&query).unwrap();
        assert_eq!(found.records.len(), known.min(1_000), "round {round}: search and list agree");
    }
    assert!(known > 0, "no import ever ended");
}

#[test]
fn a_second_process_is_told_to_wait_until_the_first_is_gone() {
    let place = Place::new();
    drop(place.create());
    let mut child = start(&place, "unlocked");
    assert_eq!(place.refusal(), "Busy");
    child.kill().unwrap();
    child.wait().unwrap();
    place.unlock().unwrap();
}

/// What a crash leaves in the log beside the database, and what somebody may do to it.
#[test]
fn a_changed_or_foreign_log_never_gives_half_a_file() {
    let place = Place::new();
    drop(place.create());
    let other = Place::new();
    drop(other.create());
    for (name, change) in [
        ("removed", None),
        ("cut", Some(&(|log: &mut Vec<u8>| log.truncate(log.len() / 2)) as &dyn Fn(&mut Vec<u8>))),
        ("changed", Some(&|log: &mut Vec<u8>| log.iter_mut().skip(5_000).for_each(|byte| *byte ^= 1))),
        ("of another wallet", Some(&|log: &mut Vec<u8>| *log = log_of(&other))),
    ] {
        let before = list(&place.unlock().unwrap().0).len();
        let foreign = name == "of another wallet";
        let mut log = log_of(&place);
        let path = place.file("store.db-wal");
        match change {
            None => std::fs::remove_file(&path).unwrap(),
            Some(change) => {
                change(&mut log);
                std::fs::write(&path, &log).unwrap();
            }
        }
        // The index of the log is stale now as well.
        if foreign {
            let database = std::fs::read(place.file("store.db")).unwrap();
            assert_eq!(place.refusal(), "StorageCorrupt");
            assert!(std::fs::read(place.file("store.db")).unwrap() == database, "the log was written back");
            std::fs::remove_file(&path).unwrap();
        }
        let after = list(&place.unlock().unwrap().0).len();
        assert_eq!(after % FILE, 0, "{name}");
        assert!(after >= before, "{name}: what was in the database itself is gone");
    }
}

/// Kills an import after the first file and gives the log that it leaves.
fn log_of(place: &Place) -> Vec<u8> {
    let mut child = start(place, "imported");
    child.kill().unwrap();
    child.wait().unwrap();
    let log = std::fs::read(place.file("store.db-wal")).unwrap();
    assert!(!log.is_empty());
    log
}

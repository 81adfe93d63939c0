//! Deliveries: a kill while one is taken back, bounded work on what is made to be slow, and after a restore.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use keepwell_wallet::{ImportOptions, VersionStanding, Wallet};

use crate::parties::{PATIENT, Parties, record};
use crate::restore_words::restore;
use crate::setup::{Place, TestClock, device, import, import_as, list, pin, this_program};

const HOME: &str = "KEEPWELL_TEST_UNDO_HOME";
const FILE: usize = 300;

fn file() -> Vec<u8> {
    let line = |id| {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","subject":{{"reference":"Patient/p"}},"code":{{"text":"Glucose {id}"}}}}"#
        )
    };
    (0..FILE).map(line).collect::<Vec<_>>().join("\n").into_bytes()
}

/// Not a test by itself: what the killed process does, again and again, until it is killed.
#[test]
fn imports_and_undoes_until_killed() {
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else { return };
    let clock = Box::new(TestClock::default());
    let rng = keepwell_protocol::crypto::Rng::system();
    let mut wallet = Wallet::open(&home, device(&home), clock, rng).unwrap();
    wallet.unlock(&pin()).unwrap();
    println!("unlocked");
    loop {
        if let Some(standing) = wallet.imports().unwrap().into_iter().find(|one| one.undone.is_none()) {
            wallet.undo_import(standing.import).unwrap();
        }
        import(&mut wallet, &file()).unwrap();
    }
}

fn start(place: &Place) -> Child {
    let mut child = this_program()
        .args(["--exact", "records_deliveries::imports_and_undoes_until_killed", "--nocapture"])
        .env(HOME, place.home())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("unlocked")), "the child ended before its time");
    child
}

#[test]
fn after_a_kill_an_import_is_taken_back_whole_or_not_at_all() {
    let place = Place::new();
    drop(place.create());
    for round in 0..8 {
        let mut child = start(&place);
        std::thread::sleep(Duration::from_millis(60 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let (wallet, fresh) = place.unlock().unwrap();
        let standing = wallet.imports().unwrap().iter().filter(|one| one.undone.is_none()).count();
        assert!(standing <= 1, "round {round}");
        let records = list(&wallet).len();
        assert_eq!(records, FILE * standing, "round {round}");
        assert_eq!(wallet.status().unwrap().records, records as u64);
        assert_eq!(wallet.export(&fresh, &mut std::io::sink()).unwrap().records, records as u64);
    }
}

/// What this thread has computed so far: unlike time, much the same whatever else runs (Linux; else nothing).
fn computed() -> Duration {
    let since_start = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(since_start.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

/// What the import of these lines into a wallet of its own computes, and what comes of it.
fn measured(lines: &[String]) -> (Duration, u64, Wallet, Place) {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    let file = lines.join("\n").into_bytes();
    let before = computed();
    let report = import_as(&mut wallet, &file, &ImportOptions::default()).unwrap();
    (computed() - before, report.added, wallet, place)
}

#[test]
fn a_long_history_is_work_for_each_version_once() {
    let version = |number: usize| {
        format!(
            r#"{{"resourceType":"Basic","id":"b","subject":{{"reference":"Patient/p"}},"meta":{{"versionId":"{number}"}}}}"#
        )
    };
    // Newest first: each is older than what is there.
    let history = |count: usize| (0..count).rev().map(version).collect::<Vec<_>>();
    let (short, ..) = measured(&history(1_000));
    let (long, added, wallet, _place) = measured(&history(8_000));
    assert_eq!(added, 1);
    assert!(long <= short * 8 * 3, "{short:?} {long:?}");
    let versions = wallet.record_history(list(&wallet)[0].id).unwrap();
    assert_eq!(versions.len(), 8_000);
    assert_eq!(versions[0].version_id.as_deref(), Some("7999"));
    let present: Vec<u32> = versions
        .iter()
        .filter(|version| version.standing == VersionStanding::Present)
        .map(|version| version.version)
        .collect();
    assert_eq!(present, [1]);
}

#[test]
fn one_id_for_thousands_of_things_is_bounded_work_and_loses_none() {
    let thing = |number: usize| {
        format!(
            r#"{{"resourceType":"Observation","id":"1","subject":{{"reference":"Patient/p"}},"code":{{"coding":[{{"system":"s","code":"{number}"}}]}}}}"#
        )
    };
    let things = |count: usize| (0..count).map(thing).collect::<Vec<_>>();
    let (short, ..) = measured(&things(500));
    let (long, added, wallet, _place) = measured(&things(4_000));
    assert!(long <= short * 8 * 3, "{short:?} {long:?}");
    assert_eq!(added, 4_000);
    assert_eq!(list(&wallet).len(), 4_000);
}

#[test]
fn after_a_restore_what_two_imports_carried_stays_until_both_are_taken_back() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let first = import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap().import.unwrap();
    let again = import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap().import.unwrap();
    let gone = import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap().import.unwrap();
    parties.sync(&mut wallet);
    wallet.undo_import(gone).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    let (mut restored, report) = restore(&parties, "restored", 1).unwrap();
    assert_eq!(report.missing, []);
    assert_eq!(restored.imports().unwrap(), wallet.imports().unwrap());
    assert_eq!(list(&restored), list(&wallet));
    for wallet in [&mut wallet, &mut restored] {
        assert_eq!(list(wallet).len(), 2);
        assert_eq!(wallet.undo_import(first).unwrap().removed, 0);
        assert_eq!(list(wallet).len(), 2);
        assert_eq!(wallet.undo_import(again).unwrap().removed, 1);
        assert_eq!(list(wallet).len(), 1);
        // The same again is the old record with a new number.
        assert_eq!(import(wallet, &record("AllergyIntolerance", "a2")).unwrap().updated, 1);
        assert_eq!(list(wallet).len(), 2);
    }
}

//! A restore that was broken off goes on where it was.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use keepwell_net::HttpTransport;
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_protocol::domain::Category;
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{Network, NewWallet, RestoreFrom, Servers, Wallet};

use crate::parties::{PATIENT, Parties, categories, create, record, state};
use crate::restore_words::{export, restore, restore_with};
use crate::setup::{self, import, list};

fn sorted_lines(wallet: &mut Wallet) -> Vec<Vec<u8>> {
    let bytes = export(wallet);
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    lines.sort();
    lines
}

/// Records of 14 kB that hardly compress, so that they are several batches.
fn long_records(from: usize, count: usize) -> Vec<u8> {
    let line = |index: usize| {
        let mut state = index as u64 + 1;
        let mut digits = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{:08x}", state >> 32)
        };
        let text: String = (0..1_750).map(|_| digits()).collect();
        let about = r#""subject":{"reference":"Patient/p1"}"#;
        format!(r#"{{"resourceType":"Observation","id":"o{index}",{about},"code":{{"text":"{text}"}}}}"#)
    };
    (from..from + count).map(line).collect::<Vec<_>>().join("\n").into_bytes()
}

#[test]
fn cut_after_every_request_it_asks_for_no_blob_twice_and_ends_as_if_it_was_not_cut() {
    let parties = Parties::start();
    let clinic = parties.provider(81, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &long_records(0, 300)).unwrap();
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Results])).unwrap().grant;
    parties.sync(&mut wallet);
    parties.sync_anchor(&mut wallet);
    let lines = sorted_lines(&mut wallet);
    drop((wallet, fresh));
    parties.wire.take_asked();
    let (_, whole) = restore(&parties, "uncut", 1).unwrap();
    let wanted = parties.wire.take_asked();
    assert!(wanted.len() > 300);

    let mut tries = 0;
    let (mut wallet, report) = loop {
        tries += 1;
        assert!(tries < 60, "it does not get on");
        // The view, the host's gateways, the account and the anchor at the ledger, and one request for blobs or none.
        parties.wire.cut_after(if tries % 2 == 0 { 4 } else { 5 }, false);
        match restore(&parties, "cut", 1) {
            Ok(done) if done.1.missing.is_empty() => break done,
            // The ledger was cut off: that is said, and the wallet is whole.
            Ok(done) => break done,
            Err(error) => assert_eq!(error.code(), "ConnectionBroken"),
        }
        assert!(!parties.path("cut").join("wallet").exists());
        assert!(Wallet::has_unfinished_restore(&parties.path("cut")));
    };
    parties.wire.mend();
    assert!(tries > 6, "{tries} tries were no test");
    let asked = parties.wire.take_asked();
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len(), "a blob was fetched twice");
    assert_eq!(asked.len(), wanted.len());
    assert_eq!((report.records, report.grants, report.version), (whole.records, whole.grants, whole.version));
    assert!(!Wallet::has_unfinished_restore(&parties.path("cut")));
    assert_eq!(sorted_lines(&mut wallet), lines);
    // And it is a wallet: it publishes and revokes.
    wallet.revoke(grant).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(state(&wallet, grant), "revoked");
}

#[test]
fn if_the_space_moved_on_only_the_difference_is_fetched_and_the_pin_given_last_counts() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &long_records(0, 300)).unwrap();
    parties.sync_anchor(&mut wallet);
    parties.wire.take_asked();
    // View, lists, objects, the host's gateways, the anchor's proof, lists, and some of the records.
    parties.wire.cut_after(9, false);
    let clock = || Box::new(parties.clock.clone());
    let other = Pin::parse("502846").unwrap();
    let error = restore_with(&parties, "second", 1, &other, clock()).unwrap_err();
    assert_eq!(error.code(), "ConnectionBroken");
    parties.wire.mend();
    let before: BTreeSet<_> = parties.wire.take_asked().into_iter().collect();
    assert!(before.len() > 100, "{}", before.len());
    import(&mut wallet, &long_records(300, 5)).unwrap();
    parties.sync_anchor(&mut wallet);
    let lines = sorted_lines(&mut wallet);
    drop(wallet);

    let (wallet, report) = restore(&parties, "second", 1).unwrap();
    assert_eq!((report.records, report.missing.len()), (306, 0));
    assert!(parties.wire.take_asked().iter().all(|blob| !before.contains(blob)));
    drop(wallet);
    let mut wallet =
        Wallet::open(&parties.path("second"), setup::device(&parties.path("second")), clock(), Rng::system())
            .unwrap();
    assert_eq!(wallet.unlock(&other).unwrap_err().code(), "WrongPin");
    assert_eq!(sorted_lines(&mut wallet), lines);
}

#[test]
fn other_words_and_a_new_wallet_begin_anew_where_a_restore_was_broken_off() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &long_records(0, 200)).unwrap();
    parties.sync(&mut wallet);
    let broken_off = |name: &str| {
        parties.wire.cut_after(7, false);
        assert_eq!(restore(&parties, name, 1).unwrap_err().code(), "ConnectionBroken");
        parties.wire.mend();
        assert!(Wallet::has_unfinished_restore(&parties.path(name)));
    };
    // A wallet of other words, connected to the same host.
    let (mut third, fresh) = create(&parties.path("third"), &parties.clock, 3);
    parties.connect(&mut third, &fresh).unwrap();
    import(&mut third, br#"{"resourceType":"Patient","id":"p9","birthDate":"1980-01-01"}"#).unwrap();
    parties.sync(&mut third);
    broken_off("second");
    let (wallet, report) = restore(&parties, "second", 3).unwrap();
    assert_eq!((report.records, list(&wallet).len()), (1, 1));
    broken_off("fourth");
    let (fourth, _) = create(&parties.path("fourth"), &parties.clock, 4);
    assert_eq!(list(&fourth), []);
    assert!(!parties.path("fourth").join("wallet.restoring").exists());
    // What was damaged on the disk is fetched again.
    broken_off("fifth");
    let database = parties.path("fifth").join("wallet.restoring/store.db");
    let bytes = std::fs::read(&database).unwrap();
    std::fs::write(&database, &bytes[..bytes.len() / 3]).unwrap();
    assert_eq!(restore(&parties, "fifth", 1).unwrap().1.records, 201);
}

const HOME: &str = "KEEPWELL_TEST_RESTORE";

/// Not a test by itself: what the killed process does.
#[test]
fn restores_until_killed() {
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else { return };
    let value = |name: &str| std::env::var(name).unwrap();
    let anchor = std::fs::read(value("KEEPWELL_TEST_ANCHOR")).unwrap();
    let (ledger_url, host_url) = (value("KEEPWELL_TEST_LEDGER"), value("KEEPWELL_TEST_HOST"));
    let servers = Servers { ledger_url: &ledger_url, host_url: &host_url, anchor: &anchor };
    let transport = HttpTransport::new().unwrap();
    let network =
        Network { transport: &transport, envelopes: &transport, policy: TrustPolicy::DEMONSTRATION };
    let clock = setup::TestClock::default();
    clock.forward(value("KEEPWELL_TEST_TIME").parse::<u64>().unwrap());
    let (words, passphrase) = (setup::words(1), Passphrase::none());
    let device = setup::device(&home);
    let from = RestoreFrom { servers, network, progress: &|_| {} };
    let done = Wallet::restore(
        NewWallet {
            home: &home,
            words: &words,
            passphrase: &passphrase,
            pin: &setup::pin(),
            device,
            clock: Box::new(clock),
            rng: Rng::system(),
        },
        from,
    );
    match done {
        Ok(_) => println!("restored"),
        Err(error) => println!("failed: {}", error.code()),
    }
}

fn restoring(parties: &Parties, name: &str) -> Command {
    let home = parties.path(name);
    let since = parties.clock.read().0 - 1_800_000_000;
    // A limit on the size of a file, where one is set, is an error and not the end of the process.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f ${KEEPWELL_TEST_BLOCKS:-unlimited}; exec $KEEPWELL_EMULATOR \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "restore_resumed::restores_until_killed", "--nocapture"])
        .env(HOME, home)
        .env("KEEPWELL_TEST_ANCHOR", parties.path("ledger/anchor.json"))
        .env("KEEPWELL_TEST_LEDGER", &parties.ledger_url)
        .env("KEEPWELL_TEST_HOST", &parties.host_url)
        .env("KEEPWELL_TEST_TIME", since.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn output(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn killed_at_any_moment_it_is_no_wallet_or_a_whole_one() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &long_records(0, 250)).unwrap();
    parties.sync_anchor(&mut wallet);
    let lines = sorted_lines(&mut wallet);
    drop(wallet);
    let begun = Instant::now();
    assert!(output(&mut restoring(&parties, "uncut")).contains("restored"));
    let whole = begun.elapsed();
    let (mut killed, mut tries) = (0, 0);
    for round in 0..4_u32 {
        let name = format!("round{round}");
        let home = parties.path(&name);
        // Two kills in a row, at moments that wander over the whole of it.
        for part in [2 + 3 * round, 5 + round * 5 % 9] {
            let mut child = restoring(&parties, &name).spawn().unwrap();
            std::thread::sleep(whole * part / 14);
            let _ = child.kill();
            let _ = child.wait();
            tries += 1;
            killed += u32::from(!home.join("wallet").exists());
        }
        if !home.join("wallet").exists() {
            assert!(output(&mut restoring(&parties, &name)).contains("restored"), "round {round}");
        }
        assert!(!home.join("wallet.restoring").exists());
        let mut wallet =
            Wallet::open(&home, setup::device(&home), Box::new(parties.clock.clone()), Rng::system())
                .unwrap();
        assert_eq!(sorted_lines(&mut wallet), lines, "round {round}");
        assert_eq!(parties.sync(&mut wallet).queued, 0, "round {round}");
    }
    assert!(killed > tries / 4, "{killed} of {tries} were killed in time");
}

#[test]
fn a_disk_that_is_full_breaks_it_off_and_room_lets_it_go_on() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &long_records(0, 400)).unwrap();
    parties.sync_anchor(&mut wallet);
    let lines = sorted_lines(&mut wallet);
    drop(wallet);
    // Blocks of 512 bytes.
    let failed = output(restoring(&parties, "second").env("KEEPWELL_TEST_BLOCKS", "16000"));
    assert!(failed.contains("failed: "), "{failed}");
    assert!(!parties.path("second").join("wallet").exists());
    assert!(Wallet::has_unfinished_restore(&parties.path("second")));
    parties.wire.take_asked();
    let (mut wallet, report) = restore(&parties, "second", 1).unwrap();
    let asked = parties.wire.take_asked().len();
    assert!(asked < 400, "it began at zero: {failed}, {asked}");
    assert_eq!((report.records, report.missing.len()), (401, 0));
    assert_eq!(sorted_lines(&mut wallet), lines);
}

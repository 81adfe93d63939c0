//! Wall clocks that are wrong, and a line on which everything takes minutes: what was promised is kept, by
//! the real processes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::keepwell::{Clock, Party, Proxy, Server, Way, World, text};

const CLINIC: &str = "Bern Allergy Clinic";
const YEAR: i64 = 365 * 86_400;

/// How long a signed request counts (flows §0).
const SIGNATURE_COUNTS: Duration = Duration::from_secs(60);

/// A connected wallet with a clock of its own and a clinic that it has granted to.
fn granted() -> (World, Clock, String) {
    let mut world = World::new();
    let clock = Clock::new(world.folder.path(), "phone.clock");
    world.wallet.clock = Some(clock.clone());
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    (world, clock, grant)
}

fn state(world: &World, grant: &str) -> Value {
    world.wallet.json(&["grant", "show", grant])["grants"][0]["state"].clone()
}

/// Why the clinic reads nothing by a grant; null where it reads.
fn refused(world: &World, grant: &str) -> Value {
    let run = world.clinic.run(&["--json", "clinic", "read", grant]);
    serde_json::from_slice::<Value>(&run.stdout).unwrap()["refused"].clone()
}

#[test]
fn a_phone_whose_clock_is_off_publishes_and_revokes() {
    let (world, clock, mut grant) = granted();
    for (at, seconds) in [70, -70, 240, -240].into_iter().enumerate() {
        clock.turn(seconds);
        let id = format!("b{at}");
        world.import_allergy(&id);
        let synced = world.wallet.json(&["sync"]);
        assert_eq!(
            (&synced["queued"], &synced["offline"]),
            (&0.into(), &Value::Null),
            "{seconds} s: {synced}"
        );
        assert!(world.ids_read(&grant).contains(&id), "{seconds} s");
        assert_eq!(world.wallet.json(&["grant", "revoke", &grant])["state"], "revoked", "{seconds} s");
        assert_ne!(refused(&world, &grant), Value::Null, "{seconds} s");
        grant = world.grant_allergies(CLINIC);
    }
}

#[test]
fn a_clock_that_was_years_off_ends_nothing_and_keeps_nobody_from_ending() {
    let (world, clock, grant) = granted();
    let second = world.grant_allergies(CLINIC);
    for seconds in [10 * YEAR, -10 * YEAR] {
        clock.turn(seconds);
        world.wallet.run(&["sync"]);
        assert_eq!(state(&world, &grant), "active", "only a proved time ends a grant: {seconds} s");
    }
    // Ending works by any clock: told as done, or as queued and then kept.
    clock.turn(10 * YEAR);
    let told = world.wallet.json(&["grant", "revoke", &second]);
    assert!(told["state"] == "revoked" || told["state"] == "revoking", "{told}");
    assert_ne!(refused(&world, &second), Value::Null, "the host was reached");
    // Wrong PINs at a wrong time make nobody wait for years.
    let stranger = Party { pin: "314159", clock: Some(clock.clone()), ..Party::new(&world.wallet.home) };
    for _ in 0..3 {
        assert_eq!(stranger.run(&["record", "list"]).code, Some(1));
    }

    clock.turn(0);
    let begun = Instant::now();
    loop {
        let run = world.wallet.run(&["--json", "sync"]);
        if run.code == Some(0) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(40), "a wait of 30 s is over: {}", run.stderr);
        std::thread::sleep(Duration::from_secs(1));
    }
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    assert_eq!((state(&world, &grant), state(&world, &second)), ("active".into(), "revoked".into()));
    world.import_allergy("a2");
    world.wallet.json(&["sync"]);
    assert_eq!(world.ids_read(&grant), BTreeSet::from(["a1".to_owned(), "a2".to_owned()]));
}

#[test]
fn a_host_that_starts_at_a_wrong_time_serves_everything_when_it_is_right() {
    let (mut world, _, grant) = granted();
    let new = world.wallet.json(&["share", "new", "--category", "allergies", "--for", "24h"]);
    let stranger = Party::new(world.path("stranger"));
    let open = || stranger.run(&["--json", "share", "open", new["link"].as_str().unwrap()]);
    let clock = Clock::new(world.folder.path(), "host.clock");
    world.host.give_clock(clock.clone());
    for days in [40, -40, 3650] {
        clock.turn(days * 86_400);
        world.host.kill_and_restart();
        let run = world.clinic.run(&["--json", "clinic", "read", &grant]);
        assert_eq!(run.code, Some(1), "nobody can prove anything to such a host: {days} days");
        std::thread::sleep(Duration::from_secs(1));
        clock.turn(0);
        assert_eq!(world.ids_read(&grant), BTreeSet::from(["a1".to_owned()]), "{days} days");
        open().json();
    }
}

#[test]
fn a_ledger_whose_clock_is_turned_makes_no_blocks_until_it_is_right_again() {
    let mut world = World::new();
    let clock = Clock::new(world.folder.path(), "ledger.clock");
    world.ledger.give_clock(clock.clone());
    world.ledger.kill_and_restart();
    let (operator, anchor) = (Party::new(world.path("operator")), text(&world.path("ledger/anchor.json")));
    let url = world.ledger.url();
    let engine = || {
        operator.json(&["ledger", "status", &url, "--anchor", &anchor])["engine"].as_str().unwrap().to_owned()
    };
    let servers = world.servers();
    let mut init = vec!["clinic", "init", "--name", CLINIC];
    init.extend(servers.iter().map(String::as_str));
    world.clinic.json(&init);
    let (card, key) =
        (text(&world.clinic.home.join("card.json")), text(&world.path("ledger/governance.key")));
    let admit =
        || operator.run(&["--json", "ledger", "admit", &card, "--governance-key", &key, "--ledger", &url]);
    for seconds in [3_600, -3_600, 10 * YEAR] {
        clock.turn(seconds);
        assert_eq!(engine(), "stopped: the clock was turned", "{seconds} s");
        admit().refused_with("LedgerStopped");
    }
    clock.turn(300);
    assert_eq!(engine(), "making blocks", "five minutes are believed");
    clock.turn(0);
    assert_eq!(admit().json()["state"], "admitted");

    // A start believes thirty days, and more only if somebody says so.
    world.ledger.kill();
    let serve = ["--json", "ledger", "serve", "--listen", "127.0.0.1:0"];
    let ledger = Party { clock: Some(clock.clone()), ..Party::new(world.path("ledger")) };
    for days in [31, -31] {
        clock.turn(days * 86_400);
        ledger.run(&serve).refused_with("LedgerTimeGap");
    }
    clock.turn(29 * 86_400);
    world.ledger.kill_and_restart();
    clock.turn(70 * 86_400);
    world.ledger.kill();
    ledger.run(&serve).refused_with("LedgerTimeGap");
    let accepted = Server::start(ledger, &["ledger", "serve", "--accept-time"]);
    assert_eq!(accepted.stop(), Some(0));
}

#[test]
fn over_a_line_of_eight_seconds_a_request_all_is_sent_and_comes_back() {
    let proxy = Proxy::start();
    let world = World::behind(&proxy);
    let made = world.connected_wallet();
    world.import_patient();
    world.admitted_clinic(CLINIC);
    world.import_allergy("a1");
    proxy.set(Way::Slow(Duration::from_secs(8)));
    let begun = Instant::now();
    let grant = world.wallet.json(&["grant", "new", CLINIC, "--category", "allergies", "--for", "30d"]);
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    assert!(begun.elapsed() > SIGNATURE_COUNTS);
    let begun = Instant::now();
    let (_, report) = world.restored(&made, "second");
    assert_eq!((&report["records"], &report["grants"]), (&2.into(), &1.into()), "{report}");
    assert!(begun.elapsed() > SIGNATURE_COUNTS, "{:?}", begun.elapsed());
    proxy.set(Way::Open);
    world.clinic.json(&["clinic", "sync"]);
    assert_eq!(world.ids_read(grant["grant"].as_str().unwrap()), BTreeSet::from(["a1".to_owned()]));
}

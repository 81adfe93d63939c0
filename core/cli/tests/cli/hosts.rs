//! What the operator of a host relies on: limits that hold, copies while it serves, and finding rot.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::keepwell::{Clock, Party, World, text};
use crate::promises::{files, stopped_by};

const CLINIC: &str = "Bern Allergy Clinic";

#[test]
fn at_a_full_host_access_is_ended_and_the_rest_waits() {
    let mut world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    let share = world.wallet.json(&["share", "new", "--category", "allergies", "--for", "1h"]);
    let share = share["share"].as_str().unwrap();
    // It holds more than that.
    world.host.set_flag("--limit", "total_bytes=1");
    world.host.kill_and_restart();
    world.import_allergy("a2");
    let synced = world.wallet.json(&["sync"]);
    assert!(synced["queued"].as_u64().unwrap() > 0, "{synced}");
    assert_eq!(synced["offline"], "HostFull", "{synced}");
    world.wallet.run(&["--json", "share", "new", "--category", "allergies"]).refused_with("HostFull");
    assert_eq!(world.ids_read(&grant), BTreeSet::from(["a1".to_owned()]), "it is served as before");
    assert_eq!(world.wallet.json(&["share", "revoke", share])["told"], true);
    world.ledger.kill();
    let told = world.wallet.json(&["grant", "revoke", &grant]);
    assert_eq!(stopped_by(&told), ("revoking", Some("host"), false), "{told}");

    world.ledger.kill_and_restart();
    world.host.set_flag("--limit", "total_bytes=1000000000");
    world.host.kill_and_restart();
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    assert_eq!(world.wallet.json(&["wallet", "status"])["at_risk"]["records"], 0);
}

#[test]
fn a_host_is_backed_up_while_it_serves_and_comes_back_from_the_copy() {
    let mut world = World::new();
    let made = world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    let grant = world.grant_allergies(CLINIC);
    world.wallet.json(&["sync"]);

    // Copied again and again while somebody writes: each copy is whole, and of one moment.
    let host = Party::new(world.path("host"));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut written = 0;
            while !stop.load(Ordering::SeqCst) {
                world.import_allergy(&format!("b{written}"));
                world.wallet.json(&["sync"]);
                written += 1;
            }
            written
        });
        for at in 0..8 {
            let copy = world.path(&format!("copy-{at}"));
            let report = host.json(&["host", "backup", &text(&copy)]);
            assert_eq!((&report["spaces"], &report["lost"]), (&1.into(), &0.into()), "{report}");
            let checked = Party::new(&copy).json(&["host", "check"]);
            assert!(checked["blobs"].as_u64().unwrap() > 0 && checked["damaged"] == 0, "{checked}");
        }
        stop.store(true, Ordering::SeqCst);
        assert!(writing.join().unwrap() > 0);
    });
    host.run(&["--json", "host", "backup", &text(&world.path("copy-0"))]).refused_with("BackupExists");
    Party::new(world.path("nothing")).run(&["--json", "host", "check"]).refused_with("HostNoHome");

    // The home is lost, and the first copy takes its place: the wallet brings it up to date.
    world.host.kill();
    std::fs::remove_dir_all(world.path("host")).unwrap();
    std::fs::rename(world.path("copy-0"), world.path("host")).unwrap();
    world.host.kill_and_restart();
    world.wallet.json(&["sync"]);
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    let records = world.wallet.json(&["wallet", "status"])["records"].as_u64().unwrap();
    assert_eq!(world.restored(&made, "second").1["records"], records);
    assert_eq!(world.ids_read(&grant).len() as u64, records - 1);

    // Rot is found while the host serves, and noted when it does not.
    let pack = files(&world.path("host/blobs")).pop().unwrap();
    let mut bytes = std::fs::read(&pack).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&pack, bytes).unwrap();
    let found = host.run(&["--json", "host", "check"]);
    found.failed_with(1, "HostDamaged");
    assert_eq!(serde_json::from_slice::<Value>(&found.stdout).unwrap()["damaged"], 1);
    host.run(&["--json", "host", "check", "--repair"]).refused_with("Busy");
    world.host.kill();
    assert_eq!(host.json(&["host", "check", "--repair"])["spaces_damaged"], 1);

    // The phone asks once a week, and sends again what is damaged.
    let clock = Clock::new(world.folder.path(), "everybody.clock");
    clock.turn(8 * 86_400);
    world.ledger.give_clock(clock.clone());
    world.ledger.kill_and_restart();
    world.host.give_clock(clock.clone());
    world.host.kill_and_restart();
    world.wallet.clock = Some(clock);
    world.wallet.json(&["sync"]);
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    assert_eq!(host.json(&["host", "check"])["damaged"], 0);
    assert_eq!(world.restored(&made, "third").1["records"], records);
}

#[test]
fn a_copy_that_fails_leaves_nothing_and_takes_nothing_that_is_not_its_own() {
    let mut world = World::new();
    world.connected_wallet();
    world.host.kill();
    let host = Party::new(world.path("host"));
    let (copy, partial) = (world.path("copy"), world.path("copy.partial"));
    let back_up =
        |more: &[&str]| host.run(&[&["--json", "host", "backup", text(&copy).as_str()], more].concat());
    back_up(&["--blobs", "ftp://nowhere/"]).refused_with("HostBlobsUrl");
    assert!(!copy.exists() && !partial.exists());

    // What somebody else has put there stays.
    std::fs::write(&partial, "mine").unwrap();
    back_up(&[]).refused_with("BackupExists");
    assert_eq!(std::fs::read_to_string(&partial).unwrap(), "mine");
    std::fs::remove_file(&partial).unwrap();
    std::fs::create_dir(&partial).unwrap();
    std::fs::write(partial.join("notes"), "mine").unwrap();
    back_up(&[]).refused_with("BackupExists");
    assert_eq!(std::fs::read_to_string(partial.join("notes")).unwrap(), "mine");
    std::fs::remove_dir_all(&partial).unwrap();
    std::os::unix::fs::symlink(world.path("nowhere"), &copy).unwrap();
    back_up(&[]).refused_with("BackupExists");
    assert!(copy.is_symlink() && !world.path("nowhere").exists());
    std::fs::remove_file(&copy).unwrap();

    // `..` of a folder that is not there has no name, and what is beside it stays.
    let above = world.path("new/..");
    host.run(&["--json", "host", "backup", &text(&above)]).refused_with("BackupExists");
    assert!(world.path("host/host.sqlite").exists() && !world.path("new").exists());
    // Another host's home and another whole copy stay, whatever they are called.
    for left in ["host.sqlite", "host.sqlite lock", "host.sqlite lock half-of-a-copy"] {
        std::fs::create_dir(&partial).unwrap();
        left.split(' ').for_each(|file| std::fs::write(partial.join(file), "mine").unwrap());
        back_up(&[]).refused_with("BackupExists");
        assert_eq!(std::fs::read_to_string(partial.join("host.sqlite")).unwrap(), "mine");
        std::fs::remove_dir_all(&partial).unwrap();
    }

    // One copy at a time; and what a copy that was killed has left makes way.
    let held = std::fs::File::open(world.path("host/backup.lock")).unwrap();
    held.lock().unwrap();
    back_up(&[]).refused_with("Busy");
    drop(held);
    std::fs::create_dir(&partial).unwrap();
    std::fs::write(partial.join("host.sqlite"), "half").unwrap();
    std::fs::write(partial.join("half-of-a-copy"), "").unwrap();
    back_up(&[]);
    assert_eq!(files(&copy).iter().filter(|file| file.ends_with("half-of-a-copy")).count(), 0);
    assert_eq!(Party::new(&copy).json(&["host", "check"])["damaged"], 0);
    assert!(!partial.exists());
    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(copy.join("host.sqlite").metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

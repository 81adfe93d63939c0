//! Signed revocations on paper: who holds one ends that grant without the wallet, and can do nothing else.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::keepwell::{Party, World, text};

const CLINIC: &str = "Bern <Allergy> Clinic";

#[test]
fn a_code_on_paper_ends_its_grant_when_the_wallet_is_gone() {
    let mut world = World::new();
    let made = world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    let provider = world.admitted_clinic(CLINIC);
    let (first, second) = (world.grant_allergies(CLINIC), world.grant_allergies(CLINIC));
    let share =
        ["share", "new", "--category", "allergies", "--label", "Dr Wu", "--ledger", "--yes", "--for", "2d"];
    world.wallet.json(&share);
    let sheet = text(&world.path("sheet.html"));
    let printed = world.wallet.json(&["wallet", "print-revocations", &sheet]);
    let page = std::fs::read_to_string(&sheet).unwrap();
    assert_eq!((&printed["bytes"], page.matches("<svg").count()), (&page.len().into(), 3));
    assert!(
        page.contains("Bern &lt;Allergy&gt; Clinic") && !page.contains(CLINIC) && !page.contains("<script")
    );
    let codes: BTreeMap<String, String> = printed["revocations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["grant"].as_str().unwrap().to_owned(), one["code"].as_str().unwrap().to_owned()))
        .collect();
    assert!(codes.values().all(|code| page.contains(code)));
    assert!(page.contains(&format!("--ledger {}", world.ledger.url())));
    assert!(printed["revocations"].as_array().unwrap().iter().any(|one| one["name"] == "Dr Wu"));

    // The phone is lost; somebody who has the sheet and no wallet hands one of them in.
    world.wallet.json(&["wallet", "erase", "--yes"]);
    let somebody = Party::new(world.path("somebody"));
    let (ledger, anchor) = (world.ledger.url(), text(&world.path("ledger/anchor.json")));
    let hand_in = |code: &str| {
        somebody.run(&["--json", "ledger", "revoke", code, "--ledger", &ledger, "--anchor", &anchor])
    };
    assert_eq!(world.ids_read(&first).len(), 1);
    for _ in 0..2 {
        let ended = hand_in(&codes[&first]).json();
        assert_eq!((&ended["grant"], &ended["state"]), (&first.as_str().into(), &"revoked".into()));
    }
    // The host was not told, and goes by what it asked the ledger a moment ago: for ten seconds at most.
    let begun = Instant::now();
    let read = || world.clinic.run(&["--json", "clinic", "read", &first]);
    while read().code == Some(0) {
        assert!(begun.elapsed() < Duration::from_secs(30));
        sleep(Duration::from_millis(200));
    }
    read().failed_with(1, "GrantRevoked");
    assert_eq!(world.ids_read(&second).len(), 1);

    // What is no such code is not sent, and one that somebody wrote is refused.
    let cut = &codes[&second][..codes[&second].len() - 4];
    let desk = format!("keepwell:p/{}", "A".repeat(43));
    for other in [cut, &desk, &provider, "keepwell:v/"] {
        hand_in(other).refused_with("NoRevocation");
    }
    let signature = codes[&second].len() - 20;
    let mut forged = codes[&second].clone().into_bytes();
    forged[signature] = if forged[signature] == b'A' { b'B' } else { b'A' };
    hand_in(std::str::from_utf8(&forged).unwrap()).refused_with("TransactionSignature");
    assert_eq!(world.ids_read(&second).len(), 1);

    // The words bring the wallet back, and it says what became of both.
    let (restored, _) = world.restored(&made, "restored");
    restored.json(&["sync"]);
    let state = |grant: &str| restored.json(&["grant", "show", grant])["grants"][0]["state"].clone();
    assert_eq!((state(&first), state(&second)), ("revoked".into(), "active".into()));
    let printed = restored.json(&["wallet", "print-revocations", &sheet]);
    assert_eq!(printed["revocations"].as_array().unwrap().len(), 2, "{printed}");
    world.kill_everything();
}

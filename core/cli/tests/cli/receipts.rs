//! `keepwell grant receipt` and `ledger recorded`: what became of a grant is shown to somebody who asks nobody.

use std::fs;

use crate::keepwell::{Party, Server, World, text};

#[test]
fn that_a_grant_was_recorded_and_ended_is_shown_with_every_server_gone() {
    let mut world = World::new();
    let made = world.connected_wallet();
    world.import_patient();
    world.import_allergy("nuts");
    let clinic = world.admitted_clinic("City Hospital");
    let grant = world.grant_allergies(&clinic);
    let folder = world.folder.path().to_owned();
    let path = |name: &str| text(&folder.join(name));
    let anchor = path("ledger/anchor.json");
    let write = |wallet: &Party, name: &str, flags: &[&str]| {
        wallet.run(&[&["--json", "grant", "receipt", &grant, "--out", &path(name)], flags].concat())
    };
    let granted = write(&world.wallet, "granted", &[]).json();
    assert_eq!(granted["recorded"], "active");
    assert_eq!(world.wallet.json(&["grant", "revoke", &grant])["state"], "revoked");
    let ended = write(&world.wallet, "ended", &[]).json();
    assert_eq!(ended["recorded"], "revoked");
    // A wallet that is restored asks for what the ledger still has: it holds the newest alone.
    let (restored, _) = world.restored(&made, "restored");
    restored.json(&["sync"]);
    assert_eq!(write(&restored, "ended-again", &[]).json()["recorded"], "revoked");
    write(&restored, "granted-again", &["--granted"]).refused_with("NoReceipt");
    assert!(!world.path("granted-again").exists());
    world.ledger.kill();
    world.host.kill();

    // The first one was kept.
    let again = write(&world.wallet, "granted-later", &["--granted"]).json();
    assert_eq!((&again["recorded"], &again["time"]), (&"active".into(), &granted["time"]));
    let other = "0".repeat(64);
    world
        .wallet
        .run(&["--json", "grant", "receipt", &other, "--out", &path("x")])
        .refused_with("NoSuchGrant");
    let somebody = Party::new(world.path("somebody"));
    let ask = |receipt: &str, anchor: &str| {
        somebody.run(&["--json", "ledger", "recorded", &path(receipt), "--anchor", anchor])
    };
    for (name, recorded) in
        [("granted", "active"), ("granted-later", "active"), ("ended", "revoked"), ("ended-again", "revoked")]
    {
        let shown = ask(name, &anchor).json();
        assert_eq!(
            (&shown["grant"], &shown["recorded"]),
            (&grant.as_str().into(), &recorded.into()),
            "{shown}"
        );
        // How many steps the proof has is chance: it hangs on the hashes of what else there is.
        assert!(shown["bytes"].as_u64().unwrap() < 2_500, "{shown}");
        assert!(shown["written_at"].as_u64().unwrap() < shown["height"].as_u64().unwrap(), "{shown}");
    }
    let bytes = fs::read(path("ended")).unwrap();
    fs::write(path("cut"), &bytes[..bytes.len() - 1]).unwrap();
    ask("cut", &anchor).refused_with("ProofMalformed");
    ask("nothing", &anchor).refused_with("FileUnreadable");
    let elsewhere = Server::start(Party::new(world.path("elsewhere")), &["ledger", "serve"]);
    ask("ended", &path("elsewhere/anchor.json")).refused_with("WrongChain");
    drop(elsewhere);

    // A ledger that never showed two chains: there is nothing to write, and a receipt shows no such thing.
    let equivocation = ["--json", "wallet", "equivocation", "--out", &path("equivocation")];
    world.wallet.run(&equivocation).refused_with("NoEquivocation");
    assert!(!world.path("equivocation").exists());
    assert_eq!(world.wallet.json(&["wallet", "status"])["ledger_equivocated"], false);
    let of_receipt = ["--json", "ledger", "equivocated", &path("ended"), "--anchor", &anchor];
    somebody.run(&of_receipt).refused_with("ProofMalformed");
}

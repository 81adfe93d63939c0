//! `grant revoke --all`: everything that stands ends at once, and nothing else is touched.

use serde_json::{Value, json};

use crate::keepwell::{Proxy, Way, World};
use crate::promises::stopped_by;

const CLINIC: &str = "Bern Allergy Clinic";

#[test]
fn every_grant_that_stands_ends_and_links_are_named() {
    let proxy = Proxy::start();
    let mut world = World::behind(&proxy);
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    world.admitted_clinic(CLINIC);
    assert_eq!(world.wallet.json(&["grant", "revoke", "--all"])["grants"], json!([]));
    let grants: Vec<String> = (0..3).map(|_| world.grant_allergies(CLINIC)).collect();
    let ended_before = world.wallet.json(&["grant", "revoke", &grants[0]]);
    assert_eq!(ended_before["state"], "revoked");
    world.wallet.json(&["share", "new", "--category", "allergies", "--yes"]);
    world.wallet.run(&["grant", "revoke", "--all", &grants[1]]).failed_with(2, "Usage");
    world.wallet.run(&["grant", "revoke"]).failed_with(2, "Usage");
    assert_eq!(world.ids_read(&grants[1]).len(), 1);

    // Nobody is reached: all of them are decided and queued, and that is what is said.
    world.ledger.kill();
    proxy.set(Way::Portal);
    let said = world.wallet.run(&["grant", "revoke", "--all"]).text();
    let queued = format!("Queued; {CLINIC} can still read until this phone reaches a server");
    assert_eq!(said.matches(&queued).count(), 2, "{said}");
    assert!(said.contains("One share link still opens"), "{said}");
    let again = world.wallet.json(&["grant", "revoke", "--all"]);
    let told = again["grants"].as_array().unwrap();
    assert_eq!(told.iter().map(stopped_by).collect::<Vec<_>>(), [("revoking", None, true); 2]);
    let mut named: Vec<&Value> = told.iter().map(|one| &one["grant"]).collect();
    named.sort_by_key(|one| grants.iter().position(|grant| *one == grant));
    assert_eq!(named, [&json!(grants[1]), &json!(grants[2])]);

    proxy.set(Way::Open);
    world.ledger.kill_and_restart();
    world.wallet.json(&["sync"]);
    for grant in &grants {
        let view = &world.wallet.json(&["grant", "show", grant])["grants"][0];
        assert_eq!(stopped_by(view), ("revoked", Some("ledger"), false));
        world.clinic.run(&["--json", "clinic", "read", grant]).failed_with(1, "GrantRevoked");
    }
    let said = world.wallet.run(&["grant", "revoke", "--all"]).text();
    assert!(said.contains("No grant stands.") && said.contains("One share link still opens"), "{said}");
}

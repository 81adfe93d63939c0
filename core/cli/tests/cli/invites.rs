//! A host that takes whom its operator invites, by the real binary.

use std::os::unix::fs::PermissionsExt as _;

use crate::keepwell::{Party, Proxy, Way, World, text};

#[test]
fn a_wallet_is_invited_and_gets_back_in_where_the_host_was_emptied() {
    let mut world = World::new();
    world.host.set_flag("--registration", "invite");
    world.host.kill_and_restart();
    let operator = Party::new(world.path("host"));
    let folder = world.folder.path().to_owned();
    let invitation = |name: &str| {
        let file = text(&folder.join(name));
        let said = operator.json(&["host", "invite", &file, "--for", "7d"]);
        assert_eq!((said["invite"].as_str(), &said["uses"]), (Some(file.as_str()), &1.into()), "{said}");
        assert_eq!(folder.join(name).metadata().unwrap().permissions().mode() & 0o777, 0o600);
        file
    };
    let servers = world.servers();
    let connect = |wallet: &Party, more: &[&str]| {
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        wallet.run(&[&["--json", "wallet", "connect"], servers.as_slice(), more].concat())
    };
    world.wallet.json(&["wallet", "init"]);
    connect(&world.wallet, &[]).refused_with("InviteNeeded");
    let anchor = text(&world.path("ledger/anchor.json"));
    connect(&world.wallet, &["--invite", &anchor]).refused_with("InviteMalformed");
    let first = invitation("first");
    connect(&world.wallet, &["--invite", &first]).json();
    world.import_patient();
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
    let other = Party::new(world.path("other"));
    let mut init = vec!["wallet", "init", "--invite", &first];
    init.extend(servers.iter().map(String::as_str));
    let made = other.run(&init);
    assert!(made.text().contains("InviteUsed"), "{}", made.text());
    connect(&other, &["--invite", &invitation("second")]).json();

    // The host is lost with everything that it knew: it asks again, and another invitation is as good.
    lose_everything(&mut world);
    world.host.kill_and_restart();
    world.import_allergy("a1");
    let synced = world.wallet.json(&["sync"]);
    assert_eq!(synced["offline"], "InviteNeeded", "{synced}");
    assert!(synced["queued"].as_u64().unwrap() > 0, "{synced}");
    connect(&world.wallet, &["--invite", &first]).refused_with("InviteUnknown");
    connect(&world.wallet, &["--invite", &invitation("third")]).json();
    let healed = world.wallet.json(&["sync"]);
    assert_eq!((&healed["queued"], &healed["offline"]), (&0.into(), &serde_json::Value::Null), "{healed}");
    assert_eq!(world.wallet.json(&["wallet", "status"])["at_risk"]["records"], 0);
}

#[test]
fn a_wallet_moves_to_a_host_that_invites_it() {
    let mut world = World::new();
    world.connected_wallet();
    let home = Party::new(world.path("new-host"));
    let (ledger, anchor) = (world.ledger.url(), text(&world.path("ledger/anchor.json")));
    let serve = ["host", "serve", "--ledger", &ledger, "--anchor", &anchor, "--registration", "invite"];
    let new = crate::keepwell::Server::start(Party::new(world.path("new-host")), &serve);
    world.wallet.run(&["--json", "wallet", "move-host", &new.url()]).refused_with("InviteNeeded");
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0, "it stays where it was");
    let file = text(&world.path("invitation"));
    home.json(&["host", "invite", &file, "--uses", "2"]);
    let moved = world.wallet.json(&["wallet", "move-host", &new.url(), "--invite", &file]);
    assert_eq!(moved["queued"], 0, "{moved}");
    world.host.kill();
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
}

#[test]
fn a_wallet_whose_first_connection_broke_off_gets_in_again_where_the_host_was_emptied() {
    let proxy = Proxy::start();
    let mut world = World::behind(&proxy);
    world.host.set_flag("--registration", "invite");
    world.host.kill_and_restart();
    world.wallet.json(&["wallet", "init"]);
    let servers = world.servers();
    let connect = |world: &World, name: &str| {
        let file = text(&world.path(name));
        Party::new(world.path("host")).json(&["host", "invite", &file]);
        let servers = servers.iter().map(String::as_str);
        let arguments = ["wallet", "connect"].into_iter().chain(servers).chain(["--invite", &file]);
        world.wallet.run(&arguments.collect::<Vec<_>>())
    };
    proxy.set(Way::LosesRequests("/v1/space/commit"));
    assert_eq!(connect(&world, "first").code, Some(1));
    lose_everything(&mut world);
    world.host.kill_and_restart();
    proxy.set(Way::Open);
    assert_eq!(connect(&world, "second").code, Some(0));
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
}

/// The host stops, and its folder is empty.
fn lose_everything(world: &mut World) {
    world.host.kill();
    let home = world.path("host");
    std::fs::remove_dir_all(&home).unwrap();
    std::fs::create_dir(&home).unwrap();
}

//! `keepwell ledger gov`: what governance does, at one table and by mail.

use std::fs;

use keepwell_protocol::crypto::SigningKey;
use serde_json::Value;

use crate::keepwell::{Party, Server, text};

fn public(seed: u8) -> String {
    SigningKey::from_seed(&[seed; 32]).public_key().to_string()
}

#[test]
fn governance_acts_one_after_the_other_and_never_twice() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("ledger");
    let server = Server::start(Party::new(&home), &["ledger", "serve"]);
    let (anchor, first_key) = (text(&home.join("anchor.json")), text(&home.join("governance.key")));
    let party = Party::new(folder.path().join("governor"));
    let url = server.url();
    let at = ["--ledger", &url, "--anchor", &anchor];
    let act = |arguments: &[&str], key: &str| {
        party.run(&[&["--json", "ledger", "gov"][..], arguments, &["--governance-key", key], &at].concat())
    };

    let admitted = act(&["gateway", &public(7)], &first_key).json();
    assert_eq!((&admitted["number"], &admitted["state"]), (&1.into(), &Value::from("done")));
    let says = admitted["says"].as_str().unwrap();
    assert!(says.contains(&public(7)), "{says}");
    let id = says.split(' ').nth(1).unwrap();
    assert_eq!(act(&["gateway", &public(8), "--id", id], &first_key).json()["number"], 2);
    assert_eq!(act(&["aggregator", &public(9)], &first_key).json()["number"], 3);
    assert_eq!(act(&["block-size", "4194304"], &first_key).json()["state"], "done");
    act(&["block-size", "1"], &first_key).refused_with("BlockSize");
    act(&["upgrade", "4", "1000000"], &first_key).refused_with("VersionNotNext");
    act(&["validator", &public(10), "0"], &first_key).refused_with("UnknownValidator");
    // The only signer does not hold this key.
    act(&["validator", &public(10), "5"], &first_key).refused_with("ValidatorsUnfit");
    act(&["move", "no chain", &anchor, "1000000"], &first_key).refused_with("TransactionField");
    for wrong in [&["validator", "00", "1"][..], &["gateway"], &["gateway", "--id", "00"], &["keys", "1"]] {
        act(wrong, &first_key).failed_with(2, "Usage");
    }

    // From now on two of two: the second is made of the first one's file, with another seed in it.
    let second_key = folder.path().join("second.key");
    let mut json: Value = serde_json::from_str(&fs::read_to_string(&first_key).unwrap()).unwrap();
    let seed: Vec<u8> = hex::decode(json["seed"].as_str().unwrap()).unwrap();
    let first = SigningKey::from_seed(seed[..].try_into().unwrap()).public_key().to_string();
    json["seed"] = hex::encode([11; 32]).into();
    fs::write(&second_key, json.to_string()).unwrap();
    let second_key = text(&second_key);
    let keys = ["keys", "2", &first, &public(11)];
    act(&keys, &first_key).refused_with("NotGovernance");
    let both = ["--governance-key", &second_key];
    assert_eq!(act(&[&keys[..], &both].concat(), &first_key).json()["state"], "done");
    act(&["block-size", "2097152"], &first_key).refused_with("NotGovernance");

    let file = text(&folder.path().join("action.txt"));
    let written = act(&["block-size", "2097152", "--out", &file], &first_key).json();
    assert_eq!((&written["state"], &written["signatures"]), (&Value::from("written"), &1.into()));
    let send = || party.run(&[&["--json", "ledger", "gov", "send", &file][..], &at].concat());
    send().refused_with("NotGovernance");
    // Whoever signs sees first what it says.
    let shown = party.json(&["ledger", "gov", "sign", &file]);
    assert_eq!(shown["says"], "a block has 2097152 bytes at most");
    assert_eq!(shown["state"], "unchanged");
    let sign = ["ledger", "gov", "sign", &file, "--governance-key"];
    assert_eq!(party.json(&[&sign[..], &[&second_key]].concat())["signatures"], 2);
    party.run(&[&sign[..], &[&second_key]].concat()).refused_with("TransactionSignatures");
    assert_eq!(send().json()["state"], "done");
    // On record it is said to be so; at one table two keys sign at once.
    assert_eq!(send().json()["number"], 6);
    let moved = act(&[&["move", "keepwell-2", &anchor, "1000000"][..], &both].concat(), &first_key).json();
    assert_eq!((&moved["number"], &moved["signatures"]), (&7.into(), &2.into()));
    send().refused_with("ActionNumber");
    fs::write(folder.path().join("nonsense"), "zz").unwrap();
    party
        .run(&["ledger", "gov", "sign", &text(&folder.path().join("nonsense"))])
        .refused_with("ObjectMalformed");
    assert_eq!(server.stop(), Some(0));
}

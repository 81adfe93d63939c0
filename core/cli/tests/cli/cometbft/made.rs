//! Networks as they are made, and nodes that do not start.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::{Authorities, anchor, until};
use crate::keepwell::{Party, finish, text};

#[test]
fn a_network_is_made_in_a_new_folder_and_says_how_it_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("nobody"));
    let net = text(&folder.path().join("net"));
    let made = party.json(&["ledger", "net", &net, "--validators", "4", "--first-port", "31000"]);
    assert_eq!((&made["validators"], &made["may_fail"]), (&4.into(), &1.into()));
    assert!(made["chain_id"].as_str().unwrap().starts_with("keepwell-"));
    let nodes = made["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 4);
    assert_eq!((&nodes[3]["peers"], &nodes[3]["rpc"]), (&31_030.into(), &31_031.into()));
    for node in nodes {
        assert!(Path::new(node["home"].as_str().unwrap()).join("config/genesis.json").exists());
        let command = format!("ledger node --listen 127.0.0.1:{}", node["gateway"]);
        assert!(node["command"].as_str().unwrap().ends_with(&command), "{node}");
    }
    assert_eq!(nodes[3]["gateway"], 31_032, "the same at every start");
    let spaced = text(&folder.path().join("a net"));
    let made = party.json(&["ledger", "net", &spaced, "--validators", "1"]);
    assert!(made["nodes"][0]["command"].as_str().unwrap().contains("/a net/node0' ledger node"), "{made}");
    assert!(Path::new(made["governance_key"].as_str().unwrap()).exists());
    party.run(&["ledger", "net", &net, "--validators", "4"]).refused_with("FolderTaken");
    for validators in ["0", "17"] {
        party.run(&["ledger", "net", &net, "--validators", validators]).failed_with(2, "Usage");
    }
}

#[test]
fn authorities_who_made_their_own_keys_get_a_genesis_and_a_configuration_each() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("nobody"));
    let member = |name: &str, key: &str, node: &str| {
        let file = folder.path().join(format!("{name}.json"));
        let said = json!({
            "name": name,
            "validator": { "type": "tendermint/PubKeyEd25519", "value": key },
            "node": node.repeat(20),
            "address": format!("{name}.example.org:26656"),
        });
        std::fs::write(&file, said.to_string()).unwrap();
        text(&file)
    };
    let first = member("first", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "0a");
    let second = member("second", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", "0b");
    let net = text(&folder.path().join("net"));
    let made = party.json(&["ledger", "net", &net, "--member", &first, "--member", &second]);
    assert_eq!((&made["validators"], &made["may_fail"]), (&2.into(), &0.into()));
    let read = |file: &str| std::fs::read_to_string(Path::new(&net).join(file)).unwrap();
    assert!(read("genesis.json").contains(made["chain_id"].as_str().unwrap()));
    assert!(read("second/config.toml").contains("0a0a@first.example.org:26656"));
    assert!(!read("second/config.toml").contains("@second.example.org"));
    party.run(&["ledger", "net", &net, "--member", &first]).refused_with("FolderTaken");
    let other = text(&folder.path().join("other"));
    party.run(&["ledger", "net", &other, "--member", &first, "--member", &first]).refused_with("MemberTwice");
    let named = member("X", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "0c");
    party.run(&["ledger", "net", &other, "--member", &named]).refused_with("MemberMalformed");
    party.run(&["ledger", "net", &other]).failed_with(2, "Usage");
    party.run(&["ledger", "net", &other, "--validators", "1", "--member", &first]).failed_with(2, "Usage");
}

#[test]
fn a_node_without_its_cometbft_or_its_genesis_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let net = text(&folder.path().join("net"));
    Party::new(folder.path()).json(&["ledger", "net", &net, "--validators", "1"]);
    let node = Party::new(folder.path().join("net/node0"));
    let start = ["ledger", "node", "--listen", "127.0.0.1:0", "--cometbft", "/nonexistent/cometbft"];
    node.run(&start).refused_with("CometbftMissing");
    assert!(!node.home.join("app.sock").exists(), "nothing is left behind");
    // Others count votes otherwise: such an authority would leave its network.
    let other = folder.path().join("other");
    std::fs::write(&other, "#!/bin/sh\necho 0.40.0\n").unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o700)).unwrap();
    let with = |more: &[&str]| {
        node.run(
            &[&["ledger", "node", "--listen", "127.0.0.1:0", "--cometbft", &text(&other)], more].concat(),
        )
    };
    with(&[]).refused_with("CometbftVersion");
    // Nothing but loopback is asked, and nothing else is left open.
    with(&["--rpc", "http://10.0.0.1:26657"]).failed_with(2, "Usage");
    let file = node.home.join("config/config.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, config.replace("laddr = \"tcp://127.0.0.1:27001", "laddr = \"tcp://0.0.0.0:27001"))
        .unwrap();
    with(&["--cometbft-series", "0.40"]).refused_with("CometbftRpc");
    Party::new(folder.path().join("empty")).run(&start).refused_with("LedgerUnavailable");
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn who_asks_as_a_cometbft_of_another_series_gets_no_answer() {
    let authorities = Authorities::new(1, 12_000);
    let (home, rpc) = (authorities.home(0), format!("http://127.0.0.1:{}", authorities.first_port + 1));
    // Of the one that runs nobody has looked at the program.
    let start = ["ledger", "node", "--listen", "127.0.0.1:0", "--rpc", &rpc, "--cometbft-series", "0.1"];
    let node = Party::new(&home).command(&start).spawn().unwrap();
    until("its socket", || home.join("app.sock").exists());
    let mut cometbft = Command::new(std::env::var_os("KEEPWELL_COMETBFT").unwrap());
    cometbft.arg("start").arg("--home").arg(&home).stdout(Stdio::null()).stderr(Stdio::null());
    let mut cometbft = cometbft.spawn().unwrap();
    finish(node).failed_with(1, "CometbftVersion");
    cometbft.kill().unwrap();
    cometbft.wait().unwrap();
    assert!(anchor(&authorities.net()).is_none(), "there was no block");
}

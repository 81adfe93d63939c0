//! Clients that nobody here wrote open each kind of link that a wallet makes: npm kill-the-clipboard, @medplum/core with
//! jose, PyPI jwcrypto. Run by `./dev test web`, which brings them.

use std::process::{Command, Output};

use serde_json::Value;

use crate::keepwell::{Party, World, sample_patient, text};

const RIGHT: &str = "blue-otter";

fn opened_by(client: &str, link: &str, passcode: &str, embedded: &str) -> Output {
    let script = |name: &str| format!("{}/tests/cli/foreign_clients/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut command = match client {
        "jwcrypto" => {
            let mut python = Command::new(std::env::var("KEEPWELL_JOSE_PYTHON").unwrap());
            python.arg(script("open.py"));
            python
        }
        client => {
            let mut node = Command::new("node");
            node.arg(script("open.mjs")).arg(client);
            node
        }
    };
    command.args([link, passcode, embedded]).output().unwrap()
}

#[test]
#[ignore = "needs clients from npm and PyPI: ./dev test web"]
fn other_peoples_clients_open_each_kind_of_link_and_only_with_its_passcode() {
    let world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    let passcode = world.path("passcode");
    std::fs::write(&passcode, RIGHT).unwrap();
    let passcode = text(&passcode);
    let stranger = Party::new(world.path("stranger"));
    for client in ["kill-the-clipboard", "medplum", "jwcrypto"] {
        for flags in ["", "none", "L", "P", "LP"] {
            let mut new = vec!["share", "new"];
            if !flags.is_empty() {
                new.extend(["--flags", flags]);
            }
            if flags.contains('P') {
                new.extend(["--passcode-file", &passcode]);
            }
            let made = world.wallet.json(&new);
            let link = made["link"].as_str().unwrap();
            let right = if flags.contains('P') { RIGHT } else { "" };
            let resources = |output: &Output| {
                assert!(
                    output.status.success(),
                    "{client} {flags}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
                serde_json::from_slice::<Vec<String>>(&output.stdout).unwrap().len()
            };
            let ours = if right.is_empty() {
                stranger.json(&["share", "open", link])
            } else {
                stranger.json(&["share", "open", link, "--passcode-file", &passcode])
            };
            let expected = Value::from(resources(&opened_by(client, link, right, "")));
            assert_eq!(ours["files"][0]["resources"], expected);
            if flags.is_empty() {
                continue;
            }
            // None within the list: each file is fetched from where it lies.
            assert_eq!(Value::from(resources(&opened_by(client, link, right, "0"))), expected);
            if !right.is_empty() {
                let refused = opened_by(client, link, "blue-otten", "");
                assert!(!refused.status.success(), "{client} {flags}");
            }
        }
    }
}

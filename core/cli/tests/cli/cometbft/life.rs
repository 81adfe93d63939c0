//! What an operator sees of a node that runs, ends, or runs out of room.

use std::process::{Command, Stdio};

use keepwell_net::{Gateway, HttpTransport};
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{EngineStopped, SignedTransaction};
use url::Url;

use super::{Authorities, anchor, first_grant, is_proved, is_revoked, revocation, running, until};
use crate::keepwell::{Party, Server, SmallDisk};

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn the_whole_story_holds() {
    let folder = tempfile::tempdir().unwrap();
    let told = Party::new(folder.path()).json(&["demo", "--engine", "cometbft"]);
    let steps = told["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10);
    let admitted = steps[2]["checked"].as_str().unwrap();
    assert!(
        admitted.contains("keepwell-") && admitted.contains("one authority under CometBFT"),
        "{admitted}"
    );
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn a_node_whose_disk_fills_takes_revocations_then_ends_in_order_and_goes_on_when_there_is_room() {
    let authorities = Authorities::new(1, 33_000);
    let gateway = format!("127.0.0.1:{}", authorities.first_port + 2);
    let start = ["ledger", "node", "--limit", "node_free_bytes=40000000", "--listen", &gateway];
    let small = authorities.net().join("small");
    let Some(mut disk) = SmallDisk::serve_again(&authorities.home(0), &small, &start) else { return };
    let gateway = Gateway::direct(HttpTransport::new().unwrap(), &Url::parse(&disk.url).unwrap());
    until("a first block", || anchor(&disk.signals).is_some());
    let anchor = anchor(&disk.signals).unwrap();
    let hand_in =
        |transaction: SignedTransaction| match gateway.submit(&transaction.to_cbor(), &anchor.origin()) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
    for patient in 0..3 {
        until("a grant", || {
            let _ = hand_in(first_grant(&anchor.origin(), patient));
            is_proved(&gateway, &anchor, patient)
        });
    }
    // Less than the reserve, and more than half of it.
    disk.leave(30_000);
    let full = Some(EngineStopped::DiskFull);
    until("its word that the disk is full", || gateway.status().is_ok_and(|status| status.stopped == full));
    let refused = hand_in(first_grant(&anchor.origin(), 3)).unwrap_err();
    assert!(refused.contains("disk full"), "{refused}");
    hand_in(revocation(&anchor.origin(), 0)).unwrap();
    until("a revocation", || is_revoked(&gateway, &anchor, 0));
    assert!(is_proved(&gateway, &anchor, 1), "what was proved is proved");
    assert_eq!(disk.exits(), [0_i32; 0]);

    // Nothing at all: it ends before CometBFT fails, and is not there until somebody makes room.
    disk.stuff();
    until("an end", || disk.exits().len() >= 3);
    assert!(disk.exits().iter().all(|code| *code == 1), "{:?}", disk.exits());
    disk.free();
    until("a grant when there is room", || {
        let _ = hand_in(first_grant(&anchor.origin(), 3));
        is_proved(&gateway, &anchor, 3)
    });
    assert!(is_revoked(&gateway, &anchor, 0) && is_proved(&gateway, &anchor, 2));
    disk.signal("end");
    assert_eq!(disk.end(), Some(0));
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn who_stops_both_processes_at_once_sees_no_failure() {
    let authorities = Authorities::new(1, 9_000);
    let (net, home) = (authorities.net(), authorities.home(0));
    let node = Server::start(Party::new(&home), &["ledger", "node"]);
    until("a first block", || anchor(&net).is_some());
    let cometbft = std::fs::read_to_string(home.join("cometbft.pid")).unwrap();
    assert!(Command::new("kill").args(["-s", "TERM", &cometbft]).status().unwrap().success());
    until("the end of cometbft", || running(&home) == 0);
    assert_eq!(node.stop(), Some(0));
    assert!(!home.join("cometbft.pid").exists());
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn a_node_beside_a_cometbft_of_somebody_else_outlives_it_and_is_asked_for_the_same_block_again() {
    let authorities = Authorities::new(1, 14_000);
    let (net, home) = (authorities.net(), authorities.home(0));
    let rpc = format!("http://127.0.0.1:{}", authorities.first_port + 1);
    let node = Server::start(Party::new(&home), &["ledger", "node", "--rpc", &rpc]);
    let gateway = Gateway::direct(HttpTransport::new().unwrap(), &Url::parse(&node.url()).unwrap());
    let cometbft = || {
        let mut command = Command::new(std::env::var_os("KEEPWELL_COMETBFT").unwrap());
        command.arg("start").arg("--home").arg(&home).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut running = cometbft().spawn().unwrap();
    until("a first block", || anchor(&net).is_some());
    let anchor = anchor(&net).unwrap();
    let hand_in = |patient| {
        let _ = gateway.submit(&first_grant(&anchor.origin(), patient).to_cbor(), &anchor.origin());
    };
    // Between what it writes after it asked for the block and what it writes after the commit.
    for (round, point) in [3, 5, 7].into_iter().enumerate() {
        let patient = u16::try_from(round).unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
        running = cometbft().env("FAIL_TEST_INDEX", point.to_string()).spawn().unwrap();
        until("the failure", || {
            hand_in(patient);
            running.try_wait().unwrap().is_some()
        });
        // Who asks is answered meanwhile.
        assert!((0..patient).all(|before| is_proved(&gateway, &anchor, before)), "{point}");
        running = cometbft().spawn().unwrap();
        until("the grant", || {
            hand_in(patient);
            is_proved(&gateway, &anchor, patient)
        });
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(node.stop(), Some(0));
}

//! Authorities under CometBFT, as their operators meet them. What runs one needs it: `./dev test ledger`.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use keepwell_net::{Clock as _, Gateway, GatewayError, HttpTransport, SystemClock};
use keepwell_protocol::crypto::{SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{Commitment, Day, Object as _, Origin, Slot, Timestamp};
use keepwell_protocol::ledger::{
    EngineStopped, GrantNewAccount, GrantRecord, GrantStatus, Kind, Revoke, SignedTransaction, Signer,
    StateKey, TrustAnchor, TrustPolicy,
};
use serde_json::json;
use url::Url;

use crate::keepwell::{Party, Server, SmallDisk, finish, text};

#[test]
fn a_network_is_made_in_a_new_folder_and_says_how_it_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("nobody"));
    let net = text(&folder.path().join("net"));
    let made = party.json(&["ledger", "net", &net, "--validators", "4", "--first-port", "31000"]);
    assert_eq!(made["validators"], 4);
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
    assert_eq!(made["validators"], 2);
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
fn a_node_that_is_killed_in_the_middle_of_blocks_loses_nothing_that_was_proved() {
    let authorities = Authorities::new(1, 24_000);
    let (net, home) = (authorities.net(), authorities.home(0));
    let mut node = Server::start(Party::new(&home), &["ledger", "node"]);
    until("a first block", || anchor(&net).is_some());
    let anchor = anchor(&net).unwrap();
    let (origin, url) = (anchor.origin(), Url::parse(&node.url()).unwrap());

    // Patients grant one after the other, each until it is proved, while the node is killed again and again.
    let is_over = AtomicBool::new(false);
    let proved = std::thread::scope(|scope| {
        let patients = scope.spawn(|| {
            let gateway = Gateway::direct(HttpTransport::new().unwrap(), &url);
            let mut proved: Vec<u16> = Vec::new();
            for first in (1..).step_by(10) {
                let batch: Vec<u16> = (first..first + 10).collect();
                let mut missing = batch.clone();
                let began = Instant::now();
                while !missing.is_empty() {
                    assert!(began.elapsed() < Duration::from_secs(90), "{missing:?} are never proved");
                    for patient in &missing {
                        // Lost with the mempool or refused for now: it is sent again.
                        let _ = gateway.submit(&first_grant(&origin, *patient).to_cbor(), &origin);
                    }
                    missing.retain(|patient| !is_proved(&gateway, &anchor, *patient));
                    std::thread::sleep(Duration::from_millis(50));
                }
                proved.extend(batch);
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
            proved
        });
        for kill in 0..30_u64 {
            std::thread::sleep(Duration::from_millis(1_000 + kill * 137 % 1_000));
            node.kill_and_restart();
        }
        is_over.store(true, Ordering::SeqCst);
        patients.join().unwrap()
    });
    assert!(proved.len() >= 20, "{} grants", proved.len());
    let gateway = Gateway::direct(HttpTransport::new().unwrap(), &url);
    for patient in &proved {
        assert!(is_proved(&gateway, &anchor, *patient), "{patient} was proved before");
    }
    // Every header is there and follows from the one before; nothing of the killed ones runs.
    let mut trusted = anchor.trusted_state();
    for height in 2..=gateway.status().unwrap().height {
        trusted = gateway.block_at(height, &trusted, &TrustPolicy::STRICT, &SystemClock).unwrap().1;
    }
    assert_eq!(running(&home), 1);
    assert_eq!(node.stop(), Some(0));
    assert_eq!(running(&home), 0);
    assert!(!home.join("app.sock").exists());
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn four_authorities_whose_applications_are_killed_thirty_times_have_one_chain() {
    const KILLS: usize = 30;
    let authorities = Authorities::new(4, 29_000);
    let net = authorities.net();
    let mut nodes: Vec<_> =
        (0..4).map(|node| Server::start(Party::new(authorities.home(node)), &["ledger", "node"])).collect();
    until("a first block", || anchor(&net).is_some());
    let anchor = anchor(&net).unwrap();
    let gateways: Vec<_> = nodes
        .iter()
        .map(|node| Gateway::direct(HttpTransport::new().unwrap(), &Url::parse(&node.url()).unwrap()))
        .collect();
    let is_over = AtomicBool::new(false);
    let acknowledged = std::thread::scope(|scope| {
        let patients = scope.spawn(|| {
            let mut acknowledged = Vec::new();
            for patient in 0.. {
                let gateway = &gateways[usize::from(patient) % 4];
                let transaction = first_grant(&anchor.origin(), patient).to_cbor();
                if gateway.submit(&transaction, &anchor.origin()).is_ok() {
                    acknowledged.push(patient);
                }
                std::thread::sleep(Duration::from_millis(100));
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
            acknowledged
        });
        for kill in 0..KILLS {
            std::thread::sleep(Duration::from_millis(300 + kill as u64 * 137 % 700));
            nodes[kill % 4].kill_and_restart();
        }
        is_over.store(true, Ordering::SeqCst);
        patients.join().unwrap()
    });
    assert!(acknowledged.len() >= KILLS, "{} grants", acknowledged.len());
    // Each is proved by every node: those that were lost with a mempool are sent again, as a wallet does.
    for gateway in &gateways {
        for patient in &acknowledged {
            until("a grant", || {
                let _ = gateway.submit(&first_grant(&anchor.origin(), *patient).to_cbor(), &anchor.origin());
                is_proved(gateway, &anchor, *patient)
            });
        }
    }
    // Nobody has ever said something else: every header of every node follows from the first, and is the same.
    let height = gateways.iter().map(|gateway| gateway.status().unwrap().height).min().unwrap();
    let mut trusted = anchor.trusted_state();
    for height in 2..=height {
        let headers = gateways
            .iter()
            .map(|gateway| gateway.block_at(height, &trusted, &TrustPolicy::STRICT, &SystemClock).unwrap().1);
        let headers: Vec<_> = headers.collect();
        assert!(headers.iter().all(|header| header.header_hash == headers[0].header_hash), "{height}");
        trusted = headers[0].clone();
    }
    assert!(nodes.into_iter().all(|node| node.stop() == Some(0)));
    assert_eq!((0..4).map(|node| running(&authorities.home(node))).sum::<usize>(), 0);
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
fn a_cometbft_that_dies_at_any_step_of_a_block_takes_its_node_along_and_both_go_on() {
    let authorities = Authorities::new(1, 19_000);
    let (net, home) = (authorities.net(), authorities.home(0));
    let party = Party::new(&home);
    let start = ["ledger", "node", "--listen", "127.0.0.1:0"];
    let mut heights = Vec::new();
    // Its own points of failure: around what it writes before and after it asks the application.
    for point in 0..=9 {
        let mut child = party.command(&start).env("FAIL_TEST_INDEX", point.to_string()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        // Where there is a chain, it fails in the block of what is handed in.
        if let (Some(url), Some(anchor)) = (said.trim().strip_prefix("listening on "), anchor(&net)) {
            let gateway = Gateway::direct(HttpTransport::new().unwrap(), &Url::parse(url).unwrap());
            until("the failure", || {
                let _ =
                    gateway.submit(&first_grant(&anchor.origin(), 1_000 + point).to_cbor(), &anchor.origin());
                child.try_wait().unwrap().is_some()
            });
        }
        finish(child).failed_with(1, "CometbftEnded");
        let node = Server::start(Party::new(&home), &["ledger", "node"]);
        let gateway = Gateway::direct(HttpTransport::new().unwrap(), &Url::parse(&node.url()).unwrap());
        until("a first block", || anchor(&net).is_some());
        let anchor = anchor(&net).unwrap();
        until("a grant after the failure", || {
            let _ = gateway.submit(&first_grant(&anchor.origin(), point).to_cbor(), &anchor.origin());
            is_proved(&gateway, &anchor, point)
        });
        assert!((0..point).all(|before| is_proved(&gateway, &anchor, before)), "{point}");
        heights.push(gateway.status().unwrap().height);
        assert_eq!(node.stop(), Some(0));
    }
    assert!(heights.is_sorted_by(|before, after| before < after), "{heights:?}");
    assert_eq!(running(&home), 0);
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

/// A network in a folder of its own.
struct Authorities {
    folder: tempfile::TempDir,
    first_port: u32,
}

impl Authorities {
    /// So many, on ports of this process: one of each range runs at a time.
    fn new(number: u32, range: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let first_port = range + (std::process::id() % (500 / number)) * 10 * number;
        let made = Self { folder, first_port };
        let (number, port) = (number.to_string(), first_port.to_string());
        let net = text(&made.net());
        Party::new(made.folder.path()).json(&[
            "ledger",
            "net",
            &net,
            "--validators",
            &number,
            "--first-port",
            &port,
        ]);
        made
    }

    fn net(&self) -> PathBuf {
        self.folder.path().join("net")
    }

    fn home(&self, node: usize) -> PathBuf {
        self.net().join(format!("node{node}"))
    }
}

fn first_grant(origin: &Origin, patient: u16) -> SignedTransaction {
    let root = root(patient);
    let today = SystemClock.now().day();
    let body = GrantNewAccount {
        kind: Kind,
        root: root.public_key(),
        account_key: SigningKey::from_seed(&[9; 32]).public_key(),
        number: 0,
        slot: Slot::from_bytes([4; 32]),
        commitment: Commitment::from_bytes([5; 32]),
        not_after: Day(today.0 + 30),
        // The same bytes whenever it is sent again.
        valid_until: Timestamp(today.start().0 + 3 * 86_400),
    };
    SignedTransaction::sign(body, origin, Signer::Root(&root)).unwrap()
}

fn revocation(origin: &Origin, patient: u16) -> SignedTransaction {
    let root = root(patient);
    let body = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 0 };
    SignedTransaction::sign(body, origin, Signer::Root(&root)).unwrap()
}

fn root(patient: u16) -> SigningKey {
    let mut seed = [7; 32];
    seed[..2].copy_from_slice(&patient.to_be_bytes());
    SigningKey::from_seed(&seed)
}

fn is_proved(gateway: &Gateway<HttpTransport>, anchor: &TrustAnchor, patient: u16) -> bool {
    grant(gateway, anchor, patient).is_some()
}

fn is_revoked(gateway: &Gateway<HttpTransport>, anchor: &TrustAnchor, patient: u16) -> bool {
    grant(gateway, anchor, patient).is_some_and(|grant| grant.status == GrantStatus::Revoked)
}

/// By a proof from the first header; a gateway that is not there proves nothing.
fn grant(gateway: &Gateway<HttpTransport>, anchor: &TrustAnchor, patient: u16) -> Option<GrantRecord> {
    let key = StateKey::Grant(grant_id(&account_id(&anchor.origin(), &root(patient).public_key()), 0));
    match gateway.prove(&key, &anchor.trusted_state(), &TrustPolicy::STRICT, &SystemClock) {
        Ok(proved) => proved.verified.grant().unwrap(),
        Err(GatewayError::Proof(error)) => panic!("{error}"),
        Err(_) => None,
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What a network gives to those who trust it, once there is a first block.
fn anchor(net: &Path) -> Option<TrustAnchor> {
    std::fs::read(net.join("anchor.json")).ok().map(|json| TrustAnchor::parse(&json).unwrap())
}

/// How many CometBFT processes have this home.
fn running(home: &Path) -> usize {
    let listed = Command::new("ps").args(["-ww", "-e", "-o", "args="]).output().unwrap();
    let home = format!("--home {} ", home.canonicalize().unwrap().display());
    String::from_utf8(listed.stdout)
        .unwrap()
        .lines()
        .filter(|line| line.contains(" start ") && line.contains(&home))
        .count()
}

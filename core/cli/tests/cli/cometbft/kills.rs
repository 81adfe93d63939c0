//! Nodes and applications that are killed, and a CometBFT that dies: nothing that was proved is lost.

use std::io::{BufRead as _, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use keepwell_net::{Gateway, HttpTransport, SystemClock};
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::TrustPolicy;
use url::Url;

use super::{Authorities, anchor, first_grant, is_proved, running, until};
use crate::keepwell::{Party, Server, finish};

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

//! What is remembered of what others asked the ledger through this host, and what makes it forgotten.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use keepwell_host::Host;
use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::{Object, Origin, ProviderId};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::ledger::{Kind, Revoke, SignedTransaction, Signer, StateKey};

use crate::support::{self, Client, HandClock, NOW};

/// A gateway that notes the paths of what it is asked, and answers with nothing: 202 to the transaction that it
/// likes, 400 to others.
fn gateway(likes: Vec<u8>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut request, mut part) = (Vec::new(), [0; 4_096]);
            let body = loop {
                let length = stream.read(&mut part).unwrap_or(0);
                request.extend_from_slice(&part[..length]);
                let text = String::from_utf8_lossy(&request).into_owned();
                let wanted = text.to_ascii_lowercase();
                let wanted = wanted.split_once("content-length: ").and_then(|it| it.1.split_once('\r'));
                let wanted: usize = wanted.map_or(0, |it| it.0.parse().unwrap());
                if let Some(end) = request.windows(4).position(|end| end == b"\r\n\r\n")
                    && request.len() >= end + 4 + wanted
                {
                    break request[end + 4..].to_vec();
                }
                assert_ne!(length, 0, "half a request");
            };
            let text = String::from_utf8_lossy(&request).into_owned();
            let status = if text.starts_with("GET") {
                200
            } else if body == likes {
                202
            } else {
                400
            };
            noted.lock().unwrap().push(text.split(' ').nth(1).unwrap().to_owned());
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-type: application/cbor\r\nconnection: close\r\n");
            let _ = stream.write_all(format!("{head}content-length: 0\r\n\r\n").as_bytes());
        }
    });
    (port, asked)
}

fn revocation(root: &SigningKey, origin: &Origin) -> SignedTransaction {
    let body = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 0 };
    SignedTransaction::sign(body, origin, Signer::Root(root)).unwrap()
}

#[test]
fn a_transaction_that_is_taken_makes_its_own_keys_forgotten_and_garbage_none() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let anchor = support::no_ledger().1;
    let origin = anchor.origin();
    let root = SigningKey::from_seed(&[5; 32]);
    let revocation = revocation(&root, &origin);
    let account = revocation.body().account(&origin).unwrap();
    let (port, asked) = gateway(revocation.to_cbor());
    let url = format!("http://127.0.0.1:{port}/").parse().unwrap();
    let host =
        Host::start(support::config(home.path(), "127.0.0.1:0", (url, anchor)), clock.clock()).unwrap();
    let client = Client::generate(&host, &clock);
    let provider = ProviderId::from_bytes([3; 32]);
    let keys = [StateKey::Account(account), StateKey::Governance, StateKey::Provider(provider)];
    let prove = |key: &StateKey| {
        client.renewed().plain(Method::Get, &format!("/v1/ledger/proof/{}", key.to_hex()), Vec::new()).status
    };
    let times = |key: &StateKey| {
        let path = format!("/v1/proof/{}", key.to_hex());
        asked.lock().unwrap().iter().filter(|asked| **asked == path).count()
    };
    let prove_all = || keys.each_ref().map(prove);
    let all_times = || keys.each_ref().map(times);
    assert_eq!((prove_all(), prove_all(), all_times()), ([200; 3], [200; 3], [1; 3]));
    let submit = |body: Vec<u8>| client.renewed().plain(Method::Post, "/v1/ledger/tx", body).status;
    assert_eq!(submit(b"garbage".to_vec()), 400);
    assert_eq!((prove_all(), all_times()), ([200; 3], [1; 3]));
    assert_eq!(submit(revocation.to_cbor()), 202);
    assert_eq!((prove_all(), all_times()), ([200; 3], [2, 1, 1]));
    // What this host asks for itself it remembers apart from what others asked by it.
    let inbox = format!("/v1/inbox/{provider}");
    assert_eq!(client.renewed().plain(Method::Post, &inbox, b"sealed".to_vec()).status, 502);
    assert_eq!(all_times(), [2, 1, 2]);
}

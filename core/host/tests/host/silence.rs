//! A ledger that takes what is asked and never answers: it holds few of the host's threads, and what needs no
//! ledger is answered as ever.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keepwell_host::{Host, Limits};
use keepwell_protocol::crypto::{SigningKey, base64url};
use keepwell_protocol::domain::{GrantId, LinkId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::ledger::{Kind, Revoke, SignedTransaction, Signer, StateKey};
use keepwell_protocol::vault::{Commit, LinkEntry, TransactionBatch};

use crate::support::{self, Client, HandClock, NOW, code, commit};

/// A silent ledger, and how often it was asked.
struct Silent {
    asked: Arc<AtomicUsize>,
    host: Host,
    clock: HandClock,
    _home: tempfile::TempDir,
}

impl Silent {
    fn start(relays: u64) -> Self {
        let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
        let gateway = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", gateway.local_addr().unwrap()).parse().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in gateway.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                held.push(stream);
            }
        });
        let mut config = support::config(home.path(), "127.0.0.1:0", (url, support::no_ledger().1));
        config.listen.limits = Limits { relays, ..Limits::default() };
        config.listen.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        let host = Host::start(config, clock.clock()).unwrap();
        Self { asked, host, clock, _home: home }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn client(&self) -> Client {
        Client::generate(&self.host, &self.clock)
    }

    /// Asks for the proof of a grant, and does not wait for it.
    fn ask(&self, grant: u8) -> TcpStream {
        let mut stream = TcpStream::connect(self.host.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let path = format!("/v1/ledger/proof/{}", key(grant).to_hex());
        let head =
            format!("GET {path} HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 203.0.{}.1\r\n\r\n", grant % 8);
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    fn prove(&self, grant: u8) -> (u16, String) {
        code(&self.client().plain(
            Method::Get,
            &format!("/v1/ledger/proof/{}", key(grant).to_hex()),
            Vec::new(),
        ))
    }
}

fn key(grant: u8) -> StateKey {
    StateKey::Grant(GrantId::from_bytes([grant; 32]))
}

fn status(mut stream: TcpStream) -> u16 {
    let mut line = [0; 12];
    stream.read_exact(&mut line).unwrap();
    std::str::from_utf8(&line[9..]).unwrap().parse().unwrap()
}

fn revocation(number: u32) -> Vec<u8> {
    let root = SigningKey::from_seed(&[5; 32]);
    let body = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number };
    SignedTransaction::sign(body, &support::no_ledger().1.origin(), Signer::Root(&root)).unwrap().to_cbor()
}

#[test]
fn a_flood_of_proofs_has_its_turns_and_the_others_do_not_wait_for_it() {
    let silent = Silent::start(4);
    let owner = silent.client();
    owner.open_space();
    let link = LinkEntry {
        path: [1; 32],
        id: LinkId::from_bytes([1; 16]),
        expires: Timestamp(NOW.0 + 600),
        opens: None,
        paused: false,
        revoked: false,
        grant: None,
    };
    let put = owner.call(Method::Put, &format!("/v1/links/{}", link.id), b"sealed".to_vec());
    assert_eq!(put.status, 200);
    let flood: Vec<TcpStream> = (0..64).map(|grant| silent.ask(grant)).collect();
    let begun = Instant::now();
    while silent.asked() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the ledger was never asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    owner.commit(&Commit { links: vec![link], ..commit(1) }).unwrap();
    let path = format!("/l/{}?recipient=x", base64url::encode(&[1; 32]));
    assert_eq!(owner.plain(Method::Get, &path, Vec::new()).body, b"sealed");
    let ready = owner.send(Request::new(Method::Get, format!("{}/readyz", owner.url)));
    assert_eq!(ready.status, 200);
    let mut statuses: Vec<u16> = flood.into_iter().map(status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [502, 503], "some had a turn, others had none");
    // Its turns, and whoever is let try again while it stays silent: not each of them.
    assert!(silent.asked() < 16, "{} were let hold a thread", silent.asked());
}

#[test]
fn a_gateway_that_was_silent_is_left_alone_for_a_while_but_for_what_ends_something() {
    let silent = Silent::start(4);
    let unreachable = (502, "LedgerUnreachable".to_owned());
    assert_eq!(silent.prove(1), unreachable);
    let asked = silent.asked();
    let tried = Instant::now();
    let others: Vec<(u16, String)> = (2..20).map(|grant| silent.prove(grant)).collect();
    assert!(others.iter().all(|other| *other == unreachable));
    let tries = usize::try_from(tried.elapsed().as_secs() / 2).unwrap() + 1;
    assert!(silent.asked() - asked <= tries, "{} times for other keys", silent.asked() - asked);
    let before = silent.asked();
    let told = silent.client().plain(Method::Post, "/v1/ledger/tx", revocation(0));
    assert_eq!((code(&told), silent.asked()), (unreachable.clone(), before + 1), "an end is tried");
    let batch = TransactionBatch(vec![revocation(1).into()]).to_cbor();
    let told = silent.client().plain(Method::Post, "/v1/ledger/txs", batch);
    assert_eq!((code(&told), silent.asked()), (unreachable, before + 2), "and so is a batch of ends");
}

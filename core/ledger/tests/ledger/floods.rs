//! What many, or one, may take of a gateway.

use std::io::{BufRead as _, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keepwell_ledger::{Ledger, LedgerConfig};
use keepwell_net::{Gateway, HttpTransport, Limits as Within, Transport};
use keepwell_protocol::crypto::{SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{Object, Origin};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::{
    GrantStatus, Kind, Revoke, SignedTransaction, Signer, StateKey, TrustedState,
};
use keepwell_protocol::vault::ErrorBody;
use keepwell_server::{Limits, Listen};

use crate::serve::{TestClock, first_grant, gateway, prove_until};

fn start(home: &std::path::Path, limits: Limits) -> Ledger {
    let listen = Listen { limits, ..Listen::from(SocketAddr::from(([127, 0, 0, 1], 0))) };
    let config = LedgerConfig { home: home.to_owned(), listen, accept_time: false, relays: Vec::new() };
    Ledger::start(&config, TestClock::new().clock()).unwrap()
}

/// What handing in a transaction comes to: `taken`, or the code of the refusal.
fn send(gateway: &Gateway<HttpTransport>, origin: &Origin, transaction: &SignedTransaction) -> String {
    match gateway.submit(&transaction.to_cbor(), origin) {
        Ok(_) => "taken".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

fn revoke(origin: &Origin, root: &SigningKey) -> SignedTransaction {
    let body = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 0 };
    SignedTransaction::sign(body, origin, Signer::Root(root)).unwrap()
}

fn root(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

fn grant_key(origin: &Origin, root: &SigningKey) -> StateKey {
    StateKey::Grant(grant_id(&account_id(origin, &root.public_key()), 0))
}

fn prove(ledger: &Ledger, trusted: &mut TrustedState, root: &SigningKey, status: GrantStatus) {
    let key = grant_key(&ledger.anchor().origin(), root);
    prove_until(&gateway(ledger), &key, trusted, TestClock::new().now(), |it| {
        it.grant().unwrap().is_some_and(|grant| grant.status == status)
    });
}

/// Asks on an open connection for a proof by a header that will not be made, and says the status of the answer.
struct Waiter {
    stream: BufReader<TcpStream>,
    key: String,
}

impl Waiter {
    fn new(ledger: &Ledger) -> Self {
        let stream = BufReader::new(TcpStream::connect(ledger.address()).unwrap());
        Self { stream, key: StateKey::Governance.to_hex() }
    }

    fn ask(&mut self) {
        let request = format!("GET /v1/proof/{}?height={} HTTP/1.1\r\nhost: h\r\n\r\n", self.key, u64::MAX);
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
    }

    fn answer(&mut self) -> String {
        let mut lines = (&mut self.stream).lines().map(Result::unwrap);
        let status = lines.next().unwrap();
        assert!(lines.by_ref().any(|line| line.is_empty()), "an answer without a body");
        status
    }
}

fn status(ledger: &Ledger) -> Response {
    let request = Request::new(Method::Get, format!("http://{}/v1/status", ledger.address()));
    HttpTransport::new().unwrap().send(request, Within::CONFIGURED).unwrap()
}

#[test]
fn half_requests_and_half_bodies_keep_nobody_from_the_gateway() {
    let home = tempfile::tempdir().unwrap();
    let ledger = start(home.path(), Limits { requests: 4, connections: 200, ..Limits::default() });
    let halves = [
        &b"POST /v1/tx HTTP/1.1\r\nhost: "[..],
        b"POST /v1/tx HTTP/1.1\r\nhost: h\r\ncontent-length: 900\r\n\r\nhalf",
    ];
    let held: Vec<TcpStream> = (0..800)
        .filter_map(|number| {
            let mut stream = TcpStream::connect(ledger.address()).ok()?;
            stream.write_all(halves[number % 2]).ok()?;
            Some(stream)
        })
        .collect();
    for _ in 0..5 {
        let begun = Instant::now();
        assert_eq!(status(&ledger).status, 200);
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
    drop(held);
}

#[test]
fn who_asks_too_often_is_told_when_to_ask_again() {
    let home = tempfile::tempdir().unwrap();
    let ledger = start(home.path(), Limits { rate_asked: 6, ..Limits::default() });
    assert!((0..6).all(|_| status(&ledger).status == 200));
    let refused = status(&ledger);
    let code = ErrorBody::from_cbor(&refused.body).unwrap().code;
    assert_eq!((refused.status, code.as_str()), (429, "RateLimited"));
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    // It still takes transactions.
    let request = Request::new(Method::Post, format!("http://{}/v1/tx", ledger.address()));
    let taken = HttpTransport::new().unwrap().send(request.with_body(vec![0]), Within::CONFIGURED).unwrap();
    assert_eq!(taken.status, 400);
}

#[test]
fn a_host_that_is_named_asks_ten_times_as_often_and_nobody_else() {
    for (relay, times) in [("127.0.0.0/8", 60), ("192.0.2.0/24", 6)] {
        let home = tempfile::tempdir().unwrap();
        let listen = Listen {
            limits: Limits { rate_asked: 6, ..Limits::default() },
            ..Listen::from(SocketAddr::from(([127, 0, 0, 1], 0)))
        };
        let relays = vec![relay.parse().unwrap()];
        let config = LedgerConfig { home: home.path().to_owned(), listen, accept_time: false, relays };
        let ledger = Ledger::start(&config, TestClock::new().clock()).unwrap();
        assert_eq!((0..100).take_while(|_| status(&ledger).status == 200).count(), times, "{relay}");
    }
}

#[test]
fn four_hundred_who_wait_for_a_proof_keep_no_revocation_out() {
    let home = tempfile::tempdir().unwrap();
    let ledger = start(home.path(), Limits { connections_per_client: 1_000, ..Limits::default() });
    let (origin, gateway) = (ledger.anchor().origin(), gateway(&ledger));
    let mut trusted = ledger.anchor().trusted_state();
    let roots: Vec<SigningKey> = (1..=8).map(root).collect();
    for root in &roots {
        assert_eq!(send(&gateway, &origin, &first_grant(&origin, root, TestClock::new().now())), "taken");
        prove(&ledger, &mut trusted, root, GrantStatus::Active);
    }
    let (asked, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let over = Over(&is_over);
        for _ in 0..4 {
            scope.spawn(|| {
                let mut waiters: Vec<Waiter> = (0..100).map(|_| Waiter::new(&ledger)).collect();
                while !is_over.load(Ordering::SeqCst) {
                    waiters.iter_mut().for_each(Waiter::ask);
                    asked.fetch_add(waiters.len(), Ordering::SeqCst);
                    for waiter in &mut waiters {
                        assert_eq!(waiter.answer(), "HTTP/1.1 202 Accepted");
                    }
                }
            });
        }
        let begun = Instant::now();
        while asked.load(Ordering::SeqCst) < 400 {
            assert!(begun.elapsed() < Duration::from_secs(60), "they do not come to wait");
            std::thread::sleep(Duration::from_millis(5));
        }
        for root in &roots {
            assert_eq!(send(&gateway, &origin, &revoke(&origin, root)), "taken");
            prove(&ledger, &mut trusted, root, GrantStatus::Revoked);
            std::thread::sleep(Duration::from_millis(250));
        }
        drop(over);
    });
}

/// Ends what goes on beside a test, also where that fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn who_finds_no_place_to_wait_in_hears_at_once_that_there_is_no_proof_yet() {
    let home = tempfile::tempdir().unwrap();
    let ledger = start(home.path(), Limits { waits: 1, ..Limits::default() });
    let (mut first, mut second) = (Waiter::new(&ledger), Waiter::new(&ledger));
    for _ in 0..20 {
        first.ask();
        std::thread::sleep(Duration::from_millis(200));
        second.ask();
        assert_eq!(second.answer(), "HTTP/1.1 202 Accepted");
        first.stream.get_ref().set_nonblocking(true).unwrap();
        let is_waiting = first.stream.fill_buf().is_err();
        first.stream.get_ref().set_nonblocking(false).unwrap();
        assert_eq!(first.answer(), "HTTP/1.1 202 Accepted");
        if is_waiting {
            return;
        }
    }
    panic!("who came second always waited as long as who came first");
}

//! What many, or one, may take of a gateway.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use keepwell_ledger::{Ledger, LedgerConfig};
use keepwell_net::{HttpTransport, Limits as Within, Transport};
use keepwell_protocol::domain::Object;
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::vault::ErrorBody;
use keepwell_server::{Limits, Listen};

use crate::serve::TestClock;

fn start(home: &std::path::Path, limits: Limits) -> Ledger {
    let listen = Listen { limits, ..Listen::from(SocketAddr::from(([127, 0, 0, 1], 0))) };
    let config = LedgerConfig { home: home.to_owned(), listen, accept_time: false };
    Ledger::start(&config, TestClock::new().clock()).unwrap()
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

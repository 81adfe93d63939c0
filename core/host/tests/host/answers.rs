//! What answers take of a host's memory: so much, whoever does not read them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use keepwell_host::{Host, Limits};
use keepwell_protocol::crypto::base64url;
use keepwell_protocol::domain::{LinkId, Timestamp};
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::vault::{Commit, LinkEntry};

use crate::support::{self, Client, HandClock, NOW, commit};

/// More than what the system keeps of an answer that nobody reads.
const CONTENT: usize = 8_000_000;

/// A host behind a proxy whose answers have memory for four such contents, and for two of one client; with a link.
fn start(home: &std::path::Path, clock: &HandClock, yield_ms: u64) -> Host {
    let mut config = support::config(home, "127.0.0.1:0", support::no_ledger());
    config.listen.limits =
        Limits { memory_answers_bytes: 34_000_000, memory_shares: 2, yield_ms, ..Limits::default() };
    // However slow the machine, nobody is cut off by time.
    (config.listen.limits.stall_ms, config.listen.limits.grace_ms) = (3_600_000, 3_600_000);
    config.listen.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let host = Host::start(config, clock.clock()).unwrap();
    let owner = Client::generate(&host, clock);
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
    let path = format!("/v1/links/{}", link.id);
    assert_eq!(owner.call(Method::Put, &path, vec![b'x'; CONTENT]).status, 200);
    owner.commit(&Commit { links: vec![link], ..commit(1) }).unwrap();
    host
}

fn path() -> String {
    format!("/l/{}?recipient=x", base64url::encode(&[1; 32]))
}

/// Visits the link for a client and reads no more than the status of the answer.
fn visit(host: &Host, client: &str) -> (u16, TcpStream) {
    let mut stream = TcpStream::connect(host.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!("GET {} HTTP/1.1\r\nhost: h\r\nx-forwarded-for: {client}\r\n\r\n", path());
    stream.write_all(head.as_bytes()).unwrap();
    let mut line = [0; 12];
    stream.read_exact(&mut line).unwrap();
    (std::str::from_utf8(&line[9..]).unwrap().parse().unwrap(), stream)
}

#[test]
fn answers_that_nobody_reads_have_so_much_memory_in_all_and_for_each_client() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, 3_600_000);
    let visits = |client: &'static str, count: usize| -> Vec<(u16, TcpStream)> {
        (0..count).map(|_| visit(&host, client)).collect()
    };
    let statuses = |visits: &[(u16, TcpStream)]| visits.iter().map(|it| it.0).collect::<Vec<_>>();
    let first = visits("203.0.113.1", 4);
    assert_eq!(statuses(&first), [200, 200, 503, 503], "its share");
    let second = visits("203.0.113.2", 3);
    assert_eq!(statuses(&second), [200, 200, 503]);
    assert_eq!(statuses(&visits("203.0.113.3", 2)), [503, 503], "nothing is left");
    // What needs no memory to speak of is answered all the same.
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    // A visitor who is gone gives the memory back.
    drop(first);
    let begun = Instant::now();
    while visit(&host, "203.0.113.3").0 != 200 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it was not given back");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn who_reads_is_answered_beside_many_who_do_not() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, 200);
    let held: Vec<(u16, TcpStream)> = (0..40).map(|at| visit(&host, &format!("203.0.{at}.1"))).collect();
    assert!(held.iter().all(|(status, _)| [200, 503].contains(status)));
    let begun = Instant::now();
    for _ in 0..5 {
        loop {
            let visitor = Client::generate(&host, &clock);
            let mut request = Request::new(Method::Get, format!("{}{}", visitor.url, path()));
            request.headers.push(("x-forwarded-for".into(), "198.51.100.1".into()));
            let answer = visitor.send(request);
            if answer.status == 200 {
                assert_eq!(answer.body.len(), CONTENT);
                break;
            }
            assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
            // One of them may hold all that there is for less than `yield_ms` yet.
            assert!(begun.elapsed() < Duration::from_secs(60), "never answered");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

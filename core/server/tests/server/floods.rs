//! Floods of connections: the server's places are for those who ask.

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use keepwell_server::{Limits, Listen};

use crate::world::{Honest, SOON, ask, connect, crowd, impatient, rest, start, start_at};

/// Long patience, so that only yielding helps.
fn patient(connections: u64) -> Limits {
    Limits {
        connections,
        head_ms: 60_000,
        idle_ms: 60_000,
        stall_ms: 60_000,
        grace_ms: 60_000,
        ..impatient()
    }
}

#[test]
fn half_requests_from_two_thousand_addresses_keep_nobody_out() {
    let server = start(patient(500));
    let honest = Honest::beside(&server);
    let _crowd = crowd(&server, 2_000, b"GET / HTTP/1.1\r\nhost: h\r\nx-a: ");
    std::thread::sleep(Duration::from_millis(500));
    honest.was_served();
}

#[test]
fn connections_without_a_word_from_two_thousand_addresses_keep_nobody_out() {
    let server = start(patient(500));
    let honest = Honest::beside(&server);
    let _crowd = crowd(&server, 2_000, b"");
    std::thread::sleep(Duration::from_millis(500));
    honest.was_served();
}

#[test]
fn answers_that_nobody_reads_keep_nobody_out() {
    let server = start(patient(100));
    let honest = Honest::beside(&server);
    let _crowd = crowd(&server, 300, b"GET /large HTTP/1.1\r\nhost: h\r\n\r\n");
    std::thread::sleep(Duration::from_millis(500));
    honest.was_served();
}

#[test]
fn bodies_that_never_come_keep_nobody_out() {
    let server = start(patient(500));
    let honest = Honest::beside(&server);
    let _crowd =
        crowd(&server, 2_000, b"POST /length/x HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nhalf");
    std::thread::sleep(Duration::from_millis(500));
    honest.was_served();
}

#[test]
fn who_asks_without_a_pause_keeps_no_place_that_others_wait_for() {
    let server = start(patient(100));
    // Half a minute of work on each connection, on more of them than there are places.
    let questions: &'static [u8] = b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n".repeat(30).leak();
    let _crowd = crowd(&server, 150, questions);
    let honest = Honest::beside(&server);
    std::thread::sleep(Duration::from_millis(500));
    honest.was_served();
}

#[test]
fn one_address_has_so_many_places_and_its_oldest_yields_to_its_newest() {
    let server = start(Limits { connections_per_client: 5, ..patient(1_000) });
    let asked = b"GET /slow HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    let mut idle: Vec<_> = (0..5).map(|_| connect(&server, b"")).collect();
    std::thread::sleep(Duration::from_millis(200));
    let busy: Vec<_> = (0..5).map(|_| connect(&server, asked)).collect();
    std::thread::sleep(Duration::from_millis(200));
    // All five places work, so the sixth is refused at once, and one from elsewhere is not.
    let begun = Instant::now();
    let refused = rest(connect(&server, b""));
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: "), "{refused}");
    assert!(begun.elapsed() < SOON);
    let elsewhere = crowd(&server, 1, b"GET / HTTP/1.1\r\nhost: h\r\n\r\n");
    let mut answer = [0; 12];
    while elsewhere.sockets[0].try_read(&mut answer).is_err() {
        assert!(begun.elapsed() < SOON);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(&answer, b"HTTP/1.1 200");
    for stream in busy {
        assert!(rest(stream).ends_with("slow"));
    }
    // Those who only waited had to go.
    assert!(idle.drain(..).all(|stream| rest(stream).is_empty()));
    let begun = Instant::now();
    while !ask(&server, "/").starts_with("HTTP/1.1 200 ") {
        assert!(begun.elapsed() < SOON, "their places are free again");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_trusted_proxy_may_have_all_places() {
    let limits = Limits { connections_per_client: 5, ..patient(1_000) };
    for (address, proxy) in [("127.0.0.1:0", "127.0.0.1/32"), ("[::1]:0", "::1/128")] {
        let address: SocketAddr = address.parse().unwrap();
        if std::net::TcpListener::bind(address).is_err() {
            println!("skipped: no {address} here");
            continue;
        }
        let trusted_proxies = vec![proxy.parse().unwrap()];
        let server = start_at(Listen { limits, trusted_proxies, ..Listen::from(address) }, true);
        let mut busy: Vec<_> = (0..20)
            .map(|_| connect(&server, b"GET /slow HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"))
            .collect();
        assert!(busy.drain(..).all(|stream| rest(stream).ends_with("slow")), "{proxy}");
    }
}

#[test]
fn a_request_under_way_is_answered_before_the_end_and_who_only_waits_is_let_go() {
    let mut server = start(patient(1_000));
    let asking = connect(&server, b"GET /slow HTTP/1.1\r\nhost: h\r\n\r\n");
    let mut waiting = connect(&server, b"GET / HTTP/1.1\r\nx-a: ");
    std::thread::sleep(Duration::from_millis(200));
    let address = server.address();
    let begun = Instant::now();
    server.stop().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(rest(asking).ends_with("slow"));
    let _ = waiting.write_all(b"\r\n\r\n");
    assert_eq!(rest(waiting), "");
    assert!(std::net::TcpStream::connect(address).is_err());
}

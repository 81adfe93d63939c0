//! When a request counts: a signature when its head arrived, everything else when all of it had; and the
//! clock by which answers are dated.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use keepwell_protocol::crypto::{Rng, sha256};
use keepwell_protocol::domain::{BlobId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, sign_request};
use keepwell_protocol::vault::Blobs;

use crate::support::{Client, HandClock, NOW, start};

/// Sends all of a request but the second half of its body, does something, and sends the rest; returns the
/// status.
pub(crate) fn send_slowly(address: SocketAddr, request: &Request, meanwhile: impl FnOnce()) -> u16 {
    let path = request.url.split_once(&address.to_string()).unwrap().1;
    let mut text = format!("{} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n", request.method);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n", request.body.len()));
    let (first, second) = request.body.split_at(request.body.len() / 2);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream.write_all(first).unwrap();
    stream.flush().unwrap();
    // The head has arrived once the host has had time to read it.
    std::thread::sleep(Duration::from_millis(300));
    meanwhile();
    stream.write_all(second).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let line = String::from_utf8_lossy(&answer).lines().next().unwrap().to_owned();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_signature_counts_when_the_head_arrived_however_long_the_body_takes() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let blob = vec![7; 200_000];
    let body = Blobs(vec![blob.clone().into()]).to_cbor();
    let request = owner.signed(Method::Post, "/v1/blobs", body.clone());
    assert_eq!(send_slowly(host.address(), &request, || clock.forward(110)), 200);
    assert_eq!(owner.blobs(&[BlobId::from_bytes(sha256(&blob))]).unwrap(), [blob]);

    // The same request once more, and one that was old when it came.
    assert_eq!(send_slowly(host.address(), &request, || ()), 401);
    let mut old = Request::new(Method::Post, format!("{}/v1/blobs", owner.url)).with_body(body);
    let past = Timestamp(clock.now().0 - 61);
    sign_request(&mut old, &owner.key, past, &mut Rng::system()).unwrap();
    assert_eq!(send_slowly(host.address(), &old, || ()), 401);
}

#[test]
fn a_copy_whose_body_crawls_is_a_copy_all_the_same() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let request = owner.signed(Method::Post, "/v1/blobs", Blobs(vec![vec![7; 100].into()]).to_cbor());
    assert_eq!(owner.send(request.clone()).status, 200);
    // It arrives while its signature counts, and ends when a nonce of two minutes would be forgotten.
    clock.forward(60);
    let slow = send_slowly(host.address(), &request, || {
        clock.forward(140);
        owner.space();
    });
    assert_eq!(slow, 401);
}

#[test]
fn answers_are_dated_by_the_clock_that_judges_signatures() {
    let home = tempfile::tempdir().unwrap();
    let clock = HandClock::new(NOW);
    let host = start(home.path(), &clock);
    let owner = Client::generate(&host, &clock);
    let mut early = Request::new(Method::Get, format!("{}/v1/space", owner.url));
    sign_request(&mut early, &owner.key, Timestamp(NOW.0 + 3_600), &mut Rng::system()).unwrap();
    let refused = owner.send(early);
    assert_eq!((refused.status, refused.header("date")), (401, Some("Fri, 15 Jan 2027 08:00:00 GMT")));
    clock.forward(61);
    let later = owner.plain(Method::Get, "/nothing", Vec::new());
    assert_eq!((later.status, later.header("date")), (404, Some("Fri, 15 Jan 2027 08:01:01 GMT")));
}

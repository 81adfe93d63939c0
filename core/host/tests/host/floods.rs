//! What many, or one, may take of a host: bodies, memory, rates; and who is counted.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use keepwell_host::{Host, Limits, Listen};
use keepwell_protocol::crypto::{Rng, base64url};
use keepwell_protocol::domain::{BlobId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, Response, sign_request};
use keepwell_protocol::ledger::StateKey;
use keepwell_protocol::vault::{BlobIds, Blobs};
use rusqlite::Connection;

use crate::support::{self, Client, HandClock, NOW, code};

fn start(home: &std::path::Path, clock: &HandClock, listen: impl FnOnce(&mut Listen)) -> Host {
    let mut config = support::config(home, "127.0.0.1:0", support::no_ledger());
    listen(&mut config.listen);
    Host::start(config, clock.clock()).unwrap()
}

/// Sends the head of a request that announces a body of `length` bytes, and `part` of that body.
fn begin(host: &Host, request: &Request, length: usize, part: &[u8]) -> TcpStream {
    let path = request.url.split_once(&host.address().to_string()).unwrap().1;
    let mut head = format!("{} {path} HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n", request.method);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(host.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(part).unwrap();
    stream
}

/// The status of what the host answers, and how long that took.
fn status(mut stream: TcpStream) -> (u16, Duration) {
    let begun = Instant::now();
    let mut line = [0; 12];
    stream.read_exact(&mut line).unwrap();
    (std::str::from_utf8(&line[9..]).unwrap().parse().unwrap(), begun.elapsed())
}

#[test]
fn who_may_not_send_a_body_is_refused_by_the_head() {
    const LARGE: usize = 60 << 20;
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, |_| ());
    let (owner, stranger) = (Client::generate(&host, &clock), Client::generate(&host, &clock));
    owner.open_space();
    let unsigned = Request::new(Method::Post, format!("{}/v1/blobs", owner.url));
    let by_nobody = stranger.signed(Method::Post, "/v1/blobs", vec![1]);
    let mut old = Request::new(Method::Post, format!("{}/v1/blobs", owner.url));
    sign_request(&mut old, &owner.key, Timestamp(NOW.0 - 61), &mut Rng::system()).unwrap();
    let mut forged = owner.signed(Method::Post, "/v1/blobs", vec![1]);
    forged.url = format!("{}/v1/space/commit", owner.url);
    for (request, expected) in [(unsigned, 401), (by_nobody, 404), (old, 401), (forged, 401)] {
        let (status, took) = status(begin(&host, &request, LARGE, b""));
        assert_eq!(status, expected);
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
    // Nobody may send much where anybody may send.
    let too_long = Request::new(Method::Post, format!("{}/v1/ledger/txs", owner.url));
    assert_eq!(status(begin(&host, &too_long, 2 << 20, b"")).0, 413);
    let nothing = Request::new(Method::Post, format!("{}/v1/nothing", owner.url));
    assert_eq!(status(begin(&host, &nothing, LARGE, b"")).0, 404);
    // The owner is waited for, and a copy of the head is not.
    let body = Blobs(vec![vec![7; 300_000].into()]).to_cbor();
    let request = owner.signed(Method::Post, "/v1/blobs", body.clone());
    let mut waiting = begin(&host, &request, body.len(), &body[..1_000]);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(status(begin(&host, &request, body.len(), b"")).0, 401, "a copy");
    waiting.write_all(&body[1_000..]).unwrap();
    assert_eq!(status(waiting).0, 200);
}

#[test]
fn bodies_have_so_much_memory_and_small_ones_always_some() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { memory_bytes: 4 << 20, memory_shares: 4, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let body = Blobs(vec![vec![7; 800_000].into()]).to_cbor();
    let request = owner.signed(Method::Post, "/v1/blobs", body.clone());
    let mut held = begin(&host, &request, body.len(), &body[..700_000]);
    std::thread::sleep(Duration::from_millis(500));
    let refused = owner.call(Method::Post, "/v1/blobs", body.clone());
    assert_eq!(code(&refused), (503, "HostBusy".into()));
    assert_eq!(refused.header("retry-after"), Some("5"));
    owner.renewed().put_blobs(&[b"small"]);
    held.write_all(&body[700_000..]).unwrap();
    assert_eq!(status(held).0, 200);
    assert_eq!(owner.renewed().call(Method::Post, "/v1/blobs", body).status, 200);
}

fn statuses(count: usize, ask: impl Fn() -> Response) -> Vec<u16> {
    (0..count).map(|_| ask().status).collect()
}

#[test]
fn owners_at_one_address_are_counted_by_their_keys_and_strangers_together() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { rate_owner: 5, rate_signed: 6, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let (first, second) = (Client::generate(&host, &clock), Client::generate(&host, &clock));
    first.open_space();
    second.open_space();
    let show = |client: &Client| client.renewed().call(Method::Get, "/v1/space", Vec::new());
    assert_eq!(statuses(6, || show(&first)), [200, 200, 200, 200, 200, 429]);
    assert_eq!(show(&first).header("retry-after"), Some("12"));
    assert_eq!(statuses(5, || show(&second)), [200; 5]);
    clock.forward(12);
    assert_eq!(statuses(2, || show(&first)), [200, 429]);
    // Opening the spaces took two of the six, of which one has come back.
    let strangers = statuses(6, || show(&Client::generate(&host, &clock)));
    assert_eq!(strangers, [404, 404, 404, 404, 404, 429]);
}

#[test]
fn one_address_has_so_many_requests_whatever_keys_it_has_and_in_vain_or_not() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { rate_address: 8, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let (first, second) = (Client::generate(&host, &clock), Client::generate(&host, &clock));
    first.open_space();
    second.open_space();
    let show = |client: &Client| client.renewed().call(Method::Get, "/v1/space", Vec::new());
    assert_eq!(statuses(2, || show(&first)), [200; 2]);
    assert_eq!(statuses(2, || show(&second)), [200; 2]);
    let mut forged = first.signed(Method::Get, "/v1/space", Vec::new());
    forged.url = format!("{}/v1/log", first.url);
    assert_eq!(statuses(4, || first.renewed().send(forged.clone())), [401, 401, 429, 429]);
    assert_eq!(show(&second).status, 429);
}

#[test]
fn what_is_read_and_hashed_is_counted_by_its_length() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { rate_read: 6, rate_read_address: 7, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let (first, second) = (Client::generate(&host, &clock), Client::generate(&host, &clock));
    let check = |client: &Client, path: &str, ids: &[BlobId]| {
        client.renewed().call(Method::Post, path, BlobIds(ids.to_vec()).to_cbor()).status
    };
    let blobs = [&first, &second].map(|owner| {
        owner.open_space();
        owner.put_blobs(&[&vec![7; 2 << 20], b"small"])
    });
    assert_eq!([0; 2].map(|_| check(&first, "/v1/blobs/missing", &blobs[0])), [200; 2]);
    assert_eq!(check(&first, "/v1/blobs/get", &blobs[0]), 200, "what is fetched counts, too");
    assert_eq!(check(&first, "/v1/blobs/missing", &blobs[0]), 429);
    assert_eq!(check(&first, "/v1/blobs/missing", &blobs[0][1..]), 200, "what is small does not count");
    first.renewed().space();
    assert_eq!(check(&second, "/v1/blobs/missing", &blobs[1]), 429, "the address has had it");
    clock.forward(60);
    assert_eq!(check(&second, "/v1/blobs/missing", &blobs[1]), 200);
}

#[test]
fn copies_of_a_request_take_nothing_of_its_owner() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { rate_owner: 3, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let request = owner.signed(Method::Get, "/v1/space", Vec::new());
    assert_eq!(statuses(6, || owner.renewed().send(request.clone())), [200, 401, 401, 401, 401, 401]);
    let show = || owner.renewed().call(Method::Get, "/v1/space", Vec::new());
    assert_eq!(statuses(3, show), [200, 200, 429]);
}

/// How many nonces a host remembers.
fn nonces(home: &std::path::Path) -> i64 {
    let file = Connection::open(home.join("nonces.sqlite")).unwrap();
    file.query_row("SELECT count(*) FROM nonces", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_an_owner_asks_over_its_rate_is_written_nowhere() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { rate_owner: 3, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let asked = owner.signed(Method::Get, "/v1/space", Vec::new());
    let show = || owner.renewed().call(Method::Get, "/v1/space", Vec::new());
    assert_eq!(statuses(2, show), [200; 2]);
    assert_eq!(nonces(home.path()), 3);
    assert_eq!(owner.renewed().send(asked.clone()).status, 200);
    assert_eq!(statuses(9, show), [429; 9]);
    assert_eq!(owner.renewed().send(asked).status, 429, "a copy");
    assert_eq!(nonces(home.path()), 4);
    clock.forward(20);
    assert_eq!(statuses(2, show), [200, 429]);
}

#[test]
fn an_owners_batch_for_the_ledger_has_the_memory_of_owners() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { memory_unsigned_bytes: 100_000, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let (owner, stranger) = (Client::generate(&host, &clock), Client::generate(&host, &clock));
    owner.open_space();
    let batch = |client: &Client| code(&client.call(Method::Post, "/v1/ledger/txs", vec![0; 100_000]));
    assert_eq!(batch(&stranger), (503, "HostBusy".into()));
    assert_eq!(batch(&owner).0, 400, "it is read to its end, and is no batch");
}

#[test]
fn when_a_busy_gateway_is_to_be_asked_again_is_passed_on() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let gateway = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_, anchor) = support::no_ledger();
    let url = format!("http://{}/", gateway.local_addr().unwrap()).parse().unwrap();
    let host =
        Host::start(support::config(home.path(), "127.0.0.1:0", (url, anchor)), clock.clock()).unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = gateway.accept().unwrap();
        let _ = stream.read(&mut [0; 4_096]);
        let head =
            "HTTP/1.1 429 Busy\r\nretry-after: 7\r\ncontent-type: application/cbor\r\ncontent-length: 0";
        let _ = stream.write_all(format!("{head}\r\n\r\n").as_bytes());
    });
    let path = format!("/v1/ledger/proof/{}", StateKey::Governance.to_hex());
    let answer = Client::generate(&host, &clock).plain(Method::Get, &path, Vec::new());
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7")));
}

#[test]
fn behind_a_trusted_proxy_each_client_has_its_own_allowance() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { rate_link: 3, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| {
        listen.limits = limits;
        listen.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let url = format!("http://{}/l/{}?recipient=x", host.address(), base64url::encode(&[1; 32]));
    let visit = |of: &str| {
        let mut request = Request::new(Method::Get, &url);
        request.headers.push(("x-forwarded-for".into(), of.into()));
        Client::generate(&host, &clock).send(request)
    };
    assert_eq!(statuses(4, || visit("203.0.113.1")), [404, 404, 404, 429]);
    assert_eq!(statuses(3, || visit("198.51.100.2")), [404; 3]);
    assert_eq!(visit("8.8.8.8, 203.0.113.1").status, 429, "what a client writes before it does not help");
}

#[test]
fn whoever_has_many_keys_has_one_allowance_at_the_relay() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { rate_relay: 3, rate_relay_address: 7, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| {
        listen.limits = limits;
        listen.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let ask = |owner: &Client, from: &str| {
        let mut request = owner.signed(Method::Get, "/v1/ledger/light/latest", Vec::new());
        request.headers.push(("x-forwarded-for".to_owned(), from.to_owned()));
        owner.renewed().send(request).status
    };
    let owners: Vec<Client> = (0..5).map(|_| Client::generate(&host, &clock)).collect();
    owners.iter().for_each(Client::open_space);
    let asked: Vec<u16> =
        owners[..4].iter().flat_map(|owner| [(); 3].map(|()| ask(owner, "192.0.2.1"))).collect();
    assert_eq!(asked, [vec![502; 7], vec![429; 5]].concat(), "there is no ledger to answer");
    assert_eq!(
        [ask(&owners[4], "192.0.2.1"), ask(&owners[4], "198.51.100.1")],
        [429, 502],
        "elsewhere it is let through"
    );
}

#[test]
fn an_owner_who_signs_is_counted_at_the_relay_by_the_key() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { rate_relay: 3, ..Limits::default() };
    // Without a ledger whoever is let through gets 502.
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let (owner, other) = (Client::generate(&host, &clock), Client::generate(&host, &clock));
    owner.open_space();
    let path = format!("/v1/ledger/proof/{}", StateKey::Governance.to_hex());
    let signed = |client: &Client| client.renewed().call(Method::Get, &path, Vec::new()).status;
    let unsigned = || owner.renewed().plain(Method::Get, &path, Vec::new()).status;
    assert_eq!([unsigned(), unsigned(), signed(&other)], [502; 3], "a key without a space is as none");
    assert_eq!([unsigned(), signed(&other)], [429; 2]);
    assert_eq!([signed(&owner), signed(&owner), signed(&owner), signed(&owner)], [502, 502, 502, 429]);
}

/// Sockets that send half a request each.
fn half_requests(address: SocketAddr, count: u32) -> Vec<TcpStream> {
    (0..count)
        .filter_map(|_| {
            let mut stream = TcpStream::connect(address).ok()?;
            stream.write_all(b"POST /v1/blobs HTTP/1.1\r\nhost: ").ok()?;
            Some(stream)
        })
        .collect()
}

#[test]
fn half_requests_and_a_full_table_keep_no_owner_from_the_host() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let limits = Limits { connections: 100, ..Limits::default() };
    let host = start(home.path(), &clock, |listen| listen.limits = limits);
    let owner = Client::generate(&host, &clock);
    owner.open_space();
    let held = half_requests(host.address(), 600);
    for _ in 0..5 {
        let begun = Instant::now();
        owner.renewed().space();
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    }
    drop(held);
}

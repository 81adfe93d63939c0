//! What strangers make of requests, against the three real servers: none fails, none grows, and honest people
//! are served throughout.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::keepwell::{Party, Proxy, Server, World};

/// Requests to each server.
fn count() -> u64 {
    let usual = if std::env::var_os("KEEPWELL_SOAK").is_some() { 400_000 } else { 2_500 };
    std::env::var("KEEPWELL_STRANGERS").map_or(usual, |count| count.parse().unwrap())
}

/// The same numbers for the same seed: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most)).map(|_| self.below(256) as u8).collect()
    }

    fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }
}

/// Requests as they might come where nobody has signed anything.
fn bare(routes: &[&str]) -> Vec<Vec<u8>> {
    let id = "5b".repeat(32);
    let all = |route: &&str| {
        ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"].map(|method| {
            let route = route.replace("{id}", &id);
            let body = if matches!(method, "PUT" | "POST") { "\u{a2}abc=def&code=1234 5678" } else { "" };
            format!(
                "{method} {route} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        })
    };
    routes.iter().flat_map(all).collect()
}

const HEADS: [&str; 16] = [
    "transfer-encoding: chunked",
    "content-length: 99000000000000",
    "content-length: -1",
    "content-length: 7",
    "expect: 100-continue",
    "upgrade: h2c",
    "connection: upgrade, http2-settings",
    "content-encoding: gzip",
    "content-type: multipart/form-data; boundary=x",
    "content-type: application/cbor",
    "accept-encoding: gzip, br, zstd",
    "signature-input: sig=();created=1;keyid=\"\"",
    "signature: sig=::",
    "content-digest: sha-256=:AAAA:",
    "forwarded: for=\"[::1]:x\";for=,,;;=",
    "cookie: desk=../../etc/passwd; desk=\"",
];

/// One of these requests, changed in up to four places, as somebody at another address would send it.
fn changed(samples: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut request = samples[random.below(samples.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(request.len().max(1)).min(request.len());
        match random.below(9) {
            0 => request.truncate(at),
            1 => drop(request.splice(at..at, random.bytes(64))),
            2 => drop(request.splice(at..(at + random.below(32)).min(request.len()), [])),
            3 => request.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
            4 => request.extend_from_within(..at.min(request.len())),
            5 => drop(request.splice(at..at, "\r\n".repeat(1 + random.below(3)).into_bytes())),
            6 => drop(request.splice(at..at, "a".repeat(random.below(20_000)).into_bytes())),
            7 => drop(
                request
                    .splice(at..at, random.of(&["../", "%00", "%2e%2e", "?", "#", "\0", "\u{ff}"]).bytes()),
            ),
            _ => {
                let line_end = request.windows(2).position(|pair| pair == b"\r\n").map_or(0, |end| end + 2);
                let line = format!("{}\r\n", random.of(&HEADS));
                drop(request.splice(line_end..line_end, line.into_bytes()));
            }
        }
    }
    let line_end = request.windows(2).position(|pair| pair == b"\r\n").map_or(0, |end| end + 2);
    let who = format!("x-forwarded-for: 203.0.{}.{}\r\n", random.below(256), random.below(256));
    request.splice(line_end..line_end, who.into_bytes());
    request
}

/// The status of the answer, if there is one; at the latest after the time that a server gives a request.
fn status(address: &str, request: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // A server that has refused it does not read on.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer);
    let timed_out = ended.is_err_and(|error| {
        matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
    });
    assert!(!timed_out, "no end of the answer to {:?}", String::from_utf8_lossy(request));
    let text = String::from_utf8_lossy(&answer);
    text.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).map(|status| status.parse().unwrap())
}

#[test]
fn requests_changed_at_random_break_nothing_while_honest_people_are_served() {
    let proxy = Proxy::start();
    let mut world = World::behind(&proxy);
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    let provider = world.admitted_clinic("Clinic");
    let grant = world.grant_allergies(&provider);
    world.ids_read(&grant);
    let share = world.wallet.json(&["share", "new", "--category", "allergies", "--for", "1h"]);
    let (id, link) = (share["share"].as_str().unwrap(), share["link"].as_str().unwrap());
    let stranger = Party::new(world.path("stranger"));
    stranger.json(&["share", "open", link, "--recipient", "City"]);
    world.wallet.json(&["share", "revoke", id]);
    world.wallet.json(&["grant", "revoke", &grant]);
    world.wallet.json(&["sync"]);
    let grant = world.grant_allergies(&provider);

    let signed = proxy.seen();
    assert!(signed.len() > 20, "{}", signed.len());
    for server in [&mut world.ledger, &mut world.host] {
        server.set_flag("--trusted-proxy", "127.0.0.0/8");
        server.kill_and_restart();
    }
    let desk = ["clinic", "serve", "--trusted-proxy", "127.0.0.0/8"];
    let desk = Server::start(Party::new(&world.clinic.home), &desk);
    let of_ledger =
        ["/v1/tx", "/v1/proof/{id}?height=9", "/v1/light/latest", "/v1/providers?after={id}", "/v1/status"];
    let of_desk = [
        "/",
        "/login",
        "/logout",
        "/sync",
        "/grants/{id}",
        "/grants/{id}/confirm",
        "/grants/{id}/records/x",
        "/share",
    ];
    let transactions = signed.iter().map(|request| {
        let request = String::from_utf8_lossy(request).replace("/v1/ledger/tx", "/v1/tx");
        request.into_bytes()
    });
    let samples =
        [bare(&of_ledger).into_iter().chain(transactions).collect(), signed.clone(), bare(&of_desk)];
    let servers = [&world.ledger, &world.host, &desk];

    let is_over = AtomicBool::new(false);
    let done = |server: usize, seed: u64, count: u64| {
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (seed * 3 + server as u64));
        let address = servers[server].url().trim_start_matches("http://").to_owned();
        let mut answered = 0;
        for _ in 0..count {
            let request = changed(&samples[server], &mut random);
            let status = status(&address, &request);
            answered += u64::from(status.is_some());
            assert!(
                status.is_none_or(|status| status < 500 || status == 503),
                "{status:?} to {:?}",
                String::from_utf8_lossy(&request)
            );
        }
        answered
    };
    let round = |seed: u64, count: u64| {
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..3).map(|server| scope.spawn(move || done(server, seed, count))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
        })
    };
    std::thread::scope(|scope| {
        let honest = scope.spawn(|| {
            let (mut served, mut slowest) = (0, Duration::ZERO);
            while !is_over.load(Ordering::Relaxed) {
                let began = Instant::now();
                let synced = world.wallet.json(&["sync"]);
                assert_eq!(synced["queued"], 0, "{synced}");
                assert_eq!(world.ids_read(&grant).len(), 1);
                slowest = slowest.max(began.elapsed());
                served += 1;
            }
            (served, slowest)
        });
        // What a process keeps for later it has after the first tenth.
        round(1, count() / 10);
        let before = servers.map(Server::size);
        let answered = round(2, count() - count() / 10);
        let after = servers.map(Server::size);
        is_over.store(true, Ordering::Relaxed);
        let (served, slowest) = honest.join().unwrap();
        eprintln!(
            "answered {answered:?} of {}; honest {served}, slowest {slowest:?}; {before:?} {after:?}",
            count()
        );
        assert!(served > 0 && answered.iter().all(|answered| answered * 2 > count()), "{answered:?}");
        for ((files, resident), (files_after, resident_after)) in before.into_iter().zip(after) {
            assert!(files_after <= files + 32, "{files} files, then {files_after}");
            assert!(resident_after <= resident + (48 << 20), "{resident} bytes, then {resident_after}");
        }
    });
    for server in [desk.stop(), world.host.stop(), world.ledger.stop()] {
        assert_eq!(server, Some(0));
    }
}

//! Thousands of connections that say nothing, half of something or too much, from thousands of addresses,
//! against the three real servers with their usual limits: who asks beside them is answered, and nothing of
//! them stays.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use crate::keepwell::{Party, Server, World};

/// What each of a crowd says, of which most are more than a server has places.
const CROWDS: [(&str, u32, &[u8]); 7] = [
    ("nothing", 2_500, b""),
    ("half a head", 2_500, b"GET / HTTP/1.1\r\nhost: h\r\nx-a: "),
    ("half a body", 2_500, b"POST /v1/ledger/tx HTTP/1.1\r\nhost: h\r\ncontent-length: 99\r\n\r\nhalf"),
    (
        "HTTP/2 without being asked",
        500,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x12\x04\x00\x00\x00\x00\x00",
    ),
    (
        "a body of 99 terabytes",
        500,
        b"PUT /v1/blobs HTTP/1.1\r\nhost: h\r\ncontent-length: 99000000000000\r\n\r\naaaa",
    ),
    (
        "chunks without end",
        500,
        b"POST /v1/tx HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nfff\r\naa",
    ),
    ("noise", 500, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\xff\xfe\x00\r\n\r\n\xff\xff\r\n\r\n"),
];

/// In `./dev soak` only: what they cost an unoptimised build the tests beside it lack.
const PIPELINED: (&str, u32, &[u8]) =
    ("forty questions at once, of which no answer is read", 2_500, QUESTIONS);

const QUESTIONS: &[u8] = &{
    let question = *b"GET /v1/status HTTP/1.1\r\nhost: h\r\n\r\n";
    let mut all = [0; 40 * 36];
    let mut at = 0;
    while at < all.len() {
        all[at] = question[at % 36];
        at += 1;
    }
    all
};

/// Has so many sockets, each from an address of its own, say `first` and nothing more, and `meanwhile` done.
fn beside_a_crowd<T>(
    address: SocketAddr,
    count: u32,
    first: &'static [u8],
    meanwhile: impl FnOnce() -> T,
) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sockets = runtime.block_on(async move {
        let mut sockets = Vec::new();
        for number in 0..count {
            let socket = TcpSocket::new_v4().unwrap();
            // A little window: what is not read stays with the server.
            socket.set_recv_buffer_size(4_096).unwrap();
            let from = Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + number);
            socket.bind(SocketAddr::from((from, 0))).unwrap();
            let Ok(stream) = socket.connect(address).await else { continue };
            // One that had to yield by now may refuse the bytes, and one that answers may take only some.
            let _ = stream.writable().await.and_then(|()| stream.try_write(first));
            sockets.push(stream);
        }
        sockets
    });
    let done = meanwhile();
    drop(sockets);
    done
}

/// Asks once, on a new connection.
fn ask(address: SocketAddr, path: &str) -> (String, Duration) {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    (String::from_utf8_lossy(&answer).into_owned(), begun.elapsed())
}

/// Ends what goes on beside a crowd, also where the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Lets this process have as many open files as it may.
fn raise_open_files() {
    let status = std::fs::read_to_string("/proc/self/limits").unwrap();
    let limits = status.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let hard = limits.split_whitespace().nth(1).unwrap();
    let (pid, files) = (std::process::id().to_string(), format!("--nofile={hard}:{hard}"));
    let raised = std::process::Command::new("prlimit").args(["--pid", &pid, &files]).status().unwrap();
    assert!(raised.success());
}

#[test]
fn crowds_keep_nobody_out_of_any_server_and_leave_nothing_behind() {
    raise_open_files();
    let world = World::new();
    world.connected_wallet();
    world.admitted_clinic("Clinic");
    let desk = Server::start(Party::new(&world.clinic.home), &["clinic", "serve"]);
    let servers =
        [(&world.ledger, "/v1/status"), (&world.host, "/v1/ledger/light/latest"), (&desk, "/login")];
    for (server, path) in servers {
        let address: SocketAddr = server.url().trim_start_matches("http://").parse().unwrap();
        let is_served = || {
            let (answer, took) = ask(address, path);
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?} after {took:?}");
            took
        };
        is_served();
        let (files, resident) = server.size();
        let is_soak = std::env::var_os("KEEPWELL_SOAK").is_some();
        for (says, count, first) in CROWDS.into_iter().chain(is_soak.then_some(PIPELINED)) {
            let count = if is_soak { 10_000 } else { count };
            let is_over = AtomicBool::new(false);
            let slowest = std::thread::scope(|scope| {
                let over = Over(&is_over);
                let honest = scope.spawn(|| {
                    let mut slowest = Duration::ZERO;
                    while !is_over.load(Ordering::Relaxed) {
                        slowest = slowest.max(is_served());
                        std::thread::sleep(Duration::from_millis(200));
                    }
                    slowest
                });
                let asked = || (0..3).map(|_| is_served()).max().unwrap_or_default();
                let beside = beside_a_crowd(address, count, first, asked);
                drop(over);
                beside.max(honest.join().unwrap())
            });
            let (_, resident_after) = server.size();
            eprintln!(
                "{path}: {count} say {says}: slowest {slowest:?}, {resident} then {resident_after} bytes"
            );
            // Our own clients wait ten seconds; this is an unoptimised build beside other tests.
            assert!(slowest < Duration::from_secs(30), "{path}: {says}: {slowest:?}");
            assert!(
                resident_after < resident + (160 << 20),
                "{path}: {says}: {resident} then {resident_after}"
            );
        }
        let begun = Instant::now();
        while server.size().0 > files + 8 {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{path}: {files} files, then {}",
                server.size().0
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    assert_eq!(world.wallet.json(&["sync"])["queued"], 0);
}

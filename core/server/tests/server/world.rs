//! A server with little patience, attackers from many addresses, and an honest client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use keepwell_server::{BodyRefused, Bound, Client, Condition, Limits, Listen, Measure, Server, collect};
use tokio::net::TcpSocket;

pub(crate) const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// How soon an honest client is answered, whatever others do; on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(8);

/// Limits that a test can wait for.
pub(crate) fn impatient() -> Limits {
    Limits {
        head_ms: 600,
        idle_ms: 800,
        stall_ms: 700,
        grace_ms: 1_500,
        floor_bytes: 100_000,
        yield_ms: 200,
        linger_ms: 500,
        drain_ms: 3_000,
        ..Limits::default()
    }
}

/// More than the system takes of an answer that nobody reads.
pub(crate) static LARGE: [u8; 16_000_000] = [7; 16_000_000];

/// The routes of the tests: who asks, a large answer, a slow one, and one that takes a body of 1 MB at most.
fn app() -> Router {
    let who = async |axum::Extension(Client(client)): axum::Extension<Client>| client.to_string();
    let large = async || Bytes::from_static(&LARGE);
    let slow = async || {
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        "slow"
    };
    let length = async |body: Body| match collect(body, 1_000_000, None).await {
        Ok(body) => (axum::http::StatusCode::OK, body.bytes.len().to_string()),
        Err(BodyRefused::TooLong) => (axum::http::StatusCode::PAYLOAD_TOO_LARGE, String::new()),
        Err(BodyRefused::TooSlow) => (axum::http::StatusCode::REQUEST_TIMEOUT, String::new()),
        Err(_) => (axum::http::StatusCode::BAD_REQUEST, String::new()),
    };
    Router::new()
        .route("/", get(who))
        .route("/large", get(large))
        .route("/slow", get(slow))
        .route("/length/{secret}", post(length))
}

pub(crate) fn start(limits: Limits) -> Server {
    start_at(Listen { limits, ..Listen::from(ANYWHERE) }, true)
}

pub(crate) fn start_at(listen: Listen, ready: bool) -> Server {
    Bound::new("test", listen).unwrap().start(app(), Arc::new(Party { ready })).unwrap()
}

struct Party {
    ready: bool,
}

impl Condition for Party {
    fn is_ready(&self) -> bool {
        self.ready
    }

    fn measures(&self) -> Vec<Measure> {
        vec![
            Measure::new("test_things", "Things there are", 7),
            Measure::new("test_most", "More than a gauge can show", u64::MAX),
        ]
    }
}

pub(crate) fn connect(server: &Server, first: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(first).unwrap();
    stream
}

/// All that the server says until it closes; what it says before it breaks off counts.
pub(crate) fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 65_536];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        text.extend_from_slice(&piece[..count]);
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Asks once, on a connection of its own, and gives the whole answer.
pub(crate) fn ask(server: &Server, path: &str) -> String {
    rest(connect(server, format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").as_bytes()))
}

/// How many sockets, each from an address of its own, that say `first` and nothing more.
pub(crate) struct Crowd {
    pub(crate) sockets: Vec<tokio::net::TcpStream>,
    _runtime: tokio::runtime::Runtime,
}

pub(crate) fn crowd(server: &Server, count: u32, first: &'static [u8]) -> Crowd {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = server.address();
    let sockets = runtime.block_on(async move {
        let mut sockets = Vec::new();
        for number in 0..count {
            let socket = TcpSocket::new_v4().unwrap();
            // A little window: what is not read stays with the server.
            socket.set_recv_buffer_size(4_096).unwrap();
            let from = Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + number);
            socket.bind(SocketAddr::from((from, 0))).unwrap();
            let Ok(mut stream) = socket.connect(address).await else { continue };
            // One that had to yield by now may refuse the bytes.
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, first).await;
            sockets.push(stream);
        }
        sockets
    });
    Crowd { sockets, _runtime: runtime }
}

/// Somebody who asks again and again, each time on a new connection, and notes how long the longest took.
pub(crate) struct Honest {
    done: Arc<AtomicBool>,
    thread: JoinHandle<(u32, Duration)>,
}

impl Honest {
    pub(crate) fn beside(server: &Server) -> Self {
        let (address, done) = (server.address(), Arc::new(AtomicBool::new(false)));
        let until = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            let (mut asked, mut longest) = (0, Duration::ZERO);
            while !until.load(Ordering::Relaxed) || asked < 3 {
                let begun = Instant::now();
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
                let answer = rest(stream);
                assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:?}");
                longest = longest.max(begun.elapsed());
                asked += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            (asked, longest)
        });
        Self { done, thread }
    }

    /// It was always answered, and soon.
    pub(crate) fn was_served(self) {
        self.done.store(true, Ordering::Relaxed);
        let (asked, longest) = self.thread.join().unwrap();
        assert!(longest < SOON, "the longest of {asked} answers took {longest:?}");
    }
}

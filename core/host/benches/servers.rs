//! Measures a served host against what its machine can do: share links against a static file behind the same
//! server, owners' commits against SQLite. Rows of docs/benchmarks.md; a missed goal is printed as missed and fails
//! nothing. `./dev bench servers`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program for developers, which may stop where it stands"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use keepwell_host::{Host, HostConfig, Listen, Registration};
use keepwell_net::{HttpTransport, Limits as NetLimits, Transport};
use keepwell_protocol::crypto::{Rng, Signature, SigningKey, base64url};
use keepwell_protocol::domain::{CompartmentId, LinkId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, sign_request};
use keepwell_protocol::ledger::{Genesis, TrustAnchor, TrustPolicy};
use keepwell_protocol::vault::{Commit, LinkEntry, SealedHead};
use keepwell_server::{Bound, Condition, Measure, Server};
use rusqlite::{Connection, params};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use url::Url;

const NOW: Timestamp = Timestamp(1_800_000_000);
/// The bytes of a link, and of the file.
const CONTENT: usize = 62_000;
const LINKS: u8 = 64;
const OWNERS: u8 = 16;
/// How often each measurement is made, in turn with its peer, and how long those of links take.
const ROUNDS: usize = 5;
const EACH: Duration = Duration::from_millis(1_500);
/// Commits of one owner in one round.
const COMMITS: u64 = 60;

/// Where a server listens whose clients of this measurement all have one address.
fn listen() -> Listen {
    let mut listen = Listen::from(SocketAddr::from(([127, 0, 0, 1], 0)));
    let limits = &mut listen.limits;
    let rates = [
        &mut limits.rate_link,
        &mut limits.rate_owner,
        &mut limits.rate_opened,
        &mut limits.rate_signed,
        &mut limits.rate_address,
    ];
    for rate in rates {
        *rate = 1_000_000_000;
    }
    limits.connections_per_client = 1_024;
    listen
}

/// A host that never asks its ledger.
fn host(home: &Path) -> Host {
    let genesis = Genesis {
        chain_id: "embedded-none".into(),
        initial_time: NOW.0,
        validators: Vec::new(),
        app_state: String::new(),
    };
    let anchor = TrustAnchor {
        format: TrustAnchor::FORMAT,
        genesis,
        height: 1,
        header_hash: [0; 32],
        time: NOW.0,
        validators: Vec::new(),
        trusting_period: TrustAnchor::TRUSTING_PERIOD.0,
    };
    let config = HostConfig {
        home: home.to_owned(),
        listen: listen(),
        public_url: None,
        ledger_url: Url::parse("http://127.0.0.1:9/").unwrap(),
        gateways: Vec::new(),
        anchor,
        policy: TrustPolicy::DEMONSTRATION,
        blobs_url: None,
        registration: Registration::Open,
    };
    Host::start(config, Arc::new(|| NOW)).unwrap()
}

struct Files;

impl Condition for Files {
    fn is_ready(&self) -> bool {
        true
    }

    fn measures(&self) -> Vec<Measure> {
        Vec::new()
    }
}

/// The peer: a file behind our own server, read anew for each request.
fn file_server(folder: &Path) -> Server {
    let file: Arc<Path> = folder.join("file").into();
    std::fs::write(&file, content()).unwrap();
    let app = Router::new().route(
        "/file",
        get(move || async move {
            let bytes = tokio::task::spawn_blocking(move || std::fs::read(file)).await.unwrap().unwrap();
            ([("content-type", "application/jose")], bytes)
        }),
    );
    Bound::new("static", listen()).unwrap().start(app, Arc::new(Files)).unwrap()
}

fn content() -> Vec<u8> {
    (0..CONTENT).map(|at| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[at * 7 % 32]).collect()
}

struct Owner {
    key: SigningKey,
    address: SocketAddr,
}

impl Owner {
    fn new(host: &Host, number: u8) -> Self {
        Self { key: SigningKey::from_seed(&[number; 32]), address: host.address() }
    }

    fn signed(&self, method: Method, path: &str, body: Vec<u8>) -> Request {
        let mut request = Request::new(method, format!("http://{}{path}", self.address)).with_body(body);
        sign_request(&mut request, &self.key, NOW, &mut Rng::system()).unwrap();
        request
    }

    fn call(&self, transport: &HttpTransport, method: Method, path: &str, body: Vec<u8>) {
        let answer = transport.send(self.signed(method, path, body), NetLimits::CONFIGURED).unwrap();
        assert_eq!(answer.status, 200, "{path}");
    }
}

fn commit(version: u64) -> Commit {
    let head = SealedHead {
        compartment: CompartmentId::from_bytes([0; 16]),
        epoch: 0,
        version,
        sealed: vec![1; 1_000],
        signature: Signature::from_bytes([2; 64]),
        owner_wrap: vec![3; 100],
    };
    Commit::new(version, vec![head])
}

fn link(number: u8) -> LinkEntry {
    LinkEntry {
        path: [number; 32],
        id: LinkId::from_bytes([number; 16]),
        expires: Timestamp(NOW.0 + 86_400),
        opens: None,
        paused: false,
        revoked: false,
        grant: None,
    }
}

/// A request as it goes over the wire.
fn wire(request: &Request) -> Vec<u8> {
    let url = Url::parse(&request.url).unwrap();
    let mut head = format!("{} {}", request.method.as_str(), url.path());
    if let Some(query) = url.query() {
        head += &format!("?{query}");
    }
    head += &format!(" HTTP/1.1\r\nhost: {}\r\n", url.authority());
    for (name, value) in &request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", request.body.len());
    [head.as_bytes(), &request.body].concat()
}

/// One connection that is kept open.
struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; 128 * 1024] }
    }

    /// Sends a request and reads its answer, which is one of success; how long that took.
    async fn ask(&mut self, request: &[u8]) -> Duration {
        let begun = Instant::now();
        self.stream.write_all(request).await.unwrap();
        let (mut read, mut whole) = (0, usize::MAX);
        while read < whole {
            let more = self.stream.read(&mut self.buffer[read..]).await.unwrap();
            assert!(more > 0, "the server closed the connection");
            read += more;
            if whole == usize::MAX
                && let Some(end) = self.buffer[..read].windows(4).position(|bytes| bytes == b"\r\n\r\n")
            {
                let head = std::str::from_utf8(&self.buffer[..end]).unwrap().to_ascii_lowercase();
                assert!(head.starts_with("http/1.1 200 "), "{head}");
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                whole = end + 4 + length.parse::<usize>().unwrap();
            }
        }
        begun.elapsed()
    }
}

/// What came of one measurement.
#[derive(Clone, Copy)]
struct Load {
    rate: f64,
    half: Duration,
    most: Duration,
}

impl Load {
    fn of(mut times: Vec<Duration>, took: Duration) -> Self {
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        Self { rate: times.len() as f64 / took.as_secs_f64(), half: at(50), most: at(99) }
    }

    /// The middle one of each figure.
    fn median(loads: &[Self]) -> Self {
        Self {
            rate: middle(loads.iter().map(|it| it.rate)),
            half: Duration::from_secs_f64(middle(loads.iter().map(|it| it.half.as_secs_f64()))),
            most: Duration::from_secs_f64(middle(loads.iter().map(|it| it.most.as_secs_f64()))),
        }
    }
}

fn middle(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Asks over so many connections at once, each one request after the other, until the time is over.
fn visit(runtime: &Runtime, address: SocketAddr, connections: usize, path: impl Fn(usize) -> String) -> Load {
    runtime.block_on(async {
        let mut connected = Vec::new();
        for number in 0..connections {
            let request = wire(&Request::new(Method::Get, format!("http://{address}{}", path(number))));
            connected.push((Wire::connect(address).await, request));
        }
        let begun = Instant::now();
        let asking: Vec<_> = connected
            .into_iter()
            .map(|(mut wire, request)| {
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    while begun.elapsed() < EACH {
                        times.push(wire.ask(&request).await);
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for asked in asking {
            times.extend(asked.await.unwrap());
        }
        Load::of(times, begun.elapsed())
    })
}

fn row(work: &str, measured: &str, goal: &str, met: Option<bool>) {
    let verdict = met.map_or("", |met| if met { "yes" } else { "**no**" });
    println!("| {work} | {measured} | {goal} | {verdict} |");
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn links(runtime: &Runtime) {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let host = host(home.path());
    let files = file_server(home.path());
    let (owner, transport) = (Owner::new(&host, 1), HttpTransport::new().unwrap());
    owner.call(&transport, Method::Put, "/v1/space", Vec::new());
    for number in 0..LINKS {
        owner.call(&transport, Method::Put, &format!("/v1/links/{}", link(number).id), content());
    }
    let named = Commit { links: (0..LINKS).map(link).collect(), ..commit(1) };
    owner.call(&transport, Method::Post, "/v1/space/commit", named.to_cbor());
    let path = |number: usize| {
        let link = link(u8::try_from(number % usize::from(LINKS)).unwrap());
        format!("/l/{}?recipient=bench", base64url::encode(&link.path))
    };
    for connections in [1, 16, 64, 256] {
        let (mut static_file, mut visits) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            static_file.push(visit(runtime, files.address(), connections, |_| "/file".to_owned()));
            visits.push(visit(runtime, host.address(), connections, path));
        }
        let (peer, visits) = (Load::median(&static_file), Load::median(&visits));
        let ratio = visits.rate / peer.rate;
        row(
            &format!("visits of a link of 62 KB, connections: {connections}, against a static file"),
            &format!("{ratio:.2}× ({:.0}/s against {:.0}/s)", visits.rate, peer.rate),
            "≥ 0.5×",
            Some(ratio >= 0.5),
        );
        let spread = |load: Load| load.most.as_secs_f64() / load.half.as_secs_f64();
        let (of_visits, of_files) = (spread(visits), spread(peer));
        row(
            &format!("a visit meanwhile, 99 of 100 against half, connections: {connections}; a file"),
            &format!(
                "{of_visits:.1}× ({} against {}); {of_files:.1}× ({} against {})",
                milliseconds(visits.most),
                milliseconds(visits.half),
                milliseconds(peer.most),
                milliseconds(peer.half)
            ),
            "≤ 5×",
            Some(of_visits <= 5.0),
        );
    }
}

/// What a commit of an owner writes, by SQLite alone: one durable transaction after the other.
fn sqlite_commits(database: &mut Connection, from: u64, count: u64) -> f64 {
    let begun = Instant::now();
    for version in from..from + count {
        let transaction =
            database.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
        let space = version % u64::from(OWNERS);
        let head = commit(version).heads[0].to_cbor();
        transaction
            .prepare_cached("UPDATE compartments SET head = ?2 WHERE space = ?1")
            .unwrap()
            .execute(params![space, head])
            .unwrap();
        transaction
            .prepare_cached("UPDATE spaces SET version = ?2, last_commit = ?3 WHERE space = ?1")
            .unwrap()
            .execute(params![space, version, [7_u8; 32]])
            .unwrap();
        transaction.commit().unwrap();
    }
    count as f64 / begun.elapsed().as_secs_f64()
}

fn sqlite(file: &Path) -> Connection {
    let database = Connection::open(file).unwrap();
    database.pragma_update(None, "journal_mode", "WAL").unwrap();
    database.pragma_update(None, "synchronous", "FULL").unwrap();
    let tables = "CREATE TABLE spaces (space INTEGER PRIMARY KEY, version INTEGER, last_commit BLOB);
                  CREATE TABLE compartments (space INTEGER PRIMARY KEY, head BLOB);";
    database.execute_batch(tables).unwrap();
    for space in 0..OWNERS {
        database.execute("INSERT INTO spaces VALUES (?1, 0, NULL)", [space]).unwrap();
        database.execute("INSERT INTO compartments VALUES (?1, NULL)", [space]).unwrap();
    }
    database
}

fn commits(runtime: &Runtime) {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let host = host(home.path());
    let mut database = sqlite(&home.path().join("peer.sqlite"));
    let transport = HttpTransport::new().unwrap();
    let owners: Vec<Owner> = (1..=OWNERS).map(|number| Owner::new(&host, number)).collect();
    for owner in &owners {
        owner.call(&transport, Method::Put, "/v1/space", Vec::new());
    }
    let (mut peers, mut loads) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS as u64 {
        let all = COMMITS * u64::from(OWNERS);
        peers.push(sqlite_commits(&mut database, round * all, all));
        let versions = round * COMMITS + 1..=(round + 1) * COMMITS;
        let requests: Vec<Vec<Vec<u8>>> = owners
            .iter()
            .map(|owner| {
                let signed =
                    |version| owner.signed(Method::Post, "/v1/space/commit", commit(version).to_cbor());
                versions.clone().map(|version| wire(&signed(version))).collect()
            })
            .collect();
        loads.push(runtime.block_on(async {
            let begun = Instant::now();
            let committing: Vec<_> = requests
                .into_iter()
                .map(|requests| {
                    let address = host.address();
                    tokio::spawn(async move {
                        let (mut wire, mut times) = (Wire::connect(address).await, Vec::new());
                        for request in requests {
                            times.push(wire.ask(&request).await);
                        }
                        times
                    })
                })
                .collect();
            let mut times = Vec::new();
            for committed in committing {
                times.extend(committed.await.unwrap());
            }
            Load::of(times, begun.elapsed())
        }));
    }
    let (peer, load) = (middle(peers.into_iter()), Load::median(&loads));
    let ratio = load.rate / peer;
    row(
        "commits of 16 owners at once, against durable commits of SQLite one after the other",
        &format!("{ratio:.2}× ({:.0}/s against {peer:.0}/s)", load.rate),
        "≥ 0.5×",
        Some(ratio >= 0.5),
    );
    row(
        "a commit meanwhile, half of them; 99 of 100",
        &format!("{}; {}", milliseconds(load.half), milliseconds(load.most)),
        "",
        None,
    );
}

fn main() {
    let runtime = Runtime::new().unwrap();
    println!("| work | measured | goal | met |\n| --- | --- | --- | --- |");
    links(&runtime);
    commits(&runtime);
}

//! Measures the ledger under CometBFT: what the application costs it, and how many grants it makes a second beside
//! CometBFT's own `kvstore`, which verifies nothing. `./dev bench ledger`; needs CometBFT in KEEPWELL_COMETBFT.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a program for developers, which may stop where it stands"
)]

use std::io::{BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_ledger::{CometbftConfig, CometbftSeries, LedgerNode, Network, NodeConfig};
use keepwell_net::{Clock as _, Gateway, HttpTransport, Limits, SystemClock, Transport as _};
use keepwell_protocol::crypto::{Rng, SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{Commitment, Day, Object as _, Origin, Slot, Timestamp};
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::ledger::{
    Genesis, GrantNewAccount, Kind, SignedTransaction, Signer, StateKey, TrustAnchor, TrustPolicy,
};
use keepwell_server::Listen;
use prost::Message as _;
use serde_json::{Value, json};
use tendermint_proto::v0_38::abci::{self, request, response};
use url::Url;

/// How many transactions are handed in at once, and over how many connections.
const BURST: u32 = 10_000;
/// CometBFT hands checks over a socket on every 20 ms (`flushThrottleMS`), and answers each connection then: of few
/// connections that is all that would be measured.
const CLIENTS: u32 = 256;
const BLOCK: u32 = 1_000;

fn root(number: u32) -> SigningKey {
    let mut seed = [1; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_seed(&seed)
}

fn grant(origin: &Origin, number: u32) -> Vec<u8> {
    let (root, now) = (root(number), SystemClock.now());
    let body = GrantNewAccount {
        kind: Kind,
        root: root.public_key(),
        account_key: root.public_key(),
        number: 0,
        slot: Slot::from_bytes([2; 32]),
        commitment: Commitment::from_bytes([3; 32]),
        not_after: Day(now.day().0 + 30),
        valid_until: Timestamp(now.0 + 86_400),
    };
    SignedTransaction::sign(body, origin, Signer::Root(&root)).unwrap().to_cbor()
}

fn row(work: &str, measured: &str, goal: &str, met: Option<bool>) {
    let verdict = met.map_or("", |met| if met { "yes" } else { "**no**" });
    println!("| {work} | {measured} | {goal} | {verdict} |");
}

fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3
}

fn program() -> Option<PathBuf> {
    std::env::var_os("KEEPWELL_COMETBFT").map(PathBuf::from)
}

/// A network of our nodes, or of CometBFTs with their own `kvstore`.
struct Running {
    _folder: tempfile::TempDir,
    network: Network,
    genesis: Genesis,
    nodes: Vec<LedgerNode>,
    others: Vec<Child>,
}

impl Running {
    fn make(authorities: usize, pause: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let network =
            Network { pause, ..Network::on_free_ports(&folder.path().join("net"), authorities).unwrap() };
        let genesis = network.make(SystemClock.now(), &mut Rng::system()).unwrap();
        Self { _folder: folder, network, genesis, nodes: Vec::new(), others: Vec::new() }
    }

    fn ours(authorities: usize, pause: Duration) -> Self {
        let mut running = Self::make(authorities, pause);
        running.nodes = (0..authorities).map(|node| running.node(node, true)).collect();
        running.await_blocks();
        running
    }

    fn node(&self, node: usize, runs: bool) -> LedgerNode {
        let mut listen = Listen::from(SocketAddr::from(([127, 0, 0, 1], 0)));
        (listen.limits.rate_asked, listen.limits.rate_submitted) = (1_000_000_000, 1_000_000_000);
        let rpc = format!("http://127.0.0.1:{}", self.network.nodes[node].rpc).parse().unwrap();
        let cometbft = if runs { CometbftConfig::Run(program().unwrap()) } else { CometbftConfig::At(rpc) };
        let home = self.network.home(node);
        let series = CometbftSeries::OURS;
        LedgerNode::start(&NodeConfig { home, listen, relays: Vec::new(), socket: None, cometbft, series })
            .unwrap()
    }

    fn kvstore(authorities: usize, pause: Duration) -> Self {
        let mut running = Self::make(authorities, pause);
        for node in 0..authorities {
            let home = running.network.home(node);
            let mut command = Command::new(program().unwrap());
            command.args(["start", "--proxy_app", "kvstore", "--home"]).arg(home);
            running.others.push(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        }
        running.await_blocks();
        running
    }

    fn await_blocks(&self) {
        let began = Instant::now();
        while !self.ask("status", &json!({})).is_some_and(|it| it["sync_info"]["latest_block_height"] != "0")
        {
            assert!(began.elapsed() < Duration::from_secs(60), "no block");
            std::thread::sleep(Duration::from_millis(50));
        }
        // It rests, and every node is there.
        std::thread::sleep(Duration::from_secs(3));
    }

    fn ask(&self, method: &str, parameters: &Value) -> Option<Value> {
        let url = format!("http://127.0.0.1:{}", self.network.nodes[0].rpc);
        ask(&HttpTransport::new().unwrap(), &url, method, parameters)
    }

    /// How many transactions are in blocks.
    fn decided(&self) -> u64 {
        let newest = self.ask("status", &json!({})).unwrap();
        let newest: u64 = newest["sync_info"]["latest_block_height"].as_str().unwrap().parse().unwrap();
        let count = |from: u64| {
            let range =
                json!({ "minHeight": from.to_string(), "maxHeight": (from + 19).min(newest).to_string() });
            let metas = self.ask("blockchain", &range).unwrap();
            let numbers = metas["block_metas"].as_array().unwrap().iter();
            numbers.map(|meta| meta["num_txs"].as_str().unwrap().parse::<u64>().unwrap()).sum::<u64>()
        };
        (1..=newest).step_by(20).map(count).sum()
    }

    /// Hands in these transactions as fast as they are taken, and answers how many a second are final.
    fn burst(&self, transactions: Vec<Vec<u8>>) -> f64 {
        let (number, before) = (transactions.len() as u64, self.decided());
        let url = format!("http://127.0.0.1:{}", self.network.nodes[0].rpc);
        let (queue, began) = (Mutex::new(transactions), Instant::now());
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    let transport = HttpTransport::new().unwrap();
                    loop {
                        let Some(next) = queue.lock().unwrap().pop() else { break };
                        let parameters = json!({ "tx": STANDARD.encode(next) });
                        let is_taken = || {
                            let answer = ask(&transport, &url, "broadcast_tx_sync", &parameters);
                            answer.is_some_and(|answer| answer["code"] == 0)
                        };
                        while !is_taken() {
                            std::thread::sleep(Duration::from_millis(5));
                        }
                    }
                });
            }
        });
        while self.decided() < before + number {
            assert!(began.elapsed() < Duration::from_secs(120), "not all became final");
            std::thread::sleep(Duration::from_millis(20));
        }
        number as f64 / began.elapsed().as_secs_f64()
    }

    fn end(mut self) {
        self.nodes.drain(..).for_each(|node| node.stop().unwrap());
        for child in &mut self.others {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

fn ask(transport: &HttpTransport, url: &str, method: &str, parameters: &Value) -> Option<Value> {
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
    let mut request = Request::new(Method::Post, url.to_owned()).with_body(asked.to_string().into_bytes());
    request.headers.push(("content-type".into(), "application/json".into()));
    let limits = Limits { max_body: 40_000_000, ..Limits::CONFIGURED };
    let answer = transport.send(request, limits).ok()?;
    let answer: Value = serde_json::from_slice(&answer.body).ok()?;
    answer.get("result").cloned()
}

/// CometBFT's side of the socket.
struct Asker(BufReader<UnixStream>);

impl Asker {
    fn ask(&mut self, value: request::Value) -> response::Value {
        let mut bytes = Vec::new();
        for value in [value, request::Value::Flush(abci::RequestFlush {})] {
            abci::Request { value: Some(value) }.encode_length_delimited(&mut bytes).unwrap();
        }
        self.0.get_mut().write_all(&bytes).unwrap();
        let answer = self.answer();
        self.answer();
        answer
    }

    fn answer(&mut self) -> response::Value {
        let (mut length, mut shift) = (0_usize, 0);
        loop {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            length |= usize::from(byte[0] & 0x7f) << shift;
            shift += 7;
            if byte[0] < 0x80 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        abci::Response::decode(body.as_slice()).unwrap().value.unwrap()
    }
}

/// How long this process has computed, over all its threads.
fn computed() -> Duration {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let nanoseconds = threads.filter_map(|thread| {
        let times = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).ok()?;
        times.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

fn application() {
    let running = Running::make(1, Duration::from_secs(1));
    let node = running.node(0, false);
    let socket = UnixStream::connect(running.network.home(0).join("app.sock")).unwrap();
    let mut asker = Asker(BufReader::new(socket));
    let mut times: Vec<_> = (0..2_000)
        .map(|_| {
            let began = Instant::now();
            asker.ask(request::Value::Echo(abci::RequestEcho { message: "x".to_owned() }));
            began.elapsed()
        })
        .collect();
    let (half, most) = (percentile(&mut times, 50), percentile(&mut times, 99));
    row(
        "ABCI round trip over the socket, p50 / p99",
        &format!("{half:.3} / {most:.3} ms"),
        "≤ 0.2 ms",
        Some(half <= 0.2),
    );

    let origin = running.genesis.origin();
    let mut shares: Vec<(Duration, Duration, Duration)> = Vec::new();
    for height in 1..=5_u32 {
        let first = height * BLOCK;
        let txs: Vec<prost::bytes::Bytes> =
            (first..first + BLOCK).map(|it| grant(&origin, it).into()).collect();
        let began = computed();
        for tx in &txs {
            let check = abci::RequestCheckTx { tx: tx.clone(), r#type: 0 };
            let response::Value::CheckTx(answer) = asker.ask(request::Value::CheckTx(check)) else {
                panic!()
            };
            assert_eq!(answer.code, 0);
        }
        let checked = computed();
        let block = abci::RequestFinalizeBlock {
            txs,
            height: height.into(),
            time: Some(tendermint_proto::google::protobuf::Timestamp {
                seconds: i64::try_from(SystemClock.now().0).unwrap(),
                nanos: 0,
            }),
            hash: vec![0; 32].into(),
            next_validators_hash: vec![0; 32].into(),
            proposer_address: vec![0; 20].into(),
            decided_last_commit: Some(abci::CommitInfo::default()),
            ..Default::default()
        };
        let response::Value::FinalizeBlock(done) = asker.ask(request::Value::FinalizeBlock(block)) else {
            panic!()
        };
        assert!(done.tx_results.iter().all(|result| result.code == 0));
        let executed = computed();
        asker.ask(request::Value::Commit(abci::RequestCommit {}));
        shares.push((checked - began, executed - checked, computed() - executed));
    }
    shares.sort_unstable();
    let (check, execute, commit) = shares[shares.len() / 2];
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let of_block = milliseconds(execute + commit);
    let measured = format!(
        "{of_block:.0} ms ({:.0} to execute, {:.0} to write); {:.0} ms before, to check each",
        milliseconds(execute),
        milliseconds(commit),
        milliseconds(check)
    );
    row(
        "CPU of the application in a block of 1,000 first grants",
        &measured,
        "≤ 75 ms",
        Some(of_block <= 75.0),
    );
    node.stop().unwrap();
}

fn throughput() {
    for (authorities, goal) in [(1_usize, 0.6), (4, 0.4)] {
        for pause in [1_000_u64, 200] {
            let pause_after = Duration::from_millis(pause);
            let ours = Running::ours(authorities, pause_after);
            let origin = ours.genesis.origin();
            let grants = (0..BURST).map(|number| grant(&origin, number)).collect();
            let granted = ours.burst(grants);
            ours.end();
            let theirs = Running::kvstore(authorities, pause_after);
            let pairs =
                (0..BURST).map(|number| format!("{number:08}={}", "x".repeat(216)).into_bytes()).collect();
            let stored = theirs.burst(pairs);
            theirs.end();
            let work =
                format!("{BURST} first grants handed in to one of {authorities}, timeout_commit {pause} ms");
            let ratio = granted / stored;
            let measured = format!("{granted:.0} a second; kvstore {stored:.0}: {ratio:.2}×");
            row(&work, &measured, &format!("≥ {goal}×"), Some(ratio >= goal));
        }
    }
}

fn latency() {
    const PAUSE: Duration = Duration::from_secs(1);
    let running = Running::ours(1, PAUSE);
    let anchor = running.nodes[0].anchor().unwrap().unwrap();
    let url = Url::parse(&format!("http://{}", running.nodes[0].address())).unwrap();
    let gateway = Gateway::direct(HttpTransport::new().unwrap(), &url);
    let prove = |number: u32| {
        let origin = anchor.origin();
        let transaction = grant(&origin, number);
        let key = StateKey::Grant(grant_id(&account_id(&origin, &root(number).public_key()), 0));
        let began = Instant::now();
        gateway.submit(&transaction, &origin).unwrap();
        while !is_proved(&gateway, &anchor, &key) {}
        began.elapsed()
    };
    let mut rested: Vec<_> = (0..7)
        .map(|number| {
            std::thread::sleep(PAUSE * 3);
            prove(number)
        })
        .collect();
    let mut random: Vec<_> = (0..20_u32)
        .map(|number| {
            // Something else has just been decided, a part of a pause ago.
            gateway.submit(&grant(&anchor.origin(), 1_000 + number), &anchor.origin()).unwrap();
            std::thread::sleep(PAUSE * (number * 7 % 20) / 20);
            prove(100 + number)
        })
        .collect();
    for (what, times, goal) in [("after a pause", &mut rested, 1.2), ("at any moment", &mut random, 1.9)] {
        let half = percentile(times, 50);
        let met = Some(half <= goal * PAUSE.as_secs_f64() * 1e3);
        row(
            &format!("From handing in to the proof {what}, timeout_commit 1 s, p50 / p95"),
            &format!("{half:.0} / {:.0} ms", percentile(times, 95)),
            &format!("≤ {goal}×"),
            met,
        );
    }
    running.end();
}

fn is_proved(gateway: &Gateway<HttpTransport>, anchor: &TrustAnchor, key: &StateKey) -> bool {
    gateway
        .prove(key, &anchor.trusted_state(), &TrustPolicy::DEMONSTRATION, &SystemClock)
        .is_ok_and(|proved| proved.verified.value.is_some())
}

fn main() {
    if program().is_none() {
        println!("no CometBFT (KEEPWELL_COMETBFT): not measured");
        return;
    }
    println!("| work | measured | goal | met |");
    println!("| --- | --- | --- | --- |");
    application();
    latency();
    throughput();
}

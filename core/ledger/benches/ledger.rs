//! Measures a served ledger under load, and what a block costs as the state grows: the rows of docs/benchmarks.md.
//! `./dev bench ledger`; a missed goal is printed as missed and fails nothing.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a program for developers, which may stop where it stands"
)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keepwell_ledger::engine::{Embedded, EngineError, HEARTBEAT, Submission, VotingKeys};
use keepwell_ledger::state::{self, Outcome, Received, View as _};
use keepwell_ledger::store::Store;
use keepwell_ledger::{Clock, Ledger, LedgerConfig};
use keepwell_net::{Clock as _, Gateway, GatewayError, HttpTransport, SystemClock};
use keepwell_protocol::crypto::{SigningKey, account_id, grant_id};
use keepwell_protocol::domain::{Commitment, Day, Object, Origin, Slot, Timestamp};
use keepwell_protocol::ledger::{
    AppState, Genesis, Governance, GrantNewAccount, GrantRecord, GrantStatus, Kind, Revoke,
    SignedTransaction, Signer, StateKey, TrustAnchor, TrustPolicy, Validator,
};
use keepwell_server::Listen;
use url::Url;

const CLIENTS: usize = 64;
const GRANTS: u32 = 10_000;

fn root(number: u32) -> SigningKey {
    let mut seed = [1; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_seed(&seed)
}

/// A grant on an account of its own: two records.
fn grant(origin: &Origin, number: u32, now: Timestamp) -> Vec<u8> {
    let root = root(number);
    let body = GrantNewAccount {
        kind: Kind,
        root: root.public_key(),
        account_key: root.public_key(),
        number: 0,
        slot: Slot::from_bytes([2; 32]),
        commitment: Commitment::from_bytes([3; 32]),
        not_after: Day(now.day().0 + 30 + number % 300),
        valid_until: Timestamp(now.0 + 86_400),
    };
    SignedTransaction::sign(body, origin, Signer::Root(&root)).unwrap().to_cbor()
}

fn revoke(origin: &Origin, number: u32) -> Vec<u8> {
    let root = root(number);
    let body = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 0 };
    SignedTransaction::sign(body, origin, Signer::Root(&root)).unwrap().to_cbor()
}

fn grant_key(origin: &Origin, number: u32) -> StateKey {
    StateKey::Grant(grant_id(&account_id(origin, &root(number).public_key()), 0))
}

/// A ledger, and what a client needs to ask it.
struct Served {
    ledger: Ledger,
    anchor: TrustAnchor,
    url: Url,
}

impl Served {
    fn start(home: &Path) -> Self {
        // All clients of this measurement have one address.
        let mut listen = Listen::from(SocketAddr::from(([127, 0, 0, 1], 0)));
        (listen.limits.rate_asked, listen.limits.rate_submitted) = (1_000_000_000, 1_000_000_000);
        let config = LedgerConfig { home: home.to_owned(), listen, accept_time: false, relays: Vec::new() };
        let ledger = Ledger::start(&config, Clock::system()).unwrap();
        let url = Url::parse(&format!("http://{}", ledger.address())).unwrap();
        Self { anchor: ledger.anchor().clone(), ledger, url }
    }

    fn gateway(&self) -> Gateway<HttpTransport> {
        Gateway::direct(HttpTransport::new().unwrap(), &self.url)
    }

    /// Hands in a transaction, again while the ledger is busy.
    fn submit(&self, gateway: &Gateway<HttpTransport>, transaction: &[u8]) {
        loop {
            match gateway.submit(transaction, &self.anchor.origin()) {
                Ok(_) => return,
                Err(GatewayError::Server(error)) if error.code() == "LedgerBusy" => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn prove_until(&self, gateway: &Gateway<HttpTransport>, key: &StateKey, status: GrantStatus) {
        let trusted = self.anchor.trusted_state();
        loop {
            match gateway.prove(key, &trusted, &TrustPolicy::DEMONSTRATION, &SystemClock) {
                Ok(proved) if proved.verified.grant().unwrap().is_some_and(|it| it.status == status) => {
                    return;
                }
                Ok(_) | Err(GatewayError::NotYet) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn row(work: &str, measured: &str, goal: &str, met: Option<bool>) {
    let verdict = met.map_or("", |met| if met { "yes" } else { "**no**" });
    println!("| {work} | {measured} | {goal} | {verdict} |");
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn disk(home: &Path) -> u64 {
    std::fs::metadata(home.join("ledger.redb")).unwrap().blocks() * 512
}

fn under_load() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::start(home.path());
    let origin = served.anchor.origin();
    let now = SystemClock.now();
    // Standing grants, to be revoked and asked for while others come.
    let standing: Vec<u32> = (1_000_000..1_000_040).collect();
    let gateway = served.gateway();
    for number in &standing {
        served.submit(&gateway, &grant(&origin, *number, now));
    }
    served.prove_until(&gateway, &grant_key(&origin, 1_000_039), GrantStatus::Active);
    let before = disk(home.path());

    let transactions: Vec<Vec<u8>> = (0..GRANTS).map(|number| grant(&origin, number, now)).collect();
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let records = gateway.status().unwrap().records + u64::from(GRANTS) * 2;
    let began = Instant::now();
    let (took, mut proofs, mut revocations) = std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let gateway = served.gateway();
                while let Some(transaction) = transactions.get(next.fetch_add(1, Ordering::SeqCst)) {
                    served.submit(&gateway, transaction);
                }
            });
        }
        let proving = scope.spawn(|| {
            let (gateway, trusted) = (served.gateway(), served.anchor.trusted_state());
            let mut times = Vec::new();
            while !is_over.load(Ordering::SeqCst) {
                let began = Instant::now();
                let key = grant_key(&origin, standing[times.len() % 20]);
                gateway.prove(&key, &trusted, &TrustPolicy::DEMONSTRATION, &SystemClock).unwrap();
                times.push(began.elapsed());
                std::thread::sleep(Duration::from_millis(2));
            }
            times
        });
        let revoking = scope.spawn(|| {
            let gateway = served.gateway();
            let mut times = Vec::new();
            for number in &standing[20..] {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                let transaction = revoke(&origin, *number);
                let began = Instant::now();
                served.submit(&gateway, &transaction);
                served.prove_until(&gateway, &grant_key(&origin, *number), GrantStatus::Revoked);
                times.push(began.elapsed());
                std::thread::sleep(Duration::from_millis(50));
            }
            times
        });
        while gateway.status().unwrap().records < records {
            std::thread::sleep(Duration::from_millis(5));
        }
        let took = began.elapsed();
        is_over.store(true, Ordering::SeqCst);
        (took, proving.join().unwrap(), revoking.join().unwrap())
    });
    let rate = f64::from(GRANTS) / took.as_secs_f64();
    row(
        "grants that become durable, 64 clients over HTTP",
        &format!("{rate:.0}/s"),
        "≥ 2,000/s",
        Some(rate >= 2_000.0),
    );
    let (half, most) = (percentile(&mut proofs, 50), percentile(&mut proofs, 99));
    let measured = format!("{}; {} ({} asked)", milliseconds(half), milliseconds(most), proofs.len());
    row(
        "a proof meanwhile, half of them; 99 of 100",
        &measured,
        "≤ 30 ms",
        Some(most <= Duration::from_millis(30)),
    );
    let (half, most) = (percentile(&mut revocations, 50), percentile(&mut revocations, 100));
    let measured = format!("{}; {} ({} of them)", milliseconds(half), milliseconds(most), revocations.len());
    row(
        "from handing in a revocation to its proof meanwhile, half of them; all",
        &measured,
        "≤ 5 s",
        Some(most <= Duration::from_secs(5)),
    );
    // Twenty more blocks, so that what is old has left.
    for number in 2_000_000..2_000_010 {
        served.submit(&gateway, &grant(&origin, number, now));
        served.prove_until(&gateway, &grant_key(&origin, number), GrantStatus::Active);
    }
    served.ledger.stop().unwrap();
    let bytes = (disk(home.path()) - before) / u64::from(GRANTS);
    row(
        "disk for each of 10,000 grants with its account, many in a block",
        &format!("{bytes} B"),
        "≤ 1,200 B",
        Some(bytes <= 1_200),
    );
}

fn one_by_one() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::start(home.path());
    let (origin, gateway, now) = (served.anchor.origin(), served.gateway(), SystemClock.now());
    let made = 2_000;
    let before = disk(home.path());
    let began = Instant::now();
    for number in 0..made {
        served.submit(&gateway, &grant(&origin, number, now));
        served.prove_until(&gateway, &grant_key(&origin, number), GrantStatus::Active);
    }
    let each = began.elapsed() / made;
    row("from handing in a grant to its proof, nothing else asked", &milliseconds(each), "", None);
    served.ledger.stop().unwrap();
    let bytes = (disk(home.path()) - before) / u64::from(made);
    row("disk for each of 2,000 grants with its account, two blocks each", &format!("{bytes} B"), "", None);
}

/// The CPU time of the thread so far.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

/// A chain of one signer without a server.
fn chain(home: &Path, start: u64) -> (Arc<Store>, Embedded) {
    let key = SigningKey::from_seed(&[9; 32]);
    let governance = Governance { threshold: 1, keys: vec![key.public_key()] };
    let app_state = AppState { governance };
    let genesis = Genesis {
        chain_id: "embedded-bench".to_owned(),
        initial_time: start,
        validators: vec![Validator { key: *key.public_key().as_bytes(), power: 1 }],
        app_state: app_state.to_genesis(),
    };
    let store = Arc::new(Store::open(&home.join("ledger.redb"), &state::genesis(&app_state)).unwrap());
    let engine = Embedded::open(&store, &genesis, VotingKeys::new(vec![key])).unwrap();
    (store, engine)
}

/// How long a revocation takes where as many grants wait as may, handed in faster than they become blocks.
fn full_lane() {
    let home = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let (store, engine) = chain(home.path(), now.0 - 60);
    let origin = engine.origin();
    let driver = engine.start(store.clone(), Clock::system(), HEARTBEAT, false).unwrap();
    let submit = |transaction: Received, number: u32| {
        // A thousand addresses, so that none has to leave places to others.
        let from = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number % 1_000));
        driver.submit(transaction, from, |_| Ok::<_, EngineError>(())).unwrap()
    };
    let receive = |number: u32| driver.receive(grant(&origin, number, now));
    let revoked = 3_000_000..3_000_020;
    for number in revoked.clone() {
        submit(receive(number), number);
    }
    let made = 25_000;
    let waiting: Vec<u32> = (0..made).collect();
    let waiting: Vec<Vec<u8>> = waiting.iter().map(|number| grant(&origin, *number, now)).collect();
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let records = store.snapshot().unwrap().head().records;
    let began = Instant::now();
    let (took, mut times) = std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Some(bytes) = waiting.get(number) else { return };
                    while submit(driver.receive(bytes.clone()), number as u32) == Submission::Busy {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
        let revoking = scope.spawn(|| {
            let mut times = Vec::new();
            for number in revoked {
                std::thread::sleep(Duration::from_millis(100));
                let revocation = driver.receive(revoke(&origin, number));
                let began = Instant::now();
                let is_taken = matches!(submit(revocation, number), Submission::Checked(Outcome::Applied(_)));
                assert!(is_taken);
                let key = grant_key(&origin, number);
                let ended = loop {
                    let snapshot = store.snapshot().unwrap();
                    let record = snapshot.read(&key).unwrap().unwrap();
                    let record = GrantRecord::from_cbor(&record).unwrap();
                    if record.status == GrantStatus::Revoked && snapshot.head().height > record.height {
                        break began.elapsed();
                    }
                    std::thread::sleep(Duration::from_millis(1));
                };
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                times.push(ended);
            }
            times
        });
        while store.snapshot().unwrap().head().records < records + 2 * u64::from(made) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let took = began.elapsed();
        is_over.store(true, Ordering::SeqCst);
        (took, revoking.join().unwrap())
    });
    driver.stop().unwrap();
    let rate = f64::from(made) / took.as_secs_f64();
    row(
        "the same while grants are handed in without HTTP, faster than they become blocks",
        &format!("{rate:.0}/s"),
        "",
        None,
    );
    let (half, most) = (percentile(&mut times, 50), percentile(&mut times, 100));
    let measured = format!("{}; {} ({} of them)", milliseconds(half), milliseconds(most), times.len());
    row(
        "from handing in a revocation to its proof then, half of them; all",
        &measured,
        "≤ 5 s",
        Some(most <= Duration::from_secs(5)),
    );
}

/// What a transaction costs in a block of 500, its signature verified before, with so many grants in the state.
fn growth() {
    let home = tempfile::tempdir().unwrap();
    let start = 1_800_000_000;
    let (store, mut engine) = chain(home.path(), start);
    let origin = engine.origin();
    let mut costs = Vec::new();
    let mut number = 0;
    for grants in [1_000, 10_000, 100_000] {
        let mut times = Vec::new();
        while number < grants + 2_500 {
            let count = 500;
            let received: Vec<_> = (number..number + count)
                .map(|number| Received::new(grant(&origin, number, Timestamp(start)), &origin))
                .collect();
            let block = engine.next(store.snapshot().unwrap().head().height).unwrap();
            let snapshot = store.snapshot().unwrap();
            for transaction in &received {
                state::check(&snapshot, &block, transaction).unwrap();
            }
            let transactions: Vec<_> = received.iter().collect();
            let began = cpu();
            engine.make_block(&store, &transactions, Timestamp(start + 10)).unwrap();
            if number >= grants {
                times.push((cpu() - began) / count);
            }
            number += count;
        }
        costs.push(percentile(&mut times, 50));
    }
    // Twenty more blocks, so that what is old has left.
    for _ in 0..20 {
        engine.make_block(&store, &[], Timestamp(start + 10)).unwrap();
    }
    let bytes = disk(home.path()) / u64::from(number);
    row(
        &format!("disk for each of {number} grants with its account, 500 in a block"),
        &format!("{bytes} B"),
        "≤ 1,200 B",
        Some(bytes <= 1_200),
    );
    let exponent = (costs[2].as_secs_f64() / costs[0].as_secs_f64()).log10() / 2.0;
    let costs: Vec<_> = costs.iter().map(|cost| format!("{:.0} µs", cost.as_secs_f64() * 1e6)).collect();
    let measured = format!("exponent {exponent:.2} ({})", costs.join(", "));
    row(
        "CPU time of a grant in a block of 500, 1,000 → 10,000 → 100,000 grants",
        &measured,
        "≤ 0.15",
        Some(exponent <= 0.15),
    );
}

fn main() {
    println!("| work | measured | goal | met |\n| --- | --- | --- | --- |");
    under_load();
    full_lane();
    one_by_one();
    growth();
}

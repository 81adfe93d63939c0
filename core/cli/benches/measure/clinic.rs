//! A clinic of a thousand patients: the look into its inbox and its list of patients, against a real host
//! and a real ledger on loopback.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration as WallTime, Instant};

use keepwell_clinic::{Clinic, desk};
use keepwell_net::{HttpTransport, Limits, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Category, Duration, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::TrustPolicy;

use crate::table::{Table, cpu, median, show};
use crate::world::{Patient, World};

/// Tells a child process the home of a clinic and the time, so that the CPU time of host and ledger is not in
/// that of the clinic.
pub(crate) const CHILD: &str = "KEEPWELL_MEASURE_CLINIC";

/// Looks into inboxes of 250, 500 and 1,000 envelopes, and the list of 1,000 patients.
pub(crate) fn thousand(table: &mut Table) {
    let few = Inbox::filled(250).sync();
    let some = Inbox::filled(500).sync();
    let inbox = Inbox::filled(1_000);
    let many = inbox.sync();
    let exponent = (many.cpu / few.cpu).log2() / 2.0;
    let each = many.cpu / 1_000.0;
    table.row(
        "clinic: a look into an inbox of 1,000 envelopes, CPU of the clinic, each",
        format!(
            "{:.2} ms, exponent {exponent:.2} (250: {:.2} s, 500: {:.2} s, 1,000: {:.2} s)",
            each * 1e3,
            few.cpu,
            some.cpu,
            many.cpu
        ),
        "≤ 2 ms, ≤ 1.1",
        Some(each <= 2e-3 && exponent <= 1.1),
    );
    let wall = format!("{:.2} s", many.wall);
    table.row("the same look, wall time, of which hosts get at most 12 s", wall, "", None);
    table.row("an envelope of a grant of one category", format!("{:.0} B", inbox.envelope), "", None);
    list(table, &inbox.world);
}

/// The list at a desk, each time with grants that the ledger is to be asked about behind it.
fn list(table: &mut Table, world: &World) {
    let transport = HttpTransport::new().unwrap();
    let network = Arc::clone(&world.network);
    let clock = Arc::new(world.clock.clone());
    let home = world.clinic_home();
    let (desk, code) =
        desk::Desk::new(&home, network, TrustPolicy::DEMONSTRATION, clock, &mut Rng::system()).unwrap();
    let server = desk.start(SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let url = format!("http://{}", server.address());
    let ask = |mut request: Request, cookie: Option<&str>| -> Response {
        request.headers.extend(cookie.map(|cookie| ("cookie".to_owned(), cookie.to_owned())));
        transport.send(request, Limits { max_body: 10_000_000, ..Limits::CONFIGURED }).unwrap()
    };
    let mut form = Request::new(Method::Post, format!("{url}/login"));
    form.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    let answer = ask(form.with_body(format!("code={code}").into_bytes()), None);
    let (_, cookie) = answer.headers.iter().find(|(name, _)| name == "set-cookie").unwrap();
    let page = || {
        let begun = Instant::now();
        let answer =
            ask(Request::new(Method::Get, format!("{url}/")), Some(cookie.split(';').next().unwrap()));
        let time = begun.elapsed();
        assert_eq!(answer.status, 200);
        (time, String::from_utf8(answer.body).unwrap())
    };
    let (mut times, mut bytes, mut requests) = (Vec::new(), 0, 0);
    for _ in 0..RUNS {
        world.forward(Duration::minutes(2));
        world.network.requests.lock().unwrap().clear();
        let (time, text) = page();
        assert!(text.contains(ASKING));
        assert_eq!(text.matches("<th scope=\"row\">").count(), 1_000);
        (bytes, times) = (text.len(), [times, vec![time]].concat());
        while page().1.contains(ASKING) {
            std::thread::sleep(WallTime::from_millis(50));
        }
        requests = requests.max(world.network.requests.lock().unwrap().len());
    }
    let time = median(times);
    let measured = format!("{} ({:.2} MB of HTML), {requests} requests", show(time), bytes as f64 / 1e6);
    let met = time <= WallTime::from_millis(100) && requests <= 3;
    let work = "clinic: the list of 1,000 patients, wall time, and the requests to hosts behind it";
    table.row(work, measured, "≤ 100 ms, ≤ 3 requests", Some(met));
}

/// A clinic with so many envelopes in its inbox, each of another grant.
struct Inbox {
    world: World,
    /// The mean length of an envelope, in bytes.
    envelope: f64,
}

impl Inbox {
    fn filled(count: usize) -> Self {
        let world = World::start();
        let card = world.clinic().card().unwrap();
        let mut patient = Patient::new(&world, 1);
        let nuts = patient.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
        patient.publish(Category::Allergies, vec![nuts]);
        let mut bytes = 0;
        for (number, granted) in patient.grant_many(&card, Category::Allergies, count).iter().enumerate() {
            // A host takes 120 of one address a minute.
            if number % 100 == 99 {
                world.clock.forward(Duration::minutes(1));
            }
            let sealed = granted.envelope.seal(&card.card.keys[0], &mut patient.rng).unwrap();
            bytes += sealed.len();
            patient.send_bytes(&card, sealed);
        }
        // The wait for the ledger to have followed the clock.
        world.forward(Duration(1));
        drop(patient);
        Self { world, envelope: bytes as f64 / count as f64 }
    }

    fn sync(&self) -> Synced {
        let arguments = format!("{} {}", self.world.now().0, self.world.clinic_home().display());
        let output = Command::new(std::env::current_exe().unwrap()).env(CHILD, arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let [cpu, wall, left] = numbers[..] else { panic!("three numbers: {text}") };
        assert_eq!(left, 0.0, "all are accepted in one look");
        Synced { cpu, wall }
    }
}

/// What one look took, in seconds.
struct Synced {
    cpu: f64,
    wall: f64,
}

/// Looks into the inbox once and prints CPU and wall seconds, and how many envelopes were not accepted.
pub(crate) fn sync_in_child(arguments: &str) {
    let (now, home) = arguments.split_once(' ').unwrap();
    let now = Timestamp(now.parse().unwrap());
    let network = Arc::new(HttpTransport::new().unwrap());
    let mut clinic = Clinic::open(Path::new(home), network, TrustPolicy::DEMONSTRATION).unwrap();
    let begun = Instant::now();
    let (time, synced) = cpu(|| clinic.sync(&now, &mut Rng::system()).unwrap());
    let left: u32 = synced.dropped.values().chain(synced.waiting.values()).sum();
    assert!(!synced.accepted.is_empty());
    println!("{} {} {left}", time.as_secs_f64(), begun.elapsed().as_secs_f64());
}

/// What the page says while the ledger is asked.
const ASKING: &str = "The ledger is being asked";
/// Of how many pages a median is taken.
const RUNS: usize = 11;

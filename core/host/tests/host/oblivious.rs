//! Sealed questions that a host passes on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keepwell_host::{Host, Limits as HostLimits, SealedGateway};
use keepwell_ledger::{GatewayKeys, GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::{
    Gateway, GatewayError, HttpTransport, Limits, NetError, Oblivious, Transport, sealed_gateways,
};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::{GatewayId, Object};
use keepwell_protocol::formats::http::{
    Method, ObliviousKey, Request, Response, SEALED_REQUEST_TYPE, sign_request,
};
use keepwell_protocol::ledger::{GatewayRecord, Kind, SetGateway, StateKey, TrustPolicy};
use url::Url;

use crate::support::{self, HandClock, NOW, code};

/// A ledger whose gateway is admitted, and a host that passes on to it and to one that never answers.
struct Relayed {
    clock: HandClock,
    host: Host,
    ledger: Ledger,
    id: GatewayId,
    key: ObliviousKey,
    heard: Arc<Mutex<Vec<u8>>>,
    _homes: tempfile::TempDir,
}

const SILENT: GatewayId = GatewayId::from_bytes([9; 32]);
const DOWN: GatewayId = GatewayId::from_bytes([8; 32]);

impl Relayed {
    fn start() -> Self {
        Self::start_with(HostLimits::default())
    }

    fn start_with(limits: HostLimits) -> Self {
        let (homes, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
        let home = homes.path().join("ledger");
        let config = LedgerConfig {
            home: home.clone(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            accept_time: false,
            relays: Vec::new(),
        };
        let ledger = Ledger::start_with_heartbeat(&config, clock.clock(), Duration::from_millis(50)).unwrap();
        let ledger_url = Url::parse(&format!("http://{}", ledger.address())).unwrap();
        let keys = GatewayKeys::open(&home, &mut Rng::system()).unwrap();
        let id = keys.id();
        let governance =
            GovernanceKey::parse(&std::fs::read_to_string(home.join("governance.key")).unwrap()).unwrap();
        let set = SetGateway { kind: Kind, gateway: id, key: Some(keys.public_key()) };
        let gateway = Gateway::direct(HttpTransport::new().unwrap(), &ledger_url);
        let admission = governance.act(1, set.into()).unwrap();
        gateway.submit(&admission.to_cbor(), &governance.origin()).unwrap();
        let trusted = ledger.anchor().trusted_state();
        let begun = Instant::now();
        let key = loop {
            let proved =
                gateway.prove(&StateKey::Gateway(id), &trusted, &TrustPolicy::DEMONSTRATION, &clock.now());
            let value = proved.ok().and_then(|proved| proved.verified.value);
            let record = value.map(|value| GatewayRecord::from_cbor(&value).unwrap());
            let bytes = record.and_then(|record| Some(record.configuration?.bytes));
            if let Some(bytes) = bytes {
                break ObliviousKey::parse(&bytes).unwrap();
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "the gateway never told its key");
            std::thread::sleep(Duration::from_millis(50));
        };
        let (silent, heard) = silent();
        let relayed = [
            SealedGateway { id, url: ledger_url.clone() },
            SealedGateway { id: SILENT, url: silent },
            SealedGateway { id: DOWN, url: "http://127.0.0.1:9".parse().unwrap() },
        ];
        let config =
            support::config(&homes.path().join("host"), "127.0.0.1:0", (ledger_url, ledger.anchor().clone()));
        let mut config = keepwell_host::HostConfig { gateways: relayed.to_vec(), ..config };
        config.listen.limits = limits;
        let host = Host::start(config, clock.clock()).unwrap();
        Self { clock, host, ledger, id, key, heard, _homes: homes }
    }

    fn url(&self) -> Url {
        Url::parse(&format!("http://{}", self.host.address())).unwrap()
    }

    fn asked(&self, gateway: GatewayId) -> Gateway<Oblivious<HttpTransport>> {
        let transport = HttpTransport::new().unwrap();
        Gateway::oblivious(Oblivious::through_host(transport, &self.url(), gateway, self.key.clone()))
    }

    fn sealed(&self) -> Vec<u8> {
        let question = Request::new(Method::Get, "https://ledger.invalid/v1/status");
        self.key.seal(&question, &mut Rng::system()).unwrap().0
    }

    fn post(&self, gateway: &str, kind: &str, body: Vec<u8>) -> Response {
        let url = format!("{}v1/oblivious/{gateway}", self.url());
        let mut request = Request::new(Method::Post, url).with_body(body);
        request.headers.push(("content-type".into(), kind.into()));
        HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap()
    }
}

/// A gateway that hears and never answers.
fn silent() -> (Url, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, all) = (stream.unwrap(), Arc::clone(&all));
            std::thread::spawn(move || {
                let mut chunk = [0; 8_192];
                while let Ok(1..) = stream.read(&mut chunk).inspect(|count| {
                    all.lock().unwrap().extend_from_slice(&chunk[..*count]);
                }) {}
            });
        }
    });
    (url, heard)
}

#[test]
fn a_host_passes_on_to_the_gateways_that_it_names_and_to_no_other() {
    let it = Relayed::start();
    let named = sealed_gateways(&HttpTransport::new().unwrap(), &it.url()).unwrap();
    assert_eq!(named, [it.id, SILENT, DOWN]);
    assert!(it.asked(it.id).status().unwrap().height > 0);
    for stranger in ["07".repeat(32), "x".into(), "00".repeat(31), it.id.to_string().to_uppercase()] {
        let refused = it.post(&stranger, SEALED_REQUEST_TYPE, it.sealed());
        assert_eq!(code(&refused), (404, "GatewayUnknown".into()), "{stranger}");
    }
    let plain = support::start(it._homes.path().join("another").as_path(), &it.clock);
    let url = Url::parse(&format!("http://{}", plain.address())).unwrap();
    assert_eq!(sealed_gateways(&HttpTransport::new().unwrap(), &url).unwrap(), []);
}

#[test]
fn what_is_not_sealed_as_it_should_be_is_refused_and_goes_nowhere() {
    let it = Relayed::start();
    let gateway = SILENT.to_string();
    for (kind, body, refused) in [
        ("application/cbor", it.sealed(), (415, "ObliviousType")),
        (SEALED_REQUEST_TYPE, it.sealed()[..511].to_vec(), (400, "ObliviousLength")),
        (SEALED_REQUEST_TYPE, [it.sealed(), vec![0]].concat(), (400, "ObliviousLength")),
        (SEALED_REQUEST_TYPE, Vec::new(), (400, "ObliviousLength")),
        (SEALED_REQUEST_TYPE, vec![7; 4_097], (413, "RequestTooLarge")),
    ] {
        assert_eq!(code(&it.post(&gateway, kind, body)), (refused.0, refused.1.to_owned()));
    }
    let send = |length: &str, body: &[u8]| {
        let mut stream = TcpStream::connect(it.host.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let path = format!("/v1/oblivious/{gateway}");
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: h\r\ncontent-type: message/ohttp-req\r\n{length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        stream
    };
    let mut line = [0; 12];
    send("content-length: 1073741824", b"").read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 413");
    drop(send("content-length: 512", &[7; 200]));
    std::thread::sleep(Duration::from_millis(200));
    assert!(it.heard.lock().unwrap().is_empty(), "the gateway was asked");
    // What only the gateway can tell comes from there, in its own words.
    let again = it.sealed();
    assert_eq!(it.post(&it.id.to_string(), SEALED_REQUEST_TYPE, again.clone()).status, 200);
    let refused = it.post(&it.id.to_string(), SEALED_REQUEST_TYPE, again);
    assert_eq!(code(&refused), (409, "ObliviousReplayed".into()));
    let refused = it.post(&it.id.to_string(), SEALED_REQUEST_TYPE, vec![7; 512]);
    assert_eq!(code(&refused), (400, "ObliviousKeyUnknown".into()));
}

#[test]
fn a_gateway_hears_nothing_of_who_asks() {
    let it = Relayed::start();
    let url = format!("{}v1/oblivious/{SILENT}", it.url());
    let mut request = Request::new(Method::Post, url).with_body(it.sealed());
    let owner = SigningKey::from_seed(&[4; 32]);
    sign_request(&mut request, &owner, it.clock.now(), &mut Rng::system()).unwrap();
    for (name, value) in [
        ("content-type", SEALED_REQUEST_TYPE),
        ("user-agent", "phone-4711"),
        ("cookie", "phone-4711"),
        ("x-forwarded-for", "203.0.113.77"),
        ("forwarded", "for=203.0.113.77"),
    ] {
        request.headers.push((name.into(), value.into()));
    }
    let body = request.body.clone();
    let answer = HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap();
    assert_eq!(code(&answer), (502, "LedgerUnreachable".into()));
    let heard = it.heard.lock().unwrap().clone();
    let (head, sealed) = heard.split_at(heard.len() - body.len());
    assert_eq!(sealed, body);
    let head = String::from_utf8(head.to_vec()).unwrap().to_lowercase();
    let names: Vec<&str> = head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    let allowed = ["content-type", "content-length", "connection", "host", "accept"];
    assert!(names.iter().all(|name| allowed.contains(name)), "{names:?}");
    for (name, trace) in [("agent", "phone-4711"), ("address", "203.0.113"), ("signature", "keyid")] {
        assert!(!head.contains(trace), "{name}: {head}");
    }
    assert!(head.contains("connection: close"), "{head}");
}

#[test]
fn a_gateway_that_is_silent_or_down_is_told_apart_by_nobody_and_holds_up_no_other() {
    let it = Relayed::start_with(HostLimits { sealed: 2, ..HostLimits::default() });
    let unreached = |gateway| match it.asked(gateway).status() {
        Err(GatewayError::Server(error)) => (error.status, error.code().to_owned()),
        other => panic!("{other:?}"),
    };
    assert_eq!(unreached(DOWN), (503, "LedgerUnreachable".into()));
    std::thread::scope(|scope| {
        let held = scope.spawn(|| unreached(SILENT));
        while it.heard.lock().unwrap().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let begun = Instant::now();
        assert!(it.asked(it.id).status().is_ok());
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(held.join().unwrap(), (503, "LedgerUnreachable".into()));
    });
}

/// A host that opens what it cannot open: it answers itself.
struct Answering(Response);

impl Transport for Answering {
    fn send(&self, _: Request, _: Limits) -> Result<Response, NetError> {
        Ok(self.0.clone())
    }
}

#[test]
fn a_success_that_is_not_sealed_by_the_gateway_is_no_answer() {
    let it = Relayed::start();
    let plain = it.ledger.address();
    let status = HttpTransport::new()
        .unwrap()
        .send(Request::new(Method::Get, format!("http://{plain}/v1/status")), Limits::CONFIGURED)
        .unwrap();
    let ask = |answer: Response| {
        let sealed = Oblivious::through_host(Answering(answer), &it.url(), it.id, it.key.clone());
        Gateway::oblivious(sealed).status()
    };
    let other = it.post(&it.id.to_string(), SEALED_REQUEST_TYPE, it.sealed());
    assert_eq!(other.status, 200);
    let as_type = |kind: &str, answer: &Response| Response {
        headers: vec![("content-type".into(), kind.into())],
        ..answer.clone()
    };
    for answer in [
        status.clone(),
        as_type("message/ohttp-res", &status),
        other.clone(),
        as_type("application/cbor", &other),
        Response { status: 204, ..status.clone() },
    ] {
        assert!(matches!(ask(answer), Err(GatewayError::NoAnswer)));
    }
}

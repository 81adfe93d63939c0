//! Sealed questions, asked of a served ledger.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use keepwell_ledger::{GatewayKeys, GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::{Gateway, GatewayError, HttpTransport, Limits, NetError, Transport};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::{GatewayId, Object};
use keepwell_protocol::formats::http::{
    Method, ObliviousKey, Request, Response, SEALED_ANSWER_TYPE, SEALED_REQUEST_TYPE,
};
use keepwell_protocol::ledger::{GatewayRecord, Kind, SetGateway, StateKey, TrustPolicy, TrustedState};
use keepwell_protocol::vault::ErrorBody;

use crate::serve::{TestClock, card, first_grant, gateway, prove_until};

const BEAT: Duration = Duration::from_millis(100);

/// A ledger whose gateway governance has admitted.
struct Admitted {
    home: tempfile::TempDir,
    clock: TestClock,
    ledger: Ledger,
    trusted: TrustedState,
    id: GatewayId,
    record: GatewayRecord,
}

impl Admitted {
    fn start() -> Self {
        let (home, clock) = (tempfile::tempdir().unwrap(), TestClock::new());
        let config = LedgerConfig {
            home: home.path().to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            accept_time: false,
            relays: Vec::new(),
        };
        let ledger = Ledger::start_with_heartbeat(&config, clock.clock(), BEAT).unwrap();
        let keys = GatewayKeys::open(home.path(), &mut Rng::system()).unwrap();
        let governance =
            GovernanceKey::parse(&std::fs::read_to_string(home.path().join("governance.key")).unwrap())
                .unwrap();
        let set = SetGateway { kind: Kind, gateway: keys.id(), key: Some(keys.public_key()) };
        let admission = governance.act(1, set.into()).unwrap();
        gateway(&ledger).submit(&admission.to_cbor(), &governance.origin()).unwrap();
        let mut trusted = ledger.anchor().trusted_state();
        let id = keys.id();
        let record = await_version(&ledger, &clock, &mut trusted, id, 1);
        Self { home, clock, ledger, trusted, id, record }
    }

    fn governance(&self) -> GovernanceKey {
        let file = self.home.path().join("governance.key");
        GovernanceKey::parse(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    fn key(&self) -> ObliviousKey {
        ObliviousKey::parse(self.record.configurations(self.clock.now()).next().unwrap()).unwrap()
    }

    fn asked(&self) -> Gateway<Direct> {
        Gateway::oblivious(Direct {
            url: self.url(),
            key: self.key(),
            transport: HttpTransport::new().unwrap(),
        })
    }

    fn url(&self) -> String {
        format!("http://{}/v1/oblivious", self.ledger.address())
    }

    fn post(&self, kind: &str, body: Vec<u8>) -> Response {
        let mut request = Request::new(Method::Post, self.url()).with_body(body);
        request.headers.push(("content-type".into(), kind.into()));
        HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap()
    }

    fn refused(&self, kind: &str, body: Vec<u8>) -> (u16, String) {
        let answer = self.post(kind, body);
        (answer.status, ErrorBody::from_cbor(&answer.body).unwrap().code)
    }
}

impl Admitted {
    /// Waits until the gateway has forgotten the key that these are sealed to, which it does with a block.
    fn await_refusal(&self, seal: impl Fn() -> Vec<u8>) {
        let begun = Instant::now();
        loop {
            let answer = self.post(SEALED_REQUEST_TYPE, seal());
            if answer.status == 400 {
                assert_eq!(ErrorBody::from_cbor(&answer.body).unwrap().code, "ObliviousKeyUnknown");
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Waits until the ledger proves a gateway's key configuration of at least this version.
fn await_version(
    ledger: &Ledger,
    clock: &TestClock,
    trusted: &mut TrustedState,
    id: GatewayId,
    version: u32,
) -> GatewayRecord {
    let read = |value: Option<&Vec<u8>>| value.map(|value| GatewayRecord::from_cbor(value).unwrap());
    let wanted = |record: &GatewayRecord| record.version >= version && record.configuration.is_some();
    for _ in 0..20 {
        let proved = prove_until(&gateway(ledger), &StateKey::Gateway(id), trusted, clock.now(), |_| true);
        if let Some(record) = read(proved.value.as_ref()).filter(wanted) {
            return record;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("the gateway never told its key");
}

/// Seals each request and hands it to the gateway itself: what a host does between is the host's own test.
struct Direct {
    url: String,
    key: ObliviousKey,
    transport: HttpTransport,
}

impl Transport for Direct {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let (sealed, question) = self.key.seal(&request, &mut Rng::system()).unwrap();
        let mut request = Request::new(Method::Post, self.url.clone()).with_body(sealed);
        request.headers.push(("content-type".into(), SEALED_REQUEST_TYPE.into()));
        let answer = self.transport.send(request, limits)?;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(SEALED_ANSWER_TYPE)));
        assert!([4_096, 16_384].contains(&answer.body.len()));
        Ok(question.open(&answer.body).unwrap())
    }
}

#[test]
fn an_admitted_gateway_tells_its_key_and_answers_sealed_what_it_answers_otherwise() {
    let it = Admitted::start();
    let origin = it.governance().origin();
    let clinic = SigningKey::from_seed(&[3; 32]);
    let card = card(&clinic, "Clinic");
    let provider = card.card.provider;
    let sealed = it.asked();
    sealed.submit(&it.governance().admit(card).unwrap().to_cbor(), &origin).unwrap();
    let begun = Instant::now();
    let proved = loop {
        match sealed.prove(
            &StateKey::Provider(provider),
            &it.trusted,
            &TrustPolicy::DEMONSTRATION,
            &it.clock.now(),
        ) {
            Ok(proved) if proved.verified.value.is_some() => break proved.verified,
            Ok(_) | Err(GatewayError::NotYet) => assert!(begun.elapsed() < Duration::from_secs(60)),
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(proved.provider().unwrap().unwrap().card.card.name, "Clinic");
    assert_eq!(sealed.providers(None).unwrap().providers[0].provider, provider);
    assert!(sealed.status().unwrap().height > 0);
    sealed.latest(&it.trusted, &TrustPolicy::DEMONSTRATION, &it.clock.now()).unwrap();
    // What is refused inside is refused under seal.
    let revoked = first_grant(&origin, &SigningKey::from_seed(&[8; 32]), it.clock.now());
    let late = keepwell_protocol::domain::Origin::from_bytes([9; 32]);
    assert!(matches!(sealed.submit(&revoked.to_cbor(), &late), Err(GatewayError::NoAnswer)));
    let nowhere = Request::new(Method::Get, "https://ledger.invalid/v1/space");
    assert_eq!(sealed.transport().send(nowhere, Limits::CONFIGURED).unwrap().status, 404);
    let sealed_again =
        Request::new(Method::Post, "https://ledger.invalid/v1/oblivious").with_body(vec![1; 300]);
    assert_eq!(
        sealed.transport().send(sealed_again, Limits::CONFIGURED).unwrap().status,
        404,
        "no seal in a seal"
    );
    let other_method = Request::new(Method::Delete, "https://ledger.invalid/v1/status");
    assert_eq!(sealed.transport().send(other_method, Limits::CONFIGURED).unwrap().status, 405);
}

#[test]
fn a_proof_that_is_not_made_yet_is_waited_for_in_one_question() {
    let it = Admitted::start();
    let height = it.asked().status().unwrap().height;
    // A block comes each 100 ms, so this one is there in two seconds: an open question waits for one only.
    let path =
        format!("https://ledger.invalid/v1/proof/{}?height={}", StateKey::Governance.to_hex(), height + 20);
    let begun = Instant::now();
    let waited = it.asked().transport().send(Request::new(Method::Get, path), Limits::CONFIGURED).unwrap();
    assert_eq!(waited.status, 200, "{:?}", begun.elapsed());
    assert!(begun.elapsed() > Duration::from_millis(1_100), "{:?}", begun.elapsed());
}

#[test]
fn what_is_no_sealed_question_is_refused_with_a_code_and_answers_nothing() {
    let it = Admitted::start();
    let question = Request::new(Method::Get, "https://ledger.invalid/v1/status");
    let seal = |key: &ObliviousKey| key.seal(&question, &mut Rng::system()).unwrap().0;
    let key = it.key();
    for (kind, body, refused) in [
        ("application/cbor", seal(&key), (415, "ObliviousType")),
        ("message/bhttp", seal(&key), (415, "ObliviousType")),
        (SEALED_REQUEST_TYPE, seal(&key)[..511].to_vec(), (400, "ObliviousLength")),
        (SEALED_REQUEST_TYPE, [seal(&key), vec![0]].concat(), (400, "ObliviousLength")),
        (SEALED_REQUEST_TYPE, Vec::new(), (400, "ObliviousLength")),
        (SEALED_REQUEST_TYPE, vec![7; 4_097], (413, "RequestTooLong")),
        (SEALED_REQUEST_TYPE, vec![7; 4_096], (400, "ObliviousKeyUnknown")),
    ] {
        assert_eq!(it.refused(kind, body), (refused.0, refused.1.to_owned()));
    }
    let mut changed = seal(&key);
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(it.refused(SEALED_REQUEST_TYPE, changed), (400, "ObliviousDamaged".into()));
    // A gateway of the same version with another key.
    let other = Admitted::start();
    assert_eq!(it.refused(SEALED_REQUEST_TYPE, seal(&other.key())), (400, "ObliviousDamaged".into()));
    // Once it is answered, and never again.
    let once = seal(&key);
    assert_eq!(it.post(SEALED_REQUEST_TYPE, once.clone()).status, 200);
    assert_eq!(it.refused(SEALED_REQUEST_TYPE, once), (409, "ObliviousReplayed".into()));
    assert_eq!(it.post(SEALED_REQUEST_TYPE, seal(&key)).status, 200);
}

#[test]
fn a_gigabyte_is_refused_by_its_head_and_half_a_question_is_given_up() {
    let it = Admitted::start();
    let send = |length: &str, body: &[u8]| {
        let mut stream = TcpStream::connect(it.ledger.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head = format!(
            "POST /v1/oblivious HTTP/1.1\r\nhost: g\r\ncontent-type: message/ohttp-req\r\n{length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        stream
    };
    let mut announced = send("content-length: 1073741824", b"");
    let mut line = [0; 12];
    announced.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 413");
    let chunk = [b"1000\r\n".as_slice(), &[7; 4_096], b"\r\n"].concat();
    let mut chunked = send("transfer-encoding: chunked", &[chunk.clone(), chunk].concat());
    chunked.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 413");
    drop(send("content-length: 512", &[7; 200]));
    assert!(it.asked().status().is_ok());
}

#[test]
fn a_key_is_replaced_each_day_and_the_one_before_opens_for_two_more() {
    let mut it = Admitted::start();
    let first = it.asked();
    for version in 2..=4 {
        it.clock.advance(86_400);
        it.record = await_version(&it.ledger, &it.clock, &mut it.trusted, it.id, version);
        assert!(it.asked().status().is_ok());
        if version < 4 {
            assert!(first.status().is_ok(), "{version}");
        }
    }
    let question = Request::new(Method::Get, "https://ledger.invalid/v1/status");
    it.await_refusal(|| first.transport().key.seal(&question, &mut Rng::system()).unwrap().0);
}

#[test]
fn who_was_taken_out_opens_nothing_any_more() {
    let it = Admitted::start();
    let asked = it.asked();
    assert!(asked.status().is_ok());
    let out = it.governance().act(2, SetGateway { kind: Kind, gateway: it.id, key: None }.into()).unwrap();
    gateway(&it.ledger).submit(&out.to_cbor(), &it.governance().origin()).unwrap();
    let mut trusted = it.trusted.clone();
    let proved = prove_until(
        &gateway(&it.ledger),
        &StateKey::Gateway(it.id),
        &mut trusted,
        it.clock.now(),
        |proved| GatewayRecord::from_cbor(proved.value.as_ref().unwrap()).unwrap().key.is_none(),
    );
    assert!(GatewayRecord::from_cbor(&proved.value.unwrap()).unwrap().configuration.is_none());
    let question = Request::new(Method::Get, "https://ledger.invalid/v1/status");
    it.await_refusal(|| it.key().seal(&question, &mut Rng::system()).unwrap().0);
}

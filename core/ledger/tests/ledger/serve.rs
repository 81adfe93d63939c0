//! A served ledger, asked over HTTP and believed only by proof.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keepwell_ledger::{Clock, GovernanceKey, Ledger, LedgerConfig, LedgerError};
use keepwell_net::{Gateway, GatewayError, HttpTransport, Limits, Transport};
use keepwell_protocol::crypto::{HpkeSecretKey, Rng, SigningKey, Suite, account_id, grant_id, provider_id};
use keepwell_protocol::domain::{Commitment, Object, Slot, Timestamp};
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::ledger::{
    Card, GrantNewAccount, GrantStatus, Kind, LedgerVerdict, ProofError, ProviderStatus, Revoke, SignedCard,
    SignedTransaction, Signer, StateKey, TrustAnchor, TrustPolicy, TrustedState, Verified, ledger_verdict,
    verify,
};
use keepwell_protocol::vault::ErrorBody;
use url::Url;

pub(crate) const NOW: u64 = 1_800_000_000;

/// A clock that tests turn.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let clock = self.clone();
        let now: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(move || clock.now());
        now.into()
    }
}

fn start(home: &Path, clock: &TestClock) -> Ledger {
    let config = LedgerConfig {
        home: home.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        accept_time: false,
        relays: Vec::new(),
    };
    Ledger::start(&config, clock.clock()).unwrap()
}

pub(crate) fn gateway(ledger: &Ledger) -> Gateway<HttpTransport> {
    let url = Url::parse(&format!("http://{}", ledger.address())).unwrap();
    Gateway::direct(HttpTransport::new().unwrap(), &url)
}

/// Asks for a key until `wanted` likes what is proved there.
pub(crate) fn prove_until(
    gateway: &Gateway<HttpTransport>,
    key: &StateKey,
    trusted: &mut TrustedState,
    now: Timestamp,
    wanted: impl Fn(&Verified) -> bool,
) -> Verified {
    for _ in 0..200 {
        match gateway.prove(key, trusted, &TrustPolicy::DEMONSTRATION, &now) {
            Ok(proved) if wanted(&proved.verified) => {
                *trusted = proved.verified.next_state.clone();
                return proved.verified;
            }
            Ok(_) | Err(GatewayError::NotYet) => std::thread::sleep(Duration::from_millis(10)),
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the ledger never proved it")
}

pub(crate) fn card(key: &SigningKey, name: &str) -> SignedCard {
    let hpke = HpkeSecretKey::generate(Suite::XWing, &mut Rng::seeded(3)).unwrap();
    let card = Card {
        provider: provider_id(&key.public_key()),
        version: 1,
        name: name.to_owned(),
        place: "Ulm".to_owned(),
        signing: key.public_key(),
        keys: vec![hpke.public_key().clone()],
        inbox: "https://clinic.example/v1/inbox".to_owned(),
    };
    card.sign(key).unwrap()
}

pub(crate) fn first_grant(
    origin: &keepwell_protocol::domain::Origin,
    root: &SigningKey,
    now: Timestamp,
) -> SignedTransaction {
    let body = GrantNewAccount {
        kind: Kind,
        root: root.public_key(),
        account_key: SigningKey::from_seed(&[9; 32]).public_key(),
        number: 0,
        slot: Slot::from_bytes([4; 32]),
        commitment: Commitment::from_bytes([5; 32]),
        not_after: keepwell_protocol::domain::Day(now.day().0 + 30),
        valid_until: Timestamp(now.0 + 86_400),
    };
    SignedTransaction::sign(body, origin, Signer::Root(root)).unwrap()
}

#[test]
fn admits_grants_revokes_and_proves_each_and_goes_on_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let ledger = start(home.path(), &clock);
    let anchor = TrustAnchor::parse(&std::fs::read(home.path().join("anchor.json")).unwrap()).unwrap();
    assert_eq!(&anchor, ledger.anchor());
    let origin = anchor.origin();
    let mut trusted = anchor.trusted_state();
    let gateway = gateway(&ledger);

    // A provider is admitted by governance and found in the directory.
    let provider = SigningKey::from_seed(&[1; 32]);
    let governance =
        GovernanceKey::parse(&std::fs::read_to_string(home.path().join("governance.key")).unwrap()).unwrap();
    assert_eq!(governance.origin(), origin);
    let admit = governance.admit(card(&provider, "Clinic")).unwrap();
    assert_eq!(gateway.submit(&admit.to_cbor(), &origin).unwrap(), admit.id(&origin));
    let id = provider_id(&provider.public_key());
    let proved =
        prove_until(&gateway, &StateKey::Provider(id), &mut trusted, clock.now(), |it| it.value.is_some());
    let record = proved.provider().unwrap().unwrap();
    assert_eq!((record.status, record.card.card.name.as_str()), (ProviderStatus::Active, "Clinic"));
    let directory = gateway.providers(None).unwrap();
    assert_eq!(directory.providers.iter().map(|entry| entry.provider).collect::<Vec<_>>(), [id]);
    assert!(gateway.providers(Some(id)).unwrap().providers.is_empty());

    // A grant is absent, then there, in force.
    let root = SigningKey::from_seed(&[2; 32]);
    let grant = grant_id(&account_id(&origin, &root.public_key()), 0);
    let key = StateKey::Grant(grant);
    let absent = prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_none());
    let fifteen_minutes = keepwell_protocol::domain::Duration::minutes(15);
    assert_eq!(ledger_verdict(None, absent.time, clock.now(), fifteen_minutes), LedgerVerdict::Absent);
    let transaction = first_grant(&origin, &root, clock.now());
    gateway.submit(&transaction.to_cbor(), &origin).unwrap();
    let active = prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_some());
    let record = active.grant().unwrap().unwrap();
    assert_eq!((record.status, record.slot), (GrantStatus::Active, Some(Slot::from_bytes([4; 32]))));
    assert_eq!(
        ledger_verdict(Some(&record), active.time, clock.now(), fifteen_minutes),
        LedgerVerdict::InForce
    );
    // The same again is on record, not refused; another by the same number is refused.
    assert_eq!(gateway.submit(&transaction.to_cbor(), &origin).unwrap(), transaction.id(&origin));
    let other = first_grant(&origin, &root, Timestamp(clock.now().0 + 1));
    match gateway.submit(&other.to_cbor(), &origin) {
        Err(GatewayError::Server(error)) => assert_eq!(error.code(), "AccountExists"),
        other => panic!("{other:?}"),
    }

    // Killed or stopped, it goes on where it was; time has passed meanwhile.
    ledger.stop().unwrap();
    clock.advance(3_600);
    let ledger = start(home.path(), &clock);
    let gateway = self::gateway(&ledger);
    let again = prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_some());
    assert!(again.height > active.height);
    assert_eq!(again.grant().unwrap().unwrap(), record);
    assert!(clock.now().0 - again.time.0 <= 60, "a restart leaves headers behind the clock");

    let revoke = Revoke { kind: Kind, account: None, root: Some(root.public_key()), number: 0 };
    let revoke = SignedTransaction::sign(revoke, &origin, Signer::Root(&root)).unwrap();
    gateway.submit(&revoke.to_cbor(), &origin).unwrap();
    let ended = prove_until(&gateway, &key, &mut trusted, clock.now(), |it| {
        it.grant().unwrap().unwrap().status == GrantStatus::Revoked
    });
    let record = ended.grant().unwrap().unwrap();
    assert_eq!(
        ledger_verdict(Some(&record), ended.time, clock.now(), fifteen_minutes),
        LedgerVerdict::Revoked
    );
    // Before and after: the older proof verifies too, and is older.
    assert!(ended.time >= again.time);

    let status = gateway.status().unwrap();
    assert_eq!((status.chain_id.as_str(), status.validators), (anchor.chain_id(), 1));
    assert_eq!(status.records, 5, "governance, horizon, provider, account, grant");
    let latest = gateway.latest(&trusted, &TrustPolicy::DEMONSTRATION, &clock.now()).unwrap();
    assert_eq!(latest.height, status.height);
    assert_eq!(latest.time, status.time);
}

#[test]
fn a_strict_policy_refuses_a_ledger_with_one_signer() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let ledger = start(home.path(), &clock);
    let refused =
        gateway(&ledger).latest(&ledger.anchor().trusted_state(), &TrustPolicy::STRICT, &clock.now());
    assert!(matches!(refused, Err(GatewayError::Proof(ProofError::EmbeddedChain))));
}

#[test]
fn one_home_is_served_by_one_process() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let _ledger = start(home.path(), &clock);
    let config = LedgerConfig {
        home: home.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        accept_time: false,
        relays: Vec::new(),
    };
    assert!(matches!(Ledger::start(&config, clock.clock()), Err(LedgerError::Busy)));
}

#[test]
fn keys_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let _ledger = start(home.path(), &clock);
    for (file, mode) in [("governance.key", 0o600), ("validator.key", 0o600), ("anchor.json", 0o644)] {
        let found = std::fs::metadata(home.path().join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found & !0o022, mode & !0o022, "{file}");
    }
    assert!(!home.path().join("governance.seed").exists());
}

#[test]
fn makes_a_block_without_transactions_now_and_then() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let config = LedgerConfig {
        home: home.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        accept_time: false,
        relays: Vec::new(),
    };
    let ledger = Ledger::start_with_heartbeat(&config, clock.clock(), Duration::from_millis(50)).unwrap();
    let gateway = gateway(&ledger);
    let before = gateway.status().unwrap();
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(20));
        clock.advance(1);
        if gateway.status().unwrap().height > before.height + 3 {
            let after = gateway.status().unwrap();
            assert!(after.time > before.time);
            assert_eq!(after.records, before.records);
            return;
        }
    }
    panic!("no heartbeat");
}

#[test]
fn what_is_asked_wrongly_is_refused_in_one_form() {
    use keepwell_net::{Limits, Transport as _};
    use keepwell_protocol::formats::http::{Method, Request};
    use keepwell_protocol::vault::ErrorBody;

    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let ledger = start(home.path(), &clock);
    let transport = HttpTransport::new().unwrap();
    let key = StateKey::Governance.to_hex();
    for (method, path, body, status, code) in [
        (Method::Get, "/".to_owned(), 0, 404, "NotFound"),
        (Method::Get, "/v1/proof/".to_owned(), 0, 404, "NotFound"),
        (Method::Get, "/v1/proof/00".to_owned(), 0, 400, "BadAddress"),
        (Method::Get, format!("/v1/proof/{}", key.to_uppercase()), 0, 400, "BadAddress"),
        (Method::Post, format!("/v1/proof/{key}"), 0, 405, "MethodNotAllowed"),
        (Method::Get, "/v1/light/newest".to_owned(), 0, 400, "BadAddress"),
        (Method::Get, "/v1/light/-1".to_owned(), 0, 400, "BadAddress"),
        (Method::Get, "/v1/light/0".to_owned(), 0, 404, "NotFound"),
        (Method::Get, "/v1/light/999999999".to_owned(), 0, 404, "NotFound"),
        (Method::Get, "/v1/providers?after=zz".to_owned(), 0, 400, "BadAddress"),
        (Method::Get, "/v1/providers?before=zz".to_owned(), 0, 400, "BadAddress"),
        (Method::Get, format!("/v1/entries/{}", "0".repeat(62)), 0, 400, "BadAddress"),
        (Method::Post, format!("/v1/entries/{}", "A".repeat(64)), 0, 400, "BadAddress"),
        (Method::Post, format!("/v1/entries/{}", "0".repeat(64)), 0, 404, "NoAggregator"),
        (Method::Post, "/v1/tx".to_owned(), 0, 400, "ObjectMalformed"),
        (Method::Post, "/v1/tx".to_owned(), SignedTransaction::LONGEST, 400, "ObjectMalformed"),
        (Method::Post, "/v1/tx".to_owned(), SignedTransaction::LONGEST + 1, 413, "RequestTooLong"),
        (Method::Get, "/v1/tx".to_owned(), 0, 405, "MethodNotAllowed"),
    ] {
        let url = format!("http://{}{path}", ledger.address());
        let request = Request::new(method, url).with_body(vec![0; body]);
        let answer = transport.send(request, Limits::CONFIGURED).unwrap();
        let error = ErrorBody::from_cbor(&answer.body).unwrap();
        assert_eq!((answer.status, error.code.as_str()), (status, code), "{path}");
        assert!(!error.sentence.is_empty());
    }
}

/// What the gateway answers at an address: status, code of a refusal.
pub(crate) fn raw(ledger: &Ledger, path: &str) -> (u16, Vec<u8>) {
    let request = Request::new(Method::Get, format!("http://{}/v1/{path}", ledger.address()));
    let answer = HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap();
    assert_eq!(answer.header("content-type"), Some("application/cbor"));
    (answer.status, answer.body)
}

#[test]
fn a_key_is_proved_by_the_header_of_a_height_as_long_as_its_state_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let config = LedgerConfig {
        home: home.path().to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        accept_time: false,
        relays: Vec::new(),
    };
    let ledger = Ledger::start_with_heartbeat(&config, clock.clock(), Duration::from_millis(20)).unwrap();
    let (origin, gateway) = (ledger.anchor().origin(), gateway(&ledger));
    let mut trusted = ledger.anchor().trusted_state();
    let root = SigningKey::from_seed(&[2; 32]);
    let key = StateKey::Grant(grant_id(&account_id(&origin, &root.public_key()), 0));
    let absent = prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_none());
    gateway.submit(&first_grant(&origin, &root, clock.now()).to_cbor(), &origin).unwrap();
    let active = prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_some());

    // The newest state is asked for by its height, again and again while blocks are made.
    let at = |height: u64| raw(&ledger, &format!("proof/{}?height={height}", key.to_hex()));
    let (status, bundle) = at(active.height);
    assert_eq!(status, 200);
    let verified = verify(&bundle, &key, &trusted, &TrustPolicy::DEMONSTRATION, clock.now()).unwrap();
    assert_eq!((verified.height, verified.value.is_some()), (active.height, true));
    let (status, bundle) = at(absent.height);
    assert_eq!(status, 200, "the state before is still kept");
    let verified = verify(&bundle, &key, &trusted, &TrustPolicy::DEMONSTRATION, clock.now()).unwrap();
    assert_eq!((verified.height, verified.value), (absent.height, None));

    // A header that is not made yet is waited for; one whose state is gone is refused.
    let ahead = gateway.status().unwrap().height + 10;
    let (status, body) = at(ahead);
    assert!(status == 200 || (status, body.len()) == (202, 0), "{status}");
    assert_eq!(at(u64::MAX), (202, Vec::new()));
    for _ in 0..500 {
        if gateway.status().unwrap().height > active.height + 20 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for height in [active.height, 1, 0] {
        let (status, body) = at(height);
        let body = ErrorBody::from_cbor(&body).unwrap();
        assert_eq!((status, body.code.as_str()), (410, "ProofHeightGone"), "{height}");
    }
    for bad in ["?height=", "?height=-1", "?height=x", "?depth=1"] {
        let (status, body) = raw(&ledger, &format!("proof/{}{bad}", key.to_hex()));
        assert_eq!(
            (status, ErrorBody::from_cbor(&body).unwrap().code.as_str()),
            (400, "BadAddress"),
            "{bad}"
        );
    }
}

#[test]
fn a_client_that_has_sent_all_it_may_still_ends_what_it_granted() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let mut listen = keepwell_server::Listen::from(SocketAddr::from(([127, 0, 0, 1], 0)));
    listen.limits.rate_submitted = 2;
    let config =
        LedgerConfig { home: home.path().to_owned(), listen, accept_time: false, relays: Vec::new() };
    let ledger = Ledger::start(&config, clock.clock()).unwrap();
    let (origin, gateway) = (ledger.anchor().origin(), gateway(&ledger));
    let mut trusted = ledger.anchor().trusted_state();
    let send = |transaction: &SignedTransaction| match gateway.submit(&transaction.to_cbor(), &origin) {
        Ok(_) => "taken".to_owned(),
        Err(error) => error.code().to_owned(),
    };
    let [first, second, third] = [1, 2, 3].map(|seed| SigningKey::from_seed(&[seed; 32]));
    for root in [&first, &second] {
        assert_eq!(send(&first_grant(&origin, root, clock.now())), "taken");
    }
    assert_eq!(send(&first_grant(&origin, &third, clock.now())), "RateLimited");
    let key = StateKey::Grant(grant_id(&account_id(&origin, &second.public_key()), 0));
    prove_until(&gateway, &key, &mut trusted, clock.now(), |it| it.value.is_some());
    // Revocations that end nothing use up nothing of what those have that do.
    let account = Some(account_id(&origin, &second.public_key()));
    for number in 0..5 {
        let forged = Revoke { kind: Kind, account, root: None, number };
        let forged = SignedTransaction::sign(forged, &origin, Signer::Account(&third)).unwrap();
        assert_eq!(send(&forged), "RateLimited");
    }
    let revoke = Revoke { kind: Kind, account: None, root: Some(second.public_key()), number: 0 };
    let revoke = SignedTransaction::sign(revoke, &origin, Signer::Root(&second)).unwrap();
    assert_eq!(send(&revoke), "taken");
    prove_until(&gateway, &key, &mut trusted, clock.now(), |it| {
        it.grant().unwrap().unwrap().status == GrantStatus::Revoked
    });
}

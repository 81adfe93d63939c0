//! A clinic beside a real host and a real ledger with one signer, all on loopback and under one
//! clock, and patients who do by hand what a wallet does.

mod patient;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration as WallTime;

use keepwell_clinic::{Clinic, Profile};
use keepwell_host::{Host, HostConfig, Registration};
use keepwell_ledger::{GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::{Gateway, HttpTransport, Limits, NetError, Transport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Duration, Object, Timestamp};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::{
    SignedTransaction, StateKey, TrustAnchor, TrustPolicy, TrustedState, Verified,
};
use keepwell_protocol::vault::Submitted;
use url::Url;

pub(crate) use patient::{Granted, Patient, Sealed};

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);

impl keepwell_net::Clock for HandClock {
    fn now(&self) -> Timestamp {
        self.now()
    }

    fn monotonic(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.now().0)
    }

    fn sleep(&self, duration: std::time::Duration) {
        std::thread::sleep(duration);
    }
}

/// A clock that stands until it is moved.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<AtomicU64>);

impl HandClock {
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn forward(&self, duration: Duration) {
        self.0.fetch_add(duration.0, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

type Meddle = Box<dyn FnMut(&Request, Response) -> Response + Send>;

/// Where the specification's example of a health card is from.
pub(crate) const ISSUER: &str = "https://spec.smarthealth.cards/examples/issuer";

/// The network with somebody on it who can change every answer, and notes every request. [`ISSUER`] is not asked for real.
pub(crate) struct Meddler {
    inner: HttpTransport,
    /// What lies at the issuer, by its path; without anything it is not reached.
    pub(crate) issuer: Mutex<BTreeMap<String, Vec<u8>>>,
    meddle: Mutex<Option<Meddle>>,
    pub(crate) requests: Mutex<Vec<Request>>,
}

impl Meddler {
    pub(crate) fn meddle(&self, meddle: impl FnMut(&Request, Response) -> Response + Send + 'static) {
        *self.meddle.lock().unwrap() = Some(Box::new(meddle));
    }

    pub(crate) fn leave(&self) {
        // Whoever meddled may have ended the work by a panic.
        self.meddle.clear_poison();
        *self.meddle.lock().unwrap() = None;
    }
}

impl Transport for Meddler {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        self.requests.lock().unwrap().push(request.clone());
        if let Some(path) = request.url.strip_prefix(ISSUER) {
            let body = self.issuer.lock().unwrap().get(path).cloned().ok_or(NetError::Timeout)?;
            return Ok(Response { status: 200, headers: Vec::new(), body });
        }
        let response = self.inner.send(request.clone(), limits)?;
        Ok(match self.meddle.lock().unwrap().as_mut() {
            Some(meddle) => meddle(&request, response),
            None => response,
        })
    }
}

pub(crate) struct World {
    pub(crate) clock: HandClock,
    pub(crate) homes: tempfile::TempDir,
    pub(crate) anchor: TrustAnchor,
    pub(crate) network: Arc<Meddler>,
    ledger_url: Url,
    host: Host,
    ledger: Option<Ledger>,
}

impl World {
    pub(crate) fn start() -> Self {
        let homes = tempfile::tempdir().unwrap();
        let clock = HandClock(Arc::new(AtomicU64::new(NOW.0)));
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = LedgerConfig {
            home: homes.path().join("ledger"),
            listen: anywhere.into(),
            accept_time: false,
            relays: Vec::new(),
        };
        let beat = WallTime::from_millis(40);
        let ledger = Ledger::start_with_heartbeat(&config, clock.clock(), beat).unwrap();
        let ledger_url = Url::parse(&format!("http://{}", ledger.address())).unwrap();
        let anchor = ledger.anchor().clone();
        let host = start_host(&homes.path().join("host"), &ledger_url, &anchor, &clock);
        let network = Arc::new(Meddler {
            inner: HttpTransport::new().unwrap(),
            issuer: Mutex::default(),
            meddle: Mutex::default(),
            requests: Mutex::default(),
        });
        Self { clock, homes, anchor, network, ledger_url, host, ledger: Some(ledger) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn host_url(&self) -> String {
        format!("http://{}", self.host.address())
    }

    /// One more host, of the same ledger.
    pub(crate) fn other_host(&self) -> Host {
        start_host(&self.homes.path().join("other-host"), &self.ledger_url, &self.anchor, &self.clock)
    }

    pub(crate) fn clinic_home(&self) -> std::path::PathBuf {
        self.homes.path().join("clinic")
    }

    /// A clinic that governance has admitted.
    pub(crate) fn clinic(&self) -> Clinic {
        let profile = Profile {
            name: "Riverside Family Practice".into(),
            place: Some("Springfield".into()),
            ledger: self.ledger_url.to_string(),
            host: self.host_url(),
            anchor: self.anchor.clone(),
        };
        let network = Arc::clone(&self.network);
        let clinic = Clinic::init(
            &self.clinic_home(),
            &profile,
            network,
            TrustPolicy::DEMONSTRATION,
            &mut Rng::system(),
        )
        .unwrap();
        let card = clinic.card().unwrap();
        let provider = card.card.provider;
        self.submit(&self.governance().admit(card).unwrap());
        self.prove_until(&StateKey::Provider(provider), |it| it.value.is_some());
        clinic
    }

    /// The same clinic in another process.
    pub(crate) fn open_clinic(&self) -> Clinic {
        let network = Arc::clone(&self.network);
        Clinic::open(&self.clinic_home(), network, TrustPolicy::DEMONSTRATION).unwrap()
    }

    /// The ledger falls silent.
    pub(crate) fn stop_ledger(&mut self) {
        self.ledger.take().unwrap().stop().unwrap();
    }

    /// Moves the clock on, and waits for the ledger to have followed.
    pub(crate) fn forward(&self, duration: Duration) {
        self.clock.forward(duration);
        let gateway = Gateway::direct(HttpTransport::new().unwrap(), &self.ledger_url);
        for _ in 0..500 {
            if self.now().since(gateway.status().unwrap().time).0 < 60 {
                return;
            }
            std::thread::sleep(WallTime::from_millis(10));
        }
        panic!("the ledger stands still");
    }

    pub(crate) fn submit(&self, transaction: &SignedTransaction) {
        let gateway = Gateway::direct(HttpTransport::new().unwrap(), &self.ledger_url);
        gateway.submit(&transaction.to_cbor(), &self.anchor.origin()).unwrap();
    }

    /// Hands in many transactions at once, through the host, until all are taken.
    pub(crate) fn submit_all(&self, transactions: &[Vec<u8>]) {
        let host = Url::parse(&self.host_url()).unwrap();
        let gateway = Gateway::through_host(HttpTransport::new().unwrap(), &host);
        let mut left = transactions.to_vec();
        while !left.is_empty() {
            let said = gateway.submit_batch(&left, &self.anchor.origin()).unwrap();
            let mut said = said.into_iter();
            left.retain(|_| match said.next().unwrap() {
                Submitted::Taken(_) => false,
                Submitted::Refused(refusal) => refusal.code == "TransactionWaiting" || panic!("{refusal:?}"),
            });
        }
    }

    /// Asks the gateway until `wanted` likes the proof, and lets the host forget what it fetched.
    pub(crate) fn prove_until(&self, key: &StateKey, wanted: impl Fn(&Verified) -> bool) {
        let gateway = Gateway::direct(HttpTransport::new().unwrap(), &self.ledger_url);
        let trusted = self.anchor.trusted_state();
        for _ in 0..500 {
            let proved = gateway.prove(key, &trusted, &TrustPolicy::DEMONSTRATION, &self.now());
            if proved.is_ok_and(|proved| wanted(&proved.verified)) {
                self.clock.forward(Duration(11));
                return;
            }
            std::thread::sleep(WallTime::from_millis(10));
        }
        panic!("the ledger never proved it");
    }

    /// An anchor at the newest header, verified from what was trusted before, which then is that header.
    pub(crate) fn newer_anchor(&self, trusted: &mut TrustedState) -> TrustAnchor {
        let gateway = Gateway::direct(HttpTransport::new().unwrap(), &self.ledger_url);
        let (policy, now) = (TrustPolicy::DEMONSTRATION, self.now());
        *trusted = gateway.latest(trusted, &policy, &now).unwrap();
        let (block, _) = gateway.block_at(trusted.height, trusted, &policy, &now).unwrap();
        TrustAnchor::at_block(self.anchor.genesis.clone(), &block).unwrap()
    }

    fn governance(&self) -> GovernanceKey {
        let file = self.homes.path().join("ledger/governance.key");
        GovernanceKey::parse(&std::fs::read_to_string(file).unwrap()).unwrap()
    }
}

fn start_host(home: &Path, ledger_url: &Url, anchor: &TrustAnchor, clock: &HandClock) -> Host {
    let config = HostConfig {
        home: home.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        public_url: None,
        ledger_url: ledger_url.clone(),
        gateways: Vec::new(),
        anchor: anchor.clone(),
        policy: TrustPolicy::DEMONSTRATION,
        blobs_url: None,
        registration: Registration::Open,
    };
    Host::start(config, clock.clock()).unwrap()
}

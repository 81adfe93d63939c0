//! The servers of a world, shared by many histories: each has a wallet of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration as Wait, Instant};

use keepwell_clinic::{CardChange, Clinic, Profile};
use keepwell_net::{Gateway, HttpTransport};
use keepwell_protocol::crypto::{HpkeSecretKey, Rng, SigningKey, Suite};
use keepwell_protocol::domain::{ProviderId, Timestamp};
use keepwell_protocol::ledger::{
    Card, Kind, SignedCard, SignedTransaction, Signer, StateKey, TrustAnchor, TrustPolicy, UpdateProvider,
};

use super::step::INSIDERS;
use crate::parties::{Parties, Provider, SharedClock};

/// One ledger and one host, and the providers of the history that is under way.
pub(super) struct Servers {
    pub(super) parties: Parties,
    /// The time of the ledger's newest header, as far as known here.
    ledger_time: AtomicU64,
    /// A provider whose card governance replaces again and again: each time blocks are made.
    bell: Mutex<Provider>,
    made: AtomicU32,
    /// The providers of the history before, if nothing happened to them.
    idle: Mutex<Option<Providers>>,
    begun: Timestamp,
}

/// Whom a wallet may grant to.
pub(super) struct Providers {
    pub(super) insiders: Vec<Insider>,
    /// The last of them: a clinic as clinics are.
    pub(super) clinic: Clinic,
}

/// Providers whose keys the test has, to try them on everything.
pub(super) struct Insider {
    signing: SigningKey,
    pub(super) keys: Vec<HpkeSecretKey>,
    card: SignedCard,
}

impl Servers {
    pub(super) fn start() -> Self {
        let clock = SharedClock::turned_by_waiting();
        let parties = Parties::start_with(clock, Wait::from_secs(3_600));
        let bell = Provider::new(1, "Bell", &parties.host_url);
        parties.admit(&bell);
        parties.await_proof(&StateKey::Provider(bell.id()));
        let begun = parties.clock.read();
        let ledger_time = AtomicU64::new(begun.0);
        Self {
            parties,
            ledger_time,
            bell: Mutex::new(bell),
            made: AtomicU32::new(0),
            idle: Mutex::default(),
            begun,
        }
    }

    /// Days since they were started.
    pub(super) fn days(&self) -> u64 {
        self.now().since(self.begun).0 / 86_400
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parties.clock.read()
    }

    fn gateway(&self) -> Gateway<&HttpTransport> {
        Gateway::direct(&self.parties.direct, &self.parties.ledger_url.parse().unwrap())
    }

    /// Makes the ledger's newest header as old as that of an idle chain is at most, a minute.
    ///
    /// The engine's rest is counted by the real clock, so it does not see time that was turned.
    pub(super) fn keep_ledger_in_time(&self) {
        if self.now().0.saturating_sub(self.ledger_time.load(Ordering::SeqCst)) < 60 {
            return;
        }
        let wanted = self.now();
        let card = {
            let mut bell = self.bell.lock().unwrap();
            let card = Card { version: bell.card.card.version + 1, ..bell.card.card.clone() };
            bell.card = card.sign(&bell.signing).unwrap();
            bell.card.clone()
        };
        let rung = self.parties.rekeyed(card);
        // The one before may still wait for its block, where another's was enough.
        until(|| self.parties.offer(&rung).status == 202);
        until(|| self.gateway().status().unwrap().time >= wanted);
        self.ledger_time.store(wanted.0, Ordering::SeqCst);
    }

    /// Waits until a header shows what was just handed in: each transaction has its proof at once.
    pub(super) fn settle(&self) {
        self.parties.clock.forward(61);
        self.keep_ledger_in_time();
    }

    fn number(&self) -> u32 {
        self.made.fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.parties.path(&format!("{name}-{}", self.number()))
    }

    /// Providers that the ledger knows, each in good standing.
    pub(super) fn providers(&self) -> Providers {
        if let Some(idle) = self.idle.lock().unwrap().take() {
            return idle;
        }
        let providers =
            Providers { insiders: (0..INSIDERS).map(|_| self.insider()).collect(), clinic: self.clinic() };
        self.settle();
        providers
    }

    /// Keeps providers for the next history.
    pub(super) fn keep(&self, providers: Providers) {
        *self.idle.lock().unwrap() = Some(providers);
    }

    fn insider(&self) -> Insider {
        let rng = &mut Rng::system();
        let signing = SigningKey::generate(rng).unwrap();
        let key = HpkeSecretKey::generate(Suite::X25519, rng).unwrap();
        let provider = keepwell_protocol::crypto::provider_id(&signing.public_key());
        let card = Card {
            provider,
            version: 1,
            name: format!("Insider {}", self.number()),
            place: "Ulm".to_owned(),
            signing: signing.public_key(),
            keys: vec![key.public_key().clone()],
            inbox: format!("{}/v1/inbox/{provider}", self.parties.host_url),
        };
        let card = card.sign(&signing).unwrap();
        self.parties.submit(&self.parties.governance().admit(card.clone()).unwrap());
        Insider { signing, keys: vec![key], card }
    }

    fn clinic(&self) -> Clinic {
        let number = self.number();
        let anchor = TrustAnchor::parse(&self.parties.anchor()).unwrap();
        let profile = Profile {
            name: format!("Clinic {number}"),
            place: None,
            ledger: self.parties.ledger_url.clone(),
            host: self.parties.host_url.clone(),
            anchor,
        };
        let transport = Arc::new(HttpTransport::new().unwrap());
        let home = self.parties.path(&format!("clinic-{number}"));
        let policy = TrustPolicy::DEMONSTRATION;
        let clinic = Clinic::init(&home, &profile, transport, policy, &mut Rng::system()).unwrap();
        let card = clinic.card().unwrap();
        self.parties.submit(&self.parties.governance().admit(card).unwrap());
        clinic
    }

    pub(super) fn update_clinic(&self, clinic: &mut Clinic) {
        clinic.update(&CardChange::default(), &self.now(), &mut Rng::system()).unwrap();
    }
}

fn until(done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Wait::from_secs(60), "the ledger stands still");
        std::thread::sleep(Wait::from_millis(1));
    }
}

impl Insider {
    pub(super) fn id(&self) -> ProviderId {
        self.card.card.provider
    }

    /// Puts a new key on the card; the old ones still open what was sealed to them.
    pub(super) fn update(&mut self, servers: &Servers) {
        let key = HpkeSecretKey::generate(Suite::X25519, &mut Rng::system()).unwrap();
        let card = Card {
            version: self.card.card.version + 1,
            keys: vec![key.public_key().clone()],
            ..self.card.card.clone()
        };
        self.card = card.sign(&self.signing).unwrap();
        self.keys.push(key);
        let body = UpdateProvider { kind: Kind, card: self.card.clone() };
        let origin = servers.parties.governance().origin();
        let signed = SignedTransaction::sign(body, &origin, Signer::Provider(&self.signing)).unwrap();
        servers.parties.submit(&signed);
    }
}

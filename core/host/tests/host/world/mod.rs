//! A host beside a real ledger with one signer, both on loopback, under one clock.

use std::net::SocketAddr;

use keepwell_host::Host;
use keepwell_ledger::{GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::{Gateway, HttpTransport};
use keepwell_protocol::crypto::{
    HpkeSecretKey, Rng, SigningKey, Suite, account_id, grant_id, provider_id, slot,
};
use keepwell_protocol::domain::{Commitment, Day, GrantId, Object, ProviderId, Slot, Timestamp};
use keepwell_protocol::ledger::{
    Card, GrantNewAccount, GrantStatus, Kind, ProviderStatus, Revoke, SignedTransaction, Signer, StateKey,
    TrustAnchor, TrustPolicy, Verified, verify,
};
use url::Url;

use crate::support::{self, Client, HandClock, NOW};

/// One patient's account, with one grant in it.
pub(crate) struct Patient {
    pub(crate) root: SigningKey,
    pub(crate) grant: GrantId,
    pub(crate) slot: Slot,
}

pub(crate) struct World {
    pub(crate) clock: HandClock,
    host_clock: HandClock,
    homes: tempfile::TempDir,
    anchor: TrustAnchor,
    ledger_url: Url,
    host: Host,
    ledger: Option<Ledger>,
}

impl World {
    pub(crate) fn start() -> Self {
        let clock = HandClock::new(NOW);
        Self::start_with(clock.clone(), clock)
    }

    /// The same with a host whose clock may be wrong.
    pub(crate) fn start_with(clock: HandClock, host_clock: HandClock) -> Self {
        let homes = tempfile::tempdir().unwrap();
        let config = LedgerConfig {
            home: homes.path().join("ledger"),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
            accept_time: false,
            relays: Vec::new(),
        };
        let beat = std::time::Duration::from_millis(40);
        let ledger = Ledger::start_with_heartbeat(&config, clock.clock(), beat).unwrap();
        let ledger_url = Url::parse(&format!("http://{}", ledger.address())).unwrap();
        let anchor = ledger.anchor().clone();
        let host = host(&homes, &host_clock, (ledger_url.clone(), anchor.clone()));
        Self { clock, host_clock, homes, anchor, ledger_url, host, ledger: Some(ledger) }
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    pub(crate) fn host_url(&self) -> Url {
        Url::parse(&format!("http://{}", self.host.address())).unwrap()
    }

    pub(crate) fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    pub(crate) fn transport(&self) -> HttpTransport {
        HttpTransport::new().unwrap()
    }

    pub(crate) fn client(&self, key: SigningKey) -> Client {
        Client::new(self.host.address(), key, &self.clock)
    }

    /// The ledger falls silent; the host goes on with what it heard.
    pub(crate) fn stop_ledger(mut self) -> Self {
        if let Some(ledger) = self.ledger.take() {
            ledger.stop().unwrap();
        }
        self
    }

    /// The same host, started again where there is no ledger.
    pub(crate) fn without_ledger(self) -> Self {
        let Self { clock, host_clock, homes, anchor, ledger_url, host: running, ledger } = self;
        running.stop().unwrap();
        drop(ledger);
        let host = host(&homes, &host_clock, (ledger_url.clone(), anchor.clone()));
        Self { clock, host_clock, homes, anchor, ledger_url, host, ledger: None }
    }

    pub(crate) fn patient(&self, seed: u8, reader: &SigningKey) -> Patient {
        let root = SigningKey::from_seed(&[seed; 32]);
        let account = account_id(&self.anchor.origin(), &root.public_key());
        Patient { grant: grant_id(&account, 0), slot: slot(&reader.public_key()), root }
    }

    /// Puts a patient's grant on the ledger, through the host.
    pub(crate) fn grant(&self, patient: &Patient, days: u32) {
        let now = self.clock.now();
        let body = GrantNewAccount {
            kind: Kind,
            root: patient.root.public_key(),
            account_key: SigningKey::from_seed(&[9; 32]).public_key(),
            number: 0,
            slot: patient.slot,
            commitment: Commitment::from_bytes([5; 32]),
            not_after: Day(now.day().0 + days),
            valid_until: Timestamp(now.0 + 86_400),
        };
        self.submit(
            SignedTransaction::sign(body, &self.anchor.origin(), Signer::Root(&patient.root)).unwrap(),
        );
        self.prove_until(&StateKey::Grant(patient.grant), |it| it.value.is_some());
    }

    pub(crate) fn revoke(&self, patient: &Patient) {
        let body = Revoke { kind: Kind, account: None, root: Some(patient.root.public_key()), number: 0 };
        self.submit(
            SignedTransaction::sign(body, &self.anchor.origin(), Signer::Root(&patient.root)).unwrap(),
        );
        self.prove_until(&StateKey::Grant(patient.grant), |it| {
            it.grant().unwrap().is_some_and(|record| record.status == GrantStatus::Revoked)
        });
    }

    pub(crate) fn admit(&self, key: &SigningKey) {
        self.admit_with_inbox(key, self.host_url().as_str());
    }

    /// Admits a provider whose inbox is at a host with this URL.
    pub(crate) fn admit_with_inbox(&self, key: &SigningKey, host_url: &str) {
        let provider = provider_id(&key.public_key());
        let hpke = HpkeSecretKey::generate(Suite::XWing, &mut Rng::seeded(3)).unwrap();
        let card = Card {
            provider,
            version: 1,
            name: "Clinic".to_owned(),
            place: "Ulm".to_owned(),
            signing: key.public_key(),
            keys: vec![hpke.public_key().clone()],
            inbox: format!("{host_url}v1/inbox/{provider}"),
        };
        self.submit(self.governance().admit(card.sign(key).unwrap()).unwrap());
        self.prove_until(&StateKey::Provider(provider), |it| it.value.is_some());
    }

    pub(crate) fn suspend(&self, provider: ProviderId) {
        self.submit(self.governance().suspend(provider, 1).unwrap());
        self.prove_until(&StateKey::Provider(provider), |it| {
            it.provider().unwrap().is_some_and(|record| record.status == ProviderStatus::Suspended)
        });
    }

    /// What a proof for a reader shows of a grant.
    pub(crate) fn verify_grant(&self, bundle: &[u8], grant: GrantId) -> Option<GrantStatus> {
        let verified = verify(
            bundle,
            &StateKey::Grant(grant),
            &self.anchor.trusted_state(),
            &TrustPolicy::DEMONSTRATION,
            self.clock.now(),
        );
        verified.unwrap().grant().unwrap().map(|record| record.status)
    }

    /// Moves the clock on, and waits for the ledger to have followed.
    pub(crate) fn forward_to(&self, time: Timestamp) {
        self.clock.forward(time.0 - self.clock.now().0);
        let gateway = Gateway::direct(self.transport(), &self.ledger_url);
        for _ in 0..500 {
            if time.since(gateway.status().unwrap().time).0 < 60 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the ledger stands still");
    }

    fn governance(&self) -> GovernanceKey {
        let file = self.homes.path().join("ledger/governance.key");
        GovernanceKey::parse(&std::fs::read_to_string(file).unwrap()).unwrap()
    }

    fn submit(&self, transaction: SignedTransaction) {
        let origin = self.anchor.origin();
        let gateway = Gateway::through_host(self.transport(), &self.host_url());
        assert_eq!(gateway.submit(&transaction.to_cbor(), &origin).unwrap(), transaction.id(&origin));
    }

    /// Asks the gateway itself until `wanted` likes the proof, and lets the host forget what it fetched.
    fn prove_until(&self, key: &StateKey, wanted: impl Fn(&Verified) -> bool) {
        let gateway = Gateway::direct(self.transport(), &self.ledger_url);
        let trusted = self.anchor.trusted_state();
        for _ in 0..500 {
            let proved = gateway.prove(key, &trusted, &TrustPolicy::DEMONSTRATION, &self.clock.now());
            if proved.is_ok_and(|proved| wanted(&proved.verified)) {
                self.clock.forward(2);
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the ledger never proved it");
    }
}

fn host(homes: &tempfile::TempDir, clock: &HandClock, ledger: (Url, TrustAnchor)) -> Host {
    let mut config = support::config(&homes.path().join("host"), "127.0.0.1:0", ledger);
    // Whoever names somebody else asks for them.
    config.listen.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    Host::start(config, clock.clock()).unwrap()
}

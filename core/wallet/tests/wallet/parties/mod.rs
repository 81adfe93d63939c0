//! A ledger, a host and providers on loopback ports, and a wallet that speaks to them.

mod clock;
pub(crate) mod opening;
mod provider;
mod tap;
pub(crate) mod wire;

pub(crate) use clock::SharedClock;
pub(crate) use provider::Provider;
pub(crate) use tap::Tap;
use wire::Wire;

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration as Wait, Instant};

use keepwell_host::{Host, HostConfig, Registration, SealedGateway};
use keepwell_ledger::{AggregatorKey, GatewayKeys, GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::{Gateway, HttpTransport, Limits, Transport};
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::{Category, Duration, GatewayId, GrantId, Object, ProviderId, Purpose, Scope};
use keepwell_protocol::formats::http::{Method, Request, Response, sign_request};
use keepwell_protocol::ledger::{
    Card, GatewayRecord, Kind, SetAggregator, SetGateway, SignedCard, SignedTransaction, Signer, StateKey,
    TrustPolicy, UpdateProvider, Verified,
};
use keepwell_protocol::vault::{About, Blobs, Envelope};
use keepwell_wallet::{
    FreshAuthentication, GrantRequest, GrantView, Network, NewWallet, ProviderName, Servers, SyncOptions,
    SyncReport, Wallet, WalletError,
};

/// Every server, and the folder of the wallet.
pub(crate) struct Parties {
    dir: tempfile::TempDir,
    pub(crate) clock: SharedClock,
    heartbeat: Wait,
    pub(crate) ledger: Option<Ledger>,
    pub(crate) host: Option<Host>,
    pub(crate) ledger_url: String,
    pub(crate) host_url: String,
    pub(crate) wire: Wire,
    /// Those to whom the host passes sealed questions on.
    pub(crate) gateways: Vec<SealedGateway>,
    /// For what the test asks by itself.
    pub(crate) direct: HttpTransport,
}

impl Parties {
    pub(crate) fn start() -> Self {
        Self::start_with(SharedClock::new(), Wait::from_millis(200))
    }

    /// Starts with another clock and another rest between the ledger's blocks.
    pub(crate) fn start_with(clock: SharedClock, heartbeat: Wait) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut parties = Self {
            dir,
            clock,
            heartbeat,
            ledger: None,
            host: None,
            ledger_url: "http://127.0.0.1:0".into(),
            host_url: "http://127.0.0.1:0".into(),
            wire: Wire::new(),
            gateways: Vec::new(),
            direct: HttpTransport::new().unwrap(),
        };
        parties.start_ledger();
        parties.start_host();
        parties
    }

    /// Starts with a gateway that governance has admitted, and to which the host passes sealed questions on by this line.
    pub(crate) fn start_sealed() -> (Self, Tap) {
        let mut parties = Self::start();
        let id = parties.admit_gateway(1);
        let tap = Tap::to(parties.ledger.as_ref().unwrap().address());
        parties.pass_sealed_on(vec![SealedGateway { id, url: tap.url().parse().unwrap() }]);
        (parties, tap)
    }

    /// Governance admits the ledger's gateway by its action of this number, and the gateway's key is there.
    pub(crate) fn admit_gateway(&self, number: u32) -> GatewayId {
        let keys = GatewayKeys::open(&self.path("ledger"), &mut Rng::system()).unwrap();
        let (id, key) = (keys.id(), Some(keys.public_key()));
        let set = SetGateway { kind: Kind, gateway: id, key };
        self.submit(&self.governance().act(number, set.into()).unwrap());
        let is_configured = |proved: &Verified| {
            let record = proved.value.as_ref().map(|value| GatewayRecord::from_cbor(value).unwrap());
            record.is_some_and(|record| record.configuration.is_some())
        };
        self.await_proved(&StateKey::Gateway(id), is_configured);
        id
    }

    /// The host starts again and passes sealed questions on to these gateways.
    pub(crate) fn pass_sealed_on(&mut self, gateways: Vec<SealedGateway>) {
        self.gateways = gateways;
        self.stop_host();
        self.start_host();
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn start_ledger(&mut self) {
        let listen: SocketAddr = self.ledger_url.trim_start_matches("http://").parse().unwrap();
        let mut config = LedgerConfig {
            home: self.path("ledger"),
            listen: listen.into(),
            accept_time: false,
            relays: Vec::new(),
        };
        config.listen.limits.batch_ms = 1;
        let ledger = Ledger::start_with_heartbeat(&config, self.clock.function(), self.heartbeat).unwrap();
        self.ledger_url = format!("http://{}", ledger.address());
        self.ledger = Some(ledger);
    }

    /// The ledger ends and starts again at the same address.
    pub(crate) fn stop_ledger(&mut self) {
        self.ledger.take().unwrap().stop().unwrap();
    }

    pub(crate) fn restart_ledger(&mut self) {
        self.stop_ledger();
        self.start_ledger();
    }

    /// The ledger's gateway collects for an aggregator, whom governance admits by its action of this number.
    pub(crate) fn collect(&mut self, number: u32) {
        self.install_aggregator();
        self.admit_aggregator(number);
    }

    /// The ledger's gateway collects for an aggregator that nobody has admitted.
    pub(crate) fn install_aggregator(&mut self) {
        let key = AggregatorKey::generate(&mut Rng::system()).unwrap();
        std::fs::write(self.path("ledger/aggregator.key"), key.to_text().as_bytes()).unwrap();
        self.restart_ledger();
    }

    pub(crate) fn admit_aggregator(&self, number: u32) {
        let text = std::fs::read_to_string(self.path("ledger/aggregator.key")).unwrap();
        let key = AggregatorKey::parse(&text).unwrap();
        let set = SetAggregator { kind: Kind, aggregator: key.id(), key: Some(key.public_key()) };
        self.submit(&self.governance().act(number, set.into()).unwrap());
    }

    pub(crate) fn start_host(&mut self) {
        let (host, url) = self.host_in("host", &self.host_url);
        (self.host, self.host_url) = (Some(host), url);
    }

    /// A host in a folder of its own, and its URL.
    pub(crate) fn host_in(&self, folder: &str, url: &str) -> (Host, String) {
        let config = HostConfig {
            home: self.path(folder),
            listen: url.trim_start_matches("http://").parse::<SocketAddr>().unwrap().into(),
            public_url: None,
            ledger_url: self.ledger_url.parse().unwrap(),
            gateways: self.gateways.clone(),
            anchor: self.ledger.as_ref().unwrap().anchor().clone(),
            policy: TrustPolicy::DEMONSTRATION,
            blobs_url: None,
            registration: Registration::Open,
        };
        let host = Host::start(config, self.clock.function()).unwrap();
        let url = format!("http://{}", host.address());
        (host, url)
    }

    pub(crate) fn stop_host(&mut self) {
        self.host.take().unwrap().stop().unwrap();
    }

    pub(crate) fn anchor(&self) -> Vec<u8> {
        std::fs::read(self.path("ledger/anchor.json")).unwrap()
    }

    pub(crate) fn network(&self) -> Network<'_> {
        Network { transport: &self.wire, envelopes: &self.wire, policy: TrustPolicy::DEMONSTRATION }
    }

    pub(crate) fn governance(&self) -> GovernanceKey {
        GovernanceKey::parse(&std::fs::read_to_string(self.path("ledger/governance.key")).unwrap()).unwrap()
    }

    pub(crate) fn submit(&self, transaction: &SignedTransaction) {
        let answer = self.offer(transaction);
        assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    }

    /// Hands in a transaction that the ledger may refuse.
    pub(crate) fn offer(&self, transaction: &SignedTransaction) -> Response {
        let url = format!("{}/v1/tx", self.ledger_url);
        let request = Request::new(Method::Post, url).with_body(transaction.to_cbor());
        self.direct.send(request, Limits::CONFIGURED).unwrap()
    }

    pub(crate) fn admit(&self, provider: &Provider) {
        self.submit(&self.governance().admit(provider.card.clone()).unwrap());
    }

    /// Gives a provider that has the ledger's trust another signing key, by the one that it has.
    pub(crate) fn change_key(&self, provider: &Provider, next: &SigningKey) {
        let version = provider.card.card.version + 1;
        let card = Card { version, signing: next.public_key(), ..provider.card.card.clone() };
        let body = UpdateProvider { kind: Kind, card: card.sign(next).unwrap() };
        let signer = Signer::Provider(&provider.signing);
        self.submit(&SignedTransaction::sign(body, &self.governance().origin(), signer).unwrap());
    }

    /// Replaces a provider's card by governance alone, as when its key was lost.
    pub(crate) fn rekey(&self, card: SignedCard) {
        self.submit(&self.rekeyed(card));
    }

    /// What [`Parties::rekey`] hands in.
    pub(crate) fn rekeyed(&self, card: SignedCard) -> SignedTransaction {
        let file = std::fs::read_to_string(self.path("ledger/governance.key")).unwrap();
        let seed = file.split('"').map(str::to_owned).rfind(|part| part.len() == 64).unwrap();
        let mut bytes = [0; 32];
        hex::decode_to_slice(seed, &mut bytes).unwrap();
        let (key, origin) = (SigningKey::from_seed(&bytes), self.governance().origin());
        let body = UpdateProvider { kind: Kind, card };
        SignedTransaction::sign(body, &origin, Signer::Governance(&[&key])).unwrap()
    }

    /// Waits until the ledger proves that something lies under a key.
    pub(crate) fn await_proof(&self, key: &StateKey) {
        self.await_proved(key, |proved| proved.value.is_some());
    }

    /// Waits until the ledger proves what is wanted of a key.
    pub(crate) fn await_proved(&self, key: &StateKey, is_wanted: impl Fn(&Verified) -> bool) {
        let url = self.ledger_url.parse().unwrap();
        let gateway = Gateway::direct(&self.direct, &url);
        let trusted = self.ledger.as_ref().unwrap().anchor().trusted_state();
        let proved = || gateway.prove(key, &trusted, &TrustPolicy::DEMONSTRATION, &self.clock);
        let begun = Instant::now();
        while !proved().is_ok_and(|proved| is_wanted(&proved.verified)) {
            assert!(begun.elapsed() < Wait::from_secs(60), "the ledger proves nothing there");
            std::thread::sleep(Wait::from_millis(20));
        }
    }

    /// Waits until a block carries the time to which the clock was turned: block time lags behind.
    pub(crate) fn await_block_time(&self) {
        self.await_block_time_at(&self.ledger_url);
    }

    /// The same of the ledger at another address.
    pub(crate) fn await_block_time_at(&self, ledger_url: &str) {
        let url = ledger_url.parse().unwrap();
        let gateway = Gateway::direct(&self.direct, &url);
        let turned = self.clock.read();
        let begun = Instant::now();
        while gateway.status().unwrap().time < turned {
            assert!(begun.elapsed() < Wait::from_secs(60), "the ledger's time stands still");
            std::thread::sleep(Wait::from_millis(50));
        }
    }

    pub(crate) fn suspend(&self, provider: ProviderId) {
        self.submit(&self.governance().suspend(provider, 1).unwrap());
    }

    /// A provider that the ledger knows.
    pub(crate) fn provider(&self, of: u8, name: &str) -> Provider {
        self.provider_at(of, name, &self.host_url)
    }

    /// The same with its inbox at the host of this URL.
    pub(crate) fn provider_at(&self, of: u8, name: &str, inbox: &str) -> Provider {
        let provider = Provider::new(of, name, inbox);
        self.admit(&provider);
        self.await_proof(&StateKey::Provider(provider.id()));
        provider
    }

    /// The envelopes that lie in a provider's inbox.
    pub(crate) fn envelopes(&self, provider: &Provider) -> Vec<Envelope> {
        let mut request = Request::new(Method::Get, provider.card.card.inbox.clone());
        sign_request(&mut request, &provider.signing, self.clock.read(), &mut Rng::system()).unwrap();
        let answer = self.direct.send(request, Limits::CONFIGURED).unwrap();
        assert_eq!(answer.status, 200);
        let sealed = Blobs::from_cbor(&answer.body).unwrap().0;
        sealed.iter().map(|sealed| Envelope::open(&provider.keys(), sealed).unwrap()).collect()
    }

    /// What the host answers to a reader who asks for a grant's heads.
    pub(crate) fn read(&self, envelope: &Envelope) -> Response {
        let url = format!("{}/v1/grants/{}", self.host_url, envelope.terms.grant_id());
        let mut request = Request::new(Method::Get, url);
        sign_request(&mut request, &envelope.reader_key(), self.clock.read(), &mut Rng::system()).unwrap();
        self.direct.send(request, Limits::CONFIGURED).unwrap()
    }

    /// A wallet that is connected.
    pub(crate) fn wallet(&self) -> (Wallet, FreshAuthentication) {
        let (mut wallet, fresh) = create(&self.path("wallet"), &self.clock, 1);
        self.connect(&mut wallet, &fresh).unwrap();
        (wallet, fresh)
    }

    pub(crate) fn connect(
        &self,
        wallet: &mut Wallet,
        fresh: &FreshAuthentication,
    ) -> Result<(), WalletError> {
        let anchor = self.anchor();
        let servers = Servers { ledger_url: &self.ledger_url, host_url: &self.host_url, anchor: &anchor };
        wallet.connect(fresh, servers, None, self.network()).map(drop)
    }

    /// The wallet after the process that had it open has gone.
    pub(crate) fn reopen(&self) -> (Wallet, FreshAuthentication) {
        open(&self.path("wallet"), &self.clock)
    }

    pub(crate) fn sync(&self, wallet: &mut Wallet) -> SyncReport {
        self.try_sync(wallet).unwrap()
    }

    /// Syncs without waiting for the ledger to show anything.
    pub(crate) fn sync_once(&self, wallet: &mut Wallet) -> SyncReport {
        wallet.sync(SyncOptions::default(), self.network()).unwrap()
    }

    pub(crate) fn try_sync(&self, wallet: &mut Wallet) -> Result<SyncReport, WalletError> {
        wallet.sync(SyncOptions { wait: Wait::from_secs(15), anchor: false, heal: false }, self.network())
    }

    pub(crate) fn sync_anchor(&self, wallet: &mut Wallet) -> SyncReport {
        wallet
            .sync(SyncOptions { wait: Wait::from_secs(15), anchor: true, heal: false }, self.network())
            .unwrap()
    }

    pub(crate) fn grant(
        &self,
        wallet: &mut Wallet,
        fresh: &FreshAuthentication,
        provider: &Provider,
        scope: Scope,
    ) -> Result<GrantView, WalletError> {
        let request = GrantRequest {
            provider: ProviderName::Id(provider.id()),
            scope,
            purpose: Purpose::Treat,
            duration: Duration::days(30),
            about: Some(About { name: "Vivien Nolan".into(), birth_date: "1950-01-01".into() }),
            request: None,
        };
        wallet.grant(fresh, request, self.network())
    }
}

/// A record about the patient that says what it is in its code.
pub(crate) fn record(resource_type: &str, id: &str) -> Vec<u8> {
    let extra = r#""subject":{"reference":"Patient/p1"},"patient":{"reference":"Patient/p1"}"#;
    let code = format!(r#""code":{{"coding":[{{"system":"http://example.org/codes","code":"{id}"}}]}}"#);
    format!(r#"{{"resourceType":"{resource_type}","id":"{id}",{code},{extra}}}"#).into_bytes()
}

pub(crate) const PATIENT: &[u8] = br#"{"resourceType":"Patient","id":"p1","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1950-01-01"}"#;

pub(crate) fn categories(categories: &[Category]) -> Scope {
    Scope { categories: categories.to_vec(), ..Scope::default() }
}

pub(crate) fn create(home: &Path, clock: &SharedClock, of: u8) -> (Wallet, FreshAuthentication) {
    let (words, passphrase) = (super::setup::words(of), Passphrase::none());
    let (pin, device) = (super::setup::pin(), super::setup::device(home));
    Wallet::create(NewWallet {
        home,
        words: &words,
        passphrase: &passphrase,
        pin: &pin,
        device,
        clock: Box::new(clock.clone()),
        rng: Rng::system(),
    })
    .unwrap()
}

pub(crate) fn open(home: &Path, clock: &SharedClock) -> (Wallet, FreshAuthentication) {
    let device = super::setup::device(home);
    let mut wallet = Wallet::open(home, device, Box::new(clock.clone()), Rng::system()).unwrap();
    let fresh = wallet.unlock(&super::setup::pin()).unwrap();
    (wallet, fresh)
}

/// A grant's state by its name.
pub(crate) fn state(wallet: &Wallet, grant: GrantId) -> &'static str {
    wallet.grant_view(grant).unwrap().state.as_str()
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

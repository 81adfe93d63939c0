//! A ledger, a host and providers on loopback ports, and a wallet that speaks to them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration as Wait, Instant};

use keepwell_host::{Host, HostConfig};
use keepwell_ledger::{GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::{Gateway, HttpTransport, Limits, NetError, Transport};
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{
    EpochKey, HpkeSecretKey, Label, Rng, SigningKey, Suite, blob_id, provider_id,
};
use keepwell_protocol::domain::{
    BlobId, Category, Duration, GrantId, Object, ProviderId, Purpose, Scope, Timestamp,
};
use keepwell_protocol::formats::http::{Method, Request, Response, sign_request};
use keepwell_protocol::ledger::{
    Card, Kind, SignedCard, SignedTransaction, Signer, StateKey, TrustPolicy, UpdateProvider,
};
use keepwell_protocol::vault::{
    About, BlobIds, BlobRequest, Blobs, Commit, Envelope, GrantAnswer, GrantEntry, Head, LinkEntry, Moved,
    Packet, RecordBlob, SealedHead, Segment,
};
use keepwell_wallet::{
    Clock, FreshAuthentication, GrantRequest, GrantView, Network, ProviderName, Servers, SyncOptions,
    SyncReport, Wallet, WalletError,
};

/// A clock that every party shares: it runs, and tests turn it forward.
#[derive(Clone)]
pub(crate) struct SharedClock {
    begun: Instant,
    /// Milliseconds.
    turned: Arc<AtomicU64>,
    /// How many seconds the wallet's clock is ahead of that of the servers.
    ahead: Arc<AtomicI64>,
    /// Whoever waits by this clock turns it instead.
    is_turned_by_waiting: bool,
}

impl SharedClock {
    pub(crate) fn new() -> Self {
        let turned = Arc::new(AtomicU64::new(1_800_000_000_000));
        Self { begun: Instant::now(), turned, ahead: Arc::default(), is_turned_by_waiting: false }
    }

    /// A clock that waiting turns, so that hours of it take no time.
    pub(crate) fn turned_by_waiting() -> Self {
        Self { is_turned_by_waiting: true, ..Self::new() }
    }

    pub(crate) fn read(&self) -> Timestamp {
        Timestamp(self.passed().as_secs())
    }

    fn passed(&self) -> Wait {
        Wait::from_millis(self.turned.load(Ordering::SeqCst)) + self.begun.elapsed()
    }

    /// Sets the wallet's clock so many seconds ahead of that of the servers, or behind.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::SeqCst)
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.turned.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn back(&self, seconds: u64) {
        self.turned.fetch_sub(seconds * 1_000, Ordering::SeqCst);
    }

    fn function(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = self.clone();
        Arc::new(move || clock.read())
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.read().0.saturating_add_signed(self.ahead()))
    }

    fn monotonic(&self) -> Wait {
        self.passed()
    }

    fn sleep(&self, duration: Wait) {
        if self.is_turned_by_waiting {
            let milliseconds = u64::try_from(duration.as_millis()).unwrap();
            self.turned.fetch_add(milliseconds, Ordering::SeqCst);
            // The servers' threads have something to do meanwhile.
            std::thread::sleep(Wait::from_millis(2));
        } else {
            std::thread::sleep(duration);
        }
    }
}

/// What travelled over a [`Wire`].
#[derive(Default)]
pub(crate) struct Seen {
    /// Every grant entry that was ever committed, with its packet.
    pub(crate) entries: Vec<GrantEntry>,
    /// Every head that was ever committed.
    pub(crate) heads: Vec<SealedHead>,
    /// Every share link that a commit ever named.
    pub(crate) links: Vec<LinkEntry>,
    /// Every blob that was ever uploaded.
    pub(crate) blobs: Vec<Vec<u8>>,
    /// Every note of where the space has gone, and to whom.
    pub(crate) moved: Vec<(String, Moved)>,
    /// Bytes of requests to the host since the test last set it back.
    pub(crate) bytes_up: usize,
    /// Every blob that was asked for since then, in the order asked.
    pub(crate) asked: Vec<BlobId>,
}

/// Somebody between the wallet and its servers.
type Impostor = Box<dyn Fn(&Request) -> Option<Result<Response, NetError>> + Send>;

/// A transport that can be cut before or after any request, and that keeps what was sent.
pub(crate) struct Wire {
    inner: HttpTransport,
    /// Requests that still pass; negative: without limit.
    left: AtomicI64,
    /// When none are left: whether one more is carried out without an answer.
    loses_answer: AtomicI64,
    /// How long each request takes, there and back, by which clock.
    slow: Mutex<Option<(SharedClock, u64)>>,
    /// Answers in the place of a server, where it gives an answer.
    impostor: Mutex<Option<Impostor>>,
    pub(crate) seen: Mutex<Seen>,
    /// What becomes of an answer to a request before it arrives.
    change: Mutex<Option<Box<Change>>>,
}

/// Changes an answer, knowing what was asked.
pub(crate) type Change = dyn Fn(&Request, &mut Response) + Send;

impl Wire {
    /// Lets something in between change answers from now on.
    pub(crate) fn change(&self, change: impl Fn(&Request, &mut Response) + Send + 'static) {
        *self.change.lock().unwrap() = Some(Box::new(change));
    }

    /// Nothing changes answers any more.
    pub(crate) fn change_nothing(&self) {
        *self.change.lock().unwrap() = None;
    }

    /// Every blob that was asked for since the last time.
    pub(crate) fn take_asked(&self) -> Vec<BlobId> {
        std::mem::take(&mut self.seen.lock().unwrap().asked)
    }

    pub(crate) fn new() -> Self {
        Self {
            inner: HttpTransport::new().unwrap(),
            left: AtomicI64::new(-1),
            loses_answer: AtomicI64::new(0),
            slow: Mutex::default(),
            impostor: Mutex::default(),
            seen: Mutex::default(),
            change: Mutex::default(),
        }
    }

    /// Lets `requests` pass and then no more; with `lose_answer` the next one reaches the server, but
    /// its answer does not come back.
    pub(crate) fn cut_after(&self, requests: i64, lose_answer: bool) {
        self.left.store(requests, Ordering::SeqCst);
        self.loses_answer.store(i64::from(lose_answer), Ordering::SeqCst);
    }

    /// Makes each request take so many seconds, half of them on its way there.
    pub(crate) fn slow_down(&self, clock: &SharedClock, seconds: u64) {
        *self.slow.lock().unwrap() = Some((clock.clone(), seconds));
    }

    /// Lets somebody else answer what they answer.
    pub(crate) fn intrude(
        &self,
        impostor: impl Fn(&Request) -> Option<Result<Response, NetError>> + Send + 'static,
    ) {
        *self.impostor.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(impostor));
    }

    /// The servers answer for themselves again.
    pub(crate) fn leave(&self) {
        *self.impostor.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Half of the time that a request takes passes.
    fn pass(&self) {
        if let Some((clock, seconds)) = &*self.slow.lock().unwrap() {
            clock.forward(seconds / 2);
        }
    }

    pub(crate) fn mend(&self) {
        self.left.store(-1, Ordering::SeqCst);
    }

    pub(crate) fn note(&self, request: &Request) {
        let mut seen = self.seen.lock().unwrap();
        seen.bytes_up += request.body.len();
        if request.url.ends_with("/v1/space/commit") {
            let commit = Commit::from_cbor(&request.body).unwrap();
            seen.entries.extend(commit.grants_added);
            seen.heads.extend(commit.heads);
            seen.links.extend(commit.links);
        } else if let Some(host) = request.url.strip_suffix("/v1/space/moved") {
            seen.moved.push((host.to_owned(), Moved::from_cbor(&request.body).unwrap()));
        } else if request.url.ends_with("/v1/blobs") {
            let blobs = Blobs::from_cbor(&request.body).unwrap();
            seen.blobs.extend(blobs.0.into_iter().map(Vec::from));
        } else if request.url.ends_with("/v1/blobs/get") {
            seen.asked.extend(BlobIds::from_cbor(&request.body).unwrap().0);
        }
    }
}

impl Transport for Wire {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            if self.loses_answer.swap(0, Ordering::SeqCst) == 1 {
                self.note(&request);
                self.inner.send(request, limits)?;
            }
            return Err(NetError::ConnectionBroken);
        }
        if left > 0 {
            self.left.fetch_sub(1, Ordering::SeqCst);
        }
        let imposed = self
            .impostor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .and_then(|impostor| impostor(&request));
        if let Some(answer) = imposed {
            return answer;
        }
        self.note(&request);
        self.pass();
        let asked = request.clone();
        let mut answer = self.inner.send(request, limits);
        if let (Ok(answer), Some(change)) = (&mut answer, &*self.change.lock().unwrap()) {
            change(&asked, answer);
        }
        self.pass();
        answer
    }
}

/// A provider with its keys, without a clinic around it.
pub(crate) struct Provider {
    pub(crate) signing: SigningKey,
    pub(crate) hpke: HpkeSecretKey,
    pub(crate) card: SignedCard,
}

impl Provider {
    pub(crate) fn new(of: u8, name: &str, host: &str) -> Self {
        Self::with_suite(of, name, host, Suite::XWing)
    }

    pub(crate) fn with_suite(of: u8, name: &str, host: &str, suite: Suite) -> Self {
        let signing = SigningKey::from_seed(&[of; 32]);
        let hpke = HpkeSecretKey::generate(suite, &mut Rng::seeded(of.into())).unwrap();
        let provider = provider_id(&signing.public_key());
        let card = Card {
            provider,
            version: 1,
            name: name.to_owned(),
            place: "Ulm".to_owned(),
            signing: signing.public_key(),
            keys: vec![hpke.public_key().clone()],
            inbox: format!("{host}/v1/inbox/{provider}"),
        };
        let card = card.sign(&signing).unwrap();
        Self { signing, hpke, card }
    }

    pub(crate) fn id(&self) -> ProviderId {
        self.card.card.provider
    }

    pub(crate) fn keys(&self) -> Vec<HpkeSecretKey> {
        vec![HpkeSecretKey::from_bytes(self.hpke.public_key().suite(), self.hpke.expose()).unwrap()]
    }
}

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
            direct: HttpTransport::new().unwrap(),
        };
        parties.start_ledger();
        parties.start_host();
        parties
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn start_ledger(&mut self) {
        let listen = self.ledger_url.trim_start_matches("http://").parse().unwrap();
        let config = LedgerConfig { home: self.path("ledger"), listen };
        let ledger = Ledger::start_with_heartbeat(&config, self.clock.function(), self.heartbeat).unwrap();
        self.ledger_url = format!("http://{}", ledger.address());
        self.ledger = Some(ledger);
    }

    pub(crate) fn start_host(&mut self) {
        let (host, url) = self.host_in("host", &self.host_url);
        (self.host, self.host_url) = (Some(host), url);
    }

    /// A host in a folder of its own, and its URL.
    pub(crate) fn host_in(&self, folder: &str, url: &str) -> (Host, String) {
        let config = HostConfig {
            home: self.path(folder),
            listen: url.trim_start_matches("http://").parse().unwrap(),
            public_url: None,
            ledger_url: self.ledger_url.parse().unwrap(),
            anchor: self.ledger.as_ref().unwrap().anchor().clone(),
            policy: TrustPolicy::DEMONSTRATION,
            blobs_url: None,
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
        let url = self.ledger_url.parse().unwrap();
        let gateway = Gateway::direct(&self.direct, &url);
        let trusted = self.ledger.as_ref().unwrap().anchor().trusted_state();
        let proved = || gateway.prove(key, &trusted, &TrustPolicy::DEMONSTRATION, &self.clock);
        let begun = Instant::now();
        while !proved().is_ok_and(|proved| proved.verified.value.is_some()) {
            assert!(begun.elapsed() < Wait::from_secs(20), "the ledger proves nothing there");
            std::thread::sleep(Wait::from_millis(20));
        }
    }

    /// Waits until a block carries the time to which the clock was turned: block time lags behind.
    pub(crate) fn await_block_time(&self) {
        let url = self.ledger_url.parse().unwrap();
        let gateway = Gateway::direct(&self.direct, &url);
        let turned = self.clock.read();
        let begun = Instant::now();
        while gateway.status().unwrap().time < turned {
            assert!(begun.elapsed() < Wait::from_secs(20), "the ledger's time stands still");
            std::thread::sleep(Wait::from_millis(50));
        }
    }

    pub(crate) fn suspend(&self, provider: ProviderId) {
        self.submit(&self.governance().suspend(provider).unwrap());
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
        wallet.connect(fresh, servers, self.network()).map(drop)
    }

    /// The wallet after the process that had it open has gone.
    pub(crate) fn reopen(&self) -> (Wallet, FreshAuthentication) {
        open(&self.path("wallet"), &self.clock)
    }

    pub(crate) fn sync(&self, wallet: &mut Wallet) -> SyncReport {
        self.try_sync(wallet).unwrap()
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
    Wallet::create(home, &words, &passphrase, &pin, device, Box::new(clock.clone()), Rng::system()).unwrap()
}

pub(crate) fn open(home: &Path, clock: &SharedClock) -> (Wallet, FreshAuthentication) {
    let device = super::setup::device(home);
    let mut wallet = Wallet::open(home, device, Box::new(clock.clone()), Rng::system()).unwrap();
    let fresh = wallet.unlock(&super::setup::pin()).unwrap();
    (wallet, fresh)
}

impl Parties {
    /// The bytes of every record that the host serves a provider under its grants now, fetched from there; a
    /// later entry for a version replaces an earlier one.
    pub(crate) fn openable_now(&self, provider: &Provider) -> BTreeSet<Vec<u8>> {
        let mut records = BTreeSet::new();
        for envelope in self.envelopes(provider) {
            let answer = self.read(&envelope);
            assert_eq!(answer.status, 200, "{answer:?}");
            let answer = GrantAnswer::from_cbor(&answer.body).unwrap();
            let packet = Packet::open(&provider.keys(), envelope.terms.grant_id(), &answer.packet).unwrap();
            let mut entries = BTreeMap::new();
            for sealed in &answer.heads {
                let key = packet.0.iter().find(|key| key.compartment == sealed.compartment).unwrap();
                for segment in open_unsigned(sealed, &key.key).unwrap().segments {
                    let bytes = self.fetch_blob(&envelope, segment.blob);
                    for entry in Segment::open(sealed.compartment, &segment.key, &bytes).unwrap().0 {
                        entries.insert((entry.record, entry.version), entry);
                    }
                }
            }
            for entry in entries.into_values() {
                let bytes = self.fetch_blob(&envelope, entry.blob);
                records.insert(RecordBlob::open(&entry.key, &bytes).unwrap().bytes);
            }
        }
        records
    }

    fn fetch_blob(&self, envelope: &Envelope, blob: BlobId) -> Vec<u8> {
        let url = format!("{}/v1/grants/{}/blobs", self.host_url, envelope.terms.grant_id());
        let body = BlobRequest { blobs: vec![blob], receipt: Vec::new() }.to_cbor();
        let mut request = Request::new(Method::Post, url).with_body(body);
        sign_request(&mut request, &envelope.reader_key(), self.clock.read(), &mut Rng::system()).unwrap();
        let answer = HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        Vec::from(Blobs::from_cbor(&answer.body).unwrap().0.pop().unwrap())
    }

    /// The bytes of every record that a provider can open with everything it was ever sent.
    pub(crate) fn openable(&self, provider: &Provider) -> BTreeSet<Vec<u8>> {
        let seen = self.wire.seen.lock().unwrap();
        let blobs: BTreeMap<BlobId, &Vec<u8>> = seen.blobs.iter().map(|blob| (blob_id(blob), blob)).collect();
        let mut keys = Vec::new();
        for entry in &seen.entries {
            if let Ok(packet) = Packet::open(&provider.keys(), entry.grant, &entry.packet) {
                keys.extend(packet.0);
            }
        }
        let mut records = BTreeSet::new();
        for sealed in &seen.heads {
            for key in keys.iter().filter(|key| key.compartment == sealed.compartment) {
                let Some(head) = open_unsigned(sealed, &key.key) else { continue };
                for segment in head.segments {
                    let entries =
                        Segment::open(sealed.compartment, &segment.key, blobs[&segment.blob]).unwrap();
                    for entry in entries.0 {
                        records.insert(RecordBlob::open(&entry.key, blobs[&entry.blob]).unwrap().bytes);
                    }
                }
            }
        }
        records
    }
}

/// Opens a head by its key alone, as somebody would who does not care who signed it.
pub(crate) fn open_unsigned(sealed: &SealedHead, key: &EpochKey) -> Option<Head> {
    let context = [
        sealed.compartment.as_bytes().as_slice(),
        &sealed.epoch.to_be_bytes(),
        &sealed.version.to_be_bytes(),
    ]
    .concat();
    let head = keepwell_protocol::crypto::open(key.expose(), Label::Head, &context, &sealed.sealed).ok()?;
    Head::from_cbor(&head).ok()
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

//! A host on a loopback port, and clients that sign.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keepwell_host::{Clock, Host, HostConfig, HostError, Registration};
use keepwell_net::{HttpTransport, Limits, Transport};
use keepwell_protocol::crypto::{Rng, Signature, SigningKey};
use keepwell_protocol::domain::{BlobId, CompartmentId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, Response, sign_request};
use keepwell_protocol::ledger::{Genesis, TrustAnchor, TrustPolicy};
use keepwell_protocol::vault::{
    BlobIds, Blobs, Commit, CommitTaken, ErrorBody, References, SealedHead, SpaceOpened, SpaceView,
};
use url::Url;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);

/// A clock that stands until it is moved.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<AtomicU64>);

impl HandClock {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(now.0)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn set(&self, time: Timestamp) {
        self.0.store(time.0, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

/// A ledger that nobody serves.
pub(crate) fn no_ledger() -> (Url, TrustAnchor) {
    let anchor = TrustAnchor {
        format: TrustAnchor::FORMAT,
        genesis: Genesis {
            chain_id: "embedded-none".into(),
            initial_time: NOW.0,
            validators: Vec::new(),
            app_state: String::new(),
        },
        height: 1,
        header_hash: [0; 32],
        time: NOW.0,
        validators: Vec::new(),
        trusting_period: TrustAnchor::TRUSTING_PERIOD.0,
    };
    (Url::parse("http://127.0.0.1:9/").unwrap(), anchor)
}

/// How a host in `home` is set up that listens at `listen`.
pub(crate) fn config(home: &Path, listen: &str, (ledger_url, anchor): (Url, TrustAnchor)) -> HostConfig {
    HostConfig {
        home: home.to_owned(),
        listen: listen.parse::<std::net::SocketAddr>().unwrap().into(),
        public_url: None,
        ledger_url,
        gateways: Vec::new(),
        anchor,
        policy: TrustPolicy::DEMONSTRATION,
        blobs_url: None,
        registration: Registration::Open,
    }
}

/// A host without a ledger.
pub(crate) fn start(home: &Path, clock: &HandClock) -> Host {
    for _ in 0..1_000 {
        match Host::start(config(home, "127.0.0.1:0", no_ledger()), clock.clock()) {
            // A process that another test starts has our locks too until it runs its own program.
            Err(HostError::Busy) => std::thread::sleep(std::time::Duration::from_millis(10)),
            started => return started.unwrap(),
        }
    }
    panic!("the home stays taken");
}

/// Somebody with a key, or without one, who talks to a host.
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) key: SigningKey,
    pub(crate) clock: HandClock,
    transport: HttpTransport,
}

impl Client {
    pub(crate) fn new(address: std::net::SocketAddr, key: SigningKey, clock: &HandClock) -> Self {
        Self {
            url: format!("http://{address}"),
            key,
            clock: clock.clone(),
            transport: HttpTransport::new().unwrap(),
        }
    }

    pub(crate) fn generate(host: &Host, clock: &HandClock) -> Self {
        Self::new(host.address(), SigningKey::generate(&mut Rng::system()).unwrap(), clock)
    }

    /// The same with a transport that knows of no pause that a host asked for.
    pub(crate) fn renewed(&self) -> Self {
        let transport = HttpTransport::new().unwrap();
        Self { url: self.url.clone(), key: self.key.duplicate(), clock: self.clock.clone(), transport }
    }

    pub(crate) fn signed(&self, method: Method, path: &str, body: Vec<u8>) -> Request {
        let mut request = Request::new(method, format!("{}{path}", self.url)).with_body(body);
        sign_request(&mut request, &self.key, self.clock.now(), &mut Rng::system()).unwrap();
        request
    }

    pub(crate) fn try_send(&self, request: Request) -> Result<Response, keepwell_net::NetError> {
        self.transport.send(request, Limits { max_body: 80_000_000, ..Limits::CONFIGURED })
    }

    pub(crate) fn send(&self, request: Request) -> Response {
        self.try_send(request).unwrap()
    }

    pub(crate) fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Response {
        self.send(self.signed(method, path, body))
    }

    /// Without a signature.
    pub(crate) fn plain(&self, method: Method, path: &str, body: Vec<u8>) -> Response {
        self.send(Request::new(method, format!("{}{path}", self.url)).with_body(body))
    }

    pub(crate) fn open_space(&self) {
        let answer = self.call(Method::Put, "/v1/space", Vec::new());
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/cbor")));
        SpaceOpened::from_cbor(&answer.body).unwrap();
    }

    pub(crate) fn space(&self) -> SpaceView {
        let answer = self.call(Method::Get, "/v1/space", Vec::new());
        assert_eq!(answer.status, 200);
        SpaceView::from_cbor(&answer.body).unwrap()
    }

    pub(crate) fn put_blobs(&self, blobs: &[&[u8]]) -> Vec<BlobId> {
        let body = Blobs(blobs.iter().map(|blob| blob.to_vec().into()).collect()).to_cbor();
        let answer = self.call(Method::Post, "/v1/blobs", body);
        assert_eq!(answer.status, 200);
        BlobIds::from_cbor(&answer.body).unwrap().0
    }

    pub(crate) fn blobs(&self, ids: &[BlobId]) -> Result<Vec<Vec<u8>>, (u16, ErrorBody)> {
        let answer = self.call(Method::Post, "/v1/blobs/get", BlobIds(ids.to_vec()).to_cbor());
        if answer.status == 200 {
            Ok(Blobs::from_cbor(&answer.body).unwrap().0.into_iter().map(Vec::from).collect())
        } else {
            Err(refusal(&answer))
        }
    }

    pub(crate) fn commit(&self, commit: &Commit) -> Result<(), (u16, ErrorBody)> {
        let answer = self.call(Method::Post, "/v1/space/commit", commit.to_cbor());
        if answer.status != 200 {
            return Err(refusal(&answer));
        }
        assert_eq!(answer.header("content-type"), Some("application/cbor"));
        assert_eq!(CommitTaken::from_cbor(&answer.body).unwrap(), CommitTaken::of(commit, &commit.to_cbor()));
        Ok(())
    }
}

/// Holds that the database of a stopped host counts what lies in it.
pub(crate) fn assert_counted(home: &Path) {
    let database = rusqlite::Connection::open(home.join("host.sqlite")).unwrap();
    let all = "SELECT state_bytes, stored_bytes FROM spaces WHERE space = 1";
    let counted: (i64, i64) = database.query_row(all, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let sum = |query: &str| database.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    let state = sum("SELECT coalesce(sum(length(head)), 0) FROM compartments WHERE space = 1")
        + sum("SELECT coalesce(sum(length(entry)), 0) FROM grants WHERE space = 1");
    let stored = state
        + sum("SELECT coalesce(sum(128 + bytes), 0) FROM blobs WHERE space = 1")
        + 64 * sum("SELECT count(*) FROM blob_references JOIN blobs USING (blob) WHERE space = 1")
        + sum(
            "SELECT coalesce(sum(length(content)), 0) FROM link_contents JOIN links USING (link) WHERE space = 1",
        );
    assert_eq!(counted, (state, stored));
}

pub(crate) fn refusal(answer: &Response) -> (u16, ErrorBody) {
    (answer.status, ErrorBody::from_cbor(&answer.body).unwrap())
}

/// The status and code of a refusal.
pub(crate) fn code(answer: &Response) -> (u16, String) {
    let (status, body) = refusal(answer);
    (status, body.code)
}

pub(crate) fn compartment(number: u8) -> CompartmentId {
    CompartmentId::from_bytes([number; 16])
}

pub(crate) fn head(number: u8, version: u64) -> SealedHead {
    SealedHead {
        compartment: compartment(number),
        epoch: 0,
        version,
        sealed: format!("sealed head {version}").into_bytes(),
        signature: Signature::from_bytes([number; 64]),
        owner_wrap: vec![number],
    }
}

pub(crate) fn references(number: u8, blobs: &[BlobId]) -> References {
    References { compartment: compartment(number), blobs: blobs.to_vec() }
}

/// A commit with nothing but a head for compartment 0.
pub(crate) fn commit(version: u64) -> Commit {
    Commit::new(version, vec![head(0, version)])
}

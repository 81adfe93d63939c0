//! Every request of the wallet before somebody who answers in the server's place, or says something else
//! than what was asked.

use std::sync::Mutex;

use keepwell_net::{Gateway, Limits, NetError, Reach, Transport};
use keepwell_protocol::crypto::{self, Rng, SigningKey};
use keepwell_protocol::domain::{
    BlobId, Commitment, CompartmentId, Day, LinkId, Object, Origin, Slot, Timestamp, TxId,
};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::{FakeLedger, Grant, Kind, SignedTransaction, Signer, StateKey, TrustPolicy};
use keepwell_protocol::vault::{
    BlobIds, Blobs, CommitTaken, ErrorBody, LinkAction, LinkChanged, LinkState, LogPage, Moved, SpaceOpened,
    SpaceView, Submitted, SubmittedBatch,
};

use super::{HostClient, RemoteError, post_envelope};

const NOW: Timestamp = Timestamp(1_800_000_000);

/// Answers everything alike.
struct Stub {
    answer: Response,
    asked: Mutex<Vec<Request>>,
}

impl Transport for Stub {
    fn send(&self, request: Request, _: Limits) -> Result<Response, NetError> {
        self.asked.lock().unwrap().push(request);
        Ok(self.answer.clone())
    }
}

fn stub(status: u16, headers: &[(&str, &str)], body: Vec<u8>) -> Stub {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Stub { answer: Response { status, headers, body }, asked: Mutex::default() }
}

fn cbor(object: &impl Object) -> Stub {
    stub(200, &[("content-type", "application/cbor")], object.to_cbor())
}

fn owner() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn with_host<T>(stub: &Stub, ask: impl FnOnce(&HostClient<'_>, &mut Rng) -> T) -> T {
    let owner = owner();
    ask(&HostClient::new(stub, "https://host.example/", &owner, &NOW), &mut Rng::seeded(1))
}

const LINK: LinkId = LinkId::from_bytes([9; 16]);
const COMPARTMENT: CompartmentId = CompartmentId::from_bytes([5; 16]);
const COMMIT: &[u8] = b"a commit";
const ENVELOPE: &[u8] = b"an envelope";

fn blobs() -> Blobs {
    Blobs(vec![vec![1].into(), vec![2].into()])
}

fn ids() -> Vec<BlobId> {
    blobs().0.iter().map(|blob| crypto::blob_id(blob)).collect()
}

fn moved() -> Moved {
    Moved::sign("https://new.example".into(), 7, NOW, &owner())
}

fn origin() -> Origin {
    Origin::from_bytes([8; 32])
}

fn transaction() -> SignedTransaction {
    let (root, origin) = (owner(), origin());
    let body = Grant {
        kind: Kind,
        account: crypto::account_id(&origin, &root.public_key()),
        number: 1,
        slot: Slot::from_bytes([3; 32]),
        commitment: Commitment::from_bytes([4; 32]),
        not_after: Day(20_900),
        valid_until: NOW,
    };
    SignedTransaction::sign(body, &origin, Signer::Root(&root)).unwrap()
}

fn submit(stub: &Stub) -> Result<(), RemoteError> {
    let gateway = Gateway::direct(stub, &"https://gateway.example".parse().unwrap());
    Ok(gateway.submit(&transaction().to_cbor(), &origin()).map(drop)?)
}

fn submit_batch(stub: &Stub) -> Result<(), RemoteError> {
    let gateway = Gateway::through_host(stub, &"https://host.example".parse().unwrap());
    Ok(gateway.submit_batch(&[transaction().to_cbor()], &origin()).map(drop)?)
}

fn envelope(stub: &Stub) -> Result<(), RemoteError> {
    post_envelope(stub, "https://inbox.example/v1/inbox/x", ENVELOPE.to_vec(), Reach::Foreign)
}

type Action = (&'static str, fn(&Stub) -> Result<(), RemoteError>);

/// Everything that has something done and believes it by its acknowledgement.
const ACTIONS: [Action; 11] = [
    ("open", |stub| with_host(stub, |host, rng| host.open_space(None, rng).map(drop))),
    ("commit", |stub| with_host(stub, |host, rng| host.commit(7, COMMIT, rng))),
    ("blobs", |stub| with_host(stub, |host, rng| host.put_blobs(&blobs(), rng))),
    ("link", |stub| with_host(stub, |host, rng| host.put_link(LINK, vec![1], rng))),
    ("pause", |stub| with_host(stub, |host, rng| host.change_link(LINK, LinkAction::Pause, rng))),
    ("resume", |stub| with_host(stub, |host, rng| host.change_link(LINK, LinkAction::Resume, rng))),
    ("revoke", |stub| with_host(stub, |host, rng| host.change_link(LINK, LinkAction::Revoke, rng))),
    ("moved", |stub| with_host(stub, |host, rng| host.put_moved(&moved(), rng))),
    ("envelope", envelope),
    ("transaction", submit),
    ("transactions", submit_batch),
];

/// Everything that only asks.
const QUESTIONS: [Action; 8] = [
    ("space", |stub| with_host(stub, |host, rng| host.space(rng).map(drop))),
    ("head", |stub| with_host(stub, |host, rng| host.space_head(COMPARTMENT, rng).map(drop))),
    ("missing", |stub| with_host(stub, |host, rng| host.missing_blobs(&ids(), rng).map(drop))),
    ("fetch", |stub| with_host(stub, |host, rng| host.fetch_blobs(&ids(), rng).map(drop))),
    ("log", |stub| with_host(stub, |host, rng| host.log(0, rng).map(drop))),
    ("proof", |stub| prove(stub, false)),
    ("proofs", |stub| prove(stub, true)),
    ("status", |stub| {
        let gateway = Gateway::direct(stub, &"https://gateway.example".parse().unwrap());
        Ok(gateway.status().map(drop)?)
    }),
];

fn prove(stub: &Stub, batch: bool) -> Result<(), RemoteError> {
    let gateway = Gateway::through_host(stub, &"https://host.example".parse().unwrap());
    let trusted = FakeLedger::new("keepwell-1", &[1], NOW).anchor().trusted_state();
    let (key, policy) = (StateKey::Governance, TrustPolicy::DEMONSTRATION);
    if batch {
        gateway.prove_batch(&[key], &trusted, &policy, &NOW)?;
    } else {
        gateway.prove(&key, &trusted, &policy, &NOW)?;
    }
    Ok(())
}

#[test]
fn a_portal_in_between_is_no_answer_to_any_request() {
    let page = b"<html>Welcome to the hotel</html>".to_vec();
    for (name, ask) in ACTIONS.into_iter().chain(QUESTIONS) {
        for (portal, at) in [
            (stub(200, &[("content-type", "text/html")], page.clone()), "a page"),
            (stub(202, &[("content-type", "text/html")], Vec::new()), "an accepted page"),
            (stub(204, &[], Vec::new()), "no content"),
            (stub(200, &[("content-type", "application/cbor")], page.clone()), "a page that says it is none"),
        ] {
            let error = ask(&portal).unwrap_err();
            let code = error.code();
            let unread = ["AnswerMalformed", "ProofMalformed"].contains(&code);
            assert!(unread, "{name}, {at}: {code}");
            assert!(
                code == "ProofMalformed" || error.is_temporary(),
                "{name}, {at}: what was to be done stays queued"
            );
            assert_eq!(portal.asked.lock().unwrap().len(), 1);
        }
    }
}

#[test]
fn a_host_of_0_1_0_is_told_to_be_updated() {
    let silent = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")];
    for (name, ask) in ACTIONS {
        let error = ask(&stub(204, &silent, Vec::new())).unwrap_err();
        assert_eq!((error.code(), error.is_temporary()), ("ServerTooOld", false), "{name}");
    }
    // It shows the whole space to whoever asks for one head.
    let other = keepwell_protocol::vault::SealedHead {
        compartment: CompartmentId::from_bytes([6; 16]),
        epoch: 0,
        version: 1,
        sealed: Vec::new(),
        signature: keepwell_protocol::crypto::Signature::from_bytes([0; 64]),
        owner_wrap: Vec::new(),
    };
    let whole = view(vec![other]);
    let error = with_host(&cbor(&whole), |host, rng| host.space_head(COMPARTMENT, rng)).unwrap_err();
    assert_eq!(error.code(), "ServerTooOld");
}

fn view(heads: Vec<keepwell_protocol::vault::SealedHead>) -> SpaceView {
    SpaceView { version: 7, heads, grants: Vec::new(), links: Vec::new(), moved_to: None }
}

fn changed(id: LinkId, state: LinkState) -> Stub {
    cbor(&LinkChanged { id, state })
}

#[test]
fn an_acknowledgement_of_something_else_is_none() {
    let hash = crypto::sha256(COMMIT);
    let id = transaction().id(&origin());
    let other = TxId::from_bytes([1; 32]);
    let refusal = |code: &str| {
        Submitted::Refused(ErrorBody { code: code.into(), sentence: "x".into(), bundle: None, version: None })
    };
    let taken = |said: &[Submitted]| cbor(&SubmittedBatch(said.to_vec()));
    let other_link = LinkId::from_bytes([8; 16]);
    use LinkState::{Active, Paused, Revoked, Waiting};
    let cases: Vec<(&str, Stub, Vec<Stub>)> = vec![
        ("open", cbor(&SpaceOpened { version: 3 }), vec![]),
        (
            "commit",
            cbor(&CommitTaken { version: 7, hash }),
            vec![cbor(&CommitTaken { version: 8, hash }), cbor(&CommitTaken { version: 7, hash: [0; 32] })],
        ),
        (
            "blobs",
            cbor(&BlobIds(ids())),
            vec![
                cbor(&BlobIds(Vec::new())),
                cbor(&BlobIds(ids()[..1].to_vec())),
                cbor(&BlobIds(ids().into_iter().rev().collect())),
            ],
        ),
        ("link", changed(LINK, Waiting), vec![changed(other_link, Waiting), changed(LINK, Revoked)]),
        (
            "pause",
            changed(LINK, Paused),
            vec![changed(LINK, Active), changed(LINK, Revoked), changed(other_link, Paused)],
        ),
        ("resume", changed(LINK, Active), vec![changed(LINK, Paused), changed(LINK, Revoked)]),
        (
            "revoke",
            changed(LINK, Revoked),
            vec![changed(LINK, Active), changed(LINK, Paused), changed(other_link, Revoked)],
        ),
        ("moved", cbor(&moved()), vec![cbor(&Moved::sign("https://x.example".into(), 7, NOW, &owner()))]),
        ("envelope", cbor(&crypto::blob_id(ENVELOPE)), vec![cbor(&crypto::blob_id(b"another"))]),
        ("transaction", cbor(&id), vec![cbor(&other)]),
        (
            "transactions",
            taken(&[Submitted::Taken(id)]),
            vec![
                taken(&[Submitted::Taken(other)]),
                taken(&[]),
                taken(&[Submitted::Taken(id), Submitted::Taken(id)]),
                taken(&[refusal("not a code")]),
            ],
        ),
    ];
    for ((name, ask), (case, right, wrong)) in ACTIONS.into_iter().zip(cases) {
        assert_eq!(name, case);
        ask(&right).unwrap_or_else(|error| panic!("{name}: {error}"));
        for (number, wrong) in wrong.into_iter().enumerate() {
            assert_eq!(ask(&wrong).unwrap_err().code(), "AnswerMalformed", "{name}, {number}");
        }
    }
}

#[test]
fn what_is_missing_is_among_what_was_asked_and_in_its_order() {
    let ask =
        |said: Vec<BlobId>| with_host(&cbor(&BlobIds(said)), |host, rng| host.missing_blobs(&ids(), rng));
    for said in [Vec::new(), ids(), ids()[..1].to_vec(), ids()[1..].to_vec()] {
        assert_eq!(ask(said.clone()).unwrap(), said);
    }
    let twice = [ids(), ids()].concat();
    for said in [vec![BlobId::from_bytes([0; 32])], ids().into_iter().rev().collect(), twice] {
        assert_eq!(ask(said).unwrap_err().code(), "AnswerMalformed");
    }
    // A host that would have to read too much is asked for half.
    let full = ErrorBody {
        code: "RequestTooLarge".into(),
        sentence: "the request is too large".into(),
        bundle: None,
        version: None,
    };
    let full = stub(413, &[("content-type", "application/cbor")], full.to_cbor());
    assert!(with_host(&full, |host, rng| host.missing_blobs(&ids(), rng)).is_err());
    let lengths: Vec<_> = full
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|request| BlobIds::from_cbor(&request.body).unwrap().0.len())
        .collect();
    assert_eq!(lengths, [2, 1], "a single blob that is too much is an error");
}

#[test]
fn questions_are_answered_by_their_objects() {
    let page = LogPage { entries: Vec::new(), more: false };
    assert_eq!(with_host(&cbor(&page), |host, rng| host.log(0, rng)).unwrap(), page);
    let found = with_host(&cbor(&view(Vec::new())), |host, rng| host.space_head(COMPARTMENT, rng));
    assert_eq!(found.unwrap().version, 7);
    let fetched = with_host(&cbor(&blobs()), |host, rng| host.fetch_blobs(&ids(), rng)).unwrap();
    assert_eq!(fetched, [vec![1], vec![2]]);
}

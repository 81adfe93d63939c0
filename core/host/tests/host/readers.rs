//! What a reader gets under a grant that a real ledger proves, and what everybody else gets.

use keepwell_protocol::crypto::{self, Rng, SigningKey};
use keepwell_protocol::domain::{BlobId, Duration, GrantId, Object, Timestamp};
use keepwell_protocol::formats::http::{Method, Response};
use keepwell_protocol::ledger::{GrantStatus, StateKey, TrustPolicy, verify};
use keepwell_protocol::vault::{BlobRequest, Blobs, Commit, GrantAnswer, GrantEntry, LogEvent, LogPage};

use crate::support::{Client, code, commit, compartment, head, references, refusal};
use crate::time::send_slowly;
use crate::world::{Patient, World};

/// A space with two compartments, the first of which is granted.
struct Shared {
    world: World,
    owner: Client,
    patient: Patient,
    reader: Client,
    granted: Vec<BlobId>,
    withheld: Vec<BlobId>,
}

impl Shared {
    /// Everything committed at the host, nothing on the ledger yet.
    fn pending() -> Self {
        let world = World::start();
        let owner = world.client(SigningKey::from_seed(&[1; 32]));
        owner.open_space();
        let granted = owner.put_blobs(&[b"allergy", b"medication"]);
        let withheld = owner.put_blobs(&[b"something else"]);
        let reader = world.client(SigningKey::from_seed(&[2; 32]));
        let patient = world.patient(3, &reader.key);
        let first = Commit {
            heads: vec![head(0, 1), head(1, 1), head(2, 1)],
            grants_added: vec![entry(&world, &patient)],
            references_added: vec![references(1, &granted), references(2, &withheld)],
            ..commit(1)
        };
        owner.commit(&first).unwrap();
        Self { world, owner, patient, reader, granted, withheld }
    }

    fn in_force() -> Self {
        let it = Self::pending();
        it.world.grant(&it.patient, 30);
        it
    }

    fn read(&self) -> Response {
        read(&self.reader, self.patient.grant)
    }

    fn ask_blobs(&self, reader: &Client, blobs: &[BlobId]) -> Response {
        let body = BlobRequest { blobs: blobs.to_vec(), receipt: b"sealed receipt".to_vec() }.to_cbor();
        reader.call(Method::Post, &format!("/v1/grants/{}/blobs", self.patient.grant), body)
    }

    fn log(&self) -> Vec<LogEvent> {
        let answer = self.owner.call(Method::Get, "/v1/log", Vec::new());
        let page = LogPage::from_cbor(&answer.body).unwrap();
        assert!(page.entries.iter().zip(1..).all(|(entry, sequence)| entry.sequence == sequence));
        page.entries.into_iter().map(|entry| entry.event).collect()
    }

    /// The status, code and proof of a refused read.
    fn refused(&self) -> (u16, String, Option<Vec<u8>>) {
        let (status, body) = refusal(&self.read());
        (status, body.code, body.bundle.map(Vec::from))
    }
}

fn entry(world: &World, patient: &Patient) -> GrantEntry {
    GrantEntry {
        grant: patient.grant,
        slot: patient.slot,
        compartments: vec![compartment(1)],
        not_after: Timestamp(world.clock.now().0 + 20 * 86_400),
        max_staleness: Duration::minutes(15),
        packet: b"sealed packet".to_vec(),
    }
}

fn read(reader: &Client, grant: GrantId) -> Response {
    reader.call(Method::Get, &format!("/v1/grants/{grant}"), Vec::new())
}

fn seen(answer: &Response) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "date" && name != "x-request-id");
    headers.sort();
    (answer.status, headers, answer.body.clone())
}

#[test]
fn a_reader_gets_heads_packet_proof_and_the_blobs_below_them_and_no_others() {
    let it = Shared::in_force();
    let answer = it.read();
    assert_eq!(answer.status, 200);
    let answer = GrantAnswer::from_cbor(&answer.body).unwrap();
    assert_eq!((answer.heads, answer.packet.as_slice()), (vec![head(1, 1)], b"sealed packet".as_slice()));
    let verified = verify(
        &answer.bundle,
        &StateKey::Grant(it.patient.grant),
        &it.world.anchor().trusted_state(),
        &TrustPolicy::DEMONSTRATION,
        it.world.clock.now(),
    )
    .unwrap();
    let record = verified.grant().unwrap().unwrap();
    assert_eq!((record.status, record.slot), (GrantStatus::Active, Some(it.patient.slot)));

    let blobs = Blobs::from_cbor(&it.ask_blobs(&it.reader, &it.granted).body).unwrap().0;
    assert_eq!(
        blobs.into_iter().map(Vec::from).collect::<Vec<_>>(),
        [b"allergy".to_vec(), b"medication".to_vec()]
    );
    let nothing = seen(&it.ask_blobs(&it.reader, &[BlobId::from_bytes([9; 32])]));
    assert_eq!(nothing.0, 404);
    assert_eq!(seen(&it.ask_blobs(&it.reader, &it.withheld)), nothing, "of another compartment");
    assert_eq!(seen(&it.ask_blobs(&it.reader, &[it.granted[0], it.withheld[0]])), nothing, "one of two");
    assert_eq!(code(&it.ask_blobs(&it.reader, &vec![it.granted[0]; 1_001])), (413, "RequestTooLarge".into()));

    // The owner sees both reads, with what the reader signed and the receipt.
    let grant = it.patient.grant;
    let log = it.log();
    assert_eq!(log[0], LogEvent::GrantRead { grant, refused: None });
    let receipt = b"sealed receipt".to_vec();
    assert_eq!(log[1], LogEvent::BlobsRead { grant, blobs: it.granted.clone(), receipt });
    assert_eq!(log.len(), 2);
}

#[test]
fn what_is_added_later_is_read_without_a_new_grant() {
    let it = Shared::in_force();
    assert_eq!(it.read().status, 200);
    let added = it.owner.put_blobs(&[b"a new medication"]);
    assert_eq!(it.ask_blobs(&it.reader, &added).status, 404);
    let second = Commit {
        heads: vec![head(0, 2), head(1, 2)],
        references_added: vec![references(1, &added)],
        references_removed: vec![references(1, &it.granted[..1])],
        ..commit(2)
    };
    it.owner.commit(&second).unwrap();
    assert_eq!(GrantAnswer::from_cbor(&it.read().body).unwrap().heads, [head(1, 2)]);
    assert_eq!(it.ask_blobs(&it.reader, &added).status, 200);
    assert_eq!(it.ask_blobs(&it.reader, &it.granted[..1]).status, 404);
}

#[test]
fn a_stranger_sees_of_a_grant_what_he_sees_of_none() {
    let it = Shared::in_force();
    let stranger = it.world.client(SigningKey::from_seed(&[77; 32]));
    let nothing = seen(&read(&stranger, GrantId::from_bytes([8; 32])));
    assert_eq!(nothing.0, 404);
    assert_eq!(seen(&read(&stranger, it.patient.grant)), nothing);
    assert_eq!(seen(&read(&it.reader, GrantId::from_bytes([8; 32]))), nothing);
    assert_eq!(seen(&it.ask_blobs(&stranger, &it.granted)), nothing);
    assert_eq!(seen(&read(&it.owner, it.patient.grant)), nothing, "the owner's key reads no grant");
    // And so when it is over.
    let drop = Commit { grants_dropped: vec![it.patient.grant], ..commit(2) };
    it.owner.commit(&drop).unwrap();
    assert_eq!(seen(&read(&stranger, it.patient.grant)), nothing);
    assert_eq!(it.read().status, 403);
    assert_eq!(
        it.reader.plain(Method::Get, &format!("/v1/grants/{}", it.patient.grant), Vec::new()).status,
        401
    );
}

#[test]
fn an_entry_that_the_ledger_does_not_bear_out_is_none() {
    let it = Shared::pending();
    // The ledger has the grant for another reader than the entry says.
    let other = SigningKey::from_seed(&[66; 32]);
    let elsewhere = Patient { slot: crypto::slot(&other.public_key()), ..it.world.patient(3, &other) };
    assert_eq!(elsewhere.grant, it.patient.grant);
    it.world.grant(&elsewhere, 30);
    let nothing = seen(&read(&it.reader, GrantId::from_bytes([8; 32])));
    assert_eq!(seen(&it.read()), nothing);
    assert_eq!(seen(&it.ask_blobs(&it.reader, &it.granted)), nothing);
}

#[test]
fn a_grant_that_another_space_names_too_stays_with_its_first() {
    let it = Shared::in_force();
    let squatter = it.world.client(SigningKey::from_seed(&[44; 32]));
    squatter.open_space();
    let copied = GrantEntry { packet: b"another packet".to_vec(), ..entry(&it.world, &it.patient) };
    squatter.commit(&Commit { heads: vec![head(1, 9)], grants_added: vec![copied], ..commit(1) }).unwrap();
    let answer = GrantAnswer::from_cbor(&it.read().body).unwrap();
    assert_eq!((answer.heads, answer.packet.as_slice()), (vec![head(1, 1)], b"sealed packet".as_slice()));
    // Nor does the first lose its place when its owner replaces the packet.
    let replaced = GrantEntry { packet: b"next packet".to_vec(), ..entry(&it.world, &it.patient) };
    it.owner.commit(&Commit { grants_added: vec![replaced], ..commit(2) }).unwrap();
    assert_eq!(GrantAnswer::from_cbor(&it.read().body).unwrap().packet, b"next packet");
}

#[test]
fn before_the_ledger_has_it_a_grant_is_pending_with_the_proof() {
    let it = Shared::pending();
    let (status, code, bundle) = it.refused();
    assert_eq!((status, code.as_str()), (403, "GrantPending"));
    assert_eq!(it.world.verify_grant(&bundle.unwrap(), it.patient.grant), None);
    let (status, body) = refusal(&it.ask_blobs(&it.reader, &it.granted));
    assert_eq!((status, body.code.as_str()), (403, "GrantPending"));
    it.world.grant(&it.patient, 30);
    assert_eq!(it.read().status, 200);
    let refused = Some("GrantPending".to_owned());
    assert_eq!(it.log()[0], LogEvent::GrantRead { grant: it.patient.grant, refused });
}

#[test]
fn the_owners_commit_ends_a_grant_at_once() {
    let it = Shared::in_force();
    assert_eq!(it.read().status, 200);
    it.owner.commit(&Commit { grants_dropped: vec![it.patient.grant], ..commit(2) }).unwrap();
    let (status, code, bundle) = it.refused();
    assert_eq!((status, code.as_str()), (403, "GrantRevoked"));
    // The ledger does not know yet, and the proof says so.
    assert_eq!(it.world.verify_grant(&bundle.unwrap(), it.patient.grant), Some(GrantStatus::Active));
    assert_eq!(it.ask_blobs(&it.reader, &it.granted).status, 403);
    assert!(it.owner.space().grants[0].dropped);
}

#[test]
fn the_ledger_ends_a_grant_whatever_the_owner_has_committed() {
    let it = Shared::in_force();
    assert_eq!(it.read().status, 200);
    it.world.revoke(&it.patient);
    let (status, code, bundle) = it.refused();
    assert_eq!((status, code.as_str()), (403, "GrantRevoked"));
    assert_eq!(it.world.verify_grant(&bundle.unwrap(), it.patient.grant), Some(GrantStatus::Revoked));
    // Final: no later commit and no silent ledger brings it back.
    it.owner.commit(&Commit { grants_added: vec![entry(&it.world, &it.patient)], ..commit(2) }).unwrap();
    assert_eq!(it.refused().1, "GrantRevoked");
    let it = Shared { world: it.world.without_ledger(), ..it };
    let reader = it.world.client(it.reader.key.duplicate());
    let (status, body) = refusal(&read(&reader, it.patient.grant));
    assert_eq!((status, body.code.as_str()), (403, "GrantRevoked"));
}

#[test]
fn a_grant_ends_at_its_second() {
    let it = Shared::in_force();
    it.world.forward_to(Timestamp(entry_end(&it) - 1));
    assert_eq!(it.read().status, 200);
    it.world.forward_to(Timestamp(entry_end(&it)));
    assert_eq!(it.refused().1, "GrantExpired");
    // The wallet drops what has expired; the reader still hears why, for thirty days.
    it.owner.commit(&Commit { grants_dropped: vec![it.patient.grant], ..commit(2) }).unwrap();
    assert_eq!(it.refused().1, "GrantExpired");
    it.world.forward_to(Timestamp(entry_end(&it) + 30 * 86_400));
    it.world.host().sweep().unwrap();
    assert_eq!(it.read().status, 403);
    it.world.forward_to(Timestamp(entry_end(&it) + 30 * 86_400 + 1));
    it.world.host().sweep().unwrap();
    assert_eq!(it.read().status, 404);
    assert!(it.owner.space().grants.is_empty());
}

fn entry_end(it: &Shared) -> u64 {
    it.owner.space().grants[0].entry.not_after.0
}

#[test]
fn without_the_ledgers_word_nothing_is_served_for_long() {
    let it = Shared::in_force();
    assert_eq!(it.read().status, 200);
    let it = Shared { world: it.world.stop_ledger(), ..it };
    it.world.clock.forward(14 * 60);
    let answer = it.read();
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    it.world.clock.forward(2 * 60);
    let (status, code, bundle) = it.refused();
    assert_eq!((status, code.as_str()), (403, "LedgerStale"));
    assert!(bundle.is_some());
    // A host that never heard from the ledger has no proof to show.
    let it = Shared { world: it.world.without_ledger(), ..it };
    let reader = it.world.client(it.reader.key.duplicate());
    let (_, body) = refusal(&read(&reader, it.patient.grant));
    assert_eq!((body.code.as_str(), body.bundle), ("LedgerStale", None));
}

#[test]
fn a_reader_who_repeats_himself_is_refused() {
    let it = Shared::in_force();
    let request = it.reader.signed(Method::Get, &format!("/v1/grants/{}", it.patient.grant), Vec::new());
    assert_eq!(it.reader.send(request.clone()).status, 200);
    assert_eq!(code(&it.reader.send(request)), (401, "RequestReplayed".into()));
    let key = SigningKey::generate(&mut Rng::system()).unwrap();
    let mut forged = it.reader.signed(Method::Get, &format!("/v1/grants/{}", it.patient.grant), Vec::new());
    let text = crypto::base64url::encode(it.reader.key.public_key().as_bytes());
    for (_, value) in &mut forged.headers {
        *value = value.replace(&text, &crypto::base64url::encode(key.public_key().as_bytes()));
    }
    assert_eq!(code(&it.reader.send(forged)), (401, "RequestSignatureBad".into()));
}

#[test]
fn a_request_that_crawls_past_the_end_of_a_grant_gets_nothing() {
    let it = Shared::in_force();
    let end = it.owner.space().grants[0].entry.not_after;
    it.world.forward_to(Timestamp(end.0 - 50));
    let body = BlobRequest { blobs: it.granted.clone(), receipt: b"sealed receipt".to_vec() }.to_cbor();
    let ask =
        || it.reader.signed(Method::Post, &format!("/v1/grants/{}/blobs", it.patient.grant), body.clone());
    let address = it.world.host().address();
    assert_eq!(send_slowly(address, &ask(), || it.world.clock.forward(20)), 200);
    assert_eq!(send_slowly(address, &ask(), || it.world.clock.forward(40)), 403);
}

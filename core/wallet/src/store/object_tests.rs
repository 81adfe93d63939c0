//! One frozen example of each object of `docs/formats.cddl` that a wallet keeps for itself, beside its
//! database and in `self` at the host. The slots are frozen where they are.

use keepwell_protocol::consent::{CompartmentRef, GrantState, Terms};
use keepwell_protocol::crypto::{EpochKey, HpkeSecretKey, Rng, SigningKey, Suite, provider_id};
use keepwell_protocol::domain::{
    AccountId, Category, CompartmentId, Day, DeliveryId, Duration, GrantId, LinkId, Purpose, RecordId,
    RequestId, Scope, Slot, Timestamp,
};
use keepwell_protocol::formats::fhir::{Accepted, Demographics, PersonIdentifier, PersonName};
use keepwell_protocol::ledger::Card;
use keepwell_protocol::vault::{About, LinkEntry};
use minicbor::bytes::ByteVec;

use super::anchor::{Anchored, StoredAnchor};
use super::frozen::frozen;
use super::links::{FollowedChoice, LinkGrant, StoredLink, StoredManifest};
use super::state_log::{Entry, Head};
use super::state_object::{
    LogPart, OwnerPatients, OwnerReferences, ProviderStanding, Relationship, StoredDelivery, StoredEpoch,
    StoredGrant, StoredOwnerPatient, StoredRemoval,
};
use super::takeover::StoredTakeover;

fn entry() -> Entry {
    let (kind, subject, body) = ("grant".to_owned(), vec![6; 32], vec![1, 2, 3]);
    Entry { seq: 7, time: Timestamp(1_795_000_000), kind, subject, body }
}

#[test]
fn objects_of_the_state_log() {
    frozen("state-head", &Head { generation: 4, root: [8; 32] });
    frozen("wallet-log-entry", &entry());
    frozen("log-part", &LogPart(vec![entry(), Entry { seq: 8, ..entry() }]));
}

#[test]
fn objects_about_providers_and_grants() {
    let key = SigningKey::from_seed(&[7; 32]);
    let hpke = HpkeSecretKey::generate(Suite::X25519, &mut Rng::seeded(1)).unwrap();
    let card = Card {
        provider: provider_id(&key.public_key()),
        version: 1,
        name: "Bern Allergy Clinic".into(),
        place: "Bern".into(),
        signing: key.public_key(),
        keys: vec![hpke.public_key().clone()],
        inbox: "https://host.example/v1/inbox".into(),
    };
    let relationship = Relationship {
        account: AccountId::from_bytes([2; 32]),
        provider: provider_id(&key.public_key()),
        index: 0,
        key_number: 1,
        key_transaction: vec![1, 2].into(),
        next_number: 4,
        card: card.clone().sign(&key).unwrap(),
        standing: ProviderStanding::Suspended,
        earlier_keys: None,
    };
    // As 0.1.0 wrote it.
    frozen("relationship", &relationship);
    let next_key = SigningKey::from_seed(&[8; 32]);
    let next_card = Card { version: 2, signing: next_key.public_key(), ..card }.sign(&next_key).unwrap();
    let rekeyed = relationship.with_card(next_card.clone());
    frozen("relationship-rekeyed", &rekeyed);
    assert_eq!(rekeyed.signing_keys(), [next_key.public_key(), key.public_key()]);
    assert_eq!(rekeyed.with_card(next_card), rekeyed, "the same key again is no other key");
    assert_eq!(relationship.signing_keys(), [key.public_key()]);
    let terms = Terms {
        provider: provider_id(&key.public_key()),
        card_version: 1,
        account: AccountId::from_bytes([2; 32]),
        number: 3,
        scope: Scope { categories: vec![Category::Allergies], ..Scope::default() },
        compartments: vec![CompartmentRef {
            id: CompartmentId::from_bytes([5; 16]),
            signing_key: key.public_key(),
        }],
        purpose: Purpose::Treat,
        not_before: Timestamp(1_795_000_000),
        not_after: Timestamp(1_797_592_000),
        max_staleness: Duration::minutes(15),
        created: Timestamp(1_795_000_000),
    };
    let grant = StoredGrant {
        terms,
        salt: [3; 32],
        slot: Slot::from_bytes([7; 32]),
        transaction: vec![1, 2].into(),
        valid_until: Timestamp(1_795_600_000),
        revocation: vec![3, 4].into(),
        about: Some(About { name: "Vivien Nolan".into(), birth_date: "1950-01-01".into() }),
        request: Some(RequestId::from_bytes([9; 16])),
        state: GrantState::Active,
        since: Timestamp(1_795_000_060),
        delivered: true,
        replaces: None,
    };
    // As 0.1.0 wrote it.
    frozen("stored-grant", &grant);
    let replaces = Some(GrantId::from_bytes([4; 32]));
    frozen("stored-grant-replacing", &StoredGrant { replaces, ..grant });
}

#[test]
fn objects_about_the_space() {
    frozen(
        "stored-epoch",
        &StoredEpoch {
            label: "category/allergies".into(),
            epoch: 2,
            key: EpochKey::from_bytes(&[4; 32]),
            holders: vec![GrantId::from_bytes([6; 32])],
        },
    );
    frozen(
        "stored-anchor",
        &StoredAnchor {
            account: AccountId::from_bytes([2; 32]),
            number: 0,
            version: 5,
            not_after: Day(21_100),
            recent: vec![Anchored { version: 11, head: [8; 32] }, Anchored { version: 12, head: [9; 32] }],
        },
    );
    frozen("stored-takeover", &StoredTakeover { number: 2, time: Timestamp(1_795_000_000) });
    let entry = LinkEntry {
        path: [8; 32],
        id: LinkId::from_bytes([9; 16]),
        expires: Timestamp(1_795_000_600),
        opens: Some(1),
        paused: false,
        revoked: false,
        grant: None,
    };
    let link = StoredLink {
        entry,
        label: "City Hospital".into(),
        created: Timestamp(1_795_000_000),
        manifest: None,
        grant: None,
    };
    frozen("stored-link", &link);
    let followed = FollowedChoice {
        scopes: vec![Scope { types: vec!["Condition".into()], ..Scope::default() }],
        is_summary: false,
        leave_out: vec!["hiv".into()],
        with_numbers: true,
        chosen: [1; 32],
        story: Some("I faint at needles.".into()),
        cards: Vec::new(),
    };
    let manifest = Some(StoredManifest { needs_passcode: true, followed: Some(followed) });
    frozen("stored-link-manifest", &StoredLink { manifest, ..link.clone() });
    let entry = LinkEntry { grant: Some(GrantId::from_bytes([6; 32])), ..link.entry.clone() };
    let grant = LinkGrant {
        account: AccountId::from_bytes([2; 32]),
        salt: [5; 32],
        slot: Slot::from_bytes([3; 32]),
        transaction: ByteVec::from(vec![1, 2]),
        valid_until: Timestamp(1_795_500_000),
        revocation: ByteVec::from(vec![3, 4]),
        state: GrantState::Active,
    };
    frozen("stored-link-granted", &StoredLink { entry, grant: Some(grant), ..link });
    let delivery = StoredDelivery {
        id: DeliveryId::from_bytes([1; 16]),
        number: 7,
        source: "https://a.example/fhir".into(),
        guessed: Some("p1".into()),
        received: Timestamp(1_795_000_000),
        added: 12,
        updated: 1,
        undone: Some(Timestamp(1_795_000_600)),
        repeats: Some(vec![DeliveryId::from_bytes([2; 16])]),
        removals: Some(vec![StoredRemoval {
            record: RecordId::from_bytes([3; 32]),
            place: 5,
            updated: Some("00000000001794000000.25".into()),
        }]),
    };
    frozen("stored-delivery", &delivery);
    let pair = |source: &str, reference: &str| (source.to_owned(), reference.to_owned());
    let references = vec![pair("https://b.example", "Patient/2"), pair("https://a.example", "Patient/1")];
    // As 0.1.0 wrote it; nothing writes it any more.
    frozen("owner-references", &OwnerReferences::new(references));
}

#[test]
fn who_the_owner_is() {
    let name = PersonName { text: None, family: vec!["Moser".into()], given: vec!["Lena".into()] };
    let identifier = PersonIdentifier {
        system: Some("https://a.example/mrn".into()),
        value: Some("4711".into()),
        types: vec!["MR".into()],
    };
    let patient = Accepted {
        source: Some("Bern".into()),
        address: Some("https://a.example/fhir/Patient/1".into()),
        id: Some("1".into()),
        demographics: Some(Demographics {
            names: vec![name],
            birth_date: Some("1981-04-12".into()),
            gender: Some("female".into()),
            identifiers: vec![identifier],
        }),
        content: None,
    };
    let reference = Accepted { id: Some("p1".into()), content: Some([9; 32]), ..Accepted::default() };
    let patient = StoredOwnerPatient { accepted: patient, deliveries: vec![1, 4] };
    let reference = StoredOwnerPatient { accepted: reference, deliveries: vec![2] };
    frozen("owner-patients", &OwnerPatients(vec![patient, reference]));
}

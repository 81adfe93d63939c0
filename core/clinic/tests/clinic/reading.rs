//! Grants from envelope to reading and end, against a real host and a real ledger.

use keepwell_clinic::{Clinic, GrantState, Reading, Refusal};
use keepwell_protocol::consent::{LoggedRead, SignedReceipt};
use keepwell_protocol::crypto::{self, Rng};
use keepwell_protocol::domain::{Category, Duration, Object, Purpose, Scope};
use keepwell_protocol::vault::{GrantAnswer, SealedHead};

use crate::world::{Granted, Patient, World};

const ASPIRIN: &str = r#"{"resourceType":"MedicationRequest","id":"1","medicationCodeableConcept":{"text":"Aspirin"},"authoredOn":"2026-01-01"}"#;
const STATIN: &str = r#"{ "resourceType": "MedicationRequest", "id": "2", "medicationReference": {"reference":"Medication/m"} }"#;
const MEDICINE: &str = r#"{"resourceType":"Medication","id":"m","code":{"text":"Simvastatin"}}"#;
const PRESCRIBER: &str = r#"{"resourceType":"Practitioner","id":"p","name":[{"text":"Dr. Who"}]}"#;
const NUTS: &str = r#"{"resourceType":"AllergyIntolerance","id":"3","code":{"text":"Nuts"}}"#;
const NOTE: &str = r#"{"resourceType":"DocumentReference","id":"4","status":"current"}"#;

fn read(world: &World, clinic: &mut Clinic, granted: &Granted) -> Reading {
    clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()).unwrap()
}

fn texts(reading: &Reading) -> Vec<(&str, &str)> {
    reading
        .records
        .iter()
        .map(|record| (std::str::from_utf8(&record.bytes).unwrap(), record.because))
        .collect()
}

fn dropped(reading: &Reading) -> Vec<(&str, u32)> {
    reading.dropped.iter().map(|(reason, count)| (*reason, *count)).collect()
}

/// Ada, with two medicines and an allergy that the clinic may read.
fn ada<'a>(world: &'a World, clinic: &mut Clinic) -> (Patient<'a>, Granted) {
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(world, 1);
    let (aspirin, nuts) = (ada.seal(Category::Medications, ASPIRIN), ada.seal(Category::Allergies, NUTS));
    ada.publish(Category::Medications, vec![aspirin]);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant_and_tell(&card, &[Category::Medications, Category::Allergies]);
    let synced = clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    assert_eq!((synced.accepted, synced.dropped.len(), synced.waiting.len()), (vec![granted.id], 0, 0));
    (ada, granted)
}

#[test]
fn a_grant_arrives_is_read_grows_and_ends() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (mut ada, granted) = ada(&world, &mut clinic);
    assert_eq!(clinic.sync(&world.now(), &mut Rng::system()).unwrap(), Default::default());

    let grants = clinic.grants(&world.now()).unwrap();
    assert_eq!((grants.len(), grants[0].state, grants[0].patient.confirmed), (1, GrantState::Active, false));
    assert_eq!(grants[0].patient.name.as_deref(), Some("Ada Lovelace"));
    let digits = crypto::match_code(&granted.id);
    assert_eq!(grants[0].patient.match_code, digits);
    let wrong = format!("{:06}", (digits.parse::<u32>().unwrap() + 1) % 1_000_000);
    for code in ["", &wrong, &digits[1..]] {
        assert_eq!(clinic.confirm(granted.id, code).unwrap_err().code(), "WrongMatchCode");
    }
    clinic.confirm(granted.id, &format!("{} {}", &digits[..3], &digits[3..])).unwrap();
    assert!(world.open_clinic().grants(&world.now()).unwrap()[0].patient.confirmed);

    let reading = read(&world, &mut clinic, &granted);
    assert_eq!(texts(&reading), [(NUTS, "category"), (ASPIRIN, "category")]);
    assert_eq!((reading.refused, dropped(&reading)), (None, vec![]));
    assert!(reading.as_of.is_some() && reading.proved.is_some());

    // What the patient adds later, and what that refers to, comes without a new grant.
    let statin = ada.seal(Category::Medications, STATIN);
    let mut prescriber = ada.seal(Category::Other, PRESCRIBER);
    prescriber.entry.referenced = true;
    let medicine = ada.seal(Category::Medications, MEDICINE);
    ada.publish(Category::Medications, vec![statin, medicine, prescriber]);
    let reading = read(&world, &mut world.open_clinic(), &granted);
    assert_eq!(
        texts(&reading)[1..],
        [(ASPIRIN, "category"), (STATIN, "category"), (MEDICINE, "category"), (PRESCRIBER, "referenced")]
    );

    // Another purpose is not what was granted.
    let research = clinic.read(granted.id, Purpose::Research, &world.now(), &mut Rng::system()).unwrap();
    assert_eq!((research.records.len(), dropped(&research)), (0, vec![("other-purpose", 5)]));

    ada.revoke_at_host(&granted);
    assert_eq!(read(&world, &mut clinic, &granted).refused, Some(Refusal::Revoked));
    // The host alone can't make it final: it may be wrong.
    assert_eq!(clinic.grant(granted.id).unwrap().state, GrantState::Active);
    ada.revoke_on_ledger(&granted);
    assert_eq!(clinic.grants(&world.now()).unwrap()[0].state, GrantState::Revoked);
    world.network.requests.lock().unwrap().clear();
    assert_eq!(read(&world, &mut clinic, &granted).refused, Some(Refusal::Revoked));
    assert!(
        world.network.requests.lock().unwrap().is_empty(),
        "nothing is asked once it is proved to be over"
    );
}

#[test]
fn only_the_newest_version_is_shown_and_what_was_withdrawn_is_not() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (mut ada, granted) = ada(&world, &mut clinic);
    let aspirin = crypto::record_id(ASPIRIN.as_bytes());
    let stopped = ASPIRIN.replace("\"id\"", "\"status\":\"stopped\",\"id\"");
    let second = ada.seal_version(Category::Medications, &stopped, aspirin, 2);
    ada.publish(Category::Medications, vec![second]);
    assert_eq!(texts(&read(&world, &mut clinic, &granted))[1].0, stopped);
    let record =
        clinic.read_record(granted.id, aspirin, Purpose::Treat, &world.now(), &mut Rng::system()).unwrap();
    assert_eq!(record.unwrap().version, 2);

    let mut gone = ada.seal_version(Category::Medications, &stopped, aspirin, 2);
    gone.entry.withdrawn = true;
    let mut first = ada.seal_version(Category::Medications, ASPIRIN, aspirin, 1);
    first.entry.withdrawn = true;
    ada.publish(Category::Medications, vec![gone, first]);
    let reading = read(&world, &mut clinic, &granted);
    assert_eq!((texts(&reading), dropped(&reading)), (vec![(NUTS, "category")], vec![]));
    let none = clinic.read_record(granted.id, aspirin, Purpose::Treat, &world.now(), &mut Rng::system());
    assert_eq!(none.unwrap_err().code(), "UnknownRecord");
}

#[test]
fn a_version_that_is_history_is_not_shown_in_the_place_of_the_present_one() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (mut ada, granted) = ada(&world, &mut clinic);
    let aspirin = crypto::record_id(ASPIRIN.as_bytes());
    // An older state of it that arrived later: a higher number, and history from the start.
    let stopped = ASPIRIN.replace("\"id\"", "\"status\":\"stopped\",\"id\"");
    let mut late = ada.seal_version(Category::Medications, &stopped, aspirin, 2);
    late.entry.superseded = true;
    ada.publish(Category::Medications, vec![late]);
    assert_eq!(texts(&read(&world, &mut clinic, &granted)), [(NUTS, "category"), (ASPIRIN, "category")]);

    // A later entry for the same version says otherwise, and one for the first that it is history now.
    let again = ada.seal_version(Category::Medications, &stopped, aspirin, 2);
    let mut first = ada.seal_version(Category::Medications, ASPIRIN, aspirin, 1);
    first.entry.superseded = true;
    ada.publish(Category::Medications, vec![again, first]);
    let reading = read(&world, &mut clinic, &granted);
    assert_eq!(texts(&reading), [(NUTS, "category"), (stopped.as_str(), "category")]);
    assert_eq!(dropped(&reading), []);
}

#[test]
fn what_does_not_belong_is_dropped_with_its_reason_and_the_rest_is_read() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (mut ada, granted) = ada(&world, &mut clinic);
    let note = ada.seal(Category::Documents, NOTE);
    let unmarked = ada.seal(Category::Other, PRESCRIBER);
    let broken = ada.seal(Category::Medications, "{\"resourceType\":");
    let untyped = ada.seal(Category::Medications, "{}");
    let mut other_key = ada.seal(Category::Medications, &ASPIRIN.replace("\"1\"", "\"8\""));
    other_key.entry.key = ada.seal(Category::Medications, "{}").entry.key;
    let mut missing = ada.seal(Category::Medications, &ASPIRIN.replace("\"1\"", "\"9\""));
    missing.entry.record = crypto::record_id(b"elsewhere");
    let kept = ada.seal(Category::Medications, STATIN);
    let newer = ada.seal_newer(Category::Medications, &ASPIRIN.replace("\"1\"", "\"7\""));
    ada.publish(Category::Medications, vec![note, unmarked, broken, untyped, other_key, newer, kept]);
    // An entry whose blob the host does not have under this grant.
    ada.publish_lost(Category::Medications, missing);
    let reading = read(&world, &mut clinic, &granted);
    assert_eq!(texts(&reading), [(NUTS, "category"), (ASPIRIN, "category"), (STATIN, "category")]);
    assert_eq!(
        dropped(&reading),
        [
            ("BlobMissing", 1),
            ("CommitmentMismatch", 1),
            ("NotAResource", 2),
            ("RecordTooNew", 1),
            ("other-category", 2)
        ]
    );
}

#[test]
fn a_narrower_scope_keeps_out_what_only_shares_its_category() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let (aspirin, medicine) =
        (ada.seal(Category::Medications, ASPIRIN), ada.seal(Category::Medications, MEDICINE));
    ada.publish(Category::Medications, vec![aspirin, medicine]);
    let scope = Scope {
        categories: vec![Category::Medications],
        types: vec!["MedicationRequest".into()],
        ..Scope::default()
    };
    let granted = ada.grant_scope(&card, scope, |_| {});
    ada.send(&card, &granted.envelope);
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let reading = read(&world, &mut clinic, &granted);
    assert_eq!(
        (texts(&reading), dropped(&reading)),
        (vec![(ASPIRIN, "category")], vec![("out-of-bounds", 1)])
    );
    assert!(clinic.grant(granted.id).unwrap().narrowed);
}

#[test]
fn a_host_that_goes_back_is_caught() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (mut ada, granted) = ada(&world, &mut clinic);
    let yesterday = answer_now(&world, &mut clinic, &granted);
    assert_eq!(read(&world, &mut clinic, &granted).records.len(), 2);
    let statin = ada.seal(Category::Medications, STATIN);
    ada.publish(Category::Medications, vec![statin]);
    assert_eq!(read(&world, &mut clinic, &granted).records.len(), 3);

    let fresh = answer_now(&world, &mut clinic, &granted);
    let older = GrantAnswer { heads: yesterday.heads.clone(), ..fresh.clone() };
    let without = GrantAnswer { heads: fresh.heads[..1].to_vec(), ..fresh.clone() };
    let none = GrantAnswer { heads: Vec::new(), ..fresh.clone() };
    for bad in [older, without, none] {
        serve(&world, &bad);
        let refused = clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system());
        assert_eq!(refused.unwrap_err().code(), "HostRolledBack");
    }
    let mut forged = fresh.clone();
    forged.heads[0].version += 1;
    serve(&world, &forged);
    let refused = clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system());
    assert_eq!(refused.unwrap_err().code(), "BadSignature");
    // None of this was remembered.
    world.network.leave();
    assert_eq!(read(&world, &mut clinic, &granted).records.len(), 3);
}

#[test]
fn keys_and_heads_of_another_grant_open_nothing_of_this_one() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (mut ada, granted) = ada(&world, &mut clinic);
    let other = ada.grant_and_tell(&clinic.card().unwrap(), &[Category::Medications]);
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let good = answer_now(&world, &mut clinic, &granted);
    let others = answer_now(&world, &mut clinic, &other);

    let packet = |packet: &[u8]| GrantAnswer { packet: packet.to_vec(), ..good.clone() };
    let heads = |bend: fn(&mut [SealedHead])| {
        let mut answer = good.clone();
        bend(&mut answer.heads);
        answer
    };
    for (answer, expected) in [
        (packet(&others.packet), "SealDamaged"),
        (packet(&good.packet[1..]), "SealDamaged"),
        (heads(|heads| heads[0].epoch += 1), "PacketIncomplete"),
        (heads(|heads| heads[0].sealed[0] ^= 1), "BadSignature"),
        (
            heads(|heads| heads[0] = SealedHead { compartment: heads[0].compartment, ..heads[1].clone() }),
            "BadSignature",
        ),
    ] {
        serve(&world, &answer);
        let refused = clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system());
        assert_eq!(refused.unwrap_err().code(), expected);
    }
    serve(&world, &good);
    assert_eq!(texts(&read(&world, &mut clinic, &granted)), [(NUTS, "category"), (ASPIRIN, "category")]);
}

#[test]
fn an_old_or_forged_word_of_the_ledger_is_not_enough() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (mut ada, granted) = ada(&world, &mut clinic);
    let other = ada.grant_and_tell(&clinic.card().unwrap(), &[Category::Medications]);
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let good = answer_now(&world, &mut clinic, &granted);
    let others = answer_now(&world, &mut clinic, &other);

    let swapped = GrantAnswer { bundle: others.bundle, ..good.clone() };
    serve(&world, &swapped);
    let refused = clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system());
    assert_eq!(refused.unwrap_err().code(), "ProofKeyMismatch");

    for at in (0..good.bundle.len()).step_by(97) {
        let mut bundle = good.bundle.clone();
        bundle[at] ^= 1;
        serve(&world, &GrantAnswer { bundle, ..good.clone() });
        assert!(
            clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()).is_err(),
            "byte {at}"
        );
    }

    // The patient ends the grant; somebody on the way serves what the host served before. Within the
    // bound the proof holds, but the host does not give a single record any more.
    ada.revoke_on_ledger(&granted);
    serve(&world, &good);
    let early = read(&world, &mut clinic, &granted);
    assert_eq!((early.refused, early.records.len()), (Some(Refusal::Revoked), 0));
    assert_eq!(clinic.grant(granted.id).unwrap().state, GrantState::Active);
    world.clock.forward(Duration::minutes(16));
    let late = read(&world, &mut clinic, &granted);
    assert_eq!((late.refused, late.records.len()), (Some(Refusal::Stale), 0));
    assert_eq!(clinic.grant(granted.id).unwrap().state, GrantState::Unproved);

    // A proof of the end is final, and the old word does not bring it back.
    world.network.leave();
    assert_eq!(clinic.grants(&world.now()).unwrap().len(), 2);
    assert_eq!(clinic.grant(granted.id).unwrap().state, GrantState::Revoked);
}

#[test]
fn time_ends_a_grant_to_the_second_and_a_silent_ledger_after_its_bound() {
    let mut world = World::start();
    let mut clinic = world.clinic();
    let granted = {
        let (mut ada, _) = ada(&world, &mut clinic);
        let scope = Scope { categories: vec![Category::Allergies], ..Scope::default() };
        let card = clinic.card().unwrap();
        let granted = ada.grant_scope(&card, scope, |terms| {
            terms.not_before = terms.created.saturating_add(Duration::hours(1));
            terms.not_after = terms.created.saturating_add(Duration::hours(2));
        });
        ada.send(&card, &granted.envelope);
        granted
    };
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let terms = &granted.envelope.terms;
    let until =
        |world: &World, time: keepwell_protocol::domain::Timestamp| world.forward(time.since(world.now()));

    until(&world, terms.not_before.saturating_sub(Duration(1)));
    assert_eq!(read(&world, &mut clinic, &granted).refused, Some(Refusal::Pending));
    until(&world, terms.not_before);
    assert_eq!(texts(&read(&world, &mut clinic, &granted)), [(NUTS, "category")]);
    until(&world, terms.not_after.saturating_sub(Duration::minutes(20)));
    assert_eq!(read(&world, &mut clinic, &granted).refused, None);
    world.stop_ledger();
    world.clock.forward(Duration::minutes(16));
    assert_eq!(read(&world, &mut clinic, &granted).refused, Some(Refusal::Stale));
    assert_eq!(clinic.grants(&world.now()).unwrap()[0].state, GrantState::Unproved);
    world.clock.forward(Duration::minutes(4));
    assert_eq!(world.now(), terms.not_after);
    assert_eq!(read(&world, &mut clinic, &granted).refused, Some(Refusal::Expired));
    assert_eq!(clinic.grants(&world.now()).unwrap()[0].state, GrantState::Expired);
}

#[test]
fn every_fetch_carries_a_receipt_that_the_patient_can_check() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (_, granted) = ada(&world, &mut clinic);
    world.network.requests.lock().unwrap().clear();
    read(&world, &mut clinic, &granted);
    let provider = clinic.card().unwrap().card.signing;
    let requests = world.network.requests.lock().unwrap();
    let mut checked = 0;
    for request in requests.iter().filter(|request| request.url.ends_with("/blobs")) {
        let body = keepwell_protocol::vault::BlobRequest::from_cbor(&request.body).unwrap();
        let read = LoggedRead { grant: granted.id, blobs: &body.blobs, time: world.now() };
        let pair = &granted.envelope.pair;
        let receipt = SignedReceipt::open(&body.receipt, &[provider], pair, read);
        assert_eq!(receipt.unwrap().receipt.purpose, Purpose::Treat);
        checked += 1;
    }
    assert_eq!(checked, 2);
}

#[test]
fn keys_that_left_the_card_open_what_was_sealed_to_them_for_sixty_days() {
    let world = World::start();
    let mut clinic = world.clinic();
    let old = clinic.card().unwrap();
    let (_, granted) = ada(&world, &mut clinic);
    let updated = clinic.update(&Default::default(), &world.now(), &mut Rng::system()).unwrap();
    assert_eq!(updated.card.version, 2);
    assert!(updated.card.keys.iter().all(|key| !old.card.keys.contains(key)));
    assert_eq!(read(&world, &mut clinic, &granted).records.len(), 2);
    // A second update needs the first to be on the ledger.
    world.prove_until(&keepwell_protocol::ledger::StateKey::Provider(old.card.provider), |it| {
        it.provider().unwrap().is_some_and(|record| record.version == 2)
    });
    assert_eq!(clinic.update(&Default::default(), &world.now(), &mut Rng::system()).unwrap().card.version, 3);

    let mut ada = Patient::new(&world, 1);
    let late = ada.prepare(&old, Scope { categories: vec![Category::Allergies], ..Scope::default() }, |_| {});
    ada.send(&old, &late.envelope);
    world.forward(Duration::days(61));
    let synced = clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    assert_eq!(synced.dropped.get("UnknownRecipient"), Some(&1));
}

/// What the host answers now.
fn answer_now(world: &World, clinic: &mut Clinic, granted: &Granted) -> GrantAnswer {
    world.network.leave();
    let (sender, receiver) = std::sync::mpsc::channel();
    let path = format!("/v1/grants/{}", granted.id);
    world.network.meddle(move |request, response| {
        if request.url.ends_with(&path) {
            sender.send(response.body.clone()).unwrap();
        }
        response
    });
    read(world, clinic, granted);
    world.network.leave();
    GrantAnswer::from_cbor(&receiver.recv().unwrap()).unwrap()
}

/// Makes the host answer every reader so, until the meddler leaves.
fn serve(world: &World, answer: &GrantAnswer) {
    let body = answer.to_cbor();
    world.network.meddle(move |request, mut response| {
        if request.url.contains("/v1/grants/") && !request.url.ends_with("/blobs") {
            response.status = 200;
            response.body = body.clone();
        }
        response
    });
}

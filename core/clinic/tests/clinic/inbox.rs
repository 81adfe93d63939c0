//! Envelopes: the one that holds is accepted, its nearest neighbours are not.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_clinic::{Asked, Clinic, ClinicError, GrantState, Refusal, Synced};
use keepwell_protocol::crypto::{HpkeSecretKey, PairSecret, Rng, Suite};
use keepwell_protocol::domain::{
    Category, Duration, GrantId, Object, ProviderId, Purpose, RequestId, Scope, Timestamp,
};
use keepwell_protocol::formats::http::{Method, Response};
use keepwell_protocol::ledger::SignedTransaction;
use keepwell_protocol::vault::{About, BlobIds, Envelope};

use crate::world::{Patient, World};

fn allergies() -> Scope {
    Scope { categories: vec![Category::Allergies], ..Scope::default() }
}

fn copy(envelope: &Envelope) -> Envelope {
    Envelope::from_cbor(&envelope.to_cbor()).unwrap()
}

fn sync(world: &World, clinic: &mut Clinic) -> Synced {
    clinic.sync(&world.now(), &mut Rng::system()).unwrap()
}

fn counts(counts: &BTreeMap<String, u32>) -> Vec<(&str, u32)> {
    counts.iter().map(|(code, count)| (code.as_str(), *count)).collect()
}

#[test]
fn one_that_holds_is_accepted_and_none_that_differs_in_one_point() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant(&card, &[Category::Allergies]);
    let good = &granted.envelope;

    type Bend = fn(&mut Envelope);
    let bent: [(&str, Bend); 8] = [
        ("EnvelopeMismatch", |it| it.salt[0] ^= 1),
        ("EnvelopeMismatch", |it| it.pair = PairSecret::from_bytes(&[9; 32])),
        ("EnvelopeMismatch", |it| {
            it.terms.scope.categories = vec![Category::Allergies, Category::Conditions]
        }),
        ("EnvelopeMismatch", |it| it.terms.number += 1),
        ("EnvelopeMismatch", |it| it.terms.not_after = it.terms.not_after.saturating_add(Duration(1))),
        ("EnvelopeOtherProvider", |it| it.terms.provider = ProviderId::from_bytes([1; 32])),
        ("TransactionSignature", |it| {
            let last = it.transaction.len() - 1;
            it.transaction[last] ^= 1;
        }),
        ("InvalidScope", |it| it.terms.scope.categories.clear()),
    ];
    for (expected, bend) in bent {
        let mut envelope = copy(good);
        bend(&mut envelope);
        ada.send(&card, &envelope);
        let synced = sync(&world, &mut clinic);
        assert_eq!((synced.accepted.len(), counts(&synced.dropped)), (0, vec![(expected, 1)]));
    }
    for (expected, host) in [
        ("AddressRefused", "http://192.168.0.1/"),
        ("AddressRefused", "https://169.254.169.254"),
        ("AddressRefused", "https://user@host.example"),
        ("InvalidAddress", "file:///etc/passwd"),
        ("InvalidAddress", "not an address"),
        ("InvalidAddress", "https://host.example/a/../b?c#d"),
    ] {
        ada.send(&card, &Envelope { host: host.into(), ..copy(good) });
        let synced = sync(&world, &mut clinic);
        assert_eq!((synced.accepted.len(), counts(&synced.dropped)), (0, vec![(expected, 1)]), "{host}");
    }

    // The same patient's, by a grant for another ledger.
    let other = World::start();
    let elsewhere = Patient::new(&other, 1).prepare(&card, allergies(), |_| {});
    ada.send(&card, &elsewhere.envelope);
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.accepted.len(), counts(&synced.dropped)), (0, vec![("TransactionSignature", 1)]));

    // All of it at once, with what is no envelope at all: the good one is still accepted.
    let stranger = HpkeSecretKey::generate(Suite::X25519, &mut Rng::system()).unwrap();
    ada.send_to(&card, stranger.public_key(), good);
    ada.send_bytes(&card, b"\xa1\x00\x00".to_vec());
    ada.send_bytes(&card, vec![0; Envelope::LONGEST]);
    let mut cut = good.seal(&card.card.keys[0], &mut Rng::system()).unwrap();
    cut.truncate(cut.len() - 1);
    ada.send_bytes(&card, cut);
    ada.send(&card, good);
    ada.send_to(&card, &card.card.keys[1], good);
    let synced = sync(&world, &mut clinic);
    assert_eq!(synced.accepted, [granted.id, granted.id]);
    assert_eq!(counts(&synced.dropped), [("SealDamaged", 3), ("UnknownRecipient", 1)]);
    assert_eq!(clinic.grants(&world.now()).unwrap().len(), 1);
    // All were acknowledged.
    assert_eq!(sync(&world, &mut clinic), Synced::default());
}

#[test]
fn a_grant_that_is_nowhere_yet_waits_a_day_and_no_longer() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let (late, never) = (ada.prepare(&card, allergies(), |_| {}), ada.prepare(&card, allergies(), |_| {}));
    ada.send(&card, &late.envelope);
    ada.send(&card, &never.envelope);

    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.accepted.len(), counts(&synced.waiting)), (0, vec![("NotFound", 2)]));
    ada.commit_grant(&card, &late);
    assert_eq!(counts(&sync(&world, &mut clinic).waiting), [("GrantPending", 1), ("NotFound", 1)]);
    assert!(clinic.grants(&world.now()).unwrap().is_empty(), "nothing is kept before all holds");

    world.submit(&SignedTransaction::parse(&late.envelope.transaction).unwrap());
    world.prove_until(&keepwell_protocol::ledger::StateKey::Grant(late.id), |it| it.value.is_some());
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.accepted, counts(&synced.waiting)), (vec![late.id], vec![("NotFound", 1)]));

    world.forward(Duration::hours(24));
    let synced = sync(&world, &mut clinic);
    assert_eq!((counts(&synced.dropped), synced.waiting.len()), (vec![("NotFound", 1)], 0));
}

#[test]
fn a_clinic_whose_clock_is_off_gives_up_no_envelope_and_no_key() {
    let world = World::start();
    let mut clinic = world.clinic();
    let old = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let late = ada.prepare(&old, allergies(), |_| {});
    ada.send(&old, &late.envelope);
    let at = |clinic: &mut Clinic, wrong: i64| {
        let time = Timestamp(world.now().0.checked_add_signed(wrong).unwrap());
        clinic.sync(&time, &mut Rng::system()).unwrap()
    };
    assert_eq!(counts(&at(&mut clinic, 0).waiting), [("NotFound", 1)]);
    clinic.update(&Default::default(), &world.now(), &mut Rng::system()).unwrap();
    for wrong in [90, -90, HOUR, -HOUR, 40 * DAY, -40 * DAY, 3_650 * DAY] {
        let synced = at(&mut clinic, wrong);
        assert_eq!((synced.dropped, synced.waiting.len()), (BTreeMap::new(), 1), "{wrong} s");
    }

    // When its clock is right again it opens what was sealed to the key that left its card.
    ada.commit_grant(&old, &late);
    world.submit(&SignedTransaction::parse(&late.envelope.transaction).unwrap());
    world.prove_until(&keepwell_protocol::ledger::StateKey::Grant(late.id), |it| it.value.is_some());
    assert_eq!(at(&mut clinic, 0).accepted, [late.id]);
    assert_eq!(read(&world, &mut clinic, late.id).unwrap(), 1);
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

#[test]
fn a_grant_that_has_ended_is_not_accepted() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant_and_tell(&card, &[Category::Allergies]);
    ada.revoke_on_ledger(&granted);
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.accepted.len(), counts(&synced.dropped)), (0, vec![("GrantRevoked", 1)]));
}

#[test]
fn a_grant_that_the_root_signed_itself_is_accepted_and_one_that_it_did_not_is_not() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let first = ada.grant_and_tell(&card, &[Category::Allergies]);
    let again = ada.grant_again_by_root(&card, &first);

    // The ledger has it, and the host serves it: only the signature in the envelope is another.
    let mut bent = copy(&again.envelope);
    let key = again.envelope.transaction.len() - 1;
    bent.transaction[key] ^= 1;
    ada.send(&card, &bent);
    let synced = sync(&world, &mut clinic);
    assert_eq!(synced.accepted, [first.id]);
    assert_eq!(synced.dropped.values().sum::<u32>(), 1);

    ada.send(&card, &again.envelope);
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.accepted, synced.dropped.len()), (vec![again.id], 0));
    assert_eq!(read(&world, &mut clinic, again.id).unwrap(), 1);
}

/// How many records a grant gives.
fn read(world: &World, clinic: &mut Clinic, grant: GrantId) -> Result<usize, ClinicError> {
    let reading = clinic.read(grant, Purpose::Treat, &world.now(), &mut Rng::system())?;
    assert_eq!((reading.refused, reading.dropped.len()), (None, 0));
    Ok(reading.records.len())
}

#[test]
fn a_wallet_that_moved_is_read_at_its_new_host_once_that_serves_the_grant() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, NUTS);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant_and_tell(&card, &[Category::Allergies]);
    sync(&world, &mut clinic);
    let digits = clinic.grant(granted.id).unwrap().patient.match_code;
    clinic.confirm(granted.id, &digits).unwrap();
    let hosts = |world: &World| {
        let asked = std::mem::take(&mut *world.network.requests.lock().unwrap());
        let grants = asked.into_iter().filter(|request| request.url.contains("/v1/grants/"));
        grants.map(|request| request.url.split("/v1/").next().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };

    // The new host has nothing yet: the clinic stays where it was.
    let new_host = world.other_host();
    let new_url = format!("http://{}", new_host.address());
    let about = Some(About { name: "Ada King".into(), birth_date: "1990-12-10".into() });
    let moved = |version: u64, host: &str| Envelope {
        about: about.clone(),
        host: host.to_owned(),
        host_version: Some(version),
        ..copy(&granted.envelope)
    };
    ada.send(&card, &moved(7, &new_url));
    assert_eq!(counts(&sync(&world, &mut clinic).waiting), [("NotFound", 1)]);
    hosts(&world);
    assert_eq!(read(&world, &mut clinic, granted.id).unwrap(), 1);
    assert_eq!(hosts(&world), BTreeSet::from([world.host_url()]));

    // It has: the clinic reads there, knows who was confirmed, and asks the old host nothing.
    ada.move_to(&new_url);
    let (nuts, dust) = (ada.seal(Category::Allergies, NUTS), ada.seal(Category::Allergies, DUST));
    ada.publish(Category::Allergies, vec![nuts, dust]);
    ada.commit_grant(&card, &granted);
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.accepted, synced.waiting.len()), (vec![granted.id], 0));
    hosts(&world);
    assert_eq!(read(&world, &mut clinic, granted.id).unwrap(), 2);
    assert_eq!(hosts(&world), BTreeSet::from([new_url.clone()]));
    let patient = clinic.grant(granted.id).unwrap().patient;
    assert_eq!((patient.name.as_deref(), patient.confirmed), (Some("Ada King"), true));

    // An envelope of before the move, and another of the same version, change nothing: nobody is
    // asked for them, and they are acknowledged.
    ada.send(&card, &granted.envelope);
    ada.send(&card, &moved(6, &world.host_url()));
    ada.send(&card, &moved(7, &world.host_url()));
    hosts(&world);
    assert_eq!(sync(&world, &mut clinic).accepted, [granted.id; 3]);
    assert_eq!(hosts(&world), BTreeSet::new());
    assert_eq!(sync(&world, &mut clinic), Synced::default());
    assert_eq!(read(&world, &mut clinic, granted.id).unwrap(), 2);
    assert_eq!(hosts(&world), BTreeSet::from([new_url.clone()]));

    // What the new host stops is stopped, and the clinic does not go back to the old one.
    ada.revoke_at_host(&granted);
    let reading = clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()).unwrap();
    assert_eq!(reading.refused, Some(Refusal::Revoked));
    assert_eq!(hosts(&world), BTreeSet::from([new_url]));
    new_host.stop().unwrap();
    let silent = clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system());
    assert!(matches!(silent, Err(ClinicError::Net(_))));
    assert!(!hosts(&world).contains(&world.host_url()));
}

#[test]
fn a_second_envelope_of_the_same_place_changes_nothing() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant_and_tell(&card, &[Category::Allergies]);
    sync(&world, &mut clinic);

    let about = Some(About { name: "Ada King".into(), birth_date: "1990-12-10".into() });
    for host_version in [None, Some(0)] {
        ada.send(&card, &Envelope { about: about.clone(), host_version, ..copy(&granted.envelope) });
        assert_eq!(sync(&world, &mut clinic).accepted, [granted.id]);
        assert_eq!(clinic.grant(granted.id).unwrap().patient.name.as_deref(), Some("Ada Lovelace"));
    }
}

#[test]
fn two_looks_at_once_accept_everything_and_disturb_each_other_in_nothing() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted: BTreeSet<GrantId> = (ada.grant_many(&card, Category::Allergies, 30).iter())
        .map(|granted| {
            ada.send(&card, &granted.envelope);
            granted.id
        })
        .collect();
    ada.send_bytes(&card, vec![7; 100]);
    // The desk's button, the command line, and the list that asks the ledger.
    let (desk, command) = (world.open_clinic(), world.open_clinic());
    let (one, other) = std::thread::scope(|scope| {
        let world = &world;
        let looks = [desk, command].map(|mut clinic| scope.spawn(move || sync(world, &mut clinic)));
        clinic.grants(&world.now()).unwrap();
        let [one, other] = looks.map(|look| look.join().unwrap());
        (one, other)
    });
    let accepted: BTreeSet<GrantId> = one.accepted.iter().chain(&other.accepted).copied().collect();
    assert_eq!((accepted, one.waiting.len() + other.waiting.len()), (granted.clone(), 0));
    assert_eq!(sync(&world, &mut clinic), Synced::default());
    let grants = clinic.grants(&world.now()).unwrap();
    assert_eq!(grants.iter().map(|grant| grant.grant).collect::<BTreeSet<_>>(), granted);
    assert!(grants.iter().all(|grant| grant.state == GrantState::Active));
}

const NUTS: &str = r#"{"resourceType":"AllergyIntolerance","id":"1"}"#;
const DUST: &str = r#"{"resourceType":"AllergyIntolerance","id":"2"}"#;

#[test]
fn an_answer_by_somebody_in_between_is_none_and_nothing_is_taken_for_done() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant(&card, &[Category::Allergies]);
    ada.send(&card, &granted.envelope);
    let html = || vec![("content-type".to_owned(), "text/html".to_owned())];
    // A portal answers everything.
    world.network.meddle(move |_, _| Response { status: 200, headers: html(), body: b"<html>".to_vec() });
    let refused = clinic.sync(&world.now(), &mut Rng::system()).unwrap_err();
    assert_eq!(refused.code(), "AnswerMalformed");
    assert!(clinic.grants(&world.now()).unwrap().is_empty());
    // Or only the last request, which says which envelopes are dealt with.
    for (expected, status, headers, body) in [
        ("AnswerMalformed", 200, html(), b"<html>".to_vec()),
        ("AnswerMalformed", 200, cbor(), BlobIds(Vec::new()).to_cbor()),
        ("ServerTooOld", 204, silent(), Vec::new()),
    ] {
        ada.send(&card, &granted.envelope);
        world.network.meddle(move |request, response| match request.method {
            Method::Delete => Response { status, headers: headers.clone(), body: body.clone() },
            _ => response,
        });
        assert_eq!(clinic.sync(&world.now(), &mut Rng::system()).unwrap_err().code(), expected);
    }
    world.network.leave();
    ada.send(&card, &granted.envelope);
    assert_eq!(sync(&world, &mut clinic).accepted, [granted.id]);
    assert_eq!(clinic.grants(&world.now()).unwrap().len(), 1);
}

fn cbor() -> Vec<(String, String)> {
    vec![("content-type".to_owned(), "application/cbor".to_owned())]
}

fn silent() -> Vec<(String, String)> {
    [("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

#[test]
fn the_first_grant_that_answers_a_request_in_its_time_is_confirmed_and_no_other() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut rng = Rng::system();
    let asked = || Asked {
        categories: vec![Category::Results, Category::Allergies, Category::Results],
        purpose: Purpose::Treat,
        duration: Duration::days(1),
    };
    let signed = clinic.request(asked(), &world.now(), &mut rng).unwrap();
    assert_eq!(signed.request.categories, [Category::Allergies, Category::Results]);
    assert_eq!(signed.verify(&card.card.signing, world.now()), Ok(()));
    let nothing = Asked { categories: Vec::new(), ..asked() };
    assert!(matches!(clinic.request(nothing, &world.now(), &mut rng), Err(ClinicError::Terms(_))));

    let mut number = 0;
    let mut answer = |clinic: &mut Clinic, request: Option<RequestId>| {
        number += 1;
        let mut patient = Patient::new(&world, number);
        let nuts = patient.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
        patient.publish(Category::Allergies, vec![nuts]);
        let granted = patient.grant(&card, &[Category::Allergies]);
        let envelope = Envelope { request, ..copy(&granted.envelope) };
        patient.send(&card, &envelope);
        assert_eq!(sync(&world, clinic).accepted, [granted.id]);
        clinic.grant(granted.id).unwrap().patient.confirmed
    };
    assert!(!answer(&mut clinic, Some(RequestId::from_bytes([7; 16]))), "a request of nobody");
    assert!(!answer(&mut clinic, None));
    assert!(answer(&mut clinic, Some(signed.request.id)));
    assert!(!answer(&mut clinic, Some(signed.request.id)), "the second one");

    // It is fetched a little later than the patient could agree, and not much later.
    let late = clinic.request(asked(), &world.now(), &mut rng).unwrap();
    let too_late = clinic.request(asked(), &world.now(), &mut rng).unwrap();
    world.forward(Duration::minutes(74));
    assert!(answer(&mut clinic, Some(late.request.id)));
    world.forward(Duration::minutes(1));
    assert!(!answer(&mut clinic, Some(too_late.request.id)));
}

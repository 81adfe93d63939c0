//! Envelopes: the one that holds is accepted, its nearest neighbours are not.

use std::collections::BTreeMap;

use keepwell_clinic::{Clinic, Synced};
use keepwell_protocol::crypto::{HpkeSecretKey, PairSecret, Rng, Suite};
use keepwell_protocol::domain::{Category, Duration, Object, ProviderId, Scope};
use keepwell_protocol::ledger::SignedTransaction;
use keepwell_protocol::vault::{About, Envelope};

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
fn a_second_envelope_moves_a_grant_and_keeps_that_it_was_confirmed() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant_and_tell(&card, &[Category::Allergies]);
    sync(&world, &mut clinic);
    let digits = clinic.grant(granted.id).unwrap().patient.match_code;
    clinic.confirm(granted.id, &digits).unwrap();

    let about = Some(About { name: "Ada King".into(), birth_date: "1990-12-10".into() });
    ada.send(&card, &Envelope { about, ..copy(&granted.envelope) });
    sync(&world, &mut clinic);
    let patient = clinic.grant(granted.id).unwrap().patient;
    assert_eq!((patient.name.as_deref(), patient.confirmed), (Some("Ada King"), true));
}

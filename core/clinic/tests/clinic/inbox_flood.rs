//! An inbox that anybody fills: an honest grant beside it arrives all the same, and soon.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::{Duration as WallTime, Instant};

use keepwell_clinic::{Clinic, Synced};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Category, Duration, Object, Scope};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::vault::{About, Blobs, Envelope, InboxPage};

use crate::world::{Granted, Patient, World};

/// A patient with a record and a grant that stands.
fn honest<'a>(world: &'a World, clinic: &Clinic, number: u8) -> (Patient<'a>, Granted) {
    let mut patient = Patient::new(world, number);
    let nuts = patient.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    patient.publish(Category::Allergies, vec![nuts]);
    let granted = patient.grant(&clinic.card().unwrap(), &[Category::Allergies]);
    (patient, granted)
}

fn allergies() -> Scope {
    Scope { categories: vec![Category::Allergies], ..Scope::default() }
}

fn copy(envelope: &Envelope) -> Envelope {
    Envelope::from_cbor(&envelope.to_cbor()).unwrap()
}

fn sync(world: &World, clinic: &mut Clinic) -> Synced {
    clinic.sync(&world.now(), &mut Rng::system()).unwrap()
}

fn one(code: &str, count: u32) -> BTreeMap<String, u32> {
    BTreeMap::from([(code.to_owned(), count)])
}

/// The requests since the last look, by what they ask.
fn asked(world: &World, wanted: impl Fn(&Request) -> bool) -> usize {
    std::mem::take(&mut *world.network.requests.lock().unwrap()).iter().filter(|it| wanted(it)).count()
}

fn is_inbox(request: &Request) -> bool {
    request.url.contains("/v1/inbox/")
}

#[test]
fn padding_of_three_megabytes_hides_nothing_and_is_gone_after_one_look() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let (mut ada, granted) = honest(&world, &clinic, 1);
    for number in 0..110_u8 {
        let mut padded = vec![number; Envelope::LONGEST];
        padded[0] = b'x';
        ada.send_bytes(&card, padded);
    }
    ada.send(&card, &granted.envelope);
    asked(&world, |_| true);
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.accepted, synced.waiting.len()), (vec![granted.id], 0));
    assert_eq!(synced.dropped.values().sum::<u32>(), 110);
    assert_eq!(asked(&world, is_inbox), 7, "three pages, what was dropped of each, what was accepted");
    assert_eq!(sync(&world, &mut clinic), Synced::default());
}

#[test]
fn hosts_that_never_answer_cost_the_others_nothing() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    // Connections stand, and that is all: on many addresses, each a host of its own.
    let silent = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut mallory = Patient::new(&world, 9);
    for number in 0..40 {
        let mut envelope = mallory.prepare(&card, allergies(), |_| {}).envelope;
        // Two of them name the same one, each by another path.
        envelope.host = format!("http://127.0.1.{}:{port}/{number}", number / 2 + 1);
        mallory.send(&card, &envelope);
    }
    let other_host = world.other_host();
    let (mut ada, near) = honest(&world, &clinic, 1);
    ada.send(&card, &near.envelope);
    let mut bob = Patient::new(&world, 2);
    bob.move_to(&format!("http://{}", other_host.address()));
    let dust = bob.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance","id":"2"}"#);
    bob.publish(Category::Allergies, vec![dust]);
    let far = bob.grant(&card, &[Category::Allergies]);
    bob.send(&card, &far.envelope);

    asked(&world, |_| true);
    let started = Instant::now();
    let mut synced = sync(&world, &mut clinic);
    assert!(started.elapsed() < WallTime::from_secs(10), "{:?}", started.elapsed());
    synced.accepted.sort();
    let mut both = vec![near.id, far.id];
    both.sort();
    assert_eq!((synced.accepted, synced.dropped.len(), synced.waiting), (both, 0, one("Timeout", 40)));
    let tried = asked(&world, |it| it.url.contains(&format!(":{port}/")));
    assert_eq!(tried, 20, "one try of each host");
    // A day after each was tried they are gone; those that were never tried have their turn first.
    world.forward(Duration::hours(24));
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.dropped, synced.waiting), (BTreeMap::new(), one("Timeout", 40)));
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.dropped, synced.waiting), (one("Timeout", 20), one("Timeout", 20)));
}

#[test]
fn a_page_that_does_not_move_is_refused_and_what_it_brought_is_kept() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let (mut ada, granted) = honest(&world, &clinic, 1);
    ada.send(&card, &granted.envelope);
    let bend = |change: fn(&mut InboxPage)| {
        world.network.meddle(move |request, answer| match request.method {
            Method::Get if is_inbox(request) => {
                let mut page = InboxPage::from_cbor(&answer.body).unwrap();
                change(&mut page);
                Response { body: page.to_cbor(), ..answer }
            }
            _ => answer,
        });
    };
    // It begins where it began, or before.
    bend(|page| page.next = Some(0));
    asked(&world, |_| true);
    let refused = clinic.sync(&world.now(), &mut Rng::system()).unwrap_err();
    assert_eq!((refused.code(), asked(&world, is_inbox)), ("InboxRepeats", 1));
    bend(|page| page.next = Some(7));
    let refused = clinic.sync(&world.now(), &mut Rng::system()).unwrap_err();
    assert_eq!((refused.code(), asked(&world, is_inbox)), ("InboxRepeats", 3));
    assert_eq!(clinic.grants(&world.now()).unwrap().len(), 1, "what the first page brought was accepted");

    // One that moves for ever with nothing on it ends too.
    let mut next = 0;
    world.network.meddle(move |request, answer| match request.method {
        Method::Get if is_inbox(request) => {
            next += 1;
            Response { body: InboxPage { envelopes: Vec::new(), next: Some(next) }.to_cbor(), ..answer }
        }
        _ => answer,
    });
    asked(&world, |_| true);
    assert_eq!((sync(&world, &mut clinic), asked(&world, is_inbox)), (Synced::default(), 64));
}

#[test]
fn a_host_that_knows_no_pages_is_read_as_before() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let (mut ada, granted) = honest(&world, &clinic, 1);
    ada.send(&card, &granted.envelope);
    ada.send_bytes(&card, vec![7; 100]);
    let never = ada.prepare(&card, allergies(), |_| {});
    ada.send(&card, &never.envelope);
    world.network.meddle(|request, answer| match request.method {
        Method::Get if is_inbox(request) => {
            let page = InboxPage::from_cbor(&answer.body).unwrap();
            Response { body: Blobs(page.envelopes).to_cbor(), ..answer }
        }
        _ => answer,
    });
    let synced = sync(&world, &mut clinic);
    assert_eq!((synced.accepted, synced.waiting), (vec![granted.id], one("NotFound", 1)));
    assert_eq!(synced.dropped.values().sum::<u32>(), 1);
    asked(&world, |_| true);
    assert_eq!(sync(&world, &mut clinic).waiting, one("NotFound", 1));
    assert_eq!(asked(&world, is_inbox), 1);
}

#[test]
fn one_grant_is_asked_about_once_and_says_no_more_of_the_patient_than_a_name() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let (mut ada, granted) = honest(&world, &clinic, 1);
    for version in 1..=9 {
        let host = format!("http://127.0.2.{version}:9/");
        ada.send(&card, &Envelope { host, host_version: Some(version), ..copy(&granted.envelope) });
    }
    let about = Some(About { name: "Ada ".repeat(1_000), birth_date: "1990-12-10, and more".into() });
    ada.send(&card, &Envelope { about, host_version: Some(10), ..copy(&granted.envelope) });
    let (mut bob, other) = honest(&world, &clinic, 2);
    bob.send(&card, &other.envelope);
    asked(&world, |_| true);
    let synced = sync(&world, &mut clinic);
    assert_eq!(asked(&world, |it| it.url.contains("/v1/grants/")), 2);
    // The newest, three of those before it, and the other patient's.
    assert_eq!((synced.accepted.len(), synced.dropped), (5, one("EnvelopeRepeated", 6)));
    assert_eq!(sync(&world, &mut clinic), Synced::default());
    let patient = clinic.grant(granted.id).unwrap().patient;
    assert_eq!(patient.birth_date.as_deref(), Some("1990-12-10"));
    assert_eq!(patient.name.unwrap(), "Ada ".repeat(50));
}

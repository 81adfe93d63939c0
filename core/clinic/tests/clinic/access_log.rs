//! The clinic's own access log: before anything is asked for, published with a checkpoint, never rewritten.

use std::panic::{AssertUnwindSafe, catch_unwind};

use keepwell_clinic::{AccessLogProgress, Clinic};
use keepwell_net::{HttpTransport, Limits, Transport};
use keepwell_protocol::consent::{LogStatement, ProviderLogEntry, ProviderLogStart};
use keepwell_protocol::crypto::{Rng, audit_log_id, sha256};
use keepwell_protocol::domain::{Category, Duration, Object, ProviderId, Purpose};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::{AuditRecord, MerkleLog, StateKey};
use keepwell_protocol::vault::{BlobRequest, ProviderLogPage, ProviderLogTaken};

use crate::world::{Granted, Patient, World};

const NUTS: &str = r#"{"resourceType":"AllergyIntolerance","id":"3","code":{"text":"Nuts"}}"#;

/// A patient whose allergy the clinic may read.
fn granted<'a>(world: &'a World, clinic: &mut Clinic) -> (Patient<'a>, Granted) {
    let card = clinic.card().unwrap();
    let mut patient = Patient::new(world, 1);
    let nuts = patient.seal(Category::Allergies, NUTS);
    patient.publish(Category::Allergies, vec![nuts]);
    let granted = patient.grant_and_tell(&card, &[Category::Allergies]);
    assert_eq!(clinic.sync(&world.now(), &mut Rng::system()).unwrap().accepted, [granted.id]);
    (patient, granted)
}

fn publish(world: &World, clinic: &mut Clinic) -> AccessLogProgress {
    clinic.publish_access_log(&world.now(), &mut Rng::system()).unwrap()
}

/// Publishes until the ledger shows the checkpoint.
fn record(world: &World, clinic: &mut Clinic) -> AccessLogProgress {
    for _ in 0..500 {
        let progress = publish(world, clinic);
        if progress.is_recorded {
            return progress;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the ledger never showed it");
}

/// What anybody sees of the log.
fn shown(world: &World, provider: ProviderId) -> Vec<Vec<u8>> {
    let url = format!("{}/v1/inbox/{provider}/log", world.host_url());
    let answer =
        HttpTransport::new().unwrap().send(Request::new(Method::Get, url), Limits::CONFIGURED).unwrap();
    let page = ProviderLogPage::from_cbor(&answer.body).unwrap();
    page.entries.into_iter().map(Vec::from).collect()
}

/// What the patient reads in the log: the hash of each receipt, and whether the entry takes it back.
fn statements(clinic: &Clinic, granted: &Granted, entries: &[Vec<u8>]) -> Vec<([u8; 32], bool)> {
    let keys = [clinic.card().unwrap().card.signing];
    let opened = entries.iter().skip(1).map(|entry| {
        let entry = ProviderLogEntry::from_cbor(entry).unwrap();
        LogStatement::open(&entry, &granted.envelope.pair, &keys).unwrap()
    });
    opened.map(|statement| (statement.sealed_receipt, statement.is_unanswered)).collect()
}

/// The hashes of the receipts that went to the patient's host.
fn sent(world: &World) -> Vec<[u8; 32]> {
    let requests = world.network.requests.lock().unwrap();
    let blobs = requests.iter().filter(|request| request.url.ends_with("/blobs"));
    blobs.map(|request| sha256(&BlobRequest::from_cbor(&request.body).unwrap().receipt)).collect()
}

fn root(entries: &[Vec<u8>]) -> [u8; 32] {
    let mut log = MerkleLog::default();
    entries.iter().for_each(|entry| log.push(entry));
    log.root()
}

#[test]
fn each_request_is_logged_and_the_ledger_is_told_of_it_once_an_hour() {
    let world = World::start();
    let mut clinic = world.clinic();
    let provider = clinic.card().unwrap().card.provider;
    let (_ada, granted) = granted(&world, &mut clinic);
    assert_eq!(publish(&world, &mut clinic), AccessLogProgress::default(), "nothing was read");

    let began = world.now();
    let read = |clinic: &mut Clinic| {
        let reading = clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()).unwrap();
        assert_eq!(reading.records.len(), 1);
    };
    read(&mut clinic);
    assert_eq!((publish(&world, &mut clinic).entries, publish(&world, &mut clinic).published), (3, 0));
    world.forward(Duration::hours(1));
    let progress = record(&world, &mut clinic);
    assert_eq!((progress.entries, progress.published, progress.checkpoint), (3, 3, 3));
    let first = shown(&world, provider);
    assert_eq!(ProviderLogStart::from_cbor(&first[0]), Ok(ProviderLogStart { provider, time: began }));
    let told = statements(&clinic, &granted, &first);
    assert_eq!(told, sent(&world).into_iter().map(|receipt| (receipt, false)).collect::<Vec<_>>());

    // The list and the record once more, by another process. Nobody is told of an hour before it is over.
    let mut again = world.open_clinic();
    read(&mut again);
    let asked = world.network.requests.lock().unwrap().len();
    let progress = publish(&world, &mut again);
    assert_eq!((progress.entries, progress.published, progress.checkpoint), (5, 3, 3));
    assert_eq!(world.network.requests.lock().unwrap().len(), asked);
    world.forward(Duration::hours(1));
    let progress = record(&world, &mut again);
    assert_eq!((progress.entries, progress.published, progress.checkpoint), (5, 5, 5));
    let second = shown(&world, provider);
    assert_eq!(second[..3], first);
    let receipts: Vec<_> = statements(&clinic, &granted, &second).into_iter().map(|(it, _)| it).collect();
    assert_eq!(receipts, sent(&world));
    let is_second = |value: &[u8]| {
        let record = AuditRecord::from_cbor(value).unwrap();
        (record.provider, record.size, record.root) == (provider, 5, root(&second))
    };
    world.prove_until(&StateKey::AuditLog(audit_log_id(&provider)), |it| {
        it.value.as_deref().is_some_and(is_second)
    });
}

#[test]
fn what_brought_nothing_is_taken_back_also_after_a_crash() {
    let world = World::start();
    let mut clinic = world.clinic();
    let provider = clinic.card().unwrap().card.provider;
    let (_ada, granted) = granted(&world, &mut clinic);
    // The first answer with blobs does not arrive.
    world.network.meddle(|request, mut response| {
        if request.url.ends_with("/blobs") {
            response.status = 500;
        }
        response
    });
    clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()).unwrap_err();
    world.forward(Duration::hours(1));
    record(&world, &mut clinic);
    let lost = sent(&world)[0];
    assert_eq!(statements(&clinic, &granted, &shown(&world, provider)), [(lost, false), (lost, true)]);

    // The process ends between the entry and the answer: what is open is not public before it is settled.
    world.network.meddle(|request, response| {
        assert!(!request.url.ends_with("/blobs"), "killed here");
        response
    });
    let read = AssertUnwindSafe(|| clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()));
    assert!(catch_unwind(read).is_err());
    world.network.leave();
    let mut clinic = world.open_clinic();
    let killed = sent(&world)[1];
    // The tenth minute is one in which it may still be answered.
    world.clock.forward(Duration::minutes(10));
    let progress = publish(&world, &mut clinic);
    assert_eq!((progress.entries, progress.published), (4, 3));
    world.forward(Duration::hours(1));
    let progress = record(&world, &mut clinic);
    assert_eq!((progress.entries, progress.published, progress.checkpoint), (5, 5, 5));
    let told = statements(&clinic, &granted, &shown(&world, provider));
    assert_eq!(told, [(lost, false), (lost, true), (killed, false), (killed, true)]);
    // A number is never used twice.
    clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()).unwrap();
    world.forward(Duration::hours(1));
    assert_eq!(record(&world, &mut clinic).entries, 7);
}

#[test]
fn a_home_that_was_put_back_does_not_write_another_log() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (_ada, granted) = granted(&world, &mut clinic);
    let read = |clinic: &mut Clinic| {
        clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()).unwrap();
    };
    read(&mut clinic);
    world.forward(Duration::hours(1));
    record(&world, &mut clinic);
    drop(clinic);
    let (home, copy) = (world.clinic_home(), world.homes.path().join("copy"));
    let copy_files = |from: &std::path::Path, to: &std::path::Path| {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    };
    copy_files(&home, &copy);
    let mut clinic = world.open_clinic();
    read(&mut clinic);
    world.forward(Duration::hours(1));
    record(&world, &mut clinic);
    drop(clinic);
    std::fs::remove_dir_all(&home).unwrap();
    copy_files(&copy, &home);
    // It reads on, with other entries under the numbers that were used.
    let mut clinic = world.open_clinic();
    read(&mut clinic);
    world.forward(Duration::hours(1));
    let refused = clinic.publish_access_log(&world.now(), &mut Rng::system()).unwrap_err();
    assert_eq!(refused.code(), "ProviderLogConflict");
}

#[test]
fn a_host_that_lost_the_log_gets_it_again_though_nothing_is_new() {
    let world = World::start();
    let mut clinic = world.clinic();
    let (_ada, granted) = granted(&world, &mut clinic);
    clinic.read(granted.id, Purpose::Treat, &world.now(), &mut Rng::system()).unwrap();
    world.forward(Duration::hours(1));
    record(&world, &mut clinic);
    let asked = world.network.requests.lock().unwrap().len();
    publish(&world, &mut clinic);
    assert_eq!(world.network.requests.lock().unwrap().len(), asked, "it was handed in not long ago");

    world.forward(Duration::days(1));
    let lost = |answers: usize| {
        let mut left = answers;
        move |request: &Request, mut response: Response| {
            if request.url.ends_with("/log") && left > 0 {
                left -= 1;
                response.body = ProviderLogTaken { size: 0 }.to_cbor();
            }
            response
        }
    };
    world.network.meddle(lost(1));
    assert_eq!(publish(&world, &mut clinic).published, 3);
    let handed_in = |world: &World| {
        let requests = world.network.requests.lock().unwrap();
        let pages = requests.iter().skip(asked).filter(|request| request.url.ends_with("/log"));
        let pages = pages.map(|request| ProviderLogPage::from_cbor(&request.body).unwrap());
        pages.map(|page| (page.first, page.entries.len())).collect::<Vec<_>>()
    };
    assert_eq!(handed_in(&world), [(3, 0), (0, 3)]);
    // One that takes nothing is not asked for ever.
    world.network.meddle(lost(100));
    let refused = clinic.publish_access_log(&world.now(), &mut Rng::system()).unwrap_err();
    assert_eq!(refused.code(), "UnexpectedAnswer");
    assert_eq!(handed_in(&world).len(), 4);
}

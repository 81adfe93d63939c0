//! A second patient, whose wallet files a record where it does not belong.

use std::ops::ControlFlow;

use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{self, RecordKey, Rng, Seed};
use keepwell_protocol::domain::{Category, Duration, Object as _, Purpose, Scope, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{
    Blobs, Commit, Compartment, RecordBlob, RecordHeader, References, Segment, SegmentEntry, SegmentRef,
    SpaceView,
};
use keepwell_wallet::{Clock as _, GrantRequest, ImportFile, ImportOptions, ProviderName, SystemClock};

use super::check::check;
use super::consent::SYNC;
use super::parties::Parties;
use super::patient::Patient;
use super::story::Story;
use crate::failure::{CommandError, Failure};

/// Grants allergies to the clinic, lists a Condition among them, and answers with the reason for which the
/// clinic's own reader drops it.
pub(super) fn misfile(story: &mut Story) -> Result<&'static str, Failure> {
    let mut careless = Patient::create(&story.home("careless"))?;
    let (_, parties) = story.patient_and_parties()?;
    let network = parties.connection.network();
    let records = [PATIENT, ALLERGY, CONDITION].join("\n").into_bytes();
    let mut file = [ImportFile::from_bytes("", &records)];
    careless.wallet.import(&mut file, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    parties
        .with_servers(|servers| Ok(careless.wallet.connect(&careless.fresh, servers, None, network)?))?;
    let request = GrantRequest {
        provider: ProviderName::Id(parties.clinic.card()?.card.provider),
        scope: Scope { categories: vec![Category::Allergies], ..Scope::default() },
        purpose: Purpose::Treat,
        duration: Duration::days(1),
        about: careless.wallet.about_owner()?,
        request: None,
    };
    let grant = careless.wallet.grant(&careless.fresh, request, network)?.grant;
    careless.wallet.sync(SYNC, network)?;
    let mut rng = Rng::system();
    parties.clinic.sync(&SystemClock, &mut rng)?;
    let before = parties.clinic.read(grant, Purpose::Treat, &SystemClock, &mut rng)?;
    check(before.records.len() == 1 && before.dropped.is_empty(), "what was filed well is read")?;

    list_among_allergies(parties, &careless.words.seed(&Passphrase::none()), CONDITION.as_bytes())?;
    let after = parties.clinic.read(grant, Purpose::Treat, &SystemClock, &mut rng)?;
    check(
        after.records.iter().map(|record| record.bytes.as_slice()).eq([ALLERGY.as_bytes()]),
        "a record that was filed wrongly is not read, and the others are",
    )?;
    match after.dropped.iter().collect::<Vec<_>>().as_slice() {
        [(reason, 1)] => Ok(reason),
        _ => Err(CommandError::DemoCheck("the reader says why it dropped one record").into()),
    }
}

/// Does what no wallet of ours does, with the wallet's own keys: seals a record of another category, adds it
/// to the allergies, signs and commits that.
fn list_among_allergies(parties: &Parties, seed: &Seed, resource: &[u8]) -> Result<(), Failure> {
    let (now, mut rng) = (SystemClock.now(), Rng::system());
    let call = |method: Method, path: &str, body: Vec<u8>| {
        let (status, body) = parties.ask_host(method, path, body, &seed.owner_key())?;
        check((200..300).contains(&status), "the host does what the owner's key asks")?;
        Ok::<_, Failure>(body)
    };
    let not_ours = || Failure::from(CommandError::DemoCheck("the host has the space of the second patient"));
    let space = SpaceView::from_cbor(&call(Method::Get, "/v1/space", Vec::new())?).map_err(|_| not_ours())?;
    let label = Compartment::Category(Category::Allergies).to_string();
    let id = crypto::compartment_id(&seed.compartment_key(), &label);
    let signing_key = crypto::compartment_signing_key(&seed.compartment_key(), &label);
    let sealed = space.heads.iter().find(|head| head.compartment == id).ok_or_else(not_ours)?;
    let epoch_key = sealed.open_owner_wrap(&seed.vault_key()).map_err(|_| not_ours())?;
    let mut head = sealed.open(&epoch_key, &signing_key.public_key()).map_err(|_| not_ours())?;

    let (entry, record) = sealed_condition(resource, now, &mut rng)?;
    let blob = entry.blob;
    let key = RecordKey::generate(&mut rng)?;
    let (segment_blob, segment) = Segment(vec![entry]).seal(id, &key, &mut rng)?;
    head.segments.push(SegmentRef { blob: segment_blob, key, count: 1 });
    (head.version, head.time) = (head.version + 1, now);
    call(Method::Post, "/v1/blobs", Blobs(vec![record.into(), segment.into()]).to_cbor())?;
    let mut blobs = vec![blob, segment_blob];
    blobs.sort_unstable();
    let head = head.seal(&epoch_key, &signing_key, &seed.vault_key(), &mut rng)?;
    let references_added = vec![References { compartment: id, blobs }];
    let commit = Commit { references_added, ..Commit::new(space.version + 1, vec![head]) };
    call(Method::Post, "/v1/space/commit", commit.to_cbor()).map(drop)
}

/// A condition, sealed as the record that it is, and what lists it.
fn sealed_condition(
    resource: &[u8],
    now: Timestamp,
    rng: &mut Rng,
) -> Result<(SegmentEntry, Vec<u8>), Failure> {
    let header = RecordHeader {
        resource_type: "Condition".to_owned(),
        source: "file".to_owned(),
        full_url: None,
        received: now,
        sha256: crypto::sha256(resource),
        category: Some(Category::Conditions),
        encoding: None,
    };
    let key = RecordKey::generate(rng)?;
    let (blob, record) = RecordBlob { header, bytes: resource.to_vec() }.seal(&key, rng)?;
    let entry = SegmentEntry {
        record: crypto::record_id(resource),
        version: 1,
        blob,
        key,
        length: record.len() as u64,
        withdrawn: false,
        referenced: false,
        superseded: false,
    };
    Ok((entry, record))
}

const PATIENT: &str = concat!(
    r#"{"resourceType":"Patient","id":"careless","#,
    r#""name":[{"family":"Less","given":["Cara"]}],"birthDate":"1985-06-07"}"#
);
const ALLERGY: &str = concat!(
    r#"{"resourceType":"AllergyIntolerance","id":"pollen","#,
    r#""patient":{"reference":"Patient/careless"},"code":{"text":"Pollen"}}"#
);
const CONDITION: &str = concat!(
    r#"{"resourceType":"Condition","id":"private","#,
    r#""subject":{"reference":"Patient/careless"},"code":{"text":"Nobody's business"}}"#
);

//! The desk page in a real browser, with a real patient's record. Run by `./dev test web`, which
//! brings the browser and sets `KEEPWELL_WEB_MODULES`, and `KEEPWELL_WEB_PICTURES` for screenshots.

use std::io::Read;
use std::path::Path;
use std::process::Command;

use flate2::read::GzDecoder;
use keepwell_protocol::consent::SignedAccessRequest;
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Category, Duration, Scope};
use keepwell_protocol::formats::fhir::{Event, Limits, ResourceHead, category, read};
use keepwell_protocol::ledger::ProviderCode;
use keepwell_protocol::vault::{About, Envelope};

use crate::desk_client::Desk;
use crate::world;
use crate::world::{Patient, World};

const RECORD: &str =
    "../../fixtures/patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz";

#[test]
#[ignore = "needs a browser: ./dev test web"]
fn a_browser_finds_the_page_accessible_in_light_and_dark() {
    let modules = std::env::var("KEEPWELL_WEB_MODULES").unwrap();
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();

    let mut vivien = Patient::new(&world, 1);
    let bundle = record();
    let mut shelves: std::collections::BTreeMap<Category, Vec<world::Sealed>> = Default::default();
    read(bundle.as_slice(), Limits::default(), &mut |event| {
        if let Event::Resource(resource) = event {
            let head = ResourceHead::read(resource.bytes).unwrap();
            let category = category(&head, None);
            let text = std::str::from_utf8(resource.bytes).unwrap();
            shelves.entry(category).or_default().push(vivien.seal(category, text));
        }
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    // Records that do not hold, with flags, parts without a value, letters.
    for line in include_str!("../../../../fixtures/scenarios/pictures.ndjson").lines() {
        let category = category(&ResourceHead::read(line.as_bytes()).unwrap(), None);
        if category != Category::Patient {
            shelves.entry(category).or_default().push(vivien.seal(category, line));
        }
    }
    let wanted = Category::ALL.to_vec();
    for category in wanted.iter().copied() {
        if let Some(records) = shelves.remove(&category) {
            vivien.publish(category, records);
        }
    }
    let scope = Scope { categories: wanted, ..Scope::default() }.normalized();
    let granted = vivien.grant_scope(&card, scope, |_| {});
    let about = Some(About { name: "Vivien121 Nolan344".into(), birth_date: "2000-08-06".into() });
    let Envelope { transaction, salt, terms, pair, host, .. } = granted.envelope;
    vivien.send(
        &card,
        &Envelope {
            transaction,
            key_transaction: None,
            salt,
            terms,
            pair,
            host,
            about,
            request: None,
            host_version: None,
        },
    );

    let mut ada = Patient::new(&world, 2);
    let nuts =
        ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance","code":{"text":"Peanuts"}}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let over = ada.grant_and_tell(&card, &[Category::Allergies]);
    world.clock.forward(Duration(1));
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    ada.revoke_on_ledger(&over);

    let share = vivien.share("application/fhir+json", &share_of(&bundle), "Today’s visit");
    let desk = Desk::start(&world);
    let pictures = std::env::var("KEEPWELL_WEB_PICTURES").unwrap_or_default();
    let codes = tempfile::tempdir().unwrap();
    let status = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clinic/desk_page.mjs"))
        .env("KEEPWELL_WEB_MODULES", modules)
        .args([&desk.url, &desk.code, &format!("/grants/{}", granted.id), &share.to_uri()])
        .args([codes.path().to_str().unwrap(), &pictures])
        .status()
        .unwrap();
    assert!(status.success());
    for scheme in ["light.png", "dark.png"] {
        let seen = std::fs::read(codes.path().join(scheme)).unwrap();
        let code = ProviderCode(card.card.provider).to_string();
        assert_eq!(keepwell_clinic::read_picture(&seen).unwrap(), code, "{scheme}");
    }
    let seen = std::fs::read(codes.path().join("request.png")).unwrap();
    let request = SignedAccessRequest::parse(&keepwell_clinic::read_picture(&seen).unwrap()).unwrap();
    assert_eq!(request.request.provider, card.card.provider);
}

fn record() -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORD);
    let mut bytes = Vec::new();
    GzDecoder::new(std::fs::File::open(file).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The patient and the allergies of a Bundle, as one to share.
fn share_of(bundle: &[u8]) -> Vec<u8> {
    let mut bundle: serde_json::Value = serde_json::from_slice(bundle).unwrap();
    let entries = bundle["entry"].as_array_mut().unwrap();
    entries.retain(|entry| {
        matches!(
            entry["resource"]["resourceType"].as_str(),
            Some("Patient" | "AllergyIntolerance" | "Immunization")
        )
    });
    serde_json::to_vec(&bundle).unwrap()
}

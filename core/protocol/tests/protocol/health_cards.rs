//! SMART Health Cards: the examples of the specification verify, and each defective one is told by its defect.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keepwell_protocol::domain::{Sensitivity, Timestamp};
use keepwell_protocol::formats::fhir::{self, Event, Limits};
use keepwell_protocol::formats::shc::{
    CardClaims, CardState, HealthCard, HealthCardError, IssuerKeys, IssuerKeysError, RevocationList,
    read_codes, read_file,
};
use serde_json::Value;

use crate::sample;

const NOW: Timestamp = Timestamp(1_796_000_000);

/// The signed texts in a file, by the end of its name; one that is pasted may have white space around it.
fn cards(path: &Path) -> Result<Vec<String>, HealthCardError> {
    let text = fs::read_to_string(path).unwrap();
    let name = path.to_str().unwrap();
    if name.ends_with(".smart-health-card") {
        read_file(text.as_bytes())
    } else if name.contains("numeric") {
        read_codes(&text)
    } else {
        Ok(vec![text])
    }
}

/// What is said of the cards of a file: a code or a state of each.
fn said(path: &Path, keys: &IssuerKeys, list: Option<&RevocationList>) -> Vec<&'static str> {
    match cards(path) {
        Err(error) => vec![error.code()],
        Ok(cards) => cards
            .iter()
            .map(|card| match HealthCard::read(card) {
                Err(error) => error.code(),
                Ok(card) => {
                    // Keys are those of their own issuer and no other.
                    let own = card.claims().issuer() == "https://spec.smarthealth.cards/examples/issuer";
                    card.state(own.then_some(keys), list, NOW).as_str()
                }
            })
            .collect(),
    }
}

struct Issuer {
    folder: PathBuf,
    keys: IssuerKeys,
    list: RevocationList,
}

fn issuer() -> Option<Issuer> {
    let folder = sample::data("fhir")?;
    let keys = IssuerKeys::read(&fs::read(folder.join("shc/issuer-jwks.json")).unwrap()).unwrap();
    let list = folder.join("shc/issuer-3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s.json");
    let list = RevocationList::read(&fs::read(list).unwrap()).unwrap();
    Some(Issuer { folder, keys, list })
}

#[test]
fn the_examples_verify_in_each_form() {
    let Some(Issuer { folder, keys, list }) = issuer() else { return };
    for number in ["00", "01"] {
        let minified: Value = serde_json::from_slice(
            &fs::read(folder.join(format!("shc/example-{number}-c-jws-payload-minified.json"))).unwrap(),
        )
        .unwrap();
        let mut texts = Vec::new();
        for form in ["d-jws.txt", "e-file.smart-health-card", "f-qr-code-numeric-value-0.txt"] {
            let path = folder.join(format!("shc/example-{number}-{form}"));
            assert_eq!(said(&path, &keys, Some(&list)), ["verified"], "{number} {form}");
            let text = cards(&path).unwrap().remove(0);
            let card = HealthCard::read(&text).unwrap();
            let bundle: Value = serde_json::from_slice(card.claims().bundle()).unwrap();
            assert_eq!(bundle, minified["vc"]["credentialSubject"]["fhirBundle"], "{number} {form}");
            texts.push(text);
        }
        assert!(texts.iter().all(|text| *text == texts[0]), "{number}");
    }
}

#[test]
fn each_defective_card_is_told_by_its_defect() {
    let Some(Issuer { folder, keys, .. }) = issuer() else { return };
    for (name, expected) in [
        ("00-d-jws-der-signature-r-neg.txt", &["HealthCardSignature"][..]),
        ("00-d-jws-der-signature-s-neg.txt", &["HealthCardSignature"]),
        ("00-d-jws-invalid-signature.txt", &["broken"]),
        ("00-d-jws-issuer-not-valid-with-smart-key.txt", &["unknown-issuer"]),
        ("00-d-jws-no_deflate.txt", &["HealthCardHeader"]),
        ("00-d-jws-no_jws_header_kid.txt", &["HealthCardHeader"]),
        ("00-d-jws-trailing_chars.txt", &["HealthCardMalformed"]),
        ("00-d-jws-wrong_jws_header_kid.txt", &["unknown-key"]),
        ("00-e-file-invalid_deflate.smart-health-card", &["HealthCardInflate"]),
        ("00-e-file-invalid_issuer_url_http.smart-health-card", &["HealthCardIssuer"]),
        // Too long for one code, which a file need not care about; and of before there were claims like today's.
        ("00-e-file-jws_too_long.smart-health-card", &["HealthCardTime"]),
        // Several cards in a file are several cards, and white space behind JSON is nothing.
        ("00-e-file-multi-jws.smart-health-card", &["verified", "verified"]),
        ("00-e-file-trailing_chars.smart-health-card", &["verified"]),
        ("00-f-qr-code-numeric-value-0-index-out-of-range.txt", &["HealthCardChunks"]),
        ("00-f-qr-code-numeric-value-0-odd-count.txt", &["HealthCardDigits"]),
        ("00-f-qr-code-numeric-value-0-wrong-multi-chunk.txt", &["HealthCardChunks"]),
        ("02-f-qr-code-numeric-value-1-qr_chunk_too_big.txt", &["HealthCardChunks"]),
    ] {
        let path = folder.join("shc-negative").join(format!("test-example-{name}"));
        assert_eq!(said(&path, &keys, None), expected, "{name}");
    }
}

#[test]
fn each_defective_payload_is_told_by_its_defect() {
    let Some(Issuer { folder, .. }) = issuer() else { return };
    let state = |claims: &CardClaims| claims.state(NOW).as_str();
    for (name, expected) in [
        ("example-00-b-jws-payload-expanded-expired", "expired"),
        ("example-00-b-jws-payload-expanded-pre-expired", "expired"),
        ("example-00-b-jws-payload-expanded-nbf_not_yet_valid", "not-yet-valid"),
        ("example-00-b-jws-payload-expanded-missing-shc-vc-type", "HealthCardType"),
        // Types beside that of a health card say nothing any more.
        ("example-00-b-jws-payload-expanded-missing-covid-vc-type", "unknown-issuer"),
        ("example-00-b-jws-payload-expanded-unknown-vc-types", "unknown-issuer"),
        ("example-covid-lab-jwspayload-missing-lab-vc-type", "unknown-issuer"),
    ] {
        let payload = fs::read(folder.join("shc-negative").join(format!("test-{name}.json"))).unwrap();
        let found = CardClaims::read(&payload);
        assert_eq!(found.as_ref().map_or_else(|error| error.code(), state), expected, "{name}");
    }
}

#[test]
fn each_defective_key_is_told_by_its_defect() {
    let Some(Issuer { folder, .. }) = issuer() else { return };
    for (name, expected) in [
        ("valid_key", Ok(())),
        ("valid_keys", Ok(())),
        // The certificate's chain, which says nothing about whom a patient trusts, is not looked at.
        ("invalid_chain.public", Ok(())),
        ("issuer.jwks.public.not.smart", Ok(())),
        ("cert_mismatch.public", Err(IssuerKeysError::Certificate)),
        ("wrong_curve_key", Err(IssuerKeysError::NoKey)),
        ("wrong_kty_key", Err(IssuerKeysError::NoKey)),
        ("test-issuers", Err(IssuerKeysError::Malformed)),
    ] {
        let json = fs::read(folder.join("shc-negative").join(format!("{name}.json"))).unwrap();
        assert_eq!(IssuerKeys::read(&json).map(|_| ()), expected, "{name}");
    }
    // Keys that are in order, but of another issuer, verify none of these cards.
    let other = fs::read(folder.join("shc-negative/issuer.jwks.public.not.smart.json")).unwrap();
    let other = IssuerKeys::read(&other).unwrap();
    assert_eq!(said(&folder.join("shc/example-00-d-jws.txt"), &other, None), ["unknown-key"]);
}

#[test]
fn a_card_that_was_changed_anywhere_is_broken_or_none() {
    let Fixture { text: good, keys, list } = fixture();
    let state = |text: &str| HealthCard::read(text).map(|card| card.state(Some(&keys), Some(&list), NOW));
    assert_eq!(state(&good), Ok(CardState::Verified));
    let (mut broken, mut none) = (0, 0);
    for at in 0..good.len() {
        for other in ["A", "x", "."] {
            let mut changed = good.clone();
            changed.replace_range(at..=at, other);
            if changed == good {
                continue;
            }
            match state(&changed) {
                Ok(CardState::Broken | CardState::UnknownKey) => broken += 1,
                Err(_) => none += 1,
                Ok(state) => panic!("{at} {other}: {state:?}"),
            }
        }
        assert!(state(&good[..at]).is_err(), "cut at {at}");
    }
    assert!(broken > 100 && none > 100, "{broken} {none}");
}

#[test]
fn a_card_that_can_be_revoked_is_held_against_the_list_of_its_key() {
    let Fixture { text, keys, list } = fixture();
    let card = HealthCard::read(&text).unwrap();
    let id = card.claims().revocation_id().unwrap();
    let issued = card.claims().not_before().0;
    let listed = |kid: &str, version: u64, entry: String| {
        let json = serde_json::json!({ "kid": kid, "method": "rid", "ctr": version, "rids": [entry] });
        RevocationList::read(json.to_string().as_bytes()).unwrap()
    };
    let own = card.key_id();
    let state = |list: &RevocationList| card.state(Some(&keys), Some(list), NOW);
    assert_eq!(state(&list), CardState::Verified);
    assert_eq!(card.state(Some(&keys), None, NOW), CardState::UnknownRevocation);
    assert_eq!(card.state(None, Some(&listed(own, 1, id.to_owned())), NOW), CardState::UnknownIssuer);
    for (list, expected) in [
        (listed(own, 1, id.to_owned()), CardState::Revoked),
        (listed(own, 1, format!("{id}.{}", issued + 1)), CardState::Revoked),
        (listed(own, 1, format!("{id}.{issued}")), CardState::Verified),
        (listed(own, 1, format!("{id}x")), CardState::Verified),
        // A list that is older than the key says counts for what it names and for nothing else.
        (listed(own, 0, id.to_owned()), CardState::Revoked),
        (listed(own, 0, "x".to_owned()), CardState::UnknownRevocation),
        (listed("other", 1, id.to_owned()), CardState::UnknownRevocation),
    ] {
        assert_eq!(state(&list), expected, "{list:?}");
    }
    assert_eq!(card.state(Some(&keys), Some(&list), Timestamp(issued)), CardState::Verified);
    assert_eq!(card.state(Some(&keys), Some(&list), Timestamp(issued - 1)), CardState::NotYetValid);
}

/// A resource of a card: its address, its JSON and who issued it.
type Opened = (Option<String>, Value, Option<String>);

/// What a reader gives of cards, and the codes of what it sets aside.
fn opened(input: &str) -> (Vec<Opened>, Vec<&'static str>) {
    let (mut resources, mut set_aside) = (Vec::new(), Vec::new());
    fhir::read(input.as_bytes(), Limits::default(), &mut |event| {
        match event {
            Event::Resource(resource) => resources.push((
                resource.full_url.map(str::to_owned),
                serde_json::from_slice(resource.bytes).unwrap(),
                resource.issuer.map(str::to_owned),
            )),
            Event::Quarantined { reason, .. } => set_aside.push(reason.code()),
            _ => {}
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    (resources, set_aside)
}

#[test]
fn a_card_is_opened_and_kept_byte_for_byte() {
    use base64::Engine;
    let Fixture { text, .. } = fixture();
    let (resources, set_aside) = opened(&text);
    assert!(set_aside.is_empty());
    let issuer = Some("https://spec.smarthealth.cards/examples/issuer".to_owned());
    assert!(resources.iter().all(|(_, _, by)| *by == issuer));
    let types: Vec<_> = resources.iter().map(|(_, json, _)| json["resourceType"].as_str().unwrap()).collect();
    assert_eq!(types, ["DocumentReference", "Patient", "Immunization", "Immunization", "Immunization"]);

    // The file within is one that any other wallet takes, with the signed text as it came.
    let attachment = &resources[0].1["content"][0]["attachment"];
    assert_eq!(attachment["contentType"], "application/smart-health-card");
    let file =
        base64::engine::general_purpose::STANDARD.decode(attachment["data"].as_str().unwrap()).unwrap();
    assert_eq!(read_file(&file), Ok(vec![text.clone()]));
    assert_eq!(fhir::kept_health_card(resources[0].1.to_string().as_bytes()), Some(text.clone()));
    let letter = resources[0].1.to_string().replace("application/smart-health-card", "text/plain");
    assert_eq!(fhir::kept_health_card(letter.as_bytes()), None);
    assert_eq!(opened(std::str::from_utf8(&file).unwrap()).0, resources);

    // What is in it is as the issuer wrote it, but for where its references lead.
    let patient = resources[1].0.clone().unwrap();
    assert!(patient.starts_with("urn:uuid:"));
    assert_eq!(resources[0].1["subject"]["reference"], patient);
    let card = HealthCard::read(&text).unwrap();
    let mut bundle: Value = serde_json::from_slice(card.claims().bundle()).unwrap();
    for (entry, (_, json, _)) in bundle["entry"].as_array_mut().unwrap().iter_mut().zip(&resources[1..]) {
        if let Some(reference) = entry["resource"].pointer_mut("/patient/reference") {
            assert_eq!(*reference, "resource:0");
            *reference = patient.clone().into();
        }
        assert_eq!(entry["resource"], *json);
    }
}

#[test]
fn the_same_card_has_the_same_addresses_in_each_form_and_no_other_has() {
    let Some(Issuer { folder, .. }) = issuer() else { return };
    let read = |name: &str| opened(&fs::read_to_string(folder.join(name)).unwrap()).0;
    let card = read("shc/example-00-d-jws.txt");
    for form in ["e-file.smart-health-card", "f-qr-code-numeric-value-0.txt"] {
        assert_eq!(read(&format!("shc/example-00-{form}")), card, "{form}");
    }
    let both = read("shc-negative/test-example-00-e-file-multi-jws.smart-health-card");
    let addresses: BTreeSet<_> =
        card.iter().chain(&both).filter_map(|(address, ..)| address.clone()).collect();
    assert_eq!(addresses.len(), 4 + 3 + 3);
}

#[test]
fn of_several_cards_only_what_cannot_be_read_is_set_aside() {
    let Fixture { text, .. } = fixture();
    let file = |cards: &[&str]| serde_json::json!({ "verifiableCredential": cards }).to_string();
    let (resources, set_aside) = opened(&file(&[&text, "a.b.c"]));
    assert_eq!((resources.len(), set_aside), (5, vec!["HealthCardMalformed"]));
    let (resources, set_aside) = opened(&file(&[]));
    assert_eq!((resources.len(), set_aside), (0, vec!["HealthCardFile"]));
    // A line of several.
    let lines = format!("{}\n{{\"resourceType\":\"Patient\"}}\n", file(&[&text]));
    let (resources, set_aside) = opened(&lines);
    assert_eq!((resources.len(), set_aside.len()), (6, 0));
    assert_eq!(resources.last().unwrap().2, None);
    // Pasted, with white space around it.
    assert_eq!(opened(&format!(" \n{text} \t\r\n")).0, opened(&text).0);
}

#[test]
fn the_record_that_keeps_a_card_is_of_the_kinds_of_all_that_is_in_it() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let card_about = |code: &str| {
        let condition = serde_json::json!({ "resourceType": "Condition",
            "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code }] } });
        let bundle = serde_json::json!({ "resourceType": "Bundle", "type": "collection",
            "entry": [{ "fullUrl": "resource:0", "resource": condition }] });
        let claims = serde_json::json!({ "iss": "https://issuer.example", "nbf": 1,
            "vc": { "type": ["https://smarthealth.cards#health-card"],
                "credentialSubject": { "fhirVersion": "4.0.1", "fhirBundle": bundle } } });
        let mut packed = Vec::new();
        let claims = claims.to_string();
        flate2::read::DeflateEncoder::new(claims.as_bytes(), flate2::Compression::best())
            .read_to_end(&mut packed)
            .unwrap();
        let header = br#"{"zip":"DEF","alg":"ES256","kid":"k"}"#;
        [&header[..], &packed, &[1; 64]].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
    };
    for (code, kinds) in [("F32.9", vec![Sensitivity::MentalHealth]), ("G40.9", vec![])] {
        let (resources, _) = opened(&card_about(code));
        let types: Vec<_> =
            resources.iter().map(|(_, json, _)| json["resourceType"].as_str().unwrap()).collect();
        assert_eq!(types, ["DocumentReference", "Condition"]);
        for (_, json, _) in resources {
            let found: Vec<_> = fhir::sensitivities(json.to_string().as_bytes()).into_iter().collect();
            assert_eq!(found, kinds, "{json}");
        }
    }
}

/// The card of the specification's first example, with the keys of its issuer.
struct Fixture {
    text: String,
    keys: IssuerKeys,
    list: RevocationList,
}

fn fixture() -> Fixture {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir");
    Fixture {
        text: fs::read_to_string(folder.join("example-00-d-jws.txt")).unwrap(),
        keys: IssuerKeys::read(&fs::read(folder.join("issuer-jwks.json")).unwrap()).unwrap(),
        list: RevocationList::read(&fs::read(folder.join("issuer-crl.json")).unwrap()).unwrap(),
    }
}

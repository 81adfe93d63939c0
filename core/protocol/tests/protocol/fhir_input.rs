//! What the reader of health records does with real files of each kind, and with hostile ones.

use std::{
    io::{self, Read, Write},
    ops::ControlFlow,
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use keepwell_protocol::formats::fhir::{
    Event, Kind, Limits, Quarantine, ReadError, ResourceHead, Summary, kept_health_card, read,
};
use proptest::prelude::*;

use crate::sample::drops::Drops;

/// An event, owned.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Item {
    Resource { bytes: Vec<u8>, full_url: Option<String>, index: u64 },
    Quarantined { index: u64, reason: Quarantine },
}

fn items_within(source: impl Read, limits: Limits) -> (Vec<Item>, Result<Summary, ReadError>) {
    let mut items = Vec::new();
    let summary = read(source, limits, &mut |event| {
        match event {
            Event::Resource(resource) => items.push(Item::Resource {
                bytes: resource.bytes.to_vec(),
                full_url: resource.full_url.map(str::to_owned),
                index: resource.index,
            }),
            Event::Quarantined { index, reason, .. } => items.push(Item::Quarantined { index, reason }),
            Event::Card(_)
            | Event::Document(_)
            | Event::Measurements(_)
            | Event::Deleted(_)
            | Event::Outcome(_)
            | Event::Page(_)
            | Event::Exported(_)
            | Event::Progress { .. } => {}
        }
        ControlFlow::Continue(())
    });
    (items, summary)
}

fn items(source: impl Read) -> (Vec<Item>, Result<Summary, ReadError>) {
    items_within(source, Limits::default())
}

fn quarantined(items: &[Item]) -> Vec<(u64, &'static str)> {
    let quarantined = |item: &Item| match item {
        Item::Quarantined { index, reason } => Some((*index, reason.code())),
        Item::Resource { .. } => None,
    };
    items.iter().filter_map(quarantined).collect()
}

fn resources(items: &[Item]) -> Vec<&str> {
    items.iter().filter_map(resource).collect()
}

fn resource(item: &Item) -> Option<&str> {
    match item {
        Item::Resource { bytes, .. } => Some(std::str::from_utf8(bytes).unwrap()),
        Item::Quarantined { .. } => None,
    }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn tells_each_kind_of_file_and_reads_those_it_knows() {
    let whole = |reason| vec![(0, reason)];
    for (name, kind, resources, quarantine) in [
        ("fhir/AllergyIntolerance.000.ndjson", Kind::Ndjson, 11, vec![]),
        ("fhir/Import-InvalidPatient.ndjson", Kind::Ndjson, 4, vec![(3, "InvalidJson")]),
        ("fhir/WilliamSim.phr", Kind::Ndjson, 13, vec![]),
        ("fhir/Bundle-Batch.json", Kind::Bundle, 6, vec![]),
        // A search that found nothing, and two others.
        ("fhir/Bundle-bundle-response.json", Kind::Bundle, 2, vec![]),
        ("fhir/Bundle-bundle-references.json", Kind::Bundle, 11, vec![]),
        ("fhir/Bundle-xds.json", Kind::Bundle, 5, vec![]),
        ("fhir/patient-duplicate.json", Kind::Resource, 1, vec![]),
        (
            "patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz",
            Kind::Bundle,
            1005,
            vec![],
        ),
        ("fhir/PatientMissingResourceType.json", Kind::JsonOther, 0, whole("InvalidResourceType")),
        ("fhir/boolean.invalid.ndjson", Kind::JsonLinesOfValues, 0, {
            let bad = |line| (line, if line == 5 || line == 6 { "InvalidJson" } else { "NotAResource" });
            (0..9).map(bad).collect()
        }),
        // The card itself, and what is in it.
        ("fhir/example-00-e-file.smart-health-card", Kind::HealthCard, 1 + 4, vec![]),
        ("fhir/example-00-d-jws.txt", Kind::HealthCardJws, 1 + 4, vec![]),
        ("fhir/example-00-f-qr-code-numeric-value-0.txt", Kind::HealthCardQr, 1 + 4, vec![]),
        ("fhir/shl/IPS_IG-bundle-01-shl.txt", Kind::HealthLink, 0, whole("UnsupportedFormat")),
        ("fhir/shl/IPS_IG-bundle-01-enc.txt", Kind::Jwe, 0, whole("UnsupportedFormat")),
        ("fhir/shl/IPS_IG-bundle-01-shl.png", Kind::Picture, 0, whole("UnsupportedFormat")),
        ("fhir/WilliamSim.phr.zip", Kind::Zip, 0, whole("UnsupportedFormat")),
        ("fhir/bug-410-bundle.xml", Kind::FhirXml, 5, vec![]),
        ("fhir/rinoshiyo-sample_export.xml", Kind::AppleHealth, 3, vec![]),
    ] {
        for bytes in [fixture(name), gzip(&fixture(name))] {
            // Gzip within gzip is not looked into.
            if name.ends_with(".gz") && bytes != fixture(name) {
                continue;
            }
            let (items, summary) = items(bytes.as_slice());
            let summary = summary.unwrap();
            assert_eq!((summary.kind, summary.resources), (kind, resources), "{name}");
            assert_eq!(quarantined(&items), quarantine, "{name}");
            assert_eq!(items.len() as u64, summary.resources + summary.quarantined, "{name}");
        }
    }
}

#[test]
fn refuses_broken_files_with_the_offset_of_the_damage() {
    let read = |name| items(fixture(name).as_slice()).1;
    assert!(matches!(read("fhir/InvalidBundle.json"), Err(ReadError::InvalidUtf8 { offset: 4370 })));
    assert!(matches!(read("fhir/bad-json-close-1.json"), Err(ReadError::InvalidJson { offset: 387 })));
    let whole = fixture("fhir/Bundle-xds.json");
    for length in (1..whole.len() - 1).step_by(97) {
        let error = items(&whole[..length]).1.unwrap_err();
        assert!(
            matches!(error, ReadError::InvalidJson { offset } if offset == length as u64),
            "{length}: {error}"
        );
    }
}

#[test]
fn keeps_repeated_keys_and_odd_numbers_as_they_are() {
    let file = fixture("fhir/patient-duplicate.json");
    let (found, _) = items(file.as_slice());
    assert!(ResourceHead::read(resources(&found)[0].as_bytes()).unwrap().has_repeated_keys);
    let digits = "9".repeat(4_000);
    let odd = format!(
        r#"{{ "resourceType":"Basic", "n":[1e999999,-0,0.1000000000000000055,{digits},1.50], "__proto__":{{}} }}"#
    );
    assert_eq!(resources(&items(odd.as_bytes()).0), [odd]);
}

#[test]
fn quarantines_the_resource_that_is_wrong_and_keeps_the_rest() {
    let deep = format!(r#"{{"resourceType":"Basic","a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    for (entry, reason) in [
        (r#"{"resource":{"resourceType":""}}"#, "InvalidResourceType"),
        (r#"{"resource":{"resourceType":null}}"#, "InvalidResourceType"),
        (r#"{"resource":{"resourceType":["Patient"]}}"#, "InvalidResourceType"),
        (r#"{"resource":{"resourceType":"Pat ient"}}"#, "InvalidResourceType"),
        (r#"{"resource":{"id":"1"}}"#, "NotAResource"),
        (r#"{"resource":[]}"#, "NotAResource"),
        (r#"{"resource":null}"#, "NotAResource"),
        ("7", "NotAResource"),
        (r#"{"resource":{"resourceType":"Basic","a":"\ud800"}}"#, "InvalidText"),
        (r#"{"resource":{"resourceType":"Basic","a":"\u0000"}}"#, "InvalidText"),
        (&format!(r#"{{"resource":{deep}}}"#), "TooDeep"),
    ] {
        let good = r#"{"resourceType":"Basic","id":"kept"}"#;
        let rest = format!(r#"{{"resource":{good}}}, {{"request":{{"method":"DELETE"}}}}"#);
        let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{entry},{rest}],"type":"batch"}}"#);
        let (found, summary) = items(bundle.as_bytes());
        let summary = summary.unwrap();
        assert_eq!(quarantined(&found), [(0, reason)], "{entry:.80}");
        assert_eq!(resources(&found), [good], "{entry:.80}");
        assert_eq!((summary.entries, summary.entries_without_resource), (3, 1), "{entry:.80}");
        assert_eq!(summary.bundle_type.as_deref(), Some("batch"));
    }
    let (found, summary) = items("[".repeat(100_000).as_bytes());
    assert!(found.is_empty() && matches!(summary, Err(ReadError::InvalidJson { offset: 100_000 })));
    let (found, summary) = items(deep.as_bytes());
    assert_eq!((quarantined(&found), summary.unwrap().kind), (vec![(0, "TooDeep")], Kind::Resource));
}

#[test]
fn a_resource_over_the_limit_is_left_out_and_not_kept_in_memory() {
    let limits = Limits { resource_bytes: 200_000, ..Limits::default() };
    let large = format!(r#"{{"resourceType":"Binary","data":"{}"}}"#, "A".repeat(300_000));
    let small = r#"{"resourceType":"Basic"}"#;
    let bundle = format!(
        r#"{{"resourceType":"Bundle","entry":[{{"fullUrl":"urn:uuid:1","resource":{large}}},{{"resource":{small}}}]}}"#
    );
    let (found, _) = items_within(bundle.as_bytes(), limits);
    assert_eq!((quarantined(&found), resources(&found)), (vec![(0, "TooLarge")], vec![small]));
    let lines = format!("{small}\n{large}\n{small}\n");
    let (found, _) = items_within(lines.as_bytes(), limits);
    assert_eq!((quarantined(&found), resources(&found)), (vec![(1, "TooLarge")], vec![small, small]));
    let (found, summary) = items_within(large.as_bytes(), limits);
    assert_eq!((quarantined(&found), summary.unwrap().kind), (vec![(0, "TooLarge")], Kind::Resource));
    // Behind its entries a Bundle of any size that is kept may say what it is.
    for (entries, read) in [(3, true), (30_000, false)] {
        let late = format!(
            r#"{{"entry":[{}],"resourceType":"Bundle"}}"#,
            vec![format!(r#"{{"resource":{small}}}"#); entries].join(",")
        );
        let (found, _) = items_within(late.as_bytes(), limits);
        assert_eq!(resources(&found).len(), if read { entries } else { 0 });
        assert_eq!(quarantined(&found).is_empty(), read);
    }
}

#[test]
fn an_address_that_two_resources_claim_is_given_to_the_first() {
    let entry = |id: &str, url: &str| {
        format!(r#"{{"resource":{{"resourceType":"Basic","id":"{id}"}},"fullUrl":"{url}"}}"#)
    };
    let entries = [
        entry("a", "urn:uuid:1"),
        entry("b", "urn:uuid:1"),
        entry("a", "urn:uuid:1"),
        entry("c", "urn:uuid:2"),
    ];
    let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","));
    let (found, summary) = items(bundle.as_bytes());
    let urls: Vec<_> = found
        .iter()
        .map(|item| match item {
            Item::Resource { full_url, .. } => full_url.as_deref(),
            Item::Quarantined { .. } => panic!("nothing is wrong"),
        })
        .collect();
    // The third is another version of the first.
    assert_eq!(urls, [Some("urn:uuid:1"), None, Some("urn:uuid:1"), Some("urn:uuid:2")]);
    assert_eq!(summary.unwrap().full_url_clashes, 1);
}

#[test]
fn lines_may_be_blank_end_in_any_way_and_be_wrong_in_any_place() {
    let (a, b) = (r#"{"resourceType":"Basic","id":"a"}"#, r#"{"resourceType":"Basic","id":"b"}"#);
    let bundle = format!(r#"{{"resourceType":"Bundle","entry":[{{"resource":{b}}}]}}"#);
    for (lines, bad) in [
        (format!("{a}\n{b}"), vec![]),
        (format!("\r\n\n {a}\r\n\r\n\t{b} \r\n\r\n"), vec![]),
        (format!("\u{feff}{a}\n{b}\n"), vec![]),
        (format!("{a}\n{bundle}\n"), vec![]),
        (format!("{a}\n{{\"a\":1,\n{b}\n"), vec![1]),
        (format!("{a}\n{{\"a\":[\n{b}\n"), vec![1]),
        (format!("{a}\nno\n{b}\n{{\n"), vec![1, 3]),
        (format!("{a}\n{b} {b}\n{b}"), vec![1]),
        (format!("{{\"a\":1,\n{a}\n{b}"), vec![0]),
        (format!("{{\"a\":[\n{a}\n{b}"), vec![0]),
        (format!("{{\"a\":\"\n{a}\n{b}"), vec![0]),
    ] {
        let (found, summary) = items(lines.as_bytes());
        let summary = summary.unwrap();
        assert_eq!((summary.kind, summary.bad_lines), (Kind::Ndjson, bad.len() as u64), "{lines}");
        assert_eq!(resources(&found), [a, b], "{lines}");
        let bad: Vec<_> = bad.into_iter().map(|line| (line, "InvalidJson")).collect();
        assert_eq!(quarantined(&found), bad, "{lines}");
    }
    for not_lines in
        [format!("{a} {b}"), format!("{{\n}}\n{a}"), "{\n{\n{\n".into(), "{".into(), format!("{a}\n\u{7f}")]
    {
        let (_, summary) = items(not_lines.as_bytes());
        assert!(!matches!(summary, Ok(Summary { bad_lines: 0, .. })), "{not_lines}");
    }
}

#[test]
fn unpacks_gzip_in_members_and_stops_at_bombs_and_damage() {
    let (a, b) = (r#"{"resourceType":"Basic","id":"a"}"#, r#"{"resourceType":"Basic","id":"b"}"#);
    let members = [gzip(format!("{a}\n").as_bytes()), gzip(b""), gzip(b.as_bytes())].concat();
    let (found, summary) = items(members.as_slice());
    assert_eq!(resources(&found), [a, b]);
    assert!(summary.unwrap().gzip);

    let cut = items(&members[..members.len() - 5]).1;
    assert!(matches!(cut, Err(ReadError::DamagedGzip(_))));
    let mut flipped = members.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 1;
    assert!(matches!(items(flipped.as_slice()).1, Err(ReadError::DamagedGzip(_))));
    let trailing = [members.as_slice(), b"more"].concat();
    assert!(items(trailing.as_slice()).1.is_err());

    let bomb = gzip(format!(r#"{{"resourceType":"Basic","a":"{}"}}"#, "x".repeat(4_000_000)).as_bytes());
    let limits = Limits { gzip_free_bytes: 1_000_000, ..Limits::default() };
    assert!(matches!(items_within(bomb.as_slice(), limits).1, Err(ReadError::GzipTooLarge)));
    let limits = Limits { gzip_free_bytes: 5_000_000, ..Limits::default() };
    assert!(items_within(bomb.as_slice(), limits).1.is_ok());
    let limits = Limits { unpacked_bytes: 3_000_000, ..Limits::default() };
    assert!(matches!(items_within(bomb.as_slice(), limits).1, Err(ReadError::GzipTooLarge)));

    let twice = gzip(&gzip(a.as_bytes()));
    assert_eq!(items(twice.as_slice()).1.unwrap().kind, Kind::Binary);
}

#[test]
fn text_in_other_encodings_is_refused() {
    let json = r#"{"resourceType":"Basic"}"#;
    let units = || json.encode_utf16();
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    for bytes in [
        little.clone(),
        big.clone(),
        [&[0xff, 0xfe], &little[..]].concat(),
        [&[0xfe, 0xff], &big[..]].concat(),
    ] {
        assert!(matches!(items(bytes.as_slice()).1, Err(ReadError::Utf16)));
    }
    let mut broken = json.as_bytes().to_vec();
    broken[20] = 0xff;
    assert!(matches!(items(broken.as_slice()).1, Err(ReadError::InvalidUtf8 { offset: 20 })));
    assert!(matches!(
        items(&b"{\"resourceType\":\"Basic\",\"a\":\"\xc3"[..]).1,
        Err(ReadError::InvalidUtf8 { offset: 29 })
    ));
}

#[test]
fn nothing_is_fetched_or_expanded_from_xml() {
    let xxe = r#"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><ClinicalDocument xmlns="urn:hl7-org:v3">&x;</ClinicalDocument>"#;
    let (found, summary) = items(xxe.as_bytes());
    assert_eq!(quarantined(&found), [(0, "DocumentDoctype")]);
    assert_eq!(summary.unwrap().kind, Kind::CCda);
}

#[test]
fn tells_how_far_it_is_and_stops_when_asked() {
    let packed = fixture("patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz");
    let mut progress = Vec::new();
    read(packed.as_slice(), Limits::default(), &mut |event| {
        if let Event::Progress { bytes } = event {
            progress.push(bytes);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(progress.is_sorted() && progress.len() > 10);
    assert_eq!(progress.last(), Some(&(packed.len() as u64)));
    let mut count = 0;
    let stopped = read(packed.as_slice(), Limits::default(), &mut |event| {
        count += u32::from(matches!(event, Event::Resource(_)));
        if count == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(ReadError::Cancelled)));
    assert_eq!(count, 10);
}

#[test]
fn a_source_that_fails_is_an_error_and_an_interruption_is_none() {
    struct Failing(u32);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 | 3 => Err(io::ErrorKind::Interrupted.into()),
                2 => {
                    buffer[..2].copy_from_slice(b"{ ");
                    Ok(2)
                }
                _ => Err(io::ErrorKind::ConnectionReset.into()),
            }
        }
    }
    assert!(
        matches!(items(Failing(0)).1, Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::ConnectionReset)
    );
}

fn has_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(values) => values.iter().any(has_nul),
        serde_json::Value::Object(members) => {
            members.iter().any(|(key, value)| key.contains('\0') || has_nul(value))
        }
        _ => false,
    }
}

#[test]
fn agrees_with_the_json_test_suite() {
    let suite = String::from_utf8(fixture("vectors/json-test-suite.jsonl")).unwrap();
    let mut counts = [0; 3];
    for line in suite.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = case["name"].as_str().unwrap();
        let json = STANDARD.decode(case["base64"].as_str().unwrap()).unwrap();
        let resource = [br#"{"resourceType":"Basic","extension":"#, json.as_slice(), b"}"].concat();
        let (found, summary) = items(resource.as_slice());
        match name.strip_prefix("test_parsing/").unwrap_or(name).as_bytes()[0] {
            b'y' => {
                counts[0] += 1;
                assert!(summary.is_ok(), "{name}");
                let nul = has_nul(&serde_json::from_slice(&json).unwrap());
                assert_eq!(found.len(), 1, "{name}");
                assert_eq!(quarantined(&found).is_empty(), !nul, "{name}");
            }
            b'n' => {
                counts[1] += 1;
                assert!(summary.is_err() && resources(&found).is_empty(), "{name}");
            }
            _ => counts[2] += 1,
        }
    }
    assert!(counts[0] > 90 && counts[1] > 180, "{counts:?}");
}

/// Edits of a file: at a place (per mille), what to do and with which byte.
fn edits() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    let byte = prop_oneof![any::<u8>(), proptest::sample::select(b"{}[]\",:\\u\n\r 0-eE.tfn".to_vec()),];
    proptest::collection::vec((0..1000_usize, 0..5_u8, byte), 1..6)
}

fn edited(mut bytes: Vec<u8>, edits: &[(usize, u8, u8)]) -> Vec<u8> {
    for (place, what, byte) in edits {
        if bytes.is_empty() {
            break;
        }
        let at = place * bytes.len() / 1000;
        match what {
            0 => bytes[at] = *byte,
            1 => bytes.insert(at, *byte),
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at + 1),
            _ => bytes.extend_from_within(at..),
        }
    }
    bytes
}

/// Whether the resources come from the input, in its order, each being JSON: as slices of it, or by opening a card whose signed
/// text is one.
fn are_slices_of(found: &[Item], input: &[u8]) -> bool {
    let mut rest = input;
    let mut card: Vec<Vec<u8>> = Vec::new();
    found.iter().all(|item| {
        let Item::Resource { bytes, .. } = item else { return true };
        if let Some(signed) = kept_health_card(bytes) {
            let Some(at) = rest.windows(signed.len()).position(|window| window == signed.as_bytes()) else {
                return false;
            };
            rest = &rest[at + signed.len()..];
            card = resources(&items(signed.as_bytes()).0)
                .into_iter()
                .map(|text| text.as_bytes().to_vec())
                .collect();
        }
        if card.first() == Some(bytes) {
            card.remove(0);
            return true;
        }
        let Some(at) = rest.windows(bytes.len()).position(|window| window == bytes) else { return false };
        rest = &rest[at + bytes.len()..];
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_to_a_file_only_slices_of_it_come_out(
        file in proptest::sample::select(vec![
            "Bundle-xds.json", "WilliamSim.phr", "Bundle-Batch.json", "patient-duplicate.json",
            "PatientMissingResourceType.json", "boolean.invalid.ndjson", "example-00-e-file.smart-health-card",
            "WilliamSim.phr.zip", "example-00-d-jws.txt",
            "../cases/08c-nested-bundle-other-patient/b.json", "../cases/08e-parameters-wrapped/b.json",
            "../cases/02e-history-request-delete/h.json",
        ]),
        edits in edits(),
        size in 1..5000_usize,
    ) {
        let input = edited(fixture(&format!("fhir/{file}")), &edits);
        let (found, summary) = items(input.as_slice());
        prop_assert!(are_slices_of(&found, &input));
        for item in &found {
            if let Item::Resource { bytes, .. } = item {
                ResourceHead::read(bytes).unwrap();
            }
        }
        // However the bytes arrive, the same comes out.
        let (again, summary_again) = items(Drops(&input, size));
        prop_assert_eq!(found, again);
        prop_assert_eq!(format!("{summary:?}"), format!("{summary_again:?}"));
        // Packed, the same or a refusal of the whole.
        let (packed, _) = items(gzip(&input).as_slice());
        prop_assert!(are_slices_of(&packed, &input));
    }

    #[test]
    fn a_head_of_anything_is_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in ".{0,300}") {
        let _ = ResourceHead::read(&bytes);
        let _ = ResourceHead::read(format!(r#"{{"resourceType":"X",{text}"#).as_bytes());
    }
}

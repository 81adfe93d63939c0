//! An Apple Health export becomes records of days, in bounded memory, or is refused.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;

use keepwell_protocol::formats::fhir::{Event, Kind, Limits, Measurements, ReadError, ResourceHead, read};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::sample::drops::Drops;

/// What came of an export.
#[derive(Debug, Default, PartialEq)]
struct Opened {
    /// Address and Observation.
    records: Vec<(String, Value)>,
    told: Option<Measurements>,
}

fn opened(source: impl Read) -> Result<Opened, ReadError> {
    let mut opened = Opened::default();
    let summary = read(source, Limits::default(), &mut |event| {
        match event {
            Event::Resource(resource) => {
                ResourceHead::read(resource.bytes).unwrap();
                let value = serde_json::from_slice(resource.bytes).unwrap();
                opened.records.push((resource.full_url.unwrap().to_owned(), value));
            }
            Event::Measurements(measurements) => opened.told = Some(measurements),
            Event::Progress { .. } => {}
            other => panic!("{other:?}"),
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!((summary.kind, summary.resources), (Kind::AppleHealth, opened.records.len() as u64));
    Ok(opened)
}

fn fixture() -> Vec<u8> {
    let name = "../../fixtures/fhir/rinoshiyo-sample_export.xml";
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn record(kind: &str, source: &str, unit: &str, value: &str, start: &str) -> String {
    format!(
        "<Record type='HKQuantityTypeIdentifier{kind}' sourceName='{source}' unit='{unit}' value='{value}' \
         startDate='{start}' endDate='{start}'/>"
    )
}

fn export(records: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><!DOCTYPE HealthData [<!ELEMENT HealthData (Me)><!ATTLIST Me a CDATA #IMPLIED>]><HealthData locale='de_CH'>{records}</HealthData>"
    )
}

/// The value, or the values of the parts, of each record, in their order.
fn values(opened: &Opened) -> Vec<String> {
    let number = |value: &Value| format!("{} {}", value["value"], value["code"].as_str().unwrap());
    let of = |(_, record): &(String, Value)| match record["component"].as_array() {
        Some(parts) => parts.iter().map(|part| number(&part["valueQuantity"])).collect::<Vec<_>>().join(", "),
        None => number(&record["valueQuantity"]),
    };
    opened.records.iter().map(of).collect()
}

#[test]
fn a_day_is_a_record_and_says_how_it_was_made() {
    let opened = opened(fixture().as_slice()).unwrap();
    assert_eq!(opened.told, Some(Measurements { taken: 4, left: 2, records: 3 }));
    let part = |system: &str, code: &str, display: &str, text: &str, value: u32, unit: &str, ucum: &str| {
        json!({
            "code": { "coding": [{ "system": system, "code": code, "display": display }], "text": text },
            "valueQuantity": { "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": ucum },
        })
    };
    let tag = |code: &str, display: &str| json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": code, "display": display });
    let loinc = "http://loinc.org";
    let statistics = "http://terminology.hl7.org/CodeSystem/observation-statistics";
    let category = |code: &str| json!([{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": code }] }]);
    let beats = |code: &str, display: &str, value| {
        part(statistics, code, display, display, value, "beats/min", "/min")
    };
    let pressure = |code: &str, text: &str, value| part(loinc, code, text, text, value, "mmHg", "mm[Hg]");
    let by = [tag("SYNTAC", "syntactic transform"), tag("DEVAST", "device asserted")];
    let expected = [
        json!({
            "resourceType": "Observation", "status": "final", "meta": { "tag": by }, "category": category("vital-signs"),
            "code": {
                "coding": [{ "system": loinc, "code": "85354-9", "display": "Blood pressure panel with all children optional" }],
                "text": "Blood pressure",
            },
            "effectiveDateTime": "2024-06-15T07:00:00+00:00",
            "component": [
                pressure("8480-6", "Systolic blood pressure", 118), pressure("8462-4", "Diastolic blood pressure", 76),
            ],
        }),
        json!({
            "resourceType": "Observation", "status": "final", "meta": { "tag": by }, "category": category("activity"),
            "code": {
                "coding": [{ "system": loinc, "code": "55423-8", "display": "Number of steps in unspecified time Pedometer" }],
                "text": "Steps",
            },
            "effectivePeriod": { "start": "2024-06-15", "end": "2024-06-15" },
            "valueQuantity": { "value": 100, "unit": "steps", "system": "http://unitsofmeasure.org", "code": "{steps}" },
        }),
        json!({
            "resourceType": "Observation", "status": "final", "category": category("vital-signs"),
            "meta": { "tag": [tag("AGGRED", "aggregated"), tag("DEVAST", "device asserted")] },
            "code": { "coding": [{ "system": loinc, "code": "8867-4", "display": "Heart rate" }], "text": "Heart rate" },
            "effectivePeriod": { "start": "2024-06-15", "end": "2024-06-15" },
            "component": [beats("average", "Average", 75), beats("minimum", "Minimum", 72), beats("maximum", "Maximum", 78)],
        }),
    ];
    for ((full_url, mut found), expected) in opened.records.into_iter().zip(expected) {
        let id = found.as_object_mut().unwrap().remove("id").unwrap();
        assert_eq!(full_url, format!("urn:uuid:{}", id.as_str().unwrap()));
        assert_eq!(found, expected);
    }
}

#[test]
fn what_counts_up_is_summed_for_each_source_and_each_day_of_its_own_zone() {
    let records = [
        record("StepCount", "Lena&apos;s Watch", "count", "100", "2024-06-15 23:59:00 +0200"),
        record("StepCount", "Lena&apos;s Watch", "count", "50", "2024-06-15 00:00:00 +0200"),
        record("StepCount", "Lena&apos;s Phone", "count", "140", "2024-06-15 12:00:00 +0200"),
        record("StepCount", "Lena&apos;s Watch", "count", "7", "2024-06-16 00:00:00 +0200"),
        record("DistanceWalkingRunning", "x", "km", "0.1", "2024-06-16 00:00:00 +0200"),
        record("DistanceWalkingRunning", "x", "km", "0.2", "2024-06-16 00:00:00 +0200"),
        record("OxygenSaturation", "x", "%", "0.97", "2024-06-16 07:00:00 +0200"),
        record("BloodGlucose", "x", "mmol&lt;180.1558800000541&gt;/L", "5.4", "2024-06-16 08:00:00 +0200"),
    ];
    let found = opened(export(&records.concat()).as_bytes()).unwrap();
    let expected = ["150 {steps}", "140 {steps}", "7 {steps}", "0.3 km", "97 %", "5.4 mmol/L"];
    let mut values = values(&found);
    values.sort();
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(values, expected);
    // What its owner calls a device may be their name.
    assert!(found.records.iter().all(|(_, record)| !record.to_string().contains("Lena")));
    assert_eq!(found.told, Some(Measurements { taken: 8, left: 0, records: 6 }));
    // In another order it is the same, byte for byte; with another step that day is another version of the same record.
    let reversed: String = records.iter().rev().map(String::as_str).collect();
    let sorted = |mut opened: Opened| {
        opened.records.sort_by(|(one, _), (other, _)| one.cmp(other));
        opened.records
    };
    let before = sorted(found);
    assert_eq!(sorted(opened(export(&reversed).as_bytes()).unwrap()), before);
    let more = record("StepCount", "Lena&apos;s Phone", "count", "1", "2024-06-15 13:00:00 +0200");
    let later = sorted(opened(export(&(records.concat() + &more)).as_bytes()).unwrap());
    let changed: Vec<_> = before.iter().zip(&later).filter(|(before, after)| before != after).collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].0.0, changed[0].1.0);
}

#[test]
fn what_a_person_typed_is_theirs_and_what_says_nothing_for_certain_is_left() {
    let typed = "<Record type='HKQuantityTypeIdentifierBodyMass' sourceName='x' unit='kg' value='71.50' startDate='2024-06-15 08:00:00 +0200'>\
        <MetadataEntry key='HKWasUserEntered' value='1'/></Record>";
    let found = opened(export(typed).as_bytes()).unwrap();
    assert_eq!(found.records[0].1["meta"]["tag"][1]["code"], "PATAST");
    assert_eq!(
        (values(&found), &found.records[0].1["effectiveDateTime"]),
        (vec!["71.5 kg".to_owned()], &"2024-06-15T08:00:00+02:00".into())
    );
    for left in [
        record("BodyMass", "x", "stone", "11", "2024-06-15 08:00:00 +0200"),
        record("BodyMass", "x", "kg", "heavy", "2024-06-15 08:00:00 +0200"),
        record("BodyMass", "x", "kg", "NaN", "2024-06-15 08:00:00 +0200"),
        record("BodyMass", "x", "kg", "71", "2024-06-31 08:00:00 +0200"),
        record("BodyMass", "x", "kg", "71", "yesterday"),
        record("UVExposure", "x", "count", "1", "2024-06-15 08:00:00 +0200"),
        "<Workout workoutActivityType='HKWorkoutActivityTypeRunning'/>".to_owned(),
        "<Correlation type='HKCorrelationTypeIdentifierBloodPressure' startDate='2024-06-15 08:00:00 +0200'></Correlation>".to_owned(),
    ] {
        let found = opened(export(&left).as_bytes()).unwrap();
        assert_eq!(found.told, Some(Measurements { taken: 0, left: 1, records: 0 }), "{left}");
    }
}

#[test]
fn what_is_cut_off_hostile_or_too_much_is_refused() {
    let weight = |source: &str| record("BodyMass", source, "kg", "71", "2024-06-15 08:00:00 +0200");
    let whole = export(&weight("x"));
    let nested =
        |depth: usize| export(&format!("{}{}", "<Workout>".repeat(depth), "</Workout>".repeat(depth)));
    for (xml, code) in [
        (whole.clone(), ""),
        (whole[..whole.len() - 5].to_owned(), "AppleHealthSyntax"),
        (whole.replace("</HealthData>", "</Health>"), "AppleHealthSyntax"),
        (format!("{whole}<Other/>"), "AppleHealthSyntax"),
        (export(&weight("&amp;")), ""),
        (export(&weight("&x;")), "AppleHealthEntity"),
        (export("&x;"), "AppleHealthEntity"),
        (nested(99), ""),
        (nested(100), "AppleHealthTooLarge"),
        (export(&weight(&"x".repeat(1_000_000))), ""),
        (export(&weight(&"x".repeat(1_200_000))), "AppleHealthTooLarge"),
        (export(&(0..10_000).map(|n| weight(&n.to_string())).collect::<String>()), "AppleHealthTooLarge"),
    ] {
        let found = opened(xml.as_bytes());
        assert_eq!(found.err().map_or("", |error| error.code()), code, "{}", &xml[..200.min(xml.len())]);
    }
}

/// An export that is made while it is read.
struct Long {
    left: usize,
    line: Vec<u8>,
    at: usize,
}

impl Read for Long {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() && self.left > 0 {
            self.left -= 1;
            self.at = 0;
            let (day, minute) = (self.left % 28 + 1, self.left % 60);
            let start = format!("2024-02-{day:02} 10:{minute:02}:00 +0100");
            self.line = match self.left {
                0 => b"</HealthData>".to_vec(),
                _ => record("HeartRate", "Watch", "count/min", "60", &start).into_bytes(),
            };
        }
        let count = (&self.line[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[test]
fn a_long_export_is_a_record_for_each_day() {
    let long = Long { left: 100_001, line: b"<HealthData>".to_vec(), at: 0 };
    let found = opened(long).unwrap();
    assert_eq!(found.told, Some(Measurements { taken: 100_000, left: 0, records: 28 }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_to_an_export_it_is_read_or_refused_however_it_arrives(
        edits in proptest::collection::vec((400..4000_usize, any::<u8>()), 0..4),
        cut in proptest::option::of(700..4000_usize),
        size in 1..5000_usize,
    ) {
        let mut input = fixture();
        input.truncate(cut.unwrap_or(usize::MAX));
        for (at, byte) in edits {
            if let Some(place) = input.get_mut(at) {
                *place = byte;
            }
        }
        let kind = |source: &mut dyn Read| {
            let mut told = Vec::new();
            let end = read(source, Limits::default(), &mut |event| {
                if !matches!(event, Event::Progress { .. }) {
                    told.push(format!("{event:?}"));
                }
                ControlFlow::Continue(())
            });
            (told, format!("{end:?}"))
        };
        prop_assert_eq!(kind(&mut input.as_slice()), kind(&mut Drops(&input, size)));
    }
}

//! Documents of HL7's Clinical Document Architecture: kept whole, and what their entries say as records.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use keepwell_protocol::domain::Sensitivity;
use keepwell_protocol::formats::fhir::{
    Event, Kind, Limits, Patient, ResourceHead, read, sensitivities, text_of_html,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::sample::data;

/// What came of a document.
#[derive(Debug, Default, PartialEq)]
struct Opened {
    /// Address and resource, the document itself first.
    records: Vec<(String, Value)>,
    quarantined: Vec<&'static str>,
    told: Option<(Option<String>, u64)>,
}

impl Opened {
    fn of(source: impl std::io::Read) -> Self {
        let mut opened = Self::default();
        let summary = read(source, Limits::default(), &mut |event| {
            match event {
                Event::Resource(resource) => {
                    ResourceHead::read(resource.bytes).unwrap();
                    let value = serde_json::from_slice(resource.bytes).unwrap();
                    opened.records.push((resource.full_url.unwrap().to_owned(), value));
                }
                Event::Quarantined { reason, bytes: None, .. } => opened.quarantined.push(reason.code()),
                Event::Document(document) => {
                    opened.told = Some((document.title.map(str::to_owned), document.derived));
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
        assert_eq!(summary.unwrap().kind, Kind::CCda);
        opened
    }

    fn all(&self, name: &str) -> Vec<&Value> {
        let of_type = self.records.iter().map(|(_, record)| record).filter(|it| it["resourceType"] == name);
        of_type.collect()
    }

    fn one(&self, name: &str) -> &Value {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name}: {all:?}");
        all[0]
    }
}

/// A document with these entries in a section of this code.
fn document(section: &str, entries: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <id root="1.2.3" extension="d1"/><code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/><title>Summary</title>
        <effectiveTime value="20240506070809+0200"/>
        <recordTarget><patientRole><id root="1.2.3.4" extension="p1"/><patient><name><given>Lena</given><family>Moser</family></name>
        <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19810412"/></patient></patientRole></recordTarget>
        <component><structuredBody><component><section><code code="{section}" codeSystem="2.16.840.1.113883.6.1"/><title>A title</title>
        <text><table><tbody><tr><td ID="w1">Words &lt;of&gt; it</td></tr></tbody></table></text>{entries}</section></component></structuredBody></component>
        </ClinicalDocument>"#
    )
}

fn entry(section: &str, statement: &str) -> Opened {
    Opened::of(document(section, &format!("<entry>{statement}</entry>")).as_bytes())
}

const ALLERGIES: &str = "48765-2";
const PROBLEMS: &str = "11450-4";
const MEDICINES: &str = "10160-0";
const IMMUNIZATIONS: &str = "11369-6";
const RESULTS: &str = "30954-2";
const PROCEDURES: &str = "47519-4";
const ENCOUNTERS: &str = "46240-8";

#[test]
fn every_sample_is_kept_whole_and_its_sections_can_be_read() {
    let Some(samples) = data("fhir") else { return };
    let expected: Value = serde_json::from_slice(&fs::read(samples.join("expected.json")).unwrap()).unwrap();
    let mut count = 0;
    for (name, facts) in expected["files"].as_object().unwrap() {
        if !name.starts_with("ccda/") && name != "edge/validator-cda/ccda-ccd.xml" {
            continue;
        }
        count += 1;
        let mut whole = Vec::new();
        let file = File::open(samples.join(name)).unwrap();
        if name.ends_with(".gz") {
            MultiGzDecoder::new(file).read_to_end(&mut whole).unwrap();
        } else {
            (&file).read_to_end(&mut whole).unwrap();
        }
        let opened = Opened::of(File::open(samples.join(name)).unwrap());
        assert!(opened.quarantined.is_empty(), "{name}");
        let (address, kept) = &opened.records[0];
        assert_eq!(kept["resourceType"], "DocumentReference");
        let file = &kept["content"][0]["attachment"];
        assert_eq!(STANDARD.decode(file["data"].as_str().unwrap()).unwrap(), whole, "{name}");
        let readable = text_of_html(kept["text"]["div"].as_str().unwrap_or_default(), usize::MAX);
        let mut lines = readable.lines();
        for title in facts["xml"]["titles"].as_array().unwrap() {
            let title = title.as_str().unwrap();
            assert!(lines.any(|line| line.starts_with(title)), "{name}: {title}");
        }
        assert_eq!(opened.told.as_ref().unwrap().1, opened.records.len() as u64 - 1);
        // Each says what it was made from, has an address of its own, and is about one person.
        let mut addresses: Vec<_> = opened.records.iter().map(|(address, _)| address).collect();
        addresses.sort();
        addresses.dedup();
        assert_eq!(addresses.len(), opened.records.len(), "{name}");
        let patient = &opened.records[1];
        assert_eq!(patient.1["resourceType"], "Patient");
        for (own, record) in &opened.records[1..] {
            assert_eq!(
                (&record["meta"]["source"], &record["meta"]["tag"][0]["code"]),
                (&address.as_str().into(), &"SYNTAC".into())
            );
            assert_eq!(format!("urn:uuid:{}", record["id"].as_str().unwrap()), *own);
            let about =
                ["subject", "patient"].into_iter().find_map(|member| record[member]["reference"].as_str());
            assert!(about == Some(&patient.0) || record["resourceType"] == "Patient", "{name}: {record}");
        }
        assert_eq!(Opened::of(whole.as_slice()), opened, "{name}");
    }
    assert_eq!(count, 8);
}

/// By PyPI `ccda-to-fhir` 0.3, with what differs and why.
#[test]
fn samples_give_as_many_records_as_another_converter_makes() {
    let Some(samples) = data("fhir") else { return };
    let counted = |name: &str| {
        let opened = Opened::of(File::open(samples.join(name)).unwrap());
        let mut types: BTreeMap<String, u64> = BTreeMap::new();
        for (_, record) in &opened.records[1..] {
            *types.entry(record["resourceType"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        serde_json::to_value(types).unwrap()
    };
    // Of Observations it has one more: a panel around all vital signs, which says nothing that they don't.
    let donn = "ccda/Donn979_Beier427_19b7be1a-43f4-52f8-ac93-b8442f22009b.xml.gz";
    assert_eq!(
        counted(donn),
        json!({"Condition": 43, "DiagnosticReport": 50, "Encounter": 60, "Immunization": 17,
            "MedicationStatement": 42, "Observation": 237 - 1, "Patient": 1, "Procedure": 181})
    );
    let lacy = "ccda/Lacy523_Hills818_399bb621-4e63-1aec-ec4b-775320f44f88.xml.gz";
    assert_eq!(
        counted(lacy),
        json!({"Condition": 76, "DiagnosticReport": 128, "Encounter": 47, "Immunization": 15,
            "MedicationStatement": 41, "Observation": 1057 - 1, "Patient": 1, "Procedure": 156})
    );
    let suanne = "ccda/Suanne858_Bode78_c292cba5-34d2-028c-4049-289569c1ed6b.xml";
    assert_eq!(
        counted(suanne),
        json!({"Condition": 12, "DiagnosticReport": 7, "Encounter": 24, "Immunization": 7,
            "MedicationStatement": 6, "Observation": 62 - 1, "Patient": 1, "Procedure": 72})
    );
    // It has a panel of blood pressure in place of the two values, and one around all.
    assert_eq!(
        counted("ccda/CCD.xml"),
        json!({"AllergyIntolerance": 1, "DiagnosticReport": 1, "Observation": 11 - 2 + 2, "Patient": 1, "Procedure": 3})
    );
    assert_eq!(counted("ccda/Unstructured_Document_embed.xml"), json!({"Patient": 1}));
}

#[test]
fn a_document_is_known_by_its_id_and_its_patient_by_name() {
    let opened = entry(PROBLEMS, "");
    let (_, kept) = &opened.records[0];
    assert_eq!(opened.told, Some((Some("Summary".to_owned()), 1)));
    assert_eq!(kept["masterIdentifier"], json!({"system": "urn:oid:1.2.3", "value": "d1"}));
    assert_eq!(kept["date"], "2024-05-06T07:08:09+02:00");
    let text = text_of_html(kept["text"]["div"].as_str().unwrap(), 1_000);
    assert_eq!(text.trim(), "A title\nWords <of> it");
    let patient = opened.one("Patient");
    assert_eq!(patient["identifier"], json!([{"system": "urn:oid:1.2.3.4", "value": "p1"}]));
    assert_eq!(patient["name"], json!([{"family": "Moser", "given": ["Lena"]}]));
    assert_eq!((&patient["gender"], &patient["birthDate"]), (&"female".into(), &"1981-04-12".into()));
    assert_eq!(Patient::read(patient.to_string().as_bytes()).demographics.names.len(), 1);
    // Another version of the document has the same address, another document has others.
    let changed = |from: &str, to: &str| Opened::of(document(PROBLEMS, "").replace(from, to).as_bytes());
    assert_eq!(changed("Summary", "Another").records[0].0, opened.records[0].0);
    assert_ne!(changed("\"d1\"", "\"d2\"").records[0].0, opened.records[0].0);
    assert_ne!(changed("\"d1\"", "\"d2\"").records[1].0, opened.records[1].0);
}

fn allergy(attributes: &str, kind: &str, substance: &str) -> Opened {
    entry(
        ALLERGIES,
        &format!(
            r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30"/><statusCode code="active"/>
            <entryRelationship typeCode="SUBJ"><observation {attributes}><templateId root="2.16.840.1.113883.10.20.22.4.7"/>
            <id root="1.2.3.5" extension="a1"/><value xsi:type="CD" code="{kind}" codeSystem="2.16.840.1.113883.6.96" displayName="A kind"/>
            <participant typeCode="CSM"><participantRole><playingEntity>{substance}</playingEntity></participantRole></participant>
            <entryRelationship typeCode="MFST"><observation><templateId root="2.16.840.1.113883.10.20.22.4.9"/>
            <value xsi:type="CD" code="247472004" codeSystem="2.16.840.1.113883.6.96" displayName="Hives"/></observation></entryRelationship>
            </observation></entryRelationship></act>"#
        ),
    )
}

const PENICILLIN: &str =
    r#"<code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin"/>"#;

#[test]
fn a_negated_allergy_is_none_and_that_none_are_known_stays_that() {
    let code = |opened: &Opened| opened.one("AllergyIntolerance")["code"]["coding"][0]["code"].clone();
    let verification =
        |opened: &Opened| opened.one("AllergyIntolerance")["verificationStatus"]["coding"][0]["code"].clone();
    let had = allergy("", "416098002", PENICILLIN);
    assert_eq!((code(&had), verification(&had)), ("7980".into(), "confirmed".into()));
    let record = had.one("AllergyIntolerance");
    assert_eq!((&record["type"], &record["category"]), (&"allergy".into(), &json!(["medication"])));
    assert_eq!(record["reaction"][0]["manifestation"][0]["text"], "Hives");
    assert_eq!(record["identifier"], json!([{"system": "urn:oid:1.2.3.5", "value": "a1"}]));
    let denied = allergy(r#"negationInd="true""#, "416098002", PENICILLIN);
    assert_eq!((code(&denied), verification(&denied)), ("7980".into(), "refuted".into()));
    let any = r#"<code code="105590001" codeSystem="2.16.840.1.113883.6.96"/>"#;
    for (kind, none) in [
        ("419199007", "716186003"),
        ("416098002", "409137002"),
        ("414285001", "429625007"),
        ("426232007", "428607008"),
    ] {
        for substance in [any, r#"<code nullFlavor="NA"/>"#] {
            let none_known = allergy(r#"negationInd="true""#, kind, substance);
            assert_eq!((code(&none_known), verification(&none_known)), (none.into(), "confirmed".into()));
        }
    }
    // Not said to be negated, it is an allergy.
    assert_eq!(code(&allergy("", "419199007", any)), "105590001");
    assert_eq!(code(&allergy(r#"negationInd="false""#, "419199007", any)), "105590001");
}

fn problem(attributes: &str, status: &str, time: &str, value: &str) -> Opened {
    entry(
        PROBLEMS,
        &format!(
            r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><statusCode code="{status}"/>
            <entryRelationship typeCode="SUBJ"><observation {attributes}><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.5" extension="c1"/>
            <effectiveTime>{time}</effectiveTime>{value}</observation></entryRelationship></act>"#
        ),
    )
}

const ASTHMA: &str = r##"<value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96" displayName="Asthma"><originalText><reference value="#w1"/></originalText>
    <translation code="X9" codeSystem="1.2.9.9"/><translation code="J45" codeSystem="2.16.840.1.113883.6.90"/></value>"##;

#[test]
fn a_problem_is_active_over_or_denied_as_its_source_says() {
    let state = |opened: &Opened| {
        let condition = opened.one("Condition");
        let of =
            |member: &str| condition[member]["coding"][0]["code"].as_str().unwrap_or_default().to_owned();
        (of("clinicalStatus"), of("verificationStatus"))
    };
    let low = r#"<low value="2014"/>"#;
    let both = |clinical: &str, verification: &str| (clinical.to_owned(), verification.to_owned());
    let active = problem("", "active", low, ASTHMA);
    assert_eq!(state(&active), both("active", "confirmed"));
    let condition = active.one("Condition");
    assert_eq!(
        condition["code"],
        json!({"text": "Words <of> it", "coding": [
            {"system": "http://snomed.info/sct", "code": "195967001", "display": "Asthma"},
            {"system": "urn:oid:1.2.9.9", "code": "X9"},
            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J45"}]})
    );
    assert_eq!(
        (&condition["onsetDateTime"], &condition["abatementDateTime"]),
        (&"2014".into(), &Value::Null)
    );
    let over = problem("", "active", r#"<low value="2014"/><high value="201505"/>"#, ASTHMA);
    assert_eq!(state(&over), both("resolved", "confirmed"));
    assert_eq!(over.one("Condition")["abatementDateTime"], "2015-05");
    assert_eq!(state(&problem("", "active", r#"<high nullFlavor="UNK"/>"#, ASTHMA)).0, "resolved");
    assert_eq!(state(&problem("", "active", r#"<high nullFlavor="NA"/>"#, ASTHMA)).0, "active");
    assert_eq!(state(&problem("", "completed", low, ASTHMA)).0, "inactive");
    assert_eq!(state(&problem(r#"negationInd="true""#, "active", low, ASTHMA)), both("active", "refuted"));
    let elsewhere = r#"<value xsi:type="CD" code="J45" codeSystem="2.16.840.1.113883.6.90"/>"#;
    let denied = problem(r#"negationInd="true""#, "active", low, elsewhere);
    assert_eq!(
        (denied.one("Condition")["code"]["coding"][0]["code"].clone(), state(&denied).1),
        ("J45".into(), "refuted".into())
    );
    let any = r#"<value xsi:type="CD" code="55607006" codeSystem="2.16.840.1.113883.6.96"/>"#;
    let none = problem(r#"negationInd="true""#, "active", low, any);
    assert_eq!(
        (none.one("Condition")["code"]["coding"][0]["code"].clone(), state(&none).1),
        ("160245001".into(), "confirmed".into())
    );
    // What nobody knows is no record.
    assert!(
        problem("", "active", low, r#"<value xsi:type="CD" nullFlavor="UNK"/>"#).all("Condition").is_empty()
    );
    let in_words =
        r##"<value xsi:type="CD" nullFlavor="OTH"><originalText>Sore elbow</originalText></value>"##;
    assert_eq!(problem("", "active", low, in_words).one("Condition")["code"], json!({"text": "Sore elbow"}));
}

#[test]
fn medicines_vaccinations_procedures_and_visits_are_what_was_done() {
    let given = |negated: &str, mood: &str, section: &str, template: &str| {
        entry(
            section,
            &format!(
                r#"<substanceAdministration classCode="SBADM" moodCode="{mood}" {negated}><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/>
                <statusCode code="active"/><effectiveTime xsi:type="IVL_TS"><low value="20240102"/></effectiveTime>
                <effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime><doseQuantity value="1.50" unit="mg"/>
                <precondition><criterion><value xsi:type="CD" code="56018004" codeSystem="2.16.840.1.113883.6.96" displayName="Wheezing"/></criterion></precondition>
                <consumable><manufacturedProduct><manufacturedMaterial><code code="313782" codeSystem="2.16.840.1.113883.6.88"/><lotNumberText>L7</lotNumberText>
                </manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"#
            ),
        )
    };
    let taken = given("", "INT", MEDICINES, "16");
    let medicine = taken.one("MedicationStatement");
    assert_eq!(
        (&medicine["status"], &medicine["effectivePeriod"]["start"]),
        (&"active".into(), &"2024-01-02".into())
    );
    assert_eq!(medicine["dosage"][0]["asNeededCodeableConcept"]["text"], "Wheezing");
    assert_eq!(medicine["dosage"][0]["timing"]["repeat"]["periodUnit"], "h");
    assert!(medicine["dosage"][0]["doseAndRate"][0]["doseQuantity"].to_string().contains("1.5"));
    assert_eq!(
        given(r#"negationInd="true""#, "EVN", MEDICINES, "16").one("MedicationStatement")["status"],
        "not-taken"
    );
    assert!(given("", "RQO", MEDICINES, "16").all("MedicationStatement").is_empty());

    let vaccine = given("", "EVN", IMMUNIZATIONS, "52");
    let vaccine = vaccine.one("Immunization");
    assert_eq!((&vaccine["status"], &vaccine["lotNumber"]), (&"completed".into(), &"L7".into()));
    assert_eq!(
        given(r#"negationInd="true""#, "EVN", IMMUNIZATIONS, "52").one("Immunization")["status"],
        "not-done"
    );
    assert!(given("", "INT", IMMUNIZATIONS, "52").all("Immunization").is_empty());

    let done = |attributes: &str, status: &str| {
        let statement = format!(
            r#"<procedure moodCode="EVN" {attributes}><templateId root="2.16.840.1.113883.10.20.22.4.14"/><code code="80146002" codeSystem="2.16.840.1.113883.6.96"/>
            <statusCode code="{status}"/><effectiveTime><low value="20240102"/><high value="20240103"/></effectiveTime></procedure>"#
        );
        entry(PROCEDURES, &statement).one("Procedure").clone()
    };
    assert_eq!(done("", "completed")["performedPeriod"], json!({"start": "2024-01-02", "end": "2024-01-03"}));
    assert_eq!(done("", "completed")["status"], "completed");
    assert_eq!(done(r#"negationInd="true""#, "completed")["status"], "not-done");
    assert_eq!(done("", "what")["status"], "unknown");

    let visit = |code: &str| {
        let statement = format!(
            r#"<encounter moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.49"/>{code}<effectiveTime value="202401021030-0500"/></encounter>"#
        );
        entry(ENCOUNTERS, &statement).one("Encounter").clone()
    };
    let inpatient = visit(
        r#"<code code="99213" codeSystem="2.16.840.1.113883.6.12"><translation code="IMP" codeSystem="2.16.840.1.113883.5.4"/></code>"#,
    );
    assert_eq!(
        (&inpatient["class"]["code"], &inpatient["period"]["start"]),
        (&"IMP".into(), &"2024-01-02T10:30:00-05:00".into())
    );
    assert_eq!(visit(r#"<code code="99213" codeSystem="2.16.840.1.113883.6.12"/>"#)["class"]["code"], "UNK");
    // The visit that a document is about is one, once.
    let about = r#"<componentOf><encompassingEncounter><id root="1.2.3.5" extension="v"/><effectiveTime><low value="20240102"/></effectiveTime></encompassingEncounter></componentOf><component><structuredBody>"#;
    let listed = r#"<entry><encounter moodCode="EVN"><id root="1.2.3.5" extension="v"/></encounter></entry>"#;
    let visits = |xml: String| {
        let xml = xml.replacen("<component><structuredBody>", about, 1);
        Opened::of(xml.as_bytes()).all("Encounter").len()
    };
    assert_eq!(visits(document(PROBLEMS, "")), 1);
    assert_eq!(visits(document(ENCOUNTERS, listed)), 1);
    assert_eq!(visits(document(ENCOUNTERS, &listed.replace("\"v\"", "\"w\""))), 2);
}

#[test]
fn values_keep_their_digits_and_a_value_that_is_not_known_is_said_to_be() {
    let observed = |attributes: &str, value: &str| {
        let statement = format!(
            r#"<organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1"/><id root="1.2.3.5" extension="r"/>
            <code code="57021-8" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240102"/><component>
            <observation {attributes}><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="1.2.3.5" extension="o"/><code code="718-7" codeSystem="2.16.840.1.113883.6.1"/>
            <statusCode code="completed"/>{value}<interpretationCode code="L" codeSystem="2.16.840.1.113883.5.83"/>
            <referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="12.0" unit="g/dL"/></value></observationRange></referenceRange>
            </observation></component></organizer>"#
        );
        entry(RESULTS, &statement)
    };
    let quantity = observed("", r#"<value xsi:type="PQ" value="10.20" unit="g/dL"/>"#);
    let result = quantity.one("Observation");
    assert_eq!(result["valueQuantity"]["code"], "g/dL");
    assert_eq!(result["effectiveDateTime"], "2024-01-02");
    assert_eq!(result["interpretation"][0]["coding"][0]["code"], "L");
    let report = quantity.one("DiagnosticReport");
    assert_eq!(
        report["result"][0]["reference"].as_str().unwrap(),
        quantity.records.iter().find(|(_, record)| record == result).unwrap().0
    );
    let mut written = String::new();
    let xml = document(RESULTS, "").replace("</section>", r#"<entry><observation moodCode="EVN"><code code="1" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value="10.20" unit="g/dL"/></observation></entry></section>"#);
    read(xml.as_bytes(), Limits::default(), &mut |event| {
        if let Event::Resource(resource) = event {
            written.push_str(std::str::from_utf8(resource.bytes).unwrap());
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(written.contains(r#""value":10.20"#));
    for (value, member, expected) in [
        (r#"<value xsi:type="INT" value="7"/>"#, "valueInteger", json!(7)),
        (r#"<value xsi:type="ST">positive</value>"#, "valueString", json!("positive")),
        (r#"<value xsi:type="BL" value="true"/>"#, "valueBoolean", json!(true)),
        (r#"<value xsi:type="TS" value="2024"/>"#, "valueDateTime", json!("2024")),
        (
            r#"<value xsi:type="IVL_PQ"><high value="5" unit="mg" inclusive="false"/></value>"#,
            "valueQuantity",
            json!({"comparator": "<", "value": 5, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}),
        ),
        (
            r#"<value xsi:type="PQ" nullFlavor="UNK"/>"#,
            "dataAbsentReason",
            json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}]}),
        ),
    ] {
        assert_eq!(observed("", value).one("Observation")[member], expected, "{value}");
    }
    // A number that is none is left out, and a value that was not observed is no observation.
    assert!(
        observed("", r#"<value xsi:type="PQ" value="ten"/>"#)
            .one("Observation")
            .get("valueQuantity")
            .is_none()
    );
    let negated = observed(r#"negationInd="true""#, r#"<value xsi:type="INT" value="7"/>"#);
    assert!(negated.all("Observation").is_empty());
}

#[test]
fn a_document_is_of_the_sensitive_kinds_of_all_codes_in_it() {
    let of = |code: &str| {
        let value = format!(r#"<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.90"/>"#);
        let statement = format!(r#"<observation moodCode="RQO">{value}</observation>"#);
        let kept = entry(PROBLEMS, &statement).records[0].1.to_string();
        sensitivities(kept.as_bytes()).into_iter().collect::<Vec<_>>()
    };
    // Nothing was made of the entry: it is the document that says so.
    assert_eq!(of("F32.9"), [Sensitivity::MentalHealth]);
    assert_eq!(of("G40.9"), []);
}

#[test]
fn a_pdf_that_a_document_wraps_is_a_file_of_its_own() {
    let Some(samples) = data("fhir") else { return };
    let opened = Opened::of(File::open(samples.join("ccda/Unstructured_Document_embed.xml")).unwrap());
    let wrapped = &opened.records[0].1["content"][1]["attachment"];
    assert_eq!(wrapped["contentType"], "application/pdf");
    assert!(STANDARD.decode(wrapped["data"].as_str().unwrap()).unwrap().starts_with(b"%PDF"));
}

#[test]
fn what_is_no_document_is_kept_with_its_reason() {
    let whole = document(PROBLEMS, "");
    let refused = |xml: &str| {
        let opened = Opened::of(xml.as_bytes());
        assert!(opened.records.is_empty() && opened.told.is_none());
        opened.quarantined
    };
    let entity = whole.replace("Summary", "&x;");
    let doctype = whole.replacen("?>", "?><!DOCTYPE a SYSTEM \"http://a.example/a.dtd\">", 1);
    let deep = whole.replace("Words", &format!("{}{}", "<content>".repeat(100), "</content>".repeat(100)));
    for (xml, reason) in [
        (&entity, "DocumentDoctype"),
        (&doctype, "DocumentDoctype"),
        (&whole[..whole.len() - 4].to_owned(), "DocumentXml"),
        (&deep, "DocumentTooDeep"),
        (&whole.replace("urn:hl7-org:v3", "urn:other"), "DocumentNamespace"),
        (&whole.replace("Words", &"x".repeat(20_000_000)), "DocumentTooLarge"),
    ] {
        assert_eq!(refused(xml), [reason]);
    }
    assert_eq!(Opened::of(whole.as_bytes()).records.len(), 2);
    let with_mark = [b"\xef\xbb\xbf", whole.as_bytes()].concat();
    let kept = Opened::of(with_mark.as_slice()).records[0].1["content"][0]["attachment"]["data"].clone();
    assert_eq!(STANDARD.decode(kept.as_str().unwrap()).unwrap(), with_mark);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_is_done_to_a_document_gives_records_or_a_reason(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_usize..400), 1..4),
    ) {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir/CCD.xml");
        let mut xml = fs::read(fixture).unwrap();
        xml.retain(u8::is_ascii);
        let root = xml.windows(17).position(|start| start == b"<ClinicalDocument").unwrap() + 200;
        // Pieces of it are put elsewhere: names, values and elements where nobody expects them.
        for (from, to, length) in changes {
            let from = from.index(xml.len() - length);
            let piece = xml[from..from + length].to_vec();
            let to = root + to.index(xml.len() - root - length);
            xml.splice(to..to + length, piece);
        }
        let opened = Opened::of(xml.as_slice());
        prop_assert!(opened.records.is_empty() != opened.quarantined.is_empty());
    }
}

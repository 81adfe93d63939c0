//! FHIR in XML is read as the same in JSON, whoever wrote it, or refused.

use std::fs::{self, File};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keepwell_protocol::formats::fhir::{Event, Kind, Limits, ReadError, Summary, read, text_of_html};
use proptest::prelude::*;
use serde_json::Value;

use crate::sample::canonical::Json;
use crate::sample::data;
use crate::sample::drops::Drops;

/// What a reader tells, a line for each event, and how it ended.
fn told(source: impl Read, limits: Limits) -> (Vec<String>, Result<Summary, ReadError>) {
    let mut told = Vec::new();
    let summary = read(source, limits, &mut |event| {
        told.push(match event {
            Event::Resource(resource) => {
                let text = std::str::from_utf8(resource.bytes).unwrap();
                format!("{:?} {text}", resource.full_url)
            }
            Event::Progress { .. } => return ControlFlow::Continue(()),
            other => format!("{other:?}"),
        });
        ControlFlow::Continue(())
    });
    (told, summary)
}

/// The one resource of a document.
fn json(xml: &str) -> String {
    let (told, summary) = told(xml.as_bytes(), Limits::default());
    assert_eq!(summary.expect(xml).kind, Kind::FhirXml);
    assert_eq!(told.len(), 1, "{told:?}");
    told[0].strip_prefix("None ").unwrap().to_owned()
}

/// The code by which a document is refused.
fn refused(xml: &[u8]) -> &'static str {
    told(xml, Limits::default()).1.unwrap_err().code()
}

/// Each resource, with the text of its narratives in the place of their XHTML, which each writer lays out otherwise.
fn compared(path: &Path) -> Vec<(Option<String>, Vec<u8>)> {
    let mut resources = Vec::new();
    let summary = read(File::open(path).unwrap(), Limits::default(), &mut |event| {
        if let Event::Resource(resource) = event {
            let mut json = Json::parse(resource.bytes);
            bare_narratives(&mut json);
            resources.push((resource.full_url.map(str::to_owned), json.canonical()));
        }
        ControlFlow::Continue(())
    });
    if let Err(error) = summary {
        resources.push((None, error.to_string().into_bytes()));
    }
    resources
}

fn bare_narratives(json: &mut Json) {
    match json {
        Json::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value {
                    Json::String(div) if name == "div" => {
                        let text = text_of_html(div, usize::MAX);
                        *div = text.split_whitespace().collect();
                    }
                    _ => bare_narratives(value),
                }
            }
        }
        Json::Array(values) => values.iter_mut().for_each(bare_narratives),
        _ => {}
    }
}

/// The pairs in `fixtures/fhir-xml`, and in a folder of more of them, if there is one.
fn pairs() -> Vec<(PathBuf, PathBuf)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir-xml");
    let more = std::env::var_os("KEEPWELL_FHIR_XML_PAIRS").map(PathBuf::from);
    let mut pairs = Vec::new();
    for folder in std::iter::once(fixtures).chain(more) {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        pairs
            .extend(files.filter_map(|file| {
                (file.extension()? == "xml").then(|| (file.with_extension("json"), file))
            }));
    }
    pairs
}

#[test]
fn is_the_same_as_what_hapi_reads_and_writes_in_json() {
    let pairs = pairs();
    let (mut resources, mut differences) = (0, Vec::new());
    for (in_json, in_xml) in &pairs {
        let (expected, found) = (compared(in_json), compared(in_xml));
        resources += found.len();
        let shown = |(url, json): &(_, Vec<u8>)| format!("{url:?} {}", String::from_utf8_lossy(json));
        let different = expected.iter().zip(&found).find(|(expected, found)| expected != found);
        let different = different.map(|(expected, found)| format!("\n{}\n{}", shown(expected), shown(found)));
        if different.is_some() || expected.len() != found.len() {
            differences.push(format!("{}{}", in_xml.display(), different.unwrap_or_default()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    println!("{} files, {resources} resources", pairs.len());
    assert!(pairs.len() >= 13 && resources >= 34, "{} {resources}", pairs.len());
}

#[test]
fn every_sample_gives_the_resources_that_other_code_counted() {
    let Some(samples) = data("fhir") else { return };
    let expected: Value = serde_json::from_slice(&fs::read(samples.join("expected.json")).unwrap()).unwrap();
    let mut files = 0;
    for (name, facts) in expected["files"].as_object().unwrap() {
        if facts["kind"] != "fhir-xml" {
            continue;
        }
        let mut types = serde_json::Map::new();
        let summary = read(File::open(samples.join(name)).unwrap(), Limits::default(), &mut |event| {
            let bytes = match event {
                Event::Resource(resource) => resource.bytes,
                Event::Outcome(outcome) => outcome.bytes.unwrap(),
                Event::Quarantined { .. } => panic!("{name}: {event:?}"),
                _ => return ControlFlow::Continue(()),
            };
            let resource: Value = serde_json::from_slice(bytes).unwrap();
            let count = types.entry(resource["resourceType"].as_str().unwrap()).or_insert(Value::from(0));
            *count = Value::from(count.as_u64().unwrap() + 1);
            ControlFlow::Continue(())
        });
        assert_eq!(summary.unwrap_or_else(|error| panic!("{name}: {error}")).kind, Kind::FhirXml);
        assert_eq!(Value::Object(types), facts["xml"]["types"], "{name}");
        files += 1;
    }
    assert_eq!(files, 10);
}

#[test]
fn each_construct_has_its_form_in_json() {
    let xml = "\u{feff}<?xml version='1.0' encoding='utf-8'?><?xml-stylesheet href='x.xsl'?><!-- <b> -->
<f:Observation xmlns:f='http://hl7.org/fhir' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'
    xmlns:h='http://www.w3.org/1999/xhtml' xsi:schemaLocation='http://hl7.org/fhir a.xsd'>
  <f:id value='o1'/>
  <f:text><f:status value='generated'/><h:div class=\"a\">5 &lt; 7 &amp; <![CDATA[<9]]><h:br/>&#233;<!-- no --></h:div></f:text>
  <f:contained><f:Patient><f:id value='p'/><f:active value='true'/></f:Patient></f:contained>
  <f:extension url='http://e.example/a'><f:valueDecimal value='1.10'/></f:extension>
  <f:modifierExtension url='http://e.example/m'><f:valueBoolean value='false'/></f:modifierExtension>
  <f:status value='final'><f:extension url='u'><f:valueCode value='x'/></f:extension></f:status>
  <f:code id='c'><f:coding><f:code value='a&quot;&#10;b'/><f:userSelected value='true'/></f:coding></f:code>
  <f:valueQuantity><f:value value='-0.50'/><f:unit value=' mg '/></f:valueQuantity>
</f:Observation><!-- end -->";
    let expected = concat!(
        r#"{"resourceType":"Observation","id":"o1","text":{"status":"generated","#,
        r#""div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" class=\"a\">5 &lt; 7 &amp; &lt;9<br/>&#233;</div>"},"#,
        r#""contained":[{"resourceType":"Patient","id":"p","active":true}],"#,
        r#""extension":[{"url":"http://e.example/a","valueDecimal":1.10}],"#,
        r#""modifierExtension":[{"url":"http://e.example/m","valueBoolean":false}],"#,
        r#""status":"final","_status":{"extension":[{"url":"u","valueCode":"x"}]},"#,
        r#""code":{"id":"c","coding":[{"code":"a\"\nb","userSelected":true}]},"#,
        r#""valueQuantity":{"value":-0.50,"unit":" mg "}}"#,
    );
    assert_eq!(json(xml), expected);
    let patient = |inner: &str| json(&format!("<Patient xmlns=\"http://hl7.org/fhir\">{inner}</Patient>"));
    for (inner, expected) in [
        (
            "<name><given value='A'/><given id='g'/><given value='C'/></name>",
            r#""name":[{"given":["A",null,"C"],"_given":[null,{"id":"g"},null]}]"#,
        ),
        ("<birthDate><extension url='u'/></birthDate>", r#""_birthDate":{"extension":[{"url":"u"}]}"#),
        ("<name/><name><text value=''/></name>", r#""name":[{},{"text":""}]"#),
        ("<multipleBirthInteger value='2'/>", r#""multipleBirthInteger":2"#),
        // What is no number and no boolean stays as it was written.
        ("<multipleBirthInteger value='02'/>", r#""multipleBirthInteger":"02""#),
        ("<active value='TRUE'/>", r#""active":"TRUE""#),
        // Under the namespace once more, as some servers write what is within.
        ("<gender xmlns='http://hl7.org/fhir' value='male'/>", r#""gender":"male""#),
    ] {
        assert_eq!(patient(inner), format!(r#"{{"resourceType":"Patient",{expected}}}"#));
    }
    assert_eq!(json("<Patient xmlns=\"http://hl7.org/fhir\"/>"), r#"{"resourceType":"Patient"}"#);
}

#[test]
fn each_release_is_read_by_its_own_definitions() {
    let of =
        |name: &str, inner: &str| json(&format!("<{name} xmlns=\"http://hl7.org/fhir\">{inner}</{name}>"));
    for (name, inner, expected) in [
        ("Encounter", "<class><code value='AMB'/></class>", r#""class":{"code":"AMB"}"#),
        (
            "Encounter",
            "<class><coding><code value='AMB'/></coding></class>",
            r#""class":[{"coding":[{"code":"AMB"}]}]"#,
        ),
        ("Encounter", "<class value='ambulatory'/>", r#""class":"ambulatory""#),
        (
            "AllergyIntolerance",
            "<clinicalStatus value='active'/><assertedDate value='2016'/>",
            r#""clinicalStatus":"active","assertedDate":"2016""#,
        ),
        ("MedicationOrder", "<dateWritten value='2015'/>", r#""dateWritten":"2015""#),
    ] {
        assert_eq!(of(name, inner), format!(r#"{{"resourceType":"{name}",{expected}}}"#));
    }
}

#[test]
fn what_may_say_anything_or_nothing_for_certain_is_refused_whole() {
    let patient = |inner: &str| format!("<Patient xmlns=\"http://hl7.org/fhir\">{inner}</Patient>");
    let nested = |depth: usize| {
        let (open, close) = ("<extension url='u'>".repeat(depth), "</extension>".repeat(depth));
        patient(&format!("{open}{close}"))
    };
    for (xml, code) in [
        (patient("<gender value='&amp;'/>"), ""),
        (patient("<gender value='&x;'/>"), "FhirXmlDoctype"),
        (format!("<!DOCTYPE Patient [<!ENTITY x 'y'>]>{}", patient("")), "FhirXmlDoctype"),
        (format!("<!DOCTYPE Patient SYSTEM 'file:///etc/passwd'>{}", patient("")), "FhirXmlDoctype"),
        (
            patient("<text><status value='x'/><div xmlns='http://www.w3.org/1999/xhtml'>&#160;</div></text>"),
            "",
        ),
        (patient("<text><div xmlns='http://www.w3.org/1999/xhtml'>&nbsp;</div></text>"), "FhirXmlDoctype"),
        (patient("<text><div>a</div></text>"), "FhirXmlElement"),
        (format!("<?xml version='1.0' encoding='UTF-8'?>{}", patient("")), ""),
        (format!("<?xml version='1.0' encoding='ISO-8859-1'?>{}", patient("")), "FhirXmlEncoding"),
        (patient("<birthDate value='2000'/>"), ""),
        (patient("<birthday value='2000'/>"), "FhirXmlElement"),
        (patient("<birthDate val='2000'/>"), "FhirXmlElement"),
        (patient("<birthDate>2000</birthDate>"), "FhirXmlElement"),
        (patient("<birthDate value='2000'><coding/></birthDate>"), "FhirXmlElement"),
        (patient("<birthDate value='2000'/><birthDate value='2001'/>"), "FhirXmlElement"),
        (patient("<name value='Ann'/>"), "FhirXmlElement"),
        (patient("<name/><gender value='male'/><name/>"), "FhirXmlElement"),
        (patient("<x:gender xmlns:x='urn:x' value='male'/>"), "FhirXmlElement"),
        (patient("<contained/>"), "FhirXmlElement"),
        (patient("<contained><Patient/><Patient/></contained>"), "FhirXmlElement"),
        (patient("<contained><Nobody/></contained>"), "FhirXmlElement"),
        ("<Nobody xmlns=\"http://hl7.org/fhir\"/>".to_owned(), "FhirXmlElement"),
        ("<Quantity xmlns=\"http://hl7.org/fhir\"/>".to_owned(), "FhirXmlElement"),
        (patient("<name></nam>"), "FhirXmlSyntax"),
        (format!("{}<Patient/>", patient("")), "FhirXmlSyntax"),
        ("<Patient xmlns=\"http://hl7.org/fhir\"><name>".to_owned(), "FhirXmlSyntax"),
        (nested(20), ""),
        (nested(101), "FhirXmlTooDeep"),
        (
            "<Bundle xmlns=\"http://hl7.org/fhir\"><entry><fullUrl value='urn:a'/></entry>a</Bundle>"
                .to_owned(),
            "FhirXmlElement",
        ),
        ("<Bundle xmlns=\"http://hl7.org/fhir\"><entry/>".to_owned(), "FhirXmlSyntax"),
    ] {
        let (told, summary) = told(xml.as_bytes(), Limits::default());
        let found = summary.as_ref().err().map_or("", ReadError::code);
        assert_eq!(found, code, "{xml}: {told:?}");
    }
    let latin = b"<Patient xmlns=\"http://hl7.org/fhir\"><gender value='\xe9'/></Patient>";
    assert_eq!(refused(latin), "InvalidUtf8");
    // The place that is told is the one in the file, also behind other entries.
    let bundle = "<Bundle xmlns=\"http://hl7.org/fhir\"><type value='collection'/>
        <entry><resource><Patient><x/></Patient></resource></entry></Bundle>";
    let error = told(bundle.as_bytes(), Limits::default()).1.unwrap_err();
    let place = bundle.find("<x/>").unwrap() + "<x/>".len();
    assert!(error.to_string().contains(&format!("at byte {place} ")), "{error}, {place}");
    // Deeper than a resource may be in JSON is set aside as it is there.
    let (told, summary) = told(nested(50).as_bytes(), Limits::default());
    assert!(summary.is_ok() && told[0].contains("TooDeep"), "{told:?}");
}

#[test]
fn of_a_bundle_one_entry_is_held_at_a_time() {
    let entry = |name: &str| {
        format!("<entry><resource><Patient><name><text value='{name}'/></name></Patient></resource></entry>")
    };
    let bundle = |entries: String| {
        format!("<Bundle xmlns='http://hl7.org/fhir'><type value='collection'/>{entries}</Bundle>")
    };
    let limits = Limits { resource_bytes: 400_000, ..Limits::default() };
    let many = bundle(entry("Ann").repeat(50_000));
    assert!(many.len() > 4_000_000);
    let (told_of_many, summary) = told(many.as_bytes(), limits);
    assert_eq!((told_of_many.len(), summary.unwrap().entries), (50_000, 50_000));
    let large = bundle(entry("Ann") + &entry(&"A".repeat(600_000)));
    assert_eq!(told(large.as_bytes(), limits).1.unwrap_err().code(), "FhirXmlTooLarge");
    let comment = bundle(format!("<!--{}-->", "A".repeat(600_000)));
    assert_eq!(told(comment.as_bytes(), limits).1.unwrap_err().code(), "FhirXmlTooLarge");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_to_a_file_it_is_read_or_refused_however_it_arrives(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
        size in 1..5000_usize,
    ) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fhir/bug-410-bundle.xml");
        let mut input = fs::read(file).unwrap();
        for (at, byte) in edits {
            let at = at.index(input.len());
            input[at] = byte;
        }
        if let Some(cut) = cut {
            let length = cut.index(input.len());
            input.truncate(length);
        }
        let (found, summary) = told(input.as_slice(), Limits::default());
        let (again, summary_again) = told(Drops(&input, size), Limits::default());
        prop_assert_eq!(&found, &again);
        prop_assert_eq!(format!("{summary:?}"), format!("{summary_again:?}"));
        for line in found.iter().filter(|line| line.starts_with("None ") || line.starts_with("Some(\"")) {
            // An address with a control character in it is told with braces, too.
            let json = &line[line.find("{\"").unwrap()..];
            prop_assert!(serde_json::from_str::<Value>(json).is_ok(), "{json}");
        }
    }
}

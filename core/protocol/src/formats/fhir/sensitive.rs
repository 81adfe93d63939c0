//! Which kinds of sensitive information a resource holds, by its codes; the table is fixtures/sensitive/codes.txt.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use super::cards::kept_health_card;
use super::category::category;
use super::code_system::is_system;
use super::cursor::{Cursor, Token};
#[cfg(feature = "imports")]
use super::documents::kept_document;
use super::event::{Event, Limits, Resource};
use super::head::ResourceHead;
use super::reader::read;
use crate::domain::{Category, Sensitivity, fold};
#[cfg(feature = "imports")]
use crate::formats::cda::codings;
use crate::formats::shc::HealthCard;

/// The kinds of sensitive information that a resource holds by any coding in it, at any depth: what it is about, reasons,
/// findings, contained resources, and the labels (`meta.security`) that its source gave it. A record that keeps a SMART Health
/// Card is of the kinds of all that is in the card, and one that keeps a C-CDA document is of all codes in that.
///
/// Codes are compared with the table in `fixtures/sensitive`, exactly or by a beginning that the table names; free text
/// says nothing. An empty answer means that the table knows none of the codes, not that there is nothing sensitive.
///
/// ```
/// use keepwell_protocol::domain::Sensitivity;
/// use keepwell_protocol::formats::fhir::sensitivities;
///
/// let of = |code: &str| {
///     let coding = format!(r#"{{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"{code}"}}"#);
///     let json = format!(r#"{{"resourceType":"Condition","code":{{"coding":[{coding}]}}}}"#);
///     sensitivities(json.as_bytes()).into_iter().collect::<Vec<_>>()
/// };
/// assert_eq!(of("F32.9"), [Sensitivity::MentalHealth]);
/// assert_eq!(of("G40.9"), []);
/// ```
pub fn sensitivities(resource: &[u8]) -> BTreeSet<Sensitivity> {
    let mut found = by_codes(resource);
    // Looking for the name is faster than reading.
    if std::str::from_utf8(resource).is_ok_and(|text| text.contains("smart-health-card"))
        && let Some(text) = kept_health_card(resource)
        && let Ok(card) = HealthCard::read(&text)
    {
        let read = read(card.claims().bundle(), Limits::default(), &mut |event| {
            if let Event::Resource(Resource { bytes, .. }) = event {
                found.extend(by_codes(bytes));
            }
            ControlFlow::Continue(())
        });
        // What can't be read of it is no record, and can't be read by anybody else.
        drop(read);
    }
    #[cfg(feature = "imports")]
    if let Some(document) = kept_document(resource) {
        found.extend(by_codes(&codings(&document)));
    }
    found
}

fn by_codes(resource: &[u8]) -> BTreeSet<Sensitivity> {
    let mut found = BTreeSet::new();
    let mut cursor = Cursor::new(resource);
    // What is known of each object that is open; an array is one in which nothing gets known.
    let mut open: Vec<OpenCoding<'_>> = Vec::new();
    let mut key = Cow::Borrowed("");
    while let Some(token) = cursor.next() {
        match token {
            Token::Object | Token::Array => open.push(OpenCoding::default()),
            Token::Key(name) => key = name.to_str(),
            Token::Bare(_) => {}
            Token::String(text) => {
                if let Some(coding) = open.last_mut() {
                    match key.as_ref() {
                        "system" => coding.system = Some(text.to_str()),
                        "code" => coding.code = Some(text.to_str()),
                        "display" => coding.display = Some(text.to_str()),
                        _ => {}
                    }
                }
            }
            Token::End => {
                if let Some(coding) = open.pop() {
                    TABLE.look_up(&coding, &mut found);
                }
            }
        }
    }
    if ResourceHead::read(resource).is_ok_and(|head| category(&head, None) == Category::Genomics) {
        found.insert(Sensitivity::Genetics);
    }
    found
}

/// What of a `Coding` was met so far.
#[derive(Default)]
struct OpenCoding<'a> {
    system: Option<Cow<'a, str>>,
    code: Option<Cow<'a, str>>,
    display: Option<Cow<'a, str>>,
}

/// The table, sorted for looking up.
#[derive(Default)]
struct Table {
    /// Each code system's name here, and the ways in which it is written.
    systems: Vec<(&'static str, Vec<&'static str>)>,
    /// Codes that are compared whole, by system.
    exact: HashMap<(&'static str, String), Vec<Sensitivity>>,
    /// Beginnings of codes, by system.
    beginnings: HashMap<&'static str, Vec<(String, Sensitivity)>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(CODES));

const CODES: &str = include_str!("../../../../../fixtures/sensitive/codes.txt");

/// The system whose codes are words of the names in RxNorm.
const RXNORM_NAME: &str = "rxnorm-name";

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split_ascii_whitespace();
            match (words.next(), words.next()) {
                (Some("system"), Some(name)) => table.systems.push((name, words.collect())),
                (Some(kind), Some(system)) => {
                    if let Ok(kind) = Sensitivity::parse(kind) {
                        words.for_each(|code| table.add(kind, system, code));
                    }
                }
                _ => {}
            }
        }
        table
    }

    fn add(&mut self, kind: Sensitivity, system: &'static str, code: &str) {
        match code.strip_suffix('*') {
            Some(beginning) => {
                let beginning = normalized(system, beginning);
                self.beginnings.entry(system).or_default().push((beginning, kind));
            }
            None => self.exact.entry((system, normalized(system, code))).or_default().push(kind),
        }
    }

    fn look_up(&self, coding: &OpenCoding<'_>, found: &mut BTreeSet<Sensitivity>) {
        let (Some(written), Some(code)) = (&coding.system, &coding.code) else { return };
        let Some((system, _)) = self.systems.iter().find(|(_, names)| is_system(written, names)) else {
            return;
        };
        let code = normalized(system, code);
        for (beginning, kind) in self.beginnings.get(system).into_iter().flatten() {
            if code.starts_with(beginning) {
                found.insert(*kind);
            }
        }
        found.extend(self.exact.get(&(*system, code)).into_iter().flatten());
        if *system == "rxnorm" {
            let name = fold(coding.display.as_deref().unwrap_or_default());
            for word in name.split(|character: char| !character.is_alphanumeric()) {
                found.extend(self.exact.get(&(RXNORM_NAME, word.to_owned())).into_iter().flatten());
            }
        }
    }
}

/// A code as it is compared: ICD is written with and without its dot, and in either case.
fn normalized(system: &str, code: &str) -> String {
    let code = code.trim();
    if system.starts_with("icd-") { code.replace('.', "").to_ascii_uppercase() } else { code.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(system: &str, code: &str, display: &str) -> Vec<Sensitivity> {
        let coding = format!(r#"{{"display":"{display}","code":"{code}","system":"{system}"}}"#);
        let json = format!(r#"{{"resourceType":"Condition","code":{{"coding":[{coding}]}}}}"#);
        sensitivities(json.as_bytes()).into_iter().collect()
    }

    #[test]
    fn a_code_is_of_its_kinds_and_its_nearest_neighbour_is_not() {
        use Sensitivity as S;
        let icd = "http://hl7.org/fhir/sid/icd-10-cm";
        let (snomed, loinc, atc) = ("http://snomed.info/sct", "http://loinc.org", "http://www.whocc.no/atc");
        let label = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
        for (system, code, kinds) in [
            (icd, "F32.9", vec![S::MentalHealth]),
            (icd, "F329", vec![S::MentalHealth]),
            (icd, "f32.9", vec![S::MentalHealth]),
            (icd, "F10.20", vec![S::SubstanceUse]),
            (icd, "G40.9", vec![]),
            (icd, "B20", vec![S::Hiv]),
            (icd, "B25", vec![]),
            (icd, "Z21", vec![S::Hiv]),
            (icd, "Z21.1", vec![]),
            (icd, "O98.71", vec![S::Hiv, S::Pregnancy]),
            (icd, "Z3A.12", vec![S::Pregnancy]),
            (icd, "Z38.0", vec![]),
            (icd, "A53.9", vec![S::SexualHealth]),
            (icd, "A49.9", vec![]),
            (icd, "Z15.01", vec![S::Genetics]),
            (icd, "Z16.1", vec![]),
            ("https://hl7.org/fhir/sid/icd-10|2019", "F32", vec![S::MentalHealth]),
            ("urn:oid:2.16.840.1.113883.6.90", "F32", vec![S::MentalHealth]),
            ("http://example.org/icd-10", "F32", vec![]),
            (snomed, "370143000", vec![S::MentalHealth]),
            (snomed, "3701430001", vec![]),
            (snomed, "38341003", vec![]),
            (loinc, "75622-1", vec![S::Hiv]),
            (loinc, "4548-4", vec![]),
            (snomed, "75622-1", vec![]),
            (atc, "N06AB06", vec![S::MentalHealth]),
            (atc, "N06A", vec![S::MentalHealth]),
            (atc, "N02AA01", vec![]),
            (label, "PSY", vec![S::MentalHealth]),
            (label, "SUD", vec![S::SubstanceUse]),
            (label, "HIV", vec![S::Hiv]),
            (label, "SEX", vec![S::SexualHealth]),
            (label, "GDIS", vec![S::Genetics]),
            (label, "PSYC", vec![]),
            ("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HIV", vec![]),
            ("http://hl7.org/fhir/sid/cvx", "62", vec![S::SexualHealth]),
            ("http://hl7.org/fhir/sid/cvx", "140", vec![]),
        ] {
            assert_eq!(of(system, code, "x"), kinds, "{system} {code}");
        }
    }

    #[test]
    fn a_medicine_of_rxnorm_is_known_by_its_ingredients_and_one_of_no_system_is_not() {
        let rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";
        for (system, name, kinds) in [
            (rxnorm, "sertraline 50 MG Oral Tablet", vec![Sensitivity::MentalHealth]),
            (rxnorm, "Buprenorphine 8 MG / Naloxone 2 MG Sublingual Tablet", vec![Sensitivity::SubstanceUse]),
            (rxnorm, "emtricitabine 200 MG / tenofovir 300 MG Oral Tablet [Truvada]", vec![Sensitivity::Hiv]),
            (rxnorm, "lisinopril 10 MG Oral Tablet", vec![]),
            (rxnorm, "sertralinelike 50 MG Oral Tablet", vec![]),
            ("http://example.org/drugs", "sertraline 50 MG Oral Tablet", vec![]),
        ] {
            assert_eq!(of(system, "1", name), kinds, "{name}");
        }
    }

    #[test]
    fn any_coding_counts_wherever_it_stands_and_words_do_not() {
        let coding = r#"{"system":"http://hl7.org/fhir/sid/icd-10","code":"F20.0"}"#;
        for (json, is_sensitive) in [
            (format!(r#"{{"resourceType":"Encounter","reasonCode":[{{"coding":[{coding}]}}]}}"#), true),
            (
                format!(
                    r#"{{"resourceType":"Claim","contained":[{{"resourceType":"Condition","code":{{"coding":[{coding}]}}}}]}}"#
                ),
                true,
            ),
            (
                r#"{"resourceType":"Observation","meta":{"security":[{"system":"http://hl7.org/fhir/v3/ActCode","code":"PSY"}]}}"#
                    .to_owned(),
                true,
            ),
            (r#"{"resourceType":"Condition","code":{"coding":[{"code":"F20.0"}],"text":"schizophrenia"}}"#.to_owned(), false),
            (
                r#"{"resourceType":"Condition","system":"http://hl7.org/fhir/sid/icd-10","a":{"code":"F20.0"}}"#
                    .to_owned(),
                false,
            ),
        ] {
            let found = sensitivities(json.as_bytes());
            assert_eq!(found.contains(&Sensitivity::MentalHealth), is_sensitive, "{json}");
        }
    }

    #[test]
    fn what_is_filed_as_genomics_is_genetics_and_what_is_not_a_resource_is_nothing() {
        assert_eq!(
            sensitivities(br#"{"resourceType":"MolecularSequence"}"#).into_iter().collect::<Vec<_>>(),
            [Sensitivity::Genetics]
        );
        for bytes in [&br#"{"resourceType":"Observation"}"#[..], b"", b"[]", b"{\"system\":\"loinc.org\""] {
            assert_eq!(sensitivities(bytes).len(), 0);
        }
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        for line in CODES.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let [kind, system, code, ..] = words[..] else { panic!("{line}") };
            if kind != "system" {
                assert!(Sensitivity::parse(kind).is_ok(), "{line}");
                let is_known = TABLE.systems.iter().any(|(name, _)| *name == system);
                assert!(is_known || system == RXNORM_NAME, "{line}");
                assert!(system != RXNORM_NAME || code.to_lowercase() == code, "{line}");
            }
        }
        for kind in Sensitivity::ALL {
            assert!(TABLE.exact.values().flatten().any(|of| of == kind), "{kind}");
        }
    }
}

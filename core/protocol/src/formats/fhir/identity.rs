//! When two resources are versions of one record (flows.md §2.1).

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, Ipv6Addr},
};

use super::{
    address::folded_address,
    head::{Coding, ResourceHead},
    reference::{Reference, folded_id, split_address},
};
use crate::domain::{fold, is_reference_type, words};

/// Where a resource comes from, beside its address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin<'a> {
    /// A source that was named.
    Named(&'a str),
    /// A source that is guessed: the one Patient of the delivery, by the id there.
    Patient(&'a str),
    /// A source of which nothing is known: this delivery, by what tells it from others.
    Delivery(&'a [u8]),
}

/// Where an id names a record.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Place {
    /// In the world: its folded address.
    Address(String),
    /// At a source that was named.
    Named(String),
    /// Wherever the Patient of this id is, which is a guess.
    Patient(String),
    /// In this one delivery and nowhere else.
    Delivery(Vec<u8>),
}

impl Place {
    /// Whether this is known and not guessed.
    pub const fn is_certain(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Named(_))
    }
}

/// A name under which a record is known.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RecordName {
    /// The id that it has at that place.
    pub id: String,
    /// Its FHIR type; ids of different types may be equal.
    pub resource_type: String,
    /// Where that id means this record.
    pub place: Place,
}

/// The names of a resource that came with this `fullUrl`, strongest first; none if only its bytes tell it
/// from others.
pub fn record_names(head: &ResourceHead<'_>, full_url: Option<&str>, origin: Origin<'_>) -> Vec<RecordName> {
    let name =
        |id: String, place: Place| RecordName { id, resource_type: head.resource_type.to_string(), place };
    let own = head.id.as_deref().filter(|id| !id.is_empty()).map(folded_id);
    let mut names = Vec::new();
    if let Some(address) = full_url.and_then(folded_address) {
        let id = address_id(&address);
        // What refers to it, or comes without address, may know it by its own id.
        let other = own.clone().filter(|own| *own != id);
        let place = Place::Address(address.into_owned());
        names.extend(other.map(|own| name(own, place.clone())));
        names.insert(0, name(id, place));
    }
    let place = match origin {
        Origin::Named(source) => match (folded_address(source), &own) {
            (Some(base), Some(id)) => Place::Address(format!("{base}/{}/{id}", head.resource_type)),
            _ => Place::Named(source.to_owned()),
        },
        Origin::Patient(patient) => Place::Patient(patient.to_owned()),
        Origin::Delivery(delivery) => Place::Delivery(delivery.to_owned()),
    };
    if let Some(id) = own.filter(|_| names.is_empty() || place.is_certain()) {
        let named = name(id, place);
        if !names.contains(&named) {
            names.push(named);
        }
    }
    names
}

/// The id in a folded address, by which records are looked for: what stands behind its type, what a urn
/// names, or else all of it.
pub fn address_id(address: &str) -> String {
    let urn = || address.strip_prefix("urn:")?.split_once(':').map(|(_, rest)| rest);
    match split_address(address) {
        Some((_, _, id)) => folded_id(id),
        None => urn().unwrap_or(address).to_owned(),
    }
}

/// The source to note for a resource if the person named none: the base of its `fullUrl`, or `file`.
pub fn source_of(full_url: Option<&str>) -> &str {
    full_url.and_then(split_address).map_or("file", |(base, _, _)| base)
}

/// Whether a folded address may be that of something else elsewhere: loopback, private and example
/// hosts (RFC 1918, 4193, 2606, 6761, 8375), and urns, which servers make up.
pub fn is_reusable(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else { return true };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if let Some(literal) = host.strip_prefix('[') {
        let ip: Result<Ipv6Addr, _> = literal.split(']').next().unwrap_or_default().parse();
        return ip.is_ok_and(|ip| {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        });
    }
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.');
    if let Ok(ip) = host.parse::<Ipv4Addr>() {
        return ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified();
    }
    let within =
        |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    !host.contains('.') || REUSABLE_DOMAINS.iter().any(|domain| within(domain))
}

const REUSABLE_DOMAINS: &[&str] = &[
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "test",
    "example",
    "invalid",
    "example.com",
    "example.org",
    "example.net",
];

/// Whether two resources of one type cannot be versions of one record: their codes have none in common,
/// they happened on other days, a system gave them other identifiers, or, where they are about nobody,
/// they have other names. What one of them does not say contradicts nothing.
pub fn contradicts(one: &ResourceHead<'_>, other: &ResourceHead<'_>) -> bool {
    codes_differ(&one.codes, &other.codes)
        || dates_differ(one, other)
        || identifiers_differ(one, other)
        || (is_reference_type(&one.resource_type) && names_differ(one, other))
}

/// The same for two that came from sources that are guessed to be one: or they are about different Patients.
pub fn contradicts_as_guessed(one: &ResourceHead<'_>, other: &ResourceHead<'_>) -> bool {
    let (patient, others) = (patient_ids(one), patient_ids(other));
    let is_about_others = !patient.is_empty() && !others.is_empty() && patient.is_disjoint(&others);
    is_about_others || contradicts(one, other)
}

fn codes_differ(codes: &[Coding<'_>], others: &[Coding<'_>]) -> bool {
    let coded = |codes: &[Coding<'_>]| -> Vec<(Option<String>, String)> {
        let known = codes.iter().filter_map(|coding| {
            let code = coding.code.as_deref()?.trim();
            let system = coding.system.as_deref().map(str::trim).filter(|system| !system.is_empty());
            (!code.is_empty()).then(|| (system.map(str::to_owned), code.to_owned()))
        });
        known.take(MOST_COMPARED).collect()
    };
    let (codes, others) = (coded(codes), coded(others));
    let same = |(system, code): &(Option<String>, String)| {
        others.iter().any(|(other_system, other)| {
            code == other && (system == other_system || system.is_none() || other_system.is_none())
        })
    };
    !codes.is_empty() && !others.is_empty() && !codes.iter().any(same)
}

/// Whether two events happened on other days, as far as both say.
fn dates_differ(one: &ResourceHead<'_>, other: &ResourceHead<'_>) -> bool {
    let (Some(date), Some(other_date)) = (&one.event_date, &other.event_date) else { return false };
    if !EVENTS.contains(&&*one.resource_type) {
        return false;
    }
    let (Some(utc_day), Some(other_utc_day)) = (date.utc_day(), other_date.utc_day()) else {
        return date.text != other_date.text;
    };
    let (text, other_text) = (date.text.get(..10), other_date.text.get(..10));
    match (text.unwrap_or(&date.text), other_text.unwrap_or(&other_date.text)) {
        (day, other) if day.len() == 10 && other.len() == 10 => day != other && utc_day != other_utc_day,
        (day, other) => !day.starts_with(other) && !other.starts_with(day),
    }
}

fn identifiers_differ(one: &ResourceHead<'_>, other: &ResourceHead<'_>) -> bool {
    let by_system = |head: &ResourceHead<'_>| {
        let mut systems: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for identifier in &head.identifiers {
            if let (Some(system), Some(value)) = (&identifier.system, &identifier.value)
                && !system.trim().is_empty()
                && !value.trim().is_empty()
            {
                systems.entry(system.trim().to_owned()).or_default().insert(value.trim().to_owned());
            }
        }
        systems
    };
    let others = by_system(other);
    by_system(one)
        .iter()
        .any(|(system, values)| others.get(system).is_some_and(|others| values.is_disjoint(others)))
}

/// Whether neither name is part of the other.
fn names_differ(one: &ResourceHead<'_>, other: &ResourceHead<'_>) -> bool {
    let (Some(name), Some(other_name)) = (&one.title, &other.title) else { return false };
    let (folded, other_folded) = (fold(name), fold(other_name));
    let (parts, others): (BTreeSet<_>, BTreeSet<_>) =
        (words(&folded).collect(), words(&other_folded).collect());
    !parts.is_subset(&others) && !others.is_subset(&parts)
}

/// The ids by which a resource refers to the Patients that it is about.
pub fn patient_ids<'h>(head: &'h ResourceHead<'_>) -> BTreeSet<&'h str> {
    let references = head.subjects.iter().filter_map(|subject| subject.reference.as_deref());
    let ids = references.filter_map(|reference| match Reference::parse(reference) {
        Reference::Relative { resource_type: "Patient", id } => Some(id),
        Reference::Absolute(url) => {
            split_address(url).filter(|(_, name, _)| *name == "Patient").map(|(_, _, id)| id)
        }
        _ => None,
    });
    ids.collect()
}

/// Types that are about something that happened, once.
const EVENTS: &[&str] = &[
    "AdverseEvent",
    "AllergyIntolerance",
    "ClinicalImpression",
    "Condition",
    "DiagnosticReport",
    "Encounter",
    "ImagingStudy",
    "Immunization",
    "Media",
    "MedicationAdministration",
    "MedicationDispense",
    "Observation",
    "Procedure",
    "Specimen",
];

/// More codings than any concept has.
const MOST_COMPARED: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn head(json: &str) -> ResourceHead<'_> {
        ResourceHead::read(json.as_bytes()).unwrap()
    }

    fn names(json: &str, full_url: Option<&str>, origin: Origin<'_>) -> Vec<(String, Place)> {
        record_names(&head(json), full_url, origin).into_iter().map(|name| (name.id, name.place)).collect()
    }

    #[test]
    fn an_address_counts_more_than_an_id_and_an_id_more_than_bytes() {
        let json = r#"{"resourceType":"Patient","id":"1"}"#;
        let address = |id: &str, url: &str| (id.to_owned(), Place::Address(url.into()));
        let named = ("1".to_owned(), Place::Named("clinic".into()));
        let guessed = ("1".to_owned(), Place::Patient("p".into()));
        for (full_url, origin, expected) in [
            (
                Some("HTTP://A.example/fhir/Patient/1/"),
                Origin::Patient("p"),
                vec![address("1", "https://a.example/fhir/Patient/1")],
            ),
            (
                Some("https://a.example/fhir/Patient/1/_history/3"),
                Origin::Named("clinic"),
                vec![address("1", "https://a.example/fhir/Patient/1"), named.clone()],
            ),
            (
                Some("urn:uuid:4A"),
                Origin::Patient("p"),
                vec![address("4a", "urn:uuid:4a"), address("1", "urn:uuid:4a")],
            ),
            (None, Origin::Named("clinic"), vec![named]),
            (
                None,
                Origin::Named("http://a.example/fhir/"),
                vec![address("1", "https://a.example/fhir/Patient/1")],
            ),
            (
                Some("https://a.example/fhir/Patient/1"),
                Origin::Named("https://a.example/fhir"),
                vec![address("1", "https://a.example/fhir/Patient/1")],
            ),
            (Some("Patient/1"), Origin::Patient("p"), vec![guessed.clone()]),
            (Some("urn:uuid:"), Origin::Patient("p"), vec![guessed]),
        ] {
            assert_eq!(names(json, full_url, origin), expected, "{full_url:?} {origin:?}");
        }
        assert_eq!(names(r#"{"resourceType":"Patient"}"#, None, Origin::Named("clinic")), []);
        assert_eq!(names(r#"{"resourceType":"Patient","id":""}"#, None, Origin::Patient("p")), []);
    }

    #[test]
    fn a_uuid_is_one_id_in_capitals_and_in_a_urn() {
        let upper = r#"{"resourceType":"Flag","id":"AAAABBBB-0000-4000-8000-00000000000A"}"#;
        let lower = "urn:uuid:aaaabbbb-0000-4000-8000-00000000000a";
        let id = "aaaabbbb-0000-4000-8000-00000000000a".to_owned();
        assert_eq!(
            names(upper, Some(lower), Origin::Patient("p")),
            [(id.clone(), Place::Address(lower.into()))]
        );
        assert_eq!(names(upper, None, Origin::Patient("p")), [(id, Place::Patient("p".into()))]);
    }

    #[test]
    fn addresses_that_something_else_may_have_are_known() {
        for address in [
            "urn:uuid:4a",
            "https://localhost/fhir/Patient/1",
            "https://localhost:8080/Patient/1",
            "https://127.0.0.1/Patient/1",
            "https://[::1]:80/Patient/1",
            "https://10.1.2.3/Patient/1",
            "https://172.16.0.1/x",
            "https://192.168.1.9/Patient/1",
            "https://example.com/Patient/1",
            "https://fhir.example.org/Patient/1",
            "https://h.example/fhir/Patient/1",
            "https://server/fhir/Patient/1",
            "https://ehr.hospital.internal/Patient/1",
            "https://[fd00::1]/Patient/1",
        ] {
            assert!(is_reusable(address), "{address}");
        }
        for address in [
            "https://fhir.epic.com/Patient/1",
            "https://8.8.8.8/Patient/1",
            "https://172.32.0.1/Patient/1",
            "https://notexample.com/Patient/1",
            "https://example.com.evil.io/x",
            "https://[2001:db9::1]/Patient/1",
        ] {
            assert!(!is_reusable(address), "{address}");
        }
    }

    #[test]
    fn what_contradicts_is_another_record() {
        let of = |rest: &str| format!(r#"{{"resourceType":"Observation","id":"1"{rest}}}"#);
        let code = |system: &str, code: &str| {
            of(&format!(r#","code":{{"coding":[{{"system":"{system}","code":"{code}"}}]}}"#))
        };
        let on = |date: &str| of(&format!(r#","effectiveDateTime":"{date}""#));
        let known = |value: &str| of(&format!(r#","identifier":[{{"system":"s","value":"{value}"}}]"#));
        let practitioner =
            |name: &str| format!(r#"{{"resourceType":"Practitioner","name":[{{"text":"{name}"}}]}}"#);
        for (one, other, expected) in [
            (code("loinc", "1"), code("loinc", "1"), false),
            (code("loinc", "1"), code("loinc", "2"), true),
            (code("loinc", "1"), code("snomed", "1"), true),
            (code("loinc", "1"), of(""), false),
            (on("2024-01-01"), on("2024-01-01T08:00:00Z"), false),
            (on("2024-01-01"), on("2024-01"), false),
            (on("2024-01-01"), on("2024-01-02"), true),
            (on("2024-01-01"), on("2023"), true),
            (on("2024-01-01T23:30:00-05:00"), on("2024-01-02T04:30:00Z"), false),
            (on("1961-05-01"), on("1961-05-02"), true),
            (on("1961-05-01T23:30:00-05:00"), on("1961-05-02T04:30:00Z"), false),
            (on("1969-12-31"), on("1970-01-01"), true),
            (on("2024-01-01"), of(r#","issued":"2025-05-05T00:00:00Z""#), false),
            (of(r#","issued":"2024-05-05T00:00:00Z""#), of(r#","issued":"2025-05-05T00:00:00Z""#), false),
            (known("1"), known("1"), false),
            (known("1"), known("2"), true),
            (known("1"), of(r#","identifier":[{"system":"t","value":"2"}]"#), false),
            (of(r#","code":{"text":"a"}"#), of(r#","code":{"text":"b"}"#), false),
            (practitioner("Dr. Vivien Nolan"), practitioner("VIVIEN NOLAN"), false),
            (practitioner("Vivien Nolan"), practitioner("Ben Okafor"), true),
        ] {
            assert_eq!(contradicts(&head(&one), &head(&other)), expected, "{one} {other}");
            assert_eq!(contradicts(&head(&other), &head(&one)), expected, "{other} {one}");
        }
    }

    #[test]
    fn an_event_is_of_the_day_that_its_type_says() {
        for (resource_type, element, expected) in [
            ("MedicationDispense", "whenHandedOver", true),
            ("MedicationDispense", "whenPrepared", true),
            ("AdverseEvent", "date", true),
            ("AdverseEvent", "recordedDate", false),
            ("Immunization", "date", true),
            ("Immunization", "recorded", false),
            ("Media", "createdDateTime", true),
            ("Media", "issued", false),
            ("DocumentReference", "date", false),
            ("ClinicalImpression", "date", false),
            ("DiagnosticReport", "issued", false),
        ] {
            // What it is may be said behind it.
            let of = |day: &str| {
                format!(
                    r#"{{"recordedDate":"2024-09-09","{element}":"2024-01-{day}","resourceType":"{resource_type}"}}"#
                )
            };
            let (one, other) = (of("01"), of("02"));
            assert_eq!(contradicts(&head(&one), &head(&other)), expected, "{one}");
            assert!(!contradicts(&head(&one), &head(&one)), "{one}");
        }
        let taken = |period: &str| format!(r#"{{"resourceType":"Media","createdPeriod":{period}}}"#);
        let (one, other) =
            (taken(r#"{"start":"2024-01-01"}"#), taken(r#"{"end":"2024-01-09","start":"2024-01-02"}"#));
        assert!(contradicts(&head(&one), &head(&other)));
        // Handed over counts before prepared.
        let (one, other) = (
            r#"{"resourceType":"MedicationDispense","whenPrepared":"2024-01-01","whenHandedOver":"2024-01-03"}"#,
            r#"{"resourceType":"MedicationDispense","whenHandedOver":"2024-01-03","whenPrepared":"2024-01-02"}"#,
        );
        assert!(!contradicts(&head(one), &head(other)));
    }

    #[test]
    fn of_guessed_sources_the_patient_is_the_same() {
        let of = |patient: &str, text: &str| {
            format!(
                r#"{{"resourceType":"AllergyIntolerance","patient":{{"reference":"{patient}"}},"code":{{"text":"{text}"}}}}"#
            )
        };
        for (one, other, expected) in [
            (of("Patient/1", "Nuts"), of("https://a.example/Patient/1", "Nuts and seeds"), false),
            (of("Patient/1", "Nuts"), of("Patient/2", "Nuts"), true),
            (of("Patient/1", "Nuts"), of("urn:uuid:4a", "Nuts"), false),
        ] {
            assert_eq!(contradicts_as_guessed(&head(&one), &head(&other)), expected, "{one} {other}");
        }
    }

    #[test]
    fn the_source_is_the_base_of_the_address() {
        assert_eq!(source_of(Some("https://a.example/fhir/Patient/1")), "https://a.example/fhir");
        for none in [None, Some("urn:uuid:4a"), Some("Patient/1"), Some("https://a.example")] {
            assert_eq!(source_of(none), "file", "{none:?}");
        }
    }
}

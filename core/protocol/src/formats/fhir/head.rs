//! What a resource says about itself.

use std::borrow::Cow;

use super::date::ClinicalDate;

/// A `Coding`: what of it is there, as written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coding<'a> {
    /// The URI of the code system.
    pub system: Option<Cow<'a, str>>,
    /// The code within its system.
    pub code: Option<Cow<'a, str>>,
    /// The words for the code.
    pub display: Option<Cow<'a, str>>,
}

/// An `Identifier`: what of system and value is there, as written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Identifier<'a> {
    /// The URI of the namespace in which the value is unique.
    pub system: Option<Cow<'a, str>>,
    /// The identifier within its system.
    pub value: Option<Cow<'a, str>>,
}

/// A `HumanName`: what of it is there, as written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HumanName<'a> {
    /// The whole name as its source writes it.
    pub text: Option<Cow<'a, str>>,
    /// Family names; one, since FHIR STU3.
    pub family: Vec<Cow<'a, str>>,
    /// Given names, the first one first.
    pub given: Vec<Cow<'a, str>>,
}

/// A reference to the one that a resource is about: a `Reference`, what of it is there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Subject<'a> {
    /// `reference`, as written.
    pub reference: Option<Cow<'a, str>>,
    /// `type`: what kind of resource it is.
    pub resource_type: Option<Cow<'a, str>>,
    /// `identifier`: a logical reference.
    pub identifier: Identifier<'a>,
    /// `display`: what to call it.
    pub display: Option<Cow<'a, str>>,
}

#[cfg(feature = "crypto")]
impl Subject<'_> {
    /// What it refers to by an address or an id, if it does.
    pub(super) fn reference(&self) -> Option<&str> {
        self.reference.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Whether it refers to anything.
    pub(super) fn is_filled(&self) -> bool {
        self.reference().is_some()
            || self.identifier.value.as_deref().is_some_and(|value| !value.trim().is_empty())
    }
}

/// The parts of a resource that a wallet sorts, finds and decides by.
///
/// Everything is taken as written and nothing is required but the type: a resource that breaks
/// FHIR's rules has a head all the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceHead<'a> {
    /// `resourceType`: never empty once it was read.
    pub resource_type: Cow<'a, str>,
    /// `id`: the resource's id at its source.
    pub id: Option<Cow<'a, str>>,
    /// `meta.profile`: the URLs of the profiles it claims to follow.
    pub profiles: Vec<Cow<'a, str>>,
    /// `meta.versionId`: opaque, says nothing of order.
    pub version_id: Option<Cow<'a, str>>,
    /// `meta.lastUpdated`: an instant, as written.
    pub last_updated: Option<Cow<'a, str>>,
    /// `status`: a code whose meaning depends on the type.
    pub status: Option<Cow<'a, str>>,
    /// The codings of what it is about: `code`, or what stands for it (a medication, a vaccine, `type`).
    pub codes: Vec<Coding<'a>>,
    /// The codings of `category`.
    pub categories: Vec<Coding<'a>>,
    /// What to call it: the words for its code, its title, a person's name.
    pub title: Option<Cow<'a, str>>,
    /// `identifier`: what it is called beyond its source, in order.
    pub identifiers: Vec<Identifier<'a>>,
    /// `name`, where it is a person's.
    pub names: Vec<HumanName<'a>>,
    /// `birthDate`: a year, a month or a day, as written.
    pub birth_date: Option<Cow<'a, str>>,
    /// The one it is about: `subject`, `patient`, `beneficiary`, `individual`, `candidate`, `for`.
    pub subjects: Vec<Subject<'a>>,
    /// The reference to the device that measured it.
    pub device: Option<Cow<'a, str>>,
    /// Every `reference` at any depth, in order, with repeats.
    pub references: Vec<Cow<'a, str>>,
    /// Every `url` at any depth that may be the address of a Binary: relative, or a urn.
    pub content_urls: Vec<Cow<'a, str>>,
    /// The date to sort by: of the elements that say when, the one closest to the event.
    pub date: Option<ClinicalDate<'a>>,
    /// When the thing itself happened, if that is said: not when it was ordered, recorded or issued.
    pub event_date: Option<ClinicalDate<'a>>,
    /// The first and the last of all its clinical dates: their first ten characters, compared as text.
    pub date_range: Option<(String, String)>,
    /// The words to search, one phrase a line.
    pub text: String,
    /// Whether an object in it has a key twice.
    pub has_repeated_keys: bool,
}

impl<'a> HumanName<'a> {
    /// The whole name: as written, or given and family names.
    pub fn full(&self) -> Option<Cow<'a, str>> {
        if self.text.is_some() {
            return self.text.clone();
        }
        let parts: Vec<&str> = self.given.iter().chain(&self.family).map(AsRef::as_ref).collect();
        (!parts.is_empty()).then(|| Cow::Owned(parts.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::fhir::Quarantine;

    #[test]
    fn takes_what_a_resource_says_of_itself() {
        let json = br##"{"resourceType":"Observation","id":"o1","meta":{"profile":["http://p"],"lastUpdated":"2024-01-02T00:00:00Z"},
            "status":"final","category":[{"coding":[{"system":"http://c","code":"laboratory","display":"Laboratory"}]}],
            "code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"HbA1c"},{"code":"x"}],"text":"Sugar"},
            "subject":{"reference":"Patient/p1","display":"Vivien"},"device":{"reference":"#d"},
            "effectivePeriod":{"start":"2024-01-01T08:00:00+02:00","end":"2024-01-03"},"issued":"2023-12-31T00:00:00Z",
            "note":[{"text":"fasting"}],"valueQuantity":{"value":5.50,"unit":"%"},
            "contained":[{"resourceType":"Device","id":"d","type":{"text":"meter"},"code":{"coding":[{"code":"not this"}]}}],
            "text":{"status":"generated","div":"<div>Sugar <b>5.5</b></div>"}}"##;
        let head = ResourceHead::read(json).unwrap();
        let coding = |system: Option<&'static str>, code: &'static str, display: Option<&'static str>| {
            Coding { system: system.map(Cow::from), code: Some(code.into()), display: display.map(Cow::from) }
        };
        assert_eq!(head.resource_type, "Observation");
        assert_eq!(head.id.as_deref(), Some("o1"));
        assert_eq!(head.profiles, ["http://p"]);
        assert_eq!(head.last_updated.as_deref(), Some("2024-01-02T00:00:00Z"));
        assert_eq!(head.status.as_deref(), Some("final"));
        assert_eq!(
            head.codes,
            [coding(Some("http://loinc.org"), "4548-4", Some("HbA1c")), coding(None, "x", None)]
        );
        assert_eq!(head.categories, [coding(Some("http://c"), "laboratory", Some("Laboratory"))]);
        assert_eq!(head.title.as_deref(), Some("Sugar"));
        let subject = Subject {
            reference: Some("Patient/p1".into()),
            display: Some("Vivien".into()),
            ..Subject::default()
        };
        assert_eq!(head.subjects, [subject]);
        assert_eq!(head.device.as_deref(), Some("#d"));
        assert_eq!(head.references, ["Patient/p1", "#d"]);
        let date = head.date.unwrap();
        assert_eq!(date.text, "2024-01-01T08:00:00+02:00");
        assert_eq!(date.time, crate::domain::Timestamp::parse("2024-01-01T06:00:00Z").ok());
        assert_eq!(head.date_range, Some(("2023-12-31".into(), "2024-01-03".into())));
        assert_eq!(head.text, "Laboratory\nHbA1c\nSugar\nVivien\nfasting\nmeter\nSugar 5.5");
        assert!(!head.has_repeated_keys);
    }

    #[test]
    fn a_medication_is_the_code_of_what_is_prescribed_wherever_type_stands() {
        for json in [
            r#"{"resourceType":"M","type":{"coding":[{"code":"t"}]},"medicationCodeableConcept":{"coding":[{"code":"m"}]}}"#,
            r#"{"resourceType":"M","medication":{"concept":{"coding":[{"code":"m"}]}},"type":{"coding":[{"code":"t"}]}}"#,
        ] {
            let head = ResourceHead::read(json.as_bytes()).unwrap();
            let codes: Vec<_> = head.codes.iter().filter_map(|coding| coding.code.as_deref()).collect();
            assert_eq!(codes, ["m"], "{json}");
        }
    }

    #[test]
    fn a_person_is_called_by_name() {
        for (name, title) in [
            (r#"[{"family":"Nolan","given":["Vivien","Marie"]}]"#, Some("Vivien Marie Nolan")),
            (r#"[{"text":"Dr. V. Nolan","family":"Nolan"}]"#, Some("Dr. V. Nolan")),
            (r#""Clinic""#, Some("Clinic")),
            ("[{}]", None),
            (r#"["Clinic"]"#, None),
        ] {
            let json = format!(r#"{{"resourceType":"Patient","name":{name}}}"#);
            assert_eq!(ResourceHead::read(json.as_bytes()).unwrap().title.as_deref(), title, "{name}");
        }
    }

    #[test]
    fn finds_repeated_keys_and_none_where_there_are_none() {
        let many = |last: usize| {
            let keys: Vec<_> = (0..100).chain([last]).map(|key| format!("\"key number {key}\":1")).collect();
            format!("{{\"resourceType\":\"Patient\",{}}}", keys.join(","))
        };
        for (json, repeats) in [
            (r#"{"resourceType":"Patient","id":"a","id":"b"}"#, true),
            (r#"{"resourceType":"Patient","id":"a","\u0069d":"b"}"#, true),
            (r#"{"resourceType":"Patient","a":[{"b":1,"c":2},{"b":1}],"b":{"a":1}}"#, false),
            (r#"{"resourceType":"Patient","a":[{"b":1,"b":2}]}"#, true),
            (r#"{"resourceType":"Patient","effectiveabDateTime":1,"effectivecdDateTime":2}"#, false),
            (&many(100), false),
            (&many(42), true),
        ] {
            assert_eq!(ResourceHead::read(json.as_bytes()).unwrap().has_repeated_keys, repeats, "{json}");
        }
    }

    #[test]
    fn refuses_what_is_no_resource_and_what_is_too_deep() {
        let nested = |depth: usize| {
            format!(r#"{{"resourceType":"Patient","a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
        };
        for (json, error) in [
            ("{}", Quarantine::NotAResource),
            ("[]", Quarantine::NotAResource),
            ("", Quarantine::NotAResource),
            (r#"{"resourceType":null}"#, Quarantine::NotAResource),
            (r#"{"resourceType":["Patient"]}"#, Quarantine::NotAResource),
            (&nested(64), Quarantine::TooDeep),
            (&nested(100_000), Quarantine::TooDeep),
        ] {
            assert_eq!(
                ResourceHead::read(json.as_bytes()).map(|head| head.resource_type),
                Err(error),
                "{json:.40}"
            );
        }
        assert!(ResourceHead::read(nested(63).as_bytes()).is_ok());
    }
}

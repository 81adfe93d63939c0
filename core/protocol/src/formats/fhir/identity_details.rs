//! Identity numbers and photos in a resource, and the resource without them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::cursor::{Cursor, Text, Token};
#[cfg(feature = "imports")]
use super::documents::without_document;
use super::identity_numbers::{IdentityKind, LIST};
use super::json_writer::{JsonWriter, MASKED};
use super::scan::MAX_DEPTH;

/// An identity number or a photo that a resource holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdentityDetail {
    /// What it is.
    pub kind: IdentityKind,
    /// The last four characters of a number that has eight or more, to tell it from others; else empty.
    pub ending: String,
}

/// The identity numbers and photos in a resource at any depth, and the resource without them.
///
/// An identifier counts by its type (HL7 v2-0203) or its namespace, but not in resources about organizations, places and
/// products; so do `Coverage.subscriberId`, photos of people, and a conditional reference that asks for such a number. An
/// identifier of a list is left out with the list where none remains; a single one and a reference are left with the
/// reason `masked` (`data-absent-reason`), so that what requires them still has them. Where something was left out, the
/// narrative is too, since it may say the same, and so are an `id` and an identifier of any other kind that are the same
/// number; what is contained under such an `id` gets another. All else stays as it is written, but for white space, as far as resources may nest.
///
/// ```
/// use keepwell_protocol::formats::fhir::{IdentityKind, without_identity_details};
///
/// let patient = br#"{"resourceType":"Patient","identifier":[
///     {"system":"http://hospital.example","value":"7"},
///     {"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-12-3456"}]}"#;
/// let (without, found) = without_identity_details(patient);
/// let expected = br#"{"resourceType":"Patient","identifier":[{"system":"http://hospital.example","value":"7"}]}"#;
/// assert_eq!(without, expected);
/// assert_eq!((found[0].kind, found[0].ending.as_str()), (IdentityKind::SocialSecurity, "3456"));
/// ```
pub fn without_identity_details(resource: &[u8]) -> (Vec<u8>, Vec<IdentityDetail>) {
    without(resource, &BTreeSet::new())
}

/// A resource as it leaves home, and the identity numbers and photos that were found in it: without them, and without what
/// is one of the numbers that are `staying`; with all of it where none is given. A record that keeps a document leaves without
/// that file, whose header has all numbers again.
#[cfg(feature = "crypto")]
pub(in crate::formats) fn leaving_home(
    resource: Vec<u8>,
    staying: Option<&BTreeSet<String>>,
) -> (Vec<u8>, Vec<IdentityDetail>) {
    match staying {
        #[cfg(feature = "imports")]
        Some(staying) => match without_document(&resource) {
            Some(bare) => without(&bare, staying),
            None => without(&resource, staying),
        },
        #[cfg(not(feature = "imports"))]
        Some(staying) => without(&resource, staying),
        None => {
            let details = find(&resource, &BTreeSet::new()).details;
            (resource, details)
        }
    }
}

/// The identity numbers in a resource, each as [`leaving_home`] compares them.
#[cfg(feature = "crypto")]
pub(in crate::formats) fn identity_numbers(resource: &[u8]) -> BTreeSet<String> {
    find(resource, &BTreeSet::new()).numbers
}

fn without(resource: &[u8], known: &BTreeSet<String>) -> (Vec<u8>, Vec<IdentityDetail>) {
    let Found { details, numbers, has_known } = find(resource, known);
    if details.is_empty() && !has_known {
        return (resource.to_vec(), details);
    }
    let known = numbers.union(known).cloned().collect();
    (Removal::run(resource, &known, true).writer.into_bytes(), details)
}

/// What a walk found.
#[derive(Default)]
struct Found {
    details: Vec<IdentityDetail>,
    /// The numbers, as [`same_number`] has them.
    numbers: BTreeSet<String>,
    /// Whether something else is a number that was known before.
    has_known: bool,
}

/// The identity numbers and photos in a resource, as [`without_identity_details`] finds them.
fn find(resource: &[u8], known: &BTreeSet<String>) -> Found {
    // Most resources hold none of these names, and looking for them is faster than walking; an escape may hide one.
    let may_hold =
        |text: &str| ["dentifier", "photo", "subscriberId", r"\u"].iter().any(|mark| text.contains(mark));
    match std::str::from_utf8(resource).is_ok_and(may_hold) {
        true => Removal::run(resource, known, false).found,
        false => Found::default(),
    }
}

/// A number however it is written: its letters and digits. None of one so short that it may be another by chance.
fn same_number(written: &str) -> Option<String> {
    let bare: String = written.chars().filter(char::is_ascii_alphanumeric).collect();
    (bare.len() >= 5).then(|| bare.to_ascii_uppercase())
}

/// A walk that writes a resource without its identity details.
struct Removal<'a> {
    cursor: Cursor<'a>,
    writer: JsonWriter,
    found: Found,
    /// The numbers that are known: what else is one of them is left out, too.
    known: &'a BTreeSet<String>,
    /// Whether the narrative is left out.
    drops_narrative: bool,
}

impl<'a> Removal<'a> {
    fn run(resource: &'a [u8], known: &'a BTreeSet<String>, drops_narrative: bool) -> Self {
        let cursor = Cursor::new(resource);
        let mut removal = Self {
            cursor,
            writer: JsonWriter::with_capacity(resource.len()),
            found: Found::default(),
            known,
            drops_narrative,
        };
        let holder =
            Holder { resource_type: type_of(removal.cursor.clone()), is_root: true, is_resource: true };
        removal.value(&holder);
        removal
    }

    /// Writes the next value; `holder` is what it is part of.
    fn value(&mut self, holder: &Holder<'a>) {
        match self.cursor.next() {
            Some(Token::Object | Token::Array) if self.writer.depth() >= MAX_DEPTH => {
                self.cursor.leave();
                self.writer.value(b"null");
            }
            Some(Token::Object) => self.object(holder),
            Some(Token::Array) => {
                self.writer.begin(b'[', b']');
                while !self.at_end() {
                    self.value(&self.part_of(holder));
                }
                self.cursor.next();
                self.writer.end();
            }
            Some(Token::String(text)) => self.writer.text(text),
            Some(Token::Bare(bare)) => self.writer.value(bare),
            Some(Token::Key(_) | Token::End) | None => {}
        }
    }

    /// What an element of this list is part of: each contained resource has a type of its own.
    fn part_of(&self, holder: &Holder<'a>) -> Holder<'a> {
        match holder.is_resource {
            true => Holder { resource_type: type_of(self.cursor.clone()), is_root: false, is_resource: true },
            false => holder.clone(),
        }
    }

    /// Writes the members of an object, from behind its opening brace.
    fn object(&mut self, holder: &Holder<'a>) {
        self.writer.begin(b'{', b'}');
        while let Some(key) = self.cursor.key() {
            let name = key.to_str();
            let is_contained = holder.is_root && name == "contained";
            if holder.is_resource && self.is_left_out(holder, &name) {
                continue;
            }
            match name.as_ref() {
                "identifier" | "valueIdentifier" if holder.is_about_people() => {
                    self.identifiers(key, holder);
                    continue;
                }
                "id" if holder.is_resource && self.rename(key, "") => continue,
                "reference" if self.rename(key, "#") => continue,
                "reference" => {
                    if let Some(Token::String(text)) = self.cursor.clone().next()
                        && let Some((kind, number)) = asked_number(&text.to_str())
                    {
                        self.cursor.skip();
                        self.note(kind, &number);
                        self.writer.raw_key("_reference");
                        self.mask();
                        continue;
                    }
                }
                _ => {}
            }
            self.writer.key(key);
            self.value(&Holder { is_root: false, is_resource: is_contained, ..holder.clone() });
        }
        self.writer.end();
    }

    /// Walks over the value of a resource's member that is left out as a whole, and says whether it was.
    fn is_left_out(&mut self, holder: &Holder<'a>, name: &str) -> bool {
        match (name, holder.resource_type.as_deref()) {
            ("photo", Some("Patient" | "Person" | "RelatedPerson" | "Practitioner")) => {
                self.note(IdentityKind::Photo, "");
            }
            ("subscriberId", Some("Coverage")) => {
                let number = match self.cursor.clone().next() {
                    Some(Token::String(text)) => text.to_str().into_owned(),
                    _ => String::new(),
                };
                self.note(IdentityKind::Insurance, &number);
            }
            ("text", _) if self.drops_narrative => {}
            ("id", _) if holder.is_root && self.renamed("").is_some() => self.found.has_known = true,
            _ => return false,
        }
        self.cursor.skip();
        true
    }

    /// Writes a member that is an identifier or a list of them, without those that stay home.
    fn identifiers(&mut self, key: Text<'a>, holder: &Holder<'a>) {
        let part = Holder { is_root: false, is_resource: false, ..holder.clone() };
        // Whatever it is called by: a payer knows a member by it.
        let is_of_coverage = holder.is_resource && holder.resource_type.as_deref() == Some("Coverage");
        let otherwise = is_of_coverage.then_some(IdentityKind::Insurance);
        if self.cursor.clone().next() != Some(Token::Array) {
            self.writer.key(key);
            match self.take_number(otherwise) {
                true => self.mask(),
                false => self.value(&part),
            }
            return;
        }
        self.cursor.next();
        let mut is_open = false;
        while !self.at_end() {
            if self.take_number(otherwise) {
                continue;
            }
            if !is_open {
                self.writer.key(key);
                self.writer.begin(b'[', b']');
                is_open = true;
            }
            self.value(&part);
        }
        self.cursor.next();
        if is_open {
            self.writer.end();
        }
    }

    /// Writes another id, or reference to what is contained, in place of a known number, and says whether it did.
    fn rename(&mut self, key: Text<'a>, mark: &str) -> bool {
        let Some(new) = self.renamed(mark) else { return false };
        self.found.has_known = true;
        self.cursor.skip();
        self.writer.key(key);
        self.writer.value(new.as_bytes());
        true
    }

    /// Walks over the next value if it is an identifier that stays home, and says whether it is.
    fn take_number(&mut self, otherwise: Option<IdentityKind>) -> bool {
        let (kind, number) = number_of(self.cursor.clone(), otherwise);
        match kind {
            Some(kind) => self.note(kind, &number),
            None if self.place(&number).is_some() => self.found.has_known = true,
            None => return false,
        }
        self.cursor.skip();
        true
    }

    /// Which one of the known numbers this is.
    fn place(&self, written: &str) -> Option<usize> {
        let number = same_number(written)?;
        self.known.iter().position(|known| *known == number)
    }

    /// What is written in place of the next value, an id behind `mark`, if that is a known number.
    fn renamed(&self, mark: &str) -> Option<String> {
        let Some(Token::String(text)) = self.cursor.clone().next() else { return None };
        let place = self.place(text.to_str().strip_prefix(mark)?)?;
        Some(format!("\"{mark}masked-{place}\""))
    }

    /// Writes that a value is held back.
    fn mask(&mut self) {
        self.writer.value(format!("{{{MASKED}}}").as_bytes());
    }

    fn note(&mut self, kind: IdentityKind, number: &str) {
        let length = number.chars().count();
        let ending = if length < 8 { String::new() } else { number.chars().skip(length - 4).collect() };
        self.found.details.push(IdentityDetail { kind, ending });
        self.found.numbers.extend(same_number(number));
    }

    /// Whether the innermost open list ends here, or the text does.
    fn at_end(&self) -> bool {
        matches!(self.cursor.clone().next(), None | Some(Token::End))
    }
}

/// What a value is part of.
#[derive(Clone)]
struct Holder<'a> {
    /// The type of the innermost resource.
    resource_type: Option<Cow<'a, str>>,
    /// Whether the value is the resource that was given.
    is_root: bool,
    /// Whether the value is a resource, or a list of them.
    is_resource: bool,
}

impl Holder<'_> {
    /// Whether identifiers in it may be a person's; those of an organization name nobody, and it may have no other name.
    fn is_about_people(&self) -> bool {
        !matches!(
            self.resource_type.as_deref(),
            Some(
                "Organization"
                    | "OrganizationAffiliation"
                    | "Location"
                    | "HealthcareService"
                    | "InsurancePlan"
            )
        )
    }
}

/// The `resourceType` of the next value.
fn type_of(mut cursor: Cursor<'_>) -> Option<Cow<'_, str>> {
    if cursor.next() != Some(Token::Object) {
        return None;
    }
    while let Some(key) = cursor.key() {
        if key.to_str() == "resourceType" {
            return match cursor.next() {
                Some(Token::String(text)) => Some(text.to_str()),
                _ => None,
            };
        }
        cursor.skip();
    }
    None
}

/// The number in the next value, and its kind if it is an identifier that stays home; `otherwise` is the kind of one that
/// does not say.
fn number_of(mut cursor: Cursor<'_>, otherwise: Option<IdentityKind>) -> (Option<IdentityKind>, String) {
    let (mut kind, mut number) = (None, String::new());
    if cursor.next() != Some(Token::Object) {
        return (kind, number);
    }
    while let Some(key) = cursor.key() {
        let text = match cursor.clone().next() {
            Some(Token::String(text)) => text.to_str(),
            _ => "".into(),
        };
        match key.to_str().as_ref() {
            "system" => kind = LIST.kind_of_system(&text).or(kind),
            "value" => number = text.into_owned(),
            "type" => kind = kind.or_else(|| kind_of_type(cursor.clone())),
            _ => {}
        }
        cursor.skip();
    }
    (kind.or(otherwise), number)
}

/// What was read of a coding.
#[derive(Default)]
struct OpenCoding<'a> {
    system: Option<Cow<'a, str>>,
    code: Option<Cow<'a, str>>,
}

/// The kind that the codings of the next value name, a `CodeableConcept`.
fn kind_of_type(mut cursor: Cursor<'_>) -> Option<IdentityKind> {
    let mut kind = None;
    // Of each object and list that is open, what is in it itself.
    let mut open: Vec<OpenCoding<'_>> = Vec::new();
    let mut name = Cow::Borrowed("");
    loop {
        match cursor.next()? {
            Token::Object | Token::Array => open.push(OpenCoding::default()),
            Token::End => {
                if let Some(OpenCoding { system, code: Some(code) }) = open.pop() {
                    kind = kind.or_else(|| LIST.kind_of_type(system.as_deref(), &code));
                }
            }
            Token::Key(key) => name = key.to_str(),
            Token::String(text) => match (name.as_ref(), open.last_mut()) {
                ("system", Some(coding)) => coding.system = Some(text.to_str()),
                ("code", Some(coding)) => coding.code = Some(text.to_str()),
                _ => {}
            },
            Token::Bare(_) => {}
        }
        if open.is_empty() {
            return kind;
        }
    }
}

/// The number that a conditional reference asks for, as in `Patient?identifier=system|number`.
fn asked_number(reference: &str) -> Option<(IdentityKind, String)> {
    let (_, query) = reference.split_once('?')?;
    query.split('&').find_map(|parameter| {
        let (name, asked) = parameter.split_once('=')?;
        let asked = asked.replace("%7C", "|").replace("%7c", "|").replace("%3A", ":").replace("%3a", ":");
        let (system, number) = asked.replace("%2F", "/").replace("%2f", "/").rsplit_once('|').map(owned)?;
        let is_asked = name.split(':').next() == Some("identifier");
        let kind = LIST.kind_of_system(&system).filter(|_| is_asked)?;
        Some((kind, number))
    })
}

fn owned((system, number): (&str, &str)) -> (String, String) {
    (system.to_owned(), number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(json: &str) -> (String, Vec<&'static str>) {
        let (bytes, found) = without_identity_details(json.as_bytes());
        (String::from_utf8(bytes).unwrap(), found.iter().map(|detail| detail.kind.as_str()).collect())
    }

    #[test]
    fn an_identifier_stays_home_by_type_or_namespace_and_its_neighbour_leaves() {
        let typed = |system: &str, code: &str| {
            format!(
                r#"{{"type":{{"coding":[{{"system":"{system}","code":"{code}"}}]}},"system":"http://x","value":"123456789"}}"#
            )
        };
        let named = |system: &str| format!(r#"{{"system":"{system}","value":"123456789"}}"#);
        let table = "http://terminology.hl7.org/CodeSystem/v2-0203";
        for (identifier, kind) in [
            (typed(table, "SS"), Some("social-security")),
            (typed(table, "PPN"), Some("passport")),
            (typed(table, "DL"), Some("drivers-licence")),
            (typed(table, "TAX"), Some("tax")),
            (typed(table, "MB"), Some("insurance")),
            (typed(table, "SN"), Some("insurance")),
            (typed(table, "NI"), Some("national")),
            (typed(table, "NNESP"), Some("national")),
            (typed(table, "NN"), None),
            (typed(table, "NNESPX"), None),
            (typed("http://hl7.org/fhir/v2/0203", "SS"), Some("social-security")),
            (typed("http://example.org/types", "SS"), None),
            (typed(table, "MR"), None),
            (typed(table, "NPI"), None),
            (r#"{"type":{"coding":[{"code":"SS"}]},"value":"1"}"#.to_owned(), Some("social-security")),
            (r#"{"type":{"text":"SS"},"value":"1"}"#.to_owned(), None),
            // What is translated stands behind the code.
            (
                r#"{"type":{"coding":[{"code":"SS","_display":{"extension":[{"url":"x","extension":[]}]}}]},"value":"1"}"#
                    .to_owned(),
                Some("social-security"),
            ),
            (r#"{"type":{"coding":[{"code":"MR","_display":{"extension":[]}}]},"value":"1"}"#.to_owned(), None),
            (named("http://hl7.org/fhir/sid/us-ssn"), Some("social-security")),
            (named("https://hl7.org/fhir/sid/us-ssn/"), Some("social-security")),
            (named("urn:oid:2.16.840.1.113883.4.1"), Some("social-security")),
            (named("urn:oid:2.16.840.1.113883.4.3.25"), Some("drivers-licence")),
            (named("urn:oid:2.16.840.1.113883.4.30.25"), None),
            (named("http://hl7.org/fhir/sid/passport-USA"), Some("passport")),
            (named("http://hl7.org/fhir/sid/us-mbi"), Some("insurance")),
            (named("http://hl7.org/fhir/sid/us-npi"), None),
        ] {
            let json = format!(r#"{{"resourceType":"Patient","identifier":[{identifier}],"id":"1"}}"#);
            let expected = match kind {
                Some(kind) => (r#"{"resourceType":"Patient","id":"1"}"#.to_owned(), vec![kind]),
                None => (json.clone(), vec![]),
            };
            assert_eq!(without(&json), expected, "{identifier}");
        }
    }

    #[test]
    fn what_is_left_out_leaves_a_resource_that_holds_together() {
        let ssn = r#"{"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-12-3456"}"#;
        for (json, expected) in [
            (
                format!(r#"{{"resourceType":"Observation","subject":{{"identifier":{ssn}}}}}"#),
                format!(r#"{{"resourceType":"Observation","subject":{{"identifier":{MASK}}}}}"#),
            ),
            (
                format!(r#"{{"resourceType":"Patient","extension":[{{"url":"http://u","valueIdentifier":{ssn}}}]}}"#),
                format!(r#"{{"resourceType":"Patient","extension":[{{"url":"http://u","valueIdentifier":{MASK}}}]}}"#),
            ),
            (
                format!(
                    r#"{{"resourceType":"Claim","contained":[{{"identifier":[{ssn}],"resourceType":"Patient","photo":[{{"data":"AA=="}}]}}]}}"#
                ),
                r#"{"resourceType":"Claim","contained":[{"resourceType":"Patient"}]}"#.to_owned(),
            ),
            (
                r#"{"photo":[{"data":"AA=="}],"text":{"div":"<div>x</div>"},"resourceType":"Practitioner"}"#.to_owned(),
                r#"{"resourceType":"Practitioner"}"#.to_owned(),
            ),
            (
                r#"{"resourceType":"Coverage","subscriberId":"W123456789","status":"active"}"#.to_owned(),
                r#"{"resourceType":"Coverage","status":"active"}"#.to_owned(),
            ),
            (
                r#"{"resourceType":"Coverage","identifier":[{"system":"http://xyz.com","value":"AB98761"}],"status":"active"}"#
                    .to_owned(),
                r#"{"resourceType":"Coverage","status":"active"}"#.to_owned(),
            ),
            (
                format!(
                    r#"{{"resourceType":"Claim","contained":[{{"resourceType":"Patient","text":{{"div":"<div>999</div>"}},"identifier":[{ssn}]}}]}}"#
                ),
                r#"{"resourceType":"Claim","contained":[{"resourceType":"Patient"}]}"#.to_owned(),
            ),
            (
                format!(
                    r#"{{"id":"999123456","resourceType":"Patient","identifier":[{ssn},{{"system":"http://hospital","value":"999 12 3456"}},{{"value":"999123457"}}]}}"#
                ),
                r#"{"resourceType":"Patient","identifier":[{"value":"999123457"}]}"#.to_owned(),
            ),
            (
                format!(
                    r##"{{"resourceType":"Claim","id":"c","contained":[{{"resourceType":"Patient","id":"999123456","identifier":[{ssn}]}}],"patient":{{"reference":"#999123456"}},"insurer":{{"reference":"#o"}}}}"##
                ),
                r##"{"resourceType":"Claim","id":"c","contained":[{"resourceType":"Patient","id":"masked-0"}],"patient":{"reference":"#masked-0"},"insurer":{"reference":"#o"}}"##.to_owned(),
            ),
            (
                format!(
                    r#"{{"id":"999123457","resourceType":"Patient","identifier":[{ssn}]}}"#
                ),
                r#"{"id":"999123457","resourceType":"Patient"}"#.to_owned(),
            ),
            (
                r#"{"resourceType":"Observation","subject":{"reference":"Patient?identifier=http://hl7.org/fhir/sid/us-ssn|999-12-3456"}}"#.to_owned(),
                format!(r#"{{"resourceType":"Observation","subject":{{"_reference":{MASK}}}}}"#),
            ),
        ] {
            assert_eq!(without(&json).0, expected, "{json}");
        }
    }

    #[test]
    fn a_number_that_stays_is_left_out_of_other_resources_too() {
        let staying = BTreeSet::from(["999123456".to_owned()]);
        let leaving = |json: &str| {
            let (bytes, details) = leaving_home(json.as_bytes().to_vec(), Some(&staying));
            (String::from_utf8(bytes).unwrap(), details.len())
        };
        let with = |number: &str| {
            format!(
                r#"{{"resourceType":"Observation","text":{{"div":"<div>x</div>"}},"identifier":[{{"value":"{number}"}}],"subject":{{"identifier":{{"system":"http://hospital","value":"{number}"}}}}}}"#
            )
        };
        let masked = format!(r#"{{"resourceType":"Observation","subject":{{"identifier":{MASK}}}}}"#);
        assert_eq!(leaving(&with("999-12-3456")), (masked, 0));
        assert_eq!(leaving(&with("999-12-3457")), (with("999-12-3457"), 0));
        let patient = br#"{"resourceType":"Patient","identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-12-3456"}]}"#;
        assert_eq!(identity_numbers(patient), staying);
        assert_eq!(leaving_home(with("999-12-3456").into_bytes(), None).0, with("999-12-3456").into_bytes());
    }

    #[cfg(feature = "imports")]
    #[test]
    fn the_file_of_a_document_stays_home_and_its_text_leaves() {
        let xml = include_bytes!("../../../../../fixtures/fhir/CCD.xml");
        let mut records = Vec::new();
        let ended = crate::formats::fhir::read(&xml[..], Default::default(), &mut |event| {
            if let crate::formats::fhir::Event::Resource(resource) = event {
                records.push(resource.bytes.to_vec());
            }
            std::ops::ControlFlow::Continue(())
        });
        ended.unwrap();
        let kept: serde_json::Value = serde_json::from_slice(&records[0]).unwrap();
        let (left, details) = leaving_home(records[0].clone(), Some(&BTreeSet::new()));
        let left: serde_json::Value = serde_json::from_slice(&left).unwrap();
        let mut expected = kept.clone();
        let file = expected["content"][0]["attachment"].as_object_mut().unwrap();
        assert!(file.remove("data").is_some());
        assert_eq!((left, details), (expected, vec![]));
        // With all numbers it leaves as it is, and so does a file that somebody else gave.
        assert_eq!(leaving_home(records[0].clone(), None).0, records[0]);
        let other = kept.to_string().replace("SYNTAC", "SUBSETTED").into_bytes();
        assert_eq!(leaving_home(other.clone(), Some(&BTreeSet::new())).0, other);
    }

    const MASK: &str = r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}"#;

    #[test]
    fn all_else_is_kept_as_it_is() {
        for json in [
            r#"{"resourceType":"Organization","identifier":[{"type":{"coding":[{"code":"TAX"}]},"value":"12-3456789"}]}"#,
            r#"{"resourceType":"HealthcareService","photo":{"data":"AA=="}}"#,
            r#"{"resourceType":"Observation","subject":{"reference":"Patient?identifier=http://hospital|7"},"value":1.50,"a":[[],{}]}"#,
            r#"{"resourceType":"Patient","text":{"div":"<div>x</div>"},"identifier":[{"value":"7"}]}"#,
        ] {
            assert_eq!(without(json), (json.to_owned(), vec![]));
        }
        // What is no resource goes through, and nothing panics.
        for bytes in ["", "[]", "{\"identifier\":[", "null"] {
            assert_eq!(without(bytes).1, Vec::<&str>::new());
        }
    }
}

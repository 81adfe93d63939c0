//! Codes, identifiers and quantities of a document as FHIR writes them.

use super::element::Element;
use super::json::{Json, known, list, number, object, text};
use super::narrative::Narrative;

/// A concept: its code, its translations, and the words that its author chose.
pub(super) fn concept(element: Option<&Element>, words: &Narrative<'_>) -> Option<Json> {
    let element = element?;
    let codings = std::iter::once(element).chain(element.all("translation")).filter_map(coding);
    let original = element.one("originalText").and_then(|original| words.of(original));
    let display = || element.attribute("displayName").map(str::to_owned);
    known([("coding", list(codings)), ("text", original.or_else(display).and_then(text))])
}

/// A concept without the words of a narrative.
pub(super) fn plain_concept(element: Option<&Element>) -> Option<Json> {
    concept(element, &Narrative::default())
}

/// A concept of this one code.
pub(super) fn coded(system: &str, code: &str, display: &str) -> Json {
    let coding = [("system", text(system)), ("code", text(code)), ("display", text(display))];
    object([("coding", list([object(coding)])), ("text", text(display))])
}

/// A code of FHIR's own, in the concept that it stands in.
pub(super) fn status(system: &str, code: &str) -> Option<Json> {
    let system = format!("http://terminology.hl7.org/CodeSystem/{system}");
    Some(object([("coding", list([object([("system", text(system)), ("code", text(code))])]))]))
}

/// The words of a statement's own `text`, and its concept.
pub(super) fn code_of_statement(statement: &Element, words: &Narrative<'_>) -> Option<Json> {
    let own = || statement.one("text").and_then(|own| words.of(own)).and_then(text);
    concept(statement.one("code"), words).or_else(|| known([("text", own())]))
}

/// What a code is written as.
pub(super) fn coding(element: &Element) -> Option<Json> {
    let code = element.attribute("code").filter(|_| !element.is_null())?;
    Some(object([
        ("system", element.attribute("codeSystem").and_then(|oid| text(system_of(oid)))),
        ("version", element.attribute("codeSystemVersion").and_then(text)),
        ("code", text(code)),
        ("display", element.attribute("displayName").and_then(text)),
    ]))
}

/// The code of an element, if it is of the system of this OID.
pub(super) fn code_of<'e>(element: &'e Element, system: &str) -> Option<&'e str> {
    let all = std::iter::once(element).chain(element.all("translation"));
    all.filter(|code| code.attribute("codeSystem") == Some(system)).find_map(|code| code.attribute("code"))
}

/// The URI of a code system or a namespace.
fn system_of(oid: &str) -> String {
    let known = SYSTEMS.iter().find(|(known, _)| *known == oid);
    known.map_or_else(|| root_uri(oid), |(_, uri)| (*uri).to_owned())
}

/// A root as a URI: an OID or a UUID.
fn root_uri(root: &str) -> String {
    let is_oid = root.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && root.contains('.');
    if is_oid { format!("urn:oid:{root}") } else { format!("urn:uuid:{}", root.to_ascii_lowercase()) }
}

/// The identifiers of an element.
pub(super) fn identifiers(element: &Element) -> Option<Json> {
    list(element.all("id").filter_map(identifier))
}

/// An instance identifier: the extension within its root, or the root alone, which is a URI (RFC 3986) then.
pub(super) fn identifier(id: &Element) -> Option<Json> {
    let root = id.attribute("root").filter(|_| !id.is_null())?;
    Some(match id.attribute("extension") {
        Some(extension) => object([("system", text(system_of(root))), ("value", text(extension))]),
        None => object([("system", text("urn:ietf:rfc:3986")), ("value", text(root_uri(root)))]),
    })
}

/// What tells an element from others: its first identifier.
pub(super) fn key(element: &Element) -> Option<String> {
    let id = element.all("id").find(|id| !id.is_null() && id.attribute("root").is_some())?;
    Some(format!("{}|{}", id.attribute("root")?, id.attribute("extension").unwrap_or_default()))
}

/// A quantity, its unit in UCUM as C-CDA requires it.
pub(super) fn quantity(element: Option<&Element>) -> Option<Json> {
    let element = element.filter(|element| !element.is_null())?;
    let value = number(element.attribute("value")?)?;
    let unit = element.attribute("unit").filter(|unit| *unit != "1");
    let system = unit.and_then(|_| text("http://unitsofmeasure.org"));
    Some(object([
        ("value", Some(value)),
        ("unit", unit.and_then(text)),
        ("system", system),
        ("code", unit.and_then(text)),
    ]))
}

/// A range of quantities.
pub(super) fn range(element: &Element) -> Option<Json> {
    known([("low", quantity(element.one("low"))), ("high", quantity(element.one("high")))])
}

/// OIDs and URIs of code systems and namespaces (<https://terminology.hl7.org>, <https://hl7.org/fhir/R4/terminologies-systems.html>).
const SYSTEMS: &[(&str, &str)] = &[
    ("2.16.840.1.113883.6.96", "http://snomed.info/sct"),
    ("2.16.840.1.113883.6.1", "http://loinc.org"),
    ("2.16.840.1.113883.6.88", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("2.16.840.1.113883.12.292", "http://hl7.org/fhir/sid/cvx"),
    ("2.16.840.1.113883.6.59", "http://hl7.org/fhir/sid/cvx"),
    ("2.16.840.1.113883.12.227", "http://hl7.org/fhir/sid/mvx"),
    ("2.16.840.1.113883.6.69", "http://hl7.org/fhir/sid/ndc"),
    ("2.16.840.1.113883.6.12", "http://www.ama-assn.org/go/cpt"),
    ("2.16.840.1.113883.6.90", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10"),
    ("2.16.840.1.113883.6.4", "http://www.cms.gov/Medicare/Coding/ICD10"),
    ("2.16.840.1.113883.6.103", "http://hl7.org/fhir/sid/icd-9-cm"),
    ("2.16.840.1.113883.6.8", "http://unitsofmeasure.org"),
    ("2.16.840.1.113883.6.24", "urn:iso:std:iso:11073:10101"),
    ("2.16.840.1.113883.6.73", "http://www.whocc.no/atc"),
    ("2.16.840.1.113883.4.9", "http://fdasis.nlm.nih.gov"),
    ("2.16.840.1.113883.3.26.1.1", "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"),
    ("2.16.840.1.113883.3.26.1.5", "http://hl7.org/fhir/ndfrt"),
    ("2.16.840.1.113883.6.101", "http://nucc.org/provider-taxonomy"),
    ("2.16.840.1.113883.5.1", "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender"),
    ("2.16.840.1.113883.5.2", "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"),
    ("2.16.840.1.113883.5.4", "http://terminology.hl7.org/CodeSystem/v3-ActCode"),
    ("2.16.840.1.113883.5.6", "http://terminology.hl7.org/CodeSystem/v3-ActClass"),
    ("2.16.840.1.113883.5.8", "http://terminology.hl7.org/CodeSystem/v3-ActReason"),
    ("2.16.840.1.113883.5.25", "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"),
    ("2.16.840.1.113883.5.83", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"),
    ("2.16.840.1.113883.5.84", "http://terminology.hl7.org/CodeSystem/v3-ObservationMethod"),
    ("2.16.840.1.113883.5.111", "http://terminology.hl7.org/CodeSystem/v3-RoleCode"),
    ("2.16.840.1.113883.5.112", "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration"),
    ("2.16.840.1.113883.5.1063", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"),
    ("2.16.840.1.113883.12.112", "http://terminology.hl7.org/CodeSystem/v2-0112"),
    ("2.16.840.1.113883.4.1", "http://hl7.org/fhir/sid/us-ssn"),
    ("2.16.840.1.113883.4.6", "http://hl7.org/fhir/sid/us-npi"),
    ("2.16.840.1.113883.4.572", "http://hl7.org/fhir/sid/us-medicare"),
    ("2.16.840.1.113883.4.927", "http://hl7.org/fhir/sid/us-mbi"),
];

/// SNOMED CT.
pub(super) const SNOMED: &str = "2.16.840.1.113883.6.96";

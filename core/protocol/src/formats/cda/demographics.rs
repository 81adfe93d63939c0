//! Whom a document is about.

use super::code::{identifiers, plain_concept};
use super::element::Element;
use super::json::{Json, known, list, object, text};
use super::time::point;

/// The Patient of a document, from `recordTarget.patientRole`.
pub(super) fn patient(role: &Element) -> Vec<(&'static str, Option<Json>)> {
    let patient = role.one("patient");
    let said = |name: &str| patient.and_then(|patient| patient.said(name));
    let gender = said("administrativeGenderCode").and_then(|gender| gender.attribute("code"));
    let gender = gender.map(|code| match code {
        "F" => "female",
        "M" => "male",
        "UN" => "other",
        _ => "unknown",
    });
    let is_dead = said("deceasedInd").and_then(|dead| dead.attribute("value"));
    let died = said("deceasedTime").and_then(point);
    let boolean = is_dead.filter(|value| died.is_none() && matches!(*value, "true" | "false"));
    let languages = patient.into_iter().flat_map(|patient| patient.all("languageCommunication"));
    let languages = languages.filter_map(|spoken| {
        let code = spoken.said("languageCode")?.attribute("code")?;
        let coding = object([("system", text("urn:ietf:bcp:47")), ("code", text(code))]);
        let preferred = spoken.one("preferenceInd").and_then(|preferred| preferred.attribute("value"));
        let preferred = preferred.filter(|value| matches!(*value, "true" | "false"));
        Some(object([
            ("language", Some(object([("coding", list([coding]))]))),
            ("preferred", preferred.map(|value| Json::Literal(value.to_owned()))),
        ]))
    });
    vec![
        ("identifier", identifiers(role)),
        ("name", list(patient.into_iter().flat_map(|patient| patient.all("name")).filter_map(name))),
        ("telecom", list(role.all("telecom").filter_map(telecom))),
        ("gender", gender.and_then(text)),
        (
            "birthDate",
            said("birthTime").and_then(point).and_then(|time| time.get(..10.min(time.len())).and_then(text)),
        ),
        ("deceasedBoolean", boolean.map(|value| Json::Literal(value.to_owned()))),
        ("deceasedDateTime", died.and_then(text)),
        ("address", list(role.all("addr").filter_map(address))),
        ("maritalStatus", plain_concept(said("maritalStatusCode"))),
        ("communication", list(languages)),
    ]
}

/// A name of a person.
fn name(element: &Element) -> Option<Json> {
    if element.is_null() {
        return None;
    }
    let parts = |part: &'static str| {
        list(element.all(part).filter(|part| !part.is_null()).filter_map(|part| text(part.text())))
    };
    let family: Vec<String> =
        element.all("family").map(Element::text).filter(|part| !part.is_empty()).collect();
    let usage = match element.attribute("use") {
        Some("L") => Some("usual"),
        Some("C") => Some("official"),
        Some("P" | "A") => Some("nickname"),
        _ => None,
    };
    let (given, prefix, suffix) = (parts("given"), parts("prefix"), parts("suffix"));
    let is_unstructured = family.is_empty() && given.is_none();
    let whole = is_unstructured.then(|| element.text()).and_then(text);
    let known = known([
        ("text", whole),
        ("family", text(family.join(" "))),
        ("given", given),
        ("prefix", prefix),
        ("suffix", suffix),
    ]);
    known.map(|name| match usage {
        Some(usage) => name.with_first("use", Json::Text(usage.to_owned())),
        None => name,
    })
}

/// What a person is called, in one line.
pub(super) fn name_line(person: &Element) -> Option<String> {
    let name = person.said("name")?;
    let line = name.text();
    (!line.is_empty()).then_some(line)
}

fn telecom(element: &Element) -> Option<Json> {
    let value = element.attribute("value").filter(|_| !element.is_null())?;
    let (system, value) = match value.split_once(':') {
        Some(("tel", number)) => (Some("phone"), number),
        Some(("fax", number)) => (Some("fax"), number),
        Some(("mailto", address)) => (Some("email"), address),
        Some(("http" | "https", _)) => (Some("url"), value),
        _ => (None, value),
    };
    let usage = match element.attribute("use") {
        Some("HP" | "H" | "HV") => Some("home"),
        Some("WP") => Some("work"),
        Some("MC") => Some("mobile"),
        _ => None,
    };
    known([("system", system.and_then(text)), ("value", text(value.trim())), ("use", usage.and_then(text))])
}

fn address(element: &Element) -> Option<Json> {
    if element.is_null() {
        return None;
    }
    let part = |name: &str| element.said(name).and_then(|part| text(part.text()));
    let lines = element.all("streetAddressLine").filter_map(|line| text(line.text()));
    let usage = match element.attribute("use") {
        Some("HP" | "H" | "HV") => Some("home"),
        Some("WP") => Some("work"),
        Some("TMP") => Some("temp"),
        _ => None,
    };
    let known = known([
        ("line", list(lines)),
        ("city", part("city")),
        ("district", part("county")),
        ("state", part("state")),
        ("postalCode", part("postalCode")),
        ("country", part("country")),
    ]);
    known.map(|address| match usage {
        Some(usage) => address.with_first("use", Json::Text(usage.to_owned())),
        None => address,
    })
}

/// Who wrote or did something, as a reference that only names.
pub(super) fn who(entity: &Element) -> Option<Json> {
    let person = entity.one("assignedPerson").and_then(name_line);
    let device = entity.at(&["assignedAuthoringDevice", "softwareName"]).map(Element::text);
    let organization = || {
        entity
            .one("representedOrganization")
            .and_then(|organization| organization.said("name").map(Element::text))
    };
    let display = person.or(device.filter(|name| !name.is_empty())).or_else(organization)?;
    known([("display", text(display))])
}

/// An organization as a reference that only names.
pub(super) fn named(organization: &Element) -> Option<Json> {
    known([("display", organization.said("name").and_then(|name| text(name.text())))])
}

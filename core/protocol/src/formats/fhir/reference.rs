//! References between resources, as FHIR writes them, and what they point to in one input.

use std::borrow::Cow;

use super::{address::folded_address, head::ResourceHead};

/// What a reference points to, as far as its text tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reference<'a> {
    /// A resource contained in this one: the text behind `#`.
    Contained(&'a str),
    /// `Type/id`, without the version.
    Relative {
        /// The type that the reference names.
        resource_type: &'a str,
        /// The id at the source of the reference.
        id: &'a str,
    },
    /// An absolute address, without the version.
    Absolute(&'a str),
    /// `urn:uuid:…` or `urn:oid:…`, whole.
    Urn(&'a str),
    /// Anything else: a search (`Patient?identifier=…`), or no reference at all.
    Other(&'a str),
}

impl<'a> Reference<'a> {
    /// Tells the form of a `Reference.reference`; never fails.
    ///
    /// ```
    /// use keepwell_protocol::formats::fhir::Reference;
    ///
    /// let relative = Reference::Relative { resource_type: "Patient", id: "7" };
    /// assert_eq!(Reference::parse("Patient/7/_history/2"), relative);
    /// assert_eq!(Reference::parse("#dose"), Reference::Contained("dose"));
    /// assert!(matches!(Reference::parse("Patient?name=x"), Reference::Other(_)));
    /// ```
    pub fn parse(text: &'a str) -> Self {
        if let Some(id) = text.strip_prefix('#') {
            return Self::Contained(id);
        }
        if text.starts_with("urn:") {
            return Self::Urn(text);
        }
        let text_without_version = text.split_once("/_history/").map_or(text, |(resource, _)| resource);
        if text.starts_with("http://") || text.starts_with("https://") {
            return Self::Absolute(text_without_version);
        }
        match text_without_version.split_once('/') {
            Some((resource_type, id)) if is_name(resource_type) && is_id(id) => {
                Self::Relative { resource_type, id }
            }
            _ => Self::Other(text),
        }
    }
}

/// Under what a resource is found by references: its address, its id where no address says on which server
/// that counts, and its identifiers. Two servers may both have a `Patient/1`; within one `source` it is one.
pub fn resource_keys(head: &ResourceHead<'_>, full_url: Option<&str>, source: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let address = full_url.and_then(folded_address);
    keys.extend(address.as_deref().map(str::to_owned));
    let resource_type = &*head.resource_type;
    if address.as_deref().and_then(split_address).is_none()
        && let Some(id) = head.id.as_deref().filter(|id| !id.is_empty())
    {
        keys.push(local_key(source, resource_type, id));
        // Lines that came out of a Bundle refer to each other by the addresses that they had there.
        if is_uuid(id) {
            keys.push(format!("urn:uuid:{}", id.to_ascii_lowercase()));
        }
    }
    for identifier in &head.identifiers {
        let Some(value) = identifier.value.as_deref().map(str::trim).filter(|value| !value.is_empty()) else {
            continue;
        };
        let system = identifier.system.as_deref().map_or("", str::trim);
        keys.push(identifier_key(resource_type, Some(system), value));
        keys.push(identifier_key(resource_type, None, value));
    }
    keys
}

/// Under what the resource is found that a reference points to, from a resource with this address
/// or else from this source. `None` for what is contained, no reference, or a search by anything but
/// an identifier (<https://hl7.org/fhir/R4/http.html#trules>).
pub fn reference_key(reference: &str, full_url: Option<&str>, source: &str) -> Option<String> {
    if let Some((resource_type, asked)) = conditional(reference) {
        let (system, value) = asked?;
        return Some(identifier_key(resource_type, system.as_deref(), &value));
    }
    match Reference::parse(reference) {
        Reference::Relative { resource_type, id } => {
            let address = full_url.and_then(folded_address);
            Some(match address.as_deref().and_then(split_address) {
                Some((base, ..)) => format!("{base}/{resource_type}/{id}"),
                None => local_key(source, resource_type, id),
            })
        }
        Reference::Absolute(url) | Reference::Urn(url) => folded_address(url).map(Cow::into_owned),
        Reference::Contained(_) | Reference::Other(_) => None,
    }
}

/// An identifier that is asked for: its system, if that is asked for, too, and its value.
pub(super) type AskedIdentifier = (Option<String>, String);

/// The type of a conditional reference (`Type?identifier=system|value`) and the identifier that it asks
/// for, if that is what it asks.
pub(super) fn conditional(text: &str) -> Option<(&str, Option<AskedIdentifier>)> {
    let (path, query) = text.split_once('?')?;
    let name = path.rsplit('/').next().filter(|name| is_name(name))?;
    let mut asked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "identifier");
    let identifier = asked.next().map(|(_, token)| match token.split_once('|') {
        Some((system, value)) => (Some(system.to_owned()), value.to_owned()),
        None => (None, token.into_owned()),
    });
    Some((name, identifier.filter(|(_, value)| !value.is_empty())))
}

fn identifier_key(resource_type: &str, system: Option<&str>, value: &str) -> String {
    // A blank is in no address, so this is none.
    match system {
        Some(system) => format!("{resource_type} identifier {system}|{value}"),
        None => format!("{resource_type} identifier {value}"),
    }
}

fn local_key(source: &str, resource_type: &str, id: &str) -> String {
    // A blank is in no address, so this is none.
    format!("{source} {resource_type}/{id}")
}

/// The base, type and id of an absolute address of a resource (`[base]/Type/id`).
pub(super) fn split_address(url: &str) -> Option<(&str, &str, &str)> {
    let (rest, id) = url.rsplit_once('/')?;
    let (base, resource_type) = rest.rsplit_once('/')?;
    (base.contains("://") && is_name(resource_type) && is_id(id)).then_some((base, resource_type, id))
}

/// Whether an id is a UUID as RFC 9562 writes it, which names one thing in the world.
pub(super) fn is_uuid(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// An id as it is compared: a UUID means the same in capitals.
pub(super) fn folded_id(id: &str) -> String {
    if is_uuid(id) { id.to_ascii_lowercase() } else { id.to_owned() }
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && !text.contains(['/', '?', '#', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_references_apart() {
        let relative = |resource_type, id| Reference::Relative { resource_type, id };
        for (text, reference) in [
            ("Patient/1", relative("Patient", "1")),
            ("Patient/1/_history/2", relative("Patient", "1")),
            ("#p", Reference::Contained("p")),
            ("urn:uuid:4a", Reference::Urn("urn:uuid:4a")),
            (
                "https://a.example/fhir/Patient/1/_history/2",
                Reference::Absolute("https://a.example/fhir/Patient/1"),
            ),
            ("Patient?identifier=a|b", Reference::Other("Patient?identifier=a|b")),
            ("patient/1", Reference::Other("patient/1")),
            ("Patient/", Reference::Other("Patient/")),
            ("Patient/1/2", Reference::Other("Patient/1/2")),
            ("", Reference::Other("")),
        ] {
            assert_eq!(Reference::parse(text), reference, "{text}");
        }
    }

    #[test]
    fn splits_only_addresses_of_resources() {
        assert_eq!(
            split_address("https://a.example/fhir/Patient/1"),
            Some(("https://a.example/fhir", "Patient", "1"))
        );
        for text in ["Patient/1", "https://a.example/", "https://a.example/patient/1", "urn:uuid:4a"] {
            assert_eq!(split_address(text), None, "{text}");
        }
    }
}

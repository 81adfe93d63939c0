//! When two resources are versions of one record.

use super::{head::ResourceHead, reference::split_address};

/// What makes a resource the same record as another: the strongest of these that it has.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RecordKey {
    /// Its absolute or urn `fullUrl`.
    Address(String),
    /// The source, the type and the id there.
    Source {
        /// The name of the source.
        source: String,
        /// `resourceType`.
        resource_type: String,
        /// `id`.
        id: String,
    },
    /// Nothing but its bytes: only the same bytes are the same record.
    Bytes,
}

impl RecordKey {
    /// The key of a resource that came with this `fullUrl` from this source.
    pub fn new(head: &ResourceHead<'_>, full_url: Option<&str>, source: &str) -> Self {
        if let Some(url) = full_url.filter(|url| is_address(url)) {
            return Self::Address(url.to_owned());
        }
        match head.id.as_deref().filter(|id| !id.is_empty()) {
            Some(id) => Self::Source {
                source: source.to_owned(),
                resource_type: head.resource_type.clone().into_owned(),
                id: id.to_owned(),
            },
            None => Self::Bytes,
        }
    }
}

/// The source to note for a resource if the person named none: the base of its `fullUrl`, or `file`.
pub fn source_of(full_url: Option<&str>) -> &str {
    full_url.and_then(split_address).map_or("file", |(base, _, _)| base)
}

/// Whether an address names one thing in the world: absolute, or a urn with something behind its scheme.
fn is_address(url: &str) -> bool {
    let named = |prefix: &str| url.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
    ["http://", "https://", "urn:uuid:", "urn:oid:"].into_iter().any(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(json: &str, full_url: Option<&str>) -> RecordKey {
        RecordKey::new(&ResourceHead::read(json.as_bytes()).unwrap(), full_url, "clinic")
    }

    #[test]
    fn an_address_counts_more_than_an_id_and_an_id_more_than_bytes() {
        let with_id = r#"{"resourceType":"Patient","id":"1"}"#;
        let source =
            RecordKey::Source { source: "clinic".into(), resource_type: "Patient".into(), id: "1".into() };
        for address in ["urn:uuid:4a", "urn:oid:1.2", "https://a.example/fhir/Patient/1"] {
            assert_eq!(key(with_id, Some(address)), RecordKey::Address(address.into()));
        }
        for none in
            [None, Some("Patient/1"), Some("resource:0"), Some("urn:uuid:"), Some("https://"), Some("")]
        {
            assert_eq!(key(with_id, none), source, "{none:?}");
        }
        assert_eq!(key(r#"{"resourceType":"Patient"}"#, None), RecordKey::Bytes);
        assert_eq!(key(r#"{"resourceType":"Patient","id":""}"#, None), RecordKey::Bytes);
    }

    #[test]
    fn the_source_is_the_base_of_the_address() {
        assert_eq!(source_of(Some("https://a.example/fhir/Patient/1")), "https://a.example/fhir");
        for none in [None, Some("urn:uuid:4a"), Some("Patient/1"), Some("https://a.example")] {
            assert_eq!(source_of(none), "file", "{none:?}");
        }
    }
}

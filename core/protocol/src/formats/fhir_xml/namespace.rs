//! Which namespace an element is in, and how deep elements may be.

use quick_xml::NsReader;
use quick_xml::events::BytesStart;
use quick_xml::name::{Namespace, ResolveResult};

pub(super) const FHIR: &str = "http://hl7.org/fhir";

pub(super) const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Elements within each other; what JSON nests deeper than a resource may be is set aside there.
pub(super) const MOST_NESTED: usize = 100;

/// Whether an element is in a namespace.
pub(super) fn is_in(reader: &NsReader<&[u8]>, start: &BytesStart<'_>, namespace: &str) -> bool {
    let (found, _) = reader.resolver().resolve_element(start.name());
    found == ResolveResult::Bound(Namespace(namespace))
}

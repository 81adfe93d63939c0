//! The XHTML of a narrative, which JSON holds as text: as it stands, under XHTML's own namespace and without prefixes.

use quick_xml::NsReader;
use quick_xml::escape::{minimal_escape, resolve_predefined_entity};
use quick_xml::events::{BytesStart, Event};

use super::error::FhirXmlError;
use super::namespace::{MOST_NESTED, XHTML, is_in};

/// Writes a `div` that has begun, to its end.
pub(super) fn write(
    reader: &mut NsReader<&[u8]>,
    start: &BytesStart<'_>,
    is_empty: bool,
    out: &mut String,
) -> Result<(), FhirXmlError> {
    open(start, is_empty, true, out)?;
    let mut depth = usize::from(!is_empty);
    while depth > 0 {
        match reader.read_event().map_err(|_| FhirXmlError::Syntax)? {
            Event::Start(start) => {
                depth += 1;
                if depth > MOST_NESTED {
                    return Err(FhirXmlError::TooDeep);
                }
                open_within(reader, &start, false, out)?;
            }
            Event::Empty(start) => open_within(reader, &start, true, out)?,
            Event::End(end) => {
                depth -= 1;
                out.push_str("</");
                out.push_str(end.local_name().as_ref());
                out.push('>');
            }
            Event::Text(text) => out.push_str(&text.xml10_content()),
            Event::CData(text) => out.push_str(&minimal_escape(text.xml10_content().as_ref())),
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                let is_character = reference.resolve_char_ref().map_err(|_| FhirXmlError::Syntax)?.is_some();
                if !is_character && resolve_predefined_entity(&name).is_none() {
                    return Err(FhirXmlError::Doctype);
                }
                out.push('&');
                out.push_str(&name);
                out.push(';');
            }
            Event::DocType(_) => return Err(FhirXmlError::Doctype),
            Event::Eof => return Err(FhirXmlError::Syntax),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    Ok(())
}

/// An element in the narrative; of another namespace it is none that a narrative has.
fn open_within(
    reader: &NsReader<&[u8]>,
    start: &BytesStart<'_>,
    is_empty: bool,
    out: &mut String,
) -> Result<(), FhirXmlError> {
    if !is_in(reader, start, XHTML) {
        return Err(FhirXmlError::Element { offset: reader.buffer_position() });
    }
    open(start, is_empty, false, out)
}

fn open(
    start: &BytesStart<'_>,
    is_empty: bool,
    is_outermost: bool,
    out: &mut String,
) -> Result<(), FhirXmlError> {
    out.push('<');
    out.push_str(start.local_name().as_ref());
    if is_outermost {
        out.push_str(" xmlns=\"");
        out.push_str(XHTML);
        out.push('"');
    }
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| FhirXmlError::Syntax)?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        // Checks what the value refers to; it stays as it was written.
        attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|_| FhirXmlError::Doctype)?;
        let quote = if attribute.value.contains('"') { '\'' } else { '"' };
        out.push(' ');
        out.push_str(attribute.key.as_ref());
        out.push('=');
        out.push(quote);
        out.push_str(&attribute.value);
        out.push(quote);
    }
    out.push_str(if is_empty { "/>" } else { ">" });
    Ok(())
}

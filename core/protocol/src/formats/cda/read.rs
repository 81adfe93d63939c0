//! Reading the XML of a document: no definitions, no entities but those of XML itself, bounded depth and size.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::element::{Child, Element};
use super::error::CdaError;

/// Reads a document and gives its root.
pub(super) fn read(xml: &str) -> Result<Element, CdaError> {
    let mut reader = Reader::from_str(xml);
    let mut open = vec![Element::default()];
    let mut count = 0;
    loop {
        match reader.read_event().map_err(|_| CdaError::Xml)? {
            Event::Start(start) => {
                if open.len() > MOST_NESTED {
                    return Err(CdaError::TooDeep);
                }
                open.push(element(&start, &mut count)?);
            }
            Event::Empty(start) => {
                let empty = element(&start, &mut count)?;
                add(&mut open, Child::Element(empty));
            }
            Event::End(_) => {
                let ended = open.pop().ok_or(CdaError::Xml)?;
                add(&mut open, Child::Element(ended));
            }
            Event::Text(text) => add_text(&mut open, &text.xml10_content()),
            Event::CData(text) => add_text(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|_| CdaError::Xml)? {
                Some(character) => add_text(&mut open, character.encode_utf8(&mut [0; 4])),
                None => {
                    let name = reference.xml10_content();
                    add_text(&mut open, resolve_predefined_entity(&name).ok_or(CdaError::Doctype)?);
                }
            },
            Event::DocType(_) => return Err(CdaError::Doctype),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let (Some(mut document), true) = (open.pop(), open.is_empty()) else { return Err(CdaError::Xml) };
    let mut roots = document.children.drain(..).filter_map(|child| match child {
        Child::Element(element) => Some(element),
        Child::Text(_) => None,
    });
    match (roots.next(), roots.next()) {
        (Some(root), None) => Ok(root),
        _ => Err(CdaError::Xml),
    }
}

fn element(start: &BytesStart<'_>, count: &mut usize) -> Result<Element, CdaError> {
    *count += 1;
    if *count > MOST_ELEMENTS {
        return Err(CdaError::TooLarge);
    }
    let mut attributes = Vec::new();
    // Each name is looked for among those before it.
    for attribute in start.attributes().take(MOST_ATTRIBUTES + 1) {
        let attribute = attribute.map_err(|_| CdaError::Xml)?;
        if attributes.len() == MOST_ATTRIBUTES {
            return Err(CdaError::TooLarge);
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| CdaError::Doctype)?;
        attributes.push((attribute.key.local_name().as_ref().into(), value.as_ref().into()));
    }
    Ok(Element { name: start.local_name().as_ref().into(), attributes, children: Vec::new() })
}

fn add(open: &mut [Element], child: Child) {
    if let Some(parent) = open.last_mut() {
        parent.children.push(child);
    }
}

fn add_text(open: &mut [Element], text: &str) {
    let Some(parent) = open.last_mut() else { return };
    match parent.children.last_mut() {
        Some(Child::Text(before)) => before.push_str(text),
        _ => parent.children.push(Child::Text(text.to_owned())),
    }
}

const MOST_NESTED: usize = 100;
const MOST_ELEMENTS: usize = 400_000;
const MOST_ATTRIBUTES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text_of_every_form_and_no_entity_of_the_documents_own() {
        let root = read("<?xml version=\"1.0\"?><!-- c --><x:a xmlns:x=\"u\" b=\"&lt;1&#x20;\">1 &amp; <![CDATA[<2>]]>&#51;<c/></x:a>").unwrap();
        assert_eq!((&*root.name, root.attribute("b"), root.text().as_str()), ("a", Some("<1"), "1 & <2>3"));
        for (xml, reason) in [
            ("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", CdaError::Doctype),
            ("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", CdaError::Doctype),
            ("<a>&b;</a>", CdaError::Doctype),
            ("<a b=\"&b;\"/>", CdaError::Doctype),
            ("<a>", CdaError::Xml),
            ("<a></b>", CdaError::Xml),
            ("<a/><b/>", CdaError::Xml),
            ("<a b=\"1\" b=\"2\"/>", CdaError::Xml),
            ("", CdaError::Xml),
        ] {
            assert_eq!(read(xml).err(), Some(reason), "{xml}");
        }
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(read(&nested(MOST_NESTED)).is_ok());
        assert_eq!(read(&nested(MOST_NESTED + 1)).err(), Some(CdaError::TooDeep));
        let many = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
        assert!(read(&many(MOST_ELEMENTS)).is_ok());
        assert_eq!(read(&many(MOST_ELEMENTS + 1)).err(), Some(CdaError::TooLarge));
        let wide = |count: usize| {
            format!(
                "<a {}/>",
                (0..count).map(|number| format!("a{number}=\"\"")).collect::<Vec<_>>().join(" ")
            )
        };
        assert!(read(&wide(MOST_ATTRIBUTES)).is_ok());
        assert_eq!(read(&wide(MOST_ATTRIBUTES + 1)).err(), Some(CdaError::TooLarge));
    }
}

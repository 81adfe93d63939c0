//! Elements as JSON, by what one release of FHIR has.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use super::elements::{Element, Held, Release, Type};
use super::error::FhirXmlError;
use super::members::{Members, Primitive, json_text, json_value};
use super::namespace::{FHIR, MOST_NESTED, XHTML, is_in};
use super::narrative;

/// Writes a document that is one resource.
pub(super) fn resource(xml: &str, release: Release) -> Result<String, FhirXmlError> {
    let mut conversion = Conversion { reader: NsReader::from_str(xml), release, depth: 0 };
    let mut out = String::new();
    loop {
        match conversion.next()? {
            Event::Start(start) => conversion.resource(&start, false, &mut out)?,
            Event::Empty(start) => conversion.resource(&start, true, &mut out)?,
            Event::Eof => return Ok(out),
            event => conversion.check_between(&event)?,
        }
    }
}

/// Writes the one child of the root of a document, which is a Bundle, as a member of it.
pub(super) fn bundle_member(
    xml: &str,
    release: Release,
    members: &mut Members,
    out: &mut String,
) -> Result<(), FhirXmlError> {
    let mut conversion = Conversion { reader: NsReader::from_str(xml), release, depth: 0 };
    let bundle = Type::resource("Bundle").ok_or(FhirXmlError::Syntax)?;
    let Event::Start(root) = conversion.next()? else { return Err(FhirXmlError::Syntax) };
    conversion.check_namespace(&root)?;
    conversion.attributes(&root, bundle, &mut Members::default(), &mut String::new())?;
    conversion.children(bundle, members, out)
}

struct Conversion<'x> {
    reader: NsReader<&'x [u8]>,
    release: Release,
    depth: usize,
}

impl<'x> Conversion<'x> {
    fn next(&mut self) -> Result<Event<'x>, FhirXmlError> {
        self.reader.read_event().map_err(|_| FhirXmlError::Syntax)
    }

    fn wrong(&self) -> FhirXmlError {
        FhirXmlError::Element { offset: self.reader.buffer_position() }
    }

    fn check_namespace(&self, start: &BytesStart<'_>) -> Result<(), FhirXmlError> {
        if is_in(&self.reader, start, FHIR) { Ok(()) } else { Err(self.wrong()) }
    }

    /// What may stand between elements says nothing.
    fn check_between(&self, event: &Event<'_>) -> Result<(), FhirXmlError> {
        match event {
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Ok(()),
            Event::Text(text) if text.trim_ascii().is_empty() => Ok(()),
            Event::CData(text) if text.trim_ascii().is_empty() => Ok(()),
            Event::GeneralRef(reference) if reference.is_char_ref() => Err(self.wrong()),
            Event::GeneralRef(_) | Event::DocType(_) => Err(FhirXmlError::Doctype),
            Event::Eof => Err(FhirXmlError::Syntax),
            _ => Err(self.wrong()),
        }
    }

    /// Writes a resource that has begun.
    fn resource(
        &mut self,
        start: &BytesStart<'_>,
        is_empty: bool,
        out: &mut String,
    ) -> Result<(), FhirXmlError> {
        self.check_namespace(start)?;
        let of = Type::resource(start.local_name().as_ref()).ok_or_else(|| self.wrong())?;
        self.object(start, is_empty, of, out)
    }

    /// Writes the object of an element that has begun.
    fn object(
        &mut self,
        start: &BytesStart<'_>,
        is_empty: bool,
        of: Type,
        out: &mut String,
    ) -> Result<(), FhirXmlError> {
        let value = self.object_beside_value(start, is_empty, of, out)?;
        if value.is_some() { Err(self.wrong()) } else { Ok(()) }
    }

    /// The same, of an element that may have a value, which it gives.
    fn object_beside_value(
        &mut self,
        start: &BytesStart<'_>,
        is_empty: bool,
        of: Type,
        out: &mut String,
    ) -> Result<Option<String>, FhirXmlError> {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err(FhirXmlError::TooDeep);
        }
        let mut members = Members::default();
        out.push('{');
        if of.is_resource {
            members.text("resourceType", of.name, out);
        }
        let value = self.attributes(start, of, &mut members, out)?;
        if !is_empty {
            self.children(of, &mut members, out)?;
        }
        members.end(out);
        out.push('}');
        self.depth -= 1;
        Ok(value)
    }

    /// Writes the attributes of an element but for its value, which it gives.
    fn attributes(
        &self,
        start: &BytesStart<'_>,
        of: Type,
        members: &mut Members,
        out: &mut String,
    ) -> Result<Option<String>, FhirXmlError> {
        let mut found = None;
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| FhirXmlError::Syntax)?;
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| FhirXmlError::Doctype)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (namespace, _) = self.reader.resolver().resolve_attribute(attribute.key);
            if namespace == ResolveResult::Bound(Namespace(SCHEMA_INSTANCE)) {
                continue;
            }
            match attribute.key.as_ref() {
                "value" => found = Some(value.into_owned()),
                "id" if !of.is_resource => members.text("id", &value, out),
                "url" if of.name == "Extension" => members.text("url", &value, out),
                _ => return Err(self.wrong()),
            }
        }
        Ok(found)
    }

    /// Writes what is in an element, to its end.
    fn children(&mut self, of: Type, members: &mut Members, out: &mut String) -> Result<(), FhirXmlError> {
        loop {
            let (start, is_empty) = match self.next()? {
                Event::End(_) => return Ok(()),
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                event => {
                    self.check_between(&event)?;
                    continue;
                }
            };
            let local = start.local_name();
            let name = local.as_ref();
            let element = of.element(name, self.release).ok_or_else(|| self.wrong())?;
            if !is_in(&self.reader, &start, if element.held == Held::Narrative { XHTML } else { FHIR })
                || !members.begin(name, &element, out)
            {
                return Err(self.wrong());
            }
            self.value(&start, is_empty, &element, members, out)?;
        }
    }

    /// Writes the value of a member.
    fn value(
        &mut self,
        start: &BytesStart<'_>,
        is_empty: bool,
        element: &Element,
        members: &mut Members,
        out: &mut String,
    ) -> Result<(), FhirXmlError> {
        match element.held {
            Held::Type(of) => self.object(start, is_empty, of, out),
            Held::Resource => self.contained(start, is_empty, out),
            Held::Narrative => {
                let mut text = String::new();
                narrative::write(&mut self.reader, start, is_empty, &mut text)?;
                out.push_str(&json_text(&text));
                Ok(())
            }
            Held::Text | Held::Number | Held::Boolean => {
                let mut beside = String::new();
                let value = self.object_beside_value(start, is_empty, Type::OF_PRIMITIVE, &mut beside)?;
                let value = value.map(|value| json_value(&value, element.held));
                let beside = (beside != "{}").then_some(beside);
                members.add(Primitive { value, beside });
                Ok(())
            }
        }
    }

    /// Writes the one resource in an element that holds one.
    fn contained(
        &mut self,
        start: &BytesStart<'_>,
        is_empty: bool,
        out: &mut String,
    ) -> Result<(), FhirXmlError> {
        let (mut nothing, before) = (Members::default(), out.len());
        self.attributes(start, Type::OF_PRIMITIVE, &mut nothing, out)?;
        if is_empty || out.len() != before {
            return Err(self.wrong());
        }
        let mut is_there = false;
        loop {
            match self.next()? {
                Event::End(_) if is_there => return Ok(()),
                Event::Start(resource) if !is_there => self.resource(&resource, false, out)?,
                Event::Empty(resource) if !is_there => self.resource(&resource, true, out)?,
                event => {
                    self.check_between(&event)?;
                    continue;
                }
            }
            is_there = true;
        }
    }
}

const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

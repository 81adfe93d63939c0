//! A document as JSON, read piece by piece: of a Bundle never more than one entry is at hand.

use std::io::{self, BufRead, Read};

use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::{Reader, Writer};

use super::convert::{bundle_member, resource};
use super::elements::Release;
use super::error::FhirXmlError;
use super::members::Members;
use super::namespace::MOST_NESTED;
use crate::formats::bounded::{Bounded, of_source};

/// FHIR in XML, read as the same in JSON. It ends in an error that holds a [`FhirXmlError`], or that of its source.
pub(in crate::formats) struct JsonOfXml<R> {
    reader: Reader<Bounded<R>>,
    buffer: Vec<u8>,
    most_bytes: u64,
    place: Place,
    /// The release that the last resource was of.
    release: Release,
    members: Members,
    out: String,
    /// Bytes of `out` that were given away.
    given: usize,
}

enum Place {
    Before,
    /// In a Bundle, which is opened and closed so.
    Bundle {
        open: String,
        close: String,
    },
    Behind,
    Ended,
}

impl<R: BufRead> JsonOfXml<R> {
    /// One resource takes up to `most_bytes`.
    pub(in crate::formats) fn new(source: R, most_bytes: u64) -> Self {
        let [release, ..] = Release::ALL;
        Self {
            reader: Reader::from_reader(Bounded::new(source, || failure(FhirXmlError::TooLarge))),
            buffer: Vec::new(),
            most_bytes,
            place: Place::Before,
            release,
            members: Members::default(),
            out: String::new(),
            given: 0,
        }
    }

    /// Reads on to where there is more JSON, or to the end.
    fn advance(&mut self) -> io::Result<()> {
        self.out.clear();
        self.given = 0;
        self.reader.get_mut().allow(self.most_bytes);
        let before = self.reader.buffer_position();
        self.buffer.clear();
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event.into_owned(),
            Err(error) => return Err(of_source(error, || failure(FhirXmlError::Syntax))),
        };
        match (event, &self.place) {
            (Event::Start(start), Place::Before) => self.begin(&start, before),
            (Event::Empty(start), Place::Before) => {
                self.place = Place::Behind;
                self.whole(&format!("<{}/>", &*start), before)
            }
            (Event::Start(start), Place::Bundle { open, close }) => {
                let (mut xml, shift) = (open.clone(), open.len() as u64);
                let close = close.clone();
                self.copy(Event::Start(start), &mut xml)?;
                xml.push_str(&close);
                self.member(&xml, before, shift)
            }
            (Event::Empty(start), Place::Bundle { open, close }) => {
                let xml = format!("{open}<{}/>{close}", &*start);
                let shift = open.len() as u64;
                self.member(&xml, before, shift)
            }
            (Event::End(_), Place::Bundle { .. }) => {
                self.members.end(&mut self.out);
                self.out.push('}');
                self.place = Place::Behind;
                Ok(())
            }
            (Event::Decl(declaration), Place::Before) => check_encoding(&declaration),
            (Event::Eof, Place::Behind) => {
                self.place = Place::Ended;
                Ok(())
            }
            (Event::Comment(_) | Event::PI(_), _) => Ok(()),
            (Event::Text(text), _) if text.trim_ascii().is_empty() => Ok(()),
            (Event::DocType(_) | Event::GeneralRef(_), _) => Err(failure(FhirXmlError::Doctype)),
            (Event::Text(_) | Event::CData(_), Place::Bundle { .. }) => {
                let offset = self.reader.buffer_position();
                Err(failure(FhirXmlError::Element { offset }))
            }
            _ => Err(failure(FhirXmlError::Syntax)),
        }
    }

    /// Begins with the root element.
    fn begin(&mut self, root: &BytesStart<'_>, before: u64) -> io::Result<()> {
        if root.local_name().as_ref() == "Bundle" {
            let open = format!("<{}>", &**root);
            let close = format!("</{}>", root.name().as_ref());
            self.out.push_str(r#"{"resourceType":"Bundle""#);
            self.place = Place::Bundle { open, close };
            return Ok(());
        }
        let mut xml = String::new();
        self.copy(Event::Start(root.to_owned()), &mut xml)?;
        self.place = Place::Behind;
        self.whole(&xml, before)
    }

    /// Copies an element that has begun, to its end.
    fn copy(&mut self, start: Event<'_>, xml: &mut String) -> io::Result<()> {
        let mut writer = Writer::new(Vec::new());
        writer.write_event(start)?;
        let mut depth = 1;
        while depth > 0 {
            self.buffer.clear();
            let event = self.reader.read_event_into(&mut self.buffer);
            let event = event.map_err(|error| of_source(error, || failure(FhirXmlError::Syntax)))?;
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(failure(FhirXmlError::Syntax)),
                _ => {}
            }
            if depth > MOST_NESTED {
                return Err(failure(FhirXmlError::TooDeep));
            }
            writer.write_event(event)?;
        }
        let copied = String::from_utf8(writer.into_inner()).map_err(|_| failure(FhirXmlError::Syntax))?;
        xml.push_str(&copied);
        Ok(())
    }

    /// Converts a document that is one resource.
    fn whole(&mut self, xml: &str, before: u64) -> io::Result<()> {
        let converted = self.by_release(before, |release| resource(xml, release))?;
        self.out = converted;
        Ok(())
    }

    /// Converts one child of a Bundle, with the Bundle's own tags around it.
    fn member(&mut self, xml: &str, before: u64, shift: u64) -> io::Result<()> {
        let members = std::mem::take(&mut self.members);
        let (members, written) = self.by_release(before.saturating_sub(shift), |release| {
            let (mut members, mut written) = (members.clone(), String::new());
            bundle_member(xml, release, &mut members, &mut written)?;
            Ok((members, written))
        })?;
        self.members = members;
        self.out = written;
        Ok(())
    }

    /// Converts by the release of the resource before, else by the first that has all of its elements.
    fn by_release<T>(
        &mut self,
        before: u64,
        convert: impl Fn(Release) -> Result<T, FhirXmlError>,
    ) -> io::Result<T> {
        let others = Release::ALL.into_iter().filter(|release| *release != self.release);
        let mut first = None;
        for release in std::iter::once(self.release).chain(others) {
            match convert(release) {
                Ok(converted) => {
                    self.release = release;
                    return Ok(converted);
                }
                Err(FhirXmlError::Element { offset }) => {
                    first = first.or(Some(FhirXmlError::Element { offset: before + offset }));
                }
                Err(error) => return Err(failure(error)),
            }
        }
        Err(failure(first.unwrap_or(FhirXmlError::Syntax)))
    }
}

impl<R: BufRead> Read for JsonOfXml<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() && !matches!(self.place, Place::Ended) {
            self.advance()?;
        }
        let mut rest = self.out.as_bytes().get(self.given..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

fn check_encoding(declaration: &BytesDecl<'_>) -> io::Result<()> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(Ok(_)) => Err(failure(FhirXmlError::Encoding)),
        Some(Err(_)) => Err(failure(FhirXmlError::Syntax)),
    }
}

fn failure(reason: FhirXmlError) -> io::Error {
    io::Error::other(reason)
}

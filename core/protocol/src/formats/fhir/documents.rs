//! Takes documents of HL7's Clinical Document Architecture apart: the document itself, and the records that it makes.

use super::address::uuid_urn;
use super::error::{Quarantine, ReadError};
use super::event::{Document, Event, Resource};
use super::kind::Kind;
use super::reader::Reader;
use crate::formats::cda::{CdaError, Derived, MOST_BYTES, open_document};

impl Reader<'_> {
    /// Reads an input that is a document.
    pub(super) fn xml_document(&mut self) -> Result<(), ReadError> {
        while !self.walk.input.has_ended() && self.walk.input.bytes().len() <= MOST_BYTES {
            self.walk.keep = Some(0);
            self.walk.fill()?;
        }
        let is_within = self.walk.input.has_ended() && self.walk.input.bytes().len() <= MOST_BYTES;
        let opened = if is_within {
            self.walk.input.check_text()?;
            open_document(self.walk.input.bytes(), |bits| uuid_urn(bits, 8))
        } else {
            Err(CdaError::TooLarge)
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(reason) => return self.quarantine(Quarantine::Document { reason }, Kind::CCda, None),
        };
        let derived = opened.derived.len() as u64;
        self.walk.tell(Event::Document(Document { title: opened.title.as_deref(), derived }))?;
        let all = std::iter::once(&opened.document).chain(&opened.derived);
        (0..).zip(all).try_for_each(|(index, record)| self.give_derived(index, record))
    }

    fn give_derived(&mut self, index: u64, record: &Derived) -> Result<(), ReadError> {
        self.summary.resources += 1;
        let (bytes, full_url) = (record.bytes.as_slice(), Some(record.full_url.as_str()));
        self.walk.tell(Event::Resource(Resource {
            bytes,
            full_url,
            history: None,
            exported: None,
            issuer: None,
            index,
        }))
    }
}

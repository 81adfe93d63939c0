//! Takes documents of HL7's Clinical Document Architecture apart: the document itself, and the records that it makes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

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

/// The document that a record keeps which was made of it, byte for byte.
pub(super) fn kept_document(record: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(kept(record)?.pointer(FILE)?.as_str()?).ok()
}

/// A record that keeps a document, without the file: its header has every number of whom it is about, and its entries
/// are records of their own. The text of its sections stays.
pub(super) fn without_document(record: &[u8]) -> Option<Vec<u8>> {
    let mut kept = kept(record)?;
    kept.pointer_mut("/content/0/attachment")?.as_object_mut()?.remove("data")?;
    Some(kept.to_string().into_bytes())
}

/// A record that this reader made of a document.
fn kept(record: &[u8]) -> Option<Value> {
    // Looking for the names is faster than reading.
    let may_keep = |text: &str| text.contains("SYNTAC") && text.contains("\"text/xml\"");
    let record: Value = std::str::from_utf8(record)
        .ok()
        .filter(|text| may_keep(text))
        .and_then(|text| serde_json::from_str(text).ok())?;
    let is =
        |pointer: &str, expected: &str| record.pointer(pointer).and_then(Value::as_str) == Some(expected);
    let is_kept = is("/resourceType", "DocumentReference")
        && is("/meta/tag/0/code", "SYNTAC")
        && is("/content/0/attachment/contentType", "text/xml");
    is_kept.then_some(record)
}

/// Where the document is in such a record.
const FILE: &str = "/content/0/attachment/data";

//! An Apple Health export: what was measured, day by day.

use std::io::BufReader;

use super::address::uuid_urn;
use super::error::ReadError;
use super::event::{Event, Measurements, Resource};
use super::reader::Reader;
use crate::formats::apple_health::{Export, Found};

impl Reader<'_> {
    /// Reads an input that is an export.
    pub(super) fn apple_health(&mut self) -> Result<(), ReadError> {
        let mut export = Export::new(BufReader::new(self.walk.take_text()), |bits| uuid_urn(bits, 8));
        loop {
            match export.advance().map_err(ReadError::of_source)? {
                Found::Made(made) => {
                    let (bytes, full_url) = (made.bytes.as_slice(), Some(made.full_url.as_str()));
                    let index = self.summary.resources;
                    self.summary.resources += 1;
                    self.walk.tell(Event::Resource(Resource {
                        bytes,
                        full_url,
                        history: None,
                        exported: None,
                        issuer: None,
                        index,
                    }))?;
                }
                Found::Progress => self.walk.tell(Event::Progress { bytes: self.walk.input.read() })?,
                Found::End => break,
            }
        }
        let (taken, left) = (export.taken, export.left);
        self.walk.tell(Event::Measurements(Measurements { taken, left, records: self.summary.resources }))
    }
}

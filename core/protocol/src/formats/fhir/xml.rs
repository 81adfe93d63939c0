//! FHIR in XML, read on as if it had come in JSON.

use std::io::{self, BufReader, Read};

use super::error::ReadError;
use super::input::Input;
use super::walk::Walk;
use crate::formats::fhir_xml::JsonOfXml;

impl Walk<'_> {
    /// Goes on with the JSON of an input that is XML from here on.
    pub(super) fn read_xml_as_json(&mut self) {
        let (at, most_bytes) = (std::mem::take(&mut self.at), self.resource_bytes());
        self.keep = None;
        self.input
            .in_place(|input| Box::new(JsonOfXml::new(BufReader::new(InputText { input, at }), most_bytes)));
    }
}

/// The text of an input, checked to be UTF-8.
struct InputText<'a> {
    input: Input<'a>,
    at: u64,
}

impl InputText<'_> {
    /// What is read and not yet given.
    fn fill(&mut self) -> Result<(), ReadError> {
        self.input.check_text()?;
        while self.input.text_from(self.at).is_empty() && !self.input.has_ended() {
            self.input.fill(self.at)?;
        }
        Ok(())
    }
}

impl Read for InputText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill().map_err(io::Error::other)?;
        let mut text = self.input.text_from(self.at);
        let count = text.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

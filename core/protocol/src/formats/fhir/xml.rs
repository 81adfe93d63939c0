//! FHIR in XML, read on as if it had come in JSON.

use std::io::BufReader;

use super::walk::Walk;
use crate::formats::fhir_xml::JsonOfXml;

impl Walk<'_> {
    /// Goes on with the JSON of an input that is XML from here on.
    pub(super) fn read_xml_as_json(&mut self) {
        let (text, most_bytes) = (self.take_text(), self.resource_bytes());
        self.input.go_on(Box::new(JsonOfXml::new(BufReader::new(text), most_bytes)));
    }
}

//! Writes JSON token by token, without white space.

use super::cursor::Text;

pub(super) struct JsonWriter {
    out: Vec<u8>,
    /// What closes each object and array that is open.
    open: Vec<u8>,
    /// Whether no comma goes before what comes next.
    first: bool,
    /// At which depth a reference was left out, until that object ends.
    masked: Option<usize>,
}

impl JsonWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), open: Vec::new(), first: true, masked: None }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// How many objects and arrays are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    fn separate(&mut self) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
    }

    pub(super) fn begin(&mut self, opening: u8, closing: u8) {
        self.separate();
        self.out.push(opening);
        self.open.push(closing);
        self.first = true;
    }

    /// Leaves out the reference of the object that is open: if nothing else comes in it, that stands there.
    pub(super) fn mask(&mut self) {
        self.masked = Some(self.open.len());
    }

    pub(super) fn end(&mut self) {
        if self.masked.take_if(|depth| *depth == self.open.len()).is_some() && self.first {
            self.out.extend_from_slice(MASKED.as_bytes());
        }
        self.out.extend(self.open.pop());
        self.first = false;
    }

    pub(super) fn key(&mut self, key: Text<'_>) {
        self.text(key);
        self.out.push(b':');
        self.first = true;
    }

    /// Writes a key that needs no escapes.
    pub(super) fn raw_key(&mut self, key: &str) {
        self.separate();
        self.out.extend_from_slice(format!("\"{key}\":").as_bytes());
        self.first = true;
    }

    pub(super) fn text(&mut self, text: Text<'_>) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(text.raw());
        self.out.push(b'"');
    }

    pub(super) fn value(&mut self, written: &[u8]) {
        self.separate();
        self.out.extend_from_slice(written);
    }
}

/// What stands in an object of which nothing else is left: that its value is held back.
pub(super) const MASKED: &str = r#""extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]"#;

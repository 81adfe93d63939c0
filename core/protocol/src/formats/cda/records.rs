//! The records that are made of a document, and their addresses.

use std::collections::HashMap;

use super::code::{identifiers, key};
use super::element::Element;
use super::json::{Json, list, object, text};
use crate::crypto::sha256_parts;

/// A resource that was made of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Derived {
    /// Its address, made from what document and entry are called: the same document gives the same.
    pub full_url: String,
    /// The resource in JSON.
    pub bytes: Vec<u8>,
}

/// The records that are made of a document.
pub(super) struct Records {
    document_key: String,
    urn: fn([u8; 16]) -> String,
    /// How many entries were called so.
    seen: HashMap<String, u64>,
    /// The address of the document itself.
    source: String,
    patient: Option<String>,
    all: Vec<Derived>,
}

impl Records {
    /// None yet, of a document that is called so.
    pub(super) fn new(document_key: String, urn: fn([u8; 16]) -> String) -> Self {
        let mut records = Self {
            document_key,
            urn,
            seen: HashMap::new(),
            source: String::new(),
            patient: None,
            all: Vec::new(),
        };
        records.source = records.address("DocumentReference", "");
        records
    }

    /// Adds whom the document is about.
    pub(super) fn add_patient(&mut self, members: Vec<(&'static str, Option<Json>)>) {
        self.patient = Some(self.add("Patient", None, members));
    }

    /// Whether there is a record of an entry that is called as this one.
    pub(super) fn has(&self, resource_type: &str, entry: &Element) -> bool {
        key(entry).is_some_and(|key| self.seen.contains_key(&format!("{resource_type}|{key}")))
    }

    /// The record that holds the document itself, and those that were made of it.
    pub(super) fn finish(self, document: Vec<(&'static str, Option<Json>)>) -> (Derived, Vec<Derived>) {
        let bytes = resource("DocumentReference", &self.source, None, document);
        (Derived { full_url: self.source, bytes }, self.all)
    }

    /// The address of the next entry that is called so.
    fn address(&mut self, resource_type: &str, entry_key: &str) -> String {
        let name = format!("{resource_type}|{entry_key}");
        let seen = self.seen.entry(name.clone()).or_default();
        *seen += 1;
        let parts: [&[u8]; 5] =
            [self.document_key.as_bytes(), &[0], name.as_bytes(), &[0], &(*seen - 1).to_be_bytes()];
        let mut bits = [0; 16];
        bits.iter_mut().zip(sha256_parts(&parts)).for_each(|(bit, byte)| *bit = byte);
        (self.urn)(bits)
    }

    /// Adds a record of an entry and gives its address.
    pub(super) fn add(
        &mut self,
        resource_type: &'static str,
        entry: Option<&Element>,
        mut members: Vec<(&'static str, Option<Json>)>,
    ) -> String {
        let full_url = self.address(resource_type, &entry.and_then(key).unwrap_or_default());
        if let Some(entry) = entry {
            members.insert(0, ("identifier", identifiers(entry)));
        }
        let bytes = resource(resource_type, &full_url, Some(&self.source), members);
        self.all.push(Derived { full_url: full_url.clone(), bytes });
        full_url
    }

    /// A reference to whom the document is about.
    pub(super) fn subject(&self) -> Option<Json> {
        self.patient.as_deref().map(to)
    }
}

/// A reference to a record of this address.
pub(super) fn to(full_url: &str) -> Json {
    object([("reference", text(full_url))])
}

fn resource(
    resource_type: &'static str,
    full_url: &str,
    source: Option<&str>,
    members: Vec<(&'static str, Option<Json>)>,
) -> Vec<u8> {
    let tag = object([
        ("system", text("http://terminology.hl7.org/CodeSystem/v3-ObservationValue")),
        ("code", text("SYNTAC")),
        ("display", text("syntactic transform")),
    ]);
    let head = [
        ("resourceType", text(resource_type)),
        ("id", full_url.rsplit(':').next().and_then(text)),
        ("meta", Some(object([("source", source.and_then(text)), ("tag", list([tag]))]))),
    ];
    let all = head.into_iter().chain(members).filter_map(|(name, value)| Some((name, value?)));
    let mut written = String::new();
    Json::Object(all.collect()).write(&mut written);
    written.into_bytes()
}

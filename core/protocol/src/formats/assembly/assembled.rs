//! What is put together, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::crypto::CryptoError;
use crate::formats::fhir::{IdentityDetail, Quarantine, ResourceHead, identity_numbers, leaving_home};

/// A record to share.
#[derive(Clone, Copy, Debug)]
pub struct SharedRecord<'a> {
    /// The resource, as received.
    pub bytes: &'a [u8],
    /// The address that it came with.
    pub full_url: Option<&'a str>,
    /// The source that it came from: ids count within it.
    pub source: &'a str,
}

/// A reference that leads out of what is shared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dangling {
    /// Which of the records holds it.
    pub record: usize,
    /// The reference as it was received.
    pub reference: String,
}

/// Records put together as one Bundle, and what a person should know before it leaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssembledBundle {
    /// The Bundle in JSON, not compressed.
    pub json: Vec<u8>,
    /// How many of the records' resources leave, by type.
    pub types: BTreeMap<String, usize>,
    /// Which of the records stay behind: further Patient resources of the same person, and what the form has no place for.
    pub left_out: Vec<usize>,
    /// References to what does not leave.
    pub dangling: Vec<Dangling>,
    /// Identity numbers and photos in what leaves, each with the number of its record: they leave with it, or were left
    /// out, as was asked.
    pub identity_details: Vec<(usize, IdentityDetail)>,
    /// The address of the Patient.
    pub(super) patient: String,
    /// The address of each entry, and where in the JSON its resource is.
    entries: Vec<(String, Range<usize>)>,
}

impl AssembledBundle {
    /// Every resource in the Bundle with its address, in their order.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let resource = |place: &Range<usize>| self.json.get(place.clone()).unwrap_or_default();
        self.entries.iter().map(move |(address, place)| (address.as_str(), resource(place)))
    }

    /// Begins a Bundle with these members, in JSON.
    pub(super) fn begin(members: &str, patient: &str) -> Self {
        Self {
            json: format!(r#"{{"resourceType":"Bundle",{members},"entry":["#).into_bytes(),
            types: BTreeMap::new(),
            left_out: Vec::new(),
            dangling: Vec::new(),
            identity_details: Vec::new(),
            patient: patient.to_owned(),
            entries: Vec::new(),
        }
    }

    /// Adds an entry that is none of the records.
    pub(super) fn add(&mut self, address: &str, resource: &[u8]) {
        if !self.json.ends_with(b"[") {
            self.json.push(b',');
        }
        self.json.extend_from_slice(format!(r#"{{"fullUrl":"{address}","resource":"#).as_bytes());
        let start = self.json.len();
        self.json.extend_from_slice(resource);
        self.entries.push((address.to_owned(), start..self.json.len()));
        self.json.push(b'}');
    }

    /// Adds the entry of a record whose references lead to the new addresses already: as it leaves home without the numbers
    /// that are staying, or with all where none are given, and then `finished`.
    pub(super) fn add_record(
        &mut self,
        (index, head): (usize, &ResourceHead<'_>),
        address: &str,
        resource: Vec<u8>,
        staying_numbers: Option<&BTreeSet<String>>,
        finished: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) {
        let (resource, details) = leaving_home(resource, staying_numbers);
        self.identity_details.extend(details.into_iter().map(|detail| (index, detail)));
        *self.types.entry(head.resource_type.clone().into_owned()).or_default() += 1;
        self.add(address, &finished(resource));
    }

    pub(super) fn end(mut self) -> Self {
        self.json.extend_from_slice(END);
        self
    }

    /// Adds an entry to a Bundle that had ended.
    pub(super) fn add_at_end(&mut self, address: &str, resource: &[u8]) {
        self.json.truncate(self.json.len().saturating_sub(END.len()));
        self.add(address, resource);
        self.json.extend_from_slice(END);
    }
}

/// Of the list of entries and of the Bundle.
const END: &[u8] = b"]}";

/// The identity numbers of those whom the records are about, none of which may leave in any other record; nothing where all
/// is to leave `with_numbers`.
pub(super) fn staying_numbers(
    records: &[SharedRecord<'_>],
    heads: &[ResourceHead<'_>],
    with_numbers: bool,
) -> Option<BTreeSet<String>> {
    let is_of_person = |head: &ResourceHead<'_>| {
        matches!(head.resource_type.as_ref(), "Patient" | "Person" | "RelatedPerson" | "Coverage")
    };
    let persons = records.iter().zip(heads).filter(|(_, head)| is_of_person(head));
    (!with_numbers).then(|| persons.flat_map(|(record, _)| identity_numbers(record.bytes)).collect())
}

/// Why no Bundle was made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AssemblyError {
    /// There is no Patient among the records.
    #[error("a share needs the patient's own record")]
    NoPatient,
    /// There is nothing but the Patient among the records, or nothing that the form has a place for.
    #[error("a share needs something besides the patient's own record")]
    NothingToShare,
    /// A record is no resource.
    #[error("a record to share is not a resource")]
    Record(#[source] Quarantine),
    /// What the patient tells is too long or can't be set, or the form of the share has no place for it.
    #[error("the patient's own words can't go along: they are too long, or this form has no place for them")]
    Story,
    /// There is no randomness for new identifiers.
    #[error("no randomness for the identifiers of a share")]
    Entropy(#[source] CryptoError),
}

impl AssemblyError {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoPatient => "NoPatient",
            Self::NothingToShare => "NothingToShare",
            Self::Story => "ShareStory",
            Self::Record(reason) => reason.code(),
            Self::Entropy(error) => error.code(),
        }
    }
}

//! What ties a record that names no subject to the people of others: who refers to it, to whom it refers.

use std::{
    borrow::Cow,
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use super::super::{
    address::folded_address,
    reference::{Reference, is_uuid, split_address},
};
use super::{Observed, meant::references_of_provenance, target::Target};
use crate::domain::is_reference_type;

/// Keys of resources as 64 bits of a hash, with the number of the set of targets that each is about.
#[derive(Debug, Default)]
pub(super) struct Ties {
    hasher: RandomState,
    /// Each set of targets, sorted, with its number. Most resources share one with others.
    numbers: HashMap<Vec<u32>, u32>,
    /// The same by their numbers, once they are settled.
    sets: Vec<Vec<u32>>,
    /// Each resource of the import that is no Patient.
    known: Vec<(u64, u32)>,
    /// What a resource refers to that names a subject.
    referred: Vec<(u64, u32)>,
    /// Each RelatedPerson, with the target that is its patient.
    related: Vec<(u64, u32)>,
}

/// Under what a resource is found. Two servers may both have an `Observation/1`.
#[derive(Debug, Eq, Hash, PartialEq)]
enum Key<'k> {
    /// An absolute address, folded.
    Address(Cow<'k, str>),
    /// Type and id of a resource whose server is not said.
    Loose(&'k str, &'k str),
    /// Type and id of a resource on a server, for references that do not say which.
    OnSomeServer(&'k str, &'k str),
    /// A fullUrl that is no address, and counts in its Bundle.
    Other(&'k str),
}

impl Ties {
    /// Takes note of a resource that is no Patient, and of its targets: sorted, each once.
    pub(super) fn add(&mut self, record: &Observed<'_, '_>, targets: &[u32]) {
        let set = match self.numbers.get(targets) {
            Some(known) => *known,
            None => {
                let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
                *self.numbers.entry(targets.to_vec()).or_insert(next)
            }
        };
        for key in own_keys(record) {
            let key = self.hasher.hash_one(key);
            self.known.push((key, set));
            if let ("RelatedPerson", [patient]) = (&*record.head.resource_type, targets) {
                self.related.push((key, *patient));
            }
        }
        if !targets.is_empty() {
            let Self { hasher, referred, .. } = self;
            for_each_reference(record, &mut |keys| {
                referred.extend(keys.into_iter().flatten().map(|key| (hasher.hash_one(key), set)));
            });
        }
    }

    pub(super) fn settle(&mut self) {
        for ties in [&mut self.known, &mut self.referred, &mut self.related] {
            ties.sort_unstable();
            ties.dedup();
        }
        let mut sets: Vec<(Vec<u32>, u32)> = self.numbers.drain().collect();
        sets.sort_unstable_by_key(|(_, number)| *number);
        self.sets = sets.into_iter().map(|(targets, _)| targets).collect();
    }

    /// The sets of targets, by their numbers.
    pub(super) fn sets(&self) -> &[Vec<u32>] {
        &self.sets
    }

    /// Whether a resource came with the import under this folded address, or with this fullUrl.
    pub(super) fn is_resource(&self, url: &str) -> bool {
        let keys = [Key::Address(url.into()), Key::Other(url)];
        keys.iter().any(|key| with_key(&self.known, self.hasher.hash_one(key)).next().is_some())
    }

    /// The patients of the RelatedPersons that a target may mean, as targets.
    pub(super) fn related(&self, target: &Target) -> Vec<u32> {
        let Some((reference, base)) = target.related() else { return Vec::new() };
        let keys = keys_of(&reference, base).into_iter().flatten();
        let found = keys.map(|key| with_key(&self.related, self.hasher.hash_one(key)).take(MOST).collect());
        found.into_iter().find(|found: &Vec<u32>| !found.is_empty()).unwrap_or_default()
    }

    /// Shows the number of each set that a record refers to, or that refers to it.
    pub(super) fn visit(&self, record: &Observed<'_, '_>, see: &mut dyn FnMut(u32)) {
        for_each_reference(record, &mut |keys| {
            let keys = keys.into_iter().flatten().map(|key| self.hasher.hash_one(key));
            // What the record's own server has is what is meant.
            let Some(key) = keys.into_iter().find(|key| with_key(&self.known, *key).next().is_some()) else {
                return;
            };
            for set in with_key(&self.known, key).take(MOST) {
                match self.sets.get(set as usize).is_some_and(Vec::is_empty) {
                    true => with_key(&self.referred, key).take(MOST).for_each(&mut *see),
                    false => see(set),
                }
            }
        });
        for key in own_keys(record) {
            with_key(&self.referred, self.hasher.hash_one(key)).take(MOST).for_each(&mut *see);
        }
    }
}

fn with_key(ties: &[(u64, u32)], key: u64) -> impl Iterator<Item = u32> {
    let start = ties.partition_point(|(other, _)| *other < key);
    ties.iter().skip(start).take_while(move |(other, _)| *other == key).map(|(_, number)| *number)
}

/// Under what a resource is referred to.
fn own_keys<'k>(record: &Observed<'k, '_>) -> Vec<Key<'k>> {
    let (resource_type, url) = (&*record.head.resource_type, record.full_url);
    let id = record.head.id.as_deref().filter(|id| !id.is_empty());
    let address = record.address();
    let is_on_server = address.as_deref().and_then(split_address).is_some();
    let mut keys = Vec::with_capacity(2);
    if let Some(id) = id {
        keys.push(match is_on_server {
            true => Key::OnSomeServer(resource_type, id),
            false => Key::Loose(resource_type, id),
        });
        if address.is_none() && is_uuid(id) {
            keys.push(Key::Address(format!("urn:uuid:{}", id.to_ascii_lowercase()).into()));
        }
    }
    keys.extend(address.map(Key::Address).or(url.map(Key::Other)));
    keys
}

/// Shows under what each resource is found that a record refers to and that may name no subject. Of a
/// Provenance what it is of; who made that does not count.
fn for_each_reference(record: &Observed<'_, '_>, see: &mut dyn FnMut([Option<Key<'_>>; 2])) {
    let base = record.base();
    if record.head.resource_type == "Provenance" {
        let references = references_of_provenance(record.bytes);
        return references.iter().for_each(|text| see(keys_of(text, base.as_deref())));
    }
    let references = record.head.references.iter().chain(&record.head.content_urls);
    references.for_each(|text| see(keys_of(text, base.as_deref())));
}

/// Under what a reference from this server leads to a resource, the surest first; nothing for Patients and
/// for what is about nobody.
fn keys_of<'k>(text: &'k str, base: Option<&str>) -> [Option<Key<'k>>; 2] {
    let is_person_or_none = |name: &str| name == "Patient" || is_reference_type(name);
    if let Some(address) = folded_address(text) {
        let is_left_out = split_address(&address).is_some_and(|(_, name, _)| is_person_or_none(name));
        return [(!is_left_out).then_some(Key::Address(address)), None];
    }
    match Reference::parse(text) {
        Reference::Relative { resource_type, .. } if is_person_or_none(resource_type) => [None, None],
        Reference::Relative { resource_type, id } => {
            let loose = Key::Loose(resource_type, id);
            match base {
                Some(base) => {
                    [Some(Key::Address(format!("{base}/{resource_type}/{id}").into())), Some(loose)]
                }
                None => [Some(loose), Some(Key::OnSomeServer(resource_type, id))],
            }
        }
        Reference::Other(text) => [Some(Key::Other(text)), None],
        Reference::Contained(_) | Reference::Absolute(_) | Reference::Urn(_) => [None, None],
    }
}

/// How many sets are looked at that have one key: more than a family has.
const MOST: usize = 256;

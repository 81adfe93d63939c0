//! What ties a record that names no subject to the people of others: who refers to it, to whom it refers.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use super::super::{
    address::folded_address,
    reference::{Reference, is_uuid, split_address},
    visit::visit,
};
use super::{Observed, target::Target};
use crate::domain::is_reference_type;

/// Keys of resources as 64 bits of a hash, with the number of whom the resource is about.
#[derive(Debug, Default)]
pub(super) struct Ties {
    hasher: RandomState,
    /// Each resource of the import that is no Patient; [`NOBODY`] where it names no subject.
    known: Vec<(u64, u32)>,
    /// Each Patient. A record that refers to one is not therefore about them, unless it says what it is
    /// about in no other way, as a Provenance does.
    patients: Vec<(u64, u32)>,
    /// What a resource refers to that names a subject.
    referred: Vec<(u64, u32)>,
    /// The patients of RelatedPersons.
    related: HashMap<String, u32>,
}

impl Ties {
    /// Takes note of a resource and of whom it is about.
    pub(super) fn add(&mut self, record: &Observed<'_, '_>, targets: &[u32]) {
        let own = own_keys(record);
        if record.head.resource_type == "RelatedPerson"
            && let [patient] = targets
        {
            self.related.extend(own.iter().map(|key| (key.clone(), *patient)));
        }
        let is_patient = record.head.resource_type == "Patient";
        for key in &own {
            let key = self.hasher.hash_one(key);
            let known = if is_patient { &mut self.patients } else { &mut self.known };
            if targets.is_empty() {
                known.push((key, NOBODY));
            }
            known.extend(targets.iter().map(|target| (key, *target)));
        }
        if !targets.is_empty() && !is_patient {
            for key in referred_keys(record).filter(|key| !key.starts_with("Patient/")) {
                let key = self.hasher.hash_one(key);
                for target in targets {
                    if self.referred.last() != Some(&(key, *target)) {
                        self.referred.push((key, *target));
                    }
                }
            }
        }
    }

    pub(super) fn settle(&mut self) {
        for ties in [&mut self.known, &mut self.patients, &mut self.referred] {
            ties.sort_unstable();
            ties.dedup();
        }
    }

    /// Whether a resource came with the import under this folded address.
    pub(super) fn is_resource(&self, address: &str) -> bool {
        with_key(&self.known, self.hasher.hash_one(address)).next().is_some()
    }

    /// The number of the patient of the RelatedPerson that a target means, if it means one.
    pub(super) fn related(&self, target: &Target) -> Option<u32> {
        target.related_keys().iter().find_map(|key| self.related.get(key).copied())
    }

    /// About whom the records are that a record refers to, or that refer to it.
    pub(super) fn of(&self, record: &Observed<'_, '_>) -> Vec<u32> {
        let mut about = Vec::new();
        let is_provenance = record.head.resource_type == "Provenance";
        let referred: Vec<String> =
            if is_provenance { targets_of(record) } else { referred_keys(record).collect() };
        for key in referred {
            let key = self.hasher.hash_one(key);
            if is_provenance {
                about.extend(with_key(&self.patients, key));
            }
            for target in with_key(&self.known, key) {
                if target == NOBODY {
                    about.extend(with_key(&self.referred, key));
                } else {
                    about.push(target);
                }
            }
        }
        for key in own_keys(record) {
            about.extend(with_key(&self.referred, self.hasher.hash_one(key)));
        }
        about.sort_unstable();
        about.dedup();
        about
    }
}

fn with_key(ties: &[(u64, u32)], key: u64) -> impl Iterator<Item = u32> {
    let start = ties.partition_point(|(other, _)| *other < key);
    ties.iter().skip(start).take_while(move |(other, _)| *other == key).map(|(_, target)| *target)
}

/// Under what a resource is referred to.
fn own_keys(record: &Observed<'_, '_>) -> Vec<String> {
    let (head, url) = (record.head, record.full_url);
    let address = url.and_then(folded_address);
    let mut keys = Vec::with_capacity(2);
    if let Some(id) = head.id.as_deref().filter(|id| !id.is_empty()) {
        keys.push(format!("{}/{id}", head.resource_type));
        if address.is_none() && is_uuid(id) {
            keys.push(format!("urn:uuid:{}", id.to_ascii_lowercase()));
        }
    }
    // A fullUrl that is no address counts in its Bundle.
    keys.extend(address.map(|address| address.into_owned()).or(url.map(str::to_owned)));
    keys
}

/// Under what the resources are found that a resource refers to and that may name no subject.
fn referred_keys(record: &Observed<'_, '_>) -> impl Iterator<Item = String> {
    let texts = record.head.references.iter().chain(&record.head.content_urls);
    keys_of(record, texts.map(|text| text.as_ref()))
}

/// Under what the targets of a Provenance are found; who made them does not count.
fn targets_of(record: &Observed<'_, '_>) -> Vec<String> {
    let mut targets = Vec::new();
    visit(record.bytes, &mut |path, text| {
        if let ([b"target", b"reference"], Some(text)) = (path, text) {
            targets.push(text());
        }
    });
    keys_of(record, targets.iter().map(String::as_str)).collect()
}

fn keys_of<'t>(
    record: &Observed<'_, '_>,
    references: impl Iterator<Item = &'t str>,
) -> impl Iterator<Item = String> {
    let base = record.full_url.and_then(folded_address);
    let base = base.as_deref().and_then(split_address).map(|(base, _, _)| base);
    let mut keys = Vec::new();
    for text in references {
        match (folded_address(text), Reference::parse(text)) {
            (Some(address), _) => keys.push(address.into_owned()),
            (None, Reference::Relative { resource_type, .. }) if is_reference_type(resource_type) => {}
            (None, Reference::Relative { resource_type, id }) => {
                keys.extend(base.map(|base| format!("{base}/{resource_type}/{id}")));
                keys.push(format!("{resource_type}/{id}"));
            }
            (None, Reference::Other(text)) => keys.push(text.to_owned()),
            _ => {}
        }
    }
    keys.into_iter()
}

/// Stands for a resource that names no subject.
const NOBODY: u32 = u32::MAX;

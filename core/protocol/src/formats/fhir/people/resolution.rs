//! Whom a target means, among the people who are known.

use std::collections::{BTreeSet, HashMap};

use super::super::reference::is_uuid;
use super::{
    persons::Persons,
    target::{Kind, Target, patient_id},
    ties::Ties,
};

/// Whom a target means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Resolution {
    Person(usize),
    /// No person: a group, a device, a place.
    Nobody,
    /// Somebody of whom nothing else is known.
    Unnamed,
}

impl Target {
    /// Whom it means among those of the import and of the wallet.
    pub(super) fn resolve(&self, persons: &Persons, ties: &Ties) -> Resolution {
        let is_resource = match &self.kind {
            Kind::Address(text) | Kind::Id(text) | Kind::Text(text) => ties.is_resource(text),
            _ => false,
        };
        match self.person(persons) {
            Some(person) => Resolution::Person(person),
            None if is_resource || self.may_be_thing => Resolution::Nobody,
            None => Resolution::Unnamed,
        }
    }

    /// The person whom it means, as far as people are known.
    pub(super) fn person(&self, persons: &Persons) -> Option<usize> {
        let found = match &self.kind {
            Kind::Patient(index) => return Some(persons.first(*index)),
            Kind::Id(id) => self.person_by_id(id, persons),
            Kind::Address(address) => person_by_address(address, persons),
            Kind::Text(text) => {
                persons.by_address(text).or_else(|| persons.owner_by(&[format!("address {text}")]))
            }
            Kind::Related(id) => {
                let address = self.base.as_ref().map(|base| format!("{base}/RelatedPerson/{id}"));
                persons.owner_by(&self.owner_keys(address, &format!("RelatedPerson/{id}")))
            }
            Kind::Identifier => None,
        };
        let identified = || {
            let (system, value) = self.identifier.as_ref()?;
            persons.by_identifier(system.as_deref(), value)
        };
        found.or_else(identified)
    }

    fn person_by_id(&self, id: &str, persons: &Persons) -> Option<usize> {
        if let Some(person) = persons.by_address(id) {
            return Some(person);
        }
        let address = self.base.as_ref().map(|base| format!("{base}/Patient/{id}"));
        if let Some(person) = address.as_ref().and_then(|address| persons.by_address(address)) {
            return Some(person);
        }
        if persons.has_id(id) {
            return persons.by_id(id);
        }
        let mut keys = self.owner_keys(address, id);
        keys.extend(is_uuid(id).then(|| format!("uuid {}", id.to_ascii_lowercase())));
        persons.owner_by(&keys)
    }

    /// Under which of the owner's keys this address and this name at its source are found.
    fn owner_keys(&self, address: Option<String>, name: &str) -> Vec<String> {
        let mut keys: Vec<String> = address.iter().map(|address| format!("address {address}")).collect();
        keys.extend(self.source.as_ref().map(|source| format!("source {source} {name}")));
        if self.base.is_none() && self.source.is_none() {
            keys.push(format!("reference {name}"));
        }
        keys
    }
}

/// The targets of which nothing is known but that they are people.
#[derive(Debug, Default)]
pub(super) struct Unnamed {
    /// For each local name the addresses that it stands for.
    names: HashMap<String, BTreeSet<String>>,
    urns: BTreeSet<String>,
}

impl Unnamed {
    pub(super) fn add(&mut self, target: &Target) {
        if target.is_urn() {
            self.urns.extend(target.address());
        }
        self.names.entry(target.local_name()).or_default().extend(target.address());
    }

    /// The only urn among them.
    pub(super) fn only_urn(&self) -> Option<&String> {
        self.urns.first().filter(|_| self.urns.len() == 1)
    }

    /// What is equal for those that are one person: the local name, and the address where several have it.
    pub(super) fn key(&self, target: &Target) -> String {
        let name = target.local_name();
        match self.names.get(&name) {
            Some(addresses) if addresses.len() > 1 => {
                format!("{} {name}", target.address().unwrap_or_default())
            }
            _ => name,
        }
    }
}

fn person_by_address(address: &str, persons: &Persons) -> Option<usize> {
    if let Some(person) = persons.by_address(address) {
        return Some(person);
    }
    let id = patient_id(address);
    if let Some(person) = id.and_then(|id| persons.by_id(id)) {
        return Some(person);
    }
    let uuid = id.filter(|id| is_uuid(id)).map(|id| format!("uuid {}", id.to_ascii_lowercase()));
    let keys: Vec<String> = uuid.into_iter().chain([format!("address {address}")]).collect();
    persons.owner_by(&keys)
}

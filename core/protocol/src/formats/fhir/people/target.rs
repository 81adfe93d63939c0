//! Whom a subject means.

use super::super::{
    address::folded_address,
    person::{Demographics, PersonIdentifier},
    reference::{AskedIdentifier, Reference, conditional, is_name, is_uuid, split_address},
    subject::Subject,
};
use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{Accepted, meant::Server, persons::Persons, ties::Ties};

/// What a subject says, with all of its surroundings that matter to whom it means.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Target {
    kind: Kind,
    /// The base of the address of the resource that refers.
    base: Option<Arc<str>>,
    /// Its source, where that is not guessed.
    source: Option<Arc<str>>,
    identifier: Option<AskedIdentifier>,
    /// Whether it may be something else than a person where it leads nowhere.
    may_be_thing: bool,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Kind {
    /// A Patient, whole or contained.
    Patient(usize),
    /// `Patient/<id>`, or a bare id.
    Id(String),
    /// A folded address.
    Address(String),
    /// `RelatedPerson/<id>`.
    Related(String),
    /// Nothing but an identifier.
    Identifier,
    /// Anything else.
    Text(String),
}

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
    pub(super) fn patient(index: usize) -> Self {
        Self { kind: Kind::Patient(index), base: None, source: None, identifier: None, may_be_thing: false }
    }

    /// What a subject that is not contained means; none if it is no person for certain.
    pub(super) fn of(subject: &Subject<'_>, server: &Server, is_of_many_kinds: bool) -> Option<Self> {
        let stated = subject.resource_type.as_deref();
        if stated.is_some_and(|name| {
            !is_person(name) && name.starts_with(|first: char| first.is_ascii_uppercase())
        }) {
            return None;
        }
        let mut identifier =
            subject.identifier.value.as_deref().map(str::trim).filter(|value| !value.is_empty()).map(
                |value| {
                    (
                        subject.identifier.system.as_deref().map(|system| system.trim().to_owned()),
                        value.to_owned(),
                    )
                },
            );
        let mut may_be_thing = is_of_many_kinds && stated.is_none();
        let kind = match subject.reference() {
            None => Kind::Identifier,
            Some(text) if conditional(text).is_some() => {
                let (name, asked) = conditional(text)?;
                if !is_person(name) {
                    return None;
                }
                identifier = asked.or(identifier);
                Kind::Text(text.to_owned())
            }
            Some(text) => match (folded_address(text), Reference::parse(text)) {
                (Some(address), _) => {
                    let named = split_address(&address).map(|(_, name, _)| is_person(name));
                    if named == Some(false) {
                        return None;
                    }
                    may_be_thing &= named.is_none();
                    Kind::Address(address.into_owned())
                }
                (None, Reference::Relative { resource_type: "Patient", id }) => {
                    may_be_thing = false;
                    Kind::Id(id.to_owned())
                }
                (None, Reference::Relative { resource_type: "RelatedPerson", id }) => {
                    Kind::Related(id.to_owned())
                }
                (None, Reference::Relative { .. }) => return None,
                (None, Reference::Other(text)) if !text.contains('/') => Kind::Id(text.to_owned()),
                _ => match text.split_once('/') {
                    Some((name, _)) if is_name(name) && !is_person(name) => return None,
                    _ => Kind::Text(text.to_owned()),
                },
            },
        };
        let (base, source) = (server.base.clone(), server.source.clone());
        Some(Self { kind, base, source, identifier, may_be_thing })
    }

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

    /// The reference by which it may mean a RelatedPerson, and the server on which that is.
    pub(super) fn related(&self) -> Option<(Cow<'_, str>, Option<&str>)> {
        match &self.kind {
            Kind::Related(id) => Some((format!("RelatedPerson/{id}").into(), self.base.as_deref())),
            Kind::Address(address) => Some((address.into(), None)),
            _ => None,
        }
    }

    pub(super) fn is_urn(&self) -> bool {
        matches!(&self.kind, Kind::Address(address) if address.starts_with("urn:"))
    }

    /// The reference as a person would name it: the id, where it has one.
    pub(super) fn shown(&self) -> String {
        match (&self.kind, &self.identifier) {
            (Kind::Id(text) | Kind::Address(text) | Kind::Text(text), _) => text.clone(),
            (Kind::Related(id), _) => format!("RelatedPerson/{id}"),
            (_, Some((_, value))) => value.clone(),
            (Kind::Patient(_) | Kind::Identifier, None) => String::new(),
        }
    }

    /// What is to be remembered if it stands for the owner; none if the same words may mean anybody.
    pub(super) fn remembered(&self) -> Option<Accepted> {
        let source = self.source.as_deref().map(str::to_owned);
        let mut accepted = Accepted::default();
        match &self.kind {
            Kind::Id(id) => {
                accepted.id = Some(id.clone());
                accepted.address = self.address();
            }
            Kind::Address(address) => {
                accepted.id = patient_id(address).map(str::to_owned);
                accepted.address = Some(address.clone());
            }
            Kind::Text(text) if text.starts_with('#') => return None,
            Kind::Related(id) => {
                let at_base = self.base.as_ref().map(|base| format!("{base}/RelatedPerson/{id}"));
                accepted.address = at_base.or_else(|| Some(self.shown()));
            }
            Kind::Text(text) => accepted.address = Some(text.clone()),
            Kind::Patient(_) | Kind::Identifier => {}
        }
        if let Some((system, value)) = &self.identifier {
            let identifier =
                PersonIdentifier { system: system.clone(), value: Some(value.clone()), types: Vec::new() };
            accepted.demographics =
                Some(Demographics { identifiers: vec![identifier], ..Demographics::default() });
        }
        Some(Accepted { source, ..accepted })
    }

    /// The address of the Patient that it refers to, if it says so.
    fn address(&self) -> Option<String> {
        match &self.kind {
            Kind::Id(id) => self.base.as_ref().map(|base| format!("{base}/Patient/{id}")),
            Kind::Address(address) => Some(address.clone()),
            _ => None,
        }
    }

    /// What is equal for references to one person on one server.
    fn local_name(&self) -> String {
        match (&self.kind, &self.identifier) {
            (Kind::Address(address), _) => patient_id(address).unwrap_or(address).to_owned(),
            (Kind::Identifier, Some((system, value))) => {
                format!("{}|{value}", system.as_deref().unwrap_or_default())
            }
            _ => self.shown(),
        }
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

/// The id in an address of a Patient, or in a `urn:uuid:`.
fn patient_id(address: &str) -> Option<&str> {
    match split_address(address) {
        Some((_, "Patient", id)) => Some(id),
        Some(_) => None,
        None => address.strip_prefix("urn:uuid:").filter(|id| is_uuid(id)),
    }
}

fn is_person(resource_type: &str) -> bool {
    matches!(resource_type, "Patient" | "RelatedPerson")
}

//! Whom a subject means.

use super::super::{
    address::folded_address,
    head::Subject,
    person::{Demographics, PersonIdentifier},
    reference::{AskedIdentifier, Reference, conditional, is_name, is_uuid, split_address},
};
use std::{borrow::Cow, sync::Arc};

use super::{Accepted, Observed};

/// Where a resource is from, which says what its references mean.
pub(super) struct Server {
    /// The base of its address.
    base: Option<Arc<str>>,
    /// Its source, where that is not guessed.
    source: Option<Arc<str>>,
}

impl Server {
    pub(super) fn of(record: &Observed<'_, '_>) -> Self {
        Self { base: record.base().map(Arc::from), source: record.source.map(Arc::from) }
    }
}

/// What a subject says, with all of its surroundings that matter to whom it means.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) struct Target {
    pub(super) kind: Kind,
    /// The base of the address of the resource that refers.
    pub(super) base: Option<Arc<str>>,
    /// Its source, where that is not guessed.
    pub(super) source: Option<Arc<str>>,
    pub(super) identifier: Option<AskedIdentifier>,
    /// Whether it may be something else than a person where it leads nowhere.
    pub(super) may_be_thing: bool,
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Kind {
    /// A Patient, whole or contained.
    Patient(usize),
    /// `Patient/<id>`, or a bare id.
    Id(String),
    /// An absolute address, folded.
    Address(String),
    /// The id of a `RelatedPerson/<id>`.
    Related(String),
    /// Nothing but an identifier.
    Identifier,
    /// The text of a reference of any other form.
    Text(String),
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
        let mut identifier = asked_identifier(subject);
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
    pub(super) fn address(&self) -> Option<String> {
        match &self.kind {
            Kind::Id(id) => self.base.as_ref().map(|base| format!("{base}/Patient/{id}")),
            Kind::Address(address) => Some(address.clone()),
            _ => None,
        }
    }

    /// What is equal for references to one person on one server.
    pub(super) fn local_name(&self) -> String {
        match (&self.kind, &self.identifier) {
            (Kind::Address(address), _) => patient_id(address).unwrap_or(address).to_owned(),
            (Kind::Identifier, Some((system, value))) => {
                format!("{}|{value}", system.as_deref().unwrap_or_default())
            }
            _ => self.shown(),
        }
    }
}

/// System and value of a logical reference, trimmed; none without a value.
fn asked_identifier(subject: &Subject<'_>) -> Option<AskedIdentifier> {
    let trimmed = |text: &Option<Cow<'_, str>>| text.as_deref().map(|text| text.trim().to_owned());
    let value = trimmed(&subject.identifier.value).filter(|value| !value.is_empty())?;
    Some((trimmed(&subject.identifier.system), value))
}

/// The id in an address of a Patient, or in a `urn:uuid:`.
pub(super) fn patient_id(address: &str) -> Option<&str> {
    match split_address(address) {
        Some((_, "Patient", id)) => Some(id),
        Some(_) => None,
        None => address.strip_prefix("urn:uuid:").filter(|id| is_uuid(id)),
    }
}

fn is_person(resource_type: &str) -> bool {
    matches!(resource_type, "Patient" | "RelatedPerson")
}

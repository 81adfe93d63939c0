//! Whose wallet it is, and who else turns up in a file.

use std::collections::BTreeSet;

use keepwell_protocol::formats::fhir::{self, People, PersonId, Reference, Resource, ResourceHead};
use rusqlite::{Connection, Transaction};

use crate::error::WalletError;
use crate::store::{owner_reference, records};

/// Someone whom records are about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundPatient {
    /// What [`ImportOptions::patient`](super::ImportOptions) takes to mean this person.
    pub id: String,
    /// The name, if a Patient resource gives one.
    pub name: Option<String>,
    /// The birth date, if a Patient resource gives one.
    pub birth_date: Option<String>,
}

/// The people of the wallet and of the files of an import, and which of them are the owner.
pub(super) struct Owner {
    people: People,
    /// Someone may turn out to be two of these, which are then one.
    own: BTreeSet<PersonId>,
    /// The wallet's own references, and those of these files that may be to someone of whom there is
    /// no Patient resource: source and reference.
    references: BTreeSet<(String, String)>,
    /// The last one added: most resources refer to the same.
    last: (String, String),
    /// Whether people are kept apart, because the owner among them was named.
    is_apart: bool,
}

impl Owner {
    /// Takes note of all that the wallet knows of its owner.
    pub(super) fn known(connection: &Connection) -> Result<Self, WalletError> {
        let mut owner = Self {
            people: People::default(),
            own: BTreeSet::new(),
            references: BTreeSet::new(),
            last: Default::default(),
            is_apart: false,
        };
        for patient in records::owner_patients(connection)? {
            if let Ok(head) = ResourceHead::read(&patient.bytes) {
                let full_url = patient.full_url.as_deref();
                owner.people.observe(&head, full_url, &patient.source);
                owner.own.extend(owner.people.about(&head, full_url, &patient.source));
            }
        }
        for (source, reference) in owner_reference::all(connection)? {
            let head = referring_to(&reference);
            owner.people.observe(&head, None, &source);
            owner.own.extend(owner.people.about(&head, None, &source));
        }
        Ok(owner)
    }

    /// Takes note of a resource.
    pub(super) fn observe(&mut self, head: &ResourceHead<'_>, full_url: Option<&str>, source: &str) {
        self.people.observe(head, full_url, source);
        for subject in &head.subjects {
            let reference = match (Reference::parse(subject), fhir::source_of(full_url)) {
                (Reference::Relative { resource_type: "Patient", .. }, "file") => subject.to_string(),
                (Reference::Relative { resource_type: "Patient", .. }, base) => format!("{base}/{subject}"),
                (Reference::Absolute(url) | Reference::Urn(url), _) => url.to_owned(),
                _ => continue,
            };
            if self.last.0 != source || self.last.1 != reference {
                self.last = (source.to_owned(), reference);
                self.references.insert(self.last.clone());
            }
        }
    }

    /// Takes note of a resource of a file.
    pub(super) fn observe_resource(&mut self, resource: &Resource<'_>, source: Option<&str>) {
        if let Ok(head) = ResourceHead::read(resource.bytes) {
            let source = source.unwrap_or_else(|| fhir::source_of(resource.full_url));
            self.observe(&head, resource.full_url, source);
        }
    }

    /// Decides who is the owner, once everything was observed: the person of this id where one is
    /// given, else the only one. From then on [`Owner::is_own`] keeps people apart.
    ///
    /// # Errors
    /// [`WalletError::OtherPatient`] if no id is given and not everyone is the owner.
    pub(super) fn decide(&mut self, patient: Option<&str>) -> Result<(), WalletError> {
        match patient {
            Some(patient) => {
                self.own.extend(self.people.find(patient));
                self.is_apart = true;
                Ok(())
            }
            None => self.refuse_others(),
        }
    }

    /// Whether a resource is about the owner alone, or about no one.
    pub(super) fn is_own(&self, head: &ResourceHead<'_>, full_url: Option<&str>, source: &str) -> bool {
        if !self.is_apart {
            return true;
        }
        let about = self.people.about(head, full_url, source);
        // A Patient whom nothing can refer to may be anyone.
        let nobody = about.is_empty() && head.resource_type == "Patient";
        !nobody && about.iter().all(|person| self.is_owner(*person))
    }

    /// Refuses what is not about the owner alone. The first person to come is the owner.
    fn refuse_others(&mut self) -> Result<(), WalletError> {
        let others: Vec<PersonId> =
            self.people.iter().map(|(person, _)| person).filter(|person| !self.is_owner(*person)).collect();
        match others.as_slice() {
            [] => Ok(()),
            [first] if self.own.is_empty() => {
                self.own.insert(*first);
                Ok(())
            }
            _ => Err(WalletError::OtherPatient { patients: self.found() }),
        }
    }

    /// Stores the references by which the owner is known although no Patient came with them.
    pub(super) fn remember(&self, transaction: &Transaction<'_>) -> Result<(), WalletError> {
        let alone = |(source, reference): &&(String, String)| {
            let about = self.people.about(&referring_to(reference), None, source);
            let person = about.first().filter(|person| self.is_owner(**person));
            person
                .and_then(|id| self.people.iter().find(|(person, _)| person == id))
                .is_some_and(|(_, person)| !person.has_resource)
        };
        let references = self.references.iter().filter(alone).cloned().collect();
        Ok(owner_reference::add(transaction, &references)?)
    }

    fn is_owner(&self, person: PersonId) -> bool {
        self.own.contains(&person)
    }

    fn found(&self) -> Vec<FoundPatient> {
        let described = self.people.iter().map(|(_, person)| FoundPatient {
            id: person.ids.first().cloned().unwrap_or_default(),
            name: person.name.clone(),
            birth_date: person.birth_date.clone(),
        });
        described.take(MOST_LISTED).collect()
    }
}

/// A resource that says nothing but whom it is about.
fn referring_to(reference: &str) -> ResourceHead<'_> {
    ResourceHead {
        resource_type: "Basic".into(),
        subjects: vec![reference.into()],
        ..ResourceHead::default()
    }
}

/// More people than anyone would choose from.
const MOST_LISTED: usize = 100;

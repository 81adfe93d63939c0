//! Whose wallet it is, and who else turns up in an import.

use keepwell_protocol::formats::fhir::{FoundPerson, Observed, People, Resource, ResourceHead};
use rusqlite::{Connection, Transaction};

use crate::error::{FoundPatient, WalletError};
use crate::store::{owner_patients, records};

/// The people of the wallet and of the files of an import, and which of them are the owner.
pub(crate) struct Owner {
    people: People,
}

impl Owner {
    /// Takes note of all that the wallet knows of its owner.
    pub(crate) fn known(connection: &Connection) -> Result<Self, WalletError> {
        let mut people = People::default();
        for known in owner_patients::all(connection)? {
            people.accept(&known.accepted);
        }
        Ok(Self { people })
    }

    /// Takes note of a resource; `source` is the one that was named or pulled from.
    pub(crate) fn observe(
        &mut self,
        connection: &Connection,
        resource: &Resource<'_>,
        head: &ResourceHead<'_>,
        source: Option<&str>,
    ) -> Result<(), WalletError> {
        let mut failure = None;
        let mut is_stored = || {
            records::has_bytes(connection, resource.bytes).unwrap_or_else(|error| {
                failure = Some(error);
                false
            })
        };
        self.people.observe(&observed(resource, head, source), &mut is_stored);
        failure.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Decides who is the owner, once everything was observed: the person that is named where one is,
    /// else the only one. From then on [`Owner::is_own`] keeps people apart.
    ///
    /// # Errors
    /// [`WalletError::OtherPatient`] if nobody is named and not everyone is the owner;
    /// [`WalletError::NoSuchPatient`] if nobody, or more than one, is called what was named.
    pub(crate) fn decide(&mut self, patient: Option<&str>) -> Result<(), WalletError> {
        self.people.settle();
        if let Some(patient) = patient {
            let person = self.people.find(patient);
            let person = person.ok_or_else(|| WalletError::NoSuchPatient { patients: self.found() })?;
            self.people.make_owner(person);
            return Ok(());
        }
        let found = self.people.found();
        let others: Vec<&FoundPerson> = found.iter().filter(|person| !person.is_owner).collect();
        match others.as_slice() {
            [] => Ok(()),
            [first] if self.people.has_no_owner() => {
                self.people.make_owner(first.person);
                Ok(())
            }
            _ => Err(WalletError::OtherPatient { patients: self.found() }),
        }
    }

    /// Whether a resource that was observed is about the owner alone, or about nobody.
    pub(crate) fn is_own(
        &self,
        resource: &Resource<'_>,
        head: &ResourceHead<'_>,
        source: Option<&str>,
    ) -> bool {
        self.people.is_own(&observed(resource, head, source))
    }

    /// Stores by what the owner is known from now on, as long as this delivery is not taken back.
    pub(crate) fn remember(&self, transaction: &Transaction<'_>, delivery: i64) -> Result<(), WalletError> {
        Ok(owner_patients::add(transaction, &self.people.accepted(), delivery)?)
    }

    fn found(&self) -> Vec<FoundPatient> {
        let described = (1..).zip(self.people.found()).take(MOST_LISTED).map(|(number, person)| {
            let means_this = |id: &&String| self.people.find(id) == Some(person.person);
            let id = person.ids.iter().find(means_this).cloned();
            FoundPatient {
                number,
                id: id.unwrap_or_else(|| format!("@{number}")),
                name: person.name,
                birth_date: person.birth_date,
                records: person.records,
                is_owner: person.is_owner,
            }
        });
        described.collect()
    }
}

fn observed<'o, 'a>(
    resource: &'o Resource<'a>,
    head: &'o ResourceHead<'a>,
    source: Option<&'o str>,
) -> Observed<'o, 'a> {
    Observed { bytes: resource.bytes, head, full_url: resource.full_url, source }
}

/// More people than anyone would choose from.
const MOST_LISTED: usize = 100;

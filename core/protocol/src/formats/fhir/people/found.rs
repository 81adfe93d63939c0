//! The people of an import as they are told to the person who decides.

use super::PersonId;

/// Someone whom records are about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FoundPerson {
    /// What [`People::make_owner`](super::People::make_owner) takes to make this person the owner.
    pub person: PersonId,
    /// Ids and addresses of the Patient resources, or the reference to one that is not there.
    pub ids: Vec<String>,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The birth date, if there is one.
    pub birth_date: Option<String>,
    /// How many records are about this person.
    pub records: u64,
    /// Whether this is the owner of the wallet.
    pub is_owner: bool,
}

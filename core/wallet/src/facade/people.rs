//! Who counts as the owner of the wallet, and how a wrong answer is mended.

use keepwell_protocol::formats::fhir::{Accepted, Demographics};

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::owner_patients::{self, OwnerPatient};

/// A name and birth date, or a reference, that counts as the owner of the wallet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwnerPerson {
    /// Which one, from 1; those behind one that is forgotten move up.
    pub number: u64,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The birth date, if there is one.
    pub birth_date: Option<String>,
    /// Ids and addresses of the Patients, or of what refers to one that never came.
    pub ids: Vec<String>,
    /// The imports that gave it.
    pub imports: Vec<i64>,
}

impl Wallet {
    /// Who counts as the owner: whose records are taken without a question.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn people(&self) -> Result<Vec<OwnerPerson>, WalletError> {
        let all = owner_patients::all(self.session()?.store.read())?;
        Ok(grouped(all).into_iter().map(|(person, _)| person).collect())
    }

    /// Forgets that this person is the owner: records about them are not taken any more. Those that were
    /// taken stay.
    ///
    /// # Errors
    /// [`WalletError::NoSuchPerson`] if there is none of this number; [`WalletError::Locked`].
    pub fn forget_person(&mut self, number: u64) -> Result<(), WalletError> {
        let (store, rng) = self.store()?;
        store.write(rng, |transaction| {
            let people = grouped(owner_patients::all(transaction)?);
            let person = people.into_iter().find(|(person, _)| person.number == number);
            let (_, rows) = person.ok_or(WalletError::NoSuchPerson)?;
            rows.into_iter().try_for_each(|row| Ok(owner_patients::forget(transaction, row)?))
        })
    }
}

/// Those of one name and birth date together, and each reference, with their rows.
fn grouped(all: Vec<OwnerPatient>) -> Vec<(OwnerPerson, Vec<i64>)> {
    let mut people: Vec<(OwnerPerson, Vec<i64>)> = Vec::new();
    for OwnerPatient { row, accepted, deliveries } in all {
        let Accepted { address, id, demographics, .. } = accepted;
        let name = demographics.as_ref().and_then(Demographics::name);
        let birth_date = demographics.and_then(|who| who.birth_date);
        let is_named = name.is_some() || birth_date.is_some();
        let same = |(person, _): &&mut (OwnerPerson, Vec<i64>)| {
            is_named && (&person.name, &person.birth_date) == (&name, &birth_date)
        };
        let ids = id.into_iter().chain(address);
        match people.iter_mut().find(same) {
            Some((person, rows)) => {
                person.ids.extend(ids);
                person.imports.extend(deliveries);
                rows.push(row);
            }
            None => {
                let number = people.len() as u64 + 1;
                let ids = ids.collect();
                people.push((OwnerPerson { number, name, birth_date, ids, imports: deliveries }, vec![row]));
            }
        }
    }
    for (person, _) in &mut people {
        person.imports.sort_unstable();
        person.imports.dedup();
        person.ids.sort_unstable();
        person.ids.dedup();
    }
    people
}

//! Who counts as the owner of the wallet, and how a wrong answer is mended.

use std::collections::BTreeSet;

use keepwell_protocol::domain::DeliveryId;
use keepwell_protocol::formats::fhir::{Accepted, Demographics};

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::deliveries;
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
    /// The imports that gave it: once all of them are taken back it is forgotten.
    pub imports: Vec<DeliveryId>,
}

impl Wallet {
    /// Who counts as the owner: whose records are taken without a question.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn people(&self) -> Result<Vec<OwnerPerson>, WalletError> {
        let connection = self.session()?.store.read();
        let people = grouped(owner_patients::all(connection)?);
        let deliveries = deliveries::all(connection)?;
        let named = people.into_iter().map(|person| OwnerPerson {
            imports: deliveries
                .iter()
                .filter(|delivery| person.deliveries.contains(&delivery.number))
                .map(|delivery| delivery.id)
                .collect(),
            ..person.person
        });
        Ok(named.collect())
    }

    /// Forgets that this person is the owner: records about them are not taken any more. Those that were
    /// taken stay.
    ///
    /// # Errors
    /// [`WalletError::NoSuchPerson`] if there is none of this number; [`WalletError::Locked`].
    pub fn forget_person(&mut self, number: u64) -> Result<(), WalletError> {
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| {
            let people = grouped(owner_patients::all(transaction)?);
            let person = people.into_iter().find(|one| one.person.number == number);
            let rows = person.ok_or(WalletError::NoSuchPerson)?.rows;
            rows.into_iter().try_for_each(|row| Ok(owner_patients::forget(transaction, row)?))
        })
    }
}

/// One person, with what the store has of them.
struct Stored {
    person: OwnerPerson,
    rows: Vec<i64>,
    deliveries: BTreeSet<i64>,
}

/// Those of one name and birth date together, and each reference for itself.
fn grouped(all: Vec<OwnerPatient>) -> Vec<Stored> {
    let mut people: Vec<Stored> = Vec::new();
    for OwnerPatient { row, accepted, deliveries } in all {
        let Accepted { address, id, demographics, .. } = accepted;
        let name = demographics.as_ref().and_then(Demographics::name);
        let birth_date = demographics.and_then(|who| who.birth_date);
        let is_named = name.is_some() || birth_date.is_some();
        let same = |one: &&mut Stored| {
            is_named && (&one.person.name, &one.person.birth_date) == (&name, &birth_date)
        };
        let ids = id.into_iter().chain(address);
        match people.iter_mut().find(same) {
            Some(one) => {
                one.person.ids.extend(ids);
                one.rows.push(row);
                one.deliveries.extend(deliveries);
            }
            None => {
                let number = people.len() as u64 + 1;
                let (ids, imports) = (ids.collect(), Vec::new());
                people.push(Stored {
                    person: OwnerPerson { number, name, birth_date, ids, imports },
                    rows: vec![row],
                    deliveries: deliveries.into_iter().collect(),
                });
            }
        }
    }
    for one in &mut people {
        one.person.ids.sort_unstable();
        one.person.ids.dedup();
    }
    people
}

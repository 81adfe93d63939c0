//! Who is the same as whom.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use super::super::{
    address::folded_address,
    person::{Comparable, Demographics, Patient, Verdict},
    reference::folded_id,
};
use super::{
    Accepted, FoundPerson, Observed, PersonId,
    met::{Met, accepted_keys, same_keys},
    target::Target,
};

#[derive(Debug, Default)]
struct Entry {
    /// The Patient; none for one of whom there are only references.
    who: Option<Comparable>,
    /// What is to be remembered if this is the owner.
    remembered: Vec<Accepted>,
    ids: Vec<String>,
    name: Option<String>,
    birth_date: Option<String>,
    records: u64,
    /// Whether records of this import are about it.
    is_found: bool,
}

/// All people, those of the wallet first.
#[derive(Debug, Default)]
pub(super) struct Persons {
    entries: Vec<Entry>,
    /// For each of `entries`, one that it was found to be the same as: itself, or one before it. Looking
    /// for the first of them makes the way shorter.
    same_as: Vec<Cell<usize>>,
    met: HashMap<Met, usize>,
    by_name: HashMap<(String, String, String), Vec<usize>>,
    /// Under what those are found who are the same unless they contradict.
    by_place: HashMap<String, Vec<usize>>,
    /// By system and value of an identifier that tells people apart: who has it.
    by_identifier: HashMap<(String, String), Vec<usize>>,
    /// Patients of the import: by folded address, or by a fullUrl that only counts in its Bundle.
    addresses: HashMap<String, Vec<usize>>,
    ids: HashMap<String, Vec<usize>>,
    patients: Vec<usize>,
    /// Those of whom there are only references.
    unnamed: HashMap<String, usize>,
    /// By value: the system, who has it, the wallet's own among them, and whether it tells people apart.
    identified: HashMap<String, Vec<(String, usize, bool)>>,
    /// Under what the wallet's own Patients and references are found.
    owner_keys: HashSet<String>,
    owner: Option<usize>,
    /// References that stand for the owner, as long as there is no Patient of the owner's.
    owner_references: Vec<Accepted>,
    has_owner_patient: bool,
}

impl Persons {
    /// Takes note of one of the owner's Patients or references; gives the owner.
    pub(super) fn accept(&mut self, accepted: &Accepted) -> usize {
        let owner = match self.owner {
            Some(owner) => owner,
            None => self.add(Entry::default()),
        };
        self.owner = Some(owner);
        self.owner_keys.extend(accepted_keys(accepted));
        if let Some(entry) = self.entries.get_mut(owner) {
            for id in accepted.id.iter().chain(&accepted.address) {
                if entry.ids.len() < MOST_SHARING && !entry.ids.contains(id) {
                    entry.ids.push(id.clone());
                }
            }
            let who = accepted.demographics.as_ref();
            entry.name = entry.name.take().or_else(|| who.and_then(Demographics::name));
            entry.birth_date = entry.birth_date.take().or_else(|| who?.birth_date.clone());
        }
        if accepted.is_reference() {
            self.owner_references.push(accepted.clone());
        }
        if let Some(demographics) = &accepted.demographics {
            self.has_owner_patient |= !demographics.names.is_empty() || demographics.birth_date.is_some();
            let places = same_keys(accepted.source.as_deref(), accepted.id.as_deref(), accepted.content);
            let index = self.add_compared(Entry::default(), demographics, places);
            self.join(owner, index);
        }
        owner
    }

    /// Takes note of a Patient of the import; gives its entry.
    pub(super) fn observe(
        &mut self,
        patient: Patient,
        record: &Observed<'_, '_>,
        is_contained: bool,
    ) -> usize {
        let met = Met::new(patient, record, is_contained);
        if let Some(known) = self.met.get(&met) {
            return *known;
        }
        let places = same_keys(met.source.as_deref(), met.id.as_deref(), met.content);
        // Within one import an address names one thing.
        let places = places.chain(met.address.as_ref().map(|address| format!("address {address}")));
        let shown = |id: &String| if is_contained { format!("#{id}") } else { id.clone() };
        let entry = Entry {
            remembered: vec![met.remembered()],
            ids: met.id.iter().map(shown).chain(met.address.clone()).chain(met.local.clone()).collect(),
            name: met.demographics.name(),
            birth_date: met.demographics.birth_date.clone(),
            ..Entry::default()
        };
        let index = self.add_compared(entry, &met.demographics, places);
        if !is_contained {
            self.patients.push(index);
            if let Some(address) = met.address.as_ref().or(met.local.as_ref()) {
                self.addresses.entry(address.clone()).or_default().push(index);
            }
            if let Some(id) = &met.id {
                self.ids.entry(folded_id(id)).or_default().push(index);
            }
        }
        self.met.insert(met, index);
        index
    }

    /// Who a Patient is that was observed.
    pub(super) fn known(
        &self,
        patient: &Patient,
        record: &Observed<'_, '_>,
        is_contained: bool,
    ) -> Option<usize> {
        let met = Met::new(patient.clone(), record, is_contained);
        self.met.get(&met).map(|index| self.first(*index))
    }

    /// The first met of those found to be the same as this one.
    pub(super) fn first(&self, mut person: usize) -> usize {
        let same_as = |one: usize| self.same_as.get(one).map_or(one, Cell::get);
        while let Some(same) = self.same_as.get(person).filter(|same| same.get() != person) {
            same.set(same_as(same.get()));
            person = same.get();
        }
        person
    }

    /// Joins those who share what tells people apart. To be called once all were observed.
    pub(super) fn settle(&mut self) {
        self.join_sharing();
        self.join_accepted_references();
    }

    /// What many have is nobody's identifier. Those who are the same by their names are one who has it.
    fn join_sharing(&mut self) {
        let mut sharing = Vec::new();
        for with in std::mem::take(&mut self.by_identifier).into_values().filter(|with| with.len() > 1) {
            let people: BTreeMap<usize, usize> =
                with.iter().map(|index| (self.first(*index), *index)).collect();
            if people.len() <= MOST_SHARING {
                let compared =
                    if with.len() > MOST_SHARING { people.into_values().collect() } else { with.clone() };
                sharing.push((with, compared));
            }
        }
        for (with, compared) in &sharing {
            for (one, other) in with.iter().flat_map(|one| compared.iter().map(move |other| (*one, *other))) {
                self.join_if_same(one, other, true);
            }
        }
    }

    /// The owner of whom there are only references is the one Patient that comes with such an id.
    fn join_accepted_references(&mut self) {
        let Some(owner) = self.owner.filter(|_| !self.has_owner_patient) else { return };
        let mut meant = BTreeSet::new();
        for reference in &self.owner_references {
            let by_id = reference.id.iter().filter_map(|id| self.by_id(id));
            let by_address = reference.address.iter().filter_map(|address| self.by_address(address));
            meant.extend(by_id.chain(by_address));
            for (system, value) in reference.demographics.iter().flat_map(Demographics::identified) {
                let is_meant = |one: &&(String, usize, bool)| one.2 && (system.is_empty() || system == one.0);
                let found = self.identified.get(value).into_iter().flatten().filter(is_meant);
                meant.extend(found.map(|(_, index, _)| self.first(*index)));
            }
        }
        meant.remove(&self.first(owner));
        if let Some(only) = meant.pop_first().filter(|_| meant.is_empty()) {
            self.join(owner, only);
        }
    }

    /// The one Patient of the import with this id.
    pub(super) fn by_id(&self, id: &str) -> Option<usize> {
        self.only(self.ids.get(&folded_id(id))?.iter().copied())
    }

    /// Whether Patients of the import have this id, whoever they are.
    pub(super) fn has_id(&self, id: &str) -> bool {
        self.ids.contains_key(&folded_id(id))
    }

    /// The one Patient of the import at this folded address, or with this fullUrl.
    pub(super) fn by_address(&self, address: &str) -> Option<usize> {
        self.only(self.addresses.get(address)?.iter().copied())
    }

    /// The one person with this identifier; `system` is none where any will do.
    pub(super) fn by_identifier(&self, system: Option<&str>, value: &str) -> Option<usize> {
        let of_system = |one: &&(String, usize, bool)| system.is_none_or(|system| system == one.0);
        self.only(self.identified.get(value)?.iter().filter(of_system).map(|(_, index, _)| *index))
    }

    /// The owner, if one of these keys is the owner's.
    pub(super) fn owner_by(&self, keys: &[String]) -> Option<usize> {
        let owner = self.owner?;
        keys.iter().any(|key| self.owner_keys.contains(key)).then(|| self.first(owner))
    }

    /// The only person of whom a Patient came with the import.
    pub(super) fn only_patient(&self) -> Option<usize> {
        self.only(self.patients.iter().copied())
    }

    /// Someone of whom there is only a reference; the same for the same key.
    pub(super) fn add_unnamed(&mut self, key: String, target: &Target, display: Option<String>) -> usize {
        let index = match self.unnamed.get(&key) {
            Some(known) => *known,
            None => {
                let entry = Entry { ids: vec![target.shown()], name: display, ..Entry::default() };
                let index = self.add(entry);
                self.unnamed.insert(key, index);
                index
            }
        };
        if let Some(entry) = self.entries.get_mut(index) {
            entry.remembered.extend(target.remembered());
        }
        index
    }

    /// Counts records about somebody, who is then one of those that the import is about.
    pub(super) fn add_records(&mut self, person: usize, records: u64) {
        let person = self.first(person);
        if let Some(entry) = self.entries.get_mut(person).filter(|_| records > 0) {
            entry.records += records;
            entry.is_found = true;
        }
    }

    /// Everyone whom the import is about.
    pub(super) fn found(&self) -> impl Iterator<Item = usize> {
        let is_first = |index: &usize| self.first(*index) == *index;
        let is_found = |index: &usize| self.entries.get(*index).is_some_and(|entry| entry.is_found);
        (0..self.entries.len()).filter(is_first).filter(is_found)
    }

    pub(super) fn describe(&self, person: usize, is_owner: bool) -> FoundPerson {
        let none = Entry::default();
        let entry = self.entries.get(person).unwrap_or(&none);
        FoundPerson {
            person: PersonId(person),
            ids: entry.ids.clone(),
            name: entry.name.clone(),
            birth_date: entry.birth_date.clone(),
            records: entry.records,
            is_owner,
        }
    }

    /// Whether a text is an id or an address of someone.
    pub(super) fn is_called(&self, person: usize, text: &str) -> bool {
        let Some(entry) = self.entries.get(person) else { return false };
        let id = text.strip_prefix("Patient/").unwrap_or(text);
        let address = folded_address(text);
        entry.ids.iter().any(|known| known == id || known == text || address.as_deref() == Some(known))
    }

    /// What is to be remembered of those who are the owner.
    pub(super) fn accepted(&self, own: &BTreeSet<usize>) -> Vec<Accepted> {
        let is_own = |(index, _): &(usize, &Entry)| own.contains(&self.first(*index));
        self.entries
            .iter()
            .enumerate()
            .filter(is_own)
            .flat_map(|(_, entry)| entry.remembered.clone())
            .collect()
    }

    fn only(&self, entries: impl Iterator<Item = usize>) -> Option<usize> {
        let mut persons = entries.map(|index| self.first(index));
        let first = persons.next()?;
        persons.all(|person| person == first).then_some(first)
    }

    fn add(&mut self, entry: Entry) -> usize {
        let index = self.entries.len();
        self.entries.push(entry);
        self.same_as.push(Cell::new(index));
        index
    }

    /// Adds a Patient and joins it with those who are the same person by name and birth date, or of the
    /// same place.
    fn add_compared(
        &mut self,
        entry: Entry,
        demographics: &Demographics,
        places: impl Iterator<Item = String>,
    ) -> usize {
        let who = Comparable::new(demographics);
        let owned = |(date, family, given): (&str, &str, &str)| {
            (date.to_owned(), family.to_owned(), given.to_owned())
        };
        let names: Vec<(String, String, String)> = who.name_keys().into_iter().map(owned).collect();
        let index = self.add(Entry { who: Some(who), ..entry });
        for (system, value) in demographics.identified() {
            let known = self.identified.entry(value.to_owned()).or_default();
            if known.len() < MOST_COMPARED {
                let is_telling = demographics.telling().any(|one| one == (system, value));
                known.push((system.to_owned(), index, is_telling));
            }
        }
        for (system, value) in demographics.telling() {
            self.by_identifier.entry((system.to_owned(), value.to_owned())).or_default().push(index);
        }
        // Of the same place or not, each once.
        let mut met: BTreeMap<usize, bool> = BTreeMap::new();
        for name in names {
            let known = self.by_name.entry(name).or_default();
            met.extend(known.iter().map(|other| (*other, false)));
            if known.len() < MOST_COMPARED {
                known.push(index);
            }
        }
        for place in places {
            let known = self.by_place.entry(place).or_default();
            met.extend(known.iter().map(|other| (*other, true)));
            if known.len() < MOST_SHARING {
                known.push(index);
            }
        }
        for (other, is_of_place) in met {
            self.join_if_same(other, index, is_of_place);
        }
        index
    }

    fn join_if_same(&mut self, one: usize, other: usize, shares: bool) {
        if self.first(one) != self.first(other) && self.is_same(one, other, shares) {
            self.join(one, other);
        }
    }

    fn is_same(&self, one: usize, other: usize, shares: bool) -> bool {
        let who = |index: usize| self.entries.get(index).and_then(|entry| entry.who.as_ref());
        let (Some(one), Some(other)) = (who(one), who(other)) else { return false };
        match one.compare(other) {
            Verdict::Same => true,
            Verdict::Unsure => shares,
            Verdict::Contradiction => false,
        }
    }

    /// Makes two people one: the one who was met first.
    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        let (kept, gone) = (one.min(other), one.max(other));
        if kept == gone {
            return;
        }
        if let Some(same) = self.same_as.get(gone) {
            same.set(kept);
        }
        let Some(gone) = self.entries.get_mut(gone) else { return };
        let ids = std::mem::take(&mut gone.ids);
        let (name, birth_date) = (gone.name.clone(), gone.birth_date.clone());
        if let Some(kept) = self.entries.get_mut(kept) {
            for id in ids {
                if kept.ids.len() < MOST_SHARING && !kept.ids.contains(&id) {
                    kept.ids.push(id);
                }
            }
            kept.name = kept.name.take().or(name);
            kept.birth_date = kept.birth_date.take().or(birth_date);
        }
    }
}

/// With how many Patients of one name, birth date or identifier a new one is compared.
const MOST_COMPARED: usize = 200;
/// How many people may share what tells people apart before it tells nothing.
const MOST_SHARING: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_chain_of_people_who_are_one_is_followed_once() {
        let mut persons = Persons::default();
        let people: Vec<usize> = (0..200_000).map(|_| persons.add(Entry::default())).collect();
        // From the last one on, so that each becomes the same as the one before it.
        for (one, other) in people.iter().zip(people.iter().skip(1)).rev() {
            persons.join(*one, *other);
        }
        assert!(people.iter().rev().all(|person| persons.first(*person) == 0));
        assert_eq!(persons.found().count(), 0);
    }
}

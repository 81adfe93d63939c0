//! Whom the records of one import are about.
//!
//! Everything is observed first, in any order; then [`People::settle`] resolves whom each subject
//! means; then [`People::is_own`] tells the owner's records from those of others.

mod accepted;
mod found;
mod meant;
mod met;
mod observed;
mod persons;
mod resolution;
mod target;
mod ties;

use std::collections::{BTreeSet, HashMap};

pub use accepted::Accepted;
pub use found::FoundPerson;
use meant::{Meant, meant, targets_of_provenance};
pub use observed::{Observed, PersonId};
use persons::Persons;
use resolution::{Resolution, Unnamed};
use target::Target;
use ties::Ties;

use super::person::Patient;
use crate::domain::is_reference_type;

/// The people that the records of one import are about, and the owner of the wallet.
#[derive(Debug, Default)]
pub struct People {
    persons: Persons,
    targets: HashMap<Target, u32>,
    /// What is known of each target.
    about: Vec<About>,
    /// Whom each target means; filled by [`People::settle`].
    resolved: Vec<Resolution>,
    ties: Ties,
    /// Of each set of targets that [`Ties`] has, whether the owner is among them; none where it means nobody.
    tied: Vec<Option<bool>>,
    own: BTreeSet<usize>,
    /// Whether the records are about more than one person.
    are_several: bool,
}

impl People {
    /// Takes note of what is known of the owner. To be told before anything is observed.
    pub fn accept(&mut self, accepted: &Accepted) {
        let owner = self.persons.accept(accepted);
        self.own.insert(owner);
    }

    /// Takes note of a resource. Where it is not clear yet whom it is about, `is_stored` is asked
    /// whether its bytes are among the wallet's records already: then it asks for nobody.
    pub fn observe(&mut self, record: &Observed<'_, '_>, is_stored: &mut dyn FnMut() -> bool) {
        let head = record.head;
        if head.resource_type == "Patient" {
            let patient = Patient::read(record.bytes);
            let person = self.persons.observe(patient, record, false);
            let target = self.intern(Target::patient(person), None);
            return self.count(target);
        }
        // Where there is no owner nobody's records are here.
        let (mut targets, mut is_clear) = (Vec::new(), true);
        for (meant, display) in meant(record) {
            let target = match meant {
                Meant::Patient(patient) => Target::patient(self.persons.observe(patient, record, true)),
                Meant::Target(target) => target,
            };
            let is_own = |person: usize| self.own.contains(&person);
            is_clear &= self.own.is_empty() || target.person(&self.persons).is_some_and(is_own);
            targets.push(self.intern(target, display));
        }
        targets.sort_unstable();
        targets.dedup();
        if is_clear || !is_stored() {
            targets.iter().for_each(|target| self.count(*target));
        }
        self.ties.add(record, &targets);
        if targets.is_empty() {
            for target in targets_of_provenance(record) {
                self.intern(target, None);
            }
        }
    }

    /// Resolves whom each subject means. To be called once, after everything was observed.
    pub fn settle(&mut self) {
        self.persons.settle();
        self.ties.settle();
        let mut targets: Vec<(&Target, u32)> = self.targets.iter().map(|(one, at)| (one, *at)).collect();
        targets.sort_unstable_by_key(|(_, at)| *at);
        let first: Vec<Resolution> =
            targets.iter().map(|(target, _)| target.resolve(&self.persons, &self.ties)).collect();
        let resolve = |(target, resolution): (&Target, &Resolution)| {
            let mut patients = self.ties.related(target).into_iter().filter_map(|at| first.get(at as usize));
            let patient = patients.next().filter(|patient| patients.all(|other| other == *patient));
            *patient.unwrap_or(resolution)
        };
        let targets: Vec<&Target> = targets.into_iter().map(|(target, _)| target).collect();
        let mut resolved: Vec<Resolution> = targets.iter().copied().zip(&first).map(resolve).collect();
        let mut unnamed = Unnamed::default();
        for ((target, about), slot) in targets.iter().zip(&self.about).zip(&resolved) {
            if *slot == Resolution::Unnamed && about.records > 0 {
                unnamed.add(target);
            }
        }
        let only_urn = unnamed.only_urn().and_then(|_| self.persons.only_patient());
        for ((target, about), slot) in targets.iter().zip(&self.about).zip(&mut resolved) {
            if *slot == Resolution::Unnamed && about.records > 0 {
                *slot = Resolution::Person(match only_urn.filter(|_| target.is_urn()) {
                    Some(patient) => patient,
                    None => self.persons.add_unnamed(unnamed.key(target), target, about.display.clone()),
                });
            }
            if let Resolution::Person(person) = slot {
                self.persons.add_records(*person, about.records);
            }
        }
        self.resolved = resolved;
        self.own = self.own.iter().map(|person| self.persons.first(*person)).collect();
        self.are_several = self.persons.found().count() > 1;
        self.judge_ties();
    }

    /// Everyone whom the records are about, in the order in which they were met, the owner first.
    pub fn found(&self) -> Vec<FoundPerson> {
        let described =
            self.persons.found().map(|person| self.persons.describe(person, self.own.contains(&person)));
        described.collect()
    }

    /// The one person that is meant by `@number` of [`People::found`] (from 1), an id, a fullUrl or
    /// `Patient/id`; none if there is nobody or more than one.
    pub fn find(&self, text: &str) -> Option<PersonId> {
        if let Some(number) = text.strip_prefix('@') {
            let place = number.parse::<usize>().ok()?.checked_sub(1)?;
            return self.persons.found().nth(place).map(PersonId);
        }
        let mut found = self.persons.found().filter(|person| self.persons.is_called(*person, text));
        match (found.next(), found.next()) {
            (Some(person), None) => Some(PersonId(person)),
            _ => None,
        }
    }

    /// Makes someone the owner, beside whom the owner was before.
    pub fn make_owner(&mut self, person: PersonId) {
        self.own.insert(person.0);
        self.judge_ties();
    }

    /// Whether nobody is the owner yet.
    pub fn has_no_owner(&self) -> bool {
        self.own.is_empty()
    }

    /// Whether a resource is about the owner alone, or about nobody.
    pub fn is_own(&self, record: &Observed<'_, '_>) -> bool {
        let head = record.head;
        if head.resource_type == "Patient" {
            let person = self.persons.known(&Patient::read(record.bytes), record, false);
            return person.is_some_and(|person| self.own.contains(&person));
        }
        let meant = meant(record);
        if !meant.is_empty() {
            return meant.into_iter().all(|(meant, _)| self.is_owner_or_nobody(&meant, record));
        }
        if !self.are_several || is_reference_type(&head.resource_type) {
            return true;
        }
        let of_provenance = targets_of_provenance(record);
        let mut tied = of_provenance.iter().filter_map(|target| self.is_owner(self.resolution(target))).max();
        self.ties.visit(record, &mut |set| tied = tied.max(self.tied.get(set as usize).copied().flatten()));
        tied.unwrap_or(!is_document(&head.resource_type))
    }

    /// What is to be remembered of the owner, of all that was observed.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.persons.accepted(&self.own)
    }

    fn is_owner_or_nobody(&self, meant: &Meant, record: &Observed<'_, '_>) -> bool {
        let resolution = match meant {
            Meant::Patient(patient) => match self.persons.known(patient, record, true) {
                Some(person) => Resolution::Person(person),
                None => Resolution::Unnamed,
            },
            Meant::Target(target) => self.resolution(target),
        };
        self.is_owner(resolution).unwrap_or(resolution == Resolution::Nobody)
    }

    /// Whom a target means that was observed.
    fn resolution(&self, target: &Target) -> Resolution {
        let resolved = self.targets.get(target).and_then(|at| self.resolved.get(*at as usize));
        resolved.copied().unwrap_or(Resolution::Unnamed)
    }

    /// Whether this is the owner; none if it is no person who is known.
    fn is_owner(&self, resolution: Resolution) -> Option<bool> {
        match resolution {
            Resolution::Person(person) => Some(self.own.contains(&person)),
            Resolution::Nobody | Resolution::Unnamed => None,
        }
    }

    /// Works out once for each set of targets whether the owner is among them.
    fn judge_ties(&mut self) {
        let resolution = |target: &u32| self.resolved.get(*target as usize).copied();
        let judge = |targets: &Vec<u32>| {
            targets.iter().filter_map(resolution).filter_map(|resolution| self.is_owner(resolution)).max()
        };
        self.tied = self.ties.sets().iter().map(judge).collect();
    }

    fn intern(&mut self, target: Target, display: Option<String>) -> u32 {
        let next = u32::try_from(self.targets.len()).unwrap_or(u32::MAX);
        let index = *self.targets.entry(target).or_insert(next);
        match self.about.get_mut(index as usize) {
            Some(about) => about.display = about.display.take().or(display),
            None => self.about.push(About { records: 0, display }),
        }
        index
    }

    fn count(&mut self, target: u32) {
        if let Some(about) = self.about.get_mut(target as usize) {
            about.records += 1;
        }
    }
}

/// How many records are about a target, and what they call it.
#[derive(Debug)]
struct About {
    records: u64,
    display: Option<String>,
}

/// Types that hold what somebody wrote about a person: of several, none is taken that nothing ties to one.
fn is_document(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "Binary"
            | "DocumentReference"
            | "DocumentManifest"
            | "Composition"
            | "Communication"
            | "QuestionnaireResponse"
            | "Consent"
            | "Media"
            | "DiagnosticReport"
            | "Bundle"
    )
}

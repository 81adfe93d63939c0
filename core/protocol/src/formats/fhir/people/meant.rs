//! Whom a resource names, before anybody is known.

use std::collections::{HashMap, HashSet};

use super::super::{
    head::Subject,
    person::{Contained, Patient},
    subject::{is_of_many_kinds, subjects},
    visit::visit,
};
use super::Observed;
use super::target::{Server, Target};

/// Whom a subject means, before it is resolved.
pub(super) enum Meant {
    /// A Patient that is contained in the resource itself.
    Patient(Patient),
    Target(Target),
}

/// Whom a resource that is no Patient names as its subjects, each once, with what it calls them.
pub(super) fn meant(record: &Observed<'_, '_>) -> Vec<(Meant, Option<String>)> {
    let is_of_many_kinds = is_of_many_kinds(&record.head.resource_type);
    let subjects = subjects(record.head, record.bytes);
    let is_inside = |subject: &Subject<'_>| subject.reference().is_some_and(|text| text.starts_with('#'));
    let contained = match subjects.iter().any(is_inside) {
        true => Contained::all(record.bytes),
        false => HashMap::new(),
    };
    let (server, mut met) = (Server::of(record), HashSet::new());
    let meant = subjects.iter().filter_map(|subject| {
        let display = subject.display.as_deref().map(|text| text.chars().take(MOST_SHOWN).collect());
        let mut related = None;
        // A RelatedPerson is contained here, its patient may be as well.
        for _ in 0..2 {
            let reference = related.or(subject.reference());
            let Some(inside) = reference.and_then(|text| contained.get(text.strip_prefix('#')?)) else {
                break;
            };
            if inside.resource_type == "Patient" {
                let is_new = met.insert(std::ptr::from_ref(inside));
                return is_new.then(|| (Meant::Patient(inside.patient.clone()), display));
            }
            let is_related = inside.resource_type == "RelatedPerson";
            related = Some(inside.related_to.as_deref().filter(|_| is_related)?);
        }
        let target = match related {
            Some(patient) => {
                let patient = Subject { reference: Some(patient.into()), ..Subject::default() };
                Target::of(&patient, &server, false)
            }
            None => Target::of(subject, &server, is_of_many_kinds),
        };
        Some((Meant::Target(target?), display))
    });
    meant.collect()
}

/// The people whom a Provenance names as what it is of; who made it does not count.
pub(super) fn targets_of_provenance(record: &Observed<'_, '_>) -> Vec<Target> {
    if record.head.resource_type != "Provenance" {
        return Vec::new();
    }
    let server = Server::of(record);
    let target = |text: &String| {
        let subject = Subject { reference: Some(text.into()), ..Subject::default() };
        // It may be of anything.
        Target::of(&subject, &server, true)
    };
    references_of_provenance(record.bytes).iter().filter_map(target).collect()
}

/// What a Provenance is of, as written.
pub(super) fn references_of_provenance(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    visit(bytes, &mut |path, text| {
        if let ([b"target", b"reference"], Some(text)) = (path, text) {
            found.push(text());
        }
    });
    found
}

/// How much of what others call a person is shown.
const MOST_SHOWN: usize = 200;

//! Which of many resources stand in a summary: what is current, the newest of what is measured again and again, and each
//! thing once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::section::{Section, codings};

/// What stands in each section, by position among the resources, newest first.
pub(super) fn select(resources: &[Value]) -> BTreeMap<Section, Vec<usize>> {
    let mut sections: BTreeMap<Section, Vec<usize>> = BTreeMap::new();
    for (index, resource) in resources.iter().enumerate() {
        if let Some(section) = Section::of(resource) {
            sections.entry(section).or_default().push(index);
        }
    }
    let date = |index: &usize| resources.get(*index).map(date).unwrap_or_default();
    for (section, indices) in &mut sections {
        indices.sort_by_key(|index| std::cmp::Reverse(date(index)));
        let mut seen = BTreeSet::new();
        indices.retain(|index| {
            let Some(resource) = resources.get(*index) else { return false };
            // Reports of one kind are of different things.
            let is_said_once = match resource["resourceType"].as_str() {
                Some("Condition") => true,
                Some("Observation") => section.holds_newest(),
                _ => false,
            };
            match subject_matter(resource) {
                Some(code) if is_said_once => seen.insert(code),
                _ => true,
            }
        });
    }
    // What is a problem again is no past one.
    let current: BTreeSet<_> = of_section(&sections, Section::Problems, resources);
    if let Some(past) = sections.get_mut(&Section::PastProblems) {
        past.retain(|index| {
            resources.get(*index).and_then(subject_matter).is_none_or(|code| !current.contains(&code))
        });
    }
    sections.retain(|_, indices| !indices.is_empty());
    sections
}

fn of_section(
    sections: &BTreeMap<Section, Vec<usize>>,
    section: Section,
    resources: &[Value],
) -> BTreeSet<String> {
    let indices = sections.get(&section).into_iter().flatten();
    indices.filter_map(|index| resources.get(*index).and_then(subject_matter)).collect()
}

/// What it is about, where that is said: all its codings and words, and the part of the body. Two that have one general code in
/// common may be about different things.
fn subject_matter(resource: &Value) -> Option<String> {
    let (code, site) = (&resource["code"], &resource["bodySite"]);
    let is_known = |coding: &Value| {
        coding["code"].is_string() && !UNKNOWN.iter().any(|system| coding["system"] == *system)
    };
    let is_said = code["text"].is_string() || codings(code).any(is_known);
    let codes: BTreeSet<String> = codings(code)
        .map(|coding| {
            format!(
                "{}|{}",
                coding["system"].as_str().unwrap_or_default(),
                coding["code"].as_str().unwrap_or_default()
            )
        })
        .collect();
    is_said.then(|| format!("{codes:?} {} {site}", code["text"]))
}

/// Systems of codes that say that nothing is said.
const UNKNOWN: [&str; 2] = [
    "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
    "http://terminology.hl7.org/CodeSystem/data-absent-reason",
];

/// When it was so, as far as that can be compared as text: dates of one day in two zones may stand the other way round.
fn date(resource: &Value) -> &str {
    let of = |name: &str| {
        resource.get(name).and_then(|value| value.as_str().or_else(|| value.get("start")?.as_str()))
    };
    DATES.iter().find_map(|name| of(name)).unwrap_or_default()
}

/// Those of what happened before those of who wrote it down.
const DATES: [&str; 12] = [
    "effectiveDateTime",
    "effectiveInstant",
    "effectivePeriod",
    "performedDateTime",
    "performedPeriod",
    "occurrenceDateTime",
    "onsetDateTime",
    "onsetPeriod",
    "period",
    "recordedDate",
    "authoredOn",
    "issued",
];

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
            let is_said_once = section.holds_newest() || resource["resourceType"] == "Condition";
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
) -> BTreeSet<(String, String)> {
    let indices = sections.get(&section).into_iter().flatten();
    indices.filter_map(|index| resources.get(*index).and_then(subject_matter)).collect()
}

/// What it is about: its first coding, or its words where it has none.
fn subject_matter(resource: &Value) -> Option<(String, String)> {
    let code = &resource["code"];
    let coding = codings(code)
        .find_map(|coding| Some((coding["system"].as_str().unwrap_or_default(), coding["code"].as_str()?)));
    let words = || code["text"].as_str().map(|text| ("", text));
    coding.or_else(words).map(|(system, code)| (system.to_owned(), code.to_owned()))
}

/// When it was so, as far as that can be compared as text: dates of one day in two zones may stand the other way round.
fn date(resource: &Value) -> &str {
    let of_period = |name: &str| resource.get(name)?.get("start")?.as_str();
    DATES
        .iter()
        .find_map(|name| resource[*name].as_str())
        .or_else(|| PERIODS.iter().find_map(|name| of_period(name)))
        .unwrap_or_default()
}

const DATES: [&str; 8] = [
    "effectiveDateTime",
    "effectiveInstant",
    "performedDateTime",
    "occurrenceDateTime",
    "onsetDateTime",
    "recordedDate",
    "authoredOn",
    "issued",
];
const PERIODS: [&str; 4] = ["effectivePeriod", "performedPeriod", "onsetPeriod", "period"];

//! What grants ask about a record version: its facts, its names, and what it refers to.

use keepwell_protocol::domain::{CodeFilter, RecordFacts};
use keepwell_protocol::formats::fhir::{self, ClinicalDate, Reference, ResourceHead};

use crate::store::records::Version;
use crate::store::sealed::ReferenceName;

/// What scopes ask about a version.
pub(crate) fn facts(version: &Version, head: &ResourceHead<'_>) -> RecordFacts {
    let codes = head.codes.iter().filter_map(|coding| {
        Some(CodeFilter {
            system: coding.system.as_deref()?.to_owned(),
            code: coding.code.as_deref()?.to_owned(),
        })
    });
    RecordFacts {
        id: version.record,
        category: version.category,
        resource_type: head.resource_type.clone().into_owned(),
        codes: codes.collect(),
        clinical_date: head.date.as_ref().and_then(ClinicalDate::written_time),
    }
}

/// The names under which others may refer to a record; none if it is about a patient.
pub(crate) fn names(version: &Version, head: &ResourceHead<'_>) -> Vec<ReferenceName> {
    if !fhir::is_reference_type(&head.resource_type) {
        return Vec::new();
    }
    let mut names = Vec::new();
    if let Some(url) = &version.full_url {
        names.push(ReferenceName::of_address(url));
    }
    if let Some(id) = &head.id {
        names.push(ReferenceName::of_id(&version.source, &head.resource_type, id));
    }
    for identifier in &head.identifiers {
        if let (Some(system), Some(value)) = (&identifier.system, &identifier.value) {
            let search = format!("{}?identifier={system}|{value}", head.resource_type);
            names.push(ReferenceName::of_search(&search));
        }
    }
    names
}

/// The names of what a record refers to, as far as that may be about no patient.
pub(crate) fn references(version: &Version, head: &ResourceHead<'_>) -> Vec<ReferenceName> {
    let mut names: Vec<ReferenceName> = head
        .references
        .iter()
        .filter_map(|reference| match Reference::parse(reference) {
            Reference::Urn(urn) => Some(ReferenceName::of_address(urn)),
            Reference::Absolute(url) => {
                let resource_type = url.rsplit('/').nth(1).unwrap_or_default();
                fhir::is_reference_type(resource_type).then(|| ReferenceName::of_address(url))
            }
            Reference::Relative { resource_type, id } if fhir::is_reference_type(resource_type) => {
                Some(match fhir::source_of(version.full_url.as_deref()) {
                    "file" => ReferenceName::of_id(&version.source, resource_type, id),
                    base => ReferenceName::of_address(&format!("{base}/{resource_type}/{id}")),
                })
            }
            Reference::Other(search) => {
                let resource_type = search.split_once('?').map_or("", |(resource_type, _)| resource_type);
                fhir::is_reference_type(resource_type).then(|| ReferenceName::of_search(search))
            }
            Reference::Relative { .. } | Reference::Contained(_) => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

//! What a grant would show that is not made yet, and why.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::consent::{Allowed, Decision, Denied};
use keepwell_protocol::domain::{RecordFacts, RecordId, Scope, Sensitivity};
use keepwell_protocol::formats::fhir::sensitivities;
use rusqlite::Connection;

use super::facts::{facts, names, references};
use super::preview::{AccessPreview, grouped};
use super::sensitive::SensitiveKinds;
use crate::error::WalletError;
use crate::store::records::{self, Shown};
use crate::store::sealed::ReferenceName;

pub(crate) fn of_scope(connection: &Connection, scope: &Scope) -> Result<AccessPreview, WalletError> {
    grouped(connection, decisions(connection, scope)?)
}

/// The scope that names each record that this one covers now, but for those of which a version is of a kind to leave out; the same scope
/// where none is to be left out.
pub(crate) fn leaving_out(
    connection: &Connection,
    scope: &Scope,
    kinds: &[Sensitivity],
) -> Result<Scope, WalletError> {
    if kinds.is_empty() {
        return Ok(scope.clone());
    }
    let sensitive = SensitiveKinds::read(connection)?;
    // A grant gives every version of what it names.
    let mut ever = BTreeSet::new();
    for version in records::versions_ever(connection) {
        let version = version?;
        if sensitivities(&version.bytes).iter().any(|kind| kinds.contains(kind)) {
            ever.insert(version.record);
        }
    }
    let chosen = decisions(connection, scope)?.into_iter().filter_map(|(id, decision)| match decision {
        Decision::Allow(Allowed::Record | Allowed::Category) => Some(id),
        _ => None,
    });
    let records = chosen.filter(|id| !sensitive.is_any(id, kinds) && !ever.contains(id)).collect();
    Ok(Scope { records, ..Scope::default() })
}

/// What is decided about each record that lists show.
pub(super) fn decisions(
    connection: &Connection,
    scope: &Scope,
) -> Result<BTreeMap<RecordId, Decision>, WalletError> {
    let scope = scope.clone().normalized();
    let mut found: BTreeMap<RecordId, Found> = BTreeMap::new();
    records::each_shown::<WalletError>(connection, &mut |Shown { version, is_removed }| {
        if is_removed {
            return Ok(());
        }
        let head = records::read_head(&version.bytes)?;
        let (names, references) = (names(&version, &head), references(&version, &head));
        let decision = decide(&scope, &facts(&version, &head));
        found.insert(version.record, Found { decision, names, references });
        Ok(())
    })?;
    follow_references(&mut found);
    Ok(found.into_iter().map(|(id, record)| (id, record.decision)).collect())
}

/// A record, how it may be referred to, and what it refers to that may be about no patient.
struct Found {
    decision: Decision,
    names: Vec<ReferenceName>,
    references: Vec<ReferenceName>,
}

fn decide(scope: &Scope, facts: &RecordFacts) -> Decision {
    if scope.records.contains(&facts.id) {
        Decision::Allow(Allowed::Record)
    } else if scope.covers_by_category(facts) {
        Decision::Allow(Allowed::Category)
    } else if scope.categories.contains(&facts.category) {
        Decision::Deny(Denied::OutOfBounds)
    } else {
        Decision::Deny(Denied::OtherCategory)
    }
}

/// Allows what is referred to by what is allowed; that may refer further, as a role does to its organization.
fn follow_references(found: &mut BTreeMap<RecordId, Found>) {
    let mut named: BTreeMap<ReferenceName, BTreeSet<RecordId>> = BTreeMap::new();
    for (id, record) in found.iter() {
        for name in &record.names {
            named.entry(*name).or_default().insert(*id);
        }
    }
    let allowed = found.values().filter(|record| record.decision.is_allowed());
    let mut waiting: Vec<ReferenceName> = allowed.flat_map(|record| record.references.clone()).collect();
    while let Some(name) = waiting.pop() {
        // Each name is followed once.
        for id in named.remove(&name).unwrap_or_default() {
            if let Some(record) = found.get_mut(&id).filter(|record| !record.decision.is_allowed()) {
                record.decision = Decision::Allow(Allowed::Referenced);
                waiting.append(&mut record.references);
            }
        }
    }
}

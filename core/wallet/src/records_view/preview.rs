//! What a provider would see now, and why.

use std::collections::BTreeMap;

use keepwell_protocol::consent::{Allowed, Candidate, Decision, Denied, decide};
use keepwell_protocol::domain::{Category, ProviderId, RecordId, Timestamp};
use rusqlite::Connection;

use super::facts::facts;
use super::list::{TypeCount, page};
use super::sensitive::{SensitiveKinds, SensitiveRecord};
use crate::error::WalletError;
use crate::store::records::{self, Query, RecordSummary, Shown};
use crate::store::state_object::StoredGrant;
use crate::store::{compartments, grants, sealed};

/// What somebody would see of the records, and why; without those that were removed at their source.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AccessPreview {
    /// The categories that have records, in their order.
    pub categories: Vec<PreviewedCategory>,
    /// What goes along because a record that is seen refers to it, newest first; the undated come last.
    pub referenced: Vec<RecordSummary>,
    /// How many of them there are of each type, by its name.
    pub references: Vec<TypeCount>,
    /// Which of all these, seen, unseen and going along, are of sensitive kinds; the rest is what the table of codes does
    /// not know.
    pub sensitive: Vec<SensitiveRecord>,
}

/// What would be seen of one category, beside what goes along; newest first, the undated come last.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PreviewedCategory {
    /// A category of which something would be seen.
    pub category: Category,
    /// The records that would be seen.
    pub seen: Vec<PreviewedRecord>,
    /// Those that would not.
    pub unseen: Vec<PreviewedRecord>,
}

/// One record and whether it would be seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PreviewedRecord {
    /// The record, as lists show it.
    pub record: RecordSummary,
    /// The decision with its reason, over all grants that are looked at.
    pub decision: Decision,
}

pub(crate) fn of_provider(
    connection: &Connection,
    provider: ProviderId,
    now: Timestamp,
) -> Result<AccessPreview, WalletError> {
    let held: Vec<StoredGrant> = grants::all(connection)?
        .into_iter()
        .filter(|grant| grant.terms.provider == provider && grant.state.is_entitled())
        .collect();
    let mut opened = Vec::new();
    for grant in &held {
        let mut rows = Vec::new();
        for compartment in grant.compartments() {
            rows.extend(compartments::find(connection, compartment)?.map(|found| found.row));
        }
        opened.push(rows);
    }
    let mut decisions = BTreeMap::new();
    records::each_shown::<WalletError>(connection, &mut |Shown { version, is_removed }| {
        if is_removed {
            return Ok(());
        }
        let head = records::read_head(&version.bytes)?;
        let facts = facts(&version, &head);
        let first = sealed::record_of(connection, version.seq)?;
        let lies_in = compartments::with_record_about_nobody(connection, first)?;
        let mut decision = Decision::Deny(Denied::OtherCategory);
        for (grant, rows) in held.iter().zip(&opened) {
            let referenced = rows.iter().any(|row| lies_in.contains(row));
            let one = decide(&grant.terms, Candidate { facts: &facts, referenced }, now, grant.terms.purpose);
            if one.is_allowed() || decision == Decision::Deny(Denied::OtherCategory) {
                decision = one;
            }
            if decision.is_allowed() {
                break;
            }
        }
        decisions.insert(version.record, decision);
        Ok(())
    })?;
    grouped(connection, decisions)
}

/// Groups the records that something was decided about.
pub(crate) fn grouped(
    connection: &Connection,
    mut decisions: BTreeMap<RecordId, Decision>,
) -> Result<AccessPreview, WalletError> {
    let mut preview = AccessPreview::default();
    let mut categories: BTreeMap<Category, PreviewedCategory> = BTreeMap::new();
    let mut references: BTreeMap<String, u64> = BTreeMap::new();
    let mut listed = Vec::new();
    let mut query = Query { limit: PAGE, ..Query::default() };
    loop {
        let page = page(connection, &query)?;
        for record in page.records {
            let Some(decision) = decisions.remove(&record.id) else { continue };
            listed.push(record.id);
            if decision == Decision::Allow(Allowed::Referenced) {
                *references.entry(record.resource_type.clone()).or_default() += 1;
                preview.referenced.push(record);
                continue;
            }
            let category = record.category;
            let empty = || PreviewedCategory { category, seen: Vec::new(), unseen: Vec::new() };
            let group = categories.entry(category).or_insert_with(empty);
            let list = if decision.is_allowed() { &mut group.seen } else { &mut group.unseen };
            list.push(PreviewedRecord { record, decision });
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    preview.sensitive = SensitiveKinds::read(connection)?.among(listed);
    preview.categories = categories.into_values().collect();
    let counted = |(resource_type, count)| TypeCount { resource_type, count };
    preview.references = references.into_iter().map(counted).collect();
    Ok(preview)
}

/// Records of a page.
const PAGE: u32 = 1_000;

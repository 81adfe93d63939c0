//! What a provider would see now, and why.

use std::collections::BTreeMap;

use keepwell_protocol::consent::{Candidate, Decision, Denied, decide};
use keepwell_protocol::domain::{Category, ProviderId, RecordId, Scope, Timestamp};
use keepwell_protocol::formats::fhir::ResourceHead;
use rusqlite::Connection;

use super::publish::facts;
use super::records::CategoryCount;
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::records;
use crate::store::state_object::StoredGrant;
use crate::store::{StoreError, compartments, grants, sealed};

/// One record and whether the provider would see it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PreviewedRecord {
    /// The record.
    pub id: RecordId,
    /// The decision with its reason, over all of the provider's grants.
    pub decision: Decision,
}

impl Wallet {
    /// How many records a scope covers now, by category: what a grant of it would show, beside what
    /// those records refer to.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn preview_scope(&self, scope: &Scope) -> Result<Vec<CategoryCount>, WalletError> {
        covered(self.session()?.store.read(), scope)
    }

    /// Decides for every record, but for those that were removed at their source, what the provider would see under all its grants now.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn preview(&self, provider: ProviderId) -> Result<Vec<PreviewedRecord>, WalletError> {
        decisions(self.session()?.store.read(), provider, self.clock.now())
    }
}

pub(super) fn covered(connection: &Connection, scope: &Scope) -> Result<Vec<CategoryCount>, WalletError> {
    let scope = scope.clone().normalized();
    let mut covered: BTreeMap<Category, u64> = BTreeMap::new();
    let mut after = 0;
    loop {
        let versions = records::versions_after(connection, after, AT_ONCE)?;
        let Some(last) = versions.last() else { break };
        after = last.seq;
        for version in &versions {
            if records::is_present_removed(connection, version.seq)? != Some(false) {
                continue;
            }
            let head =
                ResourceHead::read(&version.bytes).map_err(|_| StoreError::Corrupt { part: "a record" })?;
            if scope.covers(&facts(version, &head)) {
                *covered.entry(version.category).or_default() += 1;
            }
        }
    }
    let counted = |&category: &Category| Some(CategoryCount { category, count: *covered.get(&category)? });
    Ok(Category::ALL.iter().filter_map(counted).collect())
}

pub(super) fn decisions(
    connection: &Connection,
    provider: ProviderId,
    now: Timestamp,
) -> Result<Vec<PreviewedRecord>, WalletError> {
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
    let mut previewed: Vec<PreviewedRecord> = Vec::new();
    let mut after = 0;
    loop {
        let versions = records::versions_after(connection, after, AT_ONCE)?;
        let Some(last) = versions.last() else { return Ok(previewed) };
        after = last.seq;
        for version in &versions {
            if records::is_present_removed(connection, version.seq)? != Some(false) {
                continue;
            }
            let head =
                ResourceHead::read(&version.bytes).map_err(|_| StoreError::Corrupt { part: "a record" })?;
            let facts = facts(version, &head);
            let first = sealed::record_of(connection, version.seq)?;
            let lies_in = compartments::with_record_about_nobody(connection, first)?;
            let mut decision = Decision::Deny(Denied::OtherCategory);
            for (grant, rows) in held.iter().zip(&opened) {
                let referenced = rows.iter().any(|row| lies_in.contains(row));
                let one =
                    decide(&grant.terms, Candidate { facts: &facts, referenced }, now, grant.terms.purpose);
                if one.is_allowed() || decision == Decision::Deny(Denied::OtherCategory) {
                    decision = one;
                }
                if decision.is_allowed() {
                    break;
                }
            }
            previewed.push(PreviewedRecord { id: version.record, decision });
        }
    }
}

/// Versions that are read from the database at once.
const AT_ONCE: u32 = 256;

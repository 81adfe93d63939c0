//! What a grant gave: records, what was not accepted of them, and why there is nothing.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{Category, RecordId, Timestamp};

use crate::refusal::Refusal;

/// A record that may be read, in its newest version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// The record, over all versions.
    pub id: RecordId,
    /// Its version, from 1.
    pub version: u32,
    /// The category under which the patient keeps it.
    pub category: Category,
    /// FHIR resource type.
    pub resource_type: String,
    /// The `fullUrl` under which it came to the patient.
    pub full_url: Option<String>,
    /// Why it may be read: `record`, `category` or `referenced`.
    pub because: &'static str,
    /// The resource exactly as the patient received it.
    pub bytes: Vec<u8>,
}

/// What a grant gave.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// The records, by category and then as the patient added them.
    pub records: Vec<Record>,
    /// What came and was not accepted, by the code of the error or the name of the decision's reason.
    pub dropped: BTreeMap<&'static str, u32>,
    /// When the oldest part of what came was made.
    pub as_of: Option<Timestamp>,
    /// The ledger's height and time by which the grant was in force.
    pub proved: Option<(u64, Timestamp)>,
    /// Why there is nothing.
    pub refused: Option<Refusal>,
}

impl Reading {
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self { refused: Some(refusal), ..Self::default() }
    }

    pub(crate) fn drop(&mut self, reason: &'static str) {
        *self.dropped.entry(reason).or_default() += 1;
    }
}

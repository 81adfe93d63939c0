//! Lists of records, and how many there are.

use keepwell_protocol::domain::{Category, RecordId};
use rusqlite::Connection;

use super::record;
use crate::error::WalletError;
use crate::store::records::{self, Page, Query, RecordSummary};

/// How many records there are of a category.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CategoryCount {
    /// A category that has records.
    pub category: Category,
    /// How many records it has.
    pub count: u64,
}

/// How many resources there are of a type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TypeCount {
    /// FHIR resource type.
    pub resource_type: String,
    /// How many resources there are of it.
    pub count: u64,
}

pub(crate) fn page(connection: &Connection, query: &Query) -> Result<Page, WalletError> {
    query.check()?;
    let mut page = match &query.text {
        Some(text) => records::search(connection, text, query)?,
        None => records::list(connection, query)?,
    };
    name_medicines(connection, &mut page.records)?;
    Ok(page)
}

/// Names medicines as their pages do: an order may only refer to its medicine, which may have come later.
pub(crate) fn name_medicines(
    connection: &Connection,
    records: &mut [RecordSummary],
) -> Result<(), WalletError> {
    let unnamed = |record: &&mut RecordSummary| {
        record.display.is_none() && record.resource_type.starts_with("Medication")
    };
    for record in records.iter_mut().filter(unnamed) {
        record.display = record::view(connection, &record.id)?.view.row.title;
    }
    Ok(())
}

pub(crate) fn counts(connection: &Connection) -> Result<Vec<CategoryCount>, WalletError> {
    let mut counts = Vec::new();
    for &category in Category::ALL {
        let count = records::count_of(connection, category)?;
        if count > 0 {
            counts.push(CategoryCount { category, count });
        }
    }
    Ok(counts)
}

pub(crate) fn bytes(connection: &Connection, id: &RecordId) -> Result<Vec<u8>, WalletError> {
    records::show(connection, id)?.ok_or(WalletError::NoSuchRecord)
}

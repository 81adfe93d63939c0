//! Who the owner is by their own records.

use keepwell_protocol::domain::Category;
use keepwell_protocol::vault::About;
use rusqlite::Connection;
use serde::Deserialize;

use super::list;
use crate::error::WalletError;
use crate::store::StoreError;
use crate::store::records::Query;

/// Name and birth date by the newest Patient resource that gives both.
pub(crate) fn about(connection: &Connection) -> Result<Option<About>, WalletError> {
    let query = Query { category: Some(Category::Patient), limit: MOST_LOOKED_AT, ..Query::default() };
    let found = list::page(connection, &query)?.records.into_iter();
    for patient in found.filter(|found| found.resource_type == "Patient") {
        let bytes = list::bytes(connection, &patient.id)?;
        let resource: BirthDate =
            serde_json::from_slice(&bytes).map_err(|_| StoreError::Corrupt { part: "a record" })?;
        if let (Some(name), Some(birth_date)) = (patient.display, resource.birth_date) {
            return Ok(Some(About { name, birth_date }));
        }
    }
    Ok(None)
}

/// The one element of a Patient that is looked for.
#[derive(Deserialize)]
struct BirthDate {
    #[serde(rename = "birthDate")]
    birth_date: Option<String>,
}

/// The most records of this category that are looked at.
const MOST_LOOKED_AT: u32 = 1_000;

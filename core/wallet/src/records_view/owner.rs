//! Who the owner is by their own records.

use keepwell_protocol::domain::Category;
use keepwell_protocol::vault::About;
use rusqlite::Connection;

use super::list;
use crate::error::WalletError;
use crate::store::records::{self, Query};

/// Name and birth date by the newest Patient resource that gives both and that its source stands by.
pub(crate) fn about(connection: &Connection) -> Result<Option<About>, WalletError> {
    let query = Query { category: Some(Category::Patient), limit: MOST_LOOKED_AT, ..Query::default() };
    let found = list::page(connection, &query)?.records.into_iter();
    for patient in found.filter(|found| found.resource_type == "Patient" && !found.validities.is_withdrawn())
    {
        let bytes = list::bytes(connection, &patient.id)?;
        // Who can't be read is as if they said nothing.
        let Ok(head) = records::read_head(&bytes) else { continue };
        if let (Some(name), Some(birth_date)) = (patient.display, head.birth_date) {
            return Ok(Some(About { name, birth_date: birth_date.into_owned() }));
        }
    }
    Ok(None)
}

/// The most records of this category that are looked at.
const MOST_LOOKED_AT: u32 = 1_000;

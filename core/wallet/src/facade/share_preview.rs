//! What would leave with a share, before it is made.

use keepwell_protocol::domain::{Scope, Timestamp};
use rusqlite::Connection;

use super::share_selection::{Choice, select};
use crate::error::WalletError;
use crate::records_view::list::page;
use crate::store::records::{Query, RecordSummary};

/// What would leave with a share that is not made yet; in each list newest first, the undated come last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SharePreview {
    /// What was chosen, and the Patient, as lists show it.
    pub records: Vec<RecordSummary>,
    /// What goes along because a record that leaves refers to it.
    pub referenced: Vec<RecordSummary>,
    /// What stays although it is of the kind that was asked for, because its source calls it an error or has removed it;
    /// none where the patient chose what leaves.
    pub withdrawn: Vec<RecordSummary>,
}

pub(super) fn of_scopes(
    connection: &Connection,
    scopes: Vec<Scope>,
    now: Timestamp,
) -> Result<SharePreview, WalletError> {
    let selection = select(connection, &Choice::of(scopes, now)?)?;
    let leaving = selection.leaving()?;
    let mut preview = SharePreview::default();
    let mut query = Query { limit: PAGE, ..Query::default() };
    loop {
        let page = page(connection, &query)?;
        for record in page.records {
            if selection.referenced.contains(&record.id) {
                preview.referenced.push(record);
            } else if leaving.contains(&record.id) {
                preview.records.push(record);
            } else if selection.withdrawn.contains(&record.id) {
                preview.withdrawn.push(record);
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(preview);
        }
    }
}

/// Records of a page.
const PAGE: u32 = 1_000;

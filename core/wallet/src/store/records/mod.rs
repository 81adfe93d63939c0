//! Health records: exact bytes, versions, provenance, and what lists and search need.

mod arrival;
mod content;
mod cursor;
mod hidden;
mod history;
mod index;
mod line;
mod list;
mod names;
mod position;
mod prefix;
mod presence;
mod present;
mod read;
mod reindex;
mod related;
mod restore;
mod row;
mod search;
mod words;
mod write;

pub(crate) use content::{first_half, read_head};
pub use cursor::{Cursor, InvalidCursor};
pub(crate) use hidden::{hide, unhide};
pub(crate) use history::history;
pub use history::{RecordVersion, VersionStanding};
pub use list::{Page, Query, RecordOrder, RecordSummary};
pub(crate) use list::{list, unmarked};
pub(crate) use names::{name_again, patient_of};
pub(crate) use position::category_at;
pub(crate) use prefix::{beginning_with, near, shortest};
pub(crate) use present::{
    forget_relisted, is_removed, relist, settle_all, shown_and_taken_back, take_back, undo_take_back,
};
pub(crate) use read::{
    Shown, Version, count, count_after, count_changed, count_of, each_shown, export, has_bytes,
    has_versions_after, newest_arrival, owner_patients, show, version_at, versions_after, versions_ever,
};
pub(crate) use reindex::reindex;
pub(crate) use related::{Present, of_code, present, referred};
pub(crate) use restore::{Mark, VersionName, claim, mark, settle_restored};
pub(crate) use row::RecordRow;
pub(crate) use search::search;
pub(crate) use write::{Found, Incoming, IncomingDelivery, Stored, Trust, Writer, Written};

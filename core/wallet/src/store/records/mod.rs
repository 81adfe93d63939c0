//! Health records: exact bytes, versions, provenance, and what lists and search need.

mod cursor;
mod index;
mod line;
mod list;
mod position;
mod prefix;
mod read;
mod reindex;
mod related;
mod restore;
mod search;
mod words;
mod write;

pub use cursor::{Cursor, InvalidCursor};
pub(crate) use list::list;
pub use list::{Page, Query, RecordSummary};
pub(crate) use position::category_at;
pub(crate) use prefix::{beginning_with, near, shortest};
pub(crate) use read::{Version, count, count_of, export, has_bytes, owner_patients, show, versions_after};
pub(crate) use reindex::reindex;
pub(crate) use related::{Present, of_code, present, referred};
pub(crate) use restore::VersionName;
pub(crate) use search::search;
pub(crate) use write::{Found, Incoming, Stored, Trust, Writer, first_half};

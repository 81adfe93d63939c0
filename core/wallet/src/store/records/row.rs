//! The row of a record.

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// A record by the place in the order of arrival of its first version, so that it is not taken for a version.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct RecordRow(u32);

impl RecordRow {
    /// The record whose first version is this one.
    pub(crate) const fn of_first(seq: u32) -> Self {
        Self(seq)
    }

    /// Its first version, by the order of arrival.
    pub(crate) const fn first(self) -> u32 {
        self.0
    }
}

impl ToSql for RecordRow {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for RecordRow {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u32::column_result(value).map(Self)
    }
}

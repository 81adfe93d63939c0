//! How identifiers, keys, times and objects lie in columns.

use keepwell_protocol::domain::{Object, Timestamp};
use rusqlite::Row;
use rusqlite::types::ValueRef;
use zeroize::Zeroizing;

use super::StoreError;

/// An identifier of fixed length.
pub(super) fn id<T: for<'a> TryFrom<&'a [u8]>>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    let bytes = row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
    T::try_from(bytes).map_err(|_| StoreError::Corrupt { part: "an identifier" })
}

/// A secret or hash of 32 bytes.
pub(super) fn bytes32(row: &Row<'_>, column: &str) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    let bytes = row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
    let bytes = bytes.try_into().map_err(|_| StoreError::Corrupt { part: "a key" })?;
    Ok(Zeroizing::new(bytes))
}

/// An object by its one encoding.
pub(super) fn object<T: Object>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    let bytes = row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
    Ok(T::from_cbor(bytes)?)
}

/// A count, number or version.
pub(super) fn number<T: TryFrom<i64>>(row: &Row<'_>, column: &str) -> Result<T, StoreError> {
    T::try_from(row.get::<_, i64>(column)?).map_err(|_| StoreError::Corrupt { part: "a number" })
}

/// Seconds since 1970.
pub(super) fn time(row: &Row<'_>, column: &str) -> Result<Timestamp, StoreError> {
    Ok(Timestamp(number(row, column)?))
}

/// Seconds since 1970, or nothing.
pub(super) fn optional_time(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>, StoreError> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => time(row, column).map(Some),
    }
}

/// A number as SQLite keeps it; what is beyond its range is stored as the end of it.
pub(super) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

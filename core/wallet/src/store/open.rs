//! Opening the encrypted database: the proof that it is encrypted and ours.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use keepwell_page_cipher::{DatabaseError, IfMissing, open_database, trust_log};
use keepwell_protocol::crypto::DatabaseKey;
use rusqlite::Connection;

use super::{StoreError, home};

/// What SQLCipher is given to open a file, without any passphrase stretching.
pub(crate) struct RawKey {
    /// Encrypts the pages.
    pub(crate) key: DatabaseKey,
    /// First 16 bytes of the file; what authenticates the pages is derived with it.
    pub(crate) salt: [u8; 16],
}

/// Makes a new, empty encrypted database.
pub(crate) fn create(path: &Path, key: &RawKey) -> Result<Connection, StoreError> {
    let connection = connect(path, key, IfMissing::Create)?;
    trust_log(&connection)?;
    Ok(connection)
}

/// Opens the database that must be there.
///
/// Until [`trust_log`] is called, closing leaves the file as it is.
///
/// # Errors
/// [`StoreError::Missing`], [`StoreError::NotEncrypted`], [`StoreError::OtherWallet`] or
/// [`StoreError::Corrupt`]; nothing is written then.
pub(crate) fn open(path: &Path, key: &RawKey) -> Result<Connection, StoreError> {
    let start = first_bytes(path)?;
    home::refuse_hard_link(path)?;
    if start == *PLAIN_SQLITE {
        return Err(StoreError::NotEncrypted);
    }
    match connect(path, key, IfMissing::Refuse) {
        // Pages that do not open and a salt that is not ours: it never was our file. A salt of
        // zeros is what damage leaves.
        Err(StoreError::Corrupt { .. }) if start != key.salt && start != [0; 16] => {
            Err(StoreError::OtherWallet)
        }
        Ok(_) if start != key.salt => Err(StoreError::Corrupt { part: "the first bytes" }),
        other => other,
    }
}

/// Opens the database once more beside the connection that writes, which has checked it; for reading only.
///
/// Closing leaves the file as it is.
pub(crate) fn open_to_read(path: &Path, key: &RawKey) -> Result<Connection, StoreError> {
    let connection = connect(path, key, IfMissing::Refuse)?;
    // A screen's lists and searches; what scans everything gains nothing from a larger cache.
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -4000;")?;
    Ok(connection)
}

/// Whether a write-ahead log lies beside the database: its last user did not close it.
pub(crate) fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Path::new(&log).metadata().is_ok_and(|log| log.len() > 0)
}

/// Reads every page once, also those in the log.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub(crate) fn check_every_page(connection: &Connection) -> Result<(), StoreError> {
    verdict(connection, "PRAGMA quick_check(1)")
}

/// Reads every page, and compares indexes with what they point at; slower than [`check_every_page`].
///
/// # Errors
/// [`StoreError::Corrupt`].
pub(crate) fn check_every_index(connection: &Connection) -> Result<(), StoreError> {
    verdict(connection, "PRAGMA integrity_check(1)")
}

fn verdict(connection: &Connection, check: &str) -> Result<(), StoreError> {
    let verdict: String = connection.query_row(check, [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Corrupt { part: "a page" }) }
}

/// Checks what only the file itself can show: that what was written is not readable there.
pub(crate) fn prove_encrypted(path: &Path, key: &RawKey) -> Result<(), StoreError> {
    if first_bytes(path)? == key.salt { Ok(()) } else { Err(StoreError::NotEncrypted) }
}

fn connect(path: &Path, key: &RawKey, missing: IfMissing) -> Result<Connection, StoreError> {
    open_database(path, key.key.expose(), &key.salt, missing).map_err(|error| match error {
        DatabaseError::NotEncrypted => StoreError::NotEncrypted,
        DatabaseError::Sqlite(error) => error.into(),
    })
}

/// The first 16 bytes of a database; an empty file opens as a new one, so it counts as missing.
fn first_bytes(path: &Path) -> Result<[u8; 16], StoreError> {
    let mut start = [0; 16];
    match File::open(path).and_then(|mut file| file.read_exact(&mut start)) {
        Ok(()) => Ok(start),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(StoreError::Missing),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => match path.metadata()?.len() {
            0 => Err(StoreError::Missing),
            _ => Err(StoreError::Corrupt { part: "the first bytes" }),
        },
        Err(error) => Err(error.into()),
    }
}

const PLAIN_SQLITE: &[u8; 16] = b"SQLite format 3\0";

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn key() -> RawKey {
        RawKey { key: DatabaseKey::from_bytes(&[7; 32]), salt: [9; 16] }
    }

    #[test]
    fn the_file_begins_with_the_salt_and_another_key_does_not_open_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ours.db");
        create(&path, &key()).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        assert_eq!(fs::read(&path).unwrap()[..16], [9; 16]);
        prove_encrypted(&path, &key()).unwrap();
        let other = RawKey { key: DatabaseKey::from_bytes(&[8; 32]), salt: [9; 16] };
        assert_eq!(open(&path, &other).unwrap_err().code(), "StorageCorrupt");
        let salted = RawKey { salt: [8; 16], ..other };
        assert_eq!(open(&path, &salted).unwrap_err().code(), "StorageOtherWallet");
        open(&path, &key()).unwrap();
    }
}

//! Opening the encrypted database: settings, and the proof that it is encrypted and ours.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use keepwell_page_cipher as _;
use keepwell_protocol::crypto::DatabaseKey;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use zeroize::Zeroizing;

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
    connect(path, key, OpenFlags::SQLITE_OPEN_CREATE)
}

/// Opens the database that must be there.
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
    match connect(path, key, OpenFlags::empty()) {
        // Pages that do not open and a salt that is not ours: it never was our file. A salt of
        // zeros is what damage leaves.
        Err(StoreError::Corrupt { .. }) if start != key.salt && start != [0; 16] => {
            Err(StoreError::OtherWallet)
        }
        Ok(_) if start != key.salt => Err(StoreError::Corrupt { part: "the first bytes" }),
        other => other,
    }
}

/// Checks what only the file itself can show: that what was written is not readable there.
pub(crate) fn prove_encrypted(path: &Path, key: &RawKey) -> Result<(), StoreError> {
    if first_bytes(path)? == key.salt { Ok(()) } else { Err(StoreError::NotEncrypted) }
}

fn connect(path: &Path, key: &RawKey, create: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, flags)?;
    // Before the key: SQLCipher reports a wrong one to stderr, on phones to the system's log.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    let mut pragma = Zeroizing::new(String::with_capacity(128));
    pragma.push_str("PRAGMA key = \"x'");
    for byte in key.key.expose().iter().chain(&key.salt) {
        pragma.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    pragma.push_str("'\"");
    connection.execute_batch(&pragma)?;
    // Part of the file format, also with a raw key: the key of the page tags is derived so.
    connection.execute_batch(
        "PRAGMA cipher_page_size = 4096;
         PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
         PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA256;",
    )?;
    prove_cipher(&connection)?;
    // The first page is read and authenticated here; a wrong key shows.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    // WAL with FULL: an acknowledged revocation must survive power loss. 16 MB of cache: with the
    // default of 2 MB every page is encrypted several times during an import.
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA mmap_size = 0;
         PRAGMA cache_size = -16000;
         PRAGMA secure_delete = ON;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;",
    )?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Refuses to go on with a build that does not encrypt.
fn prove_cipher(connection: &Connection) -> Result<(), StoreError> {
    let provider: Result<String, _> = connection.query_row("PRAGMA cipher_provider", [], |row| row.get(0));
    match provider {
        Ok(name) if name == "keepwell-rust" => Ok(()),
        Ok(_) | Err(rusqlite::Error::QueryReturnedNoRows) => Err(StoreError::NotEncrypted),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Err(StoreError::NotEncrypted),
        Err(error) => Err(error.into()),
    }
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

/// The home is locked, so only a reader of our own can be in the way.
const BUSY_WAIT: Duration = Duration::from_secs(2);

const PLAIN_SQLITE: &[u8; 16] = b"SQLite format 3\0";

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
    let connection = connect(path, key, OpenFlags::SQLITE_OPEN_CREATE)?;
    trust(&connection)?;
    Ok(connection)
}

/// Opens the database that must be there.
///
/// Until [`trust`] is called, closing leaves the file as it is: what lies in the write-ahead log may
/// be another wallet's, whose checksums hold without any key.
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
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Corrupt { part: "a page" }) }
}

/// Lets closing write the log back into the file, once the database has been checked.
pub(crate) fn trust(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Checks what only the file itself can show: that what was written is not readable there.
pub(crate) fn prove_encrypted(path: &Path, key: &RawKey) -> Result<(), StoreError> {
    if first_bytes(path)? == key.salt { Ok(()) } else { Err(StoreError::NotEncrypted) }
}

fn connect(path: &Path, key: &RawKey, create: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::process::Command;

    use super::*;

    fn key() -> RawKey {
        RawKey { key: DatabaseKey::from_bytes(&[7; 32]), salt: [9; 16] }
    }

    fn filled(path: &Path) {
        let connection = create(path, &key()).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
                 CREATE VIRTUAL TABLE w USING fts5 (text, content = '', contentless_delete = 1);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                 INSERT INTO t SELECT i, printf('%040d', i) FROM n;
                 INSERT INTO w (rowid, text) VALUES (5, 'glucose');",
            )
            .unwrap();
    }

    /// Stock SQLCipher, if `KEEPWELL_SQLCIPHER_PYTHON` says where; in CI it must.
    fn stock() -> Option<PathBuf> {
        let python = std::env::var_os("KEEPWELL_SQLCIPHER_PYTHON").map(PathBuf::from);
        if python.is_none() {
            assert!(std::env::var_os("CI").is_none(), "no stock SQLCipher: set KEEPWELL_SQLCIPHER_PYTHON");
            println!("skipped: no stock SQLCipher, see KEEPWELL_SQLCIPHER_PYTHON");
        }
        python
    }

    /// Runs a script in which `open(path)` gives a connection with our key and settings.
    fn run_stock(python: &Path, script: &str, path: &Path) {
        const OPEN: &str = r#"
import sys
from sqlcipher3 import dbapi2 as sql
def open(path):
    c = sql.connect(path, isolation_level=None)
    c.execute("PRAGMA key = \"x'" + "07" * 32 + "09" * 16 + "'\"")
    c.execute("PRAGMA cipher_page_size = 4096")
    c.execute("PRAGMA cipher_hmac_algorithm = HMAC_SHA256")
    c.execute("PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA256")
    assert c.execute("PRAGMA cipher_provider").fetchone() == ("openssl",)
    return c
"#;
        let output = Command::new(python).arg("-c").arg(format!("{OPEN}\n{script}")).arg(path).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn stock_sqlcipher_opens_our_file_and_we_open_what_it_wrote_there() {
        let Some(python) = stock() else { return };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ours.db");
        filled(&path);
        let script = r#"
c = open(sys.argv[1])
assert c.execute("SELECT count(*), min(b) FROM t").fetchone() == (3000, "0" * 39 + "1")
assert c.execute("SELECT rowid FROM w WHERE w MATCH 'glucose'").fetchall() == [(5,)]
assert c.execute("PRAGMA cipher_integrity_check").fetchall() == []
assert c.execute("PRAGMA integrity_check").fetchone() == ("ok",)
c.execute("INSERT INTO t VALUES (-2, 'from stock')")
c.close()
"#;
        run_stock(&python, script, &path);
        let connection = open(&path, &key()).unwrap();
        let theirs: String =
            connection.query_row("SELECT b FROM t WHERE a = -2", [], |row| row.get(0)).unwrap();
        assert_eq!(theirs, "from stock");
    }

    #[test]
    fn we_open_a_file_that_stock_sqlcipher_made() {
        let Some(python) = stock() else { return };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("theirs.db");
        let script = r#"
c = open(sys.argv[1])
c.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
c.execute("BEGIN")
c.executemany("INSERT INTO t VALUES (?, ?)", [(n, "%040d" % n) for n in range(2000)])
c.execute("COMMIT")
c.close()
"#;
        run_stock(&python, script, &path);
        let connection = open(&path, &key()).unwrap();
        let (count, last): (u32, String) = connection
            .query_row("SELECT count(*), max(b) FROM t", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!((count, last), (2_000, format!("{:040}", 1_999)));
        let verdict: String =
            connection.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
    }

    #[test]
    fn every_setting_is_in_force() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ours.db");
        filled(&path);
        let connection = open(&path, &key()).unwrap();
        for (name, value) in [
            ("cipher_provider", "keepwell-rust"),
            ("cipher_hmac_algorithm", "HMAC_SHA256"),
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("cache_size", "-16000"),
            ("secure_delete", "1"),
            ("temp_store", "2"),
            ("mmap_size", "0"),
            ("trusted_schema", "0"),
            ("cell_size_check", "1"),
            ("foreign_keys", "1"),
            ("page_size", "4096"),
        ] {
            let found: rusqlite::types::Value =
                connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap();
            let found = match found {
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            };
            assert_eq!(found, value, "{name}");
        }
        assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE).unwrap());
        assert!(connection.execute("SELECT load_extension('x')", []).is_err());
        assert!(connection.execute("DELETE FROM w_data", []).is_err(), "shadow tables are read-only");
    }

    #[test]
    fn the_file_begins_with_the_salt_and_another_key_does_not_open_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ours.db");
        filled(&path);
        assert_eq!(fs::read(&path).unwrap()[..16], [9; 16]);
        prove_encrypted(&path, &key()).unwrap();
        let other = RawKey { key: DatabaseKey::from_bytes(&[8; 32]), salt: [9; 16] };
        assert_eq!(open(&path, &other).unwrap_err().code(), "StorageCorrupt");
        let salted = RawKey { salt: [8; 16], ..other };
        assert_eq!(open(&path, &salted).unwrap_err().code(), "StorageOtherWallet");
        open(&path, &key()).unwrap();
    }
}

//! Opening an encrypted database: its key, and the settings that every one of ours has.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use zeroize::Zeroizing;

/// Why an encrypted database was not opened; its file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// What was linked as SQLite does not encrypt, or not by this crate.
    #[error("this build does not encrypt its databases")]
    NotEncrypted,
    /// SQLite reported an error, with [`ErrorCode::NotADatabase`] also for a wrong key.
    #[error("database error")]
    Sqlite(#[from] rusqlite::Error),
}

/// What to do where there is no database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IfMissing {
    /// Make an empty one.
    Create,
    /// Refuse to open; nothing is made.
    Refuse,
}

/// Lets SQLite begin on one thread alone: it calls itself ready before SQLCipher has its provider, and a
/// second thread that opens its first database in between finds none.
fn begin() {
    static BEGUN: Once = Once::new();
    // What fails here fails again, and is told, when the database itself is opened.
    BEGUN.call_once(|| drop(Connection::open_in_memory()));
}

/// Opens a database by its raw key, without stretching; `salt` is what its file begins with.
///
/// The first page has been read and authenticated when this returns. Until [`trust_log`] is called,
/// closing leaves the file as it is: what lies in the write-ahead log may be another database's, whose
/// checksums hold without any key.
///
/// # Errors
/// [`DatabaseError`].
pub fn open_database(
    path: &Path,
    key: &[u8; 32],
    salt: &[u8; 16],
    missing: IfMissing,
) -> Result<Connection, DatabaseError> {
    begin();
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, missing == IfMissing::Create);
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY_WAIT)?;
    // Before the key: SQLCipher reports a wrong one to stderr, on phones to the system's log.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    connection.execute_batch(&key_pragma(key, salt))?;
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
    // Plans never depend on bound values. Otherwise a kept statement with a bound range or limit is
    // parsed and planned again each time it is used.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// What tells SQLCipher the raw key and the salt, in hex.
fn key_pragma(key: &[u8; 32], salt: &[u8; 16]) -> Zeroizing<String> {
    // Room for all of it: a String that grows leaves a copy behind.
    let mut pragma = Zeroizing::new(String::with_capacity(128));
    pragma.push_str("PRAGMA key = \"x'");
    for byte in key.iter().chain(salt) {
        pragma.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    pragma.push_str("'\"");
    pragma
}

/// Lets closing write the log back into the file, once the database has been checked.
///
/// # Errors
/// None that is known: SQLite takes the setting.
pub fn trust_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Refuses to go on with a build that does not encrypt.
fn prove_cipher(connection: &Connection) -> Result<(), DatabaseError> {
    let provider: Result<String, _> = connection.query_row("PRAGMA cipher_provider", [], |row| row.get(0));
    match provider {
        Ok(name) if name == "keepwell-rust" => Ok(()),
        Ok(_) | Err(rusqlite::Error::QueryReturnedNoRows) => Err(DatabaseError::NotEncrypted),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => {
            Err(DatabaseError::NotEncrypted)
        }
        Err(error) => Err(error.into()),
    }
}

/// How long one who writes waits for another.
const BUSY_WAIT: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Command;

    use rusqlite::StatementStatus;

    use super::*;

    fn open(path: &Path, missing: IfMissing) -> Connection {
        let connection = open_database(path, &[7; 32], &[9; 16], missing).unwrap();
        trust_log(&connection).unwrap();
        connection
    }

    fn filled(path: &Path) {
        open(path, IfMissing::Create)
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
        let connection = open(&path, IfMissing::Refuse);
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
        let connection = open(&path, IfMissing::Refuse);
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
        let connection = open(&path, IfMissing::Refuse);
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
    fn a_kept_statement_is_not_planned_again_for_other_values() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ours.db");
        filled(&path);
        let connection = open(&path, IfMissing::Refuse);
        let mut statement = connection
            .prepare("SELECT count(*) FROM (SELECT a FROM t WHERE a BETWEEN ?1 AND ?2 LIMIT ?3)")
            .unwrap();
        for limit in 1..4_i64 {
            let count: i64 = statement.query_row([limit, limit + 100, limit], |row| row.get(0)).unwrap();
            assert_eq!(count, limit);
            statement.clear_bindings();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }

    #[test]
    fn another_key_a_plain_file_and_no_file_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ours.db");
        filled(&path);
        let code = |path: &Path, key: [u8; 32]| match open_database(path, &key, &[9; 16], IfMissing::Refuse) {
            Err(DatabaseError::Sqlite(error)) => error.sqlite_error_code(),
            other => panic!("{other:?}"),
        };
        assert_eq!(code(&path, [8; 32]), Some(ErrorCode::NotADatabase));
        let plain = dir.path().join("plain.db");
        Connection::open(&plain).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        assert_eq!(code(&plain, [7; 32]), Some(ErrorCode::NotADatabase));
        assert_eq!(code(&dir.path().join("none.db"), [7; 32]), Some(ErrorCode::CannotOpen));
        assert!(!dir.path().join("none.db").exists());
    }
}

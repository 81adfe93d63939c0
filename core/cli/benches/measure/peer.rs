//! The peers: plain rusqlite on the same SQLCipher build and settings, and PyPI's `fhir.resources`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use keepwell_page_cipher as _;
use rusqlite::Connection;

/// A raw encrypted database with the wallet's settings.
pub(crate) fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA cipher_log_level = NONE;
             PRAGMA key = \"x'{}'\";
             PRAGMA cipher_page_size = 4096;
             PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
             PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA256;
             PRAGMA temp_store = MEMORY;
             PRAGMA mmap_size = 0;
             PRAGMA cache_size = -16000;
             PRAGMA secure_delete = ON;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;",
            "01".repeat(48)
        ))
        .unwrap();
    connection
}

/// Inserts the bytes, nothing else, in one transaction.
pub(crate) fn insert(connection: &mut Connection, resources: &[&[u8]]) {
    connection.execute_batch("CREATE TABLE raw (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)").unwrap();
    let transaction = connection.transaction().unwrap();
    {
        let mut statement = transaction.prepare("INSERT INTO raw (bytes) VALUES (?1)").unwrap();
        for bytes in resources {
            statement.execute([bytes]).unwrap();
        }
    }
    transaction.commit().unwrap();
}

/// CPU time in which `fhir.resources` parses a Bundle, if a Python that has it is named.
pub(crate) fn fhir_resources(bundle: &Path) -> Option<Duration> {
    let python = std::env::var_os("KEEPWELL_FHIR_PYTHON")?;
    let program = "import json, sys, time
from fhir.resources import get_fhir_model_class
entries = json.load(open(sys.argv[1], 'rb'))['entry']
for entry in entries[:50]:
    try: get_fhir_model_class(entry['resource']['resourceType']).model_validate(entry['resource'])
    except Exception: pass
start = time.process_time()
for entry in json.load(open(sys.argv[1], 'rb'))['entry']:
    try: get_fhir_model_class(entry['resource']['resourceType']).model_validate(entry['resource'])
    except Exception: pass
print(time.process_time() - start)";
    let output = Command::new(python).args(["-c", program]).arg(bundle).output().ok()?;
    let seconds: f64 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}

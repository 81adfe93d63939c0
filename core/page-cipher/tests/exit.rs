//! The process ends while other threads are in the middle of a database: cleanly, every time.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use keepwell_page_cipher::{IfMissing, open_database, trust_log};

/// Says to this program that it is the one that ends.
const FOLDER: &str = "KEEPWELL_EXIT_FOLDER";
const RUNS: u32 = 200;
const THREADS: u32 = 4;

/// Whether the process has begun to end.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

/// Opens, writes, reads and closes for ever; an error that it meets when the process ends is nobody's
/// concern.
fn work(path: &Path) {
    while let Err(error) = work_until_error(path) {
        assert!(IS_ENDING.load(Ordering::SeqCst), "{error}");
    }
}

fn work_until_error(path: &Path) -> Result<(), Box<dyn Error>> {
    loop {
        let connection = open_database(path, &[7; 32], &[9; 16], IfMissing::Create)?;
        trust_log(&connection)?;
        connection
            .execute_batch("CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (randomblob(5000))")?;
        connection.query_row("SELECT sum(length(a)) FROM t", [], |_| Ok(()))?;
    }
}

/// The program that ends, run by the test below.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    for thread in 0..THREADS {
        let path = Path::new(&folder).join(format!("{thread}.db"));
        thread::spawn(move || work(&path));
    }
    let wait: u64 = std::env::var("KEEPWELL_EXIT_AFTER").unwrap().parse().unwrap();
    thread::sleep(Duration::from_millis(wait));
    IS_ENDING.store(true, Ordering::SeqCst);
    std::process::exit(0);
}

#[test]
fn a_process_that_ends_in_the_middle_of_its_databases_ends_cleanly() {
    let program = std::env::current_exe().unwrap();
    let mut bad = Vec::new();
    for run in 0..RUNS {
        let folder = tempfile::tempdir().unwrap();
        // Under the emulator that runs this test, where one does (`dev.d/arm64`).
        let output = Command::new("sh")
            .args(["-c", "exec $KEEPWELL_EMULATOR \"$0\" \"$@\""])
            .arg(&program)
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder.path())
            .env("KEEPWELL_EXIT_AFTER", (20 + run % 40).to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() || !said.is_empty() {
            bad.push(format!("run {run}: {}, {said}", output.status));
        }
    }
    assert!(bad.is_empty(), "{} of {RUNS} runs:\n{}", bad.len(), bad.join("\n"));
}

//! What CometBFT says: kept in a log of bounded length, and searched for the end of its consensus.
//!
//! CometBFT recovers every panic of its consensus, says so, and lives on without ever taking part in a block again
//! (`consensus/state.go` of 0.38). Its process does not show that; its output does.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, PipeReader, Read as _, Write as _};
use std::path::{Path, PathBuf};

use keepwell_server::private_file;

/// Starts the thread that reads to the end of what CometBFT says; `failed` is called once, when its consensus has died.
pub(super) fn keep(
    output: PipeReader,
    file: PathBuf,
    failed: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let mut log = Log::open(file)?;
    std::thread::Builder::new()
        .name("cometbft log".to_owned())
        .spawn(move || log.follow(BufReader::new(output), failed))
        .map(drop)
}

/// The log, and the one before it.
struct Log {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Log {
    fn open(path: PathBuf) -> io::Result<Self> {
        let file = private_file(&path)?;
        let length = file.metadata()?.len();
        Ok(Self { path, file, length })
    }

    fn follow(&mut self, mut output: BufReader<PipeReader>, failed: impl FnOnce()) {
        let (mut failed, mut line) = (Some(failed), Vec::new());
        loop {
            line.clear();
            match output.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            // On a full disk the log lacks lines, and CometBFT does not wait for it.
            let _ = self.write(&line);
            if line.windows(FAILURE.len()).any(|part| part == FAILURE) {
                failed.take().into_iter().for_each(|call| call());
            }
        }
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.length >= LONGEST_LOG {
            fs::rename(&self.path, before(&self.path))?;
            *self = Self::open(std::mem::take(&mut self.path))?;
        }
        self.file.write_all(line)?;
        self.length += line.len() as u64;
        Ok(())
    }
}

/// Where the log before this one is.
fn before(path: &Path) -> PathBuf {
    path.with_extension("log.1")
}

/// How CometBFT begins to say that its consensus has ended.
const FAILURE: &[u8] = b"CONSENSUS FAILURE";
const LONGEST_LINE: u64 = 64 * 1024;
/// Two of them are kept at most.
const LONGEST_LOG: u64 = 10_000_000;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::*;

    /// A log in a folder: what is written comes into it, and a failure is sent.
    fn kept(folder: &Path) -> (io::PipeWriter, mpsc::Receiver<()>) {
        let (reader, writer) = io::pipe().unwrap();
        let (sender, failures) = mpsc::channel();
        keep(reader, folder.join("cometbft.log"), move || sender.send(()).unwrap()).unwrap();
        (writer, failures)
    }

    #[test]
    fn the_end_of_the_consensus_is_noticed_once_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let (mut output, failures) = kept(folder.path());
        output.write_all(b"I[2026-11-30] consensus is well\nE[2026-11-30] CONSENSUS FAIL").unwrap();
        assert!(failures.recv_timeout(Duration::from_millis(100)).is_err());
        output.write_all(b"URE!!! err=\"...\"\nCONSENSUS FAILURE again\n").unwrap();
        failures.recv_timeout(Duration::from_secs(10)).unwrap();
        drop(output);
        assert!(failures.recv_timeout(Duration::from_secs(10)).is_err());
        let log = folder.path().join("cometbft.log");
        let began = Instant::now();
        while !fs::read_to_string(&log).unwrap().ends_with("again\n") {
            assert!(began.elapsed() < Duration::from_secs(10), "the log is not whole");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(log.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_log_that_grows_is_put_aside_once() {
        let folder = tempfile::tempdir().unwrap();
        let (mut output, failures) = kept(folder.path());
        let line = [vec![b'x'; 999_999], b"\n".to_vec()].concat();
        for _ in 0..25 {
            output.write_all(&line).unwrap();
        }
        drop(output);
        assert!(failures.recv_timeout(Duration::from_secs(20)).is_err());
        let length = |name: &str| folder.path().join(name).metadata().unwrap().len();
        assert!((LONGEST_LOG..LONGEST_LOG + 100_000).contains(&length("cometbft.log.1")));
        assert!(length("cometbft.log") < LONGEST_LOG);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}

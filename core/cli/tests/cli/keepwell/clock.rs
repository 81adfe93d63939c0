//! A wall clock of one party's own, turned from outside while its commands and servers run.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A clock that is off by as much as its file says.
#[derive(Clone)]
pub(crate) struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// A clock that is right until it is turned; its files lie in this folder.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/keepwell/turned_clock.c");
        let library = folder.join("turned_clock.so");
        if !library.exists() {
            let compiled = Command::new("cc")
                .args(["-shared", "-fPIC", "-O1", "-o"])
                .args([&library, &source])
                .status()
                .expect("a C compiler");
            assert!(compiled.success());
        }
        let clock = Self { library, file: folder.join(name) };
        clock.turn(0);
        clock
    }

    /// Shows the right time plus so many seconds from now on.
    pub(crate) fn turn(&self, seconds: i64) {
        // In one step: whoever reads meanwhile sees the old or the new time.
        let new = self.file.with_extension("new");
        std::fs::write(&new, seconds.to_string()).unwrap();
        std::fs::rename(&new, &self.file).unwrap();
    }

    pub(super) fn give_to(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("TURNED_CLOCK", &self.file);
    }
}

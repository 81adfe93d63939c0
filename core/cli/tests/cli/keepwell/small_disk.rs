//! A server whose home is on a small disk of its own, which can be filled.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Party;

/// Serves from a disk that is its own, and does there what `SIGNALS` asks for.
const SCRIPT: &str = r#"
    mount -t tmpfs -o size=8m none "$KEEPWELL_HOME" || exit 99
    "$0" "$@" & server=$!
    await() { until [ -e "$SIGNALS/$1" ]; do sleep 0.05; done; }
    await fill
    for file in anchor.json governance.key; do [ ! -e "$KEEPWELL_HOME/$file" ] || cp "$KEEPWELL_HOME/$file" "$SIGNALS"; done
    dd if=/dev/zero of="$KEEPWELL_HOME/filler" bs=1k 2>/dev/null; touch "$SIGNALS/filled"
    await free
    [ ! -e "$SIGNALS/damage" ] || dd if=/dev/zero of="$KEEPWELL_HOME/ledger.redb" bs=4k count=1 conv=notrunc 2>/dev/null
    rm "$KEEPWELL_HOME/filler"; touch "$SIGNALS/freed"
    [ -e "$SIGNALS/damage" ] || { await end && kill -TERM $server; }
    wait $server
"#;

/// A server on a disk of eight megabytes.
pub(crate) struct SmallDisk {
    /// The shell, whose end is that of the server.
    shell: Child,
    pub(crate) url: String,
    /// Where what it publishes is once the disk is full.
    pub(crate) signals: PathBuf,
}

impl SmallDisk {
    /// `None` where an ordinary user may not mount a disk.
    pub(crate) fn serve(home: &Path, arguments: &[&str]) -> Option<Self> {
        let party = Party::new(home);
        let signals = home.with_extension("signals");
        std::fs::create_dir_all(&signals).unwrap();
        std::fs::create_dir_all(home).unwrap();
        let server = party.command(&[arguments, &["--listen", "127.0.0.1:0"]].concat());
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", SCRIPT]);
        command.arg(server.get_program()).args(server.get_args());
        command
            .envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("SIGNALS", &signals);
        let mut shell =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            println!("skipped: no disk can be mounted here");
            shell.wait().unwrap();
            return None;
        };
        Some(Self { shell, url: url.to_owned(), signals })
    }

    pub(crate) fn signal(&self, name: &str) {
        std::fs::write(self.signals.join(name), "").unwrap();
    }

    pub(crate) fn fill(&self) {
        self.signal("fill");
        until(|| self.signals.join("filled").exists());
    }

    pub(crate) fn free(&self) {
        self.signal("free");
        until(|| self.signals.join("freed").exists());
    }

    /// The exit code, once the server has ended.
    pub(crate) fn end(&mut self) -> Option<i32> {
        self.shell.wait().unwrap().code()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        for signal in ["fill", "free", "end"] {
            self.signal(signal);
        }
        let _ = self.shell.wait();
    }
}

pub(crate) fn until(mut happens: impl FnMut() -> bool) {
    let began = Instant::now();
    while !happens() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never happened");
        std::thread::sleep(Duration::from_millis(50));
    }
}

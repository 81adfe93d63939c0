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

/// Serves from a disk that is its own and starts again whenever it ends badly, as a service manager does. What is in
/// `SEED` is there from the start.
const RESTARTING: &str = r#"
    mount -t tmpfs -o size=96m none "$KEEPWELL_HOME" && cp -a "$SEED/." "$KEEPWELL_HOME" || exit 99
    await() { until [ -e "$1" ]; do sleep 0.05; done; }
    serve() {
        out=/dev/stdout
        while :; do
            "$0" "$@" >$out & echo $! >"$SIGNALS/pid"; wait $!; code=$?
            echo $code >>"$SIGNALS/exits"
            [ $code -ne 0 ] || exit 0
            out=/dev/null; sleep 0.5
        done
    }
    serve "$@" & all=$!
    await "$KEEPWELL_HOME/anchor.json"; cp "$KEEPWELL_HOME/anchor.json" "$SIGNALS"
    await "$SIGNALS/fill"; left=$(cat "$SIGNALS/fill")
    free=$(df -k "$KEEPWELL_HOME" | awk 'END { print $4 }')
    dd if=/dev/zero of="$KEEPWELL_HOME/filler" bs=1k count=$((free - left)) 2>/dev/null; touch "$SIGNALS/filled"
    await "$SIGNALS/full"
    dd if=/dev/zero of="$KEEPWELL_HOME/rest" bs=1k 2>/dev/null; touch "$SIGNALS/stuffed"
    await "$SIGNALS/free"
    rm "$KEEPWELL_HOME/filler" "$KEEPWELL_HOME/rest"; touch "$SIGNALS/freed"
    await "$SIGNALS/end"; kill -TERM "$(cat "$SIGNALS/pid")"; wait $all
"#;

/// A server on a small disk.
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
        Self::run(SCRIPT, &server, signals, None)
    }

    /// A server of this home, whose files are copied to a disk of 96 megabytes, and which starts again after a failure.
    pub(crate) fn serve_again(seed: &Path, home: &Path, arguments: &[&str]) -> Option<Self> {
        let signals = home.with_extension("signals");
        std::fs::create_dir_all(&signals).unwrap();
        std::fs::create_dir_all(home).unwrap();
        Self::run(RESTARTING, &Party::new(home).command(arguments), signals, Some(seed))
    }

    fn run(script: &str, server: &Command, signals: PathBuf, seed: Option<&Path>) -> Option<Self> {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        command.arg(server.get_program()).args(server.get_args());
        command
            .envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .env("SIGNALS", &signals)
            .env("SEED", seed.unwrap_or(Path::new("")));
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

    /// Fills the disk but for so many kilobytes.
    pub(crate) fn leave(&self, kilobytes: u64) {
        // Its name comes when the number is in it.
        std::fs::write(self.signals.join("left"), kilobytes.to_string()).unwrap();
        std::fs::rename(self.signals.join("left"), self.signals.join("fill")).unwrap();
        until(|| self.signals.join("filled").exists());
    }

    /// Fills what was left.
    pub(crate) fn stuff(&self) {
        self.signal("full");
        until(|| self.signals.join("stuffed").exists());
    }

    /// With which codes the server has ended so far, where it starts again.
    pub(crate) fn exits(&self) -> Vec<i32> {
        let exits = std::fs::read_to_string(self.signals.join("exits")).unwrap_or_default();
        exits.lines().map(|code| code.parse().unwrap()).collect()
    }

    /// The exit code, once the server has ended.
    pub(crate) fn end(&mut self) -> Option<i32> {
        self.shell.wait().unwrap().code()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        for signal in ["fill", "full", "free", "end"] {
            // What is to be left of the disk, where that is asked.
            let _ = std::fs::write(self.signals.join(signal), "1000");
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

//! A ledger whose disk is full: it says so, loses nothing that it took, and goes on when there is room again.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keepwell_net::{Gateway, HttpTransport};

use crate::keepwell::{Party, Run, text};

/// Serves a ledger from a disk of eight megabytes that is its own, and does there what `signals` asks for.
const SCRIPT: &str = r#"
    mount -t tmpfs -o size=8m none "$KEEPWELL_HOME" || exit 99
    "$0" "$@" & server=$!
    await() { until [ -e "$SIGNALS/$1" ]; do sleep 0.05; done; }
    await fill && cp "$KEEPWELL_HOME/anchor.json" "$KEEPWELL_HOME/governance.key" "$SIGNALS"
    dd if=/dev/zero of="$KEEPWELL_HOME/filler" bs=1k 2>/dev/null; touch "$SIGNALS/filled"
    await free
    [ ! -e "$SIGNALS/damage" ] || dd if=/dev/zero of="$KEEPWELL_HOME/ledger.redb" bs=4k count=1 conv=notrunc 2>/dev/null
    rm "$KEEPWELL_HOME/filler"
    [ -e "$SIGNALS/damage" ] || { await end && kill -TERM $server; }
    wait $server
"#;

struct SmallLedger {
    /// The shell, whose end is that of the server.
    shell: Child,
    url: String,
    signals: PathBuf,
}

impl SmallLedger {
    /// `None` where an ordinary user may not mount a disk.
    fn start(folder: &Path) -> Option<Self> {
        let party = Party::new(folder.join("ledger"));
        let signals = folder.join("signals");
        std::fs::create_dir_all(&signals).unwrap();
        std::fs::create_dir_all(folder.join("ledger")).unwrap();
        let server = party.command(&["ledger", "serve", "--listen", "127.0.0.1:0"]);
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

    fn signal(&self, name: &str) {
        std::fs::write(self.signals.join(name), "").unwrap();
    }

    fn fill(&self) {
        self.signal("fill");
        until(|| self.signals.join("filled").exists());
    }

    /// What `ledger status` says of the engine, with a header that was verified.
    fn engine(&self, operator: &Party) -> String {
        let anchor = text(&self.signals.join("anchor.json"));
        let status = operator.json(&["ledger", "status", &self.url, "--anchor", &anchor]);
        status["engine"].as_str().unwrap().to_owned()
    }

    /// Hands in the card of a new clinic.
    fn admit(&self, folder: &Path, name: &str) -> Run {
        let clinic = Party::new(folder.join(name));
        let anchor = text(&self.signals.join("anchor.json"));
        clinic.json(&[
            "clinic", "init", "--name", name, "--ledger", &self.url, "--host", &self.url, "--anchor", &anchor,
        ]);
        let key = text(&self.signals.join("governance.key"));
        let card = text(&clinic.home.join("card.json"));
        clinic.run(&["ledger", "admit", &card, "--governance-key", &key, "--ledger", &self.url, "--json"])
    }

    fn providers(&self) -> Vec<String> {
        let gateway = Gateway::direct(HttpTransport::new().unwrap(), &self.url.parse().unwrap());
        gateway.providers(None).unwrap().providers.iter().map(|entry| entry.provider.to_string()).collect()
    }
}

impl Drop for SmallLedger {
    fn drop(&mut self) {
        for signal in ["fill", "free", "end"] {
            self.signal(signal);
        }
        let _ = self.shell.wait();
    }
}

fn until(mut happens: impl FnMut() -> bool) {
    let began = Instant::now();
    while !happens() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never happened");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn on_a_full_disk_a_ledger_makes_no_blocks_says_so_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut ledger) = SmallLedger::start(folder.path()) else { return };
    let operator = Party::new(folder.path().join("operator"));
    ledger.fill();
    // There may be room in the file itself for some.
    let mut admitted = Vec::new();
    let sent = loop {
        let said = ledger.admit(folder.path(), &format!("Clinic {}", admitted.len())).json();
        let provider = said["provider"].as_str().unwrap().to_owned();
        if said["state"] == "sent" {
            break provider;
        }
        admitted.push(provider);
        assert!(admitted.len() < 20, "the disk is not full");
    };
    assert_eq!(ledger.engine(&operator), "stopped: disk full", "and what was proved is still served");
    ledger.admit(folder.path(), "Clinic too late").refused_with("LedgerStopped");
    admitted.sort_unstable();
    assert_eq!(ledger.providers(), admitted);

    ledger.signal("free");
    until(|| ledger.engine(&operator) == "making blocks");
    admitted.push(sent);
    admitted.sort_unstable();
    assert_eq!(ledger.providers(), admitted, "what was taken before is there, and what was refused is not");
    assert_eq!(ledger.admit(folder.path(), "Clinic again").json()["state"], "admitted");
    ledger.signal("end");
    assert_eq!(ledger.shell.wait().unwrap().code(), Some(0));
}

#[test]
fn a_ledger_whose_data_are_damaged_ends_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut ledger) = SmallLedger::start(folder.path()) else { return };
    ledger.fill();
    let operator = Party::new(folder.path().join("operator"));
    for number in 0..20 {
        let said = ledger.admit(folder.path(), &format!("Clinic {number}")).json();
        if said["state"] == "sent" {
            break;
        }
    }
    assert_eq!(ledger.engine(&operator), "stopped: disk full");
    ledger.signal("damage");
    ledger.signal("free");
    assert_eq!(ledger.shell.wait().unwrap().code(), Some(1));
}

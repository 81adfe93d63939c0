//! Runs the real binary, one process for each command, as a person or a script would.

#[cfg(target_os = "linux")]
mod clock;
mod own;
mod proxy;
mod server;
#[cfg(target_os = "linux")]
mod small_disk;
mod terminal;
mod world;

#[cfg(target_os = "linux")]
pub(crate) use clock::Clock;
pub(crate) use own::OwnWallet;
pub(crate) use proxy::{Proxy, Way, read_request};
pub(crate) use server::Server;
#[cfg(target_os = "linux")]
pub(crate) use small_disk::{SmallDisk, until};
pub(crate) use terminal::{Terminal, read_qr};
pub(crate) use world::{World, sample_patient, text};

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use keepwell_protocol::crypto::PinParameters;
use serde_json::Value;

/// What one run left behind.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// Exit 0 and exactly one JSON document on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        serde_json::from_slice(&self.stdout).expect("exactly one JSON document on stdout")
    }

    /// Exit 0; stdout as text.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// Exit 1 with this code, told by the contract; nothing on stdout.
    #[track_caller]
    pub(crate) fn refused_with(&self, code: &str) {
        self.failed_with(1, code);
        assert!(self.stdout.is_empty(), "stdout of a refusal: {}", String::from_utf8_lossy(&self.stdout));
    }

    /// This exit code and error code: the sentence for people and, with `--json`, the last line for programs.
    #[track_caller]
    pub(crate) fn failed_with(&self, exit: i32, code: &str) {
        assert_eq!(self.code, Some(exit), "stderr: {}", self.stderr);
        let told = |line: &str| line.starts_with("error: ") && line.ends_with(&format!("[{code}]"));
        assert!(self.stderr.lines().any(told), "no `error: … [{code}]` in: {}", self.stderr);
        if let Some(last) = self.stderr.lines().last().filter(|line| line.starts_with('{')) {
            let document: Value = serde_json::from_str(last).unwrap();
            assert_eq!(document["error"]["code"], code);
            assert!(document["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
        }
    }
}

/// One party: a home folder and what its commands find in the environment.
pub(crate) struct Party {
    pub(crate) home: PathBuf,
    pub(crate) pin: &'static str,
    /// The machine's, if it has none of its own.
    #[cfg(target_os = "linux")]
    pub(crate) clock: Option<Clock>,
}

impl Party {
    pub(crate) fn new(home: impl AsRef<Path>) -> Self {
        Self {
            home: home.as_ref().to_owned(),
            pin: "271828",
            #[cfg(target_os = "linux")]
            clock: None,
        }
    }

    /// The command with this party's home and PIN, nothing else of the caller's environment that we read.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keepwell"));
        command
            .args(arguments)
            .env("KEEPWELL_HOME", &self.home)
            .env("KEEPWELL_PIN", self.pin)
            .env(PinParameters::LEAST_COST_IN_PROCESS, "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(target_os = "linux")]
        if let Some(clock) = &self.clock {
            clock.give_to(&mut command);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(self.command(arguments).spawn().unwrap())
    }

    /// `run` with `--json`, which must succeed.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).json()
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Run {
        use std::io::Write as _;
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A command that refuses early closes its end; that is its right.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let run = finish(child);
        writer.join().unwrap();
        run
    }
}

/// Waits for the end of a command.
pub(crate) fn finish(child: std::process::Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

//! A server of the command as its own process, which may be killed at any time and started again.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use super::Party;

/// A running `… serve`.
pub(crate) struct Server {
    party: Party,
    arguments: Vec<String>,
    address: String,
    child: Child,
}

impl Server {
    /// Starts it on a free port and waits until it says that it answers.
    pub(crate) fn start(party: Party, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let (child, address) = spawn(&party, &arguments, "127.0.0.1:0");
        Self { party, arguments, address, child }
    }

    /// `http://127.0.0.1:PORT`, the same over all restarts.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Open files of the process, and bytes that it has in memory.
    #[cfg(target_os = "linux")]
    pub(crate) fn size(&self) -> (usize, u64) {
        let process = format!("/proc/{}", self.child.id());
        let files = std::fs::read_dir(format!("{process}/fd")).unwrap().count();
        let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        (files, resident.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024)
    }

    /// kill -9; the server stays away.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// kill -9, unless it is gone already, then the same command on the same port.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        let (child, address) = spawn(&self.party, &self.arguments, &self.address);
        assert_eq!(address, self.address);
        self.child = child;
    }

    /// Is started with this flag from the next start on.
    pub(crate) fn set_flag(&mut self, flag: &str, value: &str) {
        if let Some(at) = self.arguments.iter().position(|argument| argument == flag) {
            self.arguments.drain(at..at + 2);
        }
        self.arguments.extend([flag.to_owned(), value.to_owned()]);
    }

    /// Goes by a clock of its own from the next start on.
    #[cfg(target_os = "linux")]
    pub(crate) fn give_clock(&mut self, clock: super::Clock) {
        self.party.clock = Some(clock);
    }

    /// SIGTERM, as a service manager stops it; answers the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let killed = std::process::Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(party: &Party, arguments: &[String], listen: &str) -> (Child, String) {
    let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
    all.extend(["--listen", listen]);
    let mut child = party.command(&all).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let Some(address) = line.trim().strip_prefix("listening on http://").map(str::to_owned) else {
        let _ = child.kill();
        let mut log = String::new();
        let _ = child.stderr.take().unwrap().read_to_string(&mut log);
        panic!("no `listening on` line but {line:?}; stderr: {log}");
    };
    // The log is drained, or the server would stall when the pipe is full.
    let mut log = child.stderr.take().unwrap();
    std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
    (child, address)
}

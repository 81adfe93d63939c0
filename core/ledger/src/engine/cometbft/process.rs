//! A CometBFT of one's own: started once this process answers, ended with it, and this process with it.

use std::io::{self, ErrorKind, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keepwell_server::{remove_if_there, write_whole};
use rustix::process::{Pid, Signal, kill_process};

use super::application::Application;
use super::connection::Connection;
use super::output;
use super::version::{CometbftSeries, CometbftVersion};
use crate::engine::error::EngineError;
use crate::engine::progress::lock;

/// A running CometBFT, watched by a thread that alone signals it.
pub(super) struct Process {
    stage: Arc<Mutex<Stage>>,
    watch: JoinHandle<Option<ExitStatus>>,
}

/// What becomes of a running CometBFT.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// It is to go on: its end is a failure.
    Needed,
    /// This process ends: CometBFT may do so by itself.
    MayEnd,
    /// It is asked to end, and killed if it does not.
    Ending,
}

/// How long it may take to end when it is asked to. It may hang for ever where its application has died, and to kill it
/// is safe: it goes on from what it wrote.
const END_WAIT: Duration = Duration::from_secs(10);
/// How long after that a killed one is waited for: one that waits for a broken disk does not even end then.
const KILL_WAIT: Duration = Duration::from_secs(20);
/// How long after an end in order this process may be told to end as well: who stops a service signals all its
/// processes, and none is the first for sure.
const GRACE: Duration = Duration::from_secs(2);
/// How long it may take to say its version.
const VERSION_WAIT: Duration = Duration::from_secs(10);
/// How soon its end is noticed.
const POLL: Duration = Duration::from_millis(50);
const PID: &str = "cometbft.pid";
const LOG: &str = "cometbft.log";
/// How names of the environment begin that it does not get.
const WITHHELD: [&str; 2] = ["CMT_", "KEEPWELL_"];

impl Process {
    /// Starts it. One of this home that outlived the process which had started it is ended first.
    pub(super) fn start(
        program: &Path,
        connection: &Connection,
        application: Arc<Application>,
    ) -> Result<Self, EngineError> {
        check_version(program, connection.series)?;
        let home = connection.home.clone();
        end_stale(&home)?;
        let cannot_start = |error: io::Error| EngineError::CometbftStart(error.kind());
        let (output, input) = io::pipe().map_err(cannot_start)?;
        let failing = application.clone();
        output::keep(output, home.join(LOG), move || {
            tracing::error!("the consensus of cometbft has died");
            failing.fail(EngineError::CometbftFailed);
        })
        .map_err(unusable(LOG))?;
        let child = command(program)
            .arg("start")
            .arg("--home")
            .arg(&home)
            .arg("--proxy_app")
            .arg(format!("unix://{}", connection.socket.display()))
            .arg("--rpc.laddr")
            .arg(connection.rpc.to_setting())
            .stdin(Stdio::null())
            .stdout(input.try_clone().map_err(cannot_start)?)
            .stderr(input)
            // Ctrl-C is for this process, which then ends that one when it is its turn.
            .process_group(0)
            .spawn()
            .map_err(cannot_start)?;
        // Whatever fails from here on ends it again.
        let mut child = Guarded(Some(child));
        write_whole(&home.join(PID), child.id().to_string().as_bytes(), 0o600).map_err(unusable(PID))?;
        let stage = Arc::new(Mutex::new(Stage::Needed));
        let seen = stage.clone();
        let watch = std::thread::Builder::new()
            .name("cometbft".to_owned())
            .spawn(move || child.0.take().and_then(|child| watch(child, &home, &seen, &application)))
            .map_err(cannot_start)?;
        Ok(Self { stage, watch })
    }

    /// Says that this process ends, and that an end of CometBFT is no failure any more.
    pub(super) fn expect_end(&self) {
        *lock(&self.stage) = Stage::MayEnd;
    }

    /// Asks it to end, then kills it.
    pub(super) fn stop(self) -> Result<(), EngineError> {
        *lock(&self.stage) = Stage::Ending;
        match self.watch.join() {
            Ok(_) => Ok(()),
            Err(_) => Err(EngineError::Thread),
        }
    }
}

fn unusable(file: &'static str) -> impl Fn(io::Error) -> EngineError {
    move |error| EngineError::HomeFile { file, kind: error.kind() }
}

/// The program without what it must not get: it takes settings from names that begin with CMT_, and a PIN that is in
/// ours is none of its business.
fn command(file: &Path) -> Command {
    let mut command = Command::new(file);
    for (name, _) in std::env::vars_os() {
        if WITHHELD.iter().any(|prefix| name.as_bytes().starts_with(prefix.as_bytes())) {
            command.env_remove(name);
        }
    }
    command
}

/// Has the program say its version, before it touches anything.
fn check_version(file: &Path, wanted: CometbftSeries) -> Result<(), EngineError> {
    let cannot_start = |error: io::Error| EngineError::CometbftStart(error.kind());
    let mut command = command(file);
    command.arg("version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = Guarded(Some(command.spawn().map_err(cannot_start)?));
    let running = child.0.as_mut().ok_or(EngineError::Thread)?;
    let until = Instant::now() + VERSION_WAIT;
    while running.try_wait().map_err(cannot_start)?.is_none() {
        if Instant::now() > until {
            return Err(EngineError::CometbftStart(ErrorKind::TimedOut));
        }
        std::thread::sleep(POLL / 10);
    }
    let mut text = String::new();
    if let Some(output) = running.stdout.take() {
        output.take(MOST_OF_A_VERSION).read_to_string(&mut text).map_err(cannot_start)?;
    }
    wanted.check(&text)
}

const MOST_OF_A_VERSION: u64 = 100;

impl CometbftSeries {
    /// Takes a CometBFT of this series, by what it says of its version.
    ///
    /// # Errors
    /// [`EngineError::CometbftVersion`] of any other, [`EngineError::NotCometbft`] if it says none.
    pub(super) fn check(self, version: &str) -> Result<(), EngineError> {
        let found = CometbftVersion::parse(version).ok_or(EngineError::NotCometbft)?;
        if self.contains(found) { Ok(()) } else { Err(EngineError::CometbftVersion { found, wanted: self }) }
    }
}

/// A process that is killed unless somebody takes it.
struct Guarded(Option<Child>);

impl Guarded {
    fn id(&self) -> u32 {
        self.0.as_ref().map_or(0, Child::id)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // Fails only if it has ended meanwhile.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until it ends, by itself or when it is asked to.
fn watch(
    mut child: Child,
    home: &Path,
    stage: &Mutex<Stage>,
    application: &Application,
) -> Option<ExitStatus> {
    let mut kill_at: Option<Instant> = None;
    loop {
        match child.try_wait() {
            Ok(None) => {}
            ended => {
                let status = ended.ok().flatten();
                if is_failure(status, stage) {
                    tracing::error!(?status, log = %home.join(LOG).display(), "cometbft has ended");
                    application.fail(EngineError::CometbftEnded);
                }
                let _ = remove_if_there(&home.join(PID));
                return status;
            }
        }
        if *lock(stage) == Stage::Ending {
            match kill_at {
                None => {
                    signal(child.id(), Signal::TERM);
                    kill_at = Some(Instant::now() + END_WAIT);
                }
                Some(at) if Instant::now() > at => {
                    tracing::warn!("cometbft does not end, and is killed");
                    // Fails only if it has ended meanwhile.
                    let _ = child.kill();
                }
                Some(_) => {}
            }
        }
        std::thread::sleep(POLL);
    }
}

/// Whether it ended although it was needed. One that ended in order was asked to, mostly by who is about to ask this
/// process as well.
fn is_failure(status: Option<ExitStatus>, stage: &Mutex<Stage>) -> bool {
    let grace = if status.is_some_and(|status| status.success()) { GRACE } else { Duration::ZERO };
    let until = Instant::now() + grace;
    loop {
        if *lock(stage) != Stage::Needed {
            return false;
        }
        if Instant::now() >= until {
            return true;
        }
        std::thread::sleep(POLL);
    }
}

/// Ends a CometBFT of this home whose application was killed and that did not end by itself.
fn end_stale(home: &Path) -> Result<(), EngineError> {
    let file = home.join(PID);
    let Ok(text) = std::fs::read_to_string(&file) else { return Ok(()) };
    if let Ok(pid) = text.trim().parse::<u32>() {
        let began = Instant::now();
        while is_of_home(pid, home) {
            if began.elapsed() > END_WAIT + KILL_WAIT {
                return Err(EngineError::CometbftStays { pid });
            }
            let is_late = began.elapsed() > END_WAIT;
            signal(pid, if is_late { Signal::KILL } else { Signal::TERM });
            std::thread::sleep(POLL);
        }
    }
    remove_if_there(&file).map_err(unusable(PID))
}

/// Whether this process is a CometBFT of this home, and not another that has its number by now. One that has ended and
/// that nobody waited for has no arguments any more.
#[cfg(target_os = "linux")]
fn is_of_home(pid: u32, home: &Path) -> bool {
    // Of the kernel: a container mostly has no `ps`.
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let arguments: Vec<&[u8]> = arguments.split(|byte| *byte == 0).collect();
    let is_start = arguments.contains(&b"start".as_slice());
    let home = [b"--home".as_slice(), home.as_os_str().as_bytes()];
    is_start && arguments.windows(2).any(|pair| pair == home)
}

/// The same, where there is no `/proc`; a home whose name `ps` does not show as it is, is not recognised.
#[cfg(not(target_os = "linux"))]
fn is_of_home(pid: u32, home: &Path) -> bool {
    let listed = Command::new("ps").args(["-ww", "-o", "stat=,args=", "-p"]).arg(pid.to_string()).output();
    let line =
        listed.map(|listed| String::from_utf8_lossy(&listed.stdout).trim().to_owned()).unwrap_or_default();
    let home = format!("--home {} ", home.display());
    !line.starts_with('Z') && line.contains(" start ") && line.contains(&home)
}

fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // Fails only if it has ended meanwhile.
        let _ = kill_process(pid, signal);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::*;
    use crate::engine::cometbft::application_tests::open;

    /// A program that says this version, and when it is started waits until it is killed.
    fn program(folder: &Path, version: &str) -> PathBuf {
        let file = folder.join("cometbft");
        let script = format!("#!/bin/sh\n[ \"$1\" != version ] || {{ echo {version}; exit; }}\n{HANG}\n");
        fs::write(&file, script).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
        file
    }

    /// A shell that waits itself for somebody who never comes, so that nothing outlives it.
    const HANG: &str = "mkfifo \"$0.fifo\"; read -r line < \"$0.fifo\"";

    fn start(folder: &Path, program: &Path) -> Result<Process, EngineError> {
        let home = folder.canonicalize().unwrap();
        let connection = Connection {
            socket: home.join("app.sock"),
            rpc: "http://127.0.0.1:1".parse().unwrap(),
            series: CometbftSeries::OURS,
            free_bytes: 1,
            snapshot_blocks: 0,
            block_days: 0,
            home,
            program: Some(program.to_owned()),
        };
        Process::start(program, &connection, open(folder))
    }

    #[cfg(target_os = "linux")]
    fn of_home(home: &Path) -> Vec<u32> {
        let processes = fs::read_dir("/proc").unwrap();
        let pids = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        pids.filter(|pid| is_of_home(*pid, home)).collect()
    }

    #[test]
    fn a_program_of_another_version_or_none_is_not_run() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |version: &str| start(folder.path(), &program(folder.path(), version)).err().unwrap();
        for (version, text) in [("0.40.0", "0.40.0"), ("1.0.1", "1.0.1"), ("0.37.15+abc", "0.37.15")] {
            let error = refused(version);
            assert_eq!(error.code(), "CometbftVersion");
            assert!(error.to_string().contains(text), "{error}");
        }
        assert!(matches!(refused("usage"), EngineError::NotCometbft));
        assert!(!folder.path().join(PID).exists());
        assert_eq!(start(folder.path(), Path::new("/nonexistent")).err().unwrap().code(), "CometbftMissing");
        start(folder.path(), &program(folder.path(), "0.38.99")).unwrap().stop().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_start_that_fails_half_way_leaves_no_process_behind() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(PID)).unwrap();
        let program = program(folder.path(), "0.38.25");
        let error = start(folder.path(), &program).err().unwrap();
        assert!(matches!(error, EngineError::HomeFile { file: PID, .. }), "{error}");
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(of_home(&folder.path().canonicalize().unwrap()), [0_u32; 0]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_cometbft_that_outlived_its_node_is_ended_and_no_other_process_is() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("hôme 1");
        fs::create_dir(&home).unwrap();
        let hanging = |home: &Path| {
            let mut command = Command::new("sh");
            let name = home.join("cometbft");
            command.args(["-c", HANG]).arg(name).args(["start", "--home"]).arg(home).arg("--proxy_app");
            command.spawn().unwrap()
        };
        let mut other = Guarded(Some(hanging(folder.path())));
        fs::write(home.join(PID), other.id().to_string()).unwrap();
        end_stale(&home).unwrap();
        assert!(!home.join(PID).exists());
        assert_eq!(other.0.as_mut().unwrap().try_wait().unwrap(), None, "it has the number by chance");

        let stale = hanging(&home);
        fs::write(home.join(PID), stale.id().to_string()).unwrap();
        while !is_of_home(stale.id(), &home) {
            std::thread::sleep(POLL);
        }
        let stale = Guarded(Some(stale));
        end_stale(&home).unwrap();
        assert_eq!(of_home(&home), [0_u32; 0]);
        drop(stale);
    }

    #[test]
    fn who_ends_in_order_was_asked_to_and_who_is_killed_has_failed() {
        let ended = |script: &str| Command::new("sh").args(["-c", script]).status().unwrap();
        let stage = Arc::new(Mutex::new(Stage::Needed));
        assert!(is_failure(Some(ended("kill -9 $$")), &stage));
        let later = stage.clone();
        let stops = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(200));
            *lock(&later) = Stage::MayEnd;
        });
        assert!(!is_failure(Some(ended("exit 0")), &stage));
        stops.join().unwrap();
        assert!(!is_failure(Some(ended("exit 1")), &stage), "it may end as it likes");
        *lock(&stage) = Stage::Needed;
        assert!(is_failure(Some(ended("exit 0")), &stage), "nobody else is asked");
    }
}

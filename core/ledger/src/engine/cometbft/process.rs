//! A CometBFT of one's own: started once this process answers, ended with it, and this process with it.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keepwell_server::{remove_if_there, write_whole};
use rustix::process::{Pid, Signal, kill_process};

use super::application::Application;
use super::output;
use super::partner::{Partner, RunPartner};
use crate::engine::error::EngineError;

/// A running CometBFT, watched by a thread that alone signals it.
pub(super) struct Process {
    is_ending: Arc<AtomicBool>,
    watch: JoinHandle<Option<ExitStatus>>,
}

/// How long it may take to end when it is asked to. It may hang for ever where its application has died, and to kill it
/// is safe: it goes on from what it wrote.
const END_WAIT: Duration = Duration::from_secs(10);
/// How soon its end is noticed.
const LOOK: Duration = Duration::from_millis(50);
const PID: &str = "cometbft.pid";
const LOG: &str = "cometbft.log";
/// How names of the environment begin that it does not get.
const WITHHELD: [&str; 2] = ["CMT_", "KEEPWELL_"];

impl Process {
    /// Starts it. One of this home that outlived the process which had started it is ended first.
    pub(super) fn start(
        run: &RunPartner,
        partner: &Partner,
        application: Arc<Application>,
    ) -> Result<Self, EngineError> {
        let failed = |error: std::io::Error| EngineError::Partner(error.kind());
        let home = std::path::absolute(&run.home).map_err(failed)?;
        end_stale(&home).map_err(failed)?;
        let (output, input) = std::io::pipe().map_err(failed)?;
        let heard = application.clone();
        output::keep(output, home.join(LOG), move || {
            tracing::error!("the consensus of cometbft has died");
            heard.fail(EngineError::PartnerFailed);
        })
        .map_err(failed)?;
        let mut command = Command::new(&run.program);
        // It takes settings from names that begin with CMT_, and a PIN that is in ours is none of its business.
        for (name, _) in std::env::vars_os() {
            if WITHHELD.iter().any(|prefix| name.as_bytes().starts_with(prefix.as_bytes())) {
                command.env_remove(name);
            }
        }
        let child = command
            .arg("start")
            .arg("--home")
            .arg(&home)
            .arg("--proxy_app")
            .arg(format!("unix://{}", partner.socket.display()))
            .stdin(Stdio::null())
            .stdout(input.try_clone().map_err(failed)?)
            .stderr(input)
            // Ctrl-C is for this process, which then ends that one when it is its turn.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        // Whatever fails from here on ends it again.
        let mut child = Guarded(Some(child));
        write_whole(&home.join(PID), child.id().to_string().as_bytes(), 0o600).map_err(failed)?;
        let is_ending = Arc::new(AtomicBool::new(false));
        let told = is_ending.clone();
        let watch = std::thread::Builder::new()
            .name("cometbft".to_owned())
            .spawn(move || child.0.take().and_then(|child| watch(child, &home, &told, &application)))
            .map_err(failed)?;
        Ok(Self { is_ending, watch })
    }

    /// Asks it to end, then kills it.
    pub(super) fn stop(self) -> Result<(), EngineError> {
        self.is_ending.store(true, Ordering::SeqCst);
        match self.watch.join() {
            Ok(_) => Ok(()),
            Err(_) => Err(EngineError::Block),
        }
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

/// Waits until it ends, by itself or when it is told to.
fn watch(
    mut child: Child,
    home: &Path,
    is_ending: &AtomicBool,
    application: &Application,
) -> Option<ExitStatus> {
    let mut kill_at: Option<Instant> = None;
    loop {
        match child.try_wait() {
            Ok(None) => {}
            ended => {
                let status = ended.ok().flatten();
                if kill_at.is_none() {
                    tracing::error!(?status, log = %home.join(LOG).display(), "cometbft has ended");
                    application.fail(EngineError::PartnerEnded);
                }
                let _ = remove_if_there(&home.join(PID));
                return status;
            }
        }
        if is_ending.load(Ordering::SeqCst) {
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
        std::thread::sleep(LOOK);
    }
}

/// Ends a CometBFT of this home whose application was killed and that did not end by itself.
fn end_stale(home: &Path) -> std::io::Result<()> {
    let file = home.join(PID);
    let Ok(text) = std::fs::read_to_string(&file) else { return Ok(()) };
    if let Ok(pid) = text.trim().parse::<u32>() {
        let began = Instant::now();
        while is_of_home(pid, home)? {
            let is_late = began.elapsed() > END_WAIT;
            signal(pid, if is_late { Signal::KILL } else { Signal::TERM });
            std::thread::sleep(LOOK);
        }
    }
    remove_if_there(&file)
}

/// Whether this process is a CometBFT of this home, and not another that has its number by now.
fn is_of_home(pid: u32, home: &Path) -> std::io::Result<bool> {
    let listed = Command::new("ps").args(["-ww", "-o", "stat=,args=", "-p"]).arg(pid.to_string()).output()?;
    let line = String::from_utf8_lossy(&listed.stdout).trim().to_owned();
    let home = format!("--home {} ", home.display());
    Ok(!line.starts_with('Z') && line.contains(" start ") && line.contains(&home))
}

fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // Fails only if it has ended meanwhile.
        let _ = kill_process(pid, signal);
    }
}

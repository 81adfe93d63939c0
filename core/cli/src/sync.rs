//! `keepwell sync`: send what is queued, publish what is new, ask the ledger.

use crate::caller::Caller;
use crate::failure::Failure;
use crate::network::Connection;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::sync_pass::Pass;
use crate::unlock::unlock;
use crate::watch;

/// How often `sync` syncs, and what it may upload.
#[derive(clap::Args, Debug)]
pub(crate) struct SyncFlags {
    /// Move the wallet's anchor on the ledger now, by which a rolled-back host is recognised
    #[arg(long)]
    pub(crate) anchor: bool,
    /// Send everything again to a host that lost it, also where that is more than 20 MB
    #[arg(long)]
    pub(crate) heal: bool,
    /// Keep trying: after 30 s, then ever more rarely up to 5 min, until Ctrl-C; exits with 1 if something is
    /// still queued then
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    pub(crate) pin: PinSource,
}

/// `keepwell sync`: once, or with `--watch` until it is stopped.
pub(crate) fn run(flags: &SyncFlags, caller: &Caller) -> Result<Answer, Failure> {
    if flags.watch {
        return watch::run(flags.anchor, flags.heal, &flags.pin, caller);
    }
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let pass = Pass::run(&mut wallet, &connection, flags.anchor, flags.heal)?;
    let report = pass.report();
    Ok(pass.lines().into_iter().fold(report, Report::line).into())
}

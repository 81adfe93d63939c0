//! What keeps the owner of a wallet safe: another PIN, no way in but the PIN, the wallet gone from this device.

use std::io::{self, BufRead as _, IsTerminal as _};

use keepwell_protocol::crypto::Pin;
use keepwell_wallet::Wallet;
use serde_json::json;

use crate::caller::Caller;
use crate::failure::{CommandError, Failure, tell};
use crate::losses::losses;
use crate::output::Answer;
use crate::report::{Report, counted};
use crate::secrets::{NewPinSource, PinSource};
use crate::unlock::{open, unlock};

/// How a wallet is erased.
#[derive(clap::Args, Debug)]
pub(crate) struct EraseFlags {
    /// Erase without asking
    #[arg(long)]
    yes: bool,
    /// Erase without the PIN, which was forgotten; what only this device has is not told then
    #[arg(long, conflicts_with = "pin_file")]
    without_pin: bool,
    #[command(flatten)]
    pin: PinSource,
}

/// Sets another PIN: the old one is known to be right before the new one is asked for.
pub(crate) fn change_pin(caller: &Caller, pin: &PinSource, new: &NewPinSource) -> Result<Answer, Failure> {
    let (mut wallet, fresh) = unlock(caller, pin)?;
    wallet.change_pin(&fresh, &Pin::choose(&new.choose()?)?)?;
    let report = Report::of_deed(json!({ "changed": true }));
    Ok(report.line("The PIN is changed. The old one opens nothing any more.").into())
}

/// Closes every way in but the PIN and the words; it takes no PIN, since it only takes away.
pub(crate) fn lock(caller: &Caller) -> Result<Answer, Failure> {
    open(caller)?.panic_lock()?;
    let report = Report::of_deed(json!({ "biometrics": false }));
    Ok(report.line("Locked: only the PIN, or the recovery words, open this wallet now.").into())
}

/// Says what would be lost, asks, and removes the wallet.
pub(crate) fn erase(caller: &Caller, flags: &EraseFlags) -> Result<Answer, Failure> {
    if flags.without_pin {
        let wallet = open(caller)?;
        tell("Without the recovery words, everything in this wallet would be lost.\n");
        agree(flags.yes)?;
        wallet.erase_unauthenticated()?;
    } else {
        let (wallet, fresh) = unlock(caller, &flags.pin)?;
        tell(&warning(&wallet)?);
        agree(flags.yes)?;
        wallet.erase(fresh)?;
    }
    let report = Report::of_deed(json!({ "erased": true }));
    Ok(report.line("The wallet is gone from this device.").into())
}

fn warning(wallet: &Wallet) -> Result<String, Failure> {
    let mut lines = losses(&wallet.status()?, wallet.ledger_status()?.is_some(), wallet.quarantine_count()?);
    let open = wallet.grants()?.iter().filter(|grant| grant.state.is_entitled()).count();
    if open > 0 {
        lines.push(format!("{} would go on: end it first if it is to end", counted(open, "grant", "grants")));
    }
    let report = Report::default().line("If this wallet were erased now:");
    let report = lines.iter().fold(report, |report, line| report.line(format!("  {line}")));
    Ok(report.text().to_owned())
}

/// Has the person type the word, unless `yes` was given.
fn agree(yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        let note = "without a terminal, --yes says that it is meant".to_owned();
        return Err(Failure::from(CommandError::NotConfirmed).with_note(note));
    }
    tell("Type erase to erase it: ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|_| CommandError::NotConfirmed)?;
    if answer.trim() == "erase" { Ok(()) } else { Err(CommandError::NotConfirmed.into()) }
}

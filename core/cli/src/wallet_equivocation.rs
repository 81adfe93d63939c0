//! `keepwell wallet equivocation`: what shows to anybody that the ledger has two headers for one height.

use std::path::PathBuf;

use serde_json::json;

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::unlock::unlock;

/// Where it is written.
#[derive(clap::Args, Debug)]
pub(crate) struct EquivocationFlags {
    /// Where to write it; an older file is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    pin: PinSource,
}

/// Writes what this wallet has seen.
///
/// # Errors
/// [`CommandError::NoEquivocation`] if it has seen nothing of the kind.
pub(crate) fn write(flags: &EquivocationFlags, caller: &Caller) -> Result<Answer, Failure> {
    let writing = PrivateFile::begin(&flags.out)?;
    let (wallet, _) = unlock(caller, &flags.pin)?;
    let seen = wallet.equivocation()?.ok_or(CommandError::NoEquivocation)?;
    writing.write(|destination| destination.write_all(&seen))?;
    writing.put_in_place()?;
    Ok(Report::of_deed(json!({ "bytes": seen.len() }))
        .facts(&[("bytes", seen.len().to_string())])
        .line("Anybody checks it by `keepwell ledger equivocated FILE --anchor FILE`, without asking anyone.")
        .into())
}

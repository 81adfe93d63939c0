//! `keepwell record print`: records on paper.

use std::path::PathBuf;

use keepwell_protocol::domain::Sensitivity;
use serde_json::json;

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::naming;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::report::Report;
use crate::scope::ScopeFlags;
use crate::secrets::PinSource;
use crate::sync_pass::size;
use crate::unlock::unlock;

/// Options of `record print`.
#[derive(clap::Args, Debug)]
pub(crate) struct PrintFlags {
    /// The PDF, which its owner alone may read; an older one is replaced
    file: PathBuf,
    #[command(flatten)]
    scope: ScopeFlags,
    /// Print no record of a sensitive kind: mental-health, sexual-health, substance-use, genetics, hiv, pregnancy;
    /// by the table of codes, which does not know everything
    #[arg(long, value_name = "KIND", value_parser = Sensitivity::parse)]
    leave_out: Vec<Sensitivity>,
    /// Print identity numbers (social security, passport, driver's licence, tax, insurance), too
    #[arg(long)]
    with_numbers: bool,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell record print`.
pub(crate) fn run(flags: &PrintFlags, caller: &Caller) -> Result<Answer, Failure> {
    if !flags.scope.is_empty() {
        flags.scope.check()?;
    }
    let printing = PrivateFile::begin(&flags.file)?;
    let (wallet, fresh) = unlock(caller, &flags.pin)?;
    let scopes = match flags.scope.is_empty() {
        true => Vec::new(),
        false => vec![flags.scope.to_scope(|prefix| naming::record(prefix, &wallet))?],
    };
    let pdf = wallet.rendered_pdf(&fresh, scopes, &flags.leave_out, flags.with_numbers)?;
    let pdf = pdf.ok_or(CommandError::NotPrintable)?;
    printing.write(|destination| destination.write_all(&pdf))?;
    printing.put_in_place()?;
    Ok(Report::of_deed(json!({ "bytes": pdf.len() }))
        .facts(&[("written", flags.file.display().to_string()), ("size", size(pdf.len() as u64))])
        .line("The file is not encrypted: whoever has it can read it.")
        .into())
}

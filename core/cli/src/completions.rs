//! Shell completions and manual pages, made from the same definitions as `--help`.

use std::path::Path;

use clap::CommandFactory as _;
use serde_json::json;

use crate::arguments::Arguments;
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::report::Report;

/// The completion script for a shell.
pub(crate) fn script(shell: clap_complete::Shell) -> Result<Answer, Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "keepwell", &mut bytes);
    Ok(Answer::Bytes(bytes))
}

/// Writes a manual page for the command and for each of its subcommands.
pub(crate) fn manual(folder: &Path) -> Result<Answer, Failure> {
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .map_err(|error| CommandError::unwritable(folder, &error))?;
    Ok(Report::of_deed(json!({ "written": true })).line("manual pages written").into())
}

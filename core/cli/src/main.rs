//! The `keepwell` command: arguments in, one answer out, an exit code that scripts can rely on.
//!
//! A file for each noun; none of them prints. What they return is rendered in `output.rs` and `failure.rs`.

mod arguments;
mod clock;
mod completions;
mod failure;
mod home;
mod output;
mod qr;
mod scope;
mod secrets;
mod serve;
mod work;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};
use failure::Failure;
use output::Answer;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return failure::refuse_usage(&error),
    };
    let json = arguments.json;
    match run(arguments).and_then(|answer| answer.print(json)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

fn run(arguments: Arguments) -> Result<Answer, Failure> {
    match arguments.command {
        Command::Completions { shell } => completions::script(shell),
        Command::Man { folder } => completions::manual(&folder),
    }
}

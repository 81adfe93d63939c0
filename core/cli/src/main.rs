//! The `keepwell` command: arguments in, one answer out, an exit code that scripts can rely on.
//!
//! A file for each noun; none of them prints. What they return is rendered in `output.rs` and `failure.rs`.

mod advice;
mod arguments;
mod audit;
mod caller;
mod clinic;
mod completions;
mod connect;
mod deliveries;
mod demo;
mod failure;
mod grant;
mod grant_exposure;
mod grant_preview;
mod grant_receipt;
mod grant_revoke;
mod home;
mod host;
mod import_report;
mod ledger;
mod losses;
mod move_host;
mod naming;
mod network;
mod open;
mod output;
mod paper_revocations;
mod people;
mod private_file;
mod provider;
mod qr;
mod quarantine;
mod readable;
mod reads;
mod record;
mod record_cards;
mod record_list;
mod record_print;
mod record_stamp;
mod report;
mod request;
mod restore_report;
mod safety;
mod scope;
mod secrets;
mod self_check;
mod sending;
mod sensitive_marks;
mod serve;
mod share;
mod share_review;
mod shown_time;
mod source;
mod source_redirect;
mod sync;
mod sync_pass;
mod table;
mod text_width;
mod unlock;
mod usage;
mod wallet;
mod wallet_equivocation;
mod watch;
mod words;
mod work;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Command};
use caller::Caller;
use failure::Failure;
use output::Answer;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::refuse_usage(&error),
    };
    let json = arguments.json;
    match run(arguments).and_then(|answer| answer.print(json)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(json),
    }
}

fn run(arguments: Arguments) -> Result<Answer, Failure> {
    let caller = Caller { home: arguments.home, json: arguments.json };
    match arguments.command {
        Command::Wallet(command) => wallet::run(command, &caller),
        Command::Record(command) => record::run(command, &caller),
        Command::Source(command) => source::run(command, &caller),
        Command::Provider(command) => provider::run(command, &caller),
        Command::Grant(command) => grant::run(command, &caller),
        Command::Request(command) => request::run(command, &caller),
        Command::Share(command) => share::run(command, &caller),
        Command::Audit(command) => audit::run(command, &caller),
        Command::Sync(flags) => sync::run(&flags, &caller),
        Command::Ledger(command) => ledger::run(command, &caller),
        Command::Host(command) => host::run(command, &caller),
        Command::Clinic(command) => clinic::run(command, &caller),
        Command::Demo(options) => demo::run(options, &caller),
        Command::Completions { shell } => completions::script(shell),
        Command::Man { folder } => completions::manual(&folder),
    }
}

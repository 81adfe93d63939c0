//! A command line that does not parse, and asking for help.

use std::process::ExitCode;

use clap::CommandFactory as _;
use keepwell_protocol::domain::printable;

use crate::arguments::Arguments;
use crate::failure::{json_line, tell};

/// Answers a command line that does not parse, and `--help` and `--version`, which clap treats alike.
pub(crate) fn refuse_usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(1),
        };
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let (sentence, rest) = text.split_once('\n').unwrap_or((text, ""));
    // Who names no command is to learn which there are.
    let (sentence, rest) = match error.kind() {
        clap::error::ErrorKind::MissingSubcommand => ("a command is needed", help()),
        _ => (sentence, rest.trim_end().to_owned()),
    };
    let rest: Vec<String> = rest.trim_end().lines().map(printable).collect();
    tell(&format!("error: {} [Usage]\n{}\n", printable(sentence), rest.join("\n")));
    if std::env::args_os().any(|argument| argument == "--json") {
        tell(&json_line("Usage", sentence, serde_json::Map::new()));
    }
    ExitCode::from(2)
}

/// The help of the noun that was named without a verb, or of the whole.
fn help() -> String {
    let mut command = Arguments::command();
    command.build();
    for argument in std::env::args().skip(1) {
        if let Some(noun) = command.find_subcommand(&argument) {
            command = noun.clone();
        }
    }
    command.render_help().to_string()
}

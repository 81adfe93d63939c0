//! What stops a command, and how it is told: a sentence and a stable code on stderr, exit 1 or 2.

use std::io::Write as _;
use std::process::ExitCode;

/// A refusal or failure of any layer, ready to be told.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Failure {
    code: &'static str,
    sentence: String,
}

/// What can go wrong in the command itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The clock is before 1970.
    #[error("the clock of this machine is not set")]
    ClockUnset,
    /// Neither `--home` nor a data folder of the platform.
    #[error("there is no folder for data; name one with --home or KEEPWELL_HOME")]
    HomeUnknown,
    /// No PIN was given and there is no terminal to ask on.
    #[error("a PIN is needed: from a terminal, by --pin-file, or in KEEPWELL_PIN")]
    PinMissing,
    /// The two PINs typed for a new wallet are not the same.
    #[error("the two PINs are not the same")]
    PinMismatch,
    /// The phrase was not given, or is longer than any phrase.
    #[error("the recovery words are needed on stdin or from a terminal")]
    WordsMissing,
    /// The file can't be read.
    #[error("a file cannot be read ({0})")]
    FileUnreadable(std::io::ErrorKind),
    /// The file can't be written.
    #[error("a file cannot be written ({0})")]
    FileUnwritable(std::io::ErrorKind),
    /// The flags describe no scope that a grant may have.
    #[error(transparent)]
    Scope(keepwell_protocol::domain::InvalidScope),
    /// The text does not fit in a QR code.
    #[error("this is too long for a QR code")]
    QrTooLong,
    /// No QR code was found in the picture.
    #[error("no QR code can be read in this picture")]
    QrAbsent,
    /// The picture is of a kind that is not read or written.
    #[error("a picture is a PNG or SVG to write, a PNG or JPEG of at most 10000 pixels a side to read")]
    PictureFormat,
    /// The server can't start.
    #[error("the server cannot start ({0})")]
    ServerFailed(std::io::ErrorKind),
    /// Whoever read stdout went away before everything was written.
    #[error("the output was closed before everything was written")]
    OutputClosed,
}

impl CommandError {
    /// The stable name.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::ClockUnset => "ClockUnset",
            Self::HomeUnknown => "HomeUnknown",
            Self::PinMissing => "PinMissing",
            Self::PinMismatch => "PinMismatch",
            Self::WordsMissing => "WordsMissing",
            Self::FileUnreadable(_) => "FileUnreadable",
            Self::FileUnwritable(_) => "FileUnwritable",
            Self::Scope(_) => "InvalidScope",
            Self::QrTooLong => "QrTooLong",
            Self::QrAbsent => "QrAbsent",
            Self::PictureFormat => "PictureFormat",
            Self::ServerFailed(_) => "ServerFailed",
            Self::OutputClosed => "OutputClosed",
        }
    }
}

/// An error that has a stable code becomes a [`Failure`].
macro_rules! told_by_code {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self { code: error.code(), sentence: error.to_string() }
            }
        }
    )*};
}

told_by_code!(CommandError);

impl Failure {
    /// Tells it on stderr; with `json` the last line is a JSON document.
    ///
    /// A reader of stdout that went away, as `head` does, is not told: it knows.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        if self.code != CommandError::OutputClosed.code() {
            tell(&format!("error: {} [{}]\n", self.sentence, self.code));
            if json {
                tell(&json_line(self.code, &self.sentence));
            }
        }
        ExitCode::from(1)
    }
}

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
    let sentence = if sentence.is_empty() { "a command is needed" } else { sentence };
    tell(&format!("error: {sentence} [Usage]\n{}\n", rest.trim_end()));
    if std::env::args_os().any(|argument| argument == "--json") {
        tell(&json_line("Usage", sentence));
    }
    ExitCode::from(2)
}

fn json_line(code: &str, message: &str) -> String {
    format!("{}\n", serde_json::json!({ "error": { "code": code, "message": message } }))
}

/// If stderr is gone there is nobody left to tell.
fn tell(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

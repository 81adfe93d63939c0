//! What stops a command, and how it is told: a sentence and a stable code on stderr, exit 1 or 2.

use std::io::{self, BufRead as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use keepwell_protocol::domain::{printable, printable_json};

use keepwell_wallet::WalletError;

use crate::advice::next_step;
use crate::report::Report;

/// A refusal or failure of any layer, ready to be told.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Failure {
    code: String,
    sentence: String,
    /// What helps a person on, told before the sentence.
    notes: Vec<String>,
    /// What helps a program on, beside `code` and `message`.
    fields: serde_json::Map<String, serde_json::Value>,
    /// What was found out nevertheless; on stdout, with `json` only.
    answer: Option<Box<Report>>,
}

/// What can go wrong in the command itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// Neither `--home` nor a data folder of the platform.
    #[error("there is no folder for data; name one with --home or KEEPWELL_HOME")]
    HomeUnknown,
    /// No PIN was given and there is no terminal to ask on.
    #[error("a PIN is needed: from a terminal, by --pin-file, or in KEEPWELL_PIN")]
    PinMissing,
    /// The two PINs typed for a new wallet are not the same.
    #[error("the two PINs are not the same")]
    PinMismatch,
    /// No passcode was given for a link that asks for one, and there is no terminal to ask on.
    #[error("a passcode is needed: from a terminal, or by --passcode-file")]
    PasscodeMissing,
    /// The two passcodes typed for a link are not the same.
    #[error("the two passcodes are not the same")]
    PasscodeMismatch,
    /// A passcode was given for a link that asks for none.
    #[error("a passcode is for --flags P or LP")]
    PasscodeUnused,
    /// The phrase was not given, or is longer than any phrase.
    #[error("the recovery words are needed on stdin or from a terminal")]
    WordsMissing,
    /// The recovery words would go where they stay: to a file, a pipe, a log.
    #[error("the recovery words are shown on a terminal only; --print prints them anywhere")]
    WordsHidden,
    /// The file can't be read.
    #[error("{file} cannot be read ({kind})")]
    FileUnreadable {
        /// Its path as it was given.
        file: String,
        /// What the system says of it.
        kind: io::ErrorKind,
    },
    /// No PDF could be made of the records.
    #[error("the records can't be set as a PDF")]
    NotPrintable,
    /// The file can't be written.
    #[error("{file} cannot be written ({kind})")]
    FileUnwritable {
        /// Its path as it was given.
        file: String,
        /// What the system says of it.
        kind: io::ErrorKind,
    },
    /// The flags describe no scope that a grant may have.
    #[error(transparent)]
    Scope(keepwell_protocol::domain::InvalidScope),
    /// No provider of the directory has this name.
    #[error("there is no provider of this name; it may also be given as its id or its card file")]
    UnknownProvider,
    /// The ledger has recorded no such thing of a grant, or not by what this wallet sent.
    #[error(
        "the ledger has recorded nothing like this of the grant by what this wallet sent, or has forgotten it"
    )]
    NoReceipt,
    /// What was given is no signed revocation.
    #[error("this is not the code of a signed revocation")]
    NoRevocation,
    /// Something that the wallet relies on is not in order.
    #[error("something is not in order; each line says what")]
    SelfCheckFailed,
    /// The wallet has not seen that the ledger lied.
    #[error("the ledger has shown this wallet no two headers for one height")]
    NoEquivocation,
    /// The wallet is not connected, and not all of its servers were named.
    #[error("a wallet that is not connected yet needs --ledger, --host and --anchor")]
    ServersMissing,
    /// The person was asked and did not agree.
    #[error("nothing was done, since it was not confirmed")]
    NotConfirmed,
    /// Several providers have this name.
    #[error("several providers have this name; say which one by its id")]
    AmbiguousProvider,
    /// Something that came as a resource is not JSON.
    #[error("a record is not JSON")]
    ResourceNotJson,
    /// The text does not fit in a QR code.
    #[error("this is too long for a QR code")]
    QrTooLong,
    /// The picture is of a kind that is not written.
    #[error("a picture of a QR code is written as PNG or SVG")]
    PictureFormat,
    /// Something that the story says did not hold.
    #[error("the story does not hold: {0}")]
    DemoCheck(&'static str),
    /// The server can't start.
    #[error("the server cannot start ({0})")]
    ServerFailed(std::io::ErrorKind),
    /// Whoever read stdout went away before everything was written, or nobody was to read it.
    #[error("the output was closed before everything was written")]
    OutputClosed,
    /// Some files of an import could not be read to their end.
    #[error("{broken} of {of} files could not be read to their end and were left out; the others are in")]
    FilesBroken {
        /// Files that were left out.
        broken: usize,
        /// The number of files of the import.
        of: usize,
    },
    /// Nobody came back from the browser.
    #[error("nothing came back from the browser")]
    BrowserSilent,
    /// A watch was ended while something still waited for a server.
    #[error("something is still queued; `keepwell sync` goes on with it")]
    StillQueued,
}

impl CommandError {
    /// That this file can't be read.
    pub(crate) fn unreadable(file: impl AsRef<Path>, error: &io::Error) -> Self {
        Self::FileUnreadable { file: file.as_ref().display().to_string(), kind: error.kind() }
    }

    /// That this file can't be written.
    pub(crate) fn unwritable(file: impl AsRef<Path>, error: &io::Error) -> Self {
        Self::FileUnwritable { file: file.as_ref().display().to_string(), kind: error.kind() }
    }

    /// The name by which scripts know it; listed in `docs/errors.md`.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::HomeUnknown => "HomeUnknown",
            Self::PinMissing => "PinMissing",
            Self::PinMismatch => "PinMismatch",
            Self::PasscodeMissing => "PasscodeMissing",
            Self::PasscodeMismatch => "PasscodeMismatch",
            Self::PasscodeUnused => "PasscodeUnused",
            Self::WordsMissing => "WordsMissing",
            Self::WordsHidden => "WordsHidden",
            Self::FileUnreadable { .. } => "FileUnreadable",
            Self::NotPrintable => "NotPrintable",
            Self::FileUnwritable { .. } => "FileUnwritable",
            Self::Scope(_) => "InvalidScope",
            Self::UnknownProvider => "UnknownProvider",
            Self::NoReceipt => "NoReceipt",
            Self::NoRevocation => "NoRevocation",
            Self::SelfCheckFailed => "SelfCheckFailed",
            Self::NoEquivocation => "NoEquivocation",
            Self::ServersMissing => "ServersMissing",
            Self::NotConfirmed => "NotConfirmed",
            Self::AmbiguousProvider => "AmbiguousProvider",
            Self::ResourceNotJson => "ResourceNotJson",
            Self::QrTooLong => "QrTooLong",
            Self::PictureFormat => "PictureFormat",
            Self::DemoCheck(_) => "DemoCheck",
            Self::ServerFailed(_) => "ServerFailed",
            Self::OutputClosed => "OutputClosed",
            Self::FilesBroken { .. } => "FilesBroken",
            Self::BrowserSilent => "BrowserSilent",
            Self::StillQueued => "StillQueued",
        }
    }
}

/// An error that has a stable code becomes a [`Failure`].
macro_rules! told_by_code {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self {
                    code: error.code().to_owned(),
                    sentence: error.to_string(),
                    notes: Vec::new(),
                    fields: serde_json::Map::new(),
                    answer: None,
                }
            }
        }
    )*};
}

told_by_code!(
    CommandError,
    keepwell_wallet::StoreError,
    keepwell_ledger::LedgerError,
    keepwell_ledger::BadAggregatorKey,
    keepwell_ledger::BadGovernanceKey,
    keepwell_host::HostError,
    keepwell_clinic::ClinicError,
    keepwell_clinic::Refusal,
    keepwell_clinic::ShareError,
    keepwell_protocol::formats::shl::OpenError,
    keepwell_net::NetError,
    keepwell_net::AnchorRefused,
    keepwell_net::GatewayError,
    keepwell_protocol::ledger::AnchorError,
    keepwell_protocol::ledger::CardError,
    keepwell_protocol::ledger::TransactionError,
    keepwell_protocol::crypto::CryptoError,
    keepwell_protocol::crypto::PinError,
    keepwell_protocol::crypto::words::WordsError,
    keepwell_protocol::vault::InvalidInvite,
);

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        let ids = match &error {
            WalletError::AmbiguousId { ids } => ids.clone(),
            _ => Vec::new(),
        };
        let failure = Self {
            code: error.code().to_owned(),
            sentence: error.to_string(),
            notes: Vec::new(),
            fields: serde_json::Map::new(),
            answer: None,
        };
        if ids.is_empty() {
            return failure;
        }
        ids.iter().fold(failure, |failure, id| failure.with_note(id.clone())).with_field("ids", ids.into())
    }
}

impl Failure {
    /// Whether this is its code.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code == code
    }

    /// What a program is told under this name.
    #[cfg(test)]
    pub(crate) fn field(&self, name: &str) -> Option<&serde_json::Value> {
        self.fields.get(name)
    }

    /// The sentence, with its code.
    pub(crate) fn sentence(&self) -> String {
        format!("{} [{}]", self.sentence, self.code)
    }

    /// Adds a line that helps a person on.
    #[must_use]
    pub(crate) fn with_note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }

    /// Adds a field that helps a program on.
    #[must_use]
    pub(crate) fn with_field(mut self, name: &str, value: serde_json::Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// Adds an answer, which a program gets on stdout all the same.
    #[must_use]
    pub(crate) fn with_document(mut self, answer: Report) -> Self {
        self.answer = Some(Box::new(answer));
        self
    }

    /// Tells it on stderr; with `json` the last line is a JSON document.
    ///
    /// A reader of stdout that went away, as `head` does, is not told: it knows. What was done or taken
    /// back is told all the same.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        if let Some(answer) = self.answer.as_ref().filter(|_| json) {
            let _ = writeln!(std::io::stdout().lock(), "{}", answer.document());
        }
        if self.code != CommandError::OutputClosed.code() || !self.notes.is_empty() {
            for note in self.notes.iter().map(String::as_str).chain(next_step(&self.code)) {
                tell(&format!("{}\n", printable(note)));
            }
            tell(&format!("error: {}\n", printable(&self.sentence())));
            if json {
                tell(&json_line(&self.code, &self.sentence, self.fields.clone()));
            }
        }
        ExitCode::from(1)
    }
}

/// The last line on stderr, for a program.
pub(crate) fn json_line(
    code: &str,
    message: &str,
    mut fields: serde_json::Map<String, serde_json::Value>,
) -> String {
    fields.insert("code".to_owned(), code.into());
    fields.insert("message".to_owned(), message.into());
    format!("{}\n", printable_json(&serde_json::json!({ "error": fields }).to_string()))
}

/// Asks the person; whatever is not yes is no.
///
/// # Errors
/// [`CommandError::NotConfirmed`].
pub(crate) fn confirm(question: &str) -> Result<(), Failure> {
    tell(&format!("{question} [y/N] "));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|_| CommandError::NotConfirmed)?;
    if answer.trim().eq_ignore_ascii_case("y") { Ok(()) } else { Err(CommandError::NotConfirmed.into()) }
}

/// If stderr is gone there is nobody left to tell.
pub(crate) fn tell(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

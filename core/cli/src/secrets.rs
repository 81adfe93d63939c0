//! PINs and recovery words: from a terminal without echo, a file, stdin or the environment, never from
//! arguments.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::failure::{CommandError, Failure};

/// More than any PIN or phrase, little enough that nobody's disk image is read into memory.
const MAX_SECRET_BYTES: u64 = 16 * 1024;

/// Where the PIN comes from.
#[derive(clap::Args, Debug)]
pub(crate) struct PinSource {
    /// Read the PIN from the first line of this file (otherwise from KEEPWELL_PIN, or asked for)
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

impl PinSource {
    /// The PIN of an existing wallet.
    pub(crate) fn read(&self) -> Result<Zeroizing<String>, Failure> {
        match self.given()? {
            Some(pin) => Ok(pin),
            None => ask("PIN: "),
        }
    }

    /// The PIN for a new wallet: typed twice where it is typed.
    pub(crate) fn choose(&self) -> Result<Zeroizing<String>, Failure> {
        match self.given()? {
            Some(pin) => Ok(pin),
            None => ask_twice(),
        }
    }

    fn given(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        match &self.pin_file {
            Some(path) => first_line(path).map(Some),
            None => Ok(std::env::var("KEEPWELL_PIN").ok().map(Zeroizing::new)),
        }
    }
}

/// Where the PIN that is to be set comes from.
#[derive(clap::Args, Debug)]
pub(crate) struct NewPinSource {
    /// Read the new PIN from the first line of this file (otherwise it is asked for, twice)
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

impl NewPinSource {
    /// The PIN in the place of an old one.
    pub(crate) fn choose(&self) -> Result<Zeroizing<String>, Failure> {
        match &self.new_pin_file {
            Some(path) => first_line(path),
            None => ask_twice().map_err(|failure| {
                failure.with_note("--new-pin-file gives a new PIN from a file".to_owned())
            }),
        }
    }
}

/// The passcode of a link that somebody else made: from the file, else typed on a terminal.
pub(crate) fn read_passcode(file: Option<&Path>) -> Result<Option<Zeroizing<String>>, Failure> {
    match file {
        Some(path) => first_line(path).map(Some),
        None => Ok(rpassword::prompt_password("Passcode: ").ok().map(Zeroizing::new)),
    }
}

/// The passcode of a link that is being made: from the file, else typed twice on a terminal.
pub(crate) fn choose_passcode(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    if let Some(path) = file {
        return first_line(path);
    }
    let typed = || rpassword::prompt_password("Passcode for the link: ").ok().map(Zeroizing::new);
    let again = || rpassword::prompt_password("The same again: ").ok().map(Zeroizing::new);
    let first = typed().ok_or(CommandError::PasscodeMissing)?;
    let second = again().ok_or(CommandError::PasscodeMissing)?;
    if first == second { Ok(first) } else { Err(CommandError::PasscodeMismatch.into()) }
}

fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let file = std::fs::File::open(path).map_err(|error| CommandError::unreadable(path, &error))?;
    let text = read_secret(file).map_err(|error| CommandError::unreadable(path, &error))?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().trim().to_owned()))
}

fn ask_twice() -> Result<Zeroizing<String>, Failure> {
    let pin = ask("New PIN (6 digits or more): ")?;
    if *pin == *ask("The same again: ")? { Ok(pin) } else { Err(CommandError::PinMismatch.into()) }
}

/// The recovery words: typed without echo on a terminal, else all of stdin.
pub(crate) fn recovery_words() -> Result<Zeroizing<String>, Failure> {
    let text = if io::stdin().is_terminal() {
        rpassword::prompt_password("Recovery words: ").map(Zeroizing::new)
    } else {
        read_secret(io::stdin().lock())
    };
    text.map_err(|_| CommandError::WordsMissing.into())
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| CommandError::PinMissing.into())
}

fn read_secret(source: impl io::Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(512));
    source.take(MAX_SECRET_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

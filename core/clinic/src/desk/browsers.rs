//! The browsers that somebody with the right code has used: none of them waits when others guess.

use std::path::PathBuf;

use keepwell_protocol::crypto;

use crate::ClinicError;
use crate::home::write_private;

/// The tokens of known browsers, by what is written of them: a hash each, in a file for its owner alone, so that
/// they are known after the next start too.
pub(super) struct Browsers {
    file: PathBuf,
    known: Vec<String>,
}

impl Browsers {
    /// Reads who is known; a file that is missing or no list of hashes knows nobody.
    pub(super) fn read(file: PathBuf) -> Self {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let known = text.lines().filter(|line| line.len() == 64).take(MOST).map(str::to_owned).collect();
        Self { file, known }
    }

    /// Whether this is the token of a known browser.
    pub(super) fn knows(&self, token: &str) -> bool {
        self.known.contains(&name(token))
    }

    /// Remembers a browser, in the place of the one remembered first if there are many.
    ///
    /// # Errors
    /// [`ClinicError`] if it can't be written; it is known until the desk ends then.
    pub(super) fn remember(&mut self, token: &str) -> Result<(), ClinicError> {
        if self.known.len() >= MOST {
            self.known.remove(0);
        }
        self.known.push(name(token));
        write_private(&self.file, format!("{}\n", self.known.join("\n")).as_bytes())
    }
}

/// What is kept of a token, which itself stays with its browser.
fn name(token: &str) -> String {
    hex::encode(crypto::sha256(token.as_bytes()))
}

const MOST: usize = 64;

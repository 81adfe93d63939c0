//! Who runs a command: the options that every noun shares.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::home;

/// The options before the noun.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The folder that was named, if any.
    pub(crate) home: Option<PathBuf>,
    /// Whether a program reads the answer.
    pub(crate) json: bool,
}

impl Caller {
    /// The folder with this party's state.
    pub(crate) fn home(&self) -> Result<PathBuf, Failure> {
        home::resolve(self.home.clone())
    }
}

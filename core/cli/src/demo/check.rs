//! What a step says: that something holds, or what people see.

use std::io::Write as _;

use crate::failure::{CommandError, Failure};

/// A check of the story: `sentence` says what had to hold.
pub(super) fn check(holds: bool, sentence: &'static str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(CommandError::DemoCheck(sentence).into()) }
}

/// Writes to people. Whoever stopped listening still gets the exit code.
pub(super) fn show(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

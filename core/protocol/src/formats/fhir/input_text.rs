//! The text of an input as a source of its own, for who reads it in another way.

use std::io::{self, Read};

use super::error::ReadError;
use super::input::Input;
use super::walk::Walk;

/// The text of an input, checked to be UTF-8.
pub(super) struct InputText<'a> {
    input: Input<'a>,
    at: u64,
}

impl<'a> Walk<'a> {
    /// Takes the text from here on; the walk begins anew with what its input goes on with.
    pub(super) fn take_text(&mut self) -> InputText<'a> {
        self.keep = None;
        InputText { input: self.input.take(), at: std::mem::take(&mut self.at) }
    }
}

impl InputText<'_> {
    fn fill(&mut self) -> Result<(), ReadError> {
        self.input.check_text()?;
        while self.input.text_from(self.at).is_empty() && !self.input.has_ended() {
            self.input.fill(self.at)?;
        }
        Ok(())
    }
}

impl Read for InputText<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill().map_err(io::Error::other)?;
        let mut text = self.input.text_from(self.at);
        let count = text.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

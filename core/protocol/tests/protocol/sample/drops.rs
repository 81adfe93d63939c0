//! A source as it comes over a pipe.

use std::io::{self, Read};

/// Gives out so many bytes at a time at most.
pub(crate) struct Drops<'a>(pub(crate) &'a [u8], pub(crate) usize);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.1.min(buffer.len());
        self.0.read(&mut buffer[..size])
    }
}

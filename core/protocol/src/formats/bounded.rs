//! A source that gives no more than is allowed at once, so that what is read of it fits into memory.

use std::io::{self, BufRead, Read};

/// What a source gives, up to a bound that is set anew for each piece that is held whole.
pub(super) struct Bounded<R> {
    source: R,
    left: u64,
    refusal: fn() -> io::Error,
}

impl<R> Bounded<R> {
    /// Gives nothing yet; beyond what is allowed it fails so.
    pub(super) fn new(source: R, refusal: fn() -> io::Error) -> Self {
        Self { source, left: 0, refusal }
    }

    /// Gives so many bytes from here on.
    pub(super) fn allow(&mut self, bytes: u64) {
        self.left = bytes;
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 { Err((self.refusal)()) } else { self.source.fill_buf() }
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count as u64);
        self.source.consume(count);
    }
}

/// What went wrong in the source, or in the XML that it gave.
pub(super) fn of_source(error: quick_xml::Error, in_xml: impl Fn() -> io::Error) -> io::Error {
    match error {
        quick_xml::Error::Io(error) => std::sync::Arc::into_inner(error).unwrap_or_else(in_xml),
        _ => in_xml(),
    }
}

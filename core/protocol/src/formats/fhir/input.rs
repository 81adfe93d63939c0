//! The bytes of an input in order, unpacked, checked to be UTF-8, and only as many as are needed.

use std::{
    cell::Cell,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

use flate2::bufread::MultiGzDecoder;

use super::{error::ReadError, event::Limits};

/// A window on the unpacked input. It begins at the first byte that is still needed.
pub(super) struct Input<'a> {
    source: Box<dyn Read + 'a>,
    read: Rc<Cell<u64>>,
    gzip: bool,
    limits: Limits,
    buffer: Vec<u8>,
    /// How much of the buffer is filled.
    end: usize,
    /// The offset of `buffer[0]` in the unpacked input.
    base: u64,
    /// Up to where in the buffer the text is known to be UTF-8.
    checked: usize,
    /// Whether the input is checked to be text from here on.
    text: bool,
    ended: bool,
}

impl<'a> Input<'a> {
    pub(super) fn open(source: impl Read + 'a, limits: Limits) -> Result<Self, ReadError> {
        let read = Rc::new(Cell::new(0));
        let mut source = BufReader::with_capacity(CHUNK, Counted { source, read: Rc::clone(&read) });
        let gzip = loop {
            match source.fill_buf() {
                Ok(start) => break start.starts_with(&[0x1f, 0x8b]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::of_source(error)),
            }
        };
        let source: Box<dyn Read + 'a> =
            if gzip { Box::new(MultiGzDecoder::new(source)) } else { Box::new(source) };
        Ok(Self {
            source,
            read,
            gzip,
            limits,
            buffer: Vec::new(),
            end: 0,
            base: 0,
            checked: 0,
            text: false,
            ended: false,
        })
    }

    /// Takes what is left of an input. What stays has nothing, until it goes on, and counts the same bytes.
    #[cfg(feature = "imports")]
    pub(super) fn take(&mut self) -> Self {
        let nothing = Self {
            source: Box::new(io::empty()),
            read: Rc::clone(&self.read),
            gzip: false,
            limits: self.limits,
            buffer: Vec::new(),
            end: 0,
            base: 0,
            checked: 0,
            text: false,
            ended: false,
        };
        std::mem::replace(self, nothing)
    }

    /// Goes on with what another source gives.
    #[cfg(feature = "imports")]
    pub(super) fn go_on(&mut self, source: Box<dyn Read + 'a>) {
        self.source = source;
    }

    /// Bytes taken from the source so far, before unpacking.
    pub(super) fn read(&self) -> u64 {
        self.read.get()
    }

    pub(super) fn is_gzip(&self) -> bool {
        self.gzip
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.end).unwrap_or_default()
    }

    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// The bytes from an offset on that are known to be text.
    #[cfg(feature = "imports")]
    pub(super) fn text_from(&self, offset: u64) -> &[u8] {
        let from = usize::try_from(offset - self.base).unwrap_or(usize::MAX);
        self.buffer.get(from..self.checked).unwrap_or_default()
    }

    /// Whether [`bytes`](Self::bytes) reach to the end of the input.
    pub(super) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Drops the bytes before `offset` and reads more behind the rest: at least one, or the input
    /// has ended. A window that is full doubles.
    pub(super) fn fill(&mut self, offset: u64) -> Result<(), ReadError> {
        let drop = usize::try_from(offset - self.base).unwrap_or(usize::MAX).min(self.end);
        if drop > 0 {
            self.buffer.copy_within(drop..self.end, 0);
            self.base += drop as u64;
            self.checked = self.checked.saturating_sub(drop);
            self.end -= drop;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.end + self.end.max(CHUNK), 0);
        }
        loop {
            match self.source.read(self.buffer.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if self.gzip && is_damage(&error) => return Err(ReadError::DamagedGzip(error)),
                Err(error) => return Err(ReadError::of_source(error)),
            }
            break;
        }
        self.check_size()?;
        if self.text { self.check_text() } else { Ok(()) }
    }

    fn check_size(&self) -> Result<(), ReadError> {
        let unpacked = self.base + self.end as u64;
        let ratio = self.limits.gzip_ratio.saturating_mul(self.read.get()).max(self.limits.gzip_free_bytes);
        if self.gzip && unpacked > ratio.min(self.limits.unpacked_bytes) {
            return Err(ReadError::GzipTooLarge);
        }
        Ok(())
    }

    /// Checks that the input is UTF-8, as far as it was read and from now on.
    pub(super) fn check_text(&mut self) -> Result<(), ReadError> {
        self.text = true;
        let new = self.buffer.get(self.checked..self.end).unwrap_or_default();
        match std::str::from_utf8(new) {
            Ok(_) => self.checked = self.end,
            Err(error) => {
                self.checked += error.valid_up_to();
                if error.error_len().is_some() || self.ended {
                    return Err(ReadError::InvalidUtf8 { offset: self.base + self.checked as u64 });
                }
            }
        }
        Ok(())
    }
}

/// Whether an error of the decoder is about the stream and not about its source.
fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

struct Counted<R> {
    source: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

/// Bytes read at once.
const CHUNK: usize = 128 * 1024;

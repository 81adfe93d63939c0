//! The files of an import: each is read twice, once for whom it is about and once for its records.

use std::io::{self, Read};

use keepwell_protocol::formats::fhir::ReadError;

/// One file of an import.
pub struct ImportFile<'a> {
    name: String,
    input: Input<'a>,
}

enum Input<'a> {
    /// Opened from its beginning each time.
    Again(Open<'a>),
    /// Read once; afterwards held.
    Once(Box<dyn Read + 'a>),
    Held(Vec<u8>),
}

type Open<'a> = Box<dyn FnMut() -> io::Result<Box<dyn Read + 'a>> + 'a>;

impl<'a> ImportFile<'a> {
    /// A file that `open` gives from its beginning, each time that it is called.
    pub fn new(name: impl Into<String>, open: impl FnMut() -> io::Result<Box<dyn Read + 'a>> + 'a) -> Self {
        Self { name: name.into(), input: Input::Again(Box::new(open)) }
    }

    /// What can be read only once: standard input, a pipe, an answer.
    pub fn once(name: impl Into<String>, source: impl Read + 'a) -> Self {
        Self { name: name.into(), input: Input::Once(Box::new(source)) }
    }

    /// Bytes at hand.
    pub fn from_bytes(name: impl Into<String>, bytes: &'a [u8]) -> Self {
        Self::new(name, move || Ok(Box::new(bytes)))
    }

    /// What a report calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens it from its beginning.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub(super) fn open(&mut self) -> Result<Box<dyn Read + '_>, ReadError> {
        if let Input::Once(source) = &mut self.input {
            let mut held = Vec::new();
            source.take(MOST_HELD + 1).read_to_end(&mut held).map_err(ReadError::Io)?;
            if held.len() as u64 > MOST_HELD {
                return Err(ReadError::Io(io::ErrorKind::FileTooLarge.into()));
            }
            self.input = Input::Held(held);
        }
        match &mut self.input {
            Input::Again(open) => open().map_err(ReadError::Io),
            Input::Held(held) => Ok(Box::new(held.as_slice())),
            Input::Once(_) => Err(ReadError::Io(io::ErrorKind::Unsupported.into())),
        }
    }
}

/// The most that is held of what can be read only once, in bytes.
const MOST_HELD: u64 = 256 << 20;

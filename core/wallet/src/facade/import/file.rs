//! The files of an import: each is read twice, once for whom it is about and once for its records.

use std::io::{self, Read};
use std::ops::ControlFlow;

use keepwell_protocol::formats::fhir::ReadError;
use rusqlite::{Connection, Transaction};

use crate::error::WalletError;
use crate::store::spool::{self, SpoolError, Spooled};

/// How to take the files of an import.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImportOptions {
    /// What to call where the records come from; by default the base of their addresses, or `file`.
    pub source: Option<String>,
    /// Which of several people is the owner: `@` and a number of the list in
    /// [`WalletError::OtherPatient`], an id, or a fullUrl. It is remembered that this person is the
    /// owner; records of anyone else are kept out and counted.
    pub patient: Option<String>,
}

/// One file of an import.
pub struct ImportFile<'a> {
    name: String,
    input: Input<'a>,
}

enum Input<'a> {
    /// Opened from its beginning each time.
    Again(Open<'a>),
    /// Read once; then it lies spooled.
    Once(Box<dyn Read + 'a>),
    Spooled(Spooled),
    /// Read once, and not to its end.
    Broken(io::ErrorKind),
}

type Open<'a> = Box<dyn FnMut() -> io::Result<Box<dyn Read + 'a>> + 'a>;

impl<'a> ImportFile<'a> {
    /// A file that `open` gives from its beginning, each time that it is called.
    pub fn new(name: impl Into<String>, open: impl FnMut() -> io::Result<Box<dyn Read + 'a>> + 'a) -> Self {
        Self { name: name.into(), input: Input::Again(Box::new(open)) }
    }

    /// What can be read only once: standard input, a pipe, an answer. It is kept sealed until the import
    /// has ended.
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

    /// Keeps what can be read only once; `told` gets how much of it is there.
    pub(super) fn spool(
        &mut self,
        transaction: &Transaction<'_>,
        told: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), WalletError> {
        let Input::Once(source) = &mut self.input else { return Ok(()) };
        let mut is_cancelled = false;
        let mut told = |length| match told(length) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                is_cancelled = true;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        };
        match spool::keep(transaction, source, &mut told) {
            Ok(spooled) => {
                self.input = Input::Spooled(spooled);
                Ok(())
            }
            Err(SpoolError::Store(error)) => Err(error.into()),
            Err(SpoolError::Input(_)) if is_cancelled => Err(ReadError::Cancelled.into()),
            Err(SpoolError::Input(error)) => {
                // It may go on after all, and what is left of it would pass for the whole.
                self.input = Input::Broken(error.kind());
                Err(ReadError::Io(error).into())
            }
        }
    }

    /// Opens it from its beginning.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub(super) fn open<'o>(
        &'o mut self,
        connection: &'o Connection,
    ) -> Result<Box<dyn Read + 'o>, ReadError> {
        match &mut self.input {
            Input::Again(open) => open().map_err(ReadError::Io),
            Input::Spooled(spooled) => Ok(Box::new(spooled.open(connection))),
            Input::Once(_) => Err(ReadError::Io(io::ErrorKind::Unsupported.into())),
            Input::Broken(kind) => Err(ReadError::Io((*kind).into())),
        }
    }
}

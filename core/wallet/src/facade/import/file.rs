//! The files of an import: each is read twice, once for whom it is about and once for its records.

use std::io::{self, Read};
use std::ops::ControlFlow;

use keepwell_protocol::formats::archive::ArchiveError;
#[cfg(feature = "imports")]
use keepwell_protocol::formats::archive::{ArchiveEntry, UnpackedEntry};
use keepwell_protocol::formats::fhir::ReadError;
use rusqlite::{Connection, Transaction};

use crate::error::WalletError;
use crate::store::source_pulls;
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
    /// Why it is not read, where that is known from the archive that it is, or is in.
    refused: Option<ArchiveError>,
}

enum Input<'a> {
    /// Opened from its beginning each time.
    Again(Open<'a>),
    /// Read once; then it lies spooled.
    Once(Box<dyn Read + 'a>),
    Spooled(Spooled),
    /// A page that came from a clinic's server, by its row.
    Pulled(i64),
    /// An entry of an archive that lies spooled.
    #[cfg(feature = "imports")]
    Packed(Spooled, ArchiveEntry),
    /// Read once, and not to its end.
    Broken(io::ErrorKind),
}

type Open<'a> = Box<dyn FnMut() -> io::Result<Box<dyn Read + 'a>> + 'a>;

impl<'a> ImportFile<'a> {
    /// A file that `open` gives from its beginning, each time that it is called.
    pub fn new(name: impl Into<String>, open: impl FnMut() -> io::Result<Box<dyn Read + 'a>> + 'a) -> Self {
        Self { name: name.into(), input: Input::Again(Box::new(open)), refused: None }
    }

    /// What can be read only once: standard input, a pipe, an answer. It is kept sealed until the import
    /// has ended.
    pub fn once(name: impl Into<String>, source: impl Read + 'a) -> Self {
        Self { name: name.into(), input: Input::Once(Box::new(source)), refused: None }
    }

    /// Bytes at hand.
    pub fn from_bytes(name: impl Into<String>, bytes: &'a [u8]) -> Self {
        Self::new(name, move || Ok(Box::new(bytes)))
    }

    /// A page that came from a clinic's server and lies in the store.
    pub(in crate::facade) fn pulled(name: impl Into<String>, row: i64) -> Self {
        Self { name: name.into(), input: Input::Pulled(row), refused: None }
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
            Input::Pulled(row) => {
                let page = source_pulls::page(connection, *row).map_err(io::Error::other);
                let page = page.and_then(|page| page.ok_or(io::ErrorKind::NotFound.into()));
                Ok(Box::new(io::Cursor::new(page.map_err(ReadError::Io)?)))
            }
            #[cfg(feature = "imports")]
            Input::Packed(archive, entry) => {
                let unpacked = UnpackedEntry::open(archive.open(connection), entry);
                Ok(Box::new(unpacked.map_err(ReadError::of_source)?))
            }
            Input::Once(_) => Err(ReadError::Io(io::ErrorKind::Unsupported.into())),
            Input::Broken(kind) => Err(ReadError::Io((*kind).into())),
        }
    }

    /// Why it is not read at all.
    pub(super) fn refused(&self) -> Option<ArchiveError> {
        self.refused
    }

    /// The same file, for one import.
    pub(super) fn lend<'l>(&'l mut self) -> ImportFile<'l>
    where
        'a: 'l,
    {
        let input = match &mut self.input {
            Input::Again(open) => Input::Again(Box::new(move || Ok(open()? as Box<dyn Read + 'l>))),
            Input::Once(source) => Input::Once(Box::new(source)),
            Input::Spooled(spooled) => Input::Spooled(*spooled),
            Input::Pulled(row) => Input::Pulled(*row),
            #[cfg(feature = "imports")]
            Input::Packed(archive, entry) => Input::Packed(*archive, entry.clone()),
            Input::Broken(kind) => Input::Broken(*kind),
        };
        ImportFile { name: self.name.clone(), input, refused: self.refused }
    }
}

#[cfg(feature = "imports")]
impl ImportFile<'_> {
    /// What it begins with, as far as it can be read.
    pub(super) fn start(&mut self, connection: &Connection) -> Result<Vec<u8>, ReadError> {
        let mut start = Vec::new();
        self.open(connection)?.take(START).read_to_end(&mut start).map_err(ReadError::Io)?;
        Ok(start)
    }

    /// Keeps it as an archive, whose entries are read from any place of it.
    pub(super) fn spool_archive(
        &mut self,
        transaction: &Transaction<'_>,
        told: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Option<Spooled>, WalletError> {
        if let Input::Again(open) = &mut self.input {
            self.input = Input::Once(open().map_err(ReadError::Io)?);
        }
        self.spool(transaction, told)?;
        Ok(if let Input::Spooled(spooled) = self.input { Some(spooled) } else { None })
    }

    /// Says that it is not read.
    pub(super) fn refuse(&mut self, reason: ArchiveError) {
        self.refused = Some(reason);
    }
}

#[cfg(feature = "imports")]
impl ImportFile<'_> {
    /// An entry of an archive, which itself is called so.
    pub(super) fn packed(archive_name: &str, archive: Spooled, entry: ArchiveEntry) -> Self {
        let name = format!("{archive_name}/{}", entry.name);
        let refused = entry.refused;
        Self { name, input: Input::Packed(archive, entry), refused }
    }
}

/// Bytes that tell an archive from other files.
#[cfg(feature = "imports")]
const START: u64 = 4;

//! What can be read only once, kept sealed while an import reads it twice.
//!
//! It lies in the encrypted database, within the import's own transaction: whatever ends that leaves none of it.

use std::io::{self, Read, Seek, SeekFrom};

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::StoreError;

/// Input that was spooled: its bytes, in rows that follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spooled {
    first: i64,
    length: u64,
}

/// Why something could not be spooled.
#[derive(Debug)]
pub(crate) enum SpoolError {
    /// The input broke, or is too long.
    Input(io::Error),
    /// The store did.
    Store(StoreError),
}

/// Reads an input to its end and keeps it; `told` gets how many bytes there are so far, and may break.
pub(crate) fn keep(
    transaction: &Transaction<'_>,
    source: &mut dyn Read,
    told: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Result<Spooled, SpoolError> {
    let store = |error: rusqlite::Error| SpoolError::Store(error.into());
    let mut statement = transaction.prepare_cached("INSERT INTO spool (bytes) VALUES (?1)").map_err(store)?;
    let mut kept = Spooled { first: 0, length: 0 };
    loop {
        let mut chunk = Vec::new();
        source.take(CHUNK).read_to_end(&mut chunk).map_err(SpoolError::Input)?;
        if chunk.is_empty() {
            return Ok(kept);
        }
        let length = kept.length + chunk.len() as u64;
        if length > LONGEST {
            return Err(SpoolError::Input(io::ErrorKind::FileTooLarge.into()));
        }
        let row = statement.insert([&chunk]).map_err(store)?;
        kept = Spooled { first: if kept.length == 0 { row } else { kept.first }, length };
        told(length).map_err(SpoolError::Input)?;
    }
}

/// Drops all that is spooled.
pub(crate) fn empty(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM spool", [])?;
    Ok(())
}

impl Spooled {
    /// Opens it from its beginning.
    pub(crate) fn open<'c>(self, connection: &'c Connection) -> SpoolReader<'c> {
        SpoolReader { connection, spooled: self, at: 0, chunk: None }
    }
}

/// Reads what was spooled, from any place of it.
pub(crate) struct SpoolReader<'c> {
    connection: &'c Connection,
    spooled: Spooled,
    at: u64,
    /// The row that was read last, and its bytes.
    chunk: Option<(i64, Vec<u8>)>,
}

impl Read for SpoolReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.spooled.length {
            return Ok(0);
        }
        let past_first = i64::try_from(self.at / CHUNK).map_err(io::Error::other)?;
        let row = self.spooled.first + past_first;
        if self.chunk.as_ref().is_none_or(|(read, _)| *read != row) {
            let bytes: Option<Vec<u8>> = self
                .connection
                .prepare_cached("SELECT bytes FROM spool WHERE id = ?1")
                .and_then(|mut statement| statement.query_row([row], |row| row.get(0)).optional())
                .map_err(io::Error::other)?;
            // The import that kept it has ended: it is gone, and no empty file.
            self.chunk = Some((row, bytes.ok_or(io::ErrorKind::NotFound)?));
        }
        let start = usize::try_from(self.at % CHUNK).map_err(io::Error::other)?;
        let mut rest = self.chunk.as_ref().and_then(|(_, bytes)| bytes.get(start..)).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for SpoolReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.spooled.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Bytes kept in one row.
const CHUNK: u64 = 1 << 20;
/// The most that is taken of one input: what a gzip stream may unpack to.
const LONGEST: u64 = 8_000_000_000;

//! What can be read only once, kept sealed while an import reads it twice.
//!
//! It lies in the encrypted database, within the import's own transaction: whatever ends that leaves none of it.

use std::io::{self, Cursor, Read};

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::StoreError;

/// Input that was spooled: its chunks, from the first row to the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spooled {
    first: i64,
    last: i64,
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
    let mut kept = Spooled { first: 1, last: 0 };
    let mut length = 0;
    loop {
        let mut chunk = Vec::new();
        source.take(CHUNK).read_to_end(&mut chunk).map_err(SpoolError::Input)?;
        if chunk.is_empty() {
            return Ok(kept);
        }
        length += chunk.len() as u64;
        if length > LONGEST {
            return Err(SpoolError::Input(io::ErrorKind::FileTooLarge.into()));
        }
        let row = statement.insert([&chunk]).map_err(store)?;
        kept = Spooled { first: if kept.last == 0 { row } else { kept.first }, last: row };
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
        SpoolReader { connection, next: self.first, last: self.last, chunk: Cursor::default() }
    }
}

/// Reads what was spooled.
pub(crate) struct SpoolReader<'c> {
    connection: &'c Connection,
    next: i64,
    last: i64,
    chunk: Cursor<Vec<u8>>,
}

impl Read for SpoolReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.chunk.read(buffer)? {
                0 if self.next > self.last || buffer.is_empty() => return Ok(0),
                0 => {}
                read => return Ok(read),
            }
            let chunk: Option<Vec<u8>> = self
                .connection
                .prepare_cached("SELECT bytes FROM spool WHERE id = ?1")
                .and_then(|mut statement| statement.query_row([self.next], |row| row.get(0)).optional())
                .map_err(io::Error::other)?;
            self.next += 1;
            // The import that kept it has ended: it is gone, and no empty file.
            self.chunk = Cursor::new(chunk.ok_or(io::ErrorKind::NotFound)?);
        }
    }
}

/// Bytes kept in one row.
const CHUNK: u64 = 1 << 20;
/// The most that is taken of one input: what a gzip stream may unpack to.
const LONGEST: u64 = 8_000_000_000;

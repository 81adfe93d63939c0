//! Unpacking one entry as a stream that is held to what the list says of it.

use std::io::{self, Read, Seek, SeekFrom, Take};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::error::ArchiveError;
use super::list::ArchiveEntry;

/// An entry while it is unpacked. It gives as many bytes as the list says, of the checksum that the list says, or ends in
/// an error that holds an [`ArchiveError`].
pub struct UnpackedEntry<R> {
    source: Packed<R>,
    left: u64,
    expected: u32,
    crc: Crc,
}

enum Packed<R> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<Take<R>>),
}

impl<R: Read + Seek> UnpackedEntry<R> {
    /// Opens an entry of the archive that this reader reads.
    ///
    /// # Errors
    /// What [`ArchiveEntry::refused`] says; [`ArchiveError::Damaged`] if it isn't where the list says; those of the reader.
    pub fn open(mut reader: R, entry: &ArchiveEntry) -> io::Result<Self> {
        if let Some(refused) = entry.refused {
            return Err(failure(refused));
        }
        reader.seek(SeekFrom::Start(entry.header_start))?;
        let mut header = [0; LOCAL_HEADER];
        reader.read_exact(&mut header).map_err(damaged_at_end)?;
        let [b'P', b'K', 3, 4, .., name, name_high, extra, extra_high] = header else {
            return Err(failure(ArchiveError::Damaged));
        };
        let lengths = [[name, name_high], [extra, extra_high]].map(u16::from_le_bytes);
        reader.seek(SeekFrom::Current(lengths.map(i64::from).iter().sum()))?;
        let packed = reader.take(entry.packed_bytes);
        let source = match entry.is_deflated {
            true => Packed::Deflated(DeflateDecoder::new(packed)),
            false => Packed::Stored(packed),
        };
        Ok(Self { source, left: entry.bytes, expected: entry.crc32, crc: Crc::new() })
    }
}

impl<R: Read> Read for UnpackedEntry<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.source {
            Packed::Stored(source) => source.read(buffer),
            Packed::Deflated(source) => source.read(buffer),
        };
        let read = read.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => failure(ArchiveError::Damaged),
            _ => damaged_at_end(error),
        })?;
        let is_whole = match self.left.checked_sub(read as u64) {
            None => false,
            Some(left) => {
                self.left = left;
                self.crc.update(buffer.get(..read).unwrap_or_default());
                read > 0 || buffer.is_empty() || left == 0 && self.crc.sum() == self.expected
            }
        };
        if is_whole { Ok(read) } else { Err(failure(ArchiveError::Damaged)) }
    }
}

fn damaged_at_end(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => failure(ArchiveError::Damaged),
        _ => error,
    }
}

fn failure(reason: ArchiveError) -> io::Error {
    io::Error::other(reason)
}

/// Bytes of a local header before the name (APPNOTE 6.3.10 §4.3.7).
const LOCAL_HEADER: usize = 30;

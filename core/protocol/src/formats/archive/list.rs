//! The list of what is in an archive, held against limits before anything is unpacked.

use std::io::{Read, Seek, SeekFrom};

use zip::CompressionMethod;
use zip::read::Config;
use zip::unstable::read::ZipIterable;

use super::error::ArchiveError;
use super::name::{is_furniture, says_xdm, shown};

/// How much of an archive is taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ArchiveLimits {
    /// Entries, folders and the like included.
    pub entries: usize,
    /// Bytes that one entry may unpack to.
    pub entry_bytes: u64,
    /// Bytes that all entries together may unpack to.
    pub unpacked_bytes: u64,
    /// How many times its size the archive, or an entry, may unpack to.
    pub ratio: u64,
    /// Up to this many unpacked bytes the ratio is not looked at.
    pub free_bytes: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            entries: 20_000,
            entry_bytes: 4_000_000_000,
            unpacked_bytes: 8_000_000_000,
            ratio: 200,
            free_bytes: 64_000_000,
        }
    }
}

/// An entry of an archive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchiveEntry {
    /// What it is called, for people only: it leads nowhere, and another may be called the same.
    pub name: String,
    /// Where its local header is.
    pub(super) header_start: u64,
    pub(super) packed_bytes: u64,
    pub(super) bytes: u64,
    pub(super) crc32: u32,
    pub(super) is_deflated: bool,
    /// Why it can't be unpacked, where that is known from the list.
    pub refused: Option<ArchiveError>,
}

/// What is in an archive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Listed {
    /// Entries that may be records, in their order: without folders, what operating systems leave behind, and the pages
    /// and style sheets of an XDM medium.
    Entries(Vec<ArchiveEntry>),
    /// A document of an office program, which is one file for its owner.
    OfficeDocument,
}

/// Whether an input that begins so is a zip archive.
pub fn is_archive(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
}

/// Lists what is in an archive. Nothing is unpacked, and no entry is given that lies or unpacks beyond the limits without
/// [`ArchiveEntry::refused`] saying so. Entries of the same name are all given.
///
/// # Errors
/// [`ArchiveError::Damaged`], [`ArchiveError::TooManyEntries`]; [`ArchiveError::TooLarge`] if the entries that would be
/// unpacked are together more than the limits allow.
///
/// ```
/// use std::io::Cursor;
///
/// use keepwell_protocol::formats::archive::{ArchiveError, ArchiveLimits, list_archive};
///
/// let cut = list_archive(&mut Cursor::new(b"PK\x03\x04"), ArchiveLimits::default());
/// assert_eq!(cut, Err(ArchiveError::Damaged));
/// ```
pub fn list_archive<R: Read + Seek>(reader: &mut R, limits: ArchiveLimits) -> Result<Listed, ArchiveError> {
    let length = reader.seek(SeekFrom::End(0)).map_err(|_| ArchiveError::Damaged)?;
    let mut archive = ZipIterable::try_new(reader, Config::default()).map_err(|_| ArchiveError::Damaged)?;
    if archive.len() > limits.entries {
        return Err(ArchiveError::TooManyEntries);
    }
    let (mut entries, mut is_office, mut total, mut packed) = (Vec::new(), false, 0_u64, 0_u64);
    for entry in archive.files().map_err(|_| ArchiveError::Damaged)? {
        let entry = entry.map_err(|_| ArchiveError::Damaged)?;
        let raw_name = entry.name().map_err(|_| ArchiveError::Damaged)?;
        let (bytes, packed_bytes) = (entry.size(), entry.compressed_size());
        is_office |= raw_name == "[Content_Types].xml";
        packed = packed.saturating_add(packed_bytes);
        let method = entry.compression();
        let is_deflated = method == CompressionMethod::Deflated;
        let most = limits.ratio.saturating_mul(packed_bytes).max(limits.free_bytes).min(limits.entry_bytes);
        let refused = if entry.encrypted() {
            Some(ArchiveError::Encrypted)
        } else if bytes > most {
            Some(ArchiveError::TooLarge)
        } else if !is_deflated && method != CompressionMethod::Stored {
            Some(ArchiveError::Compression)
        } else {
            None
        };
        if refused.is_none() {
            total = total.saturating_add(bytes);
        }
        let listed = ArchiveEntry {
            name: shown(&raw_name),
            header_start: entry.header_start(),
            packed_bytes,
            bytes,
            crc32: entry.crc32(),
            is_deflated,
            refused,
        };
        entries.push((listed, entry.is_dir()));
    }
    // Entries that lie in one another are made to unpack to more than there is.
    if packed > length {
        return Err(ArchiveError::Damaged);
    }
    if total > limits.ratio.saturating_mul(length).max(limits.free_bytes).min(limits.unpacked_bytes) {
        return Err(ArchiveError::TooLarge);
    }
    if is_office {
        return Ok(Listed::OfficeDocument);
    }
    let is_xdm = entries.iter().any(|(entry, _)| says_xdm(&entry.name));
    entries.retain(|(entry, is_folder)| !is_furniture(&entry.name, *is_folder, is_xdm));
    Ok(Listed::Entries(entries.into_iter().map(|(entry, _)| entry).collect()))
}

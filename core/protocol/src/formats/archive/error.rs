//! Why an archive, or an entry of one, cannot be read.

/// Why an archive, or an entry of one, cannot be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
pub enum ArchiveError {
    /// Its list of entries, or what is packed, is cut off or does not hold together.
    #[error("the archive is damaged or cut off: download it again")]
    Damaged,
    /// An entry is encrypted.
    #[error("it is encrypted in the archive: unpack that with its password, and import what is in it")]
    Encrypted,
    /// An entry is packed by another method than deflate.
    #[error(
        "it is packed in the archive by a method that is not read: unpack that, and import what is in it"
    )]
    Compression,
    /// It unpacks to more than [`ArchiveLimits`](super::ArchiveLimits) allow.
    #[error("it unpacks to too much: unpack the archive, and import what is in it in parts")]
    TooLarge,
    /// It lists more entries than [`ArchiveLimits`](super::ArchiveLimits) allow.
    #[error("too many files are in the archive: unpack it, and import them in parts")]
    TooManyEntries,
}

impl ArchiveError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Damaged => "DamagedArchive",
            Self::Encrypted => "EncryptedArchive",
            Self::Compression => "ArchiveCompression",
            Self::TooLarge => "ArchiveTooLarge",
            Self::TooManyEntries => "ArchiveTooManyEntries",
        }
    }
}

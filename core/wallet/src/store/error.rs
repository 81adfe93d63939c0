//! Why the store could not do what was asked.

use keepwell_protocol::crypto::{CryptoError, PinError};
use keepwell_protocol::domain::CborError;

use super::device_key::DeviceKeyError;

/// Why the store could not do what was asked; it is left as it was.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no wallet in this home.
    #[error("there is no wallet here")]
    NoWallet,
    /// There is a wallet in this home already.
    #[error("there is a wallet here already")]
    WalletExists,
    /// Another process, or another handle in this one, has the home open.
    #[error("another process is using this wallet")]
    Busy,
    /// The slots say that there is a wallet, but its database is missing or empty.
    #[error("the wallet's database is missing")]
    Missing,
    /// The database file is not encrypted.
    #[error("the wallet's database is not encrypted")]
    NotEncrypted,
    /// The database, or a file beside it, does not hold what was written there.
    #[error("the wallet's data is damaged: {part}")]
    Corrupt {
        /// Which check failed.
        part: &'static str,
    },
    /// The database is not the one that belongs to these slots.
    #[error("the database belongs to another wallet")]
    OtherWallet,
    /// The state does not continue from what was last sealed: an older file was put back.
    #[error("the wallet is at generation {found}, but generation {sealed} was sealed")]
    RolledBack {
        /// Generation of the state log, or revision of the slots, that was found.
        found: u64,
        /// The one that was sealed last.
        sealed: u64,
    },
    /// The file was written by a newer version of the wallet; it was left untouched.
    #[error("the wallet has schema version {found}, newest supported is {supported}")]
    TooNew {
        /// The version of the file.
        found: u32,
        /// The newest version that this program knows.
        supported: u32,
    },
    /// The home lies where locks or durable writes cannot be relied on.
    #[error("the wallet cannot be kept here: {reason}")]
    UnsafePlace {
        /// What is wrong with the place.
        reason: &'static str,
    },
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The home cannot be written.
    #[error("the wallet's files cannot be written")]
    ReadOnly,
    /// The PIN is wrong.
    #[error("the PIN is wrong, {left} tries are left")]
    WrongPin {
        /// Tries until the slot is destroyed.
        left: u32,
    },
    /// Too many wrong PINs; the next try is allowed later.
    #[error("wait {seconds} seconds before the next try")]
    PinDelayed {
        /// How long to wait.
        seconds: u64,
    },
    /// The PIN slot was destroyed after too many wrong tries; the recovery words still open.
    #[error("the PIN no longer opens this wallet, the recovery words do")]
    PinSlotDestroyed,
    /// Biometrics open nothing here: they were never turned on, or turned off.
    #[error("biometrics do not open this wallet, the PIN does")]
    BiometricsOff,
    /// The device has given up the key that a finger or a face opened, as when another one was enrolled.
    #[error("biometrics no longer open this wallet, the PIN does")]
    BiometricsLost,
    /// The PIN cannot be used.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The recovery words are those of another wallet.
    #[error("these recovery words belong to another wallet")]
    WrongWords,
    /// The device's key store did not do its part.
    #[error(transparent)]
    DeviceKey(#[from] DeviceKeyError),
    /// The system gave no randomness, or a cipher failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// A file operation failed.
    #[error("a file of the wallet could not be read or written")]
    Io(#[source] std::io::Error),
    /// SQLite reported an error.
    #[error("database error")]
    Sqlite(#[source] rusqlite::Error),
}

impl StoreError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoWallet => "NoWallet",
            Self::WalletExists => "WalletExists",
            Self::Busy => "Busy",
            Self::Missing => "StorageMissing",
            Self::NotEncrypted => "NotEncrypted",
            Self::Corrupt { .. } => "StorageCorrupt",
            Self::OtherWallet => "StorageOtherWallet",
            Self::RolledBack { .. } => "StorageRolledBack",
            Self::TooNew { .. } => "StorageTooNew",
            Self::UnsafePlace { .. } => "StorageUnsafePlace",
            Self::DiskFull => "DiskFull",
            Self::ReadOnly => "StorageReadOnly",
            Self::WrongPin { .. } => "WrongPin",
            Self::PinDelayed { .. } => "PinDelayed",
            Self::PinSlotDestroyed => "PinSlotDestroyed",
            Self::BiometricsOff => "BiometricsOff",
            Self::BiometricsLost => "BiometricsLost",
            Self::Pin(error) => error.code(),
            Self::WrongWords => "WrongWords",
            Self::DeviceKey(error) => error.code(),
            Self::Crypto(error) => error.code(),
            Self::Io(_) => "StorageIo",
            Self::Sqlite(_) => "StorageDatabase",
        }
    }
}

/// An error of a layer above, of which the store's may be the cause.
pub(crate) trait FromStore: From<StoreError> {
    /// Whether the disk was full.
    fn is_disk_full(&self) -> bool;
}

impl FromStore for StoreError {
    fn is_disk_full(&self) -> bool {
        matches!(self, Self::DiskFull)
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => Self::DiskFull,
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Io(error),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        if error.sqlite_error().is_some_and(|error| error.extended_code == SHM_SIZE) {
            return Self::DiskFull;
        }
        match error.sqlite_error_code() {
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Corrupt { part: "a page" },
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy,
            Some(Code::DiskFull) => Self::DiskFull,
            Some(Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied) => Self::ReadOnly,
            _ => Self::Sqlite(error),
        }
    }
}

/// `SQLITE_IOERR_SHMSIZE`: there was no room for the index of the write-ahead log.
const SHM_SIZE: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

/// Something in the encrypted database does not read back as what this program writes.
impl From<CborError> for StoreError {
    fn from(_: CborError) -> Self {
        Self::Corrupt { part: "an object" }
    }
}

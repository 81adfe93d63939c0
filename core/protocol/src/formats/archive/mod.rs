//! Zip archives (PKWARE APPNOTE 6.3.10): what is in them, without unpacking anything to a place that a name in them says.

mod error;
#[cfg(feature = "imports")]
mod list;
#[cfg(feature = "imports")]
mod name;
#[cfg(feature = "imports")]
mod unpack;

pub use error::ArchiveError;
#[cfg(feature = "imports")]
pub use list::{ArchiveEntry, ArchiveLimits, Listed, is_archive, list_archive};
#[cfg(feature = "imports")]
pub use unpack::UnpackedEntry;

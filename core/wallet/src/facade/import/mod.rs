//! Bringing records in from files.

mod export;
mod file;
mod held;
mod notices;
mod origin;
mod owner;
mod reading;
mod run;
mod set_aside;
mod survey;
mod taking;

pub use file::ImportFile;
pub use notices::Notice;
pub(crate) use run::import_files;
pub use run::{ImportOptions, ImportReport};
pub(crate) use set_aside::note_delivery;
pub use set_aside::{BrokenFile, QuarantinedPart};

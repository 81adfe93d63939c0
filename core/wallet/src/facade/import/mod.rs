//! Bringing records in from files.

mod archives;
mod export;
mod file;
mod held;
mod notices;
mod origin;
mod owner;
mod reading;
mod report;
mod run;
mod set_aside;
mod survey;
mod taking;

pub use file::{ImportFile, ImportOptions};
pub use notices::Notice;
pub(super) use owner::Owner;
pub use report::ImportReport;
pub(crate) use report::note_delivery;
pub(crate) use run::import_files;
pub use set_aside::{BrokenFile, QuarantinedPart};

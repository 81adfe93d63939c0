//! FHIR as patients are given it: reading files, and what a record says about itself.

mod cursor;
mod error;
mod input;
mod kind;
mod reader;
mod scan;

pub use error::{Quarantine, ReadError};
pub use kind::Kind;
pub use reader::{Event, Limits, Resource, Summary, read};

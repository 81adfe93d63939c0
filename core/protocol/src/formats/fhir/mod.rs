//! FHIR as patients are given it: reading files, and what a record says about itself.

mod attachment;
mod cursor;
mod date;
mod error;
mod head;
mod input;
mod kind;
mod reader;
mod scan;
mod search_text;

pub use attachment::{Attachment, AttachmentKind, InvalidBase64};
pub use date::ClinicalDate;
pub use error::{Quarantine, ReadError};
pub use head::{Coding, HumanName, Identifier, ResourceHead};
pub use kind::Kind;
pub use reader::{Event, Limits, Resource, Summary, read};

//! SMART Health Links 1.0.0 (HL7 "SMART Health Cards and Links", STU 1), made as
//! links to one file, the form that the US "Kill the Clipboard" profile asks for, and opened in every form.

mod link;
mod manifest;
mod receive;

pub use link::{Flags, ShareLink, ShareLinkError};
pub use manifest::{LONGEST_LIST, ListedFile, manifest_request, read_manifest};
pub use receive::{OpenError, SharedFile, direct_request, read_answer, read_embedded};

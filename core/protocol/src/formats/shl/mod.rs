//! SMART Health Links 1.0.0 (HL7 "SMART Health Cards and Links", STU 1), made and opened in every form; without being
//! asked for another as links to one file, which is what the US "Kill the Clipboard" profile asks for.

mod link;
mod manifest;
mod manifest_answer;
mod receive;

pub use link::{Flags, ShareLink, ShareLinkError};
pub use manifest::{LONGEST_LIST, ListedFile, manifest_request, read_manifest};
pub use manifest_answer::{ManifestQuestion, ServedAt, ServedFile, write_manifest, write_remaining_attempts};
pub use receive::{OpenError, SharedFile, direct_request, read_answer, read_embedded};

//! The International Patient Summary (HL7 IPS 2.0.1, FHIR R4): one document of what another clinic needs first.
//!
//! - `section`: the sections, and which of them a resource belongs to, if to any.
//! - `selection`: of many records, those that are current or newest.
//! - `narrative`: what a person reads of a section, as XHTML.
//! - `document`: the Bundle.

mod document;
mod narrative;
mod section;
mod selection;

pub use document::{IpsRecord, ips_document};
pub use narrative::NarrativeRow;

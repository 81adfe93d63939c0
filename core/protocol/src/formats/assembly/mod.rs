//! Records of one person put together for somebody else, in one of two forms: [`patient_shared_bundle`], all of them, as the US
//! "Kill the Clipboard" profile asks for; [`ips_document`], what is current of them, as an International Patient Summary.
//!
//! A [`PatientSharedDocument`] goes along with the first form: the same records as a PDF.
//!
//! - `assembled`: a record that goes in, and the Bundle that comes out.
//! - `addresses`: what its entries are called, and where their references lead.

mod addresses;
mod assembled;
mod ips;
mod patient_shared_bundle;
mod patient_shared_document;

pub use assembled::{AssembledBundle, AssemblyError, Dangling, SharedRecord};
pub use ips::{IpsRecord, NarrativeRow, ips_document};
pub use patient_shared_bundle::patient_shared_bundle;
pub use patient_shared_document::PatientSharedDocument;

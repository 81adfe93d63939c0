//! Documents of HL7's Clinical Document Architecture, release 2, of which C-CDA is a form: what FHIR can say of them.
//!
//! The document itself becomes a `DocumentReference` with all of its bytes and the text of its sections. From its entries
//! follow records as the implementation guide [C-CDA on FHIR](http://hl7.org/fhir/us/ccda/) maps them. Each says by
//! `meta.source` which document it was made from, and by the tag `SYNTAC` (a transformation of syntax, of HL7's
//! [ObservationValue](http://terminology.hl7.org/CodeSystem/v3-ObservationValue)) that somebody else wrote it otherwise.

#[cfg(feature = "imports")]
mod code;
#[cfg(feature = "imports")]
mod demographics;
#[cfg(feature = "imports")]
mod document;
#[cfg(feature = "imports")]
mod element;
#[cfg(feature = "imports")]
mod entries;
mod error;
#[cfg(feature = "imports")]
mod json;
#[cfg(feature = "imports")]
mod narrative;
#[cfg(feature = "imports")]
mod read;
#[cfg(feature = "imports")]
mod records;
#[cfg(feature = "imports")]
mod time;

#[cfg(feature = "imports")]
pub use document::{MOST_BYTES, OpenedDocument, codings, open_document};
pub use error::CdaError;
#[cfg(feature = "imports")]
pub use records::Derived;

//! Apple Health's `export.xml` as one Observation for each day, kind and source.
//!
//! An export has millions of measurements, of which a clinic asks for days. Codes and units are those of
//! [Open mHealth's mapping to FHIR](https://github.com/Healthedata1/mFHIR), and Apple's own name of a kind where LOINC has none. What
//! counts up is summed; of the rest a day with several values has their average, least and greatest, as FHIR's own statistics
//! say them (<https://hl7.org/fhir/R4/observation-operation-stats.html>). Sources are never added up: a phone and a watch count the
//! same steps. Nothing says whom an export is about, so neither do its records: they are of whoever has the phone.

#[cfg(feature = "imports")]
mod days;
mod error;
#[cfg(feature = "imports")]
mod export;
#[cfg(feature = "imports")]
mod kinds;
#[cfg(feature = "imports")]
mod observation;
#[cfg(feature = "imports")]
mod sample;

pub use error::AppleHealthError;
#[cfg(feature = "imports")]
pub(super) use export::{Export, Found};

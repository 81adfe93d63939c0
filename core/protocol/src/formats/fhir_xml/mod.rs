//! FHIR in XML (<https://hl7.org/fhir/R4/xml.html>) as the same resources in JSON (<https://hl7.org/fhir/R4/json.html>).
//!
//! Both forms say the same by definition, so nothing is lost but comments and the layout: names and order stay, numbers keep
//! their digits, the XHTML of a narrative stays XHTML. What is a list, a number or a boolean is said by the definitions of
//! all five releases, [fixtures/fhir-elements](../../../../../fixtures/fhir-elements/README.md).

#[cfg(feature = "imports")]
mod convert;
#[cfg(feature = "imports")]
mod elements;
mod error;
#[cfg(feature = "imports")]
mod members;
#[cfg(feature = "imports")]
mod namespace;
#[cfg(feature = "imports")]
mod narrative;
#[cfg(feature = "imports")]
mod stream;

pub use error::FhirXmlError;
#[cfg(feature = "imports")]
pub(super) use stream::JsonOfXml;

//! Formats of the outside world: bytes in, domain out.

pub mod apple_health;
pub mod archive;
pub mod assembly;
#[cfg(feature = "imports")]
mod bounded;
pub mod cda;
pub mod fhir;
pub mod fhir_xml;
pub mod http;
pub mod shc;
pub mod shl;

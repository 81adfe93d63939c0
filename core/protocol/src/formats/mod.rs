//! Formats of the outside world: bytes in, domain out.

pub mod apple_health;
pub mod archive;
#[cfg(feature = "crypto")]
pub mod assembly;
#[cfg(feature = "imports")]
mod bounded;
pub mod cda;
pub mod fhir;
pub mod fhir_xml;
#[cfg(feature = "crypto")]
pub mod http;
#[cfg(feature = "crypto")]
pub mod shc;
#[cfg(feature = "crypto")]
pub mod shl;

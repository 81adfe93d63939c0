//! Formats of the outside world: bytes in, domain out.

pub mod fhir;
pub mod http;
pub mod ips;
pub mod shl;

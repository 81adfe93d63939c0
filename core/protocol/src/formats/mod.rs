//! Formats of the outside world: bytes in, domain out.

pub mod http;

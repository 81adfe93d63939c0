//! The HTTP client of every party: limits, timeouts, bundled roots, signed requests, and the seam of time.
//!
//! Everything here is synchronous. A server that runs on an async runtime calls it from a thread
//! where blocking is allowed.

mod acknowledgement;
mod address;
mod card_issuers;
mod clock;
mod error;
mod gateway;
#[cfg(feature = "http")]
mod http;
mod oblivious;
#[cfg(feature = "http")]
mod pauses;
mod peer;
mod renewal;
mod request;
mod server_error;
mod shared_link;
mod transport;

pub use acknowledgement::{AnswerError, acknowledged, granted, is_cbor};
pub use address::Reach;
pub use card_issuers::{CardIssuers, IssuerError};
pub use clock::{Clock, SystemClock};
pub use error::NetError;
pub use gateway::{Gateway, GatewayError, Proved};
#[cfg(feature = "http")]
pub use http::{HttpTransport, Timeouts};
pub use oblivious::{Oblivious, sealed_gateways};
pub use peer::{Peer, PeerError};
pub use renewal::{AnchorRefused, Renewal, RenewalError};
pub use request::request;
pub use server_error::ServerError;
pub use shared_link::{SharedLinkError, open_shared_link};
pub use transport::{Limits, Transport};

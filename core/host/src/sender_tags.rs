//! Tags that tell senders of envelopes apart and do not say who they are.

use std::net::IpAddr;

use keepwell_protocol::crypto::{self, Rng};
use keepwell_server::{network, subscriber};

use crate::HostError;
use crate::store::Sender;

/// Tells envelopes of one network from those of others, and says nothing else about it: the key of its tags
/// is never written.
pub(crate) struct SenderTags([u8; 32]);

impl SenderTags {
    /// Takes a new key.
    pub(crate) fn new() -> Result<Self, HostError> {
        Ok(Self(Rng::system().array().map_err(|_| HostError::Randomness)?))
    }

    pub(crate) fn of(&self, peer: IpAddr) -> Sender {
        let tag = |width: &str, address: IpAddr| {
            let digest =
                crypto::sha256(&[&self.0, width.as_bytes(), address.to_string().as_bytes()].concat());
            digest.first_chunk().copied().map_or(0, i64::from_be_bytes)
        };
        Sender { subscriber: tag("line", subscriber(peer)), network: tag("network", network(peer)) }
    }
}

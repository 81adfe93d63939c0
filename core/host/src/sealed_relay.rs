//! The ways to the gateways that sealed questions are passed on to.

use std::sync::Arc;

use keepwell_net::{NetError, Timeouts};
use keepwell_protocol::domain::GatewayId;

use crate::Clock;
use crate::gateway_cache::GatewayCache;
use crate::sealed_gateway::SealedGateway;

/// The gateways, each by a way of its own.
pub(crate) struct SealedRelay(Vec<(GatewayId, GatewayCache)>);

impl SealedRelay {
    pub(crate) fn new(gateways: &[SealedGateway], clock: &Clock) -> Result<Self, NetError> {
        let way = |gateway: &SealedGateway| {
            Ok((gateway.id, GatewayCache::new(&gateway.url, Arc::clone(clock), TIMEOUTS)?))
        };
        Ok(Self(gateways.iter().map(way).collect::<Result<_, NetError>>()?))
    }

    /// The names of the gateways.
    pub(crate) fn ids(&self) -> Vec<GatewayId> {
        self.0.iter().map(|(id, _)| *id).collect()
    }

    /// The way to one of them.
    pub(crate) fn way(&self, gateway: GatewayId) -> Option<&GatewayCache> {
        self.0.iter().find(|(id, _)| *id == gateway).map(|(_, way)| way)
    }
}

/// A gateway waits up to five seconds for a block, and whoever asked this host ten for an answer.
const TIMEOUTS: Timeouts = Timeouts {
    idle: std::time::Duration::from_secs(8),
    grace: std::time::Duration::from_secs(8),
    floor: 1024 * 1024,
};

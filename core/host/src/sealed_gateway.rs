//! Which gateways sealed questions are passed on to.

use std::str::FromStr;

use keepwell_protocol::domain::GatewayId;
use url::Url;

/// A gateway that this host passes sealed questions on to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SealedGateway {
    /// Under which name the ledger has its key.
    pub id: GatewayId,
    /// The origin at which the gateway takes sealed questions.
    pub url: Url,
}

/// A text names no gateway.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a gateway is given as ID=URL, its id of 64 hex characters and its address")]
pub struct BadSealedGateway;

impl FromStr for SealedGateway {
    type Err = BadSealedGateway;

    fn from_str(text: &str) -> Result<Self, BadSealedGateway> {
        let (id, url) = text.split_once('=').ok_or(BadSealedGateway)?;
        let id = GatewayId::parse(id).map_err(|_| BadSealedGateway)?;
        Ok(Self { id, url: Url::parse(url).map_err(|_| BadSealedGateway)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_named_by_id_and_address_and_by_nothing_near_that() {
        let id = "0f".repeat(32);
        let parsed: SealedGateway = format!("{id}=https://gateway.example/?a=b").parse().unwrap();
        assert_eq!(
            (parsed.id.to_string(), parsed.url.as_str()),
            (id.clone(), "https://gateway.example/?a=b")
        );
        for near in
            ["", &id, &format!("{id}="), &format!("{}=https://a.example", &id[2..]), "=https://a.example"]
        {
            assert_eq!(near.parse::<SealedGateway>(), Err(BadSealedGateway), "{near}");
        }
    }
}

//! `keepwell ledger admit` and `suspend`: what governance says of providers.

use std::path::PathBuf;
use std::time::Instant;

use keepwell_ledger::GovernanceKey;
use keepwell_net::{Gateway, GatewayError, HttpTransport};
use keepwell_protocol::domain::{Object as _, ProviderId};
use keepwell_protocol::ledger::{SignedCard, StateKey};
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use super::anchor::read_anchor;
use super::proof::{BLOCK_WAIT, PAUSE, prove};
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::provider::{self, Named};
use crate::report::Report;

/// Who is admitted, and by whom.
#[derive(clap::Args, Debug)]
pub(crate) struct Admit {
    /// The provider's card file
    #[arg(value_name = "CARD")]
    card: PathBuf,
    #[command(flatten)]
    governance: Governance,
}

/// Who is suspended, and by whom.
#[derive(clap::Args, Debug)]
pub(crate) struct Suspend {
    /// Its id, its exact name, or its card file
    #[arg(value_name = "P")]
    provider: String,
    #[command(flatten)]
    governance: Governance,
    /// The ledger's trust anchor [default: anchor.json beside the governance key]
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
}

/// Governance's key, and where its transactions go.
#[derive(clap::Args, Debug)]
struct Governance {
    /// The governance key, from the home of the ledger or the folder of its network
    #[arg(long, value_name = "FILE")]
    governance_key: PathBuf,
    /// The ledger's gateway
    #[arg(long, value_name = "URL")]
    ledger: Url,
}

impl Admit {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let json = std::fs::read(&self.card).map_err(|error| CommandError::unreadable(&self.card, &error))?;
        let card = SignedCard::parse_json(&json)?;
        let (provider, name) = (card.card.provider, card.card.name.clone());
        let (key, gateway) = self.governance.open()?;
        let id = gateway.submit(&key.admit(card)?.to_cbor(), &key.origin())?;
        let state = if is_listed_soon(&gateway, provider)? { "admitted" } else { "sent" };
        Ok(Report::of_deed(json!({ "provider": provider, "state": state, "tx": id }))
            .line(format!("{name} ({provider}): {state}"))
            .into())
    }
}

impl Suspend {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let (key, gateway) = self.governance.open()?;
        let provider = Named::parse(&self.provider)?.find(|after| Ok(gateway.providers(after)?))?;
        let beside = || self.governance.governance_key.with_file_name("anchor.json");
        let trusted = read_anchor(&self.anchor.unwrap_or_else(beside))?.trusted_state();
        // Proved: whoever believed a gateway might sign what can be used once the provider was admitted again.
        let proved = prove(&gateway, &trusted, &StateKey::Provider(provider))?;
        let record = proved.provider().map_err(GatewayError::from)?;
        let version = record.ok_or(CommandError::UnknownProvider)?.version;
        let id = gateway.submit(&key.suspend(provider, version)?.to_cbor(), &key.origin())?;
        Ok(Report::of_deed(json!({ "provider": provider, "state": "sent", "tx": id }))
            .line(format!("{provider}: the suspension was sent and holds from the next block"))
            .into())
    }
}

impl Governance {
    fn open(&self) -> Result<(GovernanceKey, Gateway<HttpTransport>), Failure> {
        let json = std::fs::read_to_string(&self.governance_key)
            .map(Zeroizing::new)
            .map_err(|error| CommandError::unreadable(&self.governance_key, &error))?;
        Ok((GovernanceKey::parse(&json)?, Gateway::direct(HttpTransport::new()?, &self.ledger)))
    }
}

/// Whether the gateway lists the provider before the wait is over; wallets believe proofs only, this is for
/// the operator.
fn is_listed_soon(gateway: &Gateway<HttpTransport>, provider: ProviderId) -> Result<bool, Failure> {
    let began = Instant::now();
    loop {
        if provider::listed(|after| Ok(gateway.providers(after)?))?.iter().any(|e| e.provider == provider) {
            return Ok(true);
        }
        if began.elapsed() > BLOCK_WAIT {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
}

//! `keepwell ledger revoke`: hands in a signed revocation from paper, for whoever holds it.

use std::path::PathBuf;
use std::time::Instant;

use keepwell_net::{Gateway, GatewayError, HttpTransport};
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{GrantStatus, RevocationCode, StateKey};
use serde_json::json;
use url::Url;

use super::anchor::read_anchor;
use super::proof::{BLOCK_WAIT, PAUSE, prove};
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::qr::scanned;
use crate::report::Report;

/// What is handed in, and where.
#[derive(clap::Args, Debug)]
pub(crate) struct HandInRevocation {
    /// The text of the code, or a file with it or with a picture of it
    #[arg(value_name = "CODE")]
    code: String,
    /// Any gateway of the ledger
    #[arg(long, value_name = "URL")]
    ledger: Url,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
}

impl HandInRevocation {
    /// Hands it in, and waits for the proof that the grant has ended.
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let code = RevocationCode::parse(scanned(&self.code, "keepwell:v/")?.trim());
        let code = code.ok_or(CommandError::NoRevocation)?;
        let anchor = read_anchor(&self.anchor)?;
        let grant = code.grant(&anchor.origin()).ok_or(CommandError::NoRevocation)?;
        let gateway = Gateway::direct(HttpTransport::new()?, &self.ledger);
        let transaction = gateway.submit(&code.transaction().to_cbor(), &anchor.origin())?;
        let (began, trusted) = (Instant::now(), anchor.trusted_state());
        let is_revoked = loop {
            let proved = prove(&gateway, &trusted, &StateKey::Grant(grant))?;
            let record = proved.grant().map_err(GatewayError::from)?;
            let is_revoked = record.is_some_and(|record| record.status == GrantStatus::Revoked);
            if is_revoked || began.elapsed() > BLOCK_WAIT {
                break is_revoked;
            }
            std::thread::sleep(PAUSE);
        };
        let state = if is_revoked { "revoked" } else { "sent" };
        let said = match is_revoked {
            true => {
                "The ledger has ended this grant: hosts stop serving it within seconds, and its wallet learns of it at its next sync."
            }
            false => "It was taken and is in no block yet; hand it in again to see what became of it.",
        };
        Ok(Report::of_deed(json!({ "grant": grant, "state": state, "tx": transaction })).line(said).into())
    }
}

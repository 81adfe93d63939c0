//! `keepwell ledger status`: how a ledger is.

use std::path::PathBuf;

use keepwell_net::{Gateway, HttpTransport};
use keepwell_protocol::ledger::{TrustPolicy, Validator, may_fail};
use keepwell_wallet::SystemClock;
use serde_json::json;
use url::Url;

use super::anchor::read_anchor;
use crate::failure::Failure;
use crate::output::Answer;
use crate::report::Report;

/// Whom to ask.
#[derive(clap::Args, Debug)]
pub(crate) struct ShowStatus {
    /// The gateway
    #[arg(value_name = "URL")]
    gateway: Url,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
}

/// How many vote, and how many of them may fail.
pub(super) fn validators_told(validators: &[Validator]) -> String {
    match may_fail(validators) {
        0 => format!("{}: none may fail, so this is no consensus of several", validators.len()),
        failed => format!("{}, of which {failed} may fail", validators.len()),
    }
}

/// What is said of a ledger with one signer wherever a proof of it is shown.
pub(crate) const ONE_SIGNER: &str = "one signer: demonstration";

impl ShowStatus {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let anchor = read_anchor(&self.anchor)?;
        let gateway = Gateway::direct(HttpTransport::new()?, &self.gateway);
        let fingerprint = anchor.fingerprint();
        let newest = gateway.latest(&anchor.trusted_state(), &TrustPolicy::DEMONSTRATION, &SystemClock)?;
        let says = gateway.status()?;
        let signers =
            if newest.is_embedded() { ONE_SIGNER.to_owned() } else { validators_told(&newest.validators) };
        let engine = match says.stopped {
            None => "making blocks".to_owned(),
            Some(why) => format!("stopped: {}", why.reason()),
        };
        Ok(Report::new(json!({
            "chain_id": newest.chain_id,
            "height": newest.height,
            "time": newest.time,
            "validators": newest.validators.len(),
            "may_fail": may_fail(&newest.validators),
            "records": says.records,
            "engine": engine,
            "fingerprint": fingerprint,
        }))
        .facts(&[
            ("chain", newest.chain_id.clone()),
            ("height", newest.height.to_string()),
            ("time", newest.time.to_string()),
            ("validators", signers),
            ("records", format!("{} (as the gateway says)", says.records)),
            ("engine", engine),
            ("anchor", fingerprint.to_string()),
        ])
        .into())
    }
}

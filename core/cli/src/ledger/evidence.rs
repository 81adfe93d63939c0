//! `keepwell ledger recorded` and `equivocated`: what a ledger did, by what somebody kept of it and an anchor alone.

use std::path::PathBuf;

use keepwell_net::{Clock as _, GatewayError};
use keepwell_protocol::ledger::{TrustPolicy, verify_equivocation, verify_grant_receipt};
use keepwell_wallet::SystemClock;
use serde_json::json;

use super::anchor::read_anchor;
use super::status::ONE_SIGNER;
use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::report::Report;

/// What is checked, and by what.
#[derive(clap::Args, Debug)]
pub(crate) struct ShowRecorded {
    /// The receipt, as `keepwell grant receipt` writes it
    #[arg(value_name = "RECEIPT")]
    receipt: PathBuf,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
}

impl ShowRecorded {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let anchor = read_anchor(&self.anchor)?;
        let (origin, trusted) = (anchor.origin(), anchor.trusted_state());
        let receipt =
            std::fs::read(&self.receipt).map_err(|error| CommandError::unreadable(&self.receipt, &error))?;
        let shown =
            verify_grant_receipt(&receipt, &origin, &trusted, &TrustPolicy::DEMONSTRATION, SystemClock.now())
                .map_err(GatewayError::from)?;
        let (recorded, record) = (shown.record.status.as_str(), &shown.record);
        let signers =
            if trusted.is_embedded() { ONE_SIGNER.to_owned() } else { shown.validators.to_string() };
        Ok(Report::new(json!({
            "grant": shown.grant,
            "recorded": recorded,
            "time": shown.time,
            "height": shown.height,
            "written_at": record.height,
            "version": record.version,
            "transaction": record.transaction,
            "validators": shown.validators,
            "bytes": receipt.len(),
        }))
        .facts(&[
            ("grant", shown.grant.to_string()),
            ("recorded", recorded.to_owned()),
            ("by", shown.time.to_string()),
            ("in block", record.height.to_string()),
            ("transaction", record.transaction.to_string()),
            ("validators", signers),
            ("bytes", receipt.len().to_string()),
        ])
        .into())
    }
}

/// What is checked, and by what.
#[derive(clap::Args, Debug)]
pub(crate) struct ShowEquivocated {
    /// What shows it, as `keepwell wallet equivocation` writes it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
}

impl ShowEquivocated {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let trusted = read_anchor(&self.anchor)?.trusted_state();
        let bytes =
            std::fs::read(&self.file).map_err(|error| CommandError::unreadable(&self.file, &error))?;
        let shown = verify_equivocation(&bytes, &trusted, &TrustPolicy::DEMONSTRATION, SystemClock.now())
            .map_err(GatewayError::from)?;
        let validators: Vec<String> = shown.validators.iter().map(hex::encode).collect();
        let [one, other] = shown.times;
        Ok(Report::new(json!({ "height": shown.height, "times": [one, other], "validators": validators }))
            .facts(&[
                ("height", shown.height.to_string()),
                ("one header of", one.to_string()),
                ("another of", other.to_string()),
                ("signed both", validators.join(", ")),
            ])
            .into())
    }
}

//! `keepwell ledger anchor`: a newer trust anchor.

use std::path::{Path, PathBuf};

use keepwell_net::{AnchorRefused, Gateway, HttpTransport};
use keepwell_protocol::ledger::{TrustAnchor, TrustPolicy};
use keepwell_wallet::SystemClock;
use serde_json::json;
use url::Url;

use crate::failure::{CommandError, Failure};
use crate::output::Answer;
use crate::report::Report;

/// From where to where.
#[derive(clap::Args, Debug)]
pub(crate) struct RenewAnchor {
    /// The gateway
    #[arg(value_name = "URL")]
    gateway: Url,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
    /// The block that the newer one starts from, after that of the present one [default: the newest]
    #[arg(long, value_name = "HEIGHT")]
    height: Option<u64>,
    /// Where to write the newer one; may be the same file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Reads a trust anchor from the file that the ledger's operator publishes.
pub(crate) fn read_anchor(path: &Path) -> Result<TrustAnchor, Failure> {
    let json = std::fs::read(path).map_err(|error| CommandError::unreadable(path, &error))?;
    Ok(TrustAnchor::parse(&json)?)
}

impl RenewAnchor {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let anchor = read_anchor(&self.anchor)?;
        let gateway = Gateway::direct(HttpTransport::new()?, &self.gateway);
        let (policy, trusted) = (TrustPolicy::DEMONSTRATION, anchor.trusted_state());
        let (block, newest) = match self.height {
            // Nothing vouches for a header of before what is trusted.
            Some(height) if height <= anchor.height => return Err(AnchorRefused::NotNewer.into()),
            Some(height) => gateway.block_at(height, &trusted, &policy, &SystemClock)?,
            None => {
                let newest = gateway.latest(&trusted, &policy, &SystemClock)?;
                gateway.block_at(newest.height, &newest, &policy, &SystemClock)?
            }
        };
        let renewed =
            TrustAnchor::at_block(anchor.genesis, &block).map_err(keepwell_net::GatewayError::from)?;
        let unfinished = self.out.with_extension("unfinished");
        std::fs::write(&unfinished, renewed.to_json())
            .and_then(|()| std::fs::rename(&unfinished, &self.out))
            .map_err(|error| CommandError::unwritable(&self.out, &error))?;
        let fingerprint = renewed.fingerprint();
        Ok(Report::of_deed(json!({
            "chain_id": renewed.chain_id(),
            "height": renewed.height,
            "time": newest.time,
            "fingerprint": fingerprint,
        }))
        .facts(&[
            ("chain", renewed.chain_id().to_owned()),
            ("height", renewed.height.to_string()),
            ("time", newest.time.to_string()),
            ("fingerprint", fingerprint.to_string()),
        ])
        .into())
    }
}

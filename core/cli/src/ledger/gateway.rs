//! `keepwell ledger gateway`: what governance needs of a gateway.

use keepwell_ledger::GatewayKeys;
use serde_json::json;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::output::Answer;
use crate::report::Report;

/// Nothing is asked but the home folder.
#[derive(clap::Args, Debug)]
pub(crate) struct ShowGateway;

impl ShowGateway {
    pub(super) fn run(self, caller: &Caller) -> Result<Answer, Failure> {
        let keys = GatewayKeys::read(&caller.home()?)?;
        let (id, key) = (keys.id(), hex::encode(keys.public_key().as_bytes()));
        Ok(Report::new(json!({ "gateway": id, "key": key }))
            .facts(&[("gateway", id.to_string()), ("key", key)])
            .into())
    }
}

//! `keepwell host`: the blind host as a server.

use std::path::PathBuf;
use std::sync::Arc;

use keepwell_host::{Host, HostConfig};
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{Clock as _, SystemClock};
use url::Url;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::ledger::read_anchor;
use crate::output::Answer;
use crate::serve::{ServeOptions, Serving};

/// What a host does.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum HostCommand {
    /// Store sealed bytes, serve share links, relay to the ledger
    Serve(HostServe),
}

/// Options of `host serve`.
#[derive(clap::Args, Debug)]
pub(crate) struct HostServe {
    #[command(flatten)]
    serve: ServeOptions,
    /// Origin under which clients reach this host [default: http at the address it listens on]
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// The ledger's gateway
    #[arg(long, value_name = "URL")]
    ledger: Url,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
    /// Where sealed bytes lie: a folder, s3://, gs:// or az:// [default: in the home folder]
    #[arg(long, value_name = "URL")]
    blobs: Option<Url>,
}

/// Runs `keepwell host …`.
pub(crate) fn run(command: HostCommand, caller: &Caller) -> Result<Answer, Failure> {
    let HostCommand::Serve(options) = command;
    let serving = Serving::prepare(options.serve.log)?;
    let config = HostConfig {
        home: caller.home()?,
        listen: options.serve.listen,
        public_url: options.public_url,
        ledger_url: options.ledger,
        anchor: read_anchor(&options.anchor)?,
        policy: TrustPolicy::DEMONSTRATION,
        blobs_url: options.blobs,
    };
    let host = Host::start(config, Arc::new(|| SystemClock.now()))?;
    serving.until_told_to_stop(host.address(), caller.json)?;
    host.stop()?;
    Ok(Answer::Said)
}

//! `keepwell ledger serve`: a ledger with one signer.

use keepwell_ledger::{Clock, IpNet, Ledger, LedgerConfig};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::output::Answer;
use crate::serve::{ServeOptions, Serving};

/// Where it listens, and what its operator vouches for.
#[derive(clap::Args, Debug)]
pub(crate) struct ServeLedger {
    #[command(flatten)]
    serve: ServeOptions,
    /// How blocks are agreed on
    #[arg(long, value_enum, default_value = "embedded")]
    engine: Engine,
    /// Start although the clock is more than 30 days from the newest block: it is right
    #[arg(long)]
    accept_time: bool,
    /// Network of a host that asks for many and may ask more often; may be repeated
    #[arg(long, value_name = "CIDR")]
    relay: Vec<IpNet>,
}

/// What makes the blocks of the chain.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Engine {
    /// One signer in this process: a demonstration
    Embedded,
}

impl ServeLedger {
    pub(super) fn run(self, caller: &Caller) -> Result<Answer, Failure> {
        let Self { serve, engine: Engine::Embedded, accept_time, relay } = self;
        let serving = Serving::prepare(serve.log)?;
        let config =
            LedgerConfig { home: caller.home()?, listen: serve.listen(), accept_time, relays: relay };
        let ledger = Ledger::start(&config, Clock::system())?;
        let end = serving.end();
        ledger.when_blocks_end(move || end.close());
        serving.until_told_to_stop(ledger.address(), caller.json)?;
        ledger.stop()?;
        Ok(Answer::Said)
    }
}

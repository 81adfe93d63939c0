//! What every server of the command does alike: log, the line that says where it listens, a clean end.

use std::io::Write as _;
use std::net::SocketAddr;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::failure::{CommandError, Failure};

/// How the log on stderr is written.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON document on each line.
    Json,
}

/// Where a server listens and how it logs.
#[derive(clap::Args, Debug)]
pub(crate) struct ServeOptions {
    /// Address to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// How to write the log on stderr (KEEPWELL_LOG says what is in it: info, debug, …)
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) log: LogFormat,
}

/// The signals that end a server, caught from now on.
pub(crate) struct Serving(Signals);

impl Serving {
    /// Starts the log and catches SIGTERM and SIGINT, before there is anything that they could cut off.
    pub(crate) fn prepare(log: LogFormat) -> Result<Self, Failure> {
        let filter = tracing_subscriber::EnvFilter::try_from_env("KEEPWELL_LOG")
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
        let to_stderr = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        // Fails only if a log was started before, which then goes on.
        let _ = match log {
            LogFormat::Text => to_stderr.try_init(),
            LogFormat::Json => to_stderr.json().try_init(),
        };
        let signals = Signals::new([SIGTERM, SIGINT]).map_err(|e| CommandError::ServerFailed(e.kind()))?;
        Ok(Self(signals))
    }

    /// What ends the wait as a signal does.
    pub(crate) fn end(&self) -> Handle {
        self.0.handle()
    }

    /// Says where the server answers and returns when a signal asks it to end.
    pub(crate) fn until_told_to_stop(mut self, address: SocketAddr, json: bool) -> Result<(), Failure> {
        announce(address, json)?;
        self.0.forever().next();
        Ok(())
    }
}

/// One line, or with `--json` one document.
fn announce(address: SocketAddr, json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let url = format!("http://{address}");
    let written = if json {
        writeln!(out, "{}", serde_json::json!({ "listening": url }))
    } else {
        writeln!(out, "listening on {url}")
    };
    written.and_then(|()| out.flush()).map_err(|_| CommandError::OutputClosed.into())
}

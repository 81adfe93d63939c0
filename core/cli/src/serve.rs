//! What every server of the command does alike: log, the line that says where it listens, a clean end.

use std::io::Write as _;
use std::net::SocketAddr;

use keepwell_host::{IpNet, Limits, Listen, SetLimit};
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
    listen: SocketAddr,
    /// Address to show metrics on, at /metrics, for Prometheus [default: none are shown]
    #[arg(long, value_name = "ADDR")]
    metrics: Option<SocketAddr>,
    /// Network of a proxy that tells by Forwarded or X-Forwarded-For for whom it asks; may be repeated
    #[arg(long, value_name = "CIDR")]
    trusted_proxy: Vec<IpNet>,
    /// Another value for a limit of docs/limits.md; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    limit: Vec<SetLimit>,
    /// How to write the log on stderr (KEEPWELL_LOG says what is in it: info, debug, …)
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) log: LogFormat,
}

impl ServeOptions {
    /// Where to listen, and within which limits.
    pub(crate) fn listen(&self) -> Listen {
        let mut limits = Limits::default();
        self.limit.iter().for_each(|limit| limits.set(*limit));
        let (metrics, trusted_proxies) = (self.metrics, self.trusted_proxy.clone());
        Listen { address: self.listen, metrics, trusted_proxies, limits }
    }
}

/// The signals that end a server, caught from now on.
pub(crate) struct Serving(Signals);

impl Serving {
    /// Starts the log and catches SIGTERM and SIGINT, before there is anything that they could cut off.
    pub(crate) fn prepare(log: LogFormat) -> Result<Self, Failure> {
        let filter = tracing_subscriber::EnvFilter::try_from_env("KEEPWELL_LOG")
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,tower_abci=warn"));
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

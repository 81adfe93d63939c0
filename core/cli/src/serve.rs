//! What every server of the command does alike: runtime, log, the line that says where it listens, a clean end.

use std::io::Write as _;
use std::net::SocketAddr;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

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
    /// How to write the log on stderr
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) log: LogFormat,
}

/// Starts the log and the runtime that a server runs on.
pub(crate) fn runtime(log: LogFormat) -> Result<Runtime, Failure> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("KEEPWELL_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log_to_stderr = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only if a log was started before, which then goes on.
    let _ = match log {
        LogFormat::Text => log_to_stderr.try_init(),
        LogFormat::Json => log_to_stderr.json().try_init(),
    };
    Runtime::new().map_err(|error| CommandError::ServerFailed(error.kind()).into())
}

/// Says where the server answers: one line, or with `--json` one document.
pub(crate) fn announce(address: SocketAddr, json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let url = format!("http://{address}");
    let written = if json {
        writeln!(out, "{}", serde_json::json!({ "listening": url }))
    } else {
        writeln!(out, "listening on {url}")
    };
    written.and_then(|()| out.flush()).map_err(|_| CommandError::OutputClosed.into())
}

/// Ends when SIGTERM or SIGINT arrives.
pub(crate) async fn until_told_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

//! The command line as types: nouns, then verbs. What is not built is not here.

use std::path::PathBuf;

use crate::audit::AuditCommand;
use crate::clinic::ClinicCommand;
use crate::demo::DemoOptions;
use crate::grant::GrantCommand;
use crate::host::HostCommand;
use crate::ledger::LedgerCommand;
use crate::provider::ProviderCommand;
use crate::record::RecordCommand;
use crate::request::RequestCommand;
use crate::share::ShareCommand;
use crate::source::SourceCommand;
use crate::sync::SyncFlags;
use crate::wallet::WalletCommand;

/// A health wallet that the patient holds: records, consent, and proof of both.
#[derive(clap::Parser, Debug)]
#[command(
    name = "keepwell",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = false
)]
pub(crate) struct Arguments {
    /// Folder with this party's state [default: keepwell in the platform's data folder]
    #[arg(long, global = true, value_name = "DIR", env = "KEEPWELL_HOME", hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,

    /// Print exactly one JSON document on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Which party does what.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The first word of a command line: what it is about.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum Command {
    /// The wallet: make it, look how it is
    #[command(subcommand)]
    Wallet(WalletCommand),
    /// Health records: import and take back, list, show, export, what could not be read
    #[command(subcommand)]
    Record(RecordCommand),
    /// Sources: clinics' servers that records come from
    #[command(subcommand)]
    Source(SourceCommand),
    /// Providers: who can be granted to
    #[command(subcommand)]
    Provider(ProviderCommand),
    /// Grants: let a provider read, end that, check it
    #[command(subcommand)]
    Grant(GrantCommand),
    /// Requests: what clinics ask for by the code at their desk
    #[command(subcommand)]
    Request(RequestCommand),
    /// Shares: show records by QR, see who opened them, end that
    #[command(subcommand)]
    Share(ShareCommand),
    /// What happened: granted, shared, read, refused
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Send what is queued, publish what is new, ask the ledger
    Sync(SyncFlags),
    /// The ledger: run one or an authority's node, govern it, admit providers, prove that documents existed
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// The blind host
    #[command(subcommand)]
    Host(HostCommand),
    /// A provider: its keys, what patients granted it, reading that
    #[command(subcommand)]
    Clinic(ClinicCommand),
    /// Tell the whole story on temporary folders, each step checked
    Demo(DemoOptions),
    /// Print the completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// The folder, made if it is missing
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

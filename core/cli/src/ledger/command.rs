//! `keepwell ledger`: which verbs there are.

use super::anchor::RenewAnchor;
use super::evidence::{ShowEquivocated, ShowRecorded};
use super::existence::{MakeAggregatorKey, RecordBatch, ShowExistence, StampDocuments};
use super::gateway::ShowGateway;
use super::govern::{GovernCommand, govern};
use super::net::MakeNetwork;
use super::node::RunNode;
use super::providers::{Admit, Suspend};
use super::revoke::HandInRevocation;
use super::serve::ServeLedger;
use super::status::ShowStatus;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::output::Answer;

/// What a ledger and those who govern it do.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum LedgerCommand {
    /// Run a ledger with one signer and its gateway; the first start makes keys and anchor.json
    Serve(ServeLedger),
    /// Run an authority's node: the ledger's application beside a CometBFT, and its gateway
    Node(RunNode),
    /// Make a network of authorities: all of it on this machine, or what those who made their own keys share
    Net(MakeNetwork),
    /// Admit a provider
    Admit(Admit),
    /// Suspend a provider: wallets stop publishing to it
    Suspend(Suspend),
    /// Say by which name and key governance admits the gateway of this home folder
    Gateway(ShowGateway),
    /// Governance: validators, rules, gateways, aggregators, its own keys
    #[command(subcommand)]
    Gov(GovernCommand),
    /// Make the key of an aggregator, which records batches of hashes
    AggregatorKey(MakeAggregatorKey),
    /// Record that documents exist now: one hash of all of them, and a proof for each
    Batch(RecordBatch),
    /// Have a gateway record that documents exist now: one hash of all of them, and a proof for each
    Stamp(StampDocuments),
    /// Say when a document existed by, by its proof alone: nobody is asked
    Existed(ShowExistence),
    /// Say what was recorded of a grant, by its receipt alone: nobody is asked
    Recorded(ShowRecorded),
    /// End a grant by its signed revocation, as `wallet print-revocations` put it on paper; it needs no wallet
    Revoke(HandInRevocation),
    /// Say who signed two headers for one height, by what a wallet has seen of it: nobody is asked
    Equivocated(ShowEquivocated),
    /// Write a newer trust anchor, from a header that was verified from the one there is
    Anchor(RenewAnchor),
    /// Verify the newest header and show what the gateway says
    Status(ShowStatus),
}

/// Runs `keepwell ledger …`.
pub(crate) fn run(command: LedgerCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        LedgerCommand::Serve(serve) => serve.run(caller),
        LedgerCommand::Node(node) => node.run(caller),
        LedgerCommand::Net(network) => network.run(),
        LedgerCommand::Admit(admit) => admit.run(),
        LedgerCommand::Suspend(suspend) => suspend.run(),
        LedgerCommand::Gateway(show) => show.run(caller),
        LedgerCommand::Gov(command) => govern(command),
        LedgerCommand::AggregatorKey(key) => key.run(),
        LedgerCommand::Batch(batch) => batch.run(),
        LedgerCommand::Stamp(stamp) => stamp.run(),
        LedgerCommand::Existed(existed) => existed.run(),
        LedgerCommand::Recorded(recorded) => recorded.run(),
        LedgerCommand::Revoke(revocation) => revocation.run(),
        LedgerCommand::Equivocated(equivocated) => equivocated.run(),
        LedgerCommand::Anchor(anchor) => anchor.run(),
        LedgerCommand::Status(status) => status.run(),
    }
}

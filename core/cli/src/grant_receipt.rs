//! `keepwell grant receipt`: what the ledger recorded of a grant, for anybody to check.

use std::path::PathBuf;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::IdPrefix;
use keepwell_protocol::ledger::GrantStatus;
use serde_json::json;

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::naming;
use crate::network::Connection;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::shown_time::shown;
use crate::unlock::unlock;

/// Which receipt is written, and where.
#[derive(clap::Args, Debug)]
pub(crate) struct ReceiptFlags {
    /// The grant: its id, or 8 characters or more of its beginning
    #[arg(value_name = "G", value_parser = IdPrefix::parse)]
    grant: IdPrefix,
    /// Where to write it; an older file is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Of a grant that has been revoked: the receipt of its beginning, not of its end
    #[arg(long)]
    granted: bool,
    #[command(flatten)]
    pin: PinSource,
}

/// Writes the ledger's receipt of a grant or of its end.
///
/// # Errors
/// [`CommandError::NoReceipt`] if the ledger has recorded nothing of the kind by this wallet's transaction.
pub(crate) fn receipt(flags: &ReceiptFlags, caller: &Caller) -> Result<Answer, Failure> {
    let writing = PrivateFile::begin(&flags.out)?;
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let grant = naming::grant(&flags.grant, &wallet)?;
    let is_end = !flags.granted && wallet.grant_view(grant)?.state == GrantState::Revoked;
    let status = if is_end { GrantStatus::Revoked } else { GrantStatus::Active };
    let kept = wallet.grant_receipt(grant, status, connection.network())?.ok_or(CommandError::NoReceipt)?;
    writing.write(|destination| destination.write_all(&kept.receipt))?;
    writing.put_in_place()?;
    let (recorded, bytes) = (status.as_str(), kept.receipt.len());
    Ok(Report::of_deed(json!({ "grant": grant, "recorded": recorded, "time": kept.time, "bytes": bytes }))
        .facts(&[("recorded", recorded.to_owned()), ("by", shown(kept.time)), ("bytes", bytes.to_string())])
        .line("Anybody checks it by `keepwell ledger recorded RECEIPT --anchor FILE`, without asking anyone.")
        .into())
}

//! `keepwell record stamp` and `proof`: that records existed at a time is proved by the ledger, which learns nothing of them.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use keepwell_protocol::domain::IdPrefix;
use serde_json::json;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::naming;
use crate::network::Connection;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::report::{Report, counted};
use crate::secrets::PinSource;
use crate::sending::PROOF_WAIT;
use crate::shown_time::shown;
use crate::unlock::unlock;

/// Which records are stamped, as one: whoever is given a proof of one sees how many they were.
#[derive(clap::Args, Debug)]
pub(crate) struct StampFlags {
    /// The records: their ids, or 8 characters or more of the beginning of each
    #[arg(value_name = "ID", value_parser = IdPrefix::parse, required_unless_present = "all")]
    ids: Vec<IdPrefix>,
    /// Every record
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    #[command(flatten)]
    pin: PinSource,
}

/// Which proof is written, and where.
#[derive(clap::Args, Debug)]
pub(crate) struct ProofFlags {
    /// The record: its id, or 8 characters or more of its beginning
    #[arg(value_parser = IdPrefix::parse)]
    id: IdPrefix,
    /// Where to write it; an older file is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    pin: PinSource,
}

/// Notes what is to be stamped, hands it in and waits a little for the ledger.
pub(crate) fn stamp(flags: &StampFlags, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let asked = if flags.all {
        wallet.stamp_all_records()?
    } else {
        let ids = flags.ids.iter().map(|id| naming::record(id, &wallet)).collect::<Result<Vec<_>, _>>()?;
        wallet.stamp_records(&ids)?
    };
    let began = Instant::now();
    let offline = loop {
        let report = wallet.exchange_time_stamps(connection.network())?;
        let is_over = wallet.time_stamps()?.waiting == 0 || began.elapsed() >= PROOF_WAIT;
        if is_over || report.offline.is_some() {
            break report.offline;
        }
        thread::sleep(PAUSE);
    };
    let counts = wallet.time_stamps()?;
    let (waiting, proved) = (counts.waiting, counts.proved);
    let mut report = Report::of_deed(json!({
        "asked": asked,
        "waiting": waiting,
        "proved": proved,
        "offline": offline.as_ref().map(|obstacle| obstacle.code()),
    }))
    .facts(&[
        ("asked now", counted(asked, "record", "records")),
        ("waiting", waiting.to_string()),
        ("proved", proved.to_string()),
    ]);
    if let Some(code) = offline.as_ref().map(|obstacle| obstacle.code()) {
        report = report.line(match code {
            "NoAggregator" => {
                "The ledger's gateway collects nothing to be stamped (NoAggregator).".to_owned()
            }
            _ => format!("Not every server was reached ({code})."),
        });
    }
    if waiting > 0 {
        report = report.line("`keepwell sync` goes on with what waits.");
    }
    Ok(report.into())
}

/// Writes what proves that a record existed.
pub(crate) fn proof(flags: &ProofFlags, caller: &Caller) -> Result<Answer, Failure> {
    let writing = PrivateFile::begin(&flags.out)?;
    let (wallet, _) = unlock(caller, &flags.pin)?;
    let id = naming::record(&flags.id, &wallet)?;
    let found = wallet.time_stamp_proof(&id)?;
    writing.write(|destination| destination.write_all(&found.proof))?;
    writing.put_in_place()?;
    let (bytes, document) = (found.proof.len(), hex::encode(found.document));
    Ok(Report::of_deed(json!({ "time": found.time, "document": document, "bytes": bytes }))
        .facts(&[
            ("existed by", shown(found.time)),
            ("SHA-256", document),
            ("bytes", bytes.to_string()),
        ])
        .line(
            "Whoever has the record as `keepwell record show` writes it to a file checks both by `keepwell ledger \
             existed RECORD PROOF --anchor FILE`.",
        )
        .into())
}

/// How often the ledger is asked while somebody waits.
const PAUSE: Duration = Duration::from_secs(1);

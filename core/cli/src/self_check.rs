//! `keepwell wallet selfcheck`: whether everything that the wallet relies on is in order.

use keepwell_wallet::Check;
use serde_json::{Map, Value};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::network::Connection;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::unlock::unlock;
use crate::work::Bar;

/// Looks everything over; a fault makes the command fail, and every line is told.
pub(crate) fn run(caller: &Caller, pin: &PinSource) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let bar = Bar::start(caller.json);
    let checks = wallet.self_check(connection.network(), &|done, total| {
        bar.show(done, total, "checking what the host has")
    })?;
    drop(bar);
    let listed: Vec<Value> = checks.iter().map(document).collect();
    let rows: Vec<Vec<String>> = checks.iter().map(row).collect();
    let report = Report::new(Map::from_iter([("checks".to_owned(), Value::from(listed))])).rows(&rows);
    if checks.iter().all(|check| check.fault.is_none()) {
        return Ok(report.into());
    }
    let failure = rows
        .iter()
        .fold(Failure::from(CommandError::SelfCheckFailed), |failure, row| failure.with_note(row.join(": ")));
    Err(failure.with_document(report))
}

fn document(check: &Check) -> Value {
    let mut fields = Map::from_iter([
        ("name".to_owned(), check.name.as_str().into()),
        ("ok".to_owned(), check.fault.is_none().into()),
    ]);
    if let Some(fault) = &check.fault {
        fields.insert("why".to_owned(), fault.to_string().into());
    }
    fields.into()
}

fn row(check: &Check) -> Vec<String> {
    let found = check.fault.as_ref().map_or_else(|| "ok".to_owned(), ToString::to_string);
    vec![check.name.as_str().to_owned(), found]
}

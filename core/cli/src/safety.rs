//! What keeps the owner of a wallet safe: another PIN.

use keepwell_protocol::crypto::Pin;
use serde_json::json;

use crate::caller::Caller;
use crate::failure::Failure;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::{NewPinSource, PinSource};
use crate::unlock::unlock;

/// Sets another PIN: the old one is known to be right before the new one is asked for.
pub(crate) fn change_pin(caller: &Caller, pin: &PinSource, new: &NewPinSource) -> Result<Answer, Failure> {
    let (mut wallet, fresh) = unlock(caller, pin)?;
    wallet.change_pin(&fresh, &Pin::choose(&new.choose()?)?)?;
    let report = Report::of_deed(json!({ "changed": true }));
    Ok(report.line("The PIN is changed. The old one opens nothing any more.").into())
}

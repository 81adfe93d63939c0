//! `keepwell grant revoke`: one grant, or every one that stands.

use keepwell_protocol::domain::{IdPrefix, Timestamp};
use keepwell_wallet::{Clock as _, GrantView, ShareState, SystemClock, Wallet};
use serde_json::{Map, Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::naming;
use crate::network::Connection;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::sending::{last_reached, queue, send};
use crate::shown_time::shown;
use crate::unlock::unlock;

/// Ends one grant.
pub(crate) fn revoke(grant: &IdPrefix, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let grant = naming::grant(grant, &wallet)?;
    wallet.revoke(grant)?;
    let was_stopped = wallet.grant_view(grant)?.stopped_by.is_some();
    let sent = send(&mut wallet, &connection)?;
    let view = wallet.grant_view(grant)?;
    let mut document = revoked(&view);
    document.insert("queued".to_owned(), sent.queued.into());
    document.insert("queued_for".to_owned(), json!(sent.queued_for.names()));
    // From when on nobody serves it is known of one that is stopped here and now only.
    let from = (!was_stopped).then(|| SystemClock.now());
    let report = Report::of_deed(document)
        .line(end_line(&view, from, sent.host_reached))
        .line(format!("state: {}", view.state.as_str()));
    Ok(queue(report, &sent).into())
}

/// Ends every grant that stands.
pub(crate) fn revoke_all(pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let grants = wallet.revoke_all()?;
    if grants.is_empty() {
        let document = json!({ "grants": [], "queued": 0, "queued_for": [] });
        return Ok(with_shares(Report::of_deed(document).line("No grant stands."), &wallet)?.into());
    }
    let sent = send(&mut wallet, &connection)?;
    let views: Vec<GrantView> =
        grants.into_iter().map(|grant| wallet.grant_view(grant)).collect::<Result<_, _>>()?;
    let document = json!({
        "grants": views.iter().map(revoked).collect::<Vec<_>>(),
        "queued": sent.queued,
        "queued_for": sent.queued_for.names(),
    });
    let report = views
        .iter()
        .fold(Report::of_deed(document), |report, view| report.line(end_line(view, None, sent.host_reached)));
    Ok(queue(with_shares(report, &wallet)?, &sent).into())
}

/// Adds that share links were not ended, where there are live ones.
fn with_shares(report: Report, wallet: &Wallet) -> Result<Report, Failure> {
    let live = wallet.shares()?.iter().filter(|share| share.state == ShareState::Active).count();
    Ok(match live {
        0 => report,
        1 => report.line("One share link still opens: `keepwell share list`, `keepwell share revoke S`."),
        _ => report.line(format!(
            "{live} share links still open: `keepwell share list`, `keepwell share revoke S`."
        )),
    })
}

/// What a document says of a grant whose end was decided.
fn revoked(view: &GrantView) -> Map<String, Value> {
    let mut fields = ended(view);
    fields.insert("grant".to_owned(), json!(view.grant));
    fields.insert("state".to_owned(), view.state.as_str().into());
    fields
}

/// How it stands with the end of a grant, in a sentence: that it is no longer shared is said only once the
/// host or the ledger has stopped it.
///
/// `from` is since when, where that is known; `reached` when the host answered last.
pub(crate) fn end_line(view: &GrantView, from: Option<Timestamp>, reached: Option<Timestamp>) -> String {
    let name = &view.name;
    if view.stopped_by.is_some() {
        let from = from.map(|time| format!(" from {}", shown(time))).unwrap_or_default();
        return format!("No longer shared with {name}{from}; may still be held there.");
    }
    format!("Queued; {name} can still read until this phone reaches a server ({}).", last_reached(reached))
}

/// What a document says of the end of a grant: nothing of one that was not ended.
pub(crate) fn ended(view: &GrantView) -> Map<String, Value> {
    let mut fields = Map::new();
    if let Some(stopped_by) = view.stopped_by {
        fields.insert("stopped_by".to_owned(), stopped_by.as_str().into());
    }
    if let Some(since) = view.queued_since() {
        fields.insert("queued_since".to_owned(), json!(since));
    }
    fields
}

//! `keepwell sync --watch`: syncs again and again until somebody ends it, and says what changed.

use std::time::Duration;

use keepwell_protocol::crypto::Pin;
use keepwell_wallet::{Clock as _, NewReads, SyncReport, SystemClock};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure, tell};
use crate::grant_revoke::end_line;
use crate::network::Connection;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::shown_time::shown_shortly;
use crate::sync_pass::Pass;
use crate::unlock::unlock_with;
use crate::work::Work;

/// Keeps syncing. Between two tries the home is free, so that other commands can use the wallet.
///
/// # Errors
/// `StillQueued` if it was ended while something still waited for a server; what a sync can't go on from.
pub(crate) fn run(anchor: bool, heal: bool, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let pin = Pin::parse(&pin.read()?)?;
    let connection = Connection::open()?;
    let work = Work::start(true);
    let mut last: Option<Pass> = None;
    let mut pause = SHORTEST;
    loop {
        let mut has_news = false;
        // The anchor moves once.
        match try_once(&pin, &connection, anchor && last.is_none(), heal, caller) {
            Ok(pass) => {
                let lines = changes(last.as_ref(), &pass);
                has_news = !lines.is_empty();
                say(&lines, caller)?;
                last = Some(since(last, pass));
            }
            // Another command is at it: the next try is soon enough.
            Err(failure) if failure.is("Busy") && last.is_some() => {}
            Err(failure) => return Err(failure),
        }
        pause = if has_news { SHORTEST } else { next(pause) };
        if !work.rest(pause) {
            break;
        }
    }
    let Some(last) = last else { return Ok(Answer::Said) };
    match last.synced.queued {
        0 => Ok(last.report().into()),
        _ => Err(Failure::from(CommandError::StillQueued).with_document(last.report())),
    }
}

fn try_once(
    pin: &Pin,
    connection: &Connection,
    anchor: bool,
    heal: bool,
    caller: &Caller,
) -> Result<Pass, Failure> {
    let (mut wallet, _) = unlock_with(caller, pin)?;
    Pass::run(&mut wallet, connection, anchor, heal)
}

/// The newest try, with the counts and reads of those before it.
fn since(before: Option<Pass>, now: Pass) -> Pass {
    let Some(before) = before else { return now };
    let synced = SyncReport {
        sent: before.synced.sent + now.synced.sent,
        received: before.synced.received + now.synced.received,
        healing: now.synced.healing.or(before.synced.healing),
        other_wallet: now.synced.other_wallet.or(before.synced.other_wallet),
        ..now.synced
    };
    let reads = NewReads {
        doubtful: before.reads.doubtful.into_iter().chain(now.reads.doubtful).collect(),
        records: before.reads.records.into_iter().chain(now.reads.records).collect(),
    };
    Pass { synced, reads, grants: now.grants, queued_for: now.queued_for }
}

/// What is new since the try before, a line each.
fn changes(before: Option<&Pass>, now: &Pass) -> Vec<String> {
    let mut lines = now.read_lines();
    if now.synced.healing.is_some()
        && now.synced.healing != before.and_then(|pass| pass.synced.healing.clone())
    {
        lines.extend(now.healing_lines());
    }
    lines.extend(now.other_wallet_lines());
    if before.is_none_or(|before| before.synced.lapsed != now.synced.lapsed) {
        lines.extend(now.lapsed_lines());
    }
    if before.is_none() {
        lines.extend(now.queued_ends());
    }
    for view in &now.grants {
        let earlier = before.and_then(|pass| pass.grants.iter().find(|earlier| earlier.grant == view.grant));
        let Some(earlier) = earlier else { continue };
        if view.stopped_by.is_some() && earlier.stopped_by.is_none() {
            lines.push(end_line(view, Some(SystemClock.now()), None));
        } else if view.queued_since().is_some() && earlier.queued_since().is_none() {
            lines.push(end_line(view, None, now.synced.host_reached));
        } else if view.state != earlier.state {
            lines.push(format!("{}: {}", view.name, view.state.as_str()));
        }
    }
    if now.synced.sent > 0 {
        lines.push(format!("sent: {}", now.synced.sent));
    }
    if before.is_none_or(|before| before.synced.queued != now.synced.queued) {
        lines.push(format!("queued: {}", now.synced.queued));
    }
    match (
        before.and_then(|pass| pass.synced.offline.as_ref().map(|obstacle| obstacle.code())),
        now.synced.offline.as_ref().map(|obstacle| obstacle.code()),
    ) {
        (before, Some(code)) if before != Some(code) => {
            lines.push(format!("Not every server was reached ({code}); this keeps trying."));
        }
        (Some(_), None) => lines.push("Every server was reached.".to_owned()),
        _ => {}
    }
    lines
}

/// Says it at once: on stdout, or where a program waits for the one document, on stderr.
fn say(lines: &[String], caller: &Caller) -> Result<(), Failure> {
    let now = SystemClock.now();
    let report = lines
        .iter()
        .fold(Report::default(), |report, line| report.line(format!("{}  {line}", shown_shortly(now, now))));
    if caller.json {
        tell(report.text());
        return Ok(());
    }
    Answer::from(report).print(false)
}

/// How long to wait after a try that brought nothing new.
fn next(pause: Duration) -> Duration {
    pause.saturating_mul(2).min(LONGEST)
}

/// How long to wait after a try that changed something.
const SHORTEST: Duration = Duration::from_secs(30);
/// How long to wait at most.
const LONGEST: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use keepwell_net::NetError;
    use keepwell_wallet::{RemoteError, WalletError};

    use super::*;

    fn pass(synced: SyncReport) -> Pass {
        Pass { synced, reads: NewReads::default(), grants: Vec::new(), queued_for: Default::default() }
    }

    #[test]
    fn the_wait_grows_to_five_minutes_and_stays_there() {
        let mut pauses = vec![SHORTEST];
        for _ in 0..5 {
            pauses.push(next(*pauses.last().unwrap()));
        }
        assert_eq!(pauses.iter().map(Duration::as_secs).collect::<Vec<_>>(), [30, 60, 120, 240, 300, 300]);
    }

    #[test]
    fn a_line_is_said_when_something_changes_and_only_then() {
        let offline = || {
            let nobody = WalletError::from(RemoteError::from(NetError::Offline));
            pass(SyncReport { queued: 2, offline: Some(nobody.into()), ..Default::default() })
        };
        let first = changes(None, &offline());
        assert_eq!(first, ["queued: 2", "Not every server was reached (Offline); this keeps trying."]);
        assert_eq!(changes(Some(&offline()), &offline()), Vec::<String>::new());
        let reached = changes(Some(&offline()), &pass(SyncReport { sent: 3, ..Default::default() }));
        assert_eq!(reached, ["sent: 3", "queued: 0", "Every server was reached."]);
    }

    #[test]
    fn the_counts_at_the_end_are_those_of_all_tries() {
        let one = || pass(SyncReport { sent: 2, received: 1, queued: 5, ..Default::default() });
        let last = since(Some(since(None, one())), pass(SyncReport { sent: 1, ..Default::default() }));
        assert_eq!((last.synced.sent, last.synced.received, last.synced.queued), (3, 1, 0));
    }
}

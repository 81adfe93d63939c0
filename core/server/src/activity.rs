//! What a connection is doing, as those see it who decide which one yields.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::Limits;

/// What one connection is doing; shared by its stream, its requests and the table of connections.
pub(crate) struct Activity {
    state: Mutex<State>,
    /// Told once somebody else needs what this connection holds.
    ended: Notify,
}

struct State {
    phase: Phase,
    /// When the phase began, or when the answer before it last moved.
    since: Instant,
    /// Since when the client has kept its body or its answer from moving.
    blocked: Option<Instant>,
    /// Whether the server has looked for bytes since, and found none: it is the client's turn.
    waited: bool,
    /// Whether the request has a body that was not read to its end.
    unread: bool,
    /// How many requests there were.
    requests: u64,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Phase {
    /// Nothing is asked.
    Idle,
    /// The head of a request has begun.
    Head,
    /// A request is worked on or answered.
    Request,
}

/// How readily a connection yields: first who only waits, the longest first, then who stalls.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Yields {
    Waiting(Instant),
    Stalled(Instant),
}

impl Activity {
    pub(crate) fn new(now: Instant) -> Self {
        let state = State {
            phase: Phase::Idle,
            since: now,
            blocked: None,
            waited: false,
            unread: false,
            requests: 0,
        };
        Self { state: Mutex::new(state), ended: Notify::new() }
    }

    /// Ends the connection, since others need what it holds.
    pub(crate) fn end_connection(&self) {
        self.ended.notify_one();
    }

    /// Waits until the connection is to end so.
    pub(crate) async fn connection_ended(&self) {
        self.ended.notified().await;
    }

    /// Bytes came from the client.
    pub(crate) fn read(&self, now: Instant) {
        let mut state = self.lock();
        if state.phase == Phase::Idle {
            (state.phase, state.since, state.waited) = (Phase::Head, now, false);
        }
    }

    /// The client took bytes; returns the number of requests, so that each answer has a pace of its own.
    pub(crate) fn wrote(&self, now: Instant) -> u64 {
        let mut state = self.lock();
        state.blocked = None;
        if state.phase == Phase::Idle {
            state.since = now;
        }
        state.requests
    }

    /// The client keeps a body or an answer from moving; returns the number of requests.
    pub(crate) fn block(&self, now: Instant) -> u64 {
        let mut state = self.lock();
        state.blocked.get_or_insert(now);
        state.requests
    }

    /// A body moved.
    pub(crate) fn unblock(&self) {
        self.lock().blocked = None;
    }

    /// The body was read to its end.
    pub(crate) fn read_whole(&self) {
        self.lock().unread = false;
    }

    /// Whether the client may still be sending a body that nobody reads.
    pub(crate) fn is_unread(&self) -> bool {
        self.lock().unread
    }

    /// A request has come, with a body or without.
    pub(crate) fn begin(&self, has_body: bool) {
        let mut state = self.lock();
        state.unread = has_body;
        (state.phase, state.blocked) = (Phase::Request, None);
        state.requests = state.requests.saturating_add(1);
    }

    /// Its answer is handed over, if not yet sent.
    pub(crate) fn end(&self, now: Instant) {
        let mut state = self.lock();
        (state.phase, state.since, state.waited) = (Phase::Idle, now, false);
    }

    /// The server waits for the client; tells when that was too long, as far as can be told now.
    pub(crate) fn wait(&self, limits: &Limits, now: Instant) -> Instant {
        let mut state = self.lock();
        state.waited = true;
        match (state.phase, state.blocked) {
            (Phase::Head, _) => state.since + limits.head(),
            (Phase::Idle, None) => state.since + limits.idle(),
            // Bodies and answers have deadlines of their own.
            (Phase::Idle, Some(_)) | (Phase::Request, _) => now + limits.idle(),
        }
    }

    /// Whether a request is worked on or its answer under way.
    pub(crate) fn is_busy(&self) -> bool {
        let state = self.lock();
        state.phase == Phase::Request || state.blocked.is_some()
    }

    /// How readily it yields to a new connection, if at all.
    pub(crate) fn yields(&self, limits: &Limits, now: Instant) -> Option<Yields> {
        let state = self.lock();
        let (since, patience, yields) = match (state.phase, state.blocked) {
            (_, Some(blocked)) => (blocked, limits.yields(), Yields::Stalled(blocked)),
            (Phase::Request, None) => return None,
            // The server itself is late.
            (Phase::Idle | Phase::Head, None) if !state.waited => return None,
            (Phase::Idle | Phase::Head, None) => (state.since, limits.fresh(), Yields::Waiting(state.since)),
        };
        (now.duration_since(since) >= patience).then_some(yields)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn who_waits_yields_before_who_stalls_and_who_works_does_not() {
        let start = Instant::now();
        let later = start + SECOND * 5;
        let (working, stalled, idle, older) =
            (Activity::new(start), Activity::new(start), Activity::new(start + SECOND), Activity::new(start));
        working.begin(false);
        stalled.begin(true);
        stalled.block(start + SECOND * 2);
        older.read(start);
        let unheard = Activity::new(start);
        for waiting in [&idle, &older] {
            waiting.wait(&Limits::default(), start);
        }
        let limits = Limits { fresh_ms: 1_000, yield_ms: 1_000, ..Limits::default() };
        let yields = |activity: &Activity, now| activity.yields(&limits, now);
        assert_eq!((yields(&working, later), yields(&unheard, later)), (None, None));
        assert_eq!(yields(&older, start + SECOND / 2), None, "it has just come");
        let mut order = [yields(&stalled, later), yields(&idle, later), yields(&older, later)];
        order.sort();
        assert_eq!(
            order,
            [
                Some(Yields::Waiting(start)),
                Some(Yields::Waiting(start + SECOND)),
                Some(Yields::Stalled(start + SECOND * 2))
            ]
        );
        // It moves again.
        assert_eq!(stalled.wrote(later), 1);
        assert_eq!(yields(&stalled, later), None);
    }

    #[test]
    fn an_answer_that_is_still_being_read_is_not_idle() {
        let limits = Limits { idle_ms: 1_000, ..Limits::default() };
        let start = Instant::now();
        let activity = Activity::new(start);
        activity.begin(false);
        activity.end(start);
        assert_eq!(activity.wait(&limits, start), start + SECOND);
        activity.block(start);
        let later = start + SECOND * 3;
        assert_eq!(activity.wait(&limits, later), later + SECOND);
        activity.wrote(later);
        assert_eq!(activity.wait(&limits, later + SECOND * 9), later + SECOND);
    }
}

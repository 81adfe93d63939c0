//! What goes wrong again and again, said once when it has lasted and once a minute after that.

use std::time::{Duration, Instant};

/// Something that goes wrong again and again.
#[derive(Default)]
pub(super) struct Complaint {
    since: Option<Instant>,
    said: Option<Instant>,
}

/// How long it goes on before anything is said: at a start nothing answers at once.
const FIRST: Duration = Duration::from_secs(5);
/// How long nothing is said after that.
const NEXT: Duration = Duration::from_secs(60);

impl Complaint {
    /// It has gone wrong at `now`; whether that is to be said.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        let is_due = now.duration_since(since) >= FIRST
            && self.said.is_none_or(|said| now.duration_since(said) >= NEXT);
        if is_due {
            self.said = Some(now);
        }
        is_due
    }

    /// It goes well; whether something was said before.
    pub(super) fn end(&mut self) -> bool {
        std::mem::take(self).said.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_said_when_it_lasts_and_then_each_minute() {
        let (mut complaint, start) = (Complaint::default(), Instant::now());
        let mut due_at = |second: u64| complaint.is_due(start + Duration::from_secs(second));
        let said: Vec<u64> = (0..200).filter(|second| due_at(*second)).collect();
        assert_eq!(said, [5, 65, 125, 185]);
        assert!(complaint.end() && !complaint.end());
        assert!(!complaint.is_due(start + Duration::from_secs(300)), "a new one");
    }
}

//! Which records are of sensitive kinds, as lists and documents say it.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{RecordId, Sensitivity};
use keepwell_wallet::SensitiveRecord;

/// The kinds of the records that are of any.
pub(crate) struct SensitiveMarks<'a>(BTreeMap<RecordId, &'a [Sensitivity]>);

impl<'a> SensitiveMarks<'a> {
    pub(crate) fn of(records: &'a [SensitiveRecord]) -> Self {
        Self(records.iter().map(|one| (one.record, one.kinds.as_slice())).collect())
    }

    /// The kinds of a record; none: the table of codes does not know it as sensitive.
    pub(crate) fn kinds(&self, record: &RecordId) -> &'a [Sensitivity] {
        self.0.get(record).copied().unwrap_or_default()
    }

    /// The same as a cell of a row, empty where there are none.
    pub(crate) fn cell(&self, record: &RecordId) -> String {
        match self.kinds(record) {
            [] => String::new(),
            kinds => format!("sensitive: {}", listed(kinds)),
        }
    }
}

/// Of a list the elements for which a screen has room, in their order, and how many are left. What is marked is always among
/// the former.
pub(crate) fn with_room_for<T>(most: usize, list: &[T], is_marked: impl Fn(&T) -> bool) -> (Vec<&T>, usize) {
    let mut room = most.saturating_sub(list.iter().filter(|one| is_marked(one)).count());
    let mut takes = |one: &T| {
        let has_room = room > 0;
        if !is_marked(one) {
            room = room.saturating_sub(1);
        }
        is_marked(one) || has_room
    };
    let fitting: Vec<&T> = list.iter().filter(|one| takes(one)).collect();
    let left = list.len() - fitting.len();
    (fitting, left)
}

/// What every list of marks says below it.
pub(crate) const WHAT_MARKS_MEAN: &str =
    "Sensitive is what the table of codes knows as such; what is not marked may be sensitive, too.";

fn listed(kinds: &[Sensitivity]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_shown_however_little_room_there_is() {
        let list = [1, 2, 3, 4, 10, 5];
        let is_marked = |one: &i32| *one == 10;
        for (most, fitting, left) in
            [(6, vec![1, 2, 3, 4, 10, 5], 0), (3, vec![1, 2, 10], 3), (1, vec![10], 5), (0, vec![10], 5)]
        {
            let (shown, more) = with_room_for(most, &list, is_marked);
            assert_eq!((shown.into_iter().copied().collect::<Vec<_>>(), more), (fitting, left), "{most}");
        }
    }
}

//! Where a record version stands among all by when it came.

use keepwell_protocol::domain::Timestamp;

/// Second (33 bits) and seq (30 bits) in one positive number, so that later is greater.
///
/// The second is that of the delivery that brought the version, which a restore keeps; by the seq alone what came
/// back would stand in the order in which it was fetched.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Arrival(i64);

impl Arrival {
    /// The arrival of version `seq`.
    pub(crate) fn new(received: Timestamp, seq: u32) -> Self {
        let second = i64::try_from(received.0).unwrap_or(SECOND_MAX).min(SECOND_MAX);
        Self(second << SECOND | i64::from(seq) & SEQ)
    }

    /// Reads a stored arrival.
    pub(crate) const fn from_i64(value: i64) -> Self {
        Self(value)
    }

    /// The stored form.
    pub(crate) const fn as_i64(self) -> i64 {
        self.0
    }

    /// When it came.
    pub(crate) fn time(self) -> Timestamp {
        Timestamp(u64::try_from(self.0 >> SECOND).unwrap_or(0))
    }
}

const SECOND: u32 = 30;
const SECOND_MAX: i64 = (1 << 33) - 1;
const SEQ: i64 = (1 << SECOND) - 1;

#[cfg(test)]
mod tests {
    use super::super::position::SEQ_MAX;
    use super::*;

    #[test]
    fn later_is_greater_and_of_one_second_the_later_version() {
        let at = |second, seq| Arrival::new(Timestamp(second), seq);
        let ascending = [at(0, 0), at(0, SEQ_MAX), at(1, 0), at(1_800_000_000, 7), at(1_800_000_000, 8)];
        assert!(ascending.is_sorted_by(|earlier, later| earlier < later));
        assert_eq!(at(1_800_000_000, SEQ_MAX).time(), Timestamp(1_800_000_000));
        assert!(at(u64::MAX, SEQ_MAX).as_i64() > 0);
    }
}

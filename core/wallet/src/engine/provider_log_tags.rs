//! Which entries of a provider's own access log are about this wallet.

use std::collections::HashMap;

use keepwell_protocol::consent::log_tag;
use keepwell_protocol::crypto::PairSecret;
use keepwell_protocol::domain::AccountId;

/// The tags that entries about this wallet may have.
pub(crate) struct Tags {
    pairs: Vec<(AccountId, PairSecret)>,
    /// Of each pair, how many numbers are in `known`.
    made: Vec<u64>,
    known: HashMap<[u8; 32], (AccountId, u64)>,
}

impl Tags {
    pub(crate) fn new(pairs: Vec<(AccountId, PairSecret)>) -> Self {
        let accounts: Vec<AccountId> = pairs.iter().map(|(account, _)| *account).collect();
        let mut tags = Self { made: vec![0; pairs.len()], pairs, known: HashMap::new() };
        accounts.into_iter().for_each(|account| tags.extend_to(account, AHEAD));
        tags
    }

    pub(crate) fn find(&self, tag: &[u8; 32]) -> Option<(AccountId, u64)> {
        self.known.get(tag).copied()
    }

    /// Knows the tags that may follow on this number.
    pub(crate) fn extend_behind(&mut self, account: AccountId, number: u64) {
        self.extend_to(account, number.saturating_add(1 + AHEAD));
    }

    fn extend_to(&mut self, account: AccountId, end: u64) {
        for ((of, pair), made) in self.pairs.iter().zip(&mut self.made).filter(|((of, _), _)| *of == account)
        {
            for number in *made..end {
                self.known.insert(log_tag(pair, number), (*of, number));
            }
            *made = end.max(*made);
        }
    }
}

/// How many numbers may be left out and the ones behind them are still found.
const AHEAD: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_known_as_far_ahead_as_numbers_may_be_left_out() {
        let (account, other) = (AccountId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
        let pair = |of: u8| PairSecret::from_bytes(&[of; 32]);
        let mut tags = Tags::new(vec![(account, pair(3)), (other, pair(4))]);
        let tag = |number| log_tag(&pair(3), number);
        assert_eq!(tags.find(&tag(0)), Some((account, 0)));
        assert_eq!(tags.find(&log_tag(&pair(4), 0)), Some((other, 0)));
        assert_eq!(tags.find(&tag(AHEAD - 1)), Some((account, AHEAD - 1)));
        assert_eq!(tags.find(&tag(AHEAD)), None);
        tags.extend_behind(account, 9);
        assert_eq!(tags.find(&tag(9 + AHEAD)), Some((account, 9 + AHEAD)));
        assert_eq!(tags.find(&tag(10 + AHEAD)), None);
        assert_eq!(tags.find(&log_tag(&pair(4), AHEAD)), None, "of this account alone");
        assert_eq!(tags.find(&tag(0)), Some((account, 0)), "what was found may stand there again");
    }
}

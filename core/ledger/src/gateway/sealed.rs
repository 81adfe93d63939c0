//! What a sealed question is treated otherwise by than one that is not.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use keepwell_protocol::crypto::ENCAPSULATED_ANSWER_OVERHEAD;
use keepwell_protocol::domain::Object;
use keepwell_protocol::formats::http::SEALED_ANSWER_LENGTHS;
use keepwell_protocol::ledger::Directory;

/// Marks a question that came sealed: who asks is further away and waits in one long poll, and the answer has to fit.
#[derive(Clone, Copy)]
pub(super) struct Sealed;

impl Sealed {
    /// How long a proof that is on its way is waited for.
    pub(super) const PROOF_WAIT: Duration = Duration::from_secs(5);
    /// The longest body of an answer, in bytes: what fits beside status and headers.
    pub(super) const LONGEST_CONTENT: usize = SEALED_ANSWER_LENGTHS[1] - ENCAPSULATED_ANSWER_OVERHEAD - 128;

    /// Leaves out the end of a page of the directory that would not fit; whoever asks goes on from there.
    pub(super) fn cut(directory: &mut Directory) {
        while directory.to_cbor().len() > Self::LONGEST_CONTENT {
            directory.providers.pop();
        }
    }
}

/// Which sealed questions were opened lately: a host that hands in one of them again learns nothing and is refused.
#[derive(Default)]
pub(super) struct OpenedLately {
    known: HashSet<[u8; 32]>,
    order: VecDeque<[u8; 32]>,
}

impl OpenedLately {
    /// Notes a question by its encapsulated key; false if it was noted before.
    pub(super) fn note(&mut self, encapsulated: [u8; 32]) -> bool {
        if !self.known.insert(encapsulated) {
            return false;
        }
        self.order.push_back(encapsulated);
        if self.order.len() > MOST_OPENED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

/// How many questions are remembered so that none is answered twice: 4 MB.
const MOST_OPENED: usize = 65_536;

#[cfg(test)]
mod tests {
    use keepwell_protocol::domain::ProviderId;
    use keepwell_protocol::ledger::DirectoryEntry;

    use super::*;

    #[test]
    fn a_question_is_new_once_as_long_as_it_is_remembered() {
        let mut opened = OpenedLately::default();
        let key = |number: u32| {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&number.to_be_bytes());
            key
        };
        let most = u32::try_from(MOST_OPENED).unwrap();
        for number in 0..most {
            assert!(opened.note(key(number)));
        }
        assert!(!opened.note(key(0)) && !opened.note(key(most - 1)));
        assert!(opened.note(key(most)), "the oldest makes room");
        assert_eq!((opened.known.len(), opened.order.len()), (MOST_OPENED, MOST_OPENED));
        assert!(!opened.note(key(1)) && opened.note(key(0)));
    }

    #[test]
    fn a_page_of_long_names_is_cut_to_what_fits_and_another_stays() {
        let page = |length: usize| {
            let entry = |id: u8| DirectoryEntry {
                provider: ProviderId::from_bytes([id; 32]),
                name: "n".repeat(length),
                place: "p".repeat(length),
            };
            let mut page = Directory { providers: (0..100).map(entry).collect() };
            Sealed::cut(&mut page);
            page
        };
        assert_eq!(page(20).providers.len(), 100);
        let cut = page(200);
        assert!((20..100).contains(&cut.providers.len()));
        assert_eq!(cut.providers[0].provider, ProviderId::from_bytes([0; 32]));
    }
}

//! What a delivery says of itself as a whole: where it seems to come from, and which of its versions are newer.

use std::collections::BTreeSet;

use keepwell_protocol::formats::fhir::{self, Resource, ResourceHead};

use crate::store::records;

/// What stands for the source of a delivery that was not named.
#[derive(Default)]
pub(super) struct GuessedOrigin {
    /// The base of the first address.
    source: Option<String>,
    /// Whether an address has another.
    has_other_base: bool,
    /// The ids of the Patients that are in it or spoken of; of several, two.
    patients: BTreeSet<String>,
}

impl GuessedOrigin {
    /// Takes note of a resource.
    pub(super) fn observe(&mut self, resource: &Resource<'_>, head: &ResourceHead<'_>) {
        let base = source_of(resource);
        if base != fhir::source_of(None) {
            self.has_other_base |= self.source.as_deref().is_some_and(|first| first != base);
            self.source.get_or_insert_with(|| base.to_owned());
        }
        if self.patients.len() < 2 {
            self.patients.extend(records::patient_of(head));
        }
    }

    /// The base of the first address, if there is any.
    pub(super) fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The base of every address, if there is one and only one: that of the server.
    pub(super) fn base(&self) -> Option<&str> {
        self.source().filter(|_| !self.has_other_base)
    }

    /// The id of the Patient, if there is one and only one.
    pub(super) fn patient(&self) -> Option<String> {
        let mut patients = self.patients.iter();
        patients.next().filter(|_| patients.next().is_none()).cloned()
    }
}

/// Where a resource seems to come from: who issued its card, or the base of its address.
pub(super) fn source_of<'r>(resource: &Resource<'r>) -> &'r str {
    resource.issuer.unwrap_or_else(|| fhir::source_of(resource.full_url))
}

/// The order of the versions in a delivery: later files and later lines are newer, but in a history the
/// earlier entries.
#[derive(Default)]
pub(super) struct Order {
    /// The file and the history in it that is being read.
    block: (u64, Option<u64>),
    /// How many of them were before it in the file.
    number: u64,
    /// The index of its first part.
    first: u64,
}

impl Order {
    /// The place of a part: what is greater is newer.
    pub(super) fn place(&mut self, file: u64, history: Option<u64>, index: u64) -> u64 {
        if self.block != (file, history) {
            self.number = if self.block.0 == file { self.number + 1 } else { 0 };
            self.block = (file, history);
            self.first = index;
        }
        let within = index.saturating_sub(self.first).min(WITHIN);
        let within = if history.is_some() { WITHIN - within } else { within };
        file << 40 | self.number.min(0xffff) << 24 | within
    }
}

/// The most that is told apart in one block.
const WITHIN: u64 = (1 << 24) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_is_newer_but_in_a_history_earlier() {
        let mut order = Order::default();
        let parts = [
            (0, None, 0),
            (0, None, 1),
            (0, Some(0), 4),
            (0, Some(0), 3),
            (0, Some(0), 2),
            (0, Some(1), 6),
            (0, Some(1), 5),
            (0, None, 7),
            (1, None, 0),
            (1, Some(0), 1),
        ];
        let mut read = parts.to_vec();
        read.sort_unstable_by_key(|(file, _, index)| (*file, *index));
        let placed = read.iter().map(|part| (order.place(part.0, part.1, part.2), *part));
        let mut placed: Vec<_> = placed.collect();
        placed.sort_unstable();
        assert_eq!(placed.into_iter().map(|(_, part)| part).collect::<Vec<_>>(), parts);
    }
}

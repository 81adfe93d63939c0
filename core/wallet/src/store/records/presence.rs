//! What a store that was empty cannot have: whoever looks for it need not ask.

use rusqlite::Connection;

use crate::store::StoreError;

/// Hashes that were added to an empty store, a bit for each; of a store that held something it is said that it may
/// have anything.
pub(super) struct Presence(Option<Vec<u64>>);

impl Presence {
    /// Of a store with these versions.
    pub(super) fn of(connection: &Connection) -> Result<Self, StoreError> {
        let is_empty = !connection.prepare_cached("SELECT 1 FROM version LIMIT 1")?.exists([])?;
        Ok(Self(is_empty.then(|| vec![0; WORDS])))
    }

    /// Notes a hash.
    pub(super) fn add(&mut self, hash: i64) {
        let (at, bit) = place(hash);
        if let Some(word) = self.0.as_mut().and_then(|words| words.get_mut(at)) {
            *word |= bit;
        }
    }

    /// Whether it may be there; where not it is not.
    pub(super) fn may_have(&self, hash: i64) -> bool {
        let (at, bit) = place(hash);
        self.0.as_ref().is_none_or(|words| words.get(at).is_none_or(|word| word & bit != 0))
    }
}

fn place(hash: i64) -> (usize, u64) {
    let number = usize::try_from(hash.cast_unsigned() % (WORDS as u64 * 64)).unwrap_or_default();
    (number / 64, 1 << (number % 64))
}

/// Half a megabyte: of the hashes of 100,000 records one in fourteen is asked for in vain.
const WORDS: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_of_an_empty_store_something_is_known_to_be_absent() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::store::testing::migrate(&mut connection);
        let mut presence = Presence::of(&connection).unwrap();
        for hash in [0, -1, 70, i64::MAX - 1] {
            assert!(!presence.may_have(hash), "{hash}");
            presence.add(hash);
            assert!(presence.may_have(hash), "{hash}");
        }
        assert!(!presence.may_have(1));
        connection
            .execute("INSERT INTO version VALUES (1, 1, 1, 0, 1, NULL, 1, zeroblob(32), x'')", [])
            .unwrap();
        assert!(Presence::of(&connection).unwrap().may_have(1));
    }
}

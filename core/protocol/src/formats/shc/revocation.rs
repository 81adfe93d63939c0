//! The list of the cards of one key that were revoked, at `/.well-known/crl/<kid>.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::RevocationListError;
use super::object::read_object;
use crate::domain::Timestamp;

/// A list of revoked cards.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevocationList {
    key_id: String,
    version: u64,
    /// What cards are revoked by, and if not all of them, those that held from before which time.
    revoked: BTreeMap<String, Option<Timestamp>>,
}

impl RevocationList {
    /// Reads a list.
    ///
    /// # Errors
    /// [`RevocationListError`] if it is none, or one by another method.
    pub fn read(json: &[u8]) -> Result<Self, RevocationListError> {
        let list: List = read_object(json).ok_or(RevocationListError)?;
        if list.method != "rid" {
            return Err(RevocationListError);
        }
        let mut revoked = BTreeMap::new();
        for entry in list.rids {
            let (id, before) = match entry.split_once('.') {
                None => (entry, None),
                Some((id, before)) => {
                    let before = before.parse().map_err(|_| RevocationListError)?;
                    (id.to_owned(), Some(Timestamp(before)))
                }
            };
            // Of two entries that one holds which revokes more; nothing revokes more than no time.
            let known = revoked.entry(id).or_insert(before);
            *known = known.zip(before).map(|(known, before)| known.max(before));
        }
        Ok(Self { key_id: list.kid, version: list.ctr, revoked })
    }

    /// The name of the key that signed the cards.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Counts up with each change.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Whether a card that is revoked by this, and holds from this time on, is on the list.
    pub fn names(&self, revocation_id: &str, not_before: Timestamp) -> bool {
        self.revoked.get(revocation_id).is_some_and(|before| before.is_none_or(|before| not_before < before))
    }
}

#[derive(Deserialize)]
struct List {
    kid: String,
    method: String,
    ctr: u64,
    rids: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_with_a_time_revokes_what_was_issued_before() {
        let json =
            br#"{"kid":"k","method":"rid","ctr":7,"rids":["abc","def.1636977600","g.5","g","h.5","h.9"]}"#;
        let list = RevocationList::read(json).unwrap();
        assert_eq!((list.key_id(), list.version()), ("k", 7));
        let names = |id, time| list.names(id, Timestamp(time));
        assert!(names("abc", 0) && names("abc", u64::MAX));
        assert!(names("def", 1_636_977_599) && !names("def", 1_636_977_600));
        assert!(names("g", 5) && names("h", 8) && !names("h", 9));
        assert!(!names("ab", 0) && !names("def.1636977600", 0) && !names("", 0));
    }

    #[test]
    fn other_lists_are_refused() {
        for json in [
            "",
            "{}",
            r#"["k","rid",1,[]]"#,
            r#"{"kid":"k","method":"other","ctr":1,"rids":[]}"#,
            r#"{"kid":"k","method":"rid","ctr":-1,"rids":[]}"#,
            r#"{"kid":"k","method":"rid","ctr":1,"rids":["a.x"]}"#,
            r#"{"kid":"k","method":"rid","ctr":1,"rids":["a.1.2"]}"#,
            r#"{"kid":"k","method":"rid","ctr":1,"rids":"a"}"#,
            r#"{"kid":"k","method":"rid","ctr":1,"ctr":2,"rids":[]}"#,
        ] {
            assert_eq!(RevocationList::read(json.as_bytes()), Err(RevocationListError), "{json}");
        }
    }
}

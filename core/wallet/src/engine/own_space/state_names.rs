//! What a state object that can't be read was: its entry has the hash of its name, and the names follow
//! from what else is known.

use std::collections::BTreeMap;

use keepwell_protocol::crypto;
use keepwell_protocol::domain::RecordId;
use keepwell_protocol::vault::SpaceView;

use super::report::StateKind;
use crate::store::state_object::{StoredGrant, name};

/// Names that objects may have, by the identifier that stands for each in a segment.
pub(crate) struct StateNames(BTreeMap<RecordId, (StateKind, String)>);

impl StateNames {
    /// The names of everything that the host serves, or that a grant mentions.
    pub(crate) fn of(view: &SpaceView, grants: &[StoredGrant]) -> Self {
        let mut names = vec![
            (StateKind::Anchor, name::ANCHOR.to_owned()),
            (StateKind::Owner, name::OWNER.to_owned()),
            (StateKind::Owner, name::OWNER_REFERENCES.to_owned()),
            (StateKind::Takeover, name::TAKEOVER.to_owned()),
        ];
        names.extend(view.grants.iter().map(|one| (StateKind::Grant, name::grant(one.entry.grant))));
        names.extend(view.links.iter().map(|one| (StateKind::Link, name::link(one.id))));
        names.extend(view.heads.iter().map(|one| (StateKind::Epoch, name::epoch(one.compartment))));
        names.extend(
            grants.iter().map(|one| (StateKind::Relationship, name::relationship(one.terms.account))),
        );
        names.extend((1..=LOG_LENGTH).map(|first| (StateKind::Log, name::log(first))));
        names.extend((1..=DELIVERIES).map(|number| (StateKind::Delivery, name::delivery(number))));
        let id = |named: (StateKind, String)| (crypto::record_id(named.1.as_bytes()), named);
        Self(names.into_iter().map(id).collect())
    }

    /// What the object behind an entry was.
    pub(crate) fn find(&self, entry: RecordId) -> Option<(StateKind, String)> {
        self.0.get(&entry).cloned()
    }
}

/// Parts of a log that begin beyond this entry are not recognised.
const LOG_LENGTH: u64 = 16_384;
/// Later deliveries than this are not recognised.
const DELIVERIES: u32 = 16_384;

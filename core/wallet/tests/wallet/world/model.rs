//! What a history's author knows to be true, whatever the network did.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{Category, GrantId, LinkId, Scope, Timestamp};

use super::step::KINDS;
use crate::parties::categories;

#[derive(Default)]
pub(super) struct Model {
    pub(super) records: Vec<Added>,
    pub(super) grants: Vec<Granted>,
    pub(super) shares: Vec<Shared>,
    /// What was done on the phone before, until the new one has taken it over.
    pub(super) elsewhere: Elsewhere,
    /// When governance suspended which providers.
    pub(super) suspended: BTreeMap<usize, Timestamp>,
}

/// What the phone before has and the new one may not.
#[derive(Default)]
pub(super) struct Elsewhere {
    pub(super) records: Vec<Added>,
    pub(super) grants: Vec<Granted>,
    pub(super) shares: Vec<Shared>,
}

/// A record whose import was acknowledged.
#[derive(Clone)]
pub(super) struct Added {
    pub(super) bytes: Vec<u8>,
    category: Category,
    resource_type: &'static str,
    /// Whether a sync said that nothing is queued since.
    pub(super) is_published: bool,
}

/// A grant that was acknowledged.
pub(super) struct Granted {
    pub(super) id: GrantId,
    pub(super) provider: usize,
    pub(super) scope: Scope,
    pub(super) not_after: Timestamp,
    /// It was ended on the phone before: the new one does not know it until it has taken that over.
    pub(super) is_ended_elsewhere: bool,
    /// When its end was acknowledged.
    pub(super) revoked: Option<Timestamp>,
    /// Whether a server has been reached since, so that nobody reads under it any more.
    pub(super) is_revoked_everywhere: bool,
    /// A restore said that the ledger was not heard about it: it may stand as it was before it was revoked,
    /// until the ledger is, and nobody gets anything by it.
    pub(super) is_unproved: bool,
    pub(super) is_published: bool,
}

/// A share whose link was shown.
pub(super) struct Shared {
    pub(super) id: LinkId,
    pub(super) link: String,
    /// What the last command about it that was acknowledged came to.
    pub(super) state: Acknowledged,
    /// A command about it failed since: it may have been carried out.
    pub(super) is_unsure: bool,
    pub(super) expires: Timestamp,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Acknowledged {
    Active,
    Paused,
    Revoked,
}

impl Added {
    /// The record of a kind with this number.
    pub(super) fn new(kind: usize, number: usize) -> Self {
        let (resource_type, category) = TYPES[kind];
        let bytes = crate::parties::record(resource_type, &format!("r{number}"));
        Self { bytes, category, resource_type, is_published: false }
    }
}

/// The time of one command.
#[derive(Clone, Copy)]
pub(super) struct During {
    pub(super) begin: Timestamp,
    /// How wrong the phone's clock is, either way.
    pub(super) error: u64,
    /// It is the phone before that acts: what the new one decided and told nobody does not bind it.
    pub(super) is_former: bool,
}

const TYPES: [(&str, Category); KINDS] = [
    ("AllergyIntolerance", Category::Allergies),
    ("Condition", Category::Conditions),
    ("Procedure", Category::Procedures),
];

/// How old the proof of a provider may be by which it is published to.
const PROOF_AGE: u64 = 86_400;

impl Model {
    /// What a provider may come to open in a command: what is covered by a grant that was not over when it began.
    pub(super) fn allowed(&self, provider: usize, during: During) -> BTreeSet<&[u8]> {
        let since = self.suspended.get(&provider);
        let is_suspended = since.is_some_and(|since| during.begin.since(*since).0 > PROOF_AGE + during.error);
        let entitled = |grant: &&Granted| {
            grant.provider == provider
                && (grant.revoked.is_none() || during.is_former && !grant.is_revoked_everywhere)
                && !is_suspended
                && during.begin.0 < grant.not_after.0 + during.error
        };
        let grants = self.grants.iter().chain(&self.elsewhere.grants).filter(entitled);
        self.coverable(grants)
    }

    /// What some grants cover, what only the phone before may have among it.
    pub(super) fn coverable<'a>(&'a self, grants: impl Iterator<Item = &'a Granted>) -> BTreeSet<&'a [u8]> {
        let mut covered = BTreeSet::new();
        for grant in grants {
            let records = self.records.iter().chain(&self.elsewhere.records);
            covered.extend(records.filter(|one| grant.covers(one)).map(|one| one.bytes.as_slice()));
        }
        covered
    }

    /// What some grants cover.
    pub(super) fn covered<'a>(&'a self, grants: impl Iterator<Item = &'a Granted>) -> BTreeSet<&'a [u8]> {
        let mut covered = BTreeSet::new();
        for grant in grants {
            let records = self.records.iter().filter(|record| grant.covers(record));
            covered.extend(records.map(|record| record.bytes.as_slice()));
        }
        covered
    }

    pub(super) fn grant_mut(&mut self, id: GrantId) -> Option<&mut Granted> {
        self.grants.iter_mut().find(|grant| grant.id == id)
    }

    /// A sync said that the servers know everything.
    pub(super) fn note_published(&mut self) {
        self.records.iter_mut().for_each(|record| record.is_published = true);
        self.grants.iter_mut().for_each(|grant| grant.is_published = true);
    }
}

impl Granted {
    fn covers(&self, record: &Added) -> bool {
        self.scope.categories.contains(&record.category)
            && self.scope.types.iter().all(|name| name == record.resource_type)
    }

    /// Whether a wallet that says `state` of this grant has forgotten that it was revoked.
    pub(super) fn is_forgotten(&self, state: GrantState) -> bool {
        self.revoked.is_some() && !matches!(state, GrantState::Revoking | GrantState::Revoked)
    }
}

/// Three scopes of whole categories and one that is finer.
pub(super) fn scope(number: usize) -> Scope {
    match number {
        0 => categories(&[Category::Allergies]),
        1 => categories(&[Category::Allergies, Category::Conditions]),
        2 => Scope {
            types: vec!["Condition".into()],
            ..categories(&[Category::Conditions, Category::Procedures])
        },
        _ => categories(&[Category::Procedures]),
    }
}

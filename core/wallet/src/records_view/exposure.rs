//! Which versions of records a provider could read under its grants, and when.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{ProviderId, Timestamp};
use rusqlite::Connection;

use super::facts::facts;
use super::preview_grant;
use crate::error::WalletError;
use crate::store::records::{self, VersionName};
use crate::store::state_object::StoredGrant;
use crate::store::{deliveries, grants};

/// From when on, and until before when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Window {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

impl Window {
    /// The shortest one that covers both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }
}

/// Never less than what was so: a version counts from its arrival, though it is published later, and to the end of the
/// grant, though it may have been taken back before.
pub(crate) fn of_provider(
    connection: &Connection,
    provider: ProviderId,
) -> Result<BTreeMap<VersionName, Window>, WalletError> {
    let grants = grants::all(connection)?.into_iter().filter(|grant| grant.terms.provider == provider);
    let decided = grants.map(|grant| Ok((preview_grant::decisions(connection, &grant.terms.scope)?, grant)));
    let decided: Vec<_> = decided.collect::<Result<_, WalletError>>()?;
    let arrivals = deliveries::earliest_arrivals(connection)?;
    let mut exposed = BTreeMap::new();
    for version in records::versions_ever(connection) {
        let version = version?;
        let facts = facts(&version, &records::read_head(&version.bytes)?);
        let came = arrivals.get(&version.received).copied().unwrap_or(version.received);
        for (decisions, grant) in &decided {
            let (scope, open) = (&grant.terms.scope, window(grant));
            // What came when the ledger had shown its end was sealed to this grant no more; times are seconds, and what came
            // in that one may have come before it.
            let is_late = grant.state == GrantState::Revoked && came > grant.since;
            let from = open.from.max(came);
            let is_shown = decisions.get(&version.record).is_some_and(|decision| decision.is_allowed());
            let is_covered = scope.records.contains(&version.record) || scope.covers_by_category(&facts);
            if !is_late && from < open.until && (is_shown || is_covered) {
                let name = VersionName { record: version.record, number: version.number };
                add(&mut exposed, name, Window { from, until: open.until });
            }
        }
    }
    Ok(exposed)
}

/// Adds to what is known of a version.
pub(crate) fn add(exposed: &mut BTreeMap<VersionName, Window>, name: VersionName, window: Window) {
    match exposed.entry(name) {
        Entry::Vacant(entry) => drop(entry.insert(window)),
        Entry::Occupied(mut entry) => {
            let known = entry.get().and(window);
            entry.insert(known);
        }
    }
}

/// When a grant could be read under: one that is being ended, until its own end, since who has not heard of that may
/// still serve it; one of which the ledger shows that it ended, as long as a host may go by what the ledger showed before.
fn window(grant: &StoredGrant) -> Window {
    let terms = &grant.terms;
    let until = match grant.state {
        GrantState::Revoked => grant.since.saturating_add(terms.max_staleness).min(terms.not_after),
        _ => terms.not_after,
    };
    Window { from: terms.not_before.max(terms.created), until }
}

//! Grants as a person sees them.

use std::cmp::Reverse;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Category, Duration, GrantId, ProviderId, Purpose, Scope, Timestamp};
use rusqlite::Connection;

use crate::error::WalletError;
use crate::store::state_object::{Relationship, StoredGrant};
use crate::store::{grants, relationships};

/// A grant as a person sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GrantView {
    /// The identifier by which it is revoked or verified.
    pub grant: GrantId,
    /// The provider who may read.
    pub provider: ProviderId,
    /// The provider's name, as on the card that was pinned.
    pub name: String,
    /// What it covers.
    pub scope: Scope,
    /// The purpose of use that the terms allow.
    pub purpose: Purpose,
    /// In force from this second on.
    pub not_before: Timestamp,
    /// Until before when.
    pub not_after: Timestamp,
    /// Where it stands.
    pub state: GrantState,
    /// When it came to the state that it is in.
    pub since: Timestamp,
    /// Whether the provider has been told.
    pub delivered: bool,
    /// The six digits that both screens show.
    pub match_code: String,
    /// Of one that is being or was revoked: who has stopped it. None yet: it can still be read under.
    pub stopped_by: Option<StoppedBy>,
    /// Whether the provider was told who the patient is, by name and birth date, or is to be told once it is delivered.
    pub is_named: bool,
    /// The grant in whose place this one is; it ends once this one is proved and delivered.
    pub replaces: Option<GrantId>,
}

/// Who has stopped a grant that the patient ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StoppedBy {
    /// The host serves it no more; the ledger does not show it yet.
    Host,
    /// The ledger shows that it was revoked.
    Ledger,
}

impl StoppedBy {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Ledger => "ledger",
        }
    }
}

impl GrantView {
    /// Since when the end of this grant waits for a server to have it; none where it does not.
    pub fn queued_since(&self) -> Option<Timestamp> {
        (self.state == GrantState::Revoking && self.stopped_by.is_none()).then_some(self.since)
    }

    /// Whether it can be read under now or soon, and for a day more at most.
    pub(crate) fn ends_within_a_day(&self, now: Timestamp) -> bool {
        matches!(self.state, GrantState::Pending | GrantState::Active)
            && self.not_after <= now.saturating_add(Duration::days(1))
    }

    /// The categories that it covers, all or in part.
    pub fn categories(&self) -> &[Category] {
        &self.scope.categories
    }
}

pub(crate) fn all(connection: &Connection) -> Result<Vec<GrantView>, WalletError> {
    let known = relationships::all(connection)?;
    // Of one second the numbers of an account tell which is newer.
    let mut views: Vec<(Reverse<(Timestamp, u32)>, GrantView)> = grants::all(connection)?
        .into_iter()
        .map(|grant| {
            let of = known.iter().find(|known| known.account == grant.terms.account);
            let newest = Reverse((grant.terms.created, grant.terms.number));
            Ok((newest, view(connection, &grant, of)?))
        })
        .collect::<Result<_, WalletError>>()?;
    views.sort_unstable_by_key(|(newest, view)| (*newest, view.grant));
    Ok(views.into_iter().map(|(_, view)| view).collect())
}

pub(crate) fn one(connection: &Connection, id: GrantId) -> Result<GrantView, WalletError> {
    let grant = grants::find(connection, id)?.ok_or(WalletError::NoSuchGrant)?;
    view(connection, &grant, relationships::find(connection, grant.terms.account)?.as_ref())
}

fn view(
    connection: &Connection,
    grant: &StoredGrant,
    of: Option<&Relationship>,
) -> Result<GrantView, WalletError> {
    let terms = &grant.terms;
    let name = of.map(|known| known.card.card.name.clone());
    let stopped_by = match grant.state {
        GrantState::Revoked => Some(StoppedBy::Ledger),
        GrantState::Revoking if grants::is_dropped(connection, grant.id())? => Some(StoppedBy::Host),
        _ => None,
    };
    Ok(GrantView {
        grant: grant.id(),
        provider: terms.provider,
        name: name.unwrap_or_default(),
        scope: terms.scope.clone(),
        purpose: terms.purpose,
        not_before: terms.not_before,
        not_after: terms.not_after,
        state: grant.state,
        since: grant.since,
        delivered: grant.delivered,
        match_code: crypto::match_code(&grant.id()),
        stopped_by,
        is_named: grant.about.is_some(),
        replaces: grant.replaces,
    })
}

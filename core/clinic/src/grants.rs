//! The grants that were accepted: who granted what until when, and whether it holds.

use keepwell_net::Clock;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Category, GrantId, Purpose, Timestamp};

use crate::grant_refresh::RefreshScope;
use crate::grant_state::GrantState;
use crate::store::AcceptedGrant;
use crate::{Clinic, ClinicError};

/// Who granted, as far as the provider knows.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct GrantPatient {
    /// The name that the patient sent along; absent if they kept it to themselves.
    pub name: Option<String>,
    /// The birth date that the patient sent along, `YYYY-MM-DD`.
    pub birth_date: Option<String>,
    /// The six digits that the patient's screen shows too.
    #[serde(rename = "match")]
    pub match_code: String,
    /// Whether staff compared them, or the grant answers a request of the desk.
    pub confirmed: bool,
}

/// A grant as the front desk sees it.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct GrantSummary {
    /// Its identifier on the ledger.
    pub grant: GrantId,
    /// Who granted: name and birth date as the patient sent them (unsigned), the match code, and whether staff
    /// compared it.
    pub patient: GrantPatient,
    /// The categories granted; of these perhaps only some types, codes or dates.
    pub categories: Vec<Category>,
    /// Whether the grant names single records, or types, codes or dates within its categories.
    pub narrowed: bool,
    /// For this purpose alone records may be read.
    pub purpose: Purpose,
    /// In force from this second on.
    pub not_before: Timestamp,
    /// In force until before this second.
    pub not_after: Timestamp,
    /// Where it stands.
    pub state: GrantState,
    /// The time of the ledger's header that the state is known from.
    pub as_of: Timestamp,
}

impl Clinic {
    /// Every grant, newest first, with its state from a fresh proof where one can be had and its time
    /// is not over.
    ///
    /// # Errors
    /// [`ClinicError`] if the store fails. A server that can't be reached is no error: its grants
    /// stand as they were known last, and become `unproved`.
    pub fn grants(&mut self, clock: &dyn Clock) -> Result<Vec<GrantSummary>, ClinicError> {
        self.refresh(RefreshScope::All, clock)?;
        self.known_grants(clock)
    }

    /// Every grant, newest first, by what is known of it without asking anybody.
    ///
    /// # Errors
    /// [`ClinicError`] if the store fails.
    pub fn known_grants(&self, clock: &dyn Clock) -> Result<Vec<GrantSummary>, ClinicError> {
        let now = clock.now();
        Ok(self.store.grants()?.iter().map(|grant| summary(grant, known_state(grant, now))).collect())
    }

    /// Notes that staff compared the match code with the patient's screen. Spaces do not count.
    ///
    /// # Errors
    /// [`ClinicError::UnknownGrant`], or [`ClinicError::WrongMatchCode`] if it is another.
    pub fn confirm(&mut self, grant: GrantId, code: &str) -> Result<(), ClinicError> {
        let accepted = self.store.grant(grant)?;
        let typed: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if typed != crypto::match_code(&accepted.id) {
            return Err(ClinicError::WrongMatchCode);
        }
        self.store.confirm(grant)
    }

    /// What the desk shows of one grant without asking anybody: the state is the one known last.
    ///
    /// # Errors
    /// [`ClinicError::UnknownGrant`].
    pub fn grant(&self, grant: GrantId) -> Result<GrantSummary, ClinicError> {
        let accepted = self.store.grant(grant)?;
        Ok(summary(&accepted, accepted.state))
    }
}

/// Where a grant stands by what the ledger said last: in force as long as that is not older than the terms
/// allow (`flows.md` §7).
fn known_state(grant: &AcceptedGrant, now: Timestamp) -> GrantState {
    let terms = &grant.envelope.terms;
    let is_fresh = grant.state_time.saturating_add(terms.max_staleness) >= now;
    match grant.state {
        GrantState::Revoked => GrantState::Revoked,
        _ if now >= terms.not_after => GrantState::Expired,
        GrantState::Active | GrantState::Pending if !is_fresh => GrantState::Unproved,
        GrantState::Active if now < terms.not_before => GrantState::Pending,
        state => state,
    }
}

fn summary(grant: &AcceptedGrant, state: GrantState) -> GrantSummary {
    let terms = &grant.envelope.terms;
    let about = grant.envelope.about.as_ref();
    GrantSummary {
        grant: grant.id,
        patient: GrantPatient {
            name: about.map(|about| about.name.clone()),
            birth_date: about.map(|about| about.birth_date.clone()),
            match_code: crypto::match_code(&grant.id),
            confirmed: grant.confirmed,
        },
        categories: terms.scope.categories.clone(),
        narrowed: !terms.scope.is_whole_categories(),
        purpose: terms.purpose,
        not_before: terms.not_before,
        not_after: terms.not_after,
        state,
        as_of: grant.state_time,
    }
}

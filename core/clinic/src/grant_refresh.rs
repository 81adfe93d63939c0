//! Asking the ledger where grants stand, many at once: through the host of each, in batches.

use std::collections::BTreeMap;
use std::sync::Arc;

use keepwell_net::{Clock, Gateway};
use keepwell_protocol::domain::{GrantId, Timestamp};
use keepwell_protocol::ledger::{LedgerVerdict, ProofRequest, StateKey, Verified};
use keepwell_protocol::vault::Envelope;
use url::Url;

use crate::grant_state::GrantState;
use crate::hosts::{Question, Unanswered, fetch_all};
use crate::proof::read_grant_proof;
use crate::server::{Server, ServerTransport};
use crate::store::AcceptedGrant;
use crate::{Clinic, ClinicError};

/// How many grants of one host are asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RefreshScope {
    /// All that are not over.
    All,
    /// Those that were not proved for [`RECENT`], the oldest first, in at most [`MOST_BATCHES`] requests.
    Some,
}

/// What the ledger says of one grant does not change its mind sooner: a block comes each 30 seconds.
const RECENT: keepwell_protocol::domain::Duration = keepwell_protocol::domain::Duration(30);
/// The most requests to one host for a look at the desk page.
const MOST_BATCHES: usize = 3;

impl Clinic {
    /// Asks where those grants stand that nobody proved for half a minute, the oldest first and at most
    /// 600 of one host, and remembers it. A host that does not answer is no error: what was known of its
    /// grants grows old.
    ///
    /// # Errors
    /// [`ClinicError`] if the store fails.
    pub fn refresh_some(&mut self, clock: &dyn Clock) -> Result<(), ClinicError> {
        self.refresh(RefreshScope::Some, clock)
    }

    /// Asks where grants stand and remembers it.
    ///
    /// # Errors
    /// [`ClinicError`] if the store fails.
    pub(crate) fn refresh(&mut self, scope: RefreshScope, clock: &dyn Clock) -> Result<(), ClinicError> {
        let grants = self.store.grants()?;
        self.fetch_states(grants, scope, clock)
    }

    /// Asks where one grant stands, also if that was proved just now.
    ///
    /// # Errors
    /// [`ClinicError::UnknownGrant`], or that the store fails.
    pub(crate) fn refresh_one(&mut self, grant: GrantId, clock: &dyn Clock) -> Result<(), ClinicError> {
        let grant = self.store.grant(grant)?;
        self.fetch_states(vec![grant], RefreshScope::All, clock)
    }

    fn fetch_states(
        &mut self,
        grants: Vec<AcceptedGrant>,
        scope: RefreshScope,
        clock: &dyn Clock,
    ) -> Result<(), ClinicError> {
        let questions = questions(grants, scope, &self.host()?, clock.now());
        let (transport, trusted, policy) = (Arc::clone(&self.transport), self.store.trusted()?, self.policy);
        let fetch = |server: &Server, asked: &mut Vec<GrantQuery>| {
            let url = Url::parse(server.base()).map_err(|_| ClinicError::InvalidAddress)?;
            let gateway =
                Gateway::through_host(ServerTransport { transport: transport.as_ref(), server }, &url);
            let keys: Vec<StateKey> = asked.iter().map(|it| StateKey::Grant(it.grant)).collect();
            Ok(gateway.prove_batch(&keys, &trusted, &policy, clock)?)
        };
        fetch_all(questions, clock, fetch, |asked, proved: Result<Vec<Verified>, Unanswered>| {
            let Ok(proved) = proved else { return Ok(()) };
            if let Some(first) = proved.first() {
                self.store.trust(&first.next_state)?;
            }
            let states = asked.iter().zip(&proved);
            let states = states
                .filter_map(|(it, verified)| Some((it.grant, it.state(verified, clock)?, verified.time)));
            self.store.put_states(states)
        })
    }
}

/// What each host is asked of these grants: the own one first, and of each the grants that were proved longest ago.
fn questions(
    grants: Vec<AcceptedGrant>,
    scope: RefreshScope,
    own: &Server,
    now: Timestamp,
) -> Vec<Question<Vec<GrantQuery>>> {
    let mut by_server: BTreeMap<String, Vec<(Timestamp, GrantQuery)>> = BTreeMap::new();
    for grant in grants {
        let is_recent = scope == RefreshScope::Some && now.since(grant.state_time) < RECENT;
        if grant.state == GrantState::Revoked || now >= grant.envelope.terms.not_after || is_recent {
            continue;
        }
        let server = Server::foreign(&grant.envelope.host, own);
        let asked = GrantQuery { grant: grant.id, envelope: grant.envelope };
        by_server.entry(server.base().to_owned()).or_default().push((grant.state_time, asked));
    }
    let mut questions = Vec::new();
    for (base, mut grants) in by_server {
        grants.sort_by_key(|(known, _)| *known);
        let server = Server::foreign(&base, own);
        let most = if scope == RefreshScope::Some { MOST_BATCHES } else { usize::MAX };
        let mut grants = grants.into_iter().map(|(_, asked)| asked);
        for _ in 0..most {
            let what: Vec<GrantQuery> = grants.by_ref().take(ProofRequest::LIMIT).collect();
            if what.is_empty() {
                break;
            }
            questions.push((server != *own, Question { server: server.clone(), what }));
        }
    }
    questions.sort_by_key(|(is_foreign, _)| *is_foreign);
    questions.into_iter().map(|(_, question)| question).collect()
}

/// A grant that is asked about.
struct GrantQuery {
    grant: GrantId,
    envelope: Envelope,
}

impl GrantQuery {
    /// What a proof says; nothing if it is too old, or of a time to come.
    fn state(&self, verified: &Verified, clock: &dyn Clock) -> Option<GrantState> {
        let staleness = self.envelope.terms.max_staleness;
        match read_grant_proof(verified, &self.envelope, staleness, clock.now()).map(|proof| proof.verdict) {
            Ok(LedgerVerdict::InForce) => Some(GrantState::Active),
            Ok(LedgerVerdict::Revoked) => Some(GrantState::Revoked),
            Ok(LedgerVerdict::Expired) => Some(GrantState::Expired),
            Ok(LedgerVerdict::Stale | LedgerVerdict::FromFuture) => None,
            // Not there, or of other terms than the patient sent.
            Ok(LedgerVerdict::Absent) | Err(_) => Some(GrantState::Unproved),
        }
    }
}

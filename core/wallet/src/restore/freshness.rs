//! Whether the ledger vouches for what the host serves, and what it says about each grant.

use keepwell_net::{Clock, NetError};
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto::{self, Seed};
use keepwell_protocol::domain::{Commitment, Duration, GrantId, Timestamp};
use keepwell_protocol::ledger::{ProofError, StateKey, TrustAnchor, TrustedState, Verified};

use crate::engine::anchor::anchor_commitment;
use crate::engine::anchor::in_force;
use crate::engine::anchored_ledger::AnchoredLedger;
use crate::engine::online::Online;
use crate::engine::own_space::opened::OpenedSpace;
use crate::engine::own_space::own_state::OwnState;
use crate::engine::own_space::report::{AnchorDoubt, Missing, RestoreReport};
use crate::engine::proofs::Proofs;
use crate::error::WalletError;
use crate::net::RemoteError;
use crate::store::anchor::{Anchored, StoredAnchor};
use crate::store::grants;
use crate::store::held_keys::HeldKeys;
use crate::store::state_object::StoredGrant;

/// Who is restored, and by what clock proofs are judged.
pub(crate) struct Restored<'a> {
    pub(crate) seed: &'a Seed,
    pub(crate) keys: &'a HeldKeys,
    pub(crate) clock: &'a dyn Clock,
}

impl Restored<'_> {
    /// Compares the served `self` head with what the ledger was last given, and says in `report` how
    /// that came out; returns what is trusted of the ledger from now on.
    ///
    /// Where the wallet's note of its anchor is lost it is made again from what the ledger holds, so that
    /// the anchor can be moved.
    ///
    /// Only a header at most an hour old counts: an older one may be replayed together with an older
    /// state of the host.
    ///
    /// # Errors
    /// [`WalletError::HostRolledBack`] if the ledger vouches for another state;
    /// [`WalletError::Proof`] if the ledger is another than the anchor's, or one that is not accepted.
    pub(crate) fn check_anchor(
        &self,
        anchor: &TrustAnchor,
        space: &OpenedSpace,
        state: &mut OwnState,
        ledger: &mut AnchoredLedger<'_>,
        report: &mut RestoreReport,
    ) -> Result<TrustedState, WalletError> {
        let root = self.seed.root_key(&crypto::self_provider_id(), 0).public_key();
        let account = crypto::account_id(&anchor.origin(), &root);
        let served = Anchored { version: space.view.version, head: space.own_hash };
        // The newest is the last of its account: an older state knows an earlier one, which lapsed.
        let newest = ledger.prove(&StateKey::Account(account)).and_then(|proved| {
            let number = proved.account()?.map_or(0, |known| known.count.saturating_sub(1));
            Ok((number, ledger.prove(&StateKey::Grant(crypto::grant_id(&account, number)))?))
        });
        let number = newest.as_ref().map_or(0, |(number, _)| *number);
        if state.anchor.is_none() {
            // The first anchor is of the first version, which has no note of it.
            let recent = if state.may_have_lost_anchor { Vec::new() } else { vec![served] };
            let (version, not_after) = (1, self.clock.now().day());
            state.anchor = Some(StoredAnchor { account, number, version, not_after, recent });
        }
        let proved = match newest {
            Ok((_, proved)) => proved,
            Err(error) => {
                let because = doubt(error)?;
                report.add(Missing::Anchor { because });
                return Ok(anchor.trusted_state());
            }
        };
        if !is_fresh(&proved, self.clock.now()) {
            report.add(Missing::Anchor { because: AnchorDoubt::Stale });
            return Ok(proved.next_state);
        }
        match in_force(&proved)?.and_then(|record| record.commitment) {
            Some(commitment) if self.is_recorded(commitment, served, state) => {
                report.anchored = true;
                report.anchored_as_of = Some(proved.time);
                report.gateways = 1;
            }
            Some(_) if state.may_have_lost_anchor => {
                report.add(Missing::Anchor { because: AnchorDoubt::Unrecorded });
            }
            Some(_) => return Err(WalletError::HostRolledBack),
            None => report.add(Missing::Anchor { because: AnchorDoubt::Absent }),
        }
        Ok(proved.next_state)
    }

    /// Whether what the ledger holds is the served state, or one that the wallet's note of its anchor has; the note has
    /// it from then on.
    fn is_recorded(&self, commitment: Commitment, served: Anchored, state: &mut OwnState) -> bool {
        let recorded = state.anchor.iter().flat_map(|anchor| &anchor.recent).copied();
        let mut known = recorded.chain([served]);
        let held = known.find(|one| anchor_commitment(&self.keys.vault, *one) == commitment);
        let Some(held) = held else { return false };
        // The wallet that is gone may have had no time to record it.
        if let Some(anchor) = state.anchor.as_mut().filter(|one| !one.recent.contains(&held)) {
            anchor.recent = anchor.recent.last().copied().into_iter().chain([held]).collect();
        }
        true
    }
}

impl Online<'_> {
    /// Asks the ledger about every grant that is not over, and about the accounts: its word wins, if it
    /// is at most an hour old. What is not answered stays as it is and is counted.
    pub(crate) fn verify_restored(&mut self, report: &mut RestoreReport) -> Result<(), WalletError> {
        let open = |grant: &StoredGrant| grant.state.is_entitled() || grant.state == GrantState::Revoking;
        let asked: Vec<StoredGrant> = grants::all(self.store.read())?.into_iter().filter(open).collect();
        let ids: Vec<GrantId> = asked.iter().map(StoredGrant::id).collect();
        let proofs = match self.prove_many(&ids) {
            Ok(proofs) => proofs,
            Err(WalletError::Remote(_) | WalletError::Proof(_)) => Proofs::default(),
            Err(error) => return Err(error),
        };
        let mut unproved = ids.len() as u64;
        for (grant, proved) in asked.into_iter().zip(&proofs.grants) {
            if is_fresh(proved, self.now()) {
                let next_number = proofs.next_number(grant.terms.account, proved.height)?;
                self.apply(grant, proved, next_number)?;
                unproved -= 1;
            }
        }
        report.add(Missing::UnprovedGrants { count: unproved });
        match self.unknown_grants() {
            Ok(count) => report.add(Missing::UnknownGrants { count }),
            Err(WalletError::Remote(_) | WalletError::Proof(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Whether a proof is new enough to decide by: see `check_anchor`.
fn is_fresh(proved: &Verified, now: Timestamp) -> bool {
    now.since(proved.time) <= MOST_AGE
}

/// Why the ledger's word can't be had; an error where it is the caller who is to be asked.
fn doubt(error: WalletError) -> Result<AnchorDoubt, WalletError> {
    match error {
        // What was given is no address at all.
        WalletError::Remote(RemoteError::Net(error @ NetError::AddressMalformed)) => {
            Err(RemoteError::Net(error).into())
        }
        WalletError::Remote(RemoteError::Malformed(_)) => Ok(AnchorDoubt::Unproved),
        WalletError::Remote(_) => Ok(AnchorDoubt::Unreached),
        WalletError::Proof(error) => match error {
            // Another ledger's address or anchor was given, or one that the caller does not accept.
            ProofError::WrongChain | ProofError::EmbeddedChain => Err(error.into()),
            ProofError::TrustExpired => Ok(AnchorDoubt::TrustExpired),
            ProofError::HeaderFromFuture | ProofError::ClockSuspect => Ok(AnchorDoubt::ClockSuspect),
            _ => Ok(AnchorDoubt::Unproved),
        },
        error => Err(error),
    }
}

/// How old a header may be that decides what is restored (flows.md §7).
const MOST_AGE: Duration = Duration::hours(1);

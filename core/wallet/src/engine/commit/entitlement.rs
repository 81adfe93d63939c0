//! Who may read what is published next, and the epochs and packets that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::{EpochKey, HpkePublicKey, Suite};
use keepwell_protocol::domain::{AccountId, CompartmentId, Duration, GrantId, ProviderId, Timestamp};
use keepwell_protocol::ledger::{SignedCard, StateKey};
use keepwell_protocol::vault::{Compartment, EpochGrant, GrantEntry, Holders, Packet, plan_rotation};
use rusqlite::{Connection, Transaction};

use super::Sealer;
use crate::error::WalletError;
use crate::store::compartments::{self, Change, CompartmentRow, SOMEBODY};
use crate::store::grants::{self, EntryState, LiveGrant};
use crate::store::ledger_proofs::{self, LedgerProof};
use crate::store::relationships;

/// Which grants may be published to now, and what they open (flows.md §2.4).
pub(crate) struct Entitled {
    /// Entitled, and proved so lately.
    grants: BTreeMap<GrantId, LiveGrant>,
    /// Entitled by all that is known, but the ledger's word on them is too old: where they open
    /// something, no head goes out until it came.
    unproved: BTreeSet<GrantId>,
    /// Asked about in vain for so long that the wallet goes on without them.
    lapsed: BTreeSet<GrantId>,
    by_compartment: BTreeMap<CompartmentId, BTreeSet<GrantId>>,
}

/// What is known of one grant.
enum Entitlement {
    Entitled,
    Unproved,
    Lapsed,
    No,
}

/// What is known of all of them.
struct Facts {
    now: Timestamp,
    providers: BTreeMap<AccountId, ProviderId>,
    proofs: BTreeMap<Vec<u8>, LedgerProof>,
}

impl Entitled {
    /// Reads who is entitled: the grant pending or active, begun or not, not over; its provider in good
    /// standing; both by a proof that is fresh enough to publish by.
    pub(crate) fn read(connection: &Connection, now: Timestamp) -> Result<Self, WalletError> {
        let facts = Facts {
            now,
            providers: relationships::in_good_standing(connection)?,
            proofs: ledger_proofs::all(connection)?,
        };
        let mut entitled = Self {
            grants: BTreeMap::new(),
            unproved: BTreeSet::new(),
            lapsed: BTreeSet::new(),
            by_compartment: BTreeMap::new(),
        };
        for grant in grants::live(connection)? {
            match facts.entitlement(&grant) {
                Entitlement::No => continue,
                Entitlement::Lapsed => {
                    entitled.lapsed.insert(grant.id);
                    continue;
                }
                Entitlement::Unproved => drop(entitled.unproved.insert(grant.id)),
                Entitlement::Entitled => {}
            }
            for compartment in &grant.compartments {
                entitled.by_compartment.entry(*compartment).or_default().insert(grant.id);
            }
            entitled.grants.insert(grant.id, grant);
        }
        Ok(entitled)
    }

    /// The grants without which the wallet goes on, since nothing was proved of them for days.
    pub(crate) fn lapsed(&self) -> &BTreeSet<GrantId> {
        &self.lapsed
    }

    fn of(&self, compartment: CompartmentId) -> BTreeSet<GrantId> {
        self.by_compartment.get(&compartment).cloned().unwrap_or_default()
    }

    /// Whether a head of a compartment has to wait for the ledger's word on somebody who opens it.
    fn holds_back(&self, row: &CompartmentRow) -> bool {
        let opens = self.by_compartment.get(&row.id).into_iter().flatten();
        opens.chain(&row.holders.grants).any(|grant| self.unproved.contains(grant))
    }
}

impl Facts {
    fn entitlement(&self, grant: &LiveGrant) -> Entitlement {
        let Some(provider) = self.providers.get(&grant.account) else { return Entitlement::No };
        if self.now >= grant.not_after {
            return Entitlement::No;
        }
        let of_provider = self.proof(&StateKey::Provider(*provider));
        // One that was just made needs no proof until it can't be included any more.
        let needs_proof = grant.is_proved || self.now > grant.valid_until;
        let of_grant = needs_proof.then(|| self.proof(&StateKey::Grant(grant.id)));
        let mut entitlement = Entitlement::Entitled;
        for proof in of_grant.iter().chain([&of_provider]) {
            if proof.is_fresh(self.now, MAX_PROOF_AGE) {
                continue;
            }
            if proof.vain_since.is_some_and(|since| self.now.since(since) >= LONGEST_VAIN) {
                return Entitlement::Lapsed;
            }
            entitlement = Entitlement::Unproved;
        }
        entitlement
    }

    fn proof(&self, key: &StateKey) -> LedgerProof {
        self.proofs.get(&key.to_bytes()).copied().unwrap_or_default()
    }
}

impl Sealer<'_> {
    /// Applies the rule of the vault to every compartment whose next head is due, and seals the
    /// packets that this asks for, together with those of grants that wait for one. Returns the compartments
    /// whose head is held back.
    ///
    /// A head goes out under an epoch key only if everyone who ever received it is entitled now; one that
    /// was sealed for a commit that did not go out is held to the same.
    pub(crate) fn rotate_and_pack(
        &mut self,
        transaction: &Transaction<'_>,
        entitled: &Entitled,
    ) -> Result<BTreeSet<CompartmentId>, WalletError> {
        let mut rows: BTreeMap<CompartmentId, CompartmentRow> =
            compartments::all(transaction)?.into_iter().map(|row| (row.id, row)).collect();
        let states = grants::entry_states(transaction)?;
        let mut to_pack: BTreeSet<GrantId> = entitled
            .grants
            .keys()
            .filter(|id| states.get(id).is_none_or(|state| *state == EntryState::ToPack))
            .copied()
            .collect();
        let held_back = self.rotate(transaction, entitled, &mut rows, &mut to_pack)?;
        self.pack(transaction, entitled, &mut rows, &to_pack, &held_back)?;
        Ok(held_back)
    }

    /// Gives a new epoch to each compartment of which a head is due that somebody would open who is not entitled, and adds to
    /// `to_pack` who gets a key by that. Returns the compartments whose head is held back.
    fn rotate(
        &mut self,
        transaction: &Transaction<'_>,
        entitled: &Entitled,
        rows: &mut BTreeMap<CompartmentId, CompartmentRow>,
        to_pack: &mut BTreeSet<GrantId>,
    ) -> Result<BTreeSet<CompartmentId>, WalletError> {
        let mut held_back = BTreeSet::new();
        for row in rows.values_mut().filter(|row| row.compartment != Compartment::Own) {
            let receiving = entitled.of(row.id);
            let is_due = row.change != Change::None;
            if is_due && entitled.holds_back(row) {
                held_back.insert(row.id);
                continue;
            }
            let joins = !receiving.is_subset(&row.holders.grants);
            if !is_due && !joins {
                continue;
            }
            let due = if is_due {
                plan_rotation(&row.holders, &receiving)
            } else {
                // No head goes out: who joins gets the present key, and who lost it keeps an old head.
                let all = row.holders.grants.union(&receiving).copied().collect();
                plan_rotation(&row.holders, &all)
            };
            if due.rotated {
                row.epoch_key = EpochKey::generate(self.rng)?;
                compartments::mark_changed(transaction, row.row)?;
            }
            if due.rotated || due.holders != row.holders.grants {
                to_pack.extend(due.to_receive.iter().copied());
                row.holders = Holders { epoch: due.epoch, grants: due.holders };
                compartments::set_epoch(transaction, row.id, &row.epoch(), self.now)?;
            }
        }
        Ok(held_back)
    }

    /// Seals the packets of these grants.
    fn pack(
        &mut self,
        transaction: &Transaction<'_>,
        entitled: &Entitled,
        rows: &mut BTreeMap<CompartmentId, CompartmentRow>,
        to_pack: &BTreeSet<GrantId>,
        held_back: &BTreeSet<CompartmentId>,
    ) -> Result<(), WalletError> {
        let mut cards = BTreeMap::new();
        for grant in to_pack.iter().filter_map(|id| entitled.grants.get(id)) {
            let waiting: Vec<_> =
                grant.compartments.iter().filter(|one| held_back.contains(one)).copied().collect();
            let is_unknown = |one| rows.get(one).is_some_and(|row| row.holders.grants.contains(&SOMEBODY));
            if waiting.iter().any(is_unknown) {
                // The next epoch is for it; who has the key of this one is not known.
                continue;
            }
            for row in rows.values_mut().filter(|row| waiting.contains(&row.id)) {
                // Whoever gets a key holds it from now on, whether its head goes out or not.
                if row.holders.grants.insert(grant.id) {
                    compartments::set_epoch(transaction, row.id, &row.epoch(), self.now)?;
                }
            }
            if let std::collections::btree_map::Entry::Vacant(card) = cards.entry(grant.account) {
                let known = relationships::find(transaction, grant.account)?;
                card.insert(known.ok_or(WalletError::UnknownProvider)?.card);
            }
            let card = cards.get(&grant.account).ok_or(WalletError::UnknownProvider)?;
            let entry = self.entry(grant, rows, card)?;
            grants::set_entry(transaction, &entry)?;
        }
        Ok(())
    }

    /// What the host is to know of a grant, with a fresh packet.
    fn entry(
        &mut self,
        grant: &LiveGrant,
        rows: &BTreeMap<CompartmentId, CompartmentRow>,
        card: &SignedCard,
    ) -> Result<GrantEntry, WalletError> {
        let keys: Vec<EpochGrant> = grant
            .compartments
            .iter()
            .filter_map(|compartment| rows.get(compartment))
            .map(|row| EpochGrant {
                compartment: row.id,
                epoch: row.holders.epoch,
                key: row.epoch_key.duplicate(),
            })
            .collect();
        let compartments = keys.iter().map(|key| key.compartment).collect();
        let packet = Packet(keys).seal(sealing_key(card)?, grant.id, self.rng)?;
        Ok(GrantEntry {
            grant: grant.id,
            slot: grant.slot,
            compartments,
            not_after: grant.not_after,
            max_staleness: grant.max_staleness,
            packet,
        })
    }
}

/// The key of a card to seal to: the hybrid one where there is one.
pub(crate) fn sealing_key(card: &SignedCard) -> Result<&HpkePublicKey, WalletError> {
    let keys = &card.card.keys;
    keys.iter()
        .find(|key| key.suite() == Suite::XWing)
        .or_else(|| keys.first())
        .ok_or(WalletError::UnknownProvider)
}

/// How old the header of a proof may be by which something is published (flows.md §7).
pub(crate) const MAX_PROOF_AGE: Duration = Duration::hours(24);
/// After how long of asking in vain the wallet goes on without a holder.
const LONGEST_VAIN: Duration = Duration::hours(72);

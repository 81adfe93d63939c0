//! Who may read what is published next, and the epochs and packets that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::{EpochKey, HpkePublicKey, Suite};
use keepwell_protocol::domain::{AccountId, CompartmentId, GrantId, Timestamp};
use keepwell_protocol::ledger::SignedCard;
use keepwell_protocol::vault::{Compartment, EpochGrant, GrantEntry, Holders, Packet, plan_rotation};
use rusqlite::{Connection, Transaction};

use super::Publisher;
use crate::error::WalletError;
use crate::store::compartments::{self, Change, CompartmentRow};
use crate::store::grants::{self, StandingGrant};
use crate::store::relationships;
use crate::store::state_object::Standing;

/// The grants that are entitled now, and what they open.
pub(crate) struct Entitled {
    grants: BTreeMap<GrantId, StandingGrant>,
    cards: BTreeMap<AccountId, SignedCard>,
    by_compartment: BTreeMap<CompartmentId, BTreeSet<GrantId>>,
}

impl Entitled {
    /// Reads who is entitled: the grant pending or active, begun or not, not over; its provider in
    /// good standing.
    pub(crate) fn read(connection: &Connection, now: Timestamp) -> Result<Self, WalletError> {
        let cards: BTreeMap<AccountId, SignedCard> = relationships::all(connection)?
            .into_iter()
            .filter(|found| found.standing == Standing::Active)
            .map(|found| (found.account, found.card))
            .collect();
        let mut entitled = Self { grants: BTreeMap::new(), cards, by_compartment: BTreeMap::new() };
        for grant in grants::standing(connection)? {
            if now < grant.not_after && entitled.cards.contains_key(&grant.account) {
                for compartment in &grant.compartments {
                    entitled.by_compartment.entry(*compartment).or_default().insert(grant.id);
                }
                entitled.grants.insert(grant.id, grant);
            }
        }
        Ok(entitled)
    }

    /// The entitled grants that a compartment of their own serves.
    pub(crate) fn private_grants(&self) -> impl Iterator<Item = GrantId> {
        self.grants.values().filter(|grant| grant.is_private).map(|grant| grant.id)
    }

    fn of(&self, compartment: CompartmentId) -> BTreeSet<GrantId> {
        self.by_compartment.get(&compartment).cloned().unwrap_or_default()
    }
}

impl Publisher<'_> {
    /// Applies the rule of the vault to every compartment whose next head is due, and seals the
    /// packets that this asks for, together with those of `also`.
    ///
    /// A head goes out under an epoch key only if everyone who ever received it is entitled now.
    pub(crate) fn rotate_and_pack(
        &mut self,
        transaction: &Transaction<'_>,
        entitled: &Entitled,
        also: &BTreeSet<GrantId>,
    ) -> Result<(), WalletError> {
        let mut rows: BTreeMap<CompartmentId, CompartmentRow> =
            compartments::all(transaction)?.into_iter().map(|row| (row.id, row)).collect();
        let mut to_pack = also.clone();
        for row in rows.values_mut() {
            let receiving = entitled.of(row.id);
            let joining =
                receiving.iter().any(|grant| also.contains(grant) && !row.holders.grants.contains(grant));
            if row.compartment == Compartment::Own || (row.change != Change::Content && !joining) {
                continue;
            }
            let due = if row.change == Change::Content {
                plan_rotation(&row.holders, &receiving)
            } else {
                // No head goes out: who joins gets the present key, and who lost it keeps an old head.
                let all = row.holders.grants.union(&receiving).copied().collect();
                plan_rotation(&row.holders, &all)
            };
            if due.rotated {
                row.epoch_key = EpochKey::generate(self.rng)?;
            }
            if due.rotated || due.holders != row.holders.grants {
                to_pack.extend(due.to_receive.iter().copied());
                row.holders = Holders { epoch: due.epoch, grants: due.holders };
                compartments::set_epoch(transaction, row.id, &row.epoch(), self.now)?;
            }
        }
        for grant in to_pack.iter().filter_map(|id| entitled.grants.get(id)) {
            let entry = self.entry(grant, &rows, entitled)?;
            grants::set_entry(transaction, &entry)?;
        }
        Ok(())
    }

    /// What the host is to know of a grant, with a fresh packet.
    fn entry(
        &mut self,
        grant: &StandingGrant,
        rows: &BTreeMap<CompartmentId, CompartmentRow>,
        entitled: &Entitled,
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
        let card = entitled.cards.get(&grant.account).ok_or(WalletError::UnknownProvider)?;
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

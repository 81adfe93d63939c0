//! Publishing: from records and decisions in the database to one commit for the host.
//!
//! The tables say what is wanted; a commit is what the host has yet to learn of that, made anew
//! until one is acknowledged. So nothing goes out that was decided otherwise in the meantime.

mod dropping;
mod entitlement;
mod listing;
mod mending;
mod placement;
mod prepare;
mod sealing;
mod state;

use keepwell_protocol::crypto::{self, EpochKey, Rng};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::vault::Compartment;
use rusqlite::Transaction;

pub(crate) use dropping::open_own_head;
pub(crate) use entitlement::{Entitled, MAX_PROOF_AGE, sealing_key};
pub(crate) use mending::{Relied, relied_on};
pub(crate) use prepare::acknowledge;
pub(crate) use sealing::upload_batches;

use crate::error::WalletError;
use crate::store::compartments::{self, CompartmentRow};
use crate::store::held_keys::HeldKeys;
use crate::store::links::{self, StoredLink};
use crate::store::state_object::StoredEpoch;
use crate::store::{StoreError, state_log};

/// Turns what is in the database into sealed bytes; works within one transaction at a time.
pub(crate) struct Sealer<'a> {
    /// The keys of the session.
    pub(crate) keys: &'a HeldKeys,
    /// The time that goes into heads and the state log.
    pub(crate) now: Timestamp,
    /// Where keys and salts come from.
    pub(crate) rng: &'a mut Rng,
}

impl Sealer<'_> {
    /// The compartment, made with its first epoch if there is none yet.
    pub(crate) fn compartment(
        &mut self,
        transaction: &Transaction<'_>,
        compartment: Compartment,
    ) -> Result<CompartmentRow, WalletError> {
        if let Some(row) = compartments::find(transaction, compartment)? {
            return Ok(row);
        }
        let label = compartment.to_string();
        let id = crypto::compartment_id(&self.keys.compartment, &label);
        let key = EpochKey::generate(self.rng)?;
        let epoch = StoredEpoch { label, epoch: 1, key, holders: Vec::new() };
        let row = compartments::create(transaction, id, &epoch, self.now)?;
        Ok(compartments::find_by_row(transaction, row)?)
    }

    /// The compartment of the wallet's own state.
    fn own_compartment(&mut self, transaction: &Transaction<'_>) -> Result<CompartmentRow, WalletError> {
        self.compartment(transaction, Compartment::Own)
    }
}

impl Sealer<'_> {
    /// Notes in the state log what became of a share link.
    pub(crate) fn log_link(
        &self,
        transaction: &Transaction<'_>,
        link: &StoredLink,
        event: &str,
    ) -> Result<(), StoreError> {
        let id = link.entry.id;
        state_log::append(transaction, self.now, links::LOGGED, id.as_bytes(), event.as_bytes()).map(drop)
    }
}

/// What is listed and is not among the stored records.
fn missing_record() -> WalletError {
    StoreError::Corrupt { part: "a record" }.into()
}

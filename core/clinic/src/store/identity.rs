//! Who the provider is, whom it deals with, and what it trusts of the ledger: one row.

use keepwell_protocol::crypto::{HpkeSecretKey, SigningKey};
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::ledger::{SignedCard, TrustedState};
use rusqlite::{Transaction, params};
use zeroize::Zeroizing;

use super::database::Store;
use super::hpke_key;
use crate::ClinicError;

/// Who the provider is and whom it deals with.
pub(crate) struct Identity {
    pub(crate) signing_key: SigningKey,
    pub(crate) card: SignedCard,
    pub(crate) ledger: String,
    pub(crate) host: String,
    pub(crate) anchor: String,
}

impl Store {
    pub(crate) fn identity(&self) -> Result<Identity, ClinicError> {
        let (seed, card, ledger, host, anchor): (Zeroizing<[u8; 32]>, Vec<u8>, String, String, String) = self
            .connection
            .query_row("SELECT signing_seed, card, ledger, host, anchor FROM identity", [], |row| {
                Ok((row.get(0).map(Zeroizing::new)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?;
        let card = SignedCard::parse(&card).map_err(|_| ClinicError::StoreDamaged)?;
        Ok(Identity { signing_key: SigningKey::from_seed(&seed), card, ledger, host, anchor })
    }

    /// Puts a new card and its keys in the place of the present ones; the transaction that tells the
    /// ledger is kept until that has happened.
    pub(crate) fn replace_card(
        &mut self,
        card: &SignedCard,
        keys: &[HpkeSecretKey],
        transaction: &[u8],
        now: Timestamp,
    ) -> Result<(), ClinicError> {
        let trusted = self.trusted()?.time;
        self.write(|tx| {
            let present: Vec<u8> = tx.query_row("SELECT card FROM identity", [], |row| row.get(0))?;
            let present = SignedCard::parse(&present).map_err(|_| ClinicError::StoreDamaged)?;
            if present.card.version.checked_add(1) != Some(card.card.version) {
                return Err(ClinicError::Busy);
            }
            // By no time that is over already, or they would be removed too soon.
            hpke_key::replace(tx, keys, now.max(trusted))?;
            tx.execute(
                "UPDATE identity SET card = ?1, update_due = ?2",
                params![card.to_cbor(), transaction],
            )?;
            Ok(())
        })
    }

    /// The card update that the ledger has not confirmed.
    pub(crate) fn update_due(&self) -> Result<Option<Vec<u8>>, ClinicError> {
        Ok(self.connection.query_row("SELECT update_due FROM identity", [], |row| row.get(0))?)
    }

    /// Forgets a card update that the ledger has confirmed.
    pub(crate) fn update_done(&self) -> Result<(), ClinicError> {
        self.connection.execute("UPDATE identity SET update_due = NULL", [])?;
        Ok(())
    }

    pub(crate) fn trusted(&self) -> Result<TrustedState, ClinicError> {
        let bytes: Vec<u8> =
            self.connection.query_row("SELECT trusted FROM identity", [], |row| row.get(0))?;
        TrustedState::from_cbor(&bytes).map_err(|_| ClinicError::StoreDamaged)
    }

    /// Remembers what was verified, unless something newer was meanwhile.
    pub(crate) fn trust(&mut self, state: &TrustedState) -> Result<(), ClinicError> {
        if self.trusted()?.height >= state.height {
            return Ok(());
        }
        self.write(|tx| {
            let present: Vec<u8> = tx.query_row("SELECT trusted FROM identity", [], |row| row.get(0))?;
            let present = TrustedState::from_cbor(&present).map_err(|_| ClinicError::StoreDamaged)?;
            if present.height < state.height {
                tx.execute("UPDATE identity SET trusted = ?1", [state.to_cbor()])?;
            }
            Ok(())
        })
    }

    /// Takes another anchor and gateway, and what follows from them.
    pub(crate) fn renew_trust(
        &mut self,
        ledger: &str,
        anchor: &str,
        trusted: &TrustedState,
    ) -> Result<(), ClinicError> {
        self.connection.execute(
            "UPDATE identity SET ledger = ?1, anchor = ?2, trusted = ?3",
            (ledger, anchor, trusted.to_cbor()),
        )?;
        Ok(())
    }
}

/// Writes the first and only row.
pub(super) fn insert(
    tx: &Transaction<'_>,
    identity: &Identity,
    trusted: &TrustedState,
) -> Result<(), ClinicError> {
    tx.execute(
        "INSERT INTO identity VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, NULL)",
        params![
            identity.signing_key.expose(),
            identity.card.to_cbor(),
            identity.ledger,
            identity.host,
            identity.anchor,
            trusted.to_cbor()
        ],
    )?;
    Ok(())
}

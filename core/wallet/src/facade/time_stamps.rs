//! Time stamps: that a record existed at a time is proved by the ledger, to anybody and without asking anybody.

use std::collections::BTreeSet;

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::{RecordId, Timestamp};

use super::wallet::Wallet;
use crate::engine::online::Network;
use crate::engine::sync::SyncReport;
use crate::error::WalletError;
use crate::records_view::list;
use crate::store::time_stamps::{self, Standing, TimeStampCounts};
use crate::store::{records, space};

/// What proves that a record existed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStampProof {
    /// The file that anybody checks with the record's bytes and a trust anchor of the ledger
    /// ([`verify_existence`](keepwell_protocol::ledger::verify_existence)).
    pub proof: Vec<u8>,
    /// The record existed by then.
    pub time: Timestamp,
    /// SHA-256 of the record's bytes, see [`Wallet::record_bytes`].
    pub document: [u8; 32],
}

impl Wallet {
    /// Notes that the present versions of these records are to be stamped, as one entry; how many of them were not
    /// noted before. They are handed in by [`Wallet::exchange_time_stamps`], or the next sync.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`] if one of them is not there, [`WalletError::NotConnected`]: nothing is noted then.
    pub fn stamp_records(&mut self, records: &[RecordId]) -> Result<u64, WalletError> {
        let mut documents = BTreeSet::new();
        for id in records {
            documents.insert(sha256(&list::bytes(self.session()?.store.read(), id)?));
        }
        self.stamp(documents)
    }

    /// As [`Wallet::stamp_records`], for every record.
    ///
    /// # Errors
    /// [`WalletError::NotConnected`].
    pub fn stamp_all_records(&mut self) -> Result<u64, WalletError> {
        let mut documents = BTreeSet::new();
        records::each_shown(self.session()?.store.read(), &mut |shown| {
            documents.insert(sha256(&shown.version.bytes));
            Ok::<_, WalletError>(())
        })?;
        self.stamp(documents)
    }

    /// Hands in what is to be stamped, and takes in what the ledger has recorded. That a server is not reached, or
    /// answers what can't be believed, is no error: everything is tried again, and the report says so.
    ///
    /// # Errors
    /// [`WalletError::NotConnected`]; [`WalletError::Store`] if this device fails.
    pub fn exchange_time_stamps(&mut self, network: Network<'_>) -> Result<SyncReport, WalletError> {
        let mut report = SyncReport::default();
        let exchanged = self.online(network)?.exchange_time_stamps();
        report.note(exchanged)?;
        self.complete(report)
    }

    /// How many documents wait for the ledger, and how many are proved.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn time_stamps(&self) -> Result<TimeStampCounts, WalletError> {
        Ok(time_stamps::counts(self.session()?.store.read())?)
    }

    /// What proves that the present version of a record existed.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`]; [`WalletError::NotStamped`] if this version was never to be stamped,
    /// [`WalletError::TimeStampWaiting`] while the ledger has not recorded it.
    pub fn time_stamp_proof(&self, record: &RecordId) -> Result<TimeStampProof, WalletError> {
        let connection = self.session()?.store.read();
        let document = sha256(&list::bytes(connection, record)?);
        match time_stamps::standing(connection, &document)? {
            None => Err(WalletError::NotStamped),
            Some(Standing::Waiting) => Err(WalletError::TimeStampWaiting),
            Some(Standing::Proved { time, proof }) => Ok(TimeStampProof { proof, time, document }),
        }
    }

    fn stamp(&mut self, documents: BTreeSet<[u8; 32]>) -> Result<u64, WalletError> {
        let (store, rng) = self.store()?;
        if space::connection(store.read())?.is_none() {
            return Err(WalletError::NotConnected);
        }
        store.write(rng, |transaction, rng| {
            let mut salted = Vec::new();
            for document in documents {
                if !time_stamps::contains(transaction, &document)? {
                    salted.push((document, rng.array()?));
                }
            }
            time_stamps::add(transaction, &salted)?;
            Ok(u64::try_from(salted.len()).unwrap_or(u64::MAX))
        })
    }
}

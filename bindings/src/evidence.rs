//! What is shown to somebody who asks nobody: files that a ledger's trust anchor is enough to check.

use std::sync::Arc;

use keepwell_protocol::domain::{GrantId, RecordId};
use keepwell_protocol::ledger::GrantStatus;
use keepwell_wallet::{SyncReport, TimeStampCounts};

use crate::calls::unless_cancelled;
use crate::cancellation::Cancellation;
use crate::error::Result;
use crate::mirrors::Instant;
use crate::wallet::Wallet;

/// What of a grant the ledger recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum RecordedDecision {
    /// That it was given.
    Grant,
    /// That it was ended.
    Revocation,
}

/// The ledger's receipt of a decision.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct DecisionReceipt {
    /// The file; `keepwell ledger recorded` checks it.
    pub receipt: Vec<u8>,
    /// The decision had been recorded by then.
    pub time: Instant,
}

/// What proves that a record existed.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct RecordTimeStamp {
    /// The file; `keepwell ledger existed` checks it, together with the record's bytes.
    pub proof: Vec<u8>,
    /// The record existed by then.
    pub time: Instant,
    /// SHA-256 of the record's bytes as `record` gives them, 32 bytes.
    pub document: Vec<u8>,
}

#[uniffi::export]
impl Wallet {
    /// The ledger's receipt of a grant or of its end. What is not kept here yet is asked for; `sync` does so for every grant.
    /// None where the ledger has not recorded that, or no more.
    ///
    /// Throws `NotFound`; where it is asked for, as `verify_grant` does.
    #[uniffi::method(default(cancellation = None))]
    pub async fn grant_receipt(
        &self,
        id: GrantId,
        decision: RecordedDecision,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Option<DecisionReceipt>> {
        let status = match decision {
            RecordedDecision::Grant => GrantStatus::Active,
            RecordedDecision::Revocation => GrantStatus::Revoked,
        };
        let kept = self.call_online(cancellation, move |wallet, network| {
            let kept = wallet.grant_receipt(id, status, network)?;
            Ok(kept.map(|kept| DecisionReceipt { receipt: kept.receipt, time: kept.time }))
        });
        kept.await
    }

    /// What shows to anybody that the ledger has two headers for one height, if this wallet has seen that: then nothing new
    /// is granted by it before its owner takes a newer trust anchor by `renew_trust`. `keepwell ledger equivocated` checks it.
    pub async fn ledger_equivocation(&self) -> Result<Option<Vec<u8>>> {
        self.call_wallet(|wallet| Ok(wallet.equivocation()?)).await
    }

    /// Notes that the present versions of these records are to be time-stamped by the ledger, and gives how many were not
    /// noted before; `exchange_time_stamps` or the next `sync` hands them in. Nobody learns which or how many.
    ///
    /// Throws `NotFound` and `NotConnected`, and nothing is noted then.
    pub async fn stamp_records(&self, records: Vec<RecordId>) -> Result<u64> {
        self.call_wallet(move |wallet| Ok(wallet.stamp_records(&records)?)).await
    }

    /// The same for every record.
    pub async fn stamp_all_records(&self) -> Result<u64> {
        self.call_wallet(|wallet| Ok(wallet.stamp_all_records()?)).await
    }

    /// Hands in what is to be stamped, and takes in what the ledger has recorded, some ten minutes later. Where a server is not
    /// reached, `offline` of the report says so, and it is tried again.
    #[uniffi::method(default(cancellation = None))]
    pub async fn exchange_time_stamps(&self, cancellation: Option<Arc<Cancellation>>) -> Result<SyncReport> {
        let exchanged = self.call_online(cancellation, |wallet, network| {
            let report = wallet.exchange_time_stamps(network)?;
            if report.offline.is_some() { unless_cancelled(report) } else { Ok(report) }
        });
        exchanged.await
    }

    /// How many documents wait for the ledger, and how many are proved.
    pub async fn time_stamps(&self) -> Result<TimeStampCounts> {
        self.call_wallet(|wallet| Ok(wallet.time_stamps()?)).await
    }

    /// What proves that the present version of a record existed at a time.
    ///
    /// Throws `NotFound` (`NotStamped`: it was never to be stamped; `TimeStampWaiting`: the ledger has not recorded it yet).
    pub async fn record_time_stamp(&self, record: RecordId) -> Result<RecordTimeStamp> {
        let found = self.call_wallet(move |wallet| {
            let found = wallet.time_stamp_proof(&record)?;
            Ok(RecordTimeStamp { proof: found.proof, time: found.time, document: found.document.to_vec() })
        });
        found.await
    }
}

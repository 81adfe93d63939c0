//! What ends something: it takes turns of its own, and is tried whatever became of what was asked before.

use keepwell_protocol::domain::Object;
use keepwell_protocol::ledger::SignedTransaction;
use keepwell_protocol::vault::TransactionBatch;

/// Whether these bytes are a transaction of a kind that ends what stands.
pub(crate) fn may_end(transaction: &[u8]) -> bool {
    SignedTransaction::parse(transaction).is_ok_and(|transaction| transaction.body().may_end())
}

/// Whether these bytes are a batch of nothing but such transactions.
pub(crate) fn all_may_end(batch: &[u8]) -> bool {
    TransactionBatch::from_cbor(batch).is_ok_and(|TransactionBatch(batch)| {
        batch.len() <= TransactionBatch::LIMIT && batch.iter().all(|transaction| may_end(transaction))
    })
}

//! What people call a record by: the beginning of its id.

use keepwell_protocol::domain::{IdPrefix, RecordId};

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::store::records;

impl Wallet {
    /// The record whose id begins so.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`]; [`WalletError::AmbiguousId`] with those that begin so, at most ten.
    pub fn find_record(&self, prefix: &IdPrefix) -> Result<RecordId, WalletError> {
        let found = records::beginning_with(self.session()?.store.read(), prefix, MOST_NAMED)?;
        match found.as_slice() {
            [] => Err(WalletError::NoSuchRecord),
            [one] => Ok(*one),
            several => {
                Err(WalletError::AmbiguousId { ids: several.iter().map(ToString::to_string).collect() })
            }
        }
    }

    /// Records with an id near one that is not there, at most ten.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn records_near(&self, prefix: &IdPrefix) -> Result<Vec<RecordId>, WalletError> {
        Ok(records::near(self.session()?.store.read(), prefix, MOST_NAMED)?)
    }

    /// The fewest characters of its id, 8 or more, that name this record and no other of this wallet.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn shortest_id(&self, id: &RecordId) -> Result<String, WalletError> {
        Ok(records::shortest(self.session()?.store.read(), id)?)
    }
}

/// How many are named where one was asked for.
const MOST_NAMED: usize = 10;

//! Reading through what was written: transaction over block over the committed state.

use std::collections::BTreeMap;

use keepwell_protocol::domain::{Day, Object};
use keepwell_protocol::ledger::StateKey;

/// Values to write, by key; `None` deletes.
pub type Writes = BTreeMap<StateKey, Option<Vec<u8>>>;

/// The committed state, read only.
pub trait View {
    /// Why it cannot be read.
    type Error;

    /// Reads what lies under a key.
    ///
    /// # Errors
    /// If the state cannot be read.
    fn read(&self, key: &StateKey) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Lists the first `most` keys whose day to be swept, `due`, is before `day`: by that
    /// day, then by key.
    ///
    /// # Errors
    /// If the state cannot be read.
    fn swept_before(&self, day: Day, most: usize) -> Result<Vec<StateKey>, Self::Error>;
}

/// Why a block cannot be executed at all.
#[derive(Debug, thiserror::Error)]
pub enum StateError<E> {
    /// The committed state cannot be read.
    #[error(transparent)]
    View(E),
    /// A value in the committed state is not one that these rules wrote.
    #[error("the ledger's state holds a value of another form")]
    Corrupt,
}

static NOTHING: Writes = Writes::new();

/// A write set over a block's over the committed state.
pub(super) struct Overlay<'a, V> {
    view: &'a V,
    block: &'a Writes,
    writes: Writes,
}

impl<'a, V: View> Overlay<'a, V> {
    pub(super) fn new(view: &'a V, block: &'a Writes) -> Self {
        Self { view, block, writes: Writes::new() }
    }

    pub(super) fn bytes(&self, key: &StateKey) -> Result<Option<Vec<u8>>, StateError<V::Error>> {
        match self.writes.get(key).or_else(|| self.block.get(key)) {
            Some(written) => Ok(written.clone()),
            None => self.view.read(key).map_err(StateError::View),
        }
    }

    pub(super) fn read<T: Object>(&self, key: &StateKey) -> Result<Option<T>, StateError<V::Error>> {
        self.bytes(key)?.map(|bytes| T::from_cbor(&bytes)).transpose().map_err(|_| StateError::Corrupt)
    }

    /// The committed state.
    pub(super) fn committed(view: &'a V) -> Self {
        Self::new(view, &NOTHING)
    }

    /// The state as it was before the block.
    pub(super) fn before_block(&self) -> Self {
        Self::committed(self.view)
    }

    pub(super) fn write<T: Object>(&mut self, key: StateKey, value: &T) {
        self.writes.insert(key, Some(value.to_cbor()));
    }

    /// Deletes what lies under a key, if something does.
    pub(super) fn delete(&mut self, key: StateKey) -> Result<(), StateError<V::Error>> {
        if self.bytes(&key)?.is_some() {
            self.writes.insert(key, None);
        }
        Ok(())
    }

    pub(super) fn into_writes(self) -> Writes {
        self.writes
    }
}

//! Connections that only read: what is committed, beside whoever writes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::HostError;

/// How many read at once.
const CONNECTIONS: usize = 4;

/// A few connections, each for one request at a time.
pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    /// Opens each by `open`.
    pub(super) fn open(open: impl Fn() -> Result<Connection, HostError>) -> Result<Self, HostError> {
        let connections = (0..CONNECTIONS).map(|_| open().map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { connections, next: AtomicUsize::new(0) })
    }

    /// Runs `work` on the database as it is at one moment.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, HostError>,
    ) -> Result<T, HostError> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS;
        let in_turn = || self.connections.iter().cycle().skip(turn).take(CONNECTIONS);
        let free = in_turn().find_map(|connection| connection.try_lock().ok());
        // Where none is free, or a fault ended what one of them did: that one is sound, its transaction is over.
        let busy = || in_turn().next().map(|it| it.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(mut connection) = free.or_else(busy) else { return Err(HostError::Damaged) };
        work(&*connection.transaction()?)
    }
}

//! Reading beside a wallet that is busy: on another thread, over a connection of its own.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use keepwell_net::Clock;
use rusqlite::{Connection, InterruptHandle};

use super::snapshot::{Snapshot, SnapshotOf};
use crate::error::WalletError;
use crate::store::DeviceKeyLevel;

/// Reads what an unlocked wallet holds; cloned, it is the same.
///
/// Each read sees everything that the wallet wrote before and waits for nothing that it does, only for
/// other reads. Locking ends them all: from then on each is refused.
#[derive(Clone)]
pub struct Reader {
    reading: Arc<Reading>,
    within: Option<Duration>,
}

struct Reading {
    connection: Mutex<Option<Connection>>,
    interrupt: InterruptHandle,
    is_closed: AtomicBool,
    clock: Arc<dyn Clock>,
    fingerprint: String,
    device_key: DeviceKeyLevel,
}

impl Reader {
    /// One that reads over this connection; what a status says beside the database is told once.
    pub(super) fn new(
        connection: Connection,
        clock: Arc<dyn Clock>,
        fingerprint: String,
        device_key: DeviceKeyLevel,
    ) -> Self {
        let interrupt = connection.get_interrupt_handle();
        let (connection, is_closed) = (Mutex::new(Some(connection)), AtomicBool::new(false));
        let reading = Reading { connection, interrupt, is_closed, clock, fingerprint, device_key };
        Self { reading: Arc::new(reading), within: None }
    }

    /// The same, for a caller that can't be held up: what takes longer, or would have to wait for another
    /// read, is broken off and ends in [`WalletError::Unfinished`].
    pub fn within(&self, time: Duration) -> Self {
        Self { reading: self.reading.clone(), within: Some(time) }
    }

    /// Ends what is being read and closes the connection; more than once is as once.
    pub fn close(&self) {
        self.reading.is_closed.store(true, Ordering::SeqCst);
        let mut connection = loop {
            match self.reading.connection.try_lock() {
                Ok(connection) => break connection,
                Err(TryLockError::Poisoned(poisoned)) => break poisoned.into_inner(),
                // It ends the statement that runs; the one after it finds this set again.
                Err(TryLockError::WouldBlock) => self.reading.interrupt.interrupt(),
            }
            thread::sleep(CLOSING_STEP);
        };
        *connection = None;
    }

    /// Reads one state of the wallet, whatever is written meanwhile.
    ///
    /// # Errors
    /// Those of `read`; [`WalletError::Locked`] once the wallet was locked; [`WalletError::Unfinished`] as
    /// [`Reader::within`] says.
    pub fn read<T>(
        &self,
        read: impl FnOnce(&Snapshot<'_>) -> Result<T, WalletError>,
    ) -> Result<T, WalletError> {
        let Some(within) = self.within else {
            let connection = self.reading.connection.lock().unwrap_or_else(PoisonError::into_inner);
            return self.read_over(connection.as_ref().ok_or(WalletError::Locked)?, read);
        };
        let until = Instant::now() + within;
        let mut connection = match self.reading.connection.try_lock() {
            Ok(connection) => connection,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(WalletError::Unfinished),
        };
        let connection = connection.as_mut().ok_or(WalletError::Locked)?;
        let is_over = move || Instant::now() >= until;
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(is_over))?;
        let result = self.read_over(connection, read);
        connection.progress_handler(0, None::<fn() -> bool>)?;
        match result {
            Err(error) if !matches!(error, WalletError::Locked) && is_over() => Err(WalletError::Unfinished),
            result => result,
        }
    }

    fn read_over<T>(
        &self,
        connection: &Connection,
        read: impl FnOnce(&Snapshot<'_>) -> Result<T, WalletError>,
    ) -> Result<T, WalletError> {
        let Reading { clock, fingerprint, device_key, .. } = &*self.reading;
        let transaction = connection.unchecked_transaction()?;
        let of = SnapshotOf::Reader { fingerprint, device_key: *device_key };
        let result = read(&Snapshot { connection: &transaction, clock: clock.as_ref(), of });
        // What was interrupted says so in words of its own.
        if self.reading.is_closed.load(Ordering::SeqCst) { Err(WalletError::Locked) } else { result }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader(..)")
    }
}

/// The reader of a session, closed with it and before the connection that writes: the last one to be
/// closed writes the log back into the file.
pub(crate) struct SessionReader(pub(super) Reader);

impl Drop for SessionReader {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// How long a statement that was told to end is waited for before it is told again.
const CLOSING_STEP: Duration = Duration::from_millis(1);
/// Instructions of SQLite between two looks at the time: some ten microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;

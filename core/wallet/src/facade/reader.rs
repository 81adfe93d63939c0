//! Reading beside a wallet that is busy: on another thread, over a connection of its own.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use keepwell_net::Clock;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{GrantId, ProviderId, RecordId, Scope};
use rusqlite::{Connection, InterruptHandle};

use super::activity::{self, Activity};
use super::grants::{self, GrantView};
use super::shares::{self, ShareSummary};
use super::wallet::{self, Status, Wallet};
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::{self, LedgerStatus};
use crate::engine::sync;
use crate::error::WalletError;
use crate::records_view::list::{self, CategoryCount};
use crate::records_view::preview::{self, AccessPreview};
use crate::records_view::preview_grant;
use crate::records_view::record::{self, RecordView, ResultRow};
use crate::store::DeviceKeyLevel;
use crate::store::records::{Page, Query};

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

impl Wallet {
    /// A reader of this wallet, until it is locked; `fresh` holds the key of the database.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`StoreError`](crate::StoreError) if the database is not opened a second time.
    pub fn reader(&mut self, fresh: &FreshAuthentication) -> Result<Reader, WalletError> {
        let session = self.session.as_mut().ok_or(WalletError::Locked)?;
        if let Some(SessionReader(reader)) = &session.reader {
            return Ok(reader.clone());
        }
        let connection = session.store.open_reader(fresh.database_key())?;
        let reading = Reading {
            interrupt: connection.get_interrupt_handle(),
            connection: Mutex::new(Some(connection)),
            is_closed: AtomicBool::new(false),
            clock: self.clock.clone(),
            fingerprint: crypto::fingerprint(&session.keys.owner.public_key()),
            device_key: self.device.level(),
        };
        let reader = Reader { reading: Arc::new(reading), within: None };
        session.reader = Some(SessionReader(reader.clone()));
        Ok(reader)
    }
}

impl Reader {
    /// The same, for a caller that can't be held up: what takes longer, or would have to wait for another
    /// read, is broken off and ends in [`WalletError::Unfinished`].
    pub fn within(&self, time: Duration) -> Self {
        Self { reading: self.reading.clone(), within: Some(time) }
    }

    /// As [`Wallet::status`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn status(&self) -> Result<Status, WalletError> {
        let Reading { fingerprint, device_key, .. } = &*self.reading;
        self.read(|snapshot| wallet::status(snapshot, fingerprint.clone(), *device_key))
    }

    /// As [`Wallet::records`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn records(&self, query: &Query) -> Result<Page, WalletError> {
        self.read(|snapshot| list::page(snapshot, query))
    }

    /// As [`Wallet::record_counts`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn record_counts(&self) -> Result<Vec<CategoryCount>, WalletError> {
        self.read(list::counts)
    }

    /// As [`Wallet::record_bytes`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], [`WalletError::NoSuchRecord`].
    pub fn record_bytes(&self, id: &RecordId) -> Result<Vec<u8>, WalletError> {
        self.read(|snapshot| list::bytes(snapshot, id))
    }

    /// As [`Wallet::record_view`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], [`WalletError::NoSuchRecord`].
    pub fn record_view(&self, id: &RecordId) -> Result<RecordView, WalletError> {
        self.read(|snapshot| record::view(snapshot, id))
    }

    /// As [`Wallet::record_series`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], [`WalletError::NoSuchRecord`].
    pub fn record_series(&self, id: &RecordId) -> Result<Vec<ResultRow>, WalletError> {
        self.read(|snapshot| record::series(snapshot, id))
    }

    /// As [`Wallet::grants`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn grants(&self) -> Result<Vec<GrantView>, WalletError> {
        self.read(grants::all_views)
    }

    /// As [`Wallet::grant_view`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], [`WalletError::NoSuchGrant`].
    pub fn grant_view(&self, id: GrantId) -> Result<GrantView, WalletError> {
        self.read(|snapshot| grants::one_view(snapshot, id))
    }

    /// As [`Wallet::preview`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn preview(&self, provider: ProviderId) -> Result<AccessPreview, WalletError> {
        self.read(|snapshot| preview::of_provider(snapshot, provider, self.reading.clock.now()))
    }

    /// As [`Wallet::preview_grant`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn preview_grant(&self, scope: &Scope) -> Result<AccessPreview, WalletError> {
        self.read(|snapshot| preview_grant::of_scope(snapshot, scope))
    }

    /// As [`Wallet::shares`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn shares(&self) -> Result<Vec<ShareSummary>, WalletError> {
        self.read(|snapshot| shares::summaries(snapshot, self.reading.clock.now()))
    }

    /// As [`Wallet::own_activity`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn own_activity(&self) -> Result<Vec<Activity>, WalletError> {
        self.read(|snapshot| activity::own(snapshot, self.reading.clock.now()))
    }

    /// As [`Wallet::ledger_status`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn ledger_status(&self) -> Result<Option<LedgerStatus>, WalletError> {
        self.read(online::verified_ledger)
    }

    /// As [`Wallet::queued`].
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn queued(&self) -> Result<u64, WalletError> {
        self.read(sync::queued)
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

    /// Reads one state of the database, whatever is written meanwhile.
    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, WalletError>) -> Result<T, WalletError> {
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
        read: impl FnOnce(&Connection) -> Result<T, WalletError>,
    ) -> Result<T, WalletError> {
        let snapshot = connection.unchecked_transaction()?;
        let result = read(&snapshot);
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
pub(crate) struct SessionReader(Reader);

impl Drop for SessionReader {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// How long a statement that was told to end is waited for before it is told again.
const CLOSING_STEP: Duration = Duration::from_millis(1);
/// Instructions of SQLite between two looks at the time: some ten microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;

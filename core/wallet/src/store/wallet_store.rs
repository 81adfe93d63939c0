//! One wallet's database, open: its single writer, and the sealing of its state log.

use keepwell_protocol::crypto::{DeviceSecret, Rng};
use keepwell_protocol::domain::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::held_keys::HeldKeys;
use super::home::WalletFiles;
use super::open::{self, RawKey};
use super::state_log::{self, Head, Newest};
use super::{StoreError, WalletId, schema, sealed_head};

/// The kind of the state log's entries about slots; the body is the revision, 8 bytes big-endian.
const SLOTS: &str = "slots";

/// An open database.
pub(crate) struct Store {
    connection: Connection,
    files: WalletFiles,
    wallet: WalletId,
    secret: DeviceSecret,
    sealed: Head,
}

/// What a new database begins with.
pub(crate) struct Contents<'a> {
    /// Whose it is.
    pub(crate) wallet: WalletId,
    /// The keys that a session needs.
    pub(crate) keys: &'a HeldKeys,
    /// What the owner knows the wallet by.
    pub(crate) fingerprint: &'a str,
    /// When it is made.
    pub(crate) now: Timestamp,
}

impl Store {
    /// Makes a database and seals the head of its state log.
    pub(crate) fn create(
        files: &WalletFiles,
        key: &RawKey,
        secret: &DeviceSecret,
        contents: &Contents<'_>,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        let mut connection = open::create(&files.database(), key)?;
        schema::migrate(&mut connection)?;
        let transaction = connection.transaction()?;
        transaction.execute(
            "INSERT INTO wallet VALUES (1, ?1, ?2, ?3)",
            (contents.wallet.0, contents.fingerprint, contents.now.0),
        )?;
        contents.keys.write(&transaction)?;
        log_slots(&transaction, contents.wallet, 1, contents.now)?;
        let head = state_log::close_generation(&transaction)?;
        transaction.commit()?;
        // Closing writes the log back into the file, which is then whole by itself.
        connection.close().map_err(|(_, error)| error)?;
        open::prove_encrypted(&files.database(), key)?;
        sealed_head::write(files, contents.wallet, secret, head, rng)
    }

    /// Opens the database after every check that can be made without reading all of it.
    ///
    /// `slots` is the revision of the slots that gave the key.
    ///
    /// # Errors
    /// The variants of [`StoreError`] about storage; nothing is written then.
    pub(crate) fn open(
        files: WalletFiles,
        wallet: WalletId,
        key: &RawKey,
        secret: DeviceSecret,
        slots: u64,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Self, StoreError> {
        let sealed = sealed_head::read(&files, wallet, &secret)?;
        let mut connection = open::open(&files.database(), key)?;
        schema::check(&connection)?;
        let id: [u8; 16] = connection.query_row("SELECT wallet_id FROM wallet", [], |row| row.get(0))?;
        if id != wallet.0 {
            return Err(StoreError::OtherWallet);
        }
        let (head, newest) = state_log::verify(&connection, sealed)?;
        let logged = logged_slots(&connection, wallet, &newest)?;
        if slots < logged || slots > logged + 1 {
            return Err(StoreError::RolledBack { found: slots, sealed: logged });
        }
        schema::migrate(&mut connection)?;
        for table in schema::GUARDED {
            state_log::verify_rows(&connection, head, &newest, table)?;
        }
        let mut store = Self { connection, files, wallet, secret, sealed };
        store.seal(head, rng)?;
        if slots > logged {
            // A crash between the writing of the slots and the entry about it.
            store.write(rng, |transaction| log_slots(transaction, wallet, slots, now))?;
        }
        Ok(store)
    }

    /// Seals the end of the log under a new device secret, as it is found.
    ///
    /// Only for a device that lost the key to what it sealed before: nothing tells whether an older
    /// file was put back, until the ledger's anchor does.
    pub(crate) fn reseal(
        files: &WalletFiles,
        wallet: WalletId,
        key: &RawKey,
        secret: &DeviceSecret,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        let connection = open::open(&files.database(), key)?;
        schema::check(&connection)?;
        sealed_head::write(files, wallet, secret, state_log::head(&connection)?, rng)
    }

    /// The database, for reading.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }

    /// Does one thing that a person does: all of `work` or nothing.
    ///
    /// What `work` appends to the state log is sealed outside the database after the commit. If
    /// that fails the work stands, and the next write seals first.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError`] if the transaction cannot be begun or committed; nothing
    /// is changed then.
    pub(crate) fn write<T, E: From<StoreError>>(
        &mut self,
        rng: &mut Rng,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.seal(state_log::head(&self.connection)?, rng)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = work(&transaction)?;
        let head = state_log::close_generation(&transaction)?;
        transaction.commit().map_err(StoreError::from)?;
        // The work is done and must not be reported as failed; one generation may be unsealed.
        let _ = self.seal(head, rng);
        Ok(done)
    }

    /// Seals the head, unless it is the one that is sealed.
    fn seal(&mut self, head: Head, rng: &mut Rng) -> Result<(), StoreError> {
        if head != self.sealed {
            sealed_head::write(&self.files, self.wallet, &self.secret, head, rng)?;
            self.sealed = head;
        }
        Ok(())
    }
}

/// Notes a new revision of the slots.
fn log_slots(
    transaction: &Transaction<'_>,
    wallet: WalletId,
    revision: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    state_log::append(transaction, now, SLOTS, &wallet.0, &revision.to_be_bytes()).map(|_| ())
}

/// The newest revision of the slots that was noted.
fn logged_slots(connection: &Connection, wallet: WalletId, newest: &Newest) -> Result<u64, StoreError> {
    let seq = newest.get(&(SLOTS.to_owned(), wallet.0.to_vec()));
    let seq = seq.ok_or(StoreError::Corrupt { part: "the state log" })?;
    let revision: [u8; 8] =
        connection.query_row("SELECT body FROM state_log WHERE seq = ?1", [seq], |row| row.get(0))?;
    Ok(u64::from_be_bytes(revision))
}

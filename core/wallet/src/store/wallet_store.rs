//! One wallet's database, open: its single writer, and the sealing of its state log.

use keepwell_page_cipher::trust_log;
use keepwell_protocol::crypto::{DeviceSecret, Rng};
use keepwell_protocol::domain::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::held_keys::HeldKeys;
use super::home::WalletFiles;
use super::open::{self, RawKey};
use super::state_log::{self, Head, Newest, SLOTS};
use super::{FromStore, StoreError, WalletId, schema, sealed_head};

/// An open database.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
    files: WalletFiles,
    wallet: WalletId,
    secret: DeviceSecret,
    sealed: Head,
}

/// The revision of the slots that gave the key of a database.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OpenedSlots {
    /// The log must know them: it has noted this revision, or the one before, as a crash leaves it.
    Known(u64),
    /// The recovery words opened them, which open those of every revision: the log may know of newer ones.
    ByWords(u64),
}

impl OpenedSlots {
    /// The revision that is in force, where the log has noted `logged`.
    fn checked(self, logged: u64) -> Result<u64, StoreError> {
        match self {
            Self::ByWords(found) if found < logged => Ok(logged),
            Self::Known(found) | Self::ByWords(found) if found < logged || found > logged + 1 => {
                Err(StoreError::RolledBack { found, sealed: logged })
            }
            Self::Known(found) | Self::ByWords(found) => Ok(found),
        }
    }
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
    /// `slots` are those that gave the key. On a full disk a part of the reserve is given up for it, so that
    /// what is there can be read; where there is room, it is taken up again.
    ///
    /// # Errors
    /// The variants of [`StoreError`] about storage; nothing is written then.
    pub(crate) fn open(
        files: WalletFiles,
        wallet: WalletId,
        key: &RawKey,
        secret: DeviceSecret,
        slots: OpenedSlots,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Self, StoreError> {
        let reserve = files.reserve();
        let opened = reserve
            .lend(|| Self::open_checked(files.clone(), wallet, key, secret.duplicate(), slots, now, rng))?;
        reserve.fill(rng);
        Ok(opened)
    }

    fn open_checked(
        files: WalletFiles,
        wallet: WalletId,
        key: &RawKey,
        secret: DeviceSecret,
        slots: OpenedSlots,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Self, StoreError> {
        let sealed = sealed_head::read(&files, wallet, &secret)?;
        let has_log = open::has_log(&files.database());
        let mut connection = open::open(&files.database(), key)?;
        // One snapshot for all the checks: a statement by itself locks the file and lets it go again.
        let snapshot = connection.unchecked_transaction()?;
        schema::check(&snapshot)?;
        let id: [u8; 16] = snapshot.query_row("SELECT wallet_id FROM wallet", [], |row| row.get(0))?;
        if id != wallet.0 {
            return Err(StoreError::OtherWallet);
        }
        let (head, newest) = state_log::verify(&snapshot, sealed)?;
        let logged = logged_slots(&snapshot, wallet, &newest)?;
        let slots = slots.checked(logged)?;
        drop(snapshot);
        if has_log {
            open::check_every_page(&connection)?;
        }
        trust_log(&connection)?;
        schema::migrate(&mut connection)?;
        for table in schema::GUARDED {
            state_log::verify_rows(&connection, head, &newest, table)?;
        }
        let mut store = Self { connection, files, wallet, secret, sealed };
        store.seal(head, rng)?;
        // After a crash between the writing of the slots and the entry about it.
        store.note_slots(slots, now, rng)?;
        Ok(store)
    }

    /// Notes the revision of the slots in the log, unless it stands there.
    pub(crate) fn note_slots(
        &mut self,
        revision: u64,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<(), StoreError> {
        if self.noted_slots()? == revision {
            return Ok(());
        }
        let wallet = self.wallet;
        self.write(rng, |transaction, _| log_slots(transaction, wallet, revision, now))
    }

    /// The newest revision of the slots that was noted.
    pub(crate) fn noted_slots(&self) -> Result<u64, StoreError> {
        let noted = state_log::entries_about(&self.connection, SLOTS, &self.wallet.0)?;
        let revision = noted.last().and_then(|entry| entry.body.as_slice().try_into().ok());
        revision.map(u64::from_be_bytes).ok_or(StoreError::Corrupt { part: "the state log" })
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

    /// Reads the whole file again, as opening it does not.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`].
    pub(crate) fn check_pages(&self) -> Result<(), StoreError> {
        open::check_every_index(&self.connection)
    }

    /// Recomputes the chain of what was decided, and compares it with what is sealed and with the tables that it guards.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::RolledBack`].
    pub(crate) fn check_log(&self) -> Result<(), StoreError> {
        let (head, newest) = state_log::verify(&self.connection, self.sealed)?;
        schema::GUARDED
            .iter()
            .try_for_each(|table| state_log::verify_rows(&self.connection, head, &newest, table))
    }

    /// The database, for reading.
    pub(crate) fn read(&self) -> &Connection {
        &self.connection
    }

    /// A second connection to the same database, which only reads and can be used on another thread.
    ///
    /// # Errors
    /// [`StoreError::RolledBack`] if another file lies there now.
    pub(crate) fn open_reader(&self, key: &RawKey) -> Result<Connection, StoreError> {
        let reader = open::open_to_read(&self.files.database(), key)?;
        let (found, sealed) = (state_log::head(&reader)?, state_log::head(&self.connection)?);
        if found != sealed {
            return Err(StoreError::RolledBack { found: found.generation, sealed: sealed.generation });
        }
        Ok(reader)
    }

    /// Does one thing that a person does: all of `work` or nothing; `rng` is lent on to it.
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
        work: impl FnOnce(&Transaction<'_>, &mut Rng) -> Result<T, E>,
    ) -> Result<T, E> {
        self.seal(state_log::head(&self.connection)?, rng)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = work(&transaction, rng)?;
        let head = state_log::close_generation(&transaction)?;
        transaction.commit().map_err(StoreError::from)?;
        // The work is done and must not be reported as failed; one generation may be unsealed.
        let _ = self.seal(head, rng);
        Ok(done)
    }

    /// What only this device has, for what is sealed for it alone.
    pub(crate) fn device_secret(&self) -> &DeviceSecret {
        &self.secret
    }

    /// As [`Store::write`], for what must never fail for want of room: ending what is shared.
    ///
    /// On a full disk the reserve is given up, and `work`, which may then run twice, and what sends it have
    /// the room of it.
    ///
    /// # Errors
    /// As for [`Store::write`].
    pub(crate) fn write_from_reserve<T, E: FromStore>(
        &mut self,
        rng: &mut Rng,
        mut work: impl FnMut(&Transaction<'_>, &mut Rng) -> Result<T, E>,
    ) -> Result<T, E> {
        self.files.reserve().give_up_if_short();
        match self.write(rng, &mut work) {
            Err(error) if error.is_disk_full() && self.files.reserve().give_up() => self.write(rng, work),
            done => done,
        }
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

#[cfg(test)]
mod tests {
    use std::fs;

    use keepwell_protocol::crypto::{DatabaseKey, Seed};

    use super::*;
    use crate::store::settings::Setting;
    use crate::store::{Home, StagedFiles, settings};

    struct Made {
        _staged: StagedFiles,
        _dir: tempfile::TempDir,
        files: WalletFiles,
        key: RawKey,
    }

    const WALLET: WalletId = WalletId([9; 16]);

    fn secret() -> DeviceSecret {
        DeviceSecret::from_bytes(&[3; 32])
    }

    fn make() -> Made {
        let dir = tempfile::tempdir().unwrap();
        let staged = Home::lock(dir.path()).unwrap().stage().unwrap();
        let files = staged.files().clone();
        let key = RawKey { key: DatabaseKey::from_bytes(&[1; 32]), salt: [2; 16] };
        let keys = HeldKeys::derive(&Seed::from_bytes(&[4; 64]));
        let contents = Contents { wallet: WALLET, keys: &keys, fingerprint: "00000000", now: Timestamp(1) };
        Store::create(&files, &key, &secret(), &contents, &mut Rng::seeded(1)).unwrap();
        Made { _staged: staged, _dir: dir, files, key }
    }

    impl Made {
        fn open(&self, wallet: WalletId, slots: u64) -> Result<Store, StoreError> {
            self.open_by(wallet, OpenedSlots::Known(slots))
        }

        fn open_by(&self, wallet: WalletId, slots: OpenedSlots) -> Result<Store, StoreError> {
            let (files, rng) = (self.files.clone(), &mut Rng::seeded(2));
            Store::open(files, wallet, &self.key, secret(), slots, Timestamp(2), rng)
        }

        fn code(&self) -> &'static str {
            self.open(WALLET, 1).map_or_else(|error| error.code(), |_| "ok")
        }

        /// Changes the database as another program with the key would.
        fn tamper(&self, sql: &str) {
            let connection = open::open(&self.files.database(), &self.key).unwrap();
            connection.execute_batch(sql).unwrap();
        }
    }

    #[test]
    fn a_newer_or_foreign_schema_is_refused_and_left_as_it_is() {
        let made = make();
        let version: u32 = schema_version(&made);
        for (sql, code) in [
            (format!("PRAGMA user_version = {}", version + 1), "StorageTooNew"),
            ("PRAGMA user_version = 0".to_owned(), "StorageCorrupt"),
            (format!("PRAGMA user_version = {version}; PRAGMA application_id = 1"), "StorageCorrupt"),
        ] {
            made.tamper(&sql);
            let before = fs::read(made.files.database()).unwrap();
            assert_eq!(made.code(), code, "{sql}");
            assert_eq!(fs::read(made.files.database()).unwrap(), before, "{sql}");
        }
    }

    fn schema_version(made: &Made) -> u32 {
        let store = made.open(WALLET, 1).unwrap();
        store.read().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_database_with_the_right_key_but_another_id_is_another_wallets() {
        let made = make();
        made.tamper("UPDATE wallet SET wallet_id = zeroblob(16)");
        assert_eq!(made.code(), "StorageOtherWallet");
    }

    #[test]
    fn slots_may_be_one_revision_ahead_and_are_then_noted() {
        let made = make();
        assert_eq!(made.open(WALLET, 3).unwrap_err().code(), "StorageRolledBack");
        made.open(WALLET, 2).unwrap();
        assert_eq!(made.open(WALLET, 1).unwrap_err().code(), "StorageRolledBack");
        made.open(WALLET, 2).unwrap();
    }

    #[test]
    fn slots_that_the_words_opened_may_be_older_and_the_log_stays_as_it_is() {
        let made = make();
        made.open(WALLET, 2).unwrap();
        let store = made.open_by(WALLET, OpenedSlots::ByWords(1)).unwrap();
        assert_eq!(store.noted_slots().unwrap(), 2);
        drop(store);
        let ahead = made.open_by(WALLET, OpenedSlots::ByWords(4)).unwrap_err();
        assert_eq!(ahead.code(), "StorageRolledBack");
        assert_eq!(made.open(WALLET, 1).unwrap_err().code(), "StorageRolledBack");
    }

    #[test]
    fn a_write_that_fails_leaves_nothing() {
        let made = make();
        let mut store = made.open(WALLET, 1).unwrap();
        let before = store.sealed;
        let failed: Result<(), StoreError> = store.write(&mut Rng::seeded(3), |transaction, _| {
            settings::write(transaction, Setting::Anchor, b"value")?;
            state_log::append(transaction, Timestamp(3), "sample", b"1", b"")?;
            Err(StoreError::Busy)
        });
        assert_eq!(failed.unwrap_err().code(), "Busy");
        assert_eq!(settings::read(store.read(), Setting::Anchor).unwrap(), None);
        assert_eq!(state_log::head(store.read()).unwrap(), before);
        store
            .write(&mut Rng::seeded(3), |transaction, _| {
                settings::write(transaction, Setting::Anchor, b"value")
            })
            .unwrap();
        assert_eq!(settings::read(store.read(), Setting::Anchor).unwrap(), Some(b"value".to_vec()));
        assert_eq!(store.sealed, before, "only decisions are sealed");
    }

    #[test]
    fn a_reader_sees_what_is_committed_writes_nothing_and_is_not_opened_on_an_older_file() {
        let made = make();
        let old = made.files.database().with_extension("old");
        fs::copy(made.files.database(), &old).unwrap();
        let mut store = made.open(WALLET, 1).unwrap();
        let reader = store.open_reader(&made.key).unwrap();
        let append = |transaction: &Transaction<'_>, _: &mut Rng| {
            state_log::append(transaction, Timestamp(3), "sample", b"1", b"decided")
        };
        store.write(&mut Rng::seeded(3), append).unwrap();
        assert_eq!(state_log::head(&reader).unwrap(), store.sealed);
        let refused = StoreError::from(reader.execute("DELETE FROM setting", []).unwrap_err());
        assert_eq!(refused.code(), "StorageReadOnly");
        drop(reader);
        store.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        fs::rename(old, made.files.database()).unwrap();
        assert_eq!(store.open_reader(&made.key).unwrap_err().code(), "StorageRolledBack");
    }

    #[test]
    fn one_old_page_brings_no_decision_back() {
        let made = make();
        let decide = |body: &[u8]| {
            let mut store = made.open(WALLET, 1).unwrap();
            let append = |transaction: &Transaction<'_>, _: &mut Rng| {
                state_log::append(transaction, Timestamp(3), "sample", b"1", body)
            };
            store.write(&mut Rng::seeded(3), append).unwrap();
        };
        for number in 0..200_u32 {
            decide(&[number.to_be_bytes(); 32].concat());
        }
        let before = fs::read(made.files.database()).unwrap();
        decide(b"revoked");
        let after = fs::read(made.files.database()).unwrap();
        assert!(before.len() > 10 * PAGE);
        let mut changed = 0;
        for at in (0..before.len()).step_by(PAGE) {
            let old = &before[at..at + PAGE];
            if after.get(at..at + PAGE) != Some(old) {
                let mut mixed = after.clone();
                mixed[at..at + PAGE].copy_from_slice(old);
                fs::write(made.files.database(), mixed).unwrap();
                let code = made.code();
                // A page that holds no decision, such as the first one with its change counter, may pass.
                let harmless = code == "ok" && last_decision(&made) == b"revoked";
                assert!(
                    harmless || ["StorageCorrupt", "StorageRolledBack"].contains(&code),
                    "page {at}: {code}"
                );
                changed += 1;
            }
        }
        assert!(changed > 1);
        fs::write(made.files.database(), before).unwrap();
        assert_eq!(made.code(), "StorageRolledBack");
        fs::write(made.files.database(), after).unwrap();
        assert_eq!(made.code(), "ok");
    }

    #[test]
    fn a_bit_changed_in_any_page_is_seen_when_the_page_is_read() {
        let made = make();
        let kept = fs::read(made.files.database()).unwrap();
        for at in (100..kept.len()).step_by(PAGE) {
            let mut content = kept.clone();
            content[at] ^= 0x10;
            fs::write(made.files.database(), &content).unwrap();
            let every_page = made.open(WALLET, 1).and_then(|store| {
                let verdict = store.read().pragma_query_value(None, "integrity_check", |row| row.get(0));
                let verdict: String = verdict?;
                if verdict == "ok" { Ok(()) } else { Err(StoreError::Corrupt { part: "a page" }) }
            });
            assert_eq!(every_page.unwrap_err().code(), "StorageCorrupt", "byte {at}");
        }
        fs::write(made.files.database(), kept).unwrap();
        assert_eq!(made.code(), "ok");
    }

    fn last_decision(made: &Made) -> Vec<u8> {
        let store = made.open(WALLET, 1).unwrap();
        state_log::entries_after(store.read(), 0, 1_000).unwrap().pop().unwrap().body
    }

    const PAGE: usize = 4_096;
}

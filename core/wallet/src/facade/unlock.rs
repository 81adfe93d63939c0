//! Unlocking and locking.

use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{DeviceSecret, Pin, Rng};
use keepwell_protocol::domain::Duration;

use super::wallet::{Session, Wallet};
use crate::engine::authentication::FreshAuthentication;
use crate::error::WalletError;
use crate::store::held_keys::HeldKeys;
use crate::store::{DeviceKey, Moment, Opened, OpenedSlots, RawKey, Slots, Store, StoreError};

impl Wallet {
    /// Unlocks with the PIN and this device's key; on an unlocked wallet it authenticates afresh.
    ///
    /// # Errors
    /// [`StoreError::WrongPin`](crate::StoreError::WrongPin),
    /// [`StoreError::PinDelayed`](crate::StoreError::PinDelayed) or
    /// [`StoreError::PinSlotDestroyed`](crate::StoreError::PinSlotDestroyed); those about storage if
    /// the database is not the one that was last written here.
    ///
    /// ```
    /// # use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
    /// # use keepwell_protocol::crypto::{PinParameters, Rng};
    /// # use keepwell_wallet::{NewWallet, SoftwareDeviceKey, SystemClock, Wallet};
    /// use keepwell_protocol::crypto::Pin;
    /// use keepwell_wallet::{StoreError, WalletError};
    ///
    /// # PinParameters::cost_least_in_this_thread();
    /// # let folder = tempfile::tempdir()?;
    /// # let device = Box::new(SoftwareDeviceKey::new(&folder.path().join("device.key")));
    /// # let (clock, mut rng) = (Box::new(SystemClock), Rng::system());
    /// # let (words, none) = (RecoveryWords::generate(&mut rng)?, Passphrase::none());
    /// # let (home, pin) = (folder.path().join("wallet"), Pin::choose("271828")?);
    /// # let (home, words, passphrase, pin) = (&home, &words, &none, &pin);
    /// # let new = NewWallet { home, words, passphrase, pin, device, clock, rng };
    /// # let (mut wallet, _) = Wallet::create(new)?;
    /// wallet.lock();
    /// let wrong = wallet.unlock(&Pin::parse("314159")?);
    /// assert!(matches!(wrong, Err(WalletError::Store(StoreError::WrongPin { left: 9 }))));
    /// wallet.unlock(&pin)?;
    /// assert!(wallet.is_unlocked());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unlock(&mut self, pin: &Pin) -> Result<FreshAuthentication, WalletError> {
        let since_start = Some(Duration(self.clock.monotonic().as_secs()));
        let now = Moment { wall: self.clock.now(), since_start };
        let opened = self.slots.open_with_pin(pin, self.device.as_ref(), now, &mut self.rng)?;
        self.begin(opened)
    }

    /// Unlocks with an authentication that the caller still has, so that nothing is stretched again.
    ///
    /// # Errors
    /// Those about storage, as for [`Wallet::unlock`].
    pub fn unlock_again(&mut self, fresh: FreshAuthentication) -> Result<FreshAuthentication, WalletError> {
        self.begin(fresh.0)
    }

    /// Unlocks with the recovery words and sets a new PIN, also when the old one was destroyed or
    /// this device has lost its key.
    ///
    /// # Errors
    /// [`StoreError::WrongWords`](crate::StoreError::WrongWords) if the words, with this
    /// passphrase, are another wallet's.
    pub fn unlock_with_words(
        &mut self,
        words: &RecoveryWords,
        passphrase: &Passphrase,
        pin: &Pin,
    ) -> Result<FreshAuthentication, WalletError> {
        let Self { device, rng, slots, .. } = self;
        let with_words = slots.open_with_words(&words.seed(passphrase), device.as_ref(), rng)?;
        if with_words.device_was_lost {
            Store::reseal(
                slots.files(),
                slots.wallet(),
                &with_words.opened.key,
                &with_words.opened.secret,
                rng,
            )?;
        }
        self.session = None;
        let opened = with_words.opened;
        // Opened first: that notes what slots there are, so that a crash after this leaves one revision unnoted.
        self.open_session(&opened.key, &opened.secret, OpenedSlots::ByWords(self.slots.revision()))?;
        if let Err(error) = self.set_pin(&opened, pin) {
            self.session = None;
            return Err(error);
        }
        Ok(FreshAuthentication(opened))
    }

    /// Sets a PIN for who came with the words, in slots that may be older than what the log knows.
    fn set_pin(&mut self, opened: &Opened, pin: &Pin) -> Result<(), WalletError> {
        self.slots.catch_up(self.session()?.store.noted_slots()?);
        self.replace_slots(|slots, device, rng| slots.set_pin(opened, pin, device, rng))
    }

    /// Replaces slots of an unlocked wallet, between two notes in its log: the one of before is made up for if it
    /// could not be written then.
    pub(super) fn replace_slots(
        &mut self,
        replace: impl FnOnce(&mut Slots, &dyn DeviceKey, &mut Rng) -> Result<(), StoreError>,
    ) -> Result<(), WalletError> {
        let now = self.clock.now();
        let Self { device, rng, slots, session, .. } = self;
        let store = &mut session.as_mut().ok_or(WalletError::Locked)?.store;
        store.note_slots(slots.revision(), now, rng)?;
        replace(slots, device.as_ref(), rng)?;
        // The new slots are in force. Without the note the next one to open the wallet makes it.
        let _ = store.note_slots(slots.revision(), now, rng);
        Ok(())
    }

    /// Locks: keys and connection are dropped.
    pub fn lock(&mut self) {
        self.session = None;
    }

    /// Whether the wallet is unlocked.
    pub fn is_unlocked(&self) -> bool {
        self.session.is_some()
    }

    /// Opens the database with what a slot gave, unless it is open.
    pub(crate) fn begin(&mut self, opened: Opened) -> Result<FreshAuthentication, WalletError> {
        self.begin_session(&opened.key, &opened.secret)?;
        Ok(FreshAuthentication(opened))
    }

    /// The same with what any slot gives.
    pub(super) fn begin_session(&mut self, key: &RawKey, secret: &DeviceSecret) -> Result<(), WalletError> {
        if self.session.is_some() {
            return Ok(());
        }
        self.open_session(key, secret, OpenedSlots::Known(self.slots.revision()))
    }

    fn open_session(
        &mut self,
        key: &RawKey,
        secret: &DeviceSecret,
        slots: OpenedSlots,
    ) -> Result<(), WalletError> {
        let store = Store::open(
            self.slots.files().clone(),
            self.slots.wallet(),
            key,
            secret.duplicate(),
            slots,
            self.clock.now(),
            &mut self.rng,
        )?;
        let keys = HeldKeys::read(store.read())?;
        self.session = Some(Session { reader: None, store, keys });
        // What a newer program can read comes in; that it can't now is no reason to stay locked.
        let _ = self.retry_outdated();
        Ok(())
    }
}

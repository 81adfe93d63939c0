//! A finger in the place of the PIN: what it opens, what it does not, and how that door closes.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::{Category, Duration};
use keepwell_protocol::ledger::LedgerVerdict;
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    DeviceKey, DeviceKeyError, DeviceKeyLevel, DeviceKeyPurpose, Query, ShareRequest, SoftwareDeviceKey,
    StoreError, Wallet, WalletError,
};
use zeroize::Zeroizing;

use crate::parties::{PATIENT, Parties, categories, record, state};
use crate::setup::{Place, import, pin, words};

/// A phone with a fingerprint reader: its biometric key is lost once another finger is enrolled.
#[derive(Clone)]
struct Phone {
    software: Arc<SoftwareDeviceKey>,
    reader: Arc<Mutex<FingerReader>>,
}

#[derive(Default)]
struct FingerReader {
    /// Which of the keys that there ever were is there now.
    key: Option<u8>,
    made: u8,
    /// What comes of the next questions.
    refuses: Option<DeviceKeyError>,
    answers_wrongly: bool,
    asked: u32,
}

impl Phone {
    fn new(home: &Path) -> Self {
        Self { software: Arc::new(SoftwareDeviceKey::new(&home.join("device.key"))), reader: Arc::default() }
    }

    fn enroll_another_finger(&self) {
        self.reader.lock().unwrap().key = None;
    }

    fn asked(&self) -> u32 {
        self.reader.lock().unwrap().asked
    }
}

impl DeviceKey for Phone {
    fn wrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, DeviceKeyError> {
        if purpose == DeviceKeyPurpose::Pin {
            return self.software.wrap(purpose, context, secret);
        }
        let reader = &mut *self.reader.lock().unwrap();
        reader.refuses.map_or(Ok(()), Err)?;
        let FingerReader { key, made, .. } = reader;
        let key = *key.get_or_insert_with(|| {
            *made += 1;
            *made
        });
        Ok([&[key, u8::try_from(context.len()).unwrap()][..], context, secret].concat())
    }

    fn unwrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DeviceKeyError> {
        if purpose == DeviceKeyPurpose::Pin {
            return self.software.unwrap(purpose, context, wrapped);
        }
        let mut reader = self.reader.lock().unwrap();
        reader.asked += 1;
        reader.refuses.map_or(Ok(()), Err)?;
        let begins = |key| [&[key, u8::try_from(context.len()).unwrap()][..], context].concat();
        let secret = reader.key.and_then(|key| wrapped.strip_prefix(begins(key).as_slice()));
        let mut secret = secret.ok_or(DeviceKeyError::Lost)?.to_vec();
        secret[0] ^= u8::from(reader.answers_wrongly);
        Ok(Zeroizing::new(secret))
    }

    fn delete(&self, purpose: DeviceKeyPurpose) -> Result<(), DeviceKeyError> {
        let mut reader = self.reader.lock().unwrap();
        reader.refuses.map_or(Ok(()), Err)?;
        match purpose {
            DeviceKeyPurpose::Pin => self.software.delete(purpose),
            DeviceKeyPurpose::Biometric => {
                reader.key = None;
                Ok(())
            }
        }
    }

    fn counter(&self) -> Result<u64, DeviceKeyError> {
        self.software.counter()
    }

    fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError> {
        self.software.set_counter(value)
    }

    fn level(&self) -> DeviceKeyLevel {
        self.software.level()
    }
}

struct Owner {
    place: Place,
    phone: Phone,
}

impl Owner {
    /// An owner who has a record, and lets a finger open the wallet.
    fn new() -> Self {
        let place = Place::new();
        place.create();
        let owner = Self { phone: Phone::new(&place.home()), place };
        let mut wallet = owner.open();
        let fresh = wallet.unlock(&pin()).unwrap();
        import(&mut wallet, RECORD).unwrap();
        wallet.enable_biometrics(&fresh).unwrap();
        drop(wallet);
        owner
    }

    fn open(&self) -> Wallet {
        let (device, clock) = (Box::new(self.phone.clone()), Box::new(self.place.clock.clone()));
        Wallet::open(&self.place.home(), device, clock, Rng::system()).unwrap()
    }

    fn refusal(&self) -> &'static str {
        self.open().unlock_with_biometrics().unwrap_err().code()
    }
}

const RECORD: &[u8] = br#"{"resourceType":"Patient","id":"7","birthDate":"1981-04-12"}"#;

#[test]
fn a_finger_opens_the_records_and_gives_no_authentication() {
    let owner = Owner::new();
    let mut wallet = owner.open();
    assert!(wallet.has_biometrics() && !wallet.is_unlocked());
    let reader = wallet.unlock_with_biometrics().unwrap();
    assert_eq!(owner.phone.asked(), 1, "one question, not two");
    assert_eq!(reader.read(|snapshot| snapshot.records(&Query::default())).unwrap().records.len(), 1);
    import(&mut wallet, br#"{"resourceType":"Basic","id":"8"}"#).unwrap();
    assert_eq!(wallet.records(&Query::default()).unwrap().records.len(), 2);
    wallet.lock();
    assert_eq!(reader.read(|snapshot| snapshot.status()).unwrap_err().code(), "Locked");
    // The PIN as before, in the same session or another.
    wallet.unlock_with_biometrics().unwrap();
    assert_eq!(wallet.unlock(&pin()).unwrap().words(), words(1).text().as_str());
    drop(wallet);
    owner.place.unlock().unwrap();
}

#[test]
fn the_file_holds_no_seed_for_a_finger() {
    let owner = Owner::new();
    let with = fs::read(owner.place.file("slots")).unwrap();
    let mut wallet = owner.open();
    wallet.disable_biometrics().unwrap();
    let without = fs::read(owner.place.file("slots")).unwrap();
    // The two keys, sealed, and what wraps the third; with the bare seed it would be more than 300.
    assert!((200..260).contains(&(with.len() - without.len())), "{} {}", with.len(), without.len());
}

// Row 26: another finger was enrolled.
#[test]
fn another_finger_ends_it_the_pin_opens_and_it_can_be_turned_on_again() {
    let owner = Owner::new();
    owner.phone.enroll_another_finger();
    assert_eq!(owner.refusal(), "BiometricsLost");
    assert!(!owner.open().has_biometrics());
    assert_eq!(owner.refusal(), "BiometricsOff");
    let mut wallet = owner.open();
    let fresh = wallet.unlock(&pin()).unwrap();
    wallet.enable_biometrics(&fresh).unwrap();
    drop(wallet);
    owner.open().unlock_with_biometrics().unwrap();
}

// Row 28.
#[test]
fn a_question_that_is_not_answered_or_answered_wrongly_costs_nothing() {
    let owner = Owner::new();
    for (error, code) in [
        (DeviceKeyError::Refused, "DeviceKeyRefused"),
        (DeviceKeyError::LockedOut, "DeviceKeyLockedOut"),
        (DeviceKeyError::Unavailable, "DeviceKeyUnavailable"),
    ] {
        owner.phone.reader.lock().unwrap().refuses = Some(error);
        assert_eq!(owner.refusal(), code);
    }
    let reader = || owner.phone.reader.lock().unwrap();
    (reader().refuses, reader().answers_wrongly) = (None, true);
    assert_eq!(owner.refusal(), "DeviceKeyUnavailable");
    reader().answers_wrongly = false;
    owner.open().unlock_with_biometrics().unwrap();
    owner.place.unlock().unwrap();
}

#[test]
fn turned_off_or_locked_in_distress_no_finger_opens_not_even_with_the_old_file() {
    for in_distress in [false, true] {
        let owner = Owner::new();
        let old = fs::read(owner.place.file("slots")).unwrap();
        let mut wallet = owner.open();
        if in_distress {
            wallet.unlock_with_biometrics().unwrap();
            wallet.panic_lock().unwrap();
            assert!(!wallet.is_unlocked());
        } else {
            wallet.disable_biometrics().unwrap();
            wallet.disable_biometrics().unwrap();
        }
        assert_eq!(wallet.unlock_with_biometrics().unwrap_err().code(), "BiometricsOff");
        drop(wallet);
        fs::write(owner.place.file("slots"), old).unwrap();
        assert_eq!(owner.refusal(), "BiometricsLost", "the key is gone from the phone");
        owner.place.unlock().unwrap();
    }
}

#[test]
fn a_key_that_the_phone_does_not_remove_is_told_and_removed_with_the_next_pin() {
    let owner = Owner::new();
    let old = fs::read(owner.place.file("slots")).unwrap();
    let mut wallet = owner.open();
    wallet.unlock_with_biometrics().unwrap();
    owner.phone.reader.lock().unwrap().refuses = Some(DeviceKeyError::Unavailable);
    assert_eq!(wallet.panic_lock().unwrap_err().code(), "DeviceKeyUnavailable");
    assert!(!wallet.is_unlocked() && !wallet.has_biometrics());
    drop(wallet);
    owner.phone.reader.lock().unwrap().refuses = None;
    assert_eq!(owner.refusal(), "BiometricsOff");
    assert!(owner.phone.reader.lock().unwrap().key.is_some());
    owner.open().unlock(&pin()).unwrap();
    fs::write(owner.place.file("slots"), old).unwrap();
    assert_eq!(owner.refusal(), "BiometricsLost", "the old file has no key any more");
}

#[test]
fn on_a_disk_that_cannot_be_written_no_finger_opens_after_locking_in_distress() {
    let owner = Owner::new();
    let mut wallet = owner.open();
    // What the file is written to before it takes its name.
    let in_the_way = owner.place.file("slots.next");
    fs::create_dir(&in_the_way).unwrap();
    assert_eq!(wallet.panic_lock().unwrap_err().code(), "StorageIo");
    assert!(wallet.has_biometrics(), "the slot is there");
    assert_eq!(wallet.unlock_with_biometrics().unwrap_err().code(), "BiometricsLost");
    drop(wallet);
    fs::remove_dir(in_the_way).unwrap();
    assert_eq!(owner.refusal(), "BiometricsLost");
    owner.place.unlock().unwrap();
}

#[test]
fn a_new_pin_leaves_biometrics_on_and_the_words_begin_without() {
    let owner = Owner::new();
    let mut wallet = owner.open();
    let fresh = wallet.unlock(&pin()).unwrap();
    wallet.change_pin(&fresh, &pin()).unwrap();
    drop(wallet);
    owner.open().unlock_with_biometrics().unwrap();
    owner.open().unlock_with_words(&words(1), &Passphrase::none(), &pin()).unwrap();
    assert_eq!(owner.refusal(), "BiometricsOff");
}

#[test]
fn without_a_key_or_an_authentication_of_this_wallet_it_is_not_turned_on() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    assert_eq!(wallet.enable_biometrics(&fresh).unwrap_err().code(), "DeviceKeyUnavailable");
    assert!(!wallet.has_biometrics());
    assert_eq!(wallet.unlock_with_biometrics().unwrap_err().code(), "BiometricsOff");
    wallet.lock();
    assert_eq!(wallet.enable_biometrics(&fresh).unwrap_err().code(), "Locked");

    let (owner, other) = (Owner::new(), Place::new());
    let (_, foreign) = crate::setup::create(&other.home(), &other.clock, 2);
    let mut wallet = owner.open();
    wallet.unlock(&pin()).unwrap();
    let refused = wallet.enable_biometrics(&foreign).unwrap_err();
    assert!(matches!(refused, WalletError::Store(StoreError::WrongWords)), "{refused}");
    assert!(wallet.has_biometrics(), "as before");
}

#[test]
fn after_ten_wrong_pins_a_finger_still_opens() {
    let owner = Owner::new();
    let wrong = keepwell_protocol::crypto::Pin::parse("000001").unwrap();
    for _ in 0..10 {
        owner.place.clock.forward(3_600);
        owner.open().unlock(&wrong).unwrap_err();
    }
    assert_eq!(owner.place.refusal(), "PinSlotDestroyed");
    owner.open().unlock_with_biometrics().unwrap();
}

#[test]
fn an_erased_wallet_leaves_no_key_on_the_phone() {
    let owner = Owner::new();
    owner.open().erase_unauthenticated().unwrap();
    assert!(!owner.place.home().join("device.key").exists());
    assert_eq!(owner.phone.reader.lock().unwrap().key, None);
}

#[test]
fn what_the_phone_does_not_remove_the_next_start_does() {
    let owner = Owner::new();
    owner.phone.reader.lock().unwrap().refuses = Some(DeviceKeyError::Unavailable);
    assert_eq!(owner.open().erase_unauthenticated().unwrap_err().code(), "DeviceKeyUnavailable");
    let again = || {
        let (device, clock) = (Box::new(owner.phone.clone()), Box::new(owner.place.clock.clone()));
        Wallet::open(&owner.place.home(), device, clock, Rng::system()).unwrap_err().code()
    };
    assert_eq!(again(), "NoWallet", "there is none, whatever the phone says");
    assert!(owner.phone.reader.lock().unwrap().key.is_some());
    owner.phone.reader.lock().unwrap().refuses = None;
    assert_eq!(again(), "NoWallet");
    assert_eq!(owner.phone.reader.lock().unwrap().key, None);
    assert!(!owner.place.home().join("wallet.erasing").exists());
}

/// Revoking is never harder than it has to be.
#[test]
fn a_finger_is_enough_to_sync_and_to_end_a_grant_and_a_share() {
    let parties = Parties::start();
    let clinic = parties.provider(60, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let grant =
        parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap().grant;
    let request = ShareRequest {
        scopes: vec![categories(&[Category::Allergies])],
        label: None,
        life: Duration::minutes(30),
        opens: None,
        ..ShareRequest::default()
    };
    let share = wallet.share(parties.network(), request).unwrap().share.id;
    parties.sync(&mut wallet);
    drop(wallet);

    let home = parties.path("wallet");
    let (phone, clock) = (Phone::new(&home), parties.clock.clone());
    let mut wallet = Wallet::open(&home, Box::new(phone), Box::new(clock), Rng::system()).unwrap();
    let fresh = wallet.unlock(&pin()).unwrap();
    wallet.enable_biometrics(&fresh).unwrap();
    wallet.lock();
    drop(fresh);
    wallet.unlock_with_biometrics().unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a2")).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(parties.openable(&clinic).len(), 2, "what was added with a finger is published");
    wallet.revoke(grant).unwrap();
    wallet.change_share(parties.network(), share, LinkAction::Revoke).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(state(&wallet, grant), "revoked");
    assert_eq!(wallet.verify_grant(grant, parties.network()).unwrap().standing, LedgerVerdict::Revoked);
}

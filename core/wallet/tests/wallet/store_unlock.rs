//! PIN, device key and recovery words.

use std::fs;

use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_wallet::{
    DeviceKey, DeviceKeyError, DeviceKeyLevel, DeviceKeyPurpose, QuizAnswer, SoftwareDeviceKey, StoreError,
    Wallet, WalletError,
};
use zeroize::Zeroizing;

use crate::setup;
use crate::setup::{Place, device, import, list, pin, words};

fn wrong() -> Pin {
    Pin::parse("000001").unwrap()
}

fn left(error: WalletError) -> u32 {
    match error {
        WalletError::Store(StoreError::WrongPin { left }) => left,
        other => panic!("{other}"),
    }
}

fn wait(error: WalletError) -> u64 {
    match error {
        WalletError::Store(StoreError::PinDelayed { seconds }) => seconds,
        other => panic!("{other}"),
    }
}

#[test]
fn wrong_pins_are_counted_slowed_down_and_end_the_slot() {
    let place = Place::new();
    place.create();
    let delays = [0, 0, 0, 30, 60, 300, 900, 3_600, 3_600];
    for (tries, delay) in delays.into_iter().enumerate() {
        // A new process each time: the count is in the file.
        let mut wallet = place.open().unwrap();
        if delay > 0 {
            assert_eq!(wait(wallet.unlock(&pin()).unwrap_err()), delay, "even with the right PIN");
            place.clock.forward(delay - 1);
            assert_eq!(wait(wallet.unlock(&pin()).unwrap_err()), 1);
            place.clock.forward(1);
        }
        assert_eq!(left(wallet.unlock(&wrong()).unwrap_err()), 9 - u32::try_from(tries).unwrap());
    }
    place.clock.forward(3_600);
    assert_eq!(place.open().unwrap().unlock(&wrong()).unwrap_err().code(), "PinSlotDestroyed");
    place.clock.forward(36_000);
    assert_eq!(place.refusal(), "PinSlotDestroyed");

    let mut wallet = place.open().unwrap();
    let (none, other) = (Passphrase::none(), Passphrase::parse("other").unwrap());
    for (of, passphrase) in [(2, &none), (1, &other)] {
        let refused = wallet.unlock_with_words(&words(of), passphrase, &pin());
        assert_eq!(refused.unwrap_err().code(), "WrongWords");
    }
    let fresh = wallet.unlock_with_words(&words(1), &none, &other_pin()).unwrap();
    assert_eq!(fresh.words(), words(1).text().as_str());
    drop(wallet);
    assert_eq!(left(place.open().unwrap().unlock(&pin()).unwrap_err()), 9);
    place.open().unwrap().unlock(&other_pin()).unwrap();
}

#[test]
fn the_right_pin_forgives_the_wrong_ones_before() {
    let place = Place::new();
    place.create();
    let mut wallet = place.open().unwrap();
    assert_eq!(left(wallet.unlock(&wrong()).unwrap_err()), 9);
    assert_eq!(left(wallet.unlock(&wrong()).unwrap_err()), 8);
    wallet.unlock(&pin()).unwrap();
    assert_eq!(left(wallet.unlock(&wrong()).unwrap_err()), 9);
}

fn other_pin() -> Pin {
    Pin::parse("846205").unwrap()
}

#[test]
fn a_changed_pin_opens_the_old_one_does_not_and_its_tries_begin_anew() {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    assert_eq!(left(wallet.unlock(&wrong()).unwrap_err()), 9);
    let fresh = wallet.unlock(&pin()).unwrap();
    wallet.change_pin(&fresh, &other_pin()).unwrap();
    assert_eq!(fresh.words(), words(1).text().as_str());
    drop((wallet, fresh));

    let mut wallet = place.open().unwrap();
    assert_eq!(left(wallet.unlock(&pin()).unwrap_err()), 9, "the old one is a wrong one");
    let fresh = wallet.unlock(&other_pin()).unwrap();
    wallet.lock();
    assert_eq!(wallet.change_pin(&fresh, &pin()).unwrap_err().code(), "Locked");
    drop(wallet);
    assert_eq!(left(place.open().unwrap().unlock(&pin()).unwrap_err()), 9);
}

#[test]
fn the_authentication_of_another_wallet_changes_no_pin() {
    // Of other words, and of the same words on another device.
    for of in [2, 1] {
        let (place, other) = (Place::new(), Place::new());
        let (mut wallet, _) = place.create();
        let (_, foreign) = setup::create(&other.home(), &other.clock, of);
        assert_eq!(wallet.change_pin(&foreign, &other_pin()).unwrap_err().code(), "WrongWords");
        drop(wallet);
        place.unlock().unwrap();
    }
}

#[test]
fn an_old_file_that_is_put_back_does_not_bring_the_old_pin_back() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let old = fs::read(place.file("slots")).unwrap();
    wallet.change_pin(&fresh, &other_pin()).unwrap();
    drop(wallet);
    let new = fs::read(place.file("slots")).unwrap();
    fs::write(place.file("slots"), old).unwrap();
    assert_eq!(place.refusal(), "PinSlotDestroyed");
    fs::write(place.file("slots"), new).unwrap();
    place.open().unwrap().unlock(&other_pin()).unwrap();
}

/// Sets the PIN, anew or after the words were typed, and takes the note of it back out of the database: as
/// switched off in between.
fn set_pin_and_switch_off(place: &Place, with_words: bool) {
    let before = ["store.db", "head"].map(|name| (name, fs::read(place.file(name)).unwrap()));
    set_pin(place, with_words);
    for (name, content) in before {
        fs::write(place.file(name), content).unwrap();
    }
}

fn set_pin(place: &Place, with_words: bool) {
    let mut wallet = place.open().unwrap();
    if with_words {
        wallet.unlock_with_words(&words(1), &Passphrase::none(), &pin()).unwrap();
    } else {
        let fresh = wallet.unlock(&pin()).unwrap();
        wallet.change_pin(&fresh, &pin()).unwrap();
    }
}

#[test]
fn a_pin_that_was_set_without_a_note_in_the_log_opens_and_can_be_set_again() {
    let place = Place::new();
    place.create();
    for (cut_off, again) in [(true, true), (true, false), (false, true), (false, false)] {
        set_pin_and_switch_off(&place, cut_off);
        set_pin(&place, again);
        place.unlock().unwrap();
    }
}

#[test]
fn turning_the_clock_makes_no_wait_longer_or_shorter() {
    let place = Place::new();
    place.create();
    let mut wallet = place.open().unwrap();
    for _ in 0..3 {
        wallet.unlock(&wrong()).unwrap_err();
    }
    place.clock.turn_forward(1_000_000_000);
    assert_eq!(wait(wallet.unlock(&pin()).unwrap_err()), 30);
    place.clock.back(2_000_000_000);
    place.clock.forward(29);
    assert_eq!(wait(wallet.unlock(&pin()).unwrap_err()), 1);
    place.clock.forward(1);
    wallet.unlock(&pin()).unwrap();
}

#[test]
fn without_its_device_key_only_the_words_open_the_wallet() {
    let place = Place::new();
    place.create();
    fs::remove_file(place.home().join("device.key")).unwrap();
    // A new key is made, as on a second device that got a copy of the files.
    for _ in 0..12 {
        assert_eq!(place.refusal(), "DeviceKeyLost", "and it costs no try");
    }
    place.open().unwrap().unlock_with_words(&words(1), &Passphrase::none(), &pin()).unwrap();
    place.unlock().unwrap();
    device(&place.home());
}

/// A device that keeps its key so well, as the app says.
struct Device(SoftwareDeviceKey, DeviceKeyLevel);

impl Device {
    fn of(place: &Place, level: DeviceKeyLevel) -> Box<Self> {
        Box::new(Self(SoftwareDeviceKey::new(&place.home().join("device.key")), level))
    }
}

impl DeviceKey for Device {
    fn wrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        secret: &[u8],
    ) -> Result<Vec<u8>, DeviceKeyError> {
        self.0.wrap(purpose, context, secret)
    }

    fn unwrap(
        &self,
        purpose: DeviceKeyPurpose,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, DeviceKeyError> {
        self.0.unwrap(purpose, context, wrapped)
    }

    fn delete(&self, purpose: DeviceKeyPurpose) -> Result<(), DeviceKeyError> {
        self.0.delete(purpose)
    }

    fn counter(&self) -> Result<u64, DeviceKeyError> {
        self.0.counter()
    }

    fn set_counter(&self, value: u64) -> Result<(), DeviceKeyError> {
        self.0.set_counter(value)
    }

    fn level(&self) -> DeviceKeyLevel {
        self.1
    }
}

// Rows 27 and 113: a phone without a secure chip, or that its owner has opened since, says so and hides nothing.
#[test]
fn how_well_a_device_keeps_its_key_is_told_and_hinders_nobody() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    import(&mut wallet, br#"{"resourceType":"Observation","id":"1","code":{"text":"Glucose"}}"#).unwrap();
    drop((wallet, fresh));
    for level in [DeviceKeyLevel::SecureElement, DeviceKeyLevel::TrustedEnvironment, DeviceKeyLevel::Software]
    {
        let device = Device::of(&place, level);
        let clock = Box::new(place.clock.clone());
        let mut wallet = Wallet::open(&place.home(), device, clock, Rng::system()).unwrap();
        let fresh = wallet.unlock(&pin()).unwrap();
        let by_reader = wallet.reader(&fresh).unwrap().read(|snapshot| snapshot.status()).unwrap();
        assert_eq!((wallet.status().unwrap().device_key, by_reader.device_key), (level, level));
        assert_eq!(list(&wallet).len(), 1);
        assert_eq!(fresh.words(), words(1).text().as_str());
    }
}

#[test]
fn a_locked_wallet_shows_nothing() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    assert_eq!(wallet.status().unwrap().fingerprint.len(), 8);
    wallet.lock();
    assert!(!wallet.is_unlocked());
    assert_eq!(wallet.status().unwrap_err().code(), "Locked");
    assert_eq!(wallet.records(&Default::default()).unwrap_err().code(), "Locked");
    assert_eq!(wallet.export(&fresh, &mut Vec::new()).unwrap_err().code(), "Locked");
    assert_eq!(setup::import(&mut wallet, b"{}").unwrap_err().code(), "Locked");
}

#[test]
fn the_words_count_as_written_down_after_three_right_answers() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let words: Vec<&str> = words(1).words().collect();
    let answers = |pairs: &[(usize, &str)]| -> Vec<QuizAnswer> {
        pairs.iter().map(|&(position, word)| QuizAnswer { position, word: word.to_owned().into() }).collect()
    };
    for wrong in [
        answers(&[(1, words[0]), (2, words[1])]),
        answers(&[(1, words[0]), (2, words[1]), (2, words[1])]),
        answers(&[(1, words[0]), (2, words[1]), (3, words[23])]),
        answers(&[(1, words[0]), (2, words[1]), (25, words[23])]),
        answers(&[(1, words[0]), (2, words[1]), (0, words[0])]),
    ] {
        assert_eq!(wallet.confirm_words(&fresh, &wrong).unwrap_err().code(), "QuizFailed");
        assert!(!wallet.status().unwrap().words_verified);
    }
    let typed = format!("{} ", words[0].to_uppercase());
    wallet.confirm_words(&fresh, &answers(&[(1, &typed), (24, words[23]), (2, words[1])])).unwrap();
    assert!(wallet.status().unwrap().words_verified);
}

#[test]
fn secrets_do_not_show_themselves() {
    let place = Place::new();
    let (wallet, fresh) = place.create();
    assert_eq!(format!("{wallet:?} {fresh:?}"), "Wallet(unlocked) FreshAuthentication(..)");
}

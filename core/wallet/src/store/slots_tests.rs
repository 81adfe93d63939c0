//! Slots under attack: edited, put back, written in the form of an older version.

use std::fs;
use std::path::{Path, PathBuf};

use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_protocol::domain::{Duration, Object as _, Timestamp};

use super::attempts::{Attempts, Moment, SEALED_FROM};
use super::device_key::DeviceKeyPurpose;
use super::slot_contents::unwrap_secret;
use super::slots_file::{BiometricSlot, SlotsFile, VERSION};
use super::slots_version1::SlotsVersion1;
use super::{DeviceKey, Home, Slots, SoftwareDeviceKey};

/// The wallet of version 0.1.0, or of another, in a folder of its own.
struct Thawed {
    dir: tempfile::TempDir,
    /// What the wall's clock shows.
    wall: u64,
    /// For how long the device has been on, in seconds; none on a device that does not know.
    since_start: Option<u64>,
}

const RIGHT: &str = "739174";
const WRONG: &str = "846205";

impl Thawed {
    fn new() -> Self {
        Self::of("0.1.0")
    }

    fn of(version: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/stores").join(version);
        fs::create_dir(dir.path().join("wallet")).unwrap();
        for file in ["wallet/slots", "wallet/store.db", "device.key", "device.counter"] {
            // The counter is absent where nobody ever tried.
            let _ = fs::copy(from.join(file), dir.path().join(file));
        }
        Self { dir, wall: 1_800_003_600, since_start: Some(1_000) }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("wallet/slots")
    }

    fn device(&self) -> SoftwareDeviceKey {
        SoftwareDeviceKey::new(&self.dir.path().join("device.key"))
    }

    /// Tries a PIN in a process of its own, and says what came of it.
    fn try_pin(&self, pin: &str) -> &'static str {
        let files = Home::lock(self.dir.path()).unwrap().wallet();
        let now = Moment { wall: Timestamp(self.wall), since_start: self.since_start.map(Duration) };
        let (pin, rng) = (Pin::parse(pin).unwrap(), &mut Rng::seeded(1));
        let opened =
            Slots::read(files).and_then(|mut slots| slots.open_with_pin(&pin, &self.device(), now, rng));
        opened.map_or_else(|error| error.code(), |_| "ok")
    }

    fn edit(&self, edit: impl FnOnce(&mut SlotsFile)) {
        let mut slots = SlotsFile::from_cbor(&fs::read(self.file()).unwrap()).unwrap();
        edit(&mut slots);
        fs::write(self.file(), slots.to_cbor()).unwrap();
    }
}

#[test]
fn edited_tries_give_no_try_and_destroy_nothing() {
    let wallet = Thawed::new();
    assert_eq!(wallet.try_pin(WRONG), "WrongPin");
    let kept = fs::read(wallet.file()).unwrap();
    assert_eq!(SlotsFile::from_cbor(&kept).unwrap().version, VERSION, "the first try seals them");
    for edit in [
        (|slots| slots.pin.as_mut().unwrap().attempts[60] ^= 1) as fn(&mut SlotsFile),
        |slots| slots.pin.as_mut().unwrap().attempts.clear(),
        |slots| slots.revision += 1,
    ] {
        fs::write(wallet.file(), &kept).unwrap();
        wallet.edit(edit);
        let edited = fs::read(wallet.file()).unwrap();
        assert_eq!(wallet.try_pin(RIGHT), "PinSlotDestroyed");
        assert_eq!(fs::read(wallet.file()).unwrap(), edited, "it is left as it is");
    }
    fs::write(wallet.file(), &kept).unwrap();
    assert_eq!(wallet.try_pin(RIGHT), "ok");
}

#[test]
fn an_older_file_of_this_version_is_no_way_to_more_tries() {
    let wallet = Thawed::new();
    assert_eq!(wallet.try_pin(RIGHT), "ok");
    let kept = fs::read(wallet.file()).unwrap();
    assert_eq!(wallet.try_pin(WRONG), "WrongPin");
    fs::write(wallet.file(), &kept).unwrap();
    assert_eq!(wallet.try_pin(RIGHT), "PinSlotDestroyed");
    assert!(SlotsFile::from_cbor(&fs::read(wallet.file()).unwrap()).unwrap().pin.is_none());
}

/// As after a copy that was kept while the tenth try was counted, and put back once it had destroyed the slot.
#[test]
fn ten_tries_that_were_counted_are_the_last_whatever_kept_the_tenth_from_destroying_the_slot() {
    let wallet = Thawed::new();
    assert_eq!(wallet.try_pin(RIGHT), "ok");
    let (device, rng) = (wallet.device(), &mut Rng::seeded(3));
    let mut slots = Slots::read(Home::lock(wallet.dir.path()).unwrap().wallet()).unwrap();
    let secret =
        unwrap_secret(&slots.content.device, &slots.wallet().0, &device, DeviceKeyPurpose::Pin).unwrap();
    let mut attempts = Attempts::none(device.counter().unwrap());
    for failures in [9, 10] {
        attempts.failures = failures;
        slots.write_attempts(&attempts, &secret, rng).unwrap();
        let kept = fs::read(wallet.file()).unwrap();
        let tried = wallet.try_pin(RIGHT);
        assert_eq!(tried, if failures == 9 { "ok" } else { "PinSlotDestroyed" });
        if failures == 10 {
            assert_eq!(device.counter().unwrap(), attempts.tries, "it was no try");
            fs::write(wallet.file(), kept).unwrap();
            assert_eq!(wallet.try_pin(RIGHT), "PinSlotDestroyed");
        }
        attempts.tries = device.counter().unwrap();
    }
}

#[test]
fn tries_in_the_clear_are_taken_once_and_never_again() {
    let wallet = Thawed::new();
    let version_1 = fs::read(wallet.file()).unwrap();
    SlotsVersion1::from_cbor(&version_1).unwrap();
    let before = wallet.device().counter().unwrap();
    assert!(before < SEALED_FROM);
    assert_eq!(wallet.try_pin(WRONG), "WrongPin");
    assert!(wallet.device().counter().unwrap() > SEALED_FROM);
    // As it was, and with a counter that fits what the device has counted by now.
    let counter = wallet.device().counter().unwrap();
    let forged = SlotsVersion1::from_cbor(&version_1).unwrap().with_tries(counter + 1);
    for put_back in [version_1, forged.to_cbor()] {
        fs::write(wallet.file(), put_back).unwrap();
        assert_eq!(wallet.try_pin(RIGHT), "PinSlotDestroyed");
    }
}

#[test]
fn a_counter_that_went_on_without_a_new_pin_destroys_it() {
    let wallet = Thawed::new();
    assert_eq!(wallet.try_pin(RIGHT), "ok");
    let (dir, rng) = (tempfile::tempdir().unwrap(), &mut Rng::seeded(2));
    let device = SoftwareDeviceKey::new(&dir.path().join("device.key"));
    let staged = Home::lock(&dir.path().join("home")).unwrap().stage().unwrap();
    let (pin, now) = (Pin::parse(RIGHT).unwrap(), Moment { wall: Timestamp(1), since_start: None });
    let opened = Slots::read(Home::lock(wallet.dir.path()).unwrap().wallet())
        .and_then(|mut slots| slots.open_with_pin(&pin, &wallet.device(), now, rng))
        .unwrap();
    let mut slots =
        Slots::create(staged.files().clone(), super::WalletId([1; 16]), &opened, &pin, &device, rng).unwrap();
    assert_eq!(device.counter().unwrap(), SEALED_FROM, "before any try");
    device.set_counter(SEALED_FROM + 1).unwrap();
    assert_eq!(slots.open_with_pin(&pin, &device, now, rng).err().unwrap().code(), "PinSlotDestroyed");
}

#[test]
fn three_wrong_tries_while_the_clock_is_years_ahead_lock_for_no_longer_than_the_wait() {
    for since_start in [Some(1_000), None] {
        let mut wallet = Thawed::new();
        wallet.since_start = since_start;
        wallet.wall += 10 * 365 * 24 * 3_600;
        for _ in 0..3 {
            assert_eq!(wallet.try_pin(WRONG), "WrongPin");
        }
        wallet.wall -= 10 * 365 * 24 * 3_600;
        assert_eq!(wallet.try_pin(RIGHT), "PinDelayed");
        wallet.wall += 30;
        wallet.since_start = since_start.map(|since_start| since_start + 30);
        assert_eq!(wallet.try_pin(RIGHT), "ok");
    }
}

#[test]
fn a_clock_turned_forward_saves_no_wait() {
    let mut wallet = Thawed::new();
    for _ in 0..3 {
        assert_eq!(wallet.try_pin(WRONG), "WrongPin");
    }
    wallet.wall += 365 * 24 * 3_600;
    assert_eq!(wallet.try_pin(RIGHT), "PinDelayed");
    wallet.since_start = Some(29);
    assert_eq!(wallet.try_pin(RIGHT), "PinDelayed", "nor does a restart");
    wallet.since_start = Some(30);
    assert_eq!(wallet.try_pin(RIGHT), "ok");
}

#[test]
fn a_file_of_a_newer_version_is_left_untouched() {
    let wallet = Thawed::new();
    let newer = [&[0xa2, 0x00, 0x05, 0x01][..], &[0x41; 9]].concat();
    fs::write(wallet.file(), &newer).unwrap();
    assert_eq!(wallet.try_pin(RIGHT), "StorageTooNew");
    assert_eq!(fs::read(wallet.file()).unwrap(), newer);
}

#[test]
fn a_file_says_the_version_that_what_is_in_it_needs() {
    let biometric = || Some(BiometricSlot { wrapped: vec![1; 40], sealed: vec![2; 40] });
    for (version, biometric, code) in [
        (2, None, "ok"),
        (3, biometric(), "ok"),
        (3, None, "StorageCorrupt"),
        (2, biometric(), "StorageCorrupt"),
    ] {
        let wallet = Thawed::of("0.2.0");
        wallet.edit(|slots| (slots.version, slots.biometric) = (version, biometric));
        assert_eq!(wallet.try_pin(RIGHT), code, "{version}");
        if code == "ok" {
            assert_eq!(SlotsFile::from_cbor(&fs::read(wallet.file()).unwrap()).unwrap().version, VERSION);
            assert_eq!(wallet.try_pin(RIGHT), "ok", "and from then on by what it is");
            wallet.edit(|slots| slots.version = version);
            assert_eq!(wallet.try_pin(RIGHT), "PinSlotDestroyed", "no way back");
        }
    }
}

#[test]
fn an_old_pin_put_into_the_new_file_opens_nothing() {
    for version in ["0.1.0", "0.2.0"] {
        let wallet = Thawed::of(version);
        assert_eq!(wallet.try_pin(RIGHT), "ok");
        let old = SlotsFile::from_cbor(&fs::read(wallet.file()).unwrap()).unwrap().pin.unwrap();
        let (files, rng) = (Home::lock(wallet.dir.path()).unwrap().wallet(), &mut Rng::seeded(4));
        let now = Moment { wall: Timestamp(wallet.wall), since_start: None };
        let [right, new] = [RIGHT, WRONG].map(|pin| Pin::parse(pin).unwrap());
        let mut slots = Slots::read(files).unwrap();
        let opened = slots.open_with_pin(&right, &wallet.device(), now, rng).unwrap();
        slots.change_pin(&opened, &new, &wallet.device(), rng).unwrap();
        assert_eq!(wallet.try_pin(WRONG), "ok", "the new one");
        let kept = fs::read(wallet.file()).unwrap();
        wallet.edit(|slots| {
            let pin = slots.pin.as_mut().unwrap();
            (pin.parameters, pin.sealed) = (old.parameters, old.sealed);
        });
        let spliced = fs::read(wallet.file()).unwrap();
        for pin in [RIGHT, WRONG] {
            assert_eq!(wallet.try_pin(pin), "PinSlotDestroyed", "{pin}");
        }
        assert_eq!(fs::read(wallet.file()).unwrap(), spliced, "it is left as it is");
        fs::write(wallet.file(), kept).unwrap();
        assert_eq!(wallet.try_pin(WRONG), "ok");
    }
}

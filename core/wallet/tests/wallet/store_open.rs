//! What happens when the files of a wallet are not those that were last written.

use std::fs;
use std::path::Path;

use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_wallet::{NewWallet, StoreError, Wallet, WalletError};

use crate::setup::{Place, TestClock, create, device, import, list, pin, words};

/// A wallet with enough records for many pages, closed.
fn filled() -> Place {
    let place = Place::new();
    let (mut wallet, _) = place.create();
    import(&mut wallet, &records(600)).unwrap();
    place
}

fn records(count: usize) -> Vec<u8> {
    let line = |index: usize| {
        format!(r#"{{"resourceType":"Observation","id":"{index}","code":{{"text":"Glucose {index}"}}}}"#)
    };
    (0..count).map(line).collect::<Vec<_>>().join("\n").into_bytes()
}

/// Sets a new PIN by the recovery words, which is a decision in the state log.
fn change_state(place: &Place, new_pin: &str) {
    let mut wallet = place.open().unwrap();
    wallet.unlock_with_words(&words(1), &Passphrase::none(), &Pin::parse(new_pin).unwrap()).unwrap();
}

#[test]
fn a_missing_or_empty_database_is_not_a_new_wallet() {
    let place = filled();
    let kept = fs::read(place.file("store.db")).unwrap();
    fs::write(place.file("store.db"), b"").unwrap();
    assert_eq!(place.refusal(), "StorageMissing");
    assert_eq!(fs::read(place.file("store.db")).unwrap(), b"");
    fs::remove_file(place.file("store.db")).unwrap();
    assert_eq!(place.refusal(), "StorageMissing");
    assert!(!place.file("store.db").exists());
    let (again, clock) = (place.home(), Box::new(place.clock.clone()));
    let (words, passphrase) = (words(1), Passphrase::none());
    let error = Wallet::create(NewWallet {
        home: &again,
        words: &words,
        passphrase: &passphrase,
        pin: &pin(),
        device: device(&again),
        clock,
        rng: Rng::system(),
    });
    assert_eq!(error.unwrap_err().code(), "WalletExists");
    fs::write(place.file("store.db"), kept).unwrap();
    assert_eq!(list(&place.unlock().unwrap().0).len(), 600);
}

/// What happens to the content of a file.
type Damage<'a> = &'a dyn Fn(&mut Vec<u8>);

#[test]
fn damage_anywhere_is_told_and_never_repaired_by_deleting() {
    let place = filled();
    let kept = fs::read(place.file("store.db")).unwrap();
    let page = 4096;
    let swapped = |content: &mut Vec<u8>| {
        let (second, third) = content[page..3 * page].split_at_mut(page);
        second.swap_with_slice(third);
    };
    let damages: [(&str, Damage<'_>); 8] = [
        ("the first bytes zeroed", &|content| content[..16].fill(0)),
        ("the header overwritten", &|content| content[16..100].fill(7)),
        ("cut to one byte", &|content| content.truncate(1)),
        ("cut within the first page", &|content| content.truncate(2_000)),
        ("cut by three pages", &|content| content.truncate(content.len() - 3 * page)),
        ("a bit in the first page", &|content| content[3_000] ^= 1),
        ("a bit in the first page's tag", &|content| content[page - 1] ^= 1),
        ("two pages swapped", &swapped),
    ];
    for (name, damage) in damages {
        let mut content = kept.clone();
        damage(&mut content);
        fs::write(place.file("store.db"), &content).unwrap();
        let read = read_everything(&place).map_err(|error| error.code());
        assert_eq!(read, Err("StorageCorrupt"), "{name}");
        assert_eq!(fs::read(place.file("store.db")).unwrap(), content, "{name}");
    }
    fs::write(place.file("store.db"), &kept).unwrap();
    read_everything(&place).unwrap();
}

fn read_everything(place: &Place) -> Result<(), WalletError> {
    let (wallet, fresh) = place.unlock()?;
    let mut out = Vec::new();
    wallet.export(&fresh, &mut out)?;
    let mut query = keepwell_wallet::Query { limit: 1_000, ..Default::default() };
    query.text = Some("glucose".into());
    wallet.records(&query)?;
    query.text = None;
    wallet.records(&query).map(drop)
}

#[test]
fn an_older_database_is_refused_after_a_decision_and_welcome_before() {
    let place = filled();
    let old = fs::read(place.file("store.db")).unwrap();
    place.unlock().unwrap();
    fs::write(place.file("store.db"), &old).unwrap();
    place.unlock().unwrap();
    change_state(&place, "846205");
    let new = fs::read(place.file("store.db")).unwrap();
    fs::write(place.file("store.db"), &old).unwrap();
    let mut wallet = place.open().unwrap();
    let error = wallet.unlock(&Pin::parse("846205").unwrap()).unwrap_err();
    assert!(matches!(error, WalletError::Store(StoreError::RolledBack { found: 1, sealed: 2 })), "{error}");
    assert_eq!(fs::read(place.file("store.db")).unwrap(), old);
    drop(wallet);
    fs::write(place.file("store.db"), &new).unwrap();
    place.open().unwrap().unlock(&Pin::parse("846205").unwrap()).unwrap();
}

#[test]
fn older_slots_open_to_no_pin_but_to_the_words_and_the_right_ones_to_theirs() {
    let place = filled();
    let first = fs::read(place.file("slots")).unwrap();
    change_state(&place, "846205");
    let second = fs::read(place.file("slots")).unwrap();
    change_state(&place, "951062");
    let mut right = fs::read(place.file("slots")).unwrap();
    let code = |pin: &str| {
        let unlocked = place.open().unwrap().unlock(&Pin::parse(pin).unwrap());
        unlocked.map_or_else(|error| error.code(), |_| "ok")
    };
    for old in [&first, &second] {
        fs::write(place.file("slots"), old).unwrap();
        for pin in ["739174", "846205", "951062"] {
            assert_eq!(code(pin), "PinSlotDestroyed");
        }
        fs::write(place.file("slots"), &right).unwrap();
        assert_eq!(code("951062"), "ok", "nothing is lost with the right file");
        right = fs::read(place.file("slots")).unwrap();
    }
    for (old, new_pin) in [(first, "620417"), (second, "308592")] {
        // Once as it was put back, and once more with its PIN slot destroyed by a try.
        for is_tried in [false, true] {
            fs::write(place.file("slots"), &old).unwrap();
            if is_tried {
                assert_eq!(code("739174"), "PinSlotDestroyed");
            }
            change_state(&place, new_pin);
            assert_eq!(code(new_pin), "ok");
            assert_eq!(code("951062"), "WrongPin");
            assert_eq!(code(new_pin), "ok");
        }
    }
}

#[test]
fn a_sealed_head_may_be_one_behind_but_not_two_nor_gone_nor_anothers() {
    let place = filled();
    let first = fs::read(place.file("head")).unwrap();
    change_state(&place, "739174");
    let second = fs::read(place.file("head")).unwrap();
    // As after a crash between the commit and the sealing.
    fs::write(place.file("head"), &first).unwrap();
    place.unlock().unwrap();
    change_state(&place, "739174");
    fs::write(place.file("head"), &first).unwrap();
    assert_eq!(place.refusal(), "StorageRolledBack");
    fs::write(place.file("head"), &second).unwrap();
    place.unlock().unwrap();
    let other = filled();
    fs::copy(other.file("head"), place.file("head")).unwrap();
    assert_eq!(place.refusal(), "StorageCorrupt");
    fs::remove_file(place.file("head")).unwrap();
    assert_eq!(place.refusal(), "StorageCorrupt");
}

#[test]
fn another_wallets_database_is_told_apart_from_a_damaged_one() {
    let (place, other) = (filled(), filled());
    fs::copy(other.file("store.db"), place.file("store.db")).unwrap();
    assert_eq!(place.refusal(), "StorageOtherWallet");
}

#[test]
fn a_database_that_is_not_encrypted_is_refused() {
    let place = filled();
    let mut plain = b"SQLite format 3\0".to_vec();
    plain.resize(8_192, 0);
    fs::write(place.file("store.db"), &plain).unwrap();
    assert_eq!(place.refusal(), "NotEncrypted");
    assert_eq!(fs::read(place.file("store.db")).unwrap(), plain);
}

#[test]
fn nothing_of_a_record_can_be_read_in_the_files() {
    let place = filled();
    for name in ["store.db", "slots", "head"] {
        let content = fs::read(place.file(name)).unwrap();
        for word in [&b"Glucose"[..], b"Observation", b"SQLite", b"state_log", b"one two"] {
            assert!(!content.windows(word.len()).any(|window| window == word), "{name}");
        }
    }
}

#[test]
fn damaged_or_missing_slots_are_told() {
    let place = filled();
    let kept = fs::read(place.file("slots")).unwrap();
    for at in [0, 1, 40, kept.len() / 2] {
        let mut slots = kept.clone();
        slots.truncate(at);
        fs::write(place.file("slots"), &slots).unwrap();
        assert_eq!(place.refusal(), "StorageCorrupt", "cut at {at}");
    }
    fs::write(place.file("slots"), vec![0; 100_000]).unwrap();
    assert_eq!(place.refusal(), "StorageCorrupt");
    fs::remove_file(place.file("slots")).unwrap();
    assert_eq!(place.refusal(), "StorageCorrupt");
    assert_eq!(Place::new().refusal(), "NoWallet");
}

#[cfg(unix)]
#[test]
fn a_database_with_a_second_name_is_refused() {
    let place = filled();
    let second = place.home().join("second.db");
    fs::hard_link(place.file("store.db"), &second).unwrap();
    assert_eq!(place.refusal(), "StorageUnsafePlace");
    fs::remove_file(second).unwrap();
    place.unlock().unwrap();
}

#[cfg(unix)]
#[test]
fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = filled();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.home()), 0o700);
    assert_eq!(mode(&place.home().join("wallet")), 0o700);
    for file in [place.file("slots"), place.file("head"), place.home().join("device.key")] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn one_handle_at_a_time_and_the_next_when_it_is_gone() {
    let place = filled();
    let first = place.open().unwrap();
    assert_eq!(place.open().unwrap_err().code(), "Busy");
    drop(first);
    place.open().unwrap();
}

#[test]
fn what_a_crash_left_of_a_wallet_in_the_making_is_no_wallet() {
    let place = Place::new();
    fs::create_dir_all(place.home().join("wallet.new")).unwrap();
    fs::write(place.home().join("wallet.new/slots"), b"half").unwrap();
    assert_eq!(place.refusal(), "NoWallet");
    let (wallet, _) = create(&place.home(), &TestClock::default(), 1);
    assert!(wallet.is_unlocked());
}

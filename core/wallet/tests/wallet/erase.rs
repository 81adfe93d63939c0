//! The wallet gone from this device: all of it, nothing else, and for good.

use std::collections::BTreeSet;
use std::fs;

use crate::setup::{Place, create};

fn names(place: &Place) -> BTreeSet<String> {
    let entries = fs::read_dir(place.home()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// What an erasing leaves: the file by which the home is locked.
fn nothing() -> BTreeSet<String> {
    BTreeSet::from(["lock".to_owned()])
}

#[test]
fn an_erased_wallet_leaves_nothing_of_its_own_and_everything_else() {
    for is_forgotten in [false, true] {
        let place = Place::new();
        let (wallet, fresh) = place.create();
        fs::write(place.home().join("letter.pdf"), b"mine").unwrap();
        fs::create_dir(place.home().join("wallet.old")).unwrap();
        let outside = place.home().join("../outside");
        fs::write(&outside, b"mine").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, place.file("link")).unwrap();
        if is_forgotten { wallet.erase_unauthenticated() } else { wallet.erase(fresh) }.unwrap();
        let mine = ["letter.pdf", "wallet.old"].map(str::to_owned);
        assert_eq!(names(&place), nothing().into_iter().chain(mine).collect());
        assert!(outside.exists());
        assert_eq!(place.open().unwrap_err().code(), "NoWallet");
        create(&place.home(), &place.clock, 2);
        place.unlock().unwrap();
    }
}

/// Every state in which a device that is switched off can be left, from the moment that the wallet is gone.
#[test]
fn an_erasing_that_was_broken_off_is_finished_by_whoever_comes_next() {
    for (left, makes_another) in [(0, false), (1, false), (2, false), (3, false), (2, true)] {
        let place = Place::new();
        place.create();
        let erasing = place.home().join("wallet.erasing");
        fs::rename(place.home().join("wallet"), &erasing).unwrap();
        if left > 0 {
            fs::remove_file(erasing.join("slots")).unwrap();
        }
        if left > 1 {
            fs::remove_file(place.home().join("device.key")).unwrap();
        }
        if left > 2 {
            fs::remove_file(erasing.join("store.db")).unwrap();
        }
        if makes_another {
            create(&place.home(), &place.clock, 2);
            assert!(!erasing.exists());
            place.unlock().unwrap();
        } else {
            assert_eq!(place.open().unwrap_err().code(), "NoWallet");
            assert_eq!(names(&place), nothing(), "broken off after {left} steps");
        }
    }
}

#[test]
fn what_an_erasing_left_beside_a_wallet_costs_that_wallet_nothing() {
    let place = Place::new();
    place.create();
    let erasing = place.home().join("wallet.erasing");
    fs::create_dir(&erasing).unwrap();
    fs::copy(place.file("slots"), erasing.join("slots")).unwrap();
    place.unlock().unwrap();
    assert!(erasing.join("slots").exists(), "somebody put it there");
    let (wallet, fresh) = place.unlock().unwrap();
    wallet.erase(fresh).unwrap();
    assert_eq!(names(&place), nothing());
}

#[cfg(unix)]
#[test]
fn what_lies_behind_a_link_is_never_erased() {
    use std::os::unix::fs::symlink;

    let place = Place::new();
    let (wallet, fresh) = place.create();
    let behind = place.home().join("../behind");
    fs::create_dir(&behind).unwrap();
    fs::write(behind.join("letter.pdf"), b"mine").unwrap();
    let erasing = place.home().join("wallet.erasing");
    symlink(&behind, &erasing).unwrap();
    wallet.erase(fresh).unwrap();
    assert_eq!(names(&place), nothing());
    symlink(&behind, &erasing).unwrap();
    assert_eq!(place.open().unwrap_err().code(), "NoWallet");
    assert_eq!(names(&place), nothing());
    assert!(behind.join("letter.pdf").exists());

    // A wallet that its owner has moved to another disk.
    place.create();
    let moved = place.home().join("../moved");
    fs::rename(place.home().join("wallet"), &moved).unwrap();
    symlink(&moved, place.home().join("wallet")).unwrap();
    assert_eq!(place.open().unwrap().erase_unauthenticated().unwrap_err().code(), "StorageUnsafePlace");
    place.unlock().unwrap();
}

#[test]
fn slots_that_cannot_be_removed_keep_no_key_and_no_file_and_the_next_start_goes_on() {
    let place = Place::new();
    place.create();
    let erasing = place.home().join("wallet.erasing");
    fs::rename(place.home().join("wallet"), &erasing).unwrap();
    // A folder is no file that can be removed as one.
    fs::remove_file(erasing.join("slots")).unwrap();
    fs::create_dir(erasing.join("slots")).unwrap();
    fs::create_dir(place.home().join("wallet.new")).unwrap();
    fs::write(place.home().join("wallet.new/slots"), b"of a wallet that 0.2.0 was to erase").unwrap();
    assert_eq!(place.open().unwrap_err().code(), "NoWallet");
    assert!(!place.home().join("device.key").exists());
    assert!(!erasing.join("store.db").exists());
    assert_eq!(place.open().unwrap_err().code(), "NoWallet");
    assert_eq!(names(&place), nothing());
}

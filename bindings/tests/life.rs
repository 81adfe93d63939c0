//! The life of a wallet: one instance, locking by itself, what is void after, texts that are none.

mod setup;

use std::time::Duration;

use keepwell::{
    ArgumentReason, Passphrase, Pin, RecordQuery, RecoveryWords, ServerReason, Wallet, WalletError,
    create_wallet,
};
use keepwell_wallet::AutoLock;

use setup::{InvitingHost, PIN, Place, ServerProcesses, eventually, import, typed_pin, unlock, wait};

#[test]
fn one_instance_has_a_folder_until_it_is_released_or_let_go() {
    let place = Place::new();
    let (first, _) = place.create();
    assert_eq!(wait(Wallet::open(place.config())).map(drop), Err(WalletError::Busy));
    wait(first.release()).unwrap();
    let second = wait(Wallet::open(place.config())).unwrap();
    assert_eq!(wait(Wallet::open(place.config())).map(drop), Err(WalletError::Busy));
    drop(second);
    eventually(|| wait(Wallet::open(place.config())).is_ok());
}

// Row 106: after it was released every call is refused, and releasing again is nothing.
#[test]
fn a_released_wallet_refuses_every_call_and_its_authentication_is_void() {
    let place = Place::new();
    let (wallet, authentication) = place.create();
    wait(wallet.release()).unwrap();
    wait(wallet.release()).unwrap();
    assert!(!wallet.is_unlocked().unwrap());
    assert_eq!(authentication.words(), Err(WalletError::Closed));
    assert_eq!(wait(wallet.status()).map(drop), Err(WalletError::Closed));
    assert_eq!(
        wait(wallet.records(RecordQuery { limit: 1, ..RecordQuery::default() })).map(drop),
        Err(WalletError::Closed)
    );
    assert_eq!(unlock(&wallet).map(drop), Err(WalletError::Closed));
    let file = place.path("out.ndjson").to_str().unwrap().to_owned();
    assert_eq!(wait(wallet.export_records(authentication, file)).map(drop), Err(WalletError::Closed));
}

// Row 29: two unlocks at once.
#[test]
fn two_unlocks_at_once_both_get_in_and_a_wrong_one_beside_them_does_not() {
    let place = Place::new();
    let (wallet, _) = place.create();
    wait(wallet.lock()).unwrap();
    let (one, wrong, other) = wait(async {
        tokio::join!(
            wallet.unlock(typed_pin(PIN), None),
            wallet.unlock(typed_pin(b"305815"), None),
            wallet.unlock(typed_pin(PIN), None)
        )
    });
    assert_eq!(wrong.map(drop), Err(WalletError::WrongPin { left: 9 }));
    let words = String::from_utf8(place.words.text().unwrap()).unwrap();
    for authentication in [one.unwrap(), other.unwrap()] {
        assert_eq!(String::from_utf8(authentication.words().unwrap()).unwrap(), words);
    }
}

#[test]
fn locking_voids_every_authentication_and_voiding_one_does_not_lock() {
    let place = Place::new();
    let (wallet, first) = place.create();
    let second = unlock(&wallet).unwrap();
    first.void().unwrap();
    assert_eq!(first.words(), Err(WalletError::Closed));
    assert!(second.words().is_ok());
    wait(wallet.status()).unwrap();
    wait(wallet.lock()).unwrap();
    assert_eq!(second.words(), Err(WalletError::Closed));
    assert_eq!(wait(wallet.status()).map(drop), Err(WalletError::Locked));
}

#[test]
fn an_unused_wallet_locks_itself_sooner_in_the_background_and_never_if_told_so() {
    let place = Place::new();
    let (wallet, authentication) = place.create();
    let short = Some(Duration::from_millis(300));
    wait(wallet.set_auto_lock(short, None)).unwrap();
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(100));
        wait(wallet.status()).unwrap();
    }
    eventually(|| !wallet.is_unlocked().unwrap());
    assert_eq!(authentication.words(), Err(WalletError::Closed));

    unlock(&wallet).unwrap();
    wait(wallet.set_in_background(true)).unwrap();
    std::thread::sleep(Duration::from_millis(600));
    assert!(wallet.is_unlocked().unwrap(), "never in the background");

    wait(wallet.set_auto_lock(None, short)).unwrap();
    eventually(|| !wallet.is_unlocked().unwrap());

    wait(wallet.set_in_background(false)).unwrap();
    unlock(&wallet).unwrap();
    std::thread::sleep(Duration::from_millis(600));
    assert!(wallet.is_unlocked().unwrap(), "never in front");
}

#[test]
fn a_wallet_that_locks_at_once_can_be_unlocked_again_and_set_back() {
    let place = Place::new();
    let (wallet, _) = place.create();
    wait(wallet.set_auto_lock(Some(Duration::ZERO), Some(Duration::ZERO))).unwrap();
    eventually(|| !wallet.is_unlocked().unwrap());
    unlock(&wallet).unwrap();
    let remembered = wait(wallet.auto_lock()).unwrap();
    let least = AutoLock { in_front: Some(Duration::from_secs(30)), in_background: Some(Duration::ZERO) };
    assert_eq!(remembered, least);
    wait(wallet.set_auto_lock(None, None)).unwrap();
    assert!(wallet.is_unlocked().unwrap());
}

#[test]
fn unlocking_in_the_background_gives_the_time_that_the_background_has() {
    let place = Place::new();
    let (wallet, _) = place.create();
    wait(wallet.set_auto_lock(None, Some(Duration::from_secs(5)))).unwrap();
    wait(wallet.set_in_background(true)).unwrap();
    eventually(|| !wallet.is_unlocked().unwrap());
    unlock(&wallet).unwrap();
    wait(wallet.status()).unwrap();
    eventually(|| !wallet.is_unlocked().unwrap());
}

// Row 17: a lone surrogate that a language let through as bytes, and other bytes that are no text.
#[test]
fn bytes_that_are_no_text_are_refused_and_change_nothing() {
    let place = Place::new();
    let (wallet, authentication) = place.create();
    let invalid = WalletError::InvalidArgument { reason: ArgumentReason::InvalidText };
    for bytes in [&b"\xed\xa0\x80"[..], b"\xff", b"30581\xc3"] {
        assert_eq!(RecoveryWords::parse(bytes.to_vec()).map(drop), Err(invalid.clone()));
        assert_eq!(keepwell::suggest_words(bytes.to_vec()), Err(invalid.clone()));
        assert_eq!(Pin::new(bytes.to_vec()).map(drop), Err(invalid.clone()));
        assert_eq!(Passphrase::new(bytes.to_vec()).map(drop), Err(invalid.clone()));
        let answers = [1, 2, 3].map(|position| keepwell::QuizAnswer { position, word: bytes.to_vec() });
        assert_eq!(wait(wallet.confirm_words(authentication.clone(), answers.into())), Err(invalid.clone()));
    }
    assert!(wallet.is_unlocked().unwrap());
    wait(wallet.lock()).unwrap();
    assert_eq!(
        wait(wallet.unlock(typed_pin(b"305815"), None)).map(drop),
        Err(WalletError::WrongPin { left: 9 })
    );
    unlock(&wallet).unwrap();
}

#[test]
fn a_pin_that_a_thief_tries_first_opens_where_it_was_set_and_is_set_no_more() {
    let place = Place::new();
    let unsuitable = |reason: &str| Err(WalletError::PinUnsuitable { reason: reason.into() });
    for (digits, reason) in [("27182", "PinWrongLength"), ("27182x", "PinNotDigits")] {
        assert_eq!(Pin::new(digits.into()).map(drop), unsuitable(reason), "{digits}");
    }
    let guessable = Pin::new("123456".into()).unwrap();
    assert_eq!(guessable.check_choice(), unsuitable("PinGuessable"));
    assert_eq!(typed_pin(PIN).check_choice(), Ok(()));
    let made = create_wallet(place.config(), place.words.clone(), guessable.clone(), None);
    assert_eq!(wait(made).map(drop), unsuitable("PinGuessable"));
    let (wallet, _) = place.create();
    assert_eq!(
        wait(wallet.unlock(guessable.clone(), None)).map(drop),
        Err(WalletError::WrongPin { left: 9 })
    );
    let changed = wallet.unlock_with_words(place.words.clone(), guessable, None, None);
    assert_eq!(wait(changed).map(drop), unsuitable("PinGuessable"));
}

#[test]
fn another_passphrase_is_another_wallet_and_none_is_the_same_as_an_empty_one() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let changed = |text: Option<&str>| {
        let passphrase = text.map(|text| Passphrase::new(text.into()).unwrap());
        wait(wallet.unlock_with_words(place.words.clone(), typed_pin(PIN), passphrase, None)).map(drop)
    };
    assert_eq!(changed(Some("a summer evening")), Err(WalletError::WrongWords));
    assert_eq!(changed(None), Ok(()));
    assert_eq!(changed(Some("")), Ok(()));
    let too_long = Err(WalletError::InvalidArgument { reason: ArgumentReason::PassphraseTooLong });
    assert_eq!(Passphrase::new(vec![b'a'; 257]).map(drop), too_long);
}

#[test]
fn who_counts_as_the_owner_is_told_and_can_be_forgotten() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let patient = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Moser","given":["Lena"]}],"birthDate":"1981-04-12"}"#;
    import(&wallet, patient);
    let people = wait(wallet.people()).unwrap();
    assert_eq!((people.len(), people[0].number, people[0].name.as_deref()), (1, 1, Some("Lena Moser")));
    assert_eq!((people[0].ids.clone(), people[0].imports.len()), (vec!["p1".to_owned()], 1));
    assert!(wait(wallet.forget_person(2)).is_err());
    wait(wallet.forget_person(1)).unwrap();
    assert_eq!(wait(wallet.people()).unwrap(), []);
}

#[test]
fn a_host_that_takes_whom_it_invites_is_shown_the_invitation() {
    let (place, processes) = (Place::new(), ServerProcesses::start());
    let host = InvitingHost::start(&processes);
    let (wallet, authentication) = place.create();
    let connect = |invite: Option<&str>| {
        let invite = invite.map(str::to_owned);
        wait(wallet.connect(authentication.clone(), host.servers.clone(), None, invite)).map(drop)
    };
    let needed = Err(WalletError::ServerRefused { reason: ServerReason::InviteNeeded });
    assert_eq!(connect(None), needed);
    let malformed = Err(WalletError::InvalidArgument { reason: ArgumentReason::InviteMalformed });
    assert_eq!(connect(Some("keepwell:i/")), malformed);
    assert_eq!(connect(Some(&host.invite())), Ok(()));
}

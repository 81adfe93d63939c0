//! Two wallets of the same words: the one that took over last goes on, the other one stops.

use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::Category;
use keepwell_wallet::{StoreError, Wallet, WalletError};

use crate::parties::{PATIENT, Parties, categories, record};
use crate::restore_words::restore;
use crate::setup::{self, import, list};

fn begun(of: u8) -> (Parties, Wallet) {
    let parties = Parties::start();
    let clinic = parties.provider(of, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    (parties, wallet)
}

#[test]
fn a_phone_whose_wallet_was_restored_elsewhere_closes_its_pin_and_publishes_nothing() {
    let (parties, mut lost) = begun(120);
    let (mut restored, _) = restore(&parties, "new phone", 1).unwrap();
    import(&mut restored, &record("AllergyIntolerance", "a1")).unwrap();
    assert_eq!(parties.sync(&mut restored).queued, 0);

    import(&mut lost, &record("AllergyIntolerance", "a2")).unwrap();
    parties.wire.seen.lock().unwrap().heads.clear();
    let refused = parties.try_sync(&mut lost).unwrap_err();
    assert!(matches!(refused, WalletError::TakenOver), "{refused:?}");
    assert!(!lost.is_unlocked());
    let opened = lost.unlock(&setup::pin()).map(drop);
    assert!(matches!(opened, Err(WalletError::Store(StoreError::PinSlotDestroyed))), "{opened:?}");
    // Its words show what is there and send nothing.
    lost.unlock_with_words(&setup::words(1), &Passphrase::none(), &setup::pin()).unwrap();
    assert_eq!(list(&lost).len(), 2);
    assert!(matches!(parties.try_sync(&mut lost), Err(WalletError::TakenOver)));
    assert!(parties.wire.seen.lock().unwrap().heads.is_empty());

    // The other one goes on.
    import(&mut restored, &record("AllergyIntolerance", "a3")).unwrap();
    assert_eq!(parties.sync(&mut restored).queued, 0);
    assert_eq!(list(&restored).len(), 3);
    let (again, _) = restore(&parties, "newest phone", 1).unwrap();
    assert_eq!(list(&again).len(), 3);
}

#[test]
fn whichever_command_finds_it_out_the_next_one_stops() {
    let (parties, mut lost) = begun(121);
    let (mut restored, _) = restore(&parties, "new phone", 1).unwrap();
    import(&mut restored, &record("AllergyIntolerance", "a1")).unwrap();
    parties.sync(&mut restored);
    let fresh = lost.unlock(&setup::pin()).unwrap();
    import(&mut lost, &record("AllergyIntolerance", "a2")).unwrap();
    let share = || keepwell_wallet::ShareRequest {
        scopes: vec![categories(&[Category::Allergies])],
        label: None,
        life: keepwell_protocol::domain::Duration::minutes(5),
        opens: None,
    };
    for _ in 0..2 {
        assert!(matches!(lost.share(parties.network(), share()), Err(WalletError::TakenOver)));
    }
    assert!(!lost.is_unlocked());
    drop(fresh);
    assert!(lost.unlock(&setup::pin()).is_err());
}

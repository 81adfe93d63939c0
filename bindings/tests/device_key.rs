//! What an app's device key may do wrong, and what it costs: never a try of the PIN, never the wallet.

mod setup;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use keepwell::{Cancellation, DeviceKeyError, WalletError};
use keepwell_wallet::DeviceKeyLevel;

use setup::{Behaviour, PIN, Place, typed_pin, unlock, wait};

fn failed(reason: &str) -> WalletError {
    WalletError::DeviceKeyFailed { reason: reason.into() }
}

// Rows 28 and 107 of the threats: wrong answers, none in time, and one that asks the wallet which waits for it.
#[test]
fn a_device_key_that_misbehaves_is_unavailable_costs_no_try_and_is_asked_once() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let unavailable = failed("DeviceKeyUnavailable");
    for (behaviour, told) in [
        (Behaviour::WrongLength, unavailable.clone()),
        (Behaviour::WrongBytes, unavailable.clone()),
        (Behaviour::NeverAnswers, unavailable.clone()),
        (Behaviour::CallsBack(Arc::downgrade(&wallet)), unavailable.clone()),
        (Behaviour::Fails(DeviceKeyError::Unavailable), unavailable),
        (Behaviour::Fails(DeviceKeyError::Refused), failed("DeviceKeyRefused")),
        (Behaviour::Fails(DeviceKeyError::LockedOut), failed("DeviceKeyLockedOut")),
        (Behaviour::Fails(DeviceKeyError::Lost), failed("DeviceKeyLost")),
    ] {
        wait(wallet.lock()).unwrap();
        place.device_key.behave(behaviour);
        let asked = place.device_key.asked.load(Ordering::SeqCst);
        let began = Instant::now();
        assert_eq!(unlock(&wallet).map(drop), Err(told));
        assert!(began.elapsed() < Duration::from_secs(20), "the deadline is half a second");
        assert_eq!(place.device_key.asked.load(Ordering::SeqCst), asked + 1, "no retry storm");
        assert!(!wallet.is_unlocked().unwrap());
    }
    place.device_key.behave(Behaviour::Works);
    assert_eq!(
        wait(wallet.unlock(typed_pin(b"305815"), None)).map(drop),
        Err(WalletError::WrongPin { left: 9 })
    );
    unlock(&wallet).unwrap();
}

// Row 26: the key was invalidated.
#[test]
fn a_lost_device_key_leaves_the_words_which_set_a_new_pin() {
    let place = Place::new();
    let (wallet, _) = place.create();
    wait(wallet.lock()).unwrap();
    place.device_key.behave(Behaviour::Fails(DeviceKeyError::Lost));
    assert_eq!(unlock(&wallet).map(drop), Err(failed("DeviceKeyLost")));
    wait(wallet.unlock_with_words(place.words.clone(), typed_pin(b"719364"), None, None)).unwrap();
    wait(wallet.lock()).unwrap();
    place.device_key.behave(Behaviour::Works);
    wait(wallet.unlock(typed_pin(b"719364"), None)).unwrap();
}

#[test]
fn a_counter_that_went_on_without_the_wallet_destroys_the_pin_but_not_the_words() {
    let place = Place::new();
    let (wallet, _) = place.create();
    wait(wallet.lock()).unwrap();
    // A counter that was set back is only set again.
    place.device_key.counter.store(0, Ordering::SeqCst);
    unlock(&wallet).unwrap();
    wait(wallet.lock()).unwrap();
    place.device_key.counter.fetch_add(1, Ordering::SeqCst);
    assert_eq!(unlock(&wallet).map(drop), Err(WalletError::PinSlotDestroyed));
    wait(wallet.unlock_with_words(place.words.clone(), typed_pin(PIN), None, None)).unwrap();
    wait(wallet.lock()).unwrap();
    unlock(&wallet).unwrap();
}

// Rows 27 and 113: a weaker key, as on a phone without a secure chip or that its owner has opened, is told and hinders nothing.
#[test]
fn how_well_the_device_keeps_its_key_is_told() {
    for level in [DeviceKeyLevel::Software, DeviceKeyLevel::TrustedEnvironment, DeviceKeyLevel::SecureElement]
    {
        let place = Place::new();
        *place.device_key.level.lock().unwrap() = Some(level);
        let (wallet, _) = place.create();
        assert_eq!(wait(wallet.status()).unwrap().device_key, level);
    }
}

#[test]
fn letting_go_of_a_call_ends_what_the_device_key_was_asked() {
    let place = Place::new();
    let mut config = place.config();
    config.device_key_deadline = Some(Duration::from_secs(600));
    let (wallet, _) = place.create_with(config);
    wait(wallet.lock()).unwrap();
    place.device_key.behave(Behaviour::NeverAnswers);
    let asked = place.device_key.asked.load(Ordering::SeqCst);
    let given_up = wait(async {
        tokio::select! {
            outcome = wallet.unlock(typed_pin(PIN), None) => Some(outcome),
            () = async {
                while place.device_key.asked.load(Ordering::SeqCst) == asked {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            } => None,
        }
    });
    assert!(given_up.is_none(), "it was asked and let go");
    place.device_key.behave(Behaviour::Works);
    let began = Instant::now();
    unlock(&wallet).unwrap();
    assert!(began.elapsed() < Duration::from_secs(60), "the deadline was ten minutes");
}

#[test]
fn cancelling_what_unlocks_ends_what_the_device_key_was_asked_and_costs_no_try() {
    let place = Place::new();
    let mut config = place.config();
    config.device_key_deadline = Some(Duration::from_secs(600));
    let (wallet, _) = place.create_with(config);
    wait(wallet.lock()).unwrap();
    place.device_key.behave(Behaviour::NeverAnswers);
    let asked = place.device_key.asked.load(Ordering::SeqCst);
    let cancellation = Cancellation::new();
    let began = Instant::now();
    let (unlocked, ()) = wait(async {
        tokio::join!(wallet.unlock(typed_pin(PIN), Some(cancellation.clone())), async {
            while place.device_key.asked.load(Ordering::SeqCst) == asked {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            cancellation.cancel().unwrap();
        })
    });
    assert_eq!(unlocked.map(drop), Err(WalletError::Cancelled));
    assert!(began.elapsed() < Duration::from_secs(60), "the deadline was ten minutes");
    place.device_key.behave(Behaviour::Works);
    assert_eq!(
        wait(wallet.unlock(typed_pin(b"305815"), None)).map(drop),
        Err(WalletError::WrongPin { left: 9 })
    );
    unlock(&wallet).unwrap();
}

#[test]
fn a_new_pin_that_the_device_does_not_take_locks_a_wallet_for_everybody() {
    let place = Place::new();
    let (wallet, authentication) = place.create();
    place.device_key.declines_to_wrap.store(true, Ordering::SeqCst);
    let refused = wait(wallet.unlock_with_words(place.words.clone(), typed_pin(b"719364"), None, None));
    assert_eq!(refused.map(drop), Err(failed("DeviceKeyRefused")));
    assert!(!wallet.is_unlocked().unwrap());
    assert_eq!(authentication.words(), Err(WalletError::Closed));
    assert_eq!(wait(wallet.status()).map(drop), Err(WalletError::Locked));
    let earlier = unlock(&wallet).unwrap();
    place.device_key.declines_to_wrap.store(false, Ordering::SeqCst);
    wait(wallet.unlock_with_words(place.words.clone(), typed_pin(b"719364"), None, None)).unwrap();
    assert_eq!(earlier.words(), Err(WalletError::Closed), "who comes with the words begins anew");
}

#[test]
fn locking_in_distress_and_turning_biometrics_off_are_done_though_the_caller_is_gone() {
    for in_distress in [true, false] {
        let place = Place::new();
        let mut config = place.config();
        config.device_key_deadline = Some(Duration::from_secs(600));
        let (wallet, authentication) = place.create_with(config);
        wait(wallet.enable_biometrics(authentication)).unwrap();
        place.device_key.behave(Behaviour::NeverAnswers);
        let asked = place.device_key.asked.load(Ordering::SeqCst);
        wait(async {
            // Somebody is asked for a finger, and the wallet's thread waits for the answer.
            let mut asking = pin!(wallet.unlock_with_biometrics(None));
            tokio::select! {
                _ = &mut asking => panic!("nobody answers"),
                () = async {
                    while place.device_key.asked.load(Ordering::SeqCst) == asked {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                } => {}
            }
            // The screen goes away in the same moment, and the app locks as it goes to the background.
            if in_distress {
                assert!(begin(wallet.panic_lock()).await.is_none());
            } else {
                assert!(begin(wallet.disable_biometrics()).await.is_none());
            }
            assert_eq!(wallet.lock().await, Ok(()));
        });
        assert_eq!(wait(wallet.has_biometrics()), Ok(false));
        assert!(!wallet.is_unlocked().unwrap());
    }
}

/// Begins a call and lets go of it; its result if it was done at once.
async fn begin<T>(call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    std::future::poll_fn(|context| {
        Poll::Ready(match call.as_mut().poll(context) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        })
    })
    .await
}

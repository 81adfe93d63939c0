//! What observers hear, and what the library does when it fails itself.
#![cfg(feature = "testing")]

mod setup;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use keepwell::{
    Event, LockReason, Observer, ObserverError, RecordQuery, Wallet, WalletError, tell_events, trigger_panic,
};

use setup::{Place, unlock, wait};

/// Passes on what it hears, and on which thread.
struct Hears(Mutex<Sender<(Event, std::thread::ThreadId)>>);

impl Observer for Hears {
    fn on_events(&self, events: Vec<Event>) -> Result<(), ObserverError> {
        let (sender, thread) = (self.0.lock().unwrap(), std::thread::current().id());
        events
            .into_iter()
            .try_for_each(|event| sender.send((event, thread)))
            .map_err(|_| ObserverError::Failed)
    }
}

/// Asks the wallet about itself whenever it hears something.
struct Asks(Weak<Wallet>, Mutex<Sender<Result<u64, WalletError>>>);

impl Observer for Asks {
    fn on_events(&self, _: Vec<Event>) -> Result<(), ObserverError> {
        let wallet = self.0.upgrade().ok_or(ObserverError::Failed)?;
        let answer = wait(wallet.status()).map(|status| status.records);
        self.1.lock().unwrap().send(answer).map_err(|_| ObserverError::Failed)
    }
}

fn hears(wallet: &Wallet) -> (Receiver<(Event, std::thread::ThreadId)>, Arc<keepwell::Subscription>) {
    let (sender, receiver) = channel();
    let subscription = wallet.subscribe(Arc::new(Hears(Mutex::new(sender)))).unwrap();
    (receiver, subscription)
}

fn next<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(Duration::from_secs(60)).unwrap()
}

#[test]
fn ten_thousand_events_come_in_order_none_lost() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let (heard, _subscription) = hears(&wallet);
    let began = Instant::now();
    tell_events(wallet.clone(), 10_000).unwrap();
    for bytes in 0..10_000 {
        assert_eq!(next(&heard).0, Event::ImportProgress { bytes });
    }
    println!("10,000 events in {:?}", began.elapsed());
}

// Row 107: callbacks come on another thread and may call the wallet.
#[test]
fn an_observer_hears_on_a_thread_of_its_own_and_may_call_the_wallet() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let (heard, _subscription) = hears(&wallet);
    let (sender, answers) = channel();
    let asks = Asks(Arc::downgrade(&wallet), Mutex::new(sender));
    let _asking = wallet.subscribe(Arc::new(asks)).unwrap();
    wait(wallet.lock()).unwrap();
    let (event, thread) = next(&heard);
    assert_eq!(event, Event::Locked { reason: LockReason::Asked });
    assert_ne!(thread, std::thread::current().id());
    assert_eq!(next(&answers), Err(WalletError::Locked));
    unlock(&wallet).unwrap();
    assert_eq!(next(&heard), (Event::Unlocked, thread));
    assert_eq!(next(&answers), Ok(0));
}

#[test]
fn the_end_of_a_wallet_is_told_once_whether_it_was_locked_or_not() {
    for is_locked in [false, true] {
        let place = Place::new();
        let (wallet, _) = place.create();
        if is_locked {
            wait(wallet.lock()).unwrap();
        }
        let (heard, _subscription) = hears(&wallet);
        wait(wallet.release()).unwrap();
        drop(wallet);
        assert_eq!(next(&heard).0, Event::Locked { reason: LockReason::Released });
        assert!(heard.recv_timeout(Duration::from_millis(300)).is_err(), "told twice");
    }
}

// Row 109: a fault of the library is an error without its text, and the wallet locks.
#[test]
fn a_panic_is_an_error_locks_the_wallet_and_unlocking_goes_on() {
    let place = Place::new();
    let (wallet, authentication) = place.create();
    let (heard, _subscription) = hears(&wallet);
    let error = wait(trigger_panic(wallet.clone())).unwrap_err();
    assert_eq!(error, WalletError::Internal);
    assert!(!error.to_string().contains("asked for"), "{error}");
    assert_eq!(next(&heard).0, Event::Locked { reason: LockReason::Fault });
    assert!(!wallet.is_unlocked().unwrap());
    assert_eq!(authentication.words(), Err(WalletError::Closed));
    let query = RecordQuery { limit: 50, ..RecordQuery::default() };
    assert_eq!(wait(wallet.records(query.clone())).map(drop), Err(WalletError::Locked));
    unlock(&wallet).unwrap();
    assert!(wait(wallet.records(query)).unwrap().records.is_empty());
    assert_eq!(next(&heard).0, Event::Unlocked);
}

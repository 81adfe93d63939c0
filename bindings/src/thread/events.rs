//! Telling the app what happens: in order, none lost, on a thread of its own.

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;

use crate::error::{Result, WalletError};
use crate::foreign::{Event, Observer};

/// Lasts until it is cancelled or dropped; then its observer hears nothing more.
#[derive(uniffi::Object)]
pub struct Subscription {
    observer: Mutex<Option<Arc<dyn Observer>>>,
    /// The first event that it hears: what was told before may still wait to be delivered.
    first: u64,
}

#[uniffi::export]
impl Subscription {
    /// Ends it; the events that are being delivered are the last.
    pub fn cancel(&self) -> Result<()> {
        self.observer.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(())
    }
}

/// Whoever wants to know.
#[derive(Default)]
struct Subscriptions(Mutex<Vec<Weak<Subscription>>>);

impl Subscriptions {
    fn deliver(&self, happened: &[(u64, Event)]) {
        let mut listed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listed.retain(|one| one.strong_count() > 0);
        let listening: Vec<_> = listed.iter().filter_map(Weak::upgrade).collect();
        // An observer may subscribe or cancel.
        drop(listed);
        for subscription in listening {
            let observer = subscription.observer.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let since = happened.iter().filter(|(number, _)| *number >= subscription.first);
            let events: Vec<Event> = since.map(|(_, event)| event.clone()).collect();
            if let Some(observer) = observer.filter(|_| !events.is_empty()) {
                // What it throws, or how it fails, is its own affair.
                let _ = catch_unwind(AssertUnwindSafe(|| observer.on_events(events)));
            }
        }
    }
}

/// Takes events and delivers them; cloned, it is the same.
#[derive(Clone)]
pub(crate) struct EventQueue {
    queue: Sender<(u64, Event)>,
    told: Arc<AtomicU64>,
    subscriptions: Arc<Subscriptions>,
}

impl EventQueue {
    /// Starts the thread that delivers; it ends once the last of these is dropped.
    pub(crate) fn start() -> Result<Self> {
        let (queue, events) = mpsc::channel::<(u64, Event)>();
        let subscriptions = Arc::new(Subscriptions::default());
        let all = subscriptions.clone();
        let deliver = move || {
            while let Ok(first) = events.recv() {
                let happened: Vec<_> = iter::once(first).chain(events.try_iter()).take(AT_ONCE).collect();
                all.deliver(&happened);
            }
        };
        let thread = thread::Builder::new().name("keepwell-events".to_owned());
        thread.spawn(deliver).map_err(|_| WalletError::Internal)?;
        Ok(Self { queue, told: Arc::default(), subscriptions })
    }

    pub(crate) fn subscribe(&self, observer: Arc<dyn Observer>) -> Arc<Subscription> {
        let subscription = Arc::new(Subscription {
            observer: Mutex::new(Some(observer)),
            first: self.told.load(Ordering::SeqCst),
        });
        let mut listed = self.subscriptions.0.lock().unwrap_or_else(PoisonError::into_inner);
        listed.push(Arc::downgrade(&subscription));
        subscription
    }

    pub(crate) fn send(&self, event: Event) {
        // The thread lives as long as this does.
        let _ = self.queue.send((self.told.fetch_add(1, Ordering::SeqCst), event));
    }
}

/// How many events an observer is given at once: each crossing costs more than many events.
const AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::{LockReason, ObserverError};

    struct Collects(mpsc::SyncSender<Event>);

    impl Observer for Collects {
        fn on_events(&self, events: Vec<Event>) -> Result<(), ObserverError> {
            events.into_iter().try_for_each(|event| self.0.send(event)).map_err(|_| ObserverError::Failed)
        }
    }

    struct Panics;

    impl Observer for Panics {
        fn on_events(&self, _: Vec<Event>) -> Result<(), ObserverError> {
            panic!("an observer's own fault")
        }
    }

    #[test]
    fn events_come_in_order_past_an_observer_that_panics_and_one_that_is_slow_to_take_them() {
        let events = EventQueue::start().unwrap();
        let (sender, received) = mpsc::sync_channel(1);
        let _panics = events.subscribe(Arc::new(Panics));
        let _collects = events.subscribe(Arc::new(Collects(sender)));
        for bytes in 0..10_000 {
            events.send(Event::ImportProgress { bytes });
        }
        for bytes in 0..10_000 {
            assert_eq!(received.recv().unwrap(), Event::ImportProgress { bytes });
        }
    }

    #[test]
    fn nothing_is_told_to_a_subscription_that_was_cancelled_or_dropped() {
        let events = EventQueue::start().unwrap();
        let (sender, received) = mpsc::sync_channel(8);
        let cancelled = events.subscribe(Arc::new(Collects(sender.clone())));
        drop(events.subscribe(Arc::new(Collects(sender.clone()))));
        cancelled.cancel().unwrap();
        let _stays = events.subscribe(Arc::new(Collects(sender)));
        events.send(Event::Unlocked);
        events.send(Event::Locked { reason: LockReason::Asked });
        assert_eq!(received.recv().unwrap(), Event::Unlocked);
        assert_eq!(received.recv().unwrap(), Event::Locked { reason: LockReason::Asked });
        assert!(received.try_recv().is_err());
    }

    #[test]
    fn what_was_told_before_a_subscription_is_not_for_it() {
        let events = EventQueue::start().unwrap();
        // Nobody takes its first event until later: what follows waits.
        let (slow, taken) = mpsc::sync_channel(0);
        let _slow = events.subscribe(Arc::new(Collects(slow)));
        events.send(Event::Unlocked);
        events.send(Event::ImportProgress { bytes: 1 });
        let (sender, received) = mpsc::sync_channel(8);
        let _late = events.subscribe(Arc::new(Collects(sender)));
        events.send(Event::ImportProgress { bytes: 2 });
        assert_eq!(taken.iter().take(3).count(), 3);
        assert_eq!(received.recv().unwrap(), Event::ImportProgress { bytes: 2 });
    }
}

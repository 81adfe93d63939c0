//! What a patient is offered, and what is chosen at first: the same in every app and on the command line.

use std::time::Duration as Wait;

use keepwell_protocol::crypto::Pin;
use keepwell_protocol::domain::{Duration, Purpose};

use crate::store::records::Query;

/// What a patient chooses among.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choices {
    /// How long a share lives, ascending.
    pub share_lives: Vec<Duration>,
    /// How long one lives that is granted on the ledger, ascending; each is longer than any of those.
    pub share_lives_on_ledger: Vec<Duration>,
    /// The life that is chosen at first, one of these.
    pub share_life: Duration,
    /// How long a grant lasts, ascending.
    pub grant_durations: Vec<Duration>,
    /// The duration that is chosen at first, one of these.
    pub grant_duration: Duration,
    /// What a grant is for, in the order in which it is shown.
    pub purposes: Vec<Purpose>,
    /// The purpose that is chosen at first, one of these.
    pub purpose: Purpose,
    /// The fewest digits of a PIN.
    pub shortest_pin: u32,
    /// The most digits of a PIN.
    pub longest_pin: u32,
    /// How many records are on a page.
    pub records_on_page: u32,
    /// How long a sync waits for the ledger while a person looks on.
    pub sync_wait: Wait,
    /// After how long without use a wallet in front locks itself, ascending. Never is not offered: who puts the phone
    /// down open leaves it to whoever takes it.
    pub auto_lock_in_front: Vec<Wait>,
    /// The same while the app is in the background; zero is at once.
    pub auto_lock_in_background: Vec<Wait>,
}

impl Choices {
    /// The life of a share: as long as a person stands at a desk.
    pub const SHARE_LIFE: Duration = Duration::minutes(10);
    /// How long a grant lasts.
    pub const GRANT_DURATION: Duration = Duration::days(30);
    /// Treatment: why a patient mostly grants.
    pub const PURPOSE: Purpose = Purpose::Treat;
    /// How long a sync waits for the ledger while a person looks on: some of its blocks.
    pub const SYNC_WAIT: Wait = Wait::from_secs(10);

    /// All of it.
    ///
    /// ```
    /// use keepwell_wallet::{AutoLock, Choices, Wallet};
    ///
    /// let offered = Choices::offered();
    /// assert!(offered.share_lives.contains(&offered.share_life));
    /// assert_eq!(offered.share_lives.last(), Some(&Wallet::LONGEST_SHARE));
    /// assert!(offered.share_lives_on_ledger.iter().all(|life| *life > Wallet::LONGEST_SHARE));
    /// assert!(offered.share_lives_on_ledger.last() <= Some(&Wallet::LONGEST_SHARE_ON_LEDGER));
    /// assert!(offered.auto_lock_in_front.contains(&AutoLock::default().in_front.unwrap()));
    /// assert!(offered.auto_lock_in_background.contains(&AutoLock::default().in_background.unwrap()));
    /// ```
    pub fn offered() -> Self {
        Self {
            share_lives: vec![Self::SHARE_LIFE, Duration::hours(1), Duration::hours(24)],
            share_lives_on_ledger: [7, 30, 365].map(Duration::days).into(),
            share_life: Self::SHARE_LIFE,
            grant_durations: [1, 7, 30, 90, 365].map(Duration::days).into(),
            grant_duration: Self::GRANT_DURATION,
            purposes: Purpose::ALL.into(),
            purpose: Self::PURPOSE,
            shortest_pin: Pin::LEAST.into(),
            longest_pin: Pin::MOST.into(),
            records_on_page: Query::DEFAULT_LIMIT,
            sync_wait: Self::SYNC_WAIT,
            auto_lock_in_front: [1, 5, 15, 30].map(Wait::from_mins).into(),
            auto_lock_in_background: [0, 1, 5].map(Wait::from_mins).into(),
        }
    }
}

//! What a patient chooses among.

use std::time::Duration as Wait;

use keepwell_protocol::domain::Purpose;
use keepwell_wallet::Choices;

use super::TimeSpan;

/// What a patient chooses among.
#[uniffi::remote(Record)]
pub struct Choices {
    /// How long a share lives, ascending.
    pub share_lives: Vec<TimeSpan>,
    /// How long one lives that is granted on the ledger (`shareOnLedger`), ascending; each is longer than any of those.
    pub share_lives_on_ledger: Vec<TimeSpan>,
    /// The life that is chosen at first, one of these.
    pub share_life: TimeSpan,
    /// How long a grant lasts, ascending.
    pub grant_durations: Vec<TimeSpan>,
    /// The duration that is chosen at first, one of these.
    pub grant_duration: TimeSpan,
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
    /// After how long without use a wallet in front locks itself, ascending.
    pub auto_lock_in_front: Vec<Wait>,
    /// The same while the app is in the background; zero is at once.
    pub auto_lock_in_background: Vec<Wait>,
}

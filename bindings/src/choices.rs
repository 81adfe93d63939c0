//! What a patient is offered.

use keepwell_wallet::Choices;

/// What a patient is offered, and what is chosen at first: for every screen that lets choose.
///
/// It is the one function that throws nothing: screens ask it before they have a wallet, and it only names constants.
#[uniffi::export]
pub fn choices() -> Choices {
    Choices::offered()
}

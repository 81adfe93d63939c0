//! When two Patient resources are the same person.

mod identifier;
mod name;
mod patient;
mod verdict;

pub use identifier::PersonIdentifier;
pub use name::PersonName;
pub(super) use patient::{Comparable, Contained};
pub use patient::{Demographics, Patient};
pub use verdict::Verdict;

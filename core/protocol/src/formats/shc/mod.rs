//! SMART Health Cards (HL7 "SMART Health Cards and Links", STU 1; VCI 1.4), read and verified, never issued.

mod card;
mod claims;
mod code;
mod error;
mod file;
mod keys;
mod object;
mod revocation;
mod state;

pub use card::HealthCard;
pub use claims::CardClaims;
pub use code::{read_codes, write_code};
pub use error::{HealthCardError, IssuerKeysError, RevocationListError};
pub use file::{MOST_CARDS, read_file, write_file};
pub use keys::{IssuerKey, IssuerKeys};
pub use revocation::RevocationList;
pub use state::CardState;

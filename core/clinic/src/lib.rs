//! The provider's side: keys, card, reading grants, desk page.

mod agreed_time;
mod clinic;
pub mod desk;
mod envelope;
mod error;
mod grant_blobs;
mod grant_refresh;
mod grant_state;
mod grants;
mod home;
mod hosts;
mod inbox;
mod inbox_client;
mod picture;
mod proof;
mod read;
mod reading;
mod refusal;
mod server;
mod share;
mod store;

pub use clinic::{CardChange, Clinic, Profile};
pub use error::{ClinicError, ShareError};
pub use grant_state::GrantState;
pub use grants::{GrantPatient, GrantSummary};
pub use inbox::Synced;
pub use picture::read_picture;
pub use reading::{Reading, Record};
pub use refusal::Refusal;
pub use share::{Shared, SharedResource};

//! The provider's side: keys, card, reading grants, desk page.
//!
//! Three types to know:
//! - [`Clinic`]: a provider and its home. [`Clinic::sync`] looks into the inbox, [`Clinic::read`] reads what
//!   a grant gives, [`Clinic::card`] is what patients check.
//! - [`Reading`]: the records that a grant gave, each byte for byte, what was dropped and why, or the
//!   [`Refusal`].
//! - [`desk::Desk`]: the same for people at a front desk, in a browser.
//!
//! ```
//! # use keepwell_net::{Limits, NetError, Transport};
//! # use keepwell_protocol::formats::http::{Request, Response};
//! # struct Offline;
//! # impl Transport for Offline {
//! #     fn send(&self, _: Request, _: Limits) -> Result<Response, NetError> {
//! #         Err(NetError::Offline)
//! #     }
//! # }
//! use std::sync::Arc;
//!
//! use keepwell_clinic::{Clinic, ClinicError, Profile};
//! use keepwell_protocol::crypto::Rng;
//! use keepwell_protocol::domain::Timestamp;
//! use keepwell_protocol::ledger::{FakeLedger, TrustPolicy};
//!
//! let home = tempfile::tempdir().unwrap();
//! let profile = Profile {
//!     name: "Bern Allergy Clinic".into(),
//!     place: Some("Bern".into()),
//!     ledger: "https://ledger.example".into(),
//!     host: "https://host.example".into(),
//!     anchor: FakeLedger::new("example-1", &[10; 4], Timestamp(1_800_000_000)).anchor(),
//! };
//! // In earnest: `keepwell_net::HttpTransport`, and an anchor from whoever runs the ledger.
//! let (offline, mut rng) = (Arc::new(Offline), Rng::system());
//! let clinic =
//!     Clinic::init(home.path(), &profile, offline.clone(), TrustPolicy::STRICT, &mut rng)?;
//! assert!(clinic.card()?.verify().is_ok());
//! // A home is never made twice.
//! let again = Clinic::init(home.path(), &profile, offline, TrustPolicy::STRICT, &mut rng);
//! assert!(matches!(again, Err(ClinicError::AlreadyInitialised)));
//! # Ok::<(), ClinicError>(())
//! ```

mod access_log;
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
mod requests;
mod server;
mod share;
mod shared_card;
mod store;

pub use access_log::AccessLogProgress;
pub use clinic::{CardChange, Clinic, Profile};
pub use error::{ClinicError, ShareError};
pub use grant_state::GrantState;
pub use grants::{GrantPatient, GrantSummary};
pub use inbox::Synced;
pub use picture::read_picture;
pub use reading::{Reading, Record};
pub use refusal::Refusal;
pub use requests::Asked;
pub use share::OpenedShare;
pub use shared_card::SharedCard;

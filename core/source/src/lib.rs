//! A client of SMART on FHIR without I/O of its own: what is asked over a [`Transport`](keepwell_net::Transport), and
//! what may be believed of the answers.
//!
//! Four types to know:
//! - [`Discovered`]: a FHIR server that says where it authorizes apps. [`Discovered::begin`] gives the address that a
//!   browser opens.
//! - [`PendingAuthorization`]: what is kept until the browser comes back; it is good for one redirect, and for one
//!   exchange of the code that came with it.
//! - [`Session`]: requests by the tokens of one patient, which are renewed as they end.
//! - [`Puller`]: what the server has of that patient, type by type, page by page into a [`PullStore`].
//!
//! What a server says is refused where it would send tokens elsewhere or fill memory; a type of records that the server
//! refuses is named and the others are pulled. Sources: SMART App Launch 2.2, RFC 6749, 7009, 7636, 8252, 9207.

mod address;
mod answer;
mod authorization;
mod brands;
mod capability;
mod discovery;
mod error;
mod exchange;
mod page;
mod patient_id;
mod pull;
mod pull_store;
mod redirect;
mod reference;
mod resource_types;
mod scopes;
mod secret;
mod session;
mod skipped;
mod token;

pub use address::FhirBase;
pub use authorization::PendingAuthorization;
pub use brands::{Brand, read_brands};
pub use discovery::{Discovered, discover};
pub use error::{OAuthError, SourceError};
pub use exchange::Authorized;
pub use patient_id::{InvalidPatientId, PatientId};
pub use pull::{PullPlan, Puller};
pub use pull_store::{Ended, PullStore, PulledPage, Search};
pub use reference::Reference;
pub use scopes::Scopes;
pub use secret::{AccessToken, AuthorizationCode, CodeVerifier, RefreshToken};
pub use session::Session;
pub use skipped::{SkipReason, Skipped};
pub use token::{SmartServer, Tokens};

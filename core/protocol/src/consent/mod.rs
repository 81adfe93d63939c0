//! Consent: what was granted, whether it covers a record, and what may follow what.

mod access_request;
mod decide;
mod lifecycle;
mod link_terms;
mod provider_log;
mod receipt;
mod terms;

pub use access_request::{AccessRequest, AccessRequestError, SignedAccessRequest};
pub use decide::{Allowed, Candidate, Decision, Denied, decide};
pub use lifecycle::{GrantEvent, GrantState, InvalidTransition};
pub use link_terms::LinkTerms;
pub use provider_log::{LogStatement, LogStatementError, ProviderLogEntry, ProviderLogStart, log_tag};
pub use receipt::{LoggedRead, Receipt, ReceiptError, SignedReceipt};
pub use terms::{CompartmentRef, InvalidTerms, Terms};

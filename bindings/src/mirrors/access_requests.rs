//! What clinics ask for.

use keepwell_protocol::domain::{Category, GrantId, ProviderId, Purpose, RequestId, Scope, Sensitivity};
use keepwell_wallet::{AccessRequestAnswer, AccessRequestState, AccessRequestView};

use super::{Instant, TimeSpan};

/// What a clinic asks for.
#[uniffi::remote(Record)]
pub struct AccessRequestView {
    pub request: RequestId,
    pub provider: ProviderId,
    /// The name on the card that the ledger proves.
    pub name: String,
    /// The place on it; may be empty.
    pub place: String,
    pub categories: Vec<Category>,
    pub purpose: Purpose,
    /// For how long, from when the patient agrees.
    pub duration: TimeSpan,
    /// From when on it can't be agreed to.
    pub expires: Instant,
    pub state: AccessRequestState,
    /// The grant that answers it.
    pub grant: Option<GrantId>,
}

/// Where a request stands.
#[uniffi::remote(Enum)]
pub enum AccessRequestState {
    /// Nobody has answered it.
    Waiting,
    /// Nobody has answered it in its time.
    Expired,
    /// The patient agreed, perhaps to less.
    Approved,
    /// The patient refused. Nobody was told.
    Refused,
}

/// What a patient agrees to.
#[uniffi::remote(Record)]
pub struct AccessRequestAnswer {
    /// What is asked for, or less.
    pub scope: Scope,
    /// Sensitive kinds that stay out; where there are any, the grant names each record.
    #[uniffi(default = [])]
    pub leave_out: Vec<Sensitivity>,
    /// For how long, from now; none: as long as is asked for.
    #[uniffi(default = None)]
    pub duration: Option<TimeSpan>,
    /// Stay unnamed: do not tell the clinic name and birth date.
    #[uniffi(default = false)]
    pub is_anonymous: bool,
}

//! What the desk asks a patient for, as a QR code that the patient scans.

use keepwell_net::Clock;
use keepwell_protocol::consent::{AccessRequest, SignedAccessRequest};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Category, Duration, Purpose, RequestId};

use crate::{Clinic, ClinicError, GrantSummary};

/// What a desk asks for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it asks to read.
    pub categories: Vec<Category>,
    /// What it wants to use that for.
    pub purpose: Purpose,
    /// For how long.
    pub duration: Duration,
}

impl Clinic {
    /// How long a patient can answer a request: they stand at the desk.
    pub const REQUEST_LIVES: Duration = Duration::minutes(15);

    /// Makes a request for a patient to scan. The first grant that answers it needs no comparing of the match code:
    /// who sent it has seen this code.
    ///
    /// # Errors
    /// [`ClinicError::Terms`] if nobody could grant that.
    pub fn request(
        &mut self,
        asked: Asked,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<SignedAccessRequest, ClinicError> {
        let identity = self.store.identity()?;
        let (now, Asked { mut categories, purpose, duration }) = (clock.now(), asked);
        categories.sort_unstable();
        categories.dedup();
        let request = AccessRequest {
            provider: identity.card.card.provider,
            id: RequestId::from_bytes(rng.array()?),
            categories,
            purpose,
            duration,
            expires: now.saturating_add(Self::REQUEST_LIVES),
        };
        request.check()?;
        self.store.put_request(request.id, request.expires, now)?;
        Ok(SignedAccessRequest::sign(request, &identity.signing_key))
    }

    /// The grant that answered a request, by what is known without asking anybody; none as long as there is none.
    ///
    /// # Errors
    /// [`ClinicError`] if the store fails.
    pub fn answer_to(&self, request: RequestId) -> Result<Option<GrantSummary>, ClinicError> {
        self.store.answer_to(request)?.map(|grant| self.grant(grant)).transpose()
    }
}

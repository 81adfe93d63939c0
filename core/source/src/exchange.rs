//! A code becomes the first tokens.

use keepwell_net::Transport;
use keepwell_protocol::domain::Timestamp;

use crate::SourceError;
use crate::authorization::PendingAuthorization;
use crate::patient_id::PatientId;
use crate::scopes::Scopes;
use crate::secret::AuthorizationCode;
use crate::token::{SmartServer, Tokens};

/// What an exchange of a code gave.
#[derive(Debug)]
pub struct Authorized {
    /// Where it holds.
    pub server: SmartServer,
    /// The first tokens.
    pub tokens: Tokens,
    /// Whose records they open.
    pub patient: PatientId,
    /// What was asked for.
    pub asked: Scopes,
    /// What was granted.
    pub granted: Scopes,
}

impl PendingAuthorization {
    /// Exchanges the code, which is burnt by that whatever comes of it.
    ///
    /// # Errors
    /// [`SourceError::TokenRefused`], [`SourceError::AnswerMalformed`], [`SourceError::PatientMissing`],
    /// [`SourceError::NothingGranted`], [`SourceError::Status`], [`SourceError::Net`].
    pub fn exchange(
        self,
        code: AuthorizationCode,
        transport: &dyn Transport,
        now: Timestamp,
    ) -> Result<Authorized, SourceError> {
        let Self { server, redirect_uri, verifier, asked, .. } = self;
        let answer = server.ask_for_tokens(
            transport,
            &[
                ("grant_type", "authorization_code"),
                ("code", code.expose()),
                ("redirect_uri", &redirect_uri),
                ("client_id", &server.client_id),
                ("code_verifier", verifier.expose()),
            ],
        )?;
        let patient = answer.patient.as_deref().ok_or(SourceError::PatientMissing)?;
        let patient = PatientId::parse(patient).map_err(|_| SourceError::AnswerMalformed)?;
        // RFC 6749 §5.1: where it is left out, what was asked for was granted.
        let granted = answer.scope.as_deref().map_or_else(|| asked.clone(), Scopes::parse);
        if granted.types().is_empty() {
            return Err(SourceError::NothingGranted);
        }
        let tokens = answer.into_tokens(now, None)?;
        Ok(Authorized { server, tokens, patient, asked, granted })
    }
}

//! Where a FHIR server authorizes apps, and how.

use keepwell_net::Transport;
use keepwell_protocol::crypto::Rng;
use serde::Deserialize;
use url::Url;

use crate::address::FhirBase;
use crate::answer::{fetch, read_json};
use crate::authorization::PendingAuthorization;
use crate::capability::CapabilityStatement;
use crate::scopes::{ScopeForm, Scopes};
use crate::token::SmartServer;
use crate::{SourceError, secret::CodeVerifier};

/// What a FHIR server says of how it authorizes apps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Discovered {
    base: FhirBase,
    /// Who answers in the browser's redirect.
    issuer: Option<String>,
    /// Whether each redirect says so (RFC 9207 §3).
    is_issuer_told: bool,
    authorization_endpoint: Url,
    token_endpoint: Url,
    revocation_endpoint: Option<Url>,
    asked: Scopes,
}

/// `.well-known/smart-configuration` (SMART App Launch 2.2 §2.1).
#[derive(Deserialize)]
struct SmartConfiguration {
    issuer: Option<String>,
    authorization_endpoint: String,
    token_endpoint: String,
    revocation_endpoint: Option<String>,
    capabilities: Option<Vec<String>>,
    scopes_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

/// Asks a FHIR server how it authorizes apps: `.well-known/smart-configuration`, else `/metadata`.
///
/// # Errors
/// [`SourceError::NotSmart`] if neither says it; [`SourceError::PkceMissing`]; [`SourceError::AnswerMalformed`];
/// [`SourceError::Net`] if it is not reached, or names addresses that may not be contacted.
pub fn discover(transport: &dyn Transport, base: FhirBase) -> Result<Discovered, SourceError> {
    let url = base.join(&[".well-known", "smart-configuration"]);
    let response = fetch(transport, &base, &url, None, LONGEST_CONFIGURATION)?;
    if response.status == 200 {
        return Discovered::from_configuration(base, read_json(&response)?);
    }
    let url = base.join(&["metadata"]);
    let response = fetch(transport, &base, &url, None, LONGEST_STATEMENT)?;
    if response.status != 200 {
        return Err(SourceError::NotSmart);
    }
    Discovered::from_statement(base, &read_json(&response)?)
}

impl Discovered {
    /// Begins an authorization: the address for the browser, and what is kept until it comes back to `redirect_uri`.
    ///
    /// # Errors
    /// [`SourceError::Crypto`] without randomness.
    pub fn begin(
        self,
        client_id: &str,
        redirect_uri: &str,
        rng: &mut Rng,
    ) -> Result<(Url, PendingAuthorization), SourceError> {
        let Self {
            base,
            issuer,
            is_issuer_told,
            authorization_endpoint: mut url,
            token_endpoint,
            revocation_endpoint,
            asked,
        } = self;
        let client_id = client_id.to_owned();
        let pending = PendingAuthorization {
            server: SmartServer { base, token_endpoint, revocation_endpoint, client_id },
            redirect_uri: redirect_uri.to_owned(),
            state: PendingAuthorization::generate_state(rng)?,
            verifier: CodeVerifier::generate(rng)?,
            issuer,
            is_issuer_told,
            asked,
        };
        pending.write_request(&mut url);
        Ok((url, pending))
    }

    fn from_configuration(base: FhirBase, read: SmartConfiguration) -> Result<Self, SourceError> {
        let methods = read.code_challenge_methods_supported.as_deref();
        if methods.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err(SourceError::PkceMissing);
        }
        let has = |name: &str| read.capabilities.iter().flatten().any(|capability| capability == name);
        let supported = read.scopes_supported.as_deref();
        let writes = |end: &str| supported.is_some_and(|all| all.iter().any(|scope| scope.ends_with(end)));
        let is_v1 = if has("permission-v2") || has("permission-v1") {
            !has("permission-v2")
        } else {
            writes(".read") && !writes(".rs")
        };
        let form = if is_v1 { ScopeForm::V1 } else { ScopeForm::V2 };
        Ok(Self {
            asked: Scopes::asked(form, supported),
            authorization_endpoint: base.named(&read.authorization_endpoint)?,
            token_endpoint: base.named(&read.token_endpoint)?,
            revocation_endpoint: read.revocation_endpoint.map(|url| base.named(&url)).transpose()?,
            issuer: read.issuer,
            is_issuer_told: read.authorization_response_iss_parameter_supported == Some(true),
            base,
        })
    }

    fn from_statement(base: FhirBase, statement: &CapabilityStatement) -> Result<Self, SourceError> {
        let uri = |name| statement.oauth_uri(name).map(|url| base.named(url)).transpose();
        Ok(Self {
            authorization_endpoint: uri("authorize")?.ok_or(SourceError::NotSmart)?,
            token_endpoint: uri("token")?.ok_or(SourceError::NotSmart)?,
            revocation_endpoint: uri("revoke")?,
            issuer: None,
            is_issuer_told: false,
            asked: Scopes::asked(ScopeForm::V1, None),
            base,
        })
    }
}

/// Of a smart-configuration, in bytes: a few hundred scopes fit.
const LONGEST_CONFIGURATION: usize = 256 * 1024;
/// Of a CapabilityStatement, in bytes; HAPI's is 1 MB.
pub(crate) const LONGEST_STATEMENT: usize = 16_000_000;

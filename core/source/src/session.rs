//! Requests by the tokens of one patient, which are renewed as they end.

use std::time::Duration as Wait;

use jiff::fmt::rfc2822::DateTimeParser;
use keepwell_net::{Clock, NetError, Transport};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::http::Response;
use serde::Deserialize;
use url::Url;

use crate::SourceError;
use crate::answer::{fetch, is_json, read_json};
use crate::page::{bundle_of_one, is_resource};
use crate::patient_id::PatientId;
use crate::resource_types::PATIENT;
use crate::skipped::SkipReason;
use crate::token::{SmartServer, Tokens};

/// What reads the records of one patient at one server.
///
/// Each request takes a `keep`, which stores renewed tokens in the place of those before. They are used once that has
/// succeeded: a server that hands out each refresh token for one use would else have ended them by the time that they are
/// needed.
pub struct Session<'a> {
    pub(crate) server: &'a SmartServer,
    pub(crate) patient: &'a PatientId,
    pub(crate) transport: &'a dyn Transport,
    pub(crate) clock: &'a dyn Clock,
    tokens: Tokens,
    /// Whether a request was answered by these tokens since they were renewed.
    is_proven: bool,
    /// How long the server may still have everybody wait, in seconds.
    patience: u64,
}

/// An answer, or why there is none that is of use.
pub(crate) type Answer = Result<Response, Unanswered>;

/// Why there is no answer that is of use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Unanswered {
    pub(crate) reason: SkipReason,
    /// The status that says so, if one does.
    pub(crate) status: Option<u16>,
}

impl<'a> Session<'a> {
    /// What reads the records of `patient`.
    pub fn new(
        server: &'a SmartServer,
        patient: &'a PatientId,
        tokens: Tokens,
        transport: &'a dyn Transport,
        clock: &'a dyn Clock,
    ) -> Self {
        Self { server, patient, transport, clock, tokens, is_proven: true, patience: LONGEST_WAIT }
    }

    /// The tokens as they are now, renewed or not.
    pub fn into_tokens(self) -> Tokens {
        self.tokens
    }

    /// The patient's own record, in a Bundle.
    ///
    /// # Errors
    /// [`SourceError::PatientUnreadable`], [`SourceError::AuthorizationEnded`], [`SourceError::Net`]; those of `keep`.
    pub fn read_patient<E: From<SourceError>>(
        &mut self,
        keep: &mut dyn FnMut(&Tokens) -> Result<(), E>,
    ) -> Result<Vec<u8>, E> {
        let url = self.server.base.join(&[PATIENT, self.patient.as_str()]);
        let response = match self.get(&url, LONGEST_PAGE, keep)? {
            Ok(response) => response,
            Err(Unanswered { reason, .. }) => {
                return Err(match reason {
                    SkipReason::AuthorizationEnded => SourceError::AuthorizationEnded,
                    SkipReason::Unreachable => SourceError::Net(NetError::Offline),
                    _ => SourceError::PatientUnreadable,
                }
                .into());
            }
        };
        let body = str::from_utf8(&response.body).unwrap_or_default();
        let is_own = is_json(&response) && is_resource(&response.body, PATIENT, self.patient.as_str());
        let bundle = bundle_of_one(body.trim(), &url).ok().filter(|_| is_own);
        Ok(bundle.ok_or(SourceError::PatientUnreadable)?)
    }

    /// Asks once, and again after new tokens or where the server asks to come back.
    pub(crate) fn get<E>(
        &mut self,
        url: &Url,
        max_body: usize,
        keep: &mut dyn FnMut(&Tokens) -> Result<(), E>,
    ) -> Result<Answer, E> {
        let mut tries = 0;
        loop {
            let sent = fetch(self.transport, &self.server.base, url, Some(&self.tokens.access), max_body);
            let response = match sent {
                Ok(response) => response,
                Err(error) => return Ok(Err(Unanswered { reason: SkipReason::of(error), status: None })),
            };
            let reason = match response.status {
                200 => {
                    self.is_proven = true;
                    return Ok(Ok(response));
                }
                // Some say so of a type that they would not give to anybody: new tokens don't help, and nothing has ended.
                401 if !self.is_proven => SkipReason::Refused,
                401 => match self.renew(keep)? {
                    Ok(()) => continue,
                    Err(reason) => reason,
                },
                429 | 503 if tries < MOST_TRIES => {
                    let seconds = self.wanted_wait(&response);
                    match self.patience.checked_sub(seconds) {
                        Some(left) => {
                            self.patience = left;
                            self.clock.sleep(Wait::from_secs(seconds));
                            tries += 1;
                            continue;
                        }
                        None => SkipReason::Busy,
                    }
                }
                429 | 503 => SkipReason::Busy,
                500.. => SkipReason::ServerFailed,
                _ if wants_parameter(&response) => SkipReason::ParameterRequired,
                _ => SkipReason::Refused,
            };
            return Ok(Err(Unanswered { reason, status: Some(response.status) }));
        }
    }

    /// Gets new tokens and has them stored before they are used.
    fn renew<E>(
        &mut self,
        keep: &mut dyn FnMut(&Tokens) -> Result<(), E>,
    ) -> Result<Result<(), SkipReason>, E> {
        match self.server.refresh(self.transport, &self.tokens, self.patient, self.clock.now()) {
            Ok(tokens) => {
                keep(&tokens)?;
                (self.tokens, self.is_proven) = (tokens, false);
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(SkipReason::of(error))),
        }
    }

    /// When the server answered, by its own clock; never later than by ours, so that what changes meanwhile is not missed.
    pub(crate) fn server_time(&self, response: &Response) -> Timestamp {
        let now = self.clock.now();
        response.header("date").and_then(http_date).map_or(now, |told| now.min(told))
    }

    /// For how many seconds a busy server wants to be left alone (RFC 9110 §10.2.3): a number, or until a date.
    fn wanted_wait(&self, response: &Response) -> u64 {
        let Some(text) = response.header("retry-after").map(str::trim) else { return USUAL_WAIT };
        let until = || http_date(text).map(|date| date.0.saturating_sub(self.clock.now().0));
        text.parse().ok().or_else(until).unwrap_or(USUAL_WAIT)
    }
}

impl SkipReason {
    fn of(error: SourceError) -> Self {
        match error {
            SourceError::AuthorizationEnded | SourceError::PatientChanged => Self::AuthorizationEnded,
            SourceError::Net(NetError::ResponseTooLarge { .. }) => Self::TooLarge,
            SourceError::Net(NetError::ConnectionBroken) | SourceError::Status(_) => Self::ServerFailed,
            SourceError::Net(_) => Self::Unreachable,
            _ => Self::Malformed,
        }
    }
}

/// An OperationOutcome, as far as it is looked at.
#[derive(Deserialize)]
struct OperationOutcome {
    #[serde(default)]
    issue: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    code: String,
}

/// A date of a header (RFC 9110 §5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    let time = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp(u64::try_from(time.as_second()).ok()?))
}

/// Whether a server says that a parameter is missing, such as a category (<https://hl7.org/fhir/R4/valueset-issue-type.html>).
fn wants_parameter(response: &Response) -> bool {
    let outcome: Result<OperationOutcome, _> = read_json(response);
    outcome.is_ok_and(|outcome| outcome.issue.iter().any(|issue| issue.code == "required"))
}

/// Of a page or a resource, in bytes.
pub(crate) const LONGEST_PAGE: usize = 16_000_000;
/// How long a server may have a pull wait in all, in seconds.
const LONGEST_WAIT: u64 = 120;
/// How long a busy server is left alone that does not say for how long, in seconds.
const USUAL_WAIT: u64 = 2;
/// How often one request is put off.
const MOST_TRIES: u32 = 3;

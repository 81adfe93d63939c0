//! What a server has of one patient: type by type, page by page, as far as it was granted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration as Wait;

use jiff::fmt::rfc2822::DateTimeParser;
use keepwell_net::{Clock, NetError, Transport};
use keepwell_protocol::domain::{Duration, Timestamp};
use keepwell_protocol::formats::http::Response;
use serde::Deserialize;
use url::Url;

use crate::SourceError;
use crate::answer::{fetch, is_json, read_json};
use crate::capability::{CapabilityStatement, Offered};
use crate::discovery::LONGEST_STATEMENT;
use crate::page::{bundle_of_one, is_resource, read_page};
use crate::patient_id::PatientId;
use crate::resource_types::{PATIENT, SEARCHED, categories};
use crate::scopes::Scopes;
use crate::skipped::{SkipReason, Skipped};
use crate::token::{SmartServer, Tokens};

/// What is pulled.
#[derive(Clone, Copy, Debug)]
pub struct PullPlan<'a> {
    /// Whose records.
    pub patient: &'a PatientId,
    /// What was granted.
    pub granted: &'a Scopes,
    /// Of each type that was pulled whole before, when that began by the server's clock.
    pub since: &'a BTreeMap<String, Timestamp>,
}

/// What came.
#[derive(Debug, Default)]
pub struct Pulled {
    /// Bundles of records, each under its address at the server.
    pub files: Vec<PulledFile>,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// The types of which everything came that was asked for, and when that began by the server's clock.
    pub whole: BTreeMap<String, Timestamp>,
}

/// A Bundle of records of one type.
#[derive(Debug)]
pub struct PulledFile {
    /// The type, as FHIR names it.
    pub resource_type: String,
    /// FHIR in JSON.
    pub bytes: Vec<u8>,
}

/// Reads the records of a patient by tokens, which it renews when they end.
///
/// `keep` stores renewed tokens in the place of those before. They are used once that has succeeded: a server that
/// hands out each refresh token for one use would else have ended them by the time that they are needed.
pub struct Puller<'a, E> {
    server: &'a SmartServer,
    patient: &'a PatientId,
    tokens: Tokens,
    transport: &'a dyn Transport,
    clock: &'a dyn Clock,
    keep: &'a mut dyn FnMut(&Tokens) -> Result<(), E>,
    /// Whether a request was answered by these tokens since they were renewed.
    is_proven: bool,
    /// What may still come, in bytes.
    room: usize,
    /// How long the server may still have everybody wait, in seconds.
    patience: u64,
}

/// An answer, or why there is none that is of use.
type Answer = Result<Response, SkipReason>;

impl<'a, E: From<SourceError>> Puller<'a, E> {
    /// A reader of the records of `patient`.
    pub fn new(
        server: &'a SmartServer,
        patient: &'a PatientId,
        tokens: Tokens,
        transport: &'a dyn Transport,
        clock: &'a dyn Clock,
        keep: &'a mut dyn FnMut(&Tokens) -> Result<(), E>,
    ) -> Self {
        let (is_proven, room, patience) = (true, MOST_BYTES, LONGEST_WAIT);
        Self { server, patient, tokens, transport, clock, keep, is_proven, room, patience }
    }

    /// The tokens as they are now, renewed or not.
    pub fn into_tokens(self) -> Tokens {
        self.tokens
    }

    /// The patient's own record, in a Bundle.
    ///
    /// # Errors
    /// [`SourceError::PatientUnreadable`], [`SourceError::AuthorizationEnded`], [`SourceError::Net`]; those of `keep`.
    pub fn read_patient(&mut self) -> Result<PulledFile, E> {
        let url = self.server.base.join(&[PATIENT, self.patient.as_str()]);
        let unreadable = SourceError::PatientUnreadable;
        let response = match self.get(&url)? {
            Ok(response) => response,
            Err(SkipReason::AuthorizationEnded) => return Err(SourceError::AuthorizationEnded.into()),
            Err(SkipReason::Unreachable) => return Err(SourceError::Net(NetError::Offline).into()),
            Err(_) => return Err(unreadable.into()),
        };
        let body = str::from_utf8(&response.body).unwrap_or_default();
        if !is_json(&response) || !is_resource(&response.body, PATIENT, self.patient.as_str()) {
            return Err(unreadable.into());
        }
        let bytes = bundle_of_one(body.trim(), &url).map_err(|_| unreadable)?;
        Ok(PulledFile { resource_type: PATIENT.to_owned(), bytes })
    }

    /// The records of each type that was granted and that the server has. A type that it refuses, or of which something
    /// is wrong, is named in [`Pulled::skipped`], and the others are pulled. `progress` gets the name of each type before
    /// it is asked for.
    ///
    /// # Errors
    /// Only those of `keep`.
    pub fn pull(&mut self, plan: &PullPlan<'_>, progress: &mut dyn FnMut(&str)) -> Result<Pulled, E> {
        let offered = self.offered();
        let mut pulled = Pulled::default();
        let mut stopped = None;
        let types = SEARCHED.iter().filter(|name| plan.granted.opens(name) && offered.has(name));
        for resource_type in types {
            if let Some(reason) = stopped {
                pulled.skip(resource_type, None, reason);
                continue;
            }
            progress(resource_type);
            let since = plan.since.get(*resource_type).filter(|_| offered.is_dated(resource_type)).copied();
            stopped = self.pull_type(resource_type, since, &mut pulled)?;
        }
        Ok(pulled)
    }

    /// Pulls one type; says why the others are not worth asking for.
    fn pull_type(
        &mut self,
        resource_type: &str,
        since: Option<Timestamp>,
        pulled: &mut Pulled,
    ) -> Result<Option<SkipReason>, E> {
        let mut began = None;
        let first = self.search(resource_type, None, since);
        let mut end = self.pull_pages(first, resource_type, &mut began, pulled)?;
        if end == Err(SkipReason::ParameterRequired) {
            let mut skipped = 0;
            for category in categories(resource_type) {
                let first = self.search(resource_type, Some(category), since);
                end = self.pull_pages(first, resource_type, &mut began, pulled)?;
                if let Err(reason) = end {
                    pulled.skip(resource_type, Some(category), reason);
                    skipped += 1;
                    if reason.ends_all() {
                        return Ok(Some(reason));
                    }
                }
            }
            if !categories(resource_type).is_empty() {
                if let Some(began) = began.filter(|_| skipped == 0) {
                    pulled.whole.insert(resource_type.to_owned(), began);
                }
                return Ok(None);
            }
        }
        match (end, began) {
            (Ok(()), Some(began)) => {
                pulled.whole.insert(resource_type.to_owned(), began);
            }
            (Ok(()), None) => {}
            (Err(reason), _) => pulled.skip(resource_type, None, reason),
        }
        Ok(end.err().filter(|reason| reason.ends_all()))
    }

    /// Pulls a search to its last page. What came before something is wrong stays.
    fn pull_pages(
        &mut self,
        first: Url,
        resource_type: &str,
        began: &mut Option<Timestamp>,
        pulled: &mut Pulled,
    ) -> Result<Result<(), SkipReason>, E> {
        let mut seen = BTreeSet::new();
        let (mut url, mut has_other_type) = (first, false);
        loop {
            if !self.server.base.is_origin_of(&url) {
                return Ok(Err(SkipReason::OtherServer));
            }
            if seen.len() >= MOST_PAGES {
                return Ok(Err(SkipReason::TooManyPages));
            }
            if !seen.insert(url.to_string()) {
                return Ok(Err(SkipReason::RepeatedPage));
            }
            let response = match self.get(&url)? {
                Ok(response) => response,
                Err(reason) => return Ok(Err(reason)),
            };
            if !is_json(&response) {
                return Ok(Err(SkipReason::Malformed));
            }
            let page = match read_page(&response.body, &self.server.base, &url, resource_type) {
                Ok(page) => page,
                Err(reason) => return Ok(Err(reason)),
            };
            *began = Some(began.map_or_else(|| self.server_time(&response), |began| began));
            has_other_type |= page.has_other_type;
            if page.count > 0 {
                let Some(room) = self.room.checked_sub(page.bundle.len()) else {
                    return Ok(Err(SkipReason::TooLarge));
                };
                self.room = room;
                let resource_type = resource_type.to_owned();
                pulled.files.push(PulledFile { resource_type, bytes: page.bundle });
            }
            match page.next {
                Some(next) => url = next,
                None if has_other_type => return Ok(Err(SkipReason::OtherType)),
                None => return Ok(Ok(())),
            }
        }
    }

    fn search(&self, resource_type: &str, category: Option<&str>, since: Option<Timestamp>) -> Url {
        let mut url = self.server.base.join(&[resource_type]);
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("patient", self.patient.as_str()).append_pair("_count", PAGE);
            if let Some(category) = category {
                query.append_pair("category", category);
            }
            if let Some(since) = since {
                let since = since.saturating_sub(OVERLAP);
                query.append_pair("_lastUpdated", &format!("ge{since}"));
            }
        }
        url
    }

    /// What the server says that it has; who says nothing of use is asked for everything.
    fn offered(&self) -> Offered {
        let (base, url) = (&self.server.base, self.server.base.join(&["metadata"]));
        let response = fetch(self.transport, base, &url, None, LONGEST_STATEMENT);
        let statement: Option<CapabilityStatement> =
            response.ok().filter(|response| response.status == 200).and_then(|it| read_json(&it).ok());
        statement.unwrap_or_default().offered()
    }

    /// Asks once, and again after new tokens or where the server asks to come back.
    fn get(&mut self, url: &Url) -> Result<Answer, E> {
        let (base, mut tries) = (&self.server.base, 0);
        loop {
            let max_body = LONGEST_PAGE.min(self.room);
            let response = match fetch(self.transport, base, url, Some(&self.tokens.access), max_body) {
                Ok(response) => response,
                Err(error) => return Ok(Err(SkipReason::of(error))),
            };
            let reason = match response.status {
                200 => {
                    self.is_proven = true;
                    return Ok(Ok(response));
                }
                // Some say so of a type that they would not give to anybody: new tokens don't help, and nothing has ended.
                401 if !self.is_proven => SkipReason::Refused,
                401 => match self.renew()? {
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
            return Ok(Err(reason));
        }
    }

    /// Gets new tokens and has them stored before they are used.
    fn renew(&mut self) -> Result<Result<(), SkipReason>, E> {
        match self.server.refresh(self.transport, &self.tokens, self.patient, self.clock.now()) {
            Ok(tokens) => {
                (self.keep)(&tokens)?;
                (self.tokens, self.is_proven) = (tokens, false);
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(SkipReason::of(error))),
        }
    }

    /// When the server answered, by its own clock; never later than by ours, so that what changes meanwhile is not missed.
    fn server_time(&self, response: &Response) -> Timestamp {
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

    /// Whether nothing else is to be had either.
    fn ends_all(self) -> bool {
        matches!(self, Self::AuthorizationEnded | Self::Unreachable)
    }
}

impl Pulled {
    fn skip(&mut self, resource_type: &str, category: Option<&'static str>, reason: SkipReason) {
        self.skipped.push(Skipped { resource_type: resource_type.to_owned(), category, reason });
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

/// How many records a page is asked to have.
const PAGE: &str = "100";
/// Pages of one search.
const MOST_PAGES: usize = 500;
/// Of a page, in bytes.
const LONGEST_PAGE: usize = 16_000_000;
/// Of a pull, in bytes: it is held in memory until it is stored.
const MOST_BYTES: usize = 128_000_000;
/// How long a server may have a pull wait in all, in seconds.
const LONGEST_WAIT: u64 = 120;
/// How long a busy server is left alone that does not say for how long, in seconds.
const USUAL_WAIT: u64 = 2;
/// How often one request is put off.
const MOST_TRIES: u32 = 3;
/// How far a follow-up looks back behind the pull before: for clocks that differ, and changes that were under way.
const OVERLAP: Duration = Duration::minutes(10);

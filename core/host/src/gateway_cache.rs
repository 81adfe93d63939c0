//! The way to the ledger's gateway: asked for anybody, remembered for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use keepwell_net::{HttpTransport, Limits, NetError, Timeouts, Transport};
use keepwell_protocol::domain::{Duration, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::StateKey;
use url::Url;

use crate::Clock;
use crate::ending::may_end;

/// A transport to the gateway that remembers what it fetched.
pub(crate) struct GatewayCache {
    link: Arc<GatewayLink>,
    fetched: Mutex<Fetched>,
}

/// The way to the gateway, which all take.
struct GatewayLink {
    transport: HttpTransport,
    clock: Clock,
    gateway: String,
    silence: Mutex<Silence>,
}

/// What is known of a gateway that may be silent.
#[derive(Default)]
struct Silence {
    /// When it answered last.
    answered: Option<Instant>,
    /// Until when it is left alone.
    until: Option<Instant>,
}

/// What came of a GET, by address, and when; that nothing came is remembered too.
type Fetched = HashMap<String, (Timestamp, Result<Response, NetError>)>;

/// How long an answer counts as the present one: whoever waits for a block asks again and again,
/// and many readers ask for the same.
const FRESH: Duration = Duration(2);
/// Shorter than those of whoever asked this host, who is to hear that the gateway is silent.
pub(crate) const TIMEOUTS: Timeouts = Timeouts {
    idle: std::time::Duration::from_secs(4),
    grace: std::time::Duration::from_secs(6),
    floor: 1024 * 1024,
};
/// How long a gateway is left alone that did not answer, and that is asked again by one before all others: each that
/// asks one that is silent holds a thread for as long as its timeouts say.
const QUIET: std::time::Duration = std::time::Duration::from_secs(2);
/// The most answers that are remembered; a proof has about 2 KB.
const MOST_FETCHED: usize = 10_000;

impl GatewayCache {
    /// Makes a transport to the gateway at `url`.
    pub(crate) fn new(url: &Url, clock: Clock, timeouts: Timeouts) -> Result<Self, NetError> {
        let gateway = url.as_str().trim_end_matches('/').to_owned();
        let transport = HttpTransport::with_timeouts(timeouts)?;
        let link = GatewayLink { transport, clock, gateway, silence: Mutex::default() };
        Ok(Self { link: Arc::new(link), fetched: Mutex::default() })
    }

    /// The same way with a memory of its own, which those who use this one can't fill.
    pub(crate) fn beside(&self) -> Self {
        Self { link: Arc::clone(&self.link), fetched: Mutex::default() }
    }

    /// Forgets the newest proof of a key: it may be of before what just changed.
    pub(crate) fn forget(&self, key: &StateKey) {
        let url = self.address(&format!("proof/{}", key.to_hex()));
        self.fetched().remove(&url);
    }

    /// An address of the gateway, below `/v1/`.
    pub(crate) fn address(&self, path: &str) -> String {
        format!("{}/v1/{path}", self.link.gateway)
    }

    fn fetched(&self) -> MutexGuard<'_, Fetched> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl GatewayLink {
    /// Whether the gateway may be asked, where it was silent only by whoever comes first after a while.
    fn may_ask(&self) -> bool {
        let (mut silence, now) = (self.silence(), Instant::now());
        let Some(until) = silence.until else { return true };
        let is_over = now >= until;
        if is_over {
            silence.until = Some(now + QUIET);
        }
        is_over
    }

    fn silence(&self) -> MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the gateway itself.
    fn ask(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let begun = Instant::now();
        let answer = self.transport.send(request, limits);
        let (mut silence, now) = (self.silence(), Instant::now());
        if !matches!(answer, Err(NetError::Timeout)) {
            *silence = Silence { answered: Some(now), until: None };
        } else if silence.answered.is_none_or(|answered| answered < begun) {
            // One that is slow with one answer and gave others meanwhile is not silent.
            silence.until = Some(now + QUIET);
        }
        answer
    }
}

impl Transport for GatewayCache {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        if request.method != Method::Get {
            // What ends something is tried whatever became of what was asked before.
            let may_ask = may_end(&request.body) || self.link.may_ask();
            return if may_ask { self.link.ask(request, limits) } else { Err(NetError::Timeout) };
        }
        let (now, url) = ((self.link.clock)(), request.url.clone());
        if let Some((at, answer)) = self.fetched().get(&url)
            && *at <= now
            && now.since(*at) < FRESH
        {
            return answer.clone();
        }
        if !self.link.may_ask() {
            return Err(NetError::Timeout);
        }
        let answer = self.link.ask(request, limits);
        if answer.as_ref().map_or(true, |answer| answer.status == 200) {
            let mut fetched = self.fetched();
            if fetched.len() >= MOST_FETCHED {
                fetched.retain(|_, (at, _)| now.since(*at) < FRESH);
            }
            if fetched.len() < MOST_FETCHED {
                fetched.insert(url, (now, answer.clone()));
            }
        }
        answer
    }
}

//! The phone's network: each request may take minutes, be lost, be answered by another, or be damaged.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use keepwell_net::{Limits, NetError, Transport};
use keepwell_protocol::formats::http::{Method, Request, Response};

use super::servers::Servers;

/// What the network does during one command.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Weather {
    /// Seconds that each request takes on its way there, and its answer on its way back.
    pub(super) there: u64,
    pub(super) back: u64,
    pub(super) troubles: Vec<Trouble>,
}

/// Something that goes wrong with some of a command's requests to one server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    pub(super) server: Server,
    /// The first request to that server that meets it, from 0, and how many do.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) fault: Fault,
}

/// Whom a request goes to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Server {
    /// The host, which also relays to the ledger.
    Host,
    /// The ledger's gateway.
    Ledger,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Fault {
    /// It does not arrive.
    LostThere,
    /// It is carried out, and the answer does not arrive.
    LostBack,
    /// It does not arrive; what was answered the first time to the same request comes back.
    Older,
    /// It does not arrive; a page of the network that the phone is in comes back, with 200.
    Portal,
    /// A byte of it is changed on the way there.
    DamagedThere,
    /// A byte of its answer is changed on the way back.
    DamagedBack,
}

impl Weather {
    /// Whether everything that goes to a server arrives as it was sent, and back.
    pub(super) fn is_clear_to(&self, server: Server) -> bool {
        self.there < IN_TIME && self.troubles.iter().all(|trouble| trouble.server != server)
    }

    pub(super) fn is_clear(&self) -> bool {
        self.is_clear_to(Server::Host) && self.is_clear_to(Server::Ledger)
    }

    fn fault(&self, server: Server, number: usize) -> Option<Fault> {
        let meets = |trouble: &&Trouble| {
            trouble.server == server && number >= trouble.first && number - trouble.first < trouble.count
        };
        self.troubles.iter().find(meets).map(|trouble| trouble.fault)
    }
}

/// A signature counts for a minute.
const IN_TIME: u64 = 60;

/// A transport between the phone and the servers of a world.
pub(super) struct FaultyNetwork<'a> {
    servers: &'a Servers,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    weather: Weather,
    /// Requests of this command so far.
    asked: BTreeMap<Server, usize>,
    /// The first good answer to each request that was ever made, by method and address.
    first_answers: BTreeMap<(&'static str, String), Response>,
    /// Bodies that were posted to inboxes.
    envelopes: Vec<Vec<u8>>,
}

impl<'a> FaultyNetwork<'a> {
    pub(super) fn new(servers: &'a Servers) -> Self {
        Self { servers, state: Mutex::default() }
    }

    /// Begins a command in this weather.
    pub(super) fn begin(&self, weather: &Weather) {
        let mut state = self.state();
        state.weather = weather.clone();
        state.asked.clear();
    }

    /// What was posted to inboxes since the last call.
    pub(super) fn take_envelopes(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.state().envelopes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn carry(&self, request: &Request, limits: Limits, fault: Option<Fault>) -> Result<Response, NetError> {
        let kind = (request.method.as_str(), request.url.clone());
        match fault {
            Some(Fault::LostThere) => return Err(NetError::ConnectionBroken),
            Some(Fault::Portal) => return Ok(portal()),
            Some(Fault::Older) => {
                if let Some(older) = self.state().first_answers.get(&kind) {
                    return Ok(older.clone());
                }
            }
            Some(Fault::DamagedThere) if !request.body.is_empty() => {
                let mut damaged = request.clone();
                flip(&mut damaged.body);
                return self.servers.parties.direct.send(damaged, limits);
            }
            _ => {}
        }
        self.servers.parties.wire.note(request);
        if request.method == Method::Post && request.url.contains("/v1/inbox/") {
            self.state().envelopes.push(request.body.clone());
        }
        let mut answer = self.servers.parties.direct.send(request.clone(), limits)?;
        if answer.status / 100 == 2 {
            self.state().first_answers.entry(kind).or_insert_with(|| answer.clone());
        }
        match fault {
            Some(Fault::LostBack) => return Err(NetError::ConnectionBroken),
            Some(Fault::DamagedBack) => flip(&mut answer.body),
            _ => {}
        }
        Ok(answer)
    }
}

impl Transport for FaultyNetwork<'_> {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let server = if request.url.starts_with(&self.servers.parties.host_url) {
            Server::Host
        } else {
            Server::Ledger
        };
        let (fault, there, back) = {
            let mut state = self.state();
            let asked = state.asked.entry(server).or_default();
            let number = *asked;
            *asked += 1;
            (state.weather.fault(server, number), state.weather.there, state.weather.back)
        };
        self.servers.parties.clock.forward(there);
        self.servers.keep_ledger_in_time();
        let answer = self.carry(&request, limits, fault);
        self.servers.parties.clock.forward(back);
        answer
    }
}

/// What a network that wants a password first answers to everything.
fn portal() -> Response {
    Response {
        status: 200,
        headers: vec![("content-type".into(), "text/html".into())],
        body: b"<!DOCTYPE html><title>Welcome to Hotel Bellevue</title>".to_vec(),
    }
}

fn flip(body: &mut [u8]) {
    let middle = body.len() / 2;
    if let Some(byte) = body.get_mut(middle) {
        *byte ^= 0x10;
    }
}

//! What stands between a wallet and its clinic: a line that counts, is slow, or breaks.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;

use super::variable;
use crate::keepwell::read_request;

/// A request and what became of it.
#[derive(Clone)]
pub(super) struct Exchange {
    /// Method, path and query.
    pub(super) asked: String,
    pub(super) status: u16,
}

/// What the threads of a line share.
#[derive(Default)]
pub(super) struct State {
    pub(super) exchanges: Vec<Exchange>,
    /// Every answer with tokens, the newest last.
    pub(super) tokens: Vec<Value>,
    /// Each request for records takes so much longer.
    pub(super) delay: Duration,
    /// Done once instead of answering a request for records that begins so, and nothing is answered from then on.
    pub(super) breaks: Option<(String, Box<dyn FnOnce() + Send>)>,
    is_broken: bool,
}

/// An address of its own that leads to the FHIR server, and to the tokens of its authorization server.
pub(super) struct Line {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Line {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State::default()));
        let (shared, own) = (Arc::clone(&state), address.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (shared, own) = (Arc::clone(&shared), own.clone());
                // Whoever goes away in the middle is not missed.
                std::thread::spawn(move || drop(serve(client, &own, &shared)));
            }
        });
        Self { address, state }
    }

    /// The base address of the FHIR server at this path.
    pub(super) fn base(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Answers again.
    pub(super) fn mend(&self) {
        self.state().is_broken = false;
    }

    /// Forgets what was asked.
    pub(super) fn clear(&self) {
        self.state().exchanges.clear();
    }

    /// The requests for records since then.
    pub(super) fn asked(&self) -> Vec<Exchange> {
        let is_of_records = |exchange: &&Exchange| !exchange.asked.contains("/realms/");
        self.state().exchanges.iter().filter(is_of_records).cloned().collect()
    }

    /// A member of the newest answer with tokens.
    pub(super) fn token(&self, member: &str) -> String {
        self.state().tokens.last().unwrap()[member].as_str().unwrap().to_owned()
    }
}

/// Serves one request of a connection.
fn serve(mut client: TcpStream, own: &str, state: &Mutex<State>) -> io::Result<()> {
    let (path, request) = read_request(&mut client)?;
    // Without the pieces of HTTP/1.1 the end of an answer is that of its connection.
    let text = String::from_utf8_lossy(&request).replacen("HTTP/1.1", "HTTP/1.0", 1);
    let asked = text.split(" HTTP/").next().unwrap_or_default().to_owned();
    let is_of_records = !path.starts_with("/realms/");
    let (delay, broken) = {
        let mut state = state.lock().unwrap();
        let is_here = |(beginning, _): &mut (String, _)| asked.starts_with(&*beginning);
        let breaks = state.breaks.take_if(is_here);
        state.is_broken |= breaks.is_some();
        (state.delay, breaks.map(|(_, deed)| deed).or_else(|| state.is_broken.then(|| Box::new(|| ()) as _)))
    };
    if let Some(deed) = broken {
        deed();
        return Ok(());
    }
    let (upstream, text) = if is_of_records {
        std::thread::sleep(delay);
        (authority("KEEPWELL_CONNECT_FHIR"), text)
    } else {
        let keycloak = authority("KEEPWELL_CONNECT_REALM");
        // Its name goes into tokens, and is to be the one by which the browser knows it.
        (keycloak.clone(), text.replacen(own, &keycloak, 1))
    };
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or(io::ErrorKind::InvalidData)?;
    let mut body = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    if path.ends_with("/smart-configuration") {
        let mut configuration: Value = serde_json::from_slice(&body)?;
        for endpoint in ["token_endpoint", "revocation_endpoint"] {
            let leads_here =
                configuration[endpoint].as_str().unwrap().replace(&authority("KEEPWELL_CONNECT_REALM"), own);
            configuration[endpoint] = leads_here.into();
        }
        body = configuration.to_string().into_bytes();
    }
    {
        let mut state = state.lock().unwrap();
        state.exchanges.push(Exchange { asked, status });
        if path.ends_with("/token") && status == 200 {
            state.tokens.push(serde_json::from_slice(&body)?);
        }
    }
    let mut given = format!("HTTP/1.1 {status} .\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for line in head.lines().skip(1).filter(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if !["connection", "content-length", "transfer-encoding"].contains(&name.as_str()) {
            given += &format!("{line}\r\n");
        }
    }
    client.write_all(format!("{given}\r\n").as_bytes())?;
    client.write_all(&body)
}

/// Host and port of a server that `./dev test connect` runs.
fn authority(name: &str) -> String {
    let address = variable(name);
    address.trim_start_matches("http://").split('/').next().unwrap().to_owned()
}

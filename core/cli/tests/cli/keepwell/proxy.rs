//! What stands between a phone and its host: nothing, the portal of a hotel, or a line that breaks.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What becomes of requests.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// They arrive, and so do the answers.
    Open,
    /// Each gets "200 OK" and a page; those of clinics and of people with a link go another way.
    Portal,
    /// Those to this path are lost before they arrive.
    LosesRequests(&'static str),
    /// Those to this path arrive, and the answers are lost.
    LosesAnswers(&'static str),
    /// They arrive after so long.
    Slow(Duration),
    /// They arrive, and the answers to this path are kept.
    Keeps(&'static str),
    /// Those to this path get the newest answer that was kept.
    Replays(&'static str),
}

/// What the threads of a proxy share.
struct State {
    upstream: String,
    way: Way,
    kept: Vec<u8>,
    seen: Vec<Vec<u8>>,
}

/// A proxy at an address of its own.
pub(crate) struct Proxy {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = State { upstream: String::new(), way: Way::Open, kept: Vec::new(), seen: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                // Whoever goes away in the middle is not missed.
                std::thread::spawn(move || drop(serve(client, &shared)));
            }
        });
        Self { address, state }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Leads to this server from now on.
    pub(crate) fn lead_to(&self, url: &str) {
        self.state.lock().unwrap().upstream = url.trim_start_matches("http://").to_owned();
    }

    /// Every request that came, as it came.
    pub(crate) fn seen(&self) -> Vec<Vec<u8>> {
        self.state.lock().unwrap().seen.clone()
    }

    pub(crate) fn set(&self, way: Way) {
        self.state.lock().unwrap().way = way;
    }
}

/// Serves one request of a connection.
fn serve(mut client: TcpStream, state: &Mutex<State>) -> io::Result<()> {
    let (path, request) = read_request(&mut client)?;
    let (upstream, way) = {
        let mut state = state.lock().unwrap();
        state.seen.push(request.clone());
        (state.upstream.clone(), state.way)
    };
    let is_anothers = ["/l/", "/v1/grants/", "/v1/inbox/"].iter().any(|start| path.starts_with(start));
    match way {
        Way::Portal if !is_anothers => return client.write_all(PORTAL),
        Way::LosesRequests(lost) if path == lost => return Ok(()),
        Way::Slow(wait) => std::thread::sleep(wait),
        Way::Replays(replayed) if path == replayed => return client.write_all(&state.lock().unwrap().kept),
        _ => {}
    }
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(&request)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    match way {
        Way::LosesAnswers(lost) if path == lost => return Ok(()),
        Way::Keeps(kept) if path == kept => state.lock().unwrap().kept.clone_from(&answer),
        _ => {}
    }
    client.write_all(&answer)
}

/// Reads one request whole; it asks for an end of the connection after the answer.
pub(crate) fn read_request(client: &mut TcpStream) -> io::Result<(String, Vec<u8>)> {
    let (mut request, mut chunk) = (Vec::new(), [0; 16_384]);
    let mut read_more = |request: &mut Vec<u8>| match client.read(&mut chunk)? {
        0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
        read => {
            request.extend_from_slice(&chunk[..read]);
            Ok(())
        }
    };
    let head = loop {
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        read_more(&mut request)?;
    };
    let text = String::from_utf8_lossy(&request[..head]).into_owned();
    let length: usize = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    while request.len() < head + 4 + length {
        read_more(&mut request)?;
    }
    let body = request.split_off(head);
    let kept = text.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let mut request = kept.collect::<Vec<_>>().join("\r\n").into_bytes();
    request.extend_from_slice(b"\r\nconnection: close");
    request.extend_from_slice(&body);
    let target = text.split(' ').nth(1).unwrap_or_default();
    Ok((target.split('?').next().unwrap_or_default().to_owned(), request))
}

const PORTAL: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 20\r\nconnection: close\r\n\r\n<html>Welcome</html>";

//! Where a browser comes back to after a clinic's question: a port of this machine, open for as long as it takes
//! (RFC 8252 §7.3).

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::failure::{CommandError, Failure};
use crate::work::Work;

/// A port that waits for a browser.
pub(crate) struct RedirectListener {
    listener: TcpListener,
    port: u16,
}

/// A browser that came back and waits for its page.
pub(crate) struct Arrival {
    /// The address that it was sent to, whole.
    pub(crate) redirect: String,
    stream: TcpStream,
}

impl RedirectListener {
    /// Takes a free port.
    ///
    /// # Errors
    /// `ServerFailed`.
    pub(crate) fn open() -> Result<Self, Failure> {
        let failed = |error: io::Error| CommandError::ServerFailed(error.kind());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, port })
    }

    /// The address that the clinic sends the browser back to.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for a browser at that address; whatever else comes is sent away.
    ///
    /// # Errors
    /// `BrowserSilent` after ten minutes, or where someone asks to stop.
    pub(crate) fn wait(&self, until: Instant, work: &Work) -> Result<Arrival, Failure> {
        while Instant::now() < until && !work.is_stopped() {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    if let Some(arrival) = self.read(stream) {
                        return Ok(arrival);
                    }
                }
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        Err(CommandError::BrowserSilent.into())
    }

    /// The first line of a request, as far as it is one for a page here.
    fn read(&self, mut stream: TcpStream) -> Option<Arrival> {
        stream.set_nonblocking(false).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        let (mut head, mut chunk, begun) = (Vec::new(), [0; 1_024], Instant::now());
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
            head.extend_from_slice(chunk.get(..count)?);
            if head.len() > LONGEST_HEAD || begun.elapsed() > PATIENCE {
                return None;
            }
        }
        let line = str::from_utf8(head.split(|byte| *byte == b'\r').next()?).ok()?;
        let target = line.strip_prefix("GET ").and_then(|rest| rest.split(' ').next());
        let query = target.and_then(|target| target.strip_prefix(PATH)).filter(|rest| rest.starts_with('?'));
        match query {
            Some(query) => Some(Arrival { redirect: format!("{}{query}", self.redirect_uri()), stream }),
            None => {
                answer(stream, "404 Not Found", "There is nothing here.");
                None
            }
        }
    }
}

impl Arrival {
    /// Shows the browser how it went.
    pub(crate) fn answer(self, sentence: &str) {
        answer(self.stream, "200 OK", sentence);
    }
}

/// Opens the address in the browser of whoever sits at the terminal.
pub(crate) fn open_browser(url: &str) {
    if !io::stderr().is_terminal() {
        return;
    }
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    // The address is on the terminal, too, for whom this opens nothing.
    let _ = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
}

/// A page without scripts, from which no other learns the address with the code.
fn answer(mut stream: TcpStream, status: &str, sentence: &str) {
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>Keepwell</title>\
         <main><h1>Keepwell</h1><p>{sentence}</p></main>\n"
    );
    let headers = "content-type: text/html; charset=utf-8\r\nreferrer-policy: no-referrer\r\ncache-control: no-store\r\n\
                   content-security-policy: default-src 'none'\r\nconnection: close";
    let length = page.len();
    let answer = format!("HTTP/1.1 {status}\r\n{headers}\r\ncontent-length: {length}\r\n\r\n{page}");
    let _ = stream.write_all(answer.as_bytes());
}

const PATH: &str = "/keepwell";
/// How long a browser may take for its request or for reading the answer.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
/// Of a request up to its empty line, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

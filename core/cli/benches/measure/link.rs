//! A slow line: TCP connections to a server on this machine that share a rate and a delay each way.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use keepwell_net::{Limits, NetError, Transport};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::Network;

/// A transport that reaches its servers over a line. What is signed names the servers themselves, as a
/// host asks.
pub(crate) struct Far<'a> {
    inner: &'a dyn Transport,
    routes: Vec<(String, String)>,
}

impl<'a> Far<'a> {
    /// Carries what is for one of these URLs over the line.
    pub(crate) fn new(inner: &'a dyn Transport, line: &Line, urls: &[&str]) -> Self {
        Self { inner, routes: urls.iter().map(|url| ((*url).to_owned(), line.to(url))).collect() }
    }

    /// The network as a wallet uses it.
    pub(crate) fn network(&self) -> Network<'_> {
        Network { transport: self, envelopes: self, policy: TrustPolicy::DEMONSTRATION }
    }
}

impl Transport for Far<'_> {
    fn send(&self, mut request: Request, limits: Limits) -> Result<Response, NetError> {
        let route = self.routes.iter().find(|route| request.url.starts_with(&route.0)).unwrap();
        request.url = request.url.replacen(&route.0, &route.1, 1);
        self.inner.send(request, limits)
    }
}

/// What all connections over a line share.
#[derive(Clone)]
pub(crate) struct Line {
    bits_per_second: u64,
    delay: Duration,
    /// When the last byte that was let in has left the near end: up, down.
    free: [Arc<Mutex<Instant>>; 2],
}

impl Line {
    /// A line of so many bits a second and so long a way, in each direction.
    pub(crate) fn new(bits_per_second: u64, delay: Duration) -> Self {
        Self { bits_per_second, delay, free: [(); 2].map(|()| Arc::new(Mutex::new(Instant::now()))) }
    }

    /// How long so many bytes take at this rate, without the way.
    pub(crate) fn time(&self, bytes: u64) -> Duration {
        Duration::from_secs_f64(bytes as f64 * 8.0 / self.bits_per_second as f64)
    }

    /// The URL under which a server is reached over this line, as long as the process runs.
    fn to(&self, url: &str) -> String {
        let server: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let line = self.clone();
        thread::spawn(move || {
            for near in listener.incoming() {
                let (near, line) = (near.unwrap(), line.clone());
                thread::spawn(move || line.connect(near, server));
            }
        });
        format!("http://{address}")
    }

    fn connect(&self, near: TcpStream, server: SocketAddr) {
        // There and back before the first byte, as TCP shakes hands.
        thread::sleep(self.delay * 2);
        let Ok(far) = TcpStream::connect(server) else { return };
        let (near_again, far_again) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        let line = self.clone();
        let down = thread::spawn(move || line.carry(far_again, near_again, 1));
        self.carry(near, far, 0);
        down.join().unwrap();
    }

    /// Carries bytes one way until the sender ends.
    fn carry(&self, mut from: TcpStream, mut to: TcpStream, direction: usize) {
        to.set_nodelay(true).unwrap();
        // What is on the way, and a little that waits before it: more is not read, and TCP holds it back.
        let (sender, receiver) = sync_channel::<(Instant, Vec<u8>)>(64);
        let writer = thread::spawn(move || {
            for (arrival, bytes) in receiver {
                thread::sleep(arrival.saturating_duration_since(Instant::now()));
                if to.write_all(&bytes).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
        let mut packet = [0; 1_460];
        while let Ok(read @ 1..) = from.read(&mut packet) {
            let sent = {
                let mut free = self.free[direction].lock().unwrap();
                *free = (*free).max(Instant::now()) + self.time(read as u64);
                *free
            };
            if sender.send((sent + self.delay, packet[..read].to_vec())).is_err() {
                break;
            }
            // The next packet is taken when this one has left, whichever connection it is of.
            thread::sleep(sent.saturating_duration_since(Instant::now()));
        }
        drop(sender);
        writer.join().unwrap();
    }
}

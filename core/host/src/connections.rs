//! Connections: so many at once, none that dawdles, all ended in good order.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::JoinSet;

/// How long clients are waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For the head of a request, and between two requests.
    pub(crate) head: Duration,
    /// For requests under way when the server stops.
    pub(crate) end: Duration,
}

/// The most connections at once; further ones wait to be accepted.
const MOST_CONNECTIONS: usize = 2_048;
/// How soon a full table of files is looked at again.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Answers by `app` until `stopped`, then lets requests under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    stopped: oneshot::Receiver<()>,
    patience: Patience,
) {
    // HTTP/2 is for connections under TLS, which ends before this server.
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(patience.head);
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let (end, ending) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stopped = pin!(stopped);
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            (stream, peer, place) = accept(&listener, &places) => {
                let app = app.clone().layer(Extension(ConnectInfo(peer)));
                connections.spawn(connection(http.clone(), stream, app, ending.clone(), place));
            }
        }
    }
    drop(listener);
    end.send_replace(true);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(patience.end, ended).await.is_err() {
        tracing::warn!("stopped with requests under way");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there always is a place in the end.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(_) => tokio::time::sleep(ACCEPT_AGAIN).await,
        }
    }
}

async fn connection(
    http: Builder<TokioExecutor>,
    stream: TcpStream,
    app: Router,
    mut ending: watch::Receiver<bool>,
    _place: Option<OwnedSemaphorePermit>,
) {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    let mut served = pin!(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(app)));
    tokio::select! {
        // That a client broke off is its own affair.
        _ = served.as_mut() => return,
        _ = ending.wait_for(|ending| *ending) => served.as_mut().graceful_shutdown(),
    }
    let _ = served.await;
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::time::Instant;

    use super::*;

    const PATIENCE: Patience = Patience { head: Duration::from_millis(300), end: Duration::from_secs(5) };

    struct Running {
        runtime: tokio::runtime::Runtime,
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        ended: tokio::task::JoinHandle<()>,
    }

    fn start() -> Running {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let slow = axum::routing::get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
            tokio::time::sleep(Duration::from_millis(600)).await;
            peer.ip().to_string()
        });
        let (stop, stopped) = oneshot::channel();
        let ended = runtime.spawn(serve(listener, Router::new().route("/", slow), stopped, PATIENCE));
        Running { runtime, address, stop, ended }
    }

    fn connect(running: &Running, first: &str) -> std::net::TcpStream {
        let mut stream = std::net::TcpStream::connect(running.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(first.as_bytes()).unwrap();
        stream
    }

    fn rest(mut stream: std::net::TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn who_never_ends_the_head_of_a_request_is_cut_off_and_who_waits_for_an_answer_is_not() {
        let running = start();
        let started = Instant::now();
        for dawdler in ["GET / HT", "GET / HTTP/1.1\r\nHost: h\r\nX-A: ", ""] {
            let answer = rest(connect(&running, dawdler));
            assert!(!answer.contains("200"), "{answer}");
        }
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
        let answer = rest(connect(&running, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("127.0.0.1"), "{answer}");
    }

    #[test]
    fn a_request_under_way_is_answered_before_the_end() {
        let running = start();
        let asking = connect(&running, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        let idle = connect(&running, "");
        std::thread::sleep(Duration::from_millis(200));
        running.stop.send(()).unwrap();
        let answer = rest(asking);
        assert!(answer.ends_with("127.0.0.1"), "{answer}");
        drop(idle);
        running.runtime.block_on(running.ended).unwrap();
        assert!(std::net::TcpStream::connect(running.address).is_err());
    }
}

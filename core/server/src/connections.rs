//! Connections: so many at once in all and for each client, and a place for whoever comes with a request.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinSet};

use crate::Listen;
use crate::activity::{Activity, Yields};
use crate::client::subscriber;
use crate::front::Front;
use crate::limits::size;
use crate::listen::room_for;
use crate::stream::Stream;

/// Answers by `front` until `stop` is true, then lets requests under way end.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>, mut stop: watch::Receiver<bool>) {
    let limits = front.listen.limits;
    // HTTP/2 is for connections under TLS, which ends before this server. Its own stream has the patience.
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1().max_buf_size(size(limits.head_bytes).max(SMALLEST_BUFFER)).header_read_timeout(None);
    let mut table = Table { places: HashMap::new(), room: size(room_for(limits.connections)) };
    let mut tasks = JoinSet::new();
    let mut stopping = pin!(stop.wait_for(|stop| *stop));
    let (end, ending) = watch::channel(false);
    loop {
        let has_room = table.has_room(&front);
        front.crowd(!has_room);
        let accepted = tokio::select! {
            _ = &mut stopping => break,
            Some(ended) = tasks.join_next_with_id() => {
                table.places.remove(&ended.map_or_else(|error| error.id(), |(id, ())| id));
                front.metrics.connections.set(i64::try_from(table.places.len()).unwrap_or(i64::MAX));
                continue;
            }
            accepted = listener.accept(), if has_room => accepted,
            // Those who stall yield after a while.
            () = tokio::time::sleep(LOOK_AGAIN), if !has_room => continue,
        };
        let Ok((stream, peer)) = accepted else {
            // A full table of files, mostly.
            table.end_one(&front, |_| true);
            tokio::time::sleep(LOOK_AGAIN).await;
            continue;
        };
        let client = counted(&front.listen, peer.ip());
        if !table.make_room(&front, client) {
            refuse(&stream, &front);
            continue;
        }
        let activity = Arc::new(Activity::new(Instant::now()));
        let task =
            connection(http.clone(), stream, peer, Arc::clone(&activity), Arc::clone(&front), ending.clone());
        let task = tasks.spawn(task);
        table.places.insert(task.id(), Place { client, activity, task });
        front.metrics.connections.set(i64::try_from(table.places.len()).unwrap_or(i64::MAX));
    }
    drop(listener);
    drain(&front, &table, tasks, &end).await;
}

/// Lets requests under way end, for so long as the limits say; who only waits is ended at once.
async fn drain(front: &Front, table: &Table, mut tasks: JoinSet<()>, end: &watch::Sender<bool>) {
    front.drain();
    end.send_replace(true);
    for place in table.places.values().filter(|place| !place.activity.is_busy()) {
        place.task.abort();
    }
    let ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(front.listen.limits.drain(), ended).await.is_err() {
        tracing::warn!("stopped with requests under way");
    }
}

/// The connections that are open.
struct Table {
    places: HashMap<Id, Place>,
    room: usize,
}

struct Place {
    /// Whose it is; nobody's if it is a trusted proxy's.
    client: Option<IpAddr>,
    activity: Arc<Activity>,
    task: AbortHandle,
}

impl Table {
    /// Whether there is a place for one more, free or of one that yields.
    fn has_room(&self, front: &Front) -> bool {
        self.places.len() < self.room || self.first_to_yield(front, |_| true).is_some()
    }

    /// Makes room for one more of a client; false if none of its client's, or none at all, yields.
    fn make_room(&mut self, front: &Front, client: Option<IpAddr>) -> bool {
        let of_client = self.places.values().filter(|place| place.client == client).count();
        if client.is_some() && of_client >= size(front.listen.limits.connections_per_client) {
            return self.end_one(front, |place| place.client == client);
        }
        self.places.len() < self.room || self.end_one(front, |_| true)
    }

    /// Ends the connection among `these` that yields first.
    fn end_one(&mut self, front: &Front, these: impl Fn(&Place) -> bool) -> bool {
        let Some((id, _)) = self.first_to_yield(front, these) else { return false };
        if let Some(place) = self.places.remove(&id) {
            place.task.abort();
        }
        front.metrics.yielded.inc();
        true
    }

    fn first_to_yield(&self, front: &Front, these: impl Fn(&Place) -> bool) -> Option<(Id, Yields)> {
        let (limits, now) = (&front.listen.limits, Instant::now());
        self.places
            .iter()
            .filter(|(_, place)| these(place))
            .filter_map(|(id, place)| Some((*id, place.activity.yields(limits, now)?)))
            .min_by_key(|(_, yields)| *yields)
    }
}

/// Whom a connection from an address is counted for; nobody if that is a proxy which tells for whom it asks.
fn counted(listen: &Listen, peer: IpAddr) -> Option<IpAddr> {
    (!listen.trusts(peer.to_canonical())).then(|| subscriber(peer))
}

async fn connection(
    http: Builder<TokioExecutor>,
    stream: TcpStream,
    peer: SocketAddr,
    activity: Arc<Activity>,
    front: Arc<Front>,
    mut ending: watch::Receiver<bool>,
) {
    let stream = Stream::new(stream, Arc::clone(&activity), front.listen.limits);
    let answer = service_fn(|request| Arc::clone(&front).answer(peer.ip(), Arc::clone(&activity), request));
    let mut served = pin!(http.serve_connection(TokioIo::new(stream), answer));
    let stopped = async {
        tokio::select! {
            // That a client broke off is its own affair.
            _ = served.as_mut() => return,
            _ = ending.wait_for(|ending| *ending) => served.as_mut().graceful_shutdown(),
        }
        let _ = served.await;
    };
    tokio::select! {
        () = stopped => (),
        () = activity.connection_ended() => {
            front.metrics.yielded.inc();
        }
    }
}

/// Says that there is no place, as far as that can be said without waiting.
fn refuse(stream: &TcpStream, front: &Front) {
    front.metrics.refused.inc();
    let _ = stream.try_write(NO_PLACE);
}

const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
/// How soon it is looked again whether somebody yields, or the system has a file.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Below it hyper panics.
const SMALLEST_BUFFER: usize = 8 * 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_counted_for_nobody_and_its_neighbours_for_their_network() {
        let mut listen = Listen::from(SocketAddr::from(([127, 0, 0, 1], 0)));
        listen.trusted_proxies = vec!["2001:db8::1/128".parse().unwrap(), "10.0.0.1/32".parse().unwrap()];
        let counted = |peer: &str| counted(&listen, peer.parse().unwrap()).map(|client| client.to_string());
        for proxy in ["2001:db8::1", "10.0.0.1", "::ffff:10.0.0.1"] {
            assert_eq!(counted(proxy), None, "{proxy}");
        }
        for (peer, client) in [("2001:db8::2", "2001:db8::"), ("::ffff:10.0.0.2", "10.0.0.2")] {
            assert_eq!(counted(peer).as_deref(), Some(client), "{peer}");
        }
    }
}

//! The memory for answers: taken before one is made, held until it is sent.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use axum::body::Bytes;

use crate::Limits;
use crate::activity::{Activity, Yields};
use crate::memory::{Memory, NoMemory, Reserved};

/// The connection over which a request came; an extension of the request.
#[derive(Clone)]
pub struct Connection {
    activity: Arc<Activity>,
    limits: Limits,
}

impl Connection {
    pub(crate) fn new(activity: Arc<Activity>, limits: Limits) -> Self {
        Self { activity, limits }
    }

    /// Since when its client keeps an answer from moving, if for so long that it yields.
    fn stalled(&self, now: Instant) -> Option<Instant> {
        match self.activity.yields(&self.limits, now) {
            Some(Yields::Stalled(since)) => Some(since),
            Some(Yields::Waiting(_)) | None => None,
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection(..)")
    }
}

/// The memory that answers share.
#[derive(Debug)]
pub struct AnswerMemory {
    memory: Arc<Memory>,
    /// An answer of at most so many bytes needs none of it.
    small: u64,
    under_way: Mutex<Vec<Weak<Held>>>,
}

/// There is no memory for the answer now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("there is no memory for the answer now")]
pub struct AnswerRefused;

/// The memory of one answer, given back on drop, or when its connection yields.
#[derive(Debug)]
pub struct AnswerRoom(Option<Arc<Held>>);

#[derive(Debug)]
struct Held {
    connection: Connection,
    reserved: Mutex<Option<Reserved>>,
}

impl AnswerMemory {
    /// The memory of `memory_answers_bytes`, of which a client has its share.
    pub fn new(limits: &Limits) -> Self {
        let memory = Memory::new(limits.memory_answers_bytes, limits.memory_shares);
        Self { memory, small: limits.body_bytes, under_way: Mutex::default() }
    }

    /// Takes memory for an answer of so many bytes to a client, over its connection. Where there is none left,
    /// the connection is ended whose answer has stalled longest, be it of the same client.
    ///
    /// # Errors
    /// [`AnswerRefused`] if none has stalled either.
    pub fn reserve(
        &self,
        client: IpAddr,
        connection: &Connection,
        bytes: u64,
    ) -> Result<AnswerRoom, AnswerRefused> {
        if bytes <= self.small {
            return Ok(AnswerRoom(None));
        }
        let mut reserved = Reserved::new(&self.memory, client);
        let mut under_way = lock(&self.under_way);
        under_way.retain(|held| held.strong_count() > 0);
        while let Err(none_left) = reserved.grow_to(bytes) {
            let now = Instant::now();
            let stalled = under_way
                .iter()
                .filter_map(Weak::upgrade)
                .filter(|held| {
                    let is_theirs = |other: &Reserved| other.client() == reserved.client();
                    lock(&held.reserved)
                        .as_ref()
                        .is_some_and(|it| none_left == NoMemory::InAll || is_theirs(it))
                })
                .filter_map(|held| Some((held.connection.stalled(now)?, held)))
                .min_by_key(|(since, _)| *since);
            let (_, held) = stalled.ok_or(AnswerRefused)?;
            lock(&held.reserved).take();
            held.connection.activity.end_connection();
        }
        let reserved = Mutex::new(Some(reserved));
        let held = Arc::new(Held { connection: connection.clone(), reserved });
        under_way.push(Arc::downgrade(&held));
        Ok(AnswerRoom(Some(held)))
    }
}

impl AnswerRoom {
    /// The bytes of the answer, with which its memory is given back.
    pub fn hold(self, bytes: Vec<u8>) -> Bytes {
        match self.0 {
            None => bytes.into(),
            Some(held) => Bytes::from_owner(Sent { bytes, _held: held }),
        }
    }
}

/// What is sent, and what it holds.
struct Sent {
    bytes: Vec<u8>,
    _held: Arc<Held>,
}

impl AsRef<[u8]> for Sent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answer_that_stalls_gives_its_memory_to_another_and_one_that_moves_does_not() {
        let limits =
            Limits { memory_answers_bytes: 400, memory_shares: 4, body_bytes: 10, ..Limits::default() };
        let memory = AnswerMemory::new(&limits);
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let long_ago = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
        let connection = || {
            let activity = Activity::new(long_ago);
            activity.begin(false);
            Connection::new(Arc::new(activity), limits)
        };
        let connections = [(); 4].map(|()| connection());
        let rooms: Vec<AnswerRoom> = (1..5)
            .zip(&connections)
            .map(|(last, connection)| memory.reserve(address(last), connection, 100).unwrap())
            .collect();
        let refused = |last: u8| memory.reserve(address(last), &connection(), 11).err();
        assert_eq!(refused(1), Some(AnswerRefused), "it has its share");
        assert_eq!(refused(9), Some(AnswerRefused), "nothing is left");
        assert!(memory.reserve(address(9), &connection(), 10).unwrap().0.is_none(), "a small one needs none");
        // The second stalls: its memory is for anybody but the first, who has its share.
        connections[1].activity.block(long_ago);
        assert_eq!(refused(1), Some(AnswerRefused));
        let served = memory.reserve(address(9), &connection(), 60).unwrap();
        assert_eq!(refused(10), None);
        assert_eq!(memory.reserve(address(10), &connection(), 41).err(), Some(AnswerRefused));
        let sent: Vec<Bytes> = rooms.into_iter().map(|room| room.hold(vec![7; 100])).collect();
        drop((sent, served));
        assert!(memory.reserve(address(1), &connection(), 100).is_ok(), "all is given back, and once");
        assert_eq!(memory.reserve(address(1), &connection(), 101).err(), Some(AnswerRefused));
    }
}

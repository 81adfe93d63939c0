//! The wallet's network: it can be cut, slowed down, answered by others, and is looked at.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use keepwell_net::{HttpTransport, Limits, NetError, Transport};
use keepwell_protocol::domain::{BlobId, Object};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::vault::{BlobIds, Blobs, Commit, GrantEntry, LinkEntry, Moved, SealedHead};

use super::clock::SharedClock;

/// What travelled over a [`Wire`].
#[derive(Default)]
pub(crate) struct Seen {
    /// Every grant entry that was ever committed, with its packet.
    pub(crate) entries: Vec<GrantEntry>,
    /// Every head that was ever committed.
    pub(crate) heads: Vec<SealedHead>,
    /// Every share link that a commit ever named.
    pub(crate) links: Vec<LinkEntry>,
    /// Every blob that was ever uploaded.
    pub(crate) blobs: Vec<Vec<u8>>,
    /// Every note of where the space has gone, and to whom.
    pub(crate) moved: Vec<(String, Moved)>,
    /// Bytes of requests to the host since the test last set it back.
    pub(crate) bytes_up: usize,
    /// Every blob that was asked for since then, in the order asked.
    pub(crate) asked: Vec<BlobId>,
}

/// Somebody between the wallet and its servers.
type Impostor = Box<dyn Fn(&Request) -> Option<Result<Response, NetError>> + Send>;

/// A transport that can be cut before or after any request, and that keeps what was sent.
pub(crate) struct Wire {
    inner: HttpTransport,
    /// Requests that still pass; negative: without limit.
    left: AtomicI64,
    /// When none are left: whether one more is carried out without an answer.
    loses_answer: AtomicI64,
    /// The end of the address at which it is cut.
    cut_at: Mutex<Option<&'static str>>,
    /// How long each request takes, there and back, by which clock.
    slow: Mutex<Option<(SharedClock, u64)>>,
    /// Answers in the place of a server, where it gives an answer.
    impostor: Mutex<Option<Impostor>>,
    pub(crate) seen: Mutex<Seen>,
    /// What becomes of an answer to a request before it arrives.
    change: Mutex<Option<Box<Change>>>,
}

/// Changes an answer, knowing what was asked.
pub(crate) type Change = dyn Fn(&Request, &mut Response) + Send;

impl Wire {
    /// Lets something in between change answers from now on.
    pub(crate) fn change(&self, change: impl Fn(&Request, &mut Response) + Send + 'static) {
        *self.change.lock().unwrap() = Some(Box::new(change));
    }

    /// Nothing changes answers any more.
    pub(crate) fn change_nothing(&self) {
        *self.change.lock().unwrap() = None;
    }

    /// Every blob that was asked for since the last time.
    pub(crate) fn take_asked(&self) -> Vec<BlobId> {
        std::mem::take(&mut self.seen.lock().unwrap().asked)
    }

    pub(crate) fn new() -> Self {
        Self {
            inner: HttpTransport::new().unwrap(),
            left: AtomicI64::new(-1),
            loses_answer: AtomicI64::new(0),
            cut_at: Mutex::default(),
            slow: Mutex::default(),
            impostor: Mutex::default(),
            seen: Mutex::default(),
            change: Mutex::default(),
        }
    }

    /// Lets `requests` pass and then no more; with `lose_answer` the next one reaches the server, but
    /// its answer does not come back.
    pub(crate) fn cut_after(&self, requests: i64, lose_answer: bool) {
        self.left.store(requests, Ordering::SeqCst);
        self.loses_answer.store(i64::from(lose_answer), Ordering::SeqCst);
    }

    /// The next request to what ends in `path` reaches its server; its answer does not come back, and nothing passes
    /// from there on.
    pub(crate) fn cut_at(&self, path: &'static str) {
        *self.cut_at.lock().unwrap() = Some(path);
    }

    /// Makes each request take so many seconds, half of them on its way there.
    pub(crate) fn slow_down(&self, clock: &SharedClock, seconds: u64) {
        *self.slow.lock().unwrap() = Some((clock.clone(), seconds));
    }

    /// Lets somebody else answer what they answer.
    pub(crate) fn intrude(
        &self,
        impostor: impl Fn(&Request) -> Option<Result<Response, NetError>> + Send + 'static,
    ) {
        *self.impostor.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(impostor));
    }

    /// The servers answer for themselves again.
    pub(crate) fn leave(&self) {
        *self.impostor.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Half of the time that a request takes passes.
    fn pass(&self) {
        if let Some((clock, seconds)) = &*self.slow.lock().unwrap() {
            clock.forward(seconds / 2);
        }
    }

    pub(crate) fn mend(&self) {
        self.left.store(-1, Ordering::SeqCst);
    }

    pub(crate) fn note(&self, request: &Request) {
        let mut seen = self.seen.lock().unwrap();
        seen.bytes_up += request.body.len();
        if request.url.ends_with("/v1/space/commit") {
            let commit = Commit::from_cbor(&request.body).unwrap();
            seen.entries.extend(commit.grants_added);
            seen.heads.extend(commit.heads);
            seen.links.extend(commit.links);
        } else if let Some(host) = request.url.strip_suffix("/v1/space/moved") {
            seen.moved.push((host.to_owned(), Moved::from_cbor(&request.body).unwrap()));
        } else if request.url.ends_with("/v1/blobs") {
            let blobs = Blobs::from_cbor(&request.body).unwrap();
            seen.blobs.extend(blobs.0.into_iter().map(Vec::from));
        } else if request.url.ends_with("/v1/blobs/get") {
            seen.asked.extend(BlobIds::from_cbor(&request.body).unwrap().0);
        }
    }
}

impl Transport for Wire {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        if self.cut_at.lock().unwrap().take_if(|path| request.url.ends_with(*path)).is_some() {
            self.cut_after(0, true);
        }
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            if self.loses_answer.swap(0, Ordering::SeqCst) == 1 {
                self.note(&request);
                self.inner.send(request, limits)?;
            }
            return Err(NetError::ConnectionBroken);
        }
        if left > 0 {
            self.left.fetch_sub(1, Ordering::SeqCst);
        }
        let imposed = self
            .impostor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .and_then(|impostor| impostor(&request));
        if let Some(answer) = imposed {
            return answer;
        }
        self.note(&request);
        self.pass();
        let asked = request.clone();
        let mut answer = self.inner.send(request, limits);
        if let (Ok(answer), Some(change)) = (&mut answer, &*self.change.lock().unwrap()) {
            change(&asked, answer);
        }
        self.pass();
        answer
    }
}

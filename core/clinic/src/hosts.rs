//! Asking hosts that patients named: all beside each other, none of them for long.
//!
//! Anybody can name a host that never answers. So each has a thread of its own, is given up at its first
//! silence, and all of them together have so much time and no more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use keepwell_net::{Clock, NetError};
use url::Url;

use crate::ClinicError;
use crate::server::Server;

/// How long the answers of all hosts together may take.
const IN_ALL: Duration = Duration::from_secs(12);
/// How long one answer may take of a host that a patient named.
const EACH: Duration = Duration::from_secs(4);
/// How many hosts are asked at once.
const AT_ONCE: usize = 64;

/// A question to a host, and the host.
pub(crate) struct Question<T> {
    /// Whom to ask.
    pub(crate) server: Server,
    /// What to ask.
    pub(crate) what: T,
}

/// Why a question has no answer.
pub(crate) enum Unanswered {
    /// The host was asked.
    Asked(ClinicError),
    /// It was not: its host was silent before, or there was no more time.
    NotAsked(NetError),
}

/// Asks every question, those of one host one after another and in their order; hosts begin in the order of
/// their first question. `take` is given the answers as they come.
///
/// # Errors
/// Those of `take`, which end the asking; what a host answers is none.
pub(crate) fn fetch_all<T: Send, A: Send>(
    questions: Vec<Question<T>>,
    clock: &dyn Clock,
    fetch: impl Fn(&Server, &mut T) -> Result<A, ClinicError> + Sync,
    mut take: impl FnMut(T, Result<A, Unanswered>) -> Result<(), ClinicError>,
) -> Result<(), ClinicError> {
    let until = clock.monotonic().saturating_add(IN_ALL);
    let hosts = by_host(questions);
    let next = AtomicUsize::new(0);
    let (sender, answers) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(hosts.len()) {
            let (sender, hosts, next, fetch) = (sender.clone(), &hosts, &next, &fetch);
            scope.spawn(move || {
                while let Some(host) = hosts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let questions = std::mem::take(&mut *host.lock().unwrap_or_else(PoisonError::into_inner));
                    let mut silent = None;
                    for Question { server, mut what } in questions {
                        let left = until.saturating_sub(clock.monotonic());
                        let given_up = silent.or_else(|| left.is_zero().then_some(NetError::Timeout));
                        let answer = match given_up {
                            Some(error) => Err(Unanswered::NotAsked(error)),
                            None => {
                                fetch(&server.within(left.min(EACH)), &mut what).map_err(Unanswered::Asked)
                            }
                        };
                        if let Err(Unanswered::Asked(error)) = &answer {
                            silent = silence(error);
                        }
                        // Nobody listens any more once an answer could not be kept.
                        if sender.send((what, answer)).is_err() {
                            return;
                        }
                    }
                }
            });
        }
        drop(sender);
        answers.into_iter().try_for_each(|(what, answer)| take(what, answer))
    })
}

/// The failure of a host that is not worth another question now.
fn silence(error: &ClinicError) -> Option<NetError> {
    use keepwell_net::GatewayError;
    match error {
        ClinicError::Net(error) | ClinicError::Gateway(GatewayError::Net(error)) => Some(*error),
        _ => None,
    }
}

/// The questions of each host, which is one however its address goes on.
fn by_host<T>(questions: Vec<Question<T>>) -> Vec<Mutex<Vec<Question<T>>>> {
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    let mut hosts: Vec<Mutex<Vec<Question<T>>>> = Vec::new();
    for question in questions {
        let base = question.server.base();
        let origin =
            Url::parse(base).map_or_else(|_| base.to_owned(), |url| url.origin().ascii_serialization());
        let index = *at.entry(origin).or_insert(hosts.len());
        match hosts.get_mut(index) {
            Some(host) => host.get_mut().unwrap_or_else(PoisonError::into_inner).push(question),
            None => hosts.push(Mutex::new(vec![question])),
        }
    }
    hosts
}

//! The one connection that writes, and how many requests share a commit.
//!
//! Each request writes in turn, in a savepoint of its own, on its own thread. Whoever has somebody waiting
//! behind leaves the transaction open for them; the last commits for all, and nobody goes on before that: one
//! sync of the disk is for everybody who came while the one before was under way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Savepoint, ffi};

/// The connection that writes.
pub(super) struct Writer {
    /// How many want a turn and have none.
    waiting: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    connection: Connection,
    /// Those whose work is in the open transaction; absent: there is none.
    group: Option<Arc<Group>>,
}

/// Requests that are committed together, or together not.
#[derive(Default)]
struct Group {
    outcome: Mutex<Option<Result<(), ffi::Error>>>,
    decided: Condvar,
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        Self { waiting: AtomicUsize::new(0), state: Mutex::new(State { connection, group: None }) }
    }

    /// Runs `work`, keeps what it wrote if it succeeds, and returns once that is on the disk. If it fails, only
    /// its own writes are undone.
    ///
    /// # Errors
    /// What `work` returns; or that of the database if nothing of the whole group was kept.
    pub(super) fn write<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Savepoint<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (done, lost, group) = {
            let mut turn = self.turn()?;
            let done = turn.run(work);
            (done, turn.state.connection.is_autocommit(), Arc::clone(&turn.group))
        };
        let kept = group.wait();
        // What undid the whole group is the database's own failure, whatever the group says of it.
        if lost && done.is_err() {
            return done;
        }
        // What `work` saw, also to fail by it, may be of others in the group: it is not true before it is kept.
        kept?;
        done
    }

    fn turn(&self) -> rusqlite::Result<Turn<'_>> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let group = match &state.group {
            Some(group) => Arc::clone(group),
            None => {
                state.connection.execute_batch("BEGIN IMMEDIATE")?;
                Arc::clone(state.group.insert(Arc::default()))
            }
        };
        Ok(Turn { waiting: &self.waiting, state, group })
    }
}

impl Group {
    fn decide(&self, outcome: Result<(), ffi::Error>) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.decided.notify_all();
    }

    fn wait(&self) -> rusqlite::Result<()> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match *outcome {
                Some(outcome) => return outcome.map_err(|code| rusqlite::Error::SqliteFailure(code, None)),
                None => outcome = self.decided.wait(outcome).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// A request's time with the connection. Its end, also by a fault, commits unless somebody waits, who then will.
struct Turn<'a> {
    waiting: &'a AtomicUsize,
    state: MutexGuard<'a, State>,
    group: Arc<Group>,
}

impl Turn<'_> {
    fn run<T, E: From<rusqlite::Error>>(
        &mut self,
        work: impl FnOnce(&Savepoint<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // Rolls back when it is dropped.
        let savepoint = self.state.connection.savepoint()?;
        let value = work(&savepoint)?;
        savepoint.commit()?;
        Ok(value)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let connection = &self.state.connection;
        // A full disk or a failing one makes SQLite undo the whole transaction.
        let lost = connection.is_autocommit();
        if !lost && self.waiting.load(Ordering::SeqCst) > 0 {
            return;
        }
        let committed = if lost {
            Err(ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK))
        } else {
            connection.execute_batch("COMMIT").map_err(|error| code(&error))
        };
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction that failed is not rolled back");
        }
        self.state.group = None;
        self.group.decide(committed);
    }
}

fn code(error: &rusqlite::Error) -> ffi::Error {
    error.sqlite_error().copied().unwrap_or(ffi::Error::new(ffi::SQLITE_ERROR))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    fn writer(commits: &Arc<AtomicUsize>) -> Writer {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE numbers (number INTEGER PRIMARY KEY)").unwrap();
        let commits = Arc::clone(commits);
        connection
            .commit_hook(Some(move || {
                commits.fetch_add(1, Ordering::SeqCst);
                false
            }))
            .unwrap();
        Writer::new(connection)
    }

    fn put(tx: &Savepoint<'_>, number: i64) -> rusqlite::Result<usize> {
        tx.execute("INSERT INTO numbers VALUES (?1)", [number])
    }

    fn numbers(writer: &Writer) -> Vec<i64> {
        let read = |tx: &Savepoint<'_>| {
            tx.prepare("SELECT number FROM numbers ORDER BY number")?
                .query_map([], |row| row.get(0))?
                .collect()
        };
        writer.write::<_, rusqlite::Error>(read).unwrap()
    }

    /// Somebody who writes.
    type Write = Box<dyn FnOnce(&Writer) + Send>;

    /// Has `first` its turn until all of `others` wait for theirs.
    fn together<T: Send>(
        writer: &Writer,
        first: impl FnOnce(&Savepoint<'_>) -> T + Send,
        others: Vec<Write>,
    ) -> Option<T> {
        let (begun, has_begun) = mpsc::channel();
        let count = others.len();
        thread::scope(|scope| {
            let first = scope.spawn(move || {
                writer.write::<_, rusqlite::Error>(|tx| {
                    begun.send(()).unwrap();
                    while writer.waiting.load(Ordering::SeqCst) < count {
                        thread::yield_now();
                    }
                    Ok(first(tx))
                })
            });
            has_begun.recv().unwrap();
            for other in others {
                scope.spawn(move || other(writer));
            }
            first.join().ok()?.ok()
        })
    }

    #[test]
    fn those_who_wait_share_one_commit_and_one_that_fails_is_alone() {
        let commits = Arc::default();
        let writer = writer(&commits);
        let fails = |writer: &Writer| {
            let failed = writer.write::<(), rusqlite::Error>(|tx| {
                put(tx, 7)?;
                put(tx, 7).map(drop)
            });
            failed.unwrap_err();
        };
        let keeps = |writer: &Writer| {
            writer.write(|tx| put(tx, 2)).unwrap();
        };
        together(&writer, |tx| put(tx, 1).unwrap(), vec![Box::new(fails), Box::new(keeps)]).unwrap();
        assert_eq!(commits.load(Ordering::SeqCst), 1);
        assert_eq!(numbers(&writer), [1, 2]);
    }

    #[test]
    fn one_that_ends_by_a_fault_undoes_its_own_writes_only() {
        let writer = writer(&Arc::default());
        let keeps = |writer: &Writer| {
            writer.write(|tx| put(tx, 2)).unwrap();
        };
        let faulty = |tx: &Savepoint<'_>| {
            put(tx, 1).unwrap();
            panic!("a fault of the test");
        };
        assert_eq!(together::<()>(&writer, faulty, vec![Box::new(keeps)]), None);
        assert_eq!(together::<()>(&writer, faulty, Vec::new()), None, "and as the last of its group");
        writer.write(|tx| put(tx, 3)).unwrap();
        assert_eq!(numbers(&writer), [2, 3]);
    }

    #[test]
    fn nobody_is_told_of_success_when_the_group_is_not_kept() {
        let writer = writer(&Arc::default());
        // What a full disk does to a transaction.
        let loses = |writer: &Writer| {
            let lost = writer.write::<(), rusqlite::Error>(|tx| tx.execute_batch("ROLLBACK"));
            lost.unwrap_err();
        };
        let first = together(
            &writer,
            |tx| put(tx, 1).unwrap(),
            vec![Box::new(loses), Box::new(|writer: &Writer| drop(writer.write(|tx| put(tx, 2))))],
        );
        assert_eq!(first, None, "it was told that nothing was kept");
        writer.write(|tx| put(tx, 3)).unwrap();
        let numbers = numbers(&writer);
        assert!(!numbers.contains(&1) && numbers.contains(&3), "{numbers:?}");
    }
}

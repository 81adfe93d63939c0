//! Long work: a bar on a terminal, and a clean stop on Ctrl-C.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Watches for Ctrl-C and SIGTERM while it lives, and shows how far the work is.
///
/// The first signal asks the work to stop at its next whole step; a second one ends the process at once,
/// which loses nothing either: everything durable is written in transactions.
pub(crate) struct Work {
    stop: Arc<AtomicBool>,
    bar: Bar,
}

/// Shows how far some work is, until it is dropped.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar on stderr, drawn only if people look at both streams.
    pub(crate) fn start(json: bool) -> Self {
        let watched = !json && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let bar = if watched { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {percent:>3}%  {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Shows `done` of `total`, in whatever unit the work counts.
    pub(crate) fn show(&self, done: u64, total: u64, message: impl Into<Cow<'static, str>>) {
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.set_message(message);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Work {
    /// Starts to watch, with a bar on a terminal.
    pub(crate) fn start(json: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // In this order: the signal that finds the flag set ends the process, the one before sets it.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop));
            let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
        }
        Self { stop, bar: Bar::start(json) }
    }

    /// Shows `done` of `total`, in whatever unit the work counts.
    pub(crate) fn show(&self, done: u64, total: u64, message: &'static str) {
        self.bar.show(done, total, message);
    }

    /// Whether someone asked to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Waits for so long; false as soon as someone asks to stop.
    pub(crate) fn rest(&self, pause: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < pause && !self.is_stopped() {
            std::thread::sleep(LOOK_EVERY);
        }
        !self.is_stopped()
    }

    /// Reads `source`, but no longer than until someone asks to stop, even while nothing comes.
    pub(crate) fn watch(&self, source: impl Read + Send + 'static) -> Stoppable {
        let (sender, chunks) = sync_channel(2);
        // A thread that waits in a read can't be called back: it is left behind and ends with the process.
        std::thread::spawn(move || {
            let mut source = source;
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = match source.read(&mut chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read,
                };
                let is_last = !matches!(read, Ok(1..));
                let sent = sender.send(read.map(|length| {
                    chunk.truncate(length);
                    chunk
                }));
                if is_last || sent.is_err() {
                    return;
                }
            }
        });
        Stoppable { stop: Arc::clone(&self.stop), chunks, chunk: io::Cursor::default() }
    }
}

/// What [`Work::watch`] reads; it fails once someone asks to stop.
pub(crate) struct Stoppable {
    stop: Arc<AtomicBool>,
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: io::Cursor<Vec<u8>>,
}

impl Read for Stoppable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            match self.chunk.read(buffer)? {
                0 => {}
                read => return Ok(read),
            }
            match self.chunks.recv_timeout(LOOK_EVERY) {
                Ok(chunk) => self.chunk = io::Cursor::new(chunk?),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
    }
}

/// As much as a pipe holds.
const CHUNK: usize = 64 * 1024;

/// How long a person waits for the answer to Ctrl-C at most.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    fn work() -> Work {
        Work { stop: Arc::default(), bar: Bar(ProgressBar::hidden()) }
    }

    #[test]
    fn what_is_watched_is_read_whole() {
        let bytes: Vec<u8> = (0..3 * CHUNK + 7).map(|at| (at % 251) as u8).collect();
        let mut got = Vec::new();
        work().watch(io::Cursor::new(bytes.clone())).read_to_end(&mut got).unwrap();
        assert!(got == bytes);
    }

    #[test]
    fn what_breaks_is_not_taken_for_whole() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let mut got = Vec::new();
        let error = work().watch(b"begun".chain(Broken)).read_to_end(&mut got).unwrap_err();
        assert_eq!((error.kind(), got.as_slice()), (io::ErrorKind::BrokenPipe, b"begun".as_slice()));
    }

    #[test]
    fn a_source_from_which_nothing_comes_ends_when_asked_to_stop() {
        let (stalled, _open) = io::pipe().unwrap();
        let work = work();
        let mut watched = work.watch(stalled);
        work.stop.store(true, Ordering::Relaxed);
        assert!(watched.read(&mut [0]).is_err());
    }
}

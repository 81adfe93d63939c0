//! Long work: a bar on a terminal, and a clean stop on Ctrl-C.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Watches for Ctrl-C and SIGTERM while it lives, and shows how far the work is.
///
/// The first signal asks the work to stop at its next whole step; a second one ends the process at once, which loses
/// nothing either: everything durable is written in transactions.
pub(crate) struct Work {
    stop: Arc<AtomicBool>,
    bar: ProgressBar,
}

impl Work {
    /// Starts to watch. The bar is drawn on stderr, and only if people look at both streams.
    pub(crate) fn start(json: bool) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            // In this order: the signal that finds the flag set ends the process, the one before sets it.
            let _ = signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop));
            let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
        }
        let watched = !json && std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let bar = if watched { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {percent:>3}%  {msg}") {
            bar.set_style(style);
        }
        Self { stop, bar }
    }

    /// Shows `done` of `total`, in whatever unit the work counts.
    pub(crate) fn show(&self, done: u64, total: u64, message: &'static str) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(message);
    }

    /// Whether someone asked to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

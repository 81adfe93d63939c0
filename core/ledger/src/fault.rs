//! Where a test ends the process without warning, to show that a block is durable or was never made.
//!
//! Compiled to nothing outside this crate's own tests.

/// Ends the process at once if this is the point, and the crossing of it, that a test chose.
#[cfg(test)]
pub(crate) fn point(name: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};

    static CROSSINGS: AtomicU32 = AtomicU32::new(0);
    let Ok(chosen) = std::env::var("KEEPWELL_TEST_ABORT") else { return };
    let (chosen, crossing) = chosen.rsplit_once(':').unwrap();
    if chosen == name && CROSSINGS.fetch_add(1, Ordering::SeqCst) + 1 == crossing.parse::<u32>().unwrap() {
        std::process::abort();
    }
}

/// Nothing, outside this crate's own tests.
#[cfg(not(test))]
pub(crate) fn point(_: &str) {}

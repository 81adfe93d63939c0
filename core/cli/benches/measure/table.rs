//! Medians of CPU time, and the table they end up in.

use std::time::Duration;

use cpu_time::ProcessTime;

/// Rows for docs/benchmarks.md.
#[derive(Default)]
pub(crate) struct Table(Vec<[String; 4]>);

impl Table {
    /// Adds a row; `met` is `None` where there is no goal.
    pub(crate) fn row(&mut self, work: &str, measured: String, goal: &str, met: Option<bool>) {
        let verdict = met.map_or("", |met| if met { "yes" } else { "**no**" });
        eprintln!("  {work}: {measured} {verdict}");
        self.0.push([work.into(), measured, goal.into(), verdict.into()]);
    }

    /// Adds a row for a ratio to a peer that must stay at or below `limit`.
    pub(crate) fn ratio(&mut self, work: &str, ours: Duration, peer: Duration, limit: f64, goal: &str) {
        let ratio = ours.as_secs_f64() / peer.as_secs_f64();
        let measured = format!("{ratio:.2}× ({} against {})", show(ours), show(peer));
        self.row(work, measured, goal, Some(ratio <= limit));
    }

    /// Prints the table as Markdown.
    pub(crate) fn print(&self) {
        println!("| work | measured | goal | met |\n| --- | --- | --- | --- |");
        for [work, measured, goal, met] in &self.0 {
            println!("| {work} | {measured} | {goal} | {met} |");
        }
    }
}

/// A time in the unit that fits.
pub(crate) fn show(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 1e-3 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.1} µs", seconds * 1e6)
    }
}

/// CPU time of the whole process while `work` runs.
pub(crate) fn cpu<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = ProcessTime::now();
    let result = work();
    (start.elapsed(), result)
}

/// The median of several runs.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Medians of two kinds of work done in turn, so that both meet the same noise.
pub(crate) fn in_turn(
    runs: usize,
    mut ours: impl FnMut() -> Duration,
    mut peer: impl FnMut() -> Duration,
) -> (Duration, Duration) {
    let (ours, peer) = (0..runs).map(|_| (ours(), peer())).unzip();
    (median(ours), median(peer))
}

/// CPU time of one of `count` repetitions.
pub(crate) fn each(count: u32, mut work: impl FnMut(u32)) -> Duration {
    cpu(|| (0..count).for_each(&mut work)).0 / count
}

//! Random histories: whatever the network does, the wallet keeps its promises.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use keepwell_protocol::crypto::PinParameters;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use super::history::History;
use super::network::Fault;
use super::servers::Servers;
use super::step::{Drawn, Step, histories};

/// How many histories, over all threads.
fn count() -> u32 {
    let usual = if std::env::var_os("KEEPWELL_SOAK").is_some() { 100_000 } else { 300 };
    std::env::var("KEEPWELL_HISTORIES").map_or(usual, |count| count.parse().unwrap())
}

/// Where the drawing begins; told with a failure.
fn seed() -> u64 {
    std::env::var("KEEPWELL_SEED").map_or(1, |seed| seed.parse().unwrap())
}

fn run(servers: &Servers, drawn: &Drawn, steps: &[Step]) {
    let mut history = History::begin(servers, drawn);
    for step in steps {
        history.take(step);
    }
    // Every other one, since a restore takes as long as all the rest.
    history.finish(steps.len().is_multiple_of(2));
}

/// Draws histories until one fails, and shortens that.
fn search(drawn: &Drawn, seed: u64, cases: u32) {
    PinParameters::cost_least_in_this_thread();
    let servers = RefCell::new(Servers::start());
    let is_shortening = Cell::new(false);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let config = Config { cases, max_shrink_iters: 120, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let found = runner.run(&histories(drawn.clone()), |steps| {
        // The anchor that a new wallet begins with counts for half a year.
        if servers.borrow().days() > 120 {
            servers.replace(Servers::start());
        }
        let kept = AssertUnwindSafe(|| run(&servers.borrow(), drawn, &steps));
        if let Err(broken) = catch_unwind(kept) {
            if !is_shortening.replace(true) {
                // It takes a while until it is as short as can be.
                eprintln!("KEEPWELL_SEED={seed}: as it was drawn: {steps:#?}");
            }
            resume_unwind(broken);
        }
        Ok(())
    });
    if let Err(TestError::Fail(why, steps)) = found {
        panic!("KEEPWELL_SEED={seed}: {why}\n{steps:#?}");
    }
    found.unwrap();
}

/// Most of a history is waiting for disks and other threads.
const THREADS: u32 = 4;

/// What is drawn: what is named in `KEEPWELL_WORLD`, with commas between, or all that is here.
fn drawn() -> Drawn {
    let names = std::env::var("KEEPWELL_WORLD");
    let named = |name: &str| match &names {
        Ok(names) => names.split(',').any(|one| one == name),
        Err(_) => HELD.contains(&name),
    };
    let faults = [
        (Fault::LostThere, "lost-there"),
        (Fault::LostBack, "lost-back"),
        (Fault::Older, "older"),
        (Fault::Portal, "portal"),
        (Fault::DamagedThere, "damaged-there"),
        (Fault::DamagedBack, "damaged-back"),
    ];
    Drawn {
        faults: faults.into_iter().filter(|(_, name)| named(name)).map(|(fault, _)| fault).collect(),
        is_slow: named("slow"),
        has_wrong_clocks: named("clocks"),
        has_restores: named("restores"),
        has_formers: named("formers"),
        has_updates: named("updates"),
        has_suspensions: named("suspensions"),
        has_shares: named("shares"),
        has_early_ends: named("early-ends"),
        has_misdated_grants: named("misdated-grants"),
        has_early_restores: named("early-restores"),
    }
}

/// What the wallet stands.
const HELD: [&str; 16] = [
    "lost-there",
    "lost-back",
    "portal",
    "damaged-there",
    "damaged-back",
    "slow",
    "updates",
    "suspensions",
    "shares",
    "older",
    "clocks",
    "early-ends",
    "restores",
    "formers",
    "early-restores",
    "misdated-grants",
];

#[test]
fn whatever_happens_the_wallet_keeps_its_promises() {
    let (begun, drawn) = (Instant::now(), drawn());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let drawn = &drawn;
            scope.spawn(move || search(drawn, seed() + u64::from(thread), count().div_ceil(THREADS)));
        }
    });
    println!("{} histories in {:?}", count(), begun.elapsed());
}

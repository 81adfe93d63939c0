//! Measures what docs/benchmarks.md shows: each figure beside a peer in the same run, CPU time,
//! medians. `cargo bench -p keepwell-cli --bench measure [-- FILTER]`; nothing here fails on a slow
//! machine, a missed goal is printed as missed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    reason = "a program for developers, which may stop where it stands"
)]

mod clinic;
mod compression;
mod consent;
mod counting;
mod link;
mod ordered;
mod paper;
#[allow(dead_code, reason = "the wallet's tests use the rest")]
#[path = "../../../wallet/tests/wallet/parties/mod.rs"]
mod parties;
mod patient;
mod peer;
mod proof;
mod providers;
mod records;
mod sample;
mod search;
#[allow(dead_code, reason = "the wallet's tests use the rest")]
#[path = "../../../wallet/tests/wallet/setup/mod.rs"]
mod setup;
mod table;
#[allow(dead_code, unused_imports, reason = "the clinic's tests use the rest")]
#[path = "../../../clinic/tests/clinic/world/mod.rs"]
mod world;

use table::Table;

fn main() {
    // What is measured of a whole process runs in one of its own.
    if let Ok(arguments) = std::env::var(records::CHILD) {
        return records::import_in_child(&arguments);
    }
    if let Ok(arguments) = std::env::var(clinic::CHILD) {
        return clinic::sync_in_child(&arguments);
    }
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| filter.as_deref().is_none_or(|filter| name.contains(filter));
    let mut table = Table::default();
    for (name, measure) in [
        ("import", records::import as fn(&mut Table)),
        ("growth", records::growth),
        ("million", records::million),
        ("reading", records::reading),
        ("search", search::search),
        ("pdf", paper::pdf),
        ("proof", proof::check),
        ("grant", consent::grant),
        ("revoke", consent::revoke),
        ("providers-grant", providers::one_more_grant),
        ("providers-revoke", providers::revoke_among_many),
        ("providers-sync", providers::sync),
        ("upload", consent::upload),
        ("restore", consent::restore),
        ("compression", compression::seal),
        ("clinic", clinic::thousand),
    ] {
        if wanted(name) {
            eprintln!("measuring: {name}");
            measure(&mut table);
        }
    }
    table.print();
}

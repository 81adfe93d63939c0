//! The plain data of the core as Kotlin and Swift see it: nothing is defined here.

mod access_requests;
mod activity;
mod audit;
mod chart;
mod choices;
mod connection;
mod grants;
mod identifiers;
mod imports;
mod overview;
mod people;
mod preview;
mod quarantine;
mod records;
mod restore;
mod shares;
mod sources;
mod status;

pub(crate) use identifiers::{Instant, TimeSpan};

//! `keepwell demo`: every party for real in one process on temporary folders, the whole story, each step
//! checked.

mod admission;
mod careless;
mod check;
mod consent;
mod forgery;
mod insiders;
mod ledger;
mod parties;
mod patient;
mod reading;
mod records;
mod recovery;
mod run;
mod share;
mod story;
mod tape;

pub(crate) use run::{DemoOptions, run};

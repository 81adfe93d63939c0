//! `keepwell demo`: every party for real in one process on temporary folders, the whole story, each step
//! checked.

mod careless;
mod consent;
mod forgery;
mod insiders;
mod parties;
mod reading;
mod records;
mod recovery;
mod share;
mod story;
mod tape;

pub(crate) use story::{DemoOptions, run};

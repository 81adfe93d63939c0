//! `keepwell demo`: every party for real in one process on temporary folders, the whole story, each step checked.

mod consent;
mod forgery;
mod parties;
mod records;
mod recovery;
mod share;
mod story;

pub(crate) use story::{DemoOptions, run};

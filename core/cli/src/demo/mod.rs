//! `keepwell demo`: every party for real in one process on temporary folders, the whole story, each step checked.

mod records;
mod story;

pub(crate) use story::{DemoOptions, run};

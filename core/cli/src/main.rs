//! The `keepwell` command.

fn main() {}

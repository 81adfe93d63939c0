//! The host over HTTP.

mod crash;
mod frozen;
mod inbox;
mod links;
mod owner;
mod readers;
mod support;
mod world;

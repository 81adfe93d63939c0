//! The host over HTTP.

mod crash;
mod inbox;
mod links;
mod owner;
mod readers;
mod support;
mod world;

//! HTTP messages as plain data, without anything that sends them.

mod message;

pub use message::{Method, Request, Response};

//! The front desk page: server-rendered, for one machine, behind a login code.
//!
//! It works without scripts; those that are sent are files of its own, on the pages that need one. Whatever a patient sends is text, escaped by the templates.

mod answer;
mod browsers;
mod condition;
mod guard;
mod labels;
mod live;
mod local_time;
mod pages;
mod requests;
mod routes;
mod scan;
mod serve;
mod session;
mod shared;
mod wrong_codes;

pub use keepwell_server::{Limits, Listen, Server};
pub use session::LoginCode;
pub use shared::Desk;

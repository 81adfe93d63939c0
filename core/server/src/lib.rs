//! What the servers do alike, so that a flood of connections, heads, bodies or questions by some does not
//! keep others from being answered.
//!
//! A party takes its address as [`Bound`], makes its routes, and starts them as a [`Server`]. Before the
//! routes stand the limits of [`Limits`]: connections in all and for each client, heads, idle connections,
//! bodies and answers that do not move. What only a party can decide it limits by [`Rate`] (how often) and
//! [`Memory`] (how much at once).
//!
//! ```no_run
//! use std::net::SocketAddr;
//! use std::sync::Arc;
//!
//! use keepwell_server::{Bound, Condition, Listen, Measure};
//!
//! struct Example;
//!
//! impl Condition for Example {
//!     fn is_ready(&self) -> bool {
//!         true
//!     }
//!
//!     fn measures(&self) -> Vec<Measure> {
//!         vec![Measure::new("example_answers", "Answers that it knows", 1)]
//!     }
//! }
//!
//! let listen = Listen::from(SocketAddr::from(([127, 0, 0, 1], 8080)));
//! let app = axum::Router::new().route("/", axum::routing::get(async || "hello"));
//! let mut server = Bound::new("example", listen)?.start(app, Arc::new(Example))?;
//! server.stop()?;
//! # Ok::<(), keepwell_server::ServerError>(())
//! ```

mod activity;
mod answers;
mod blocking;
mod body;
mod client;
mod connections;
mod front;
mod home;
mod limits;
mod listen;
mod memory;
mod metrics;
mod pace;
mod rate;
mod server;
mod stream;
mod turns;

pub use answers::{AnswerMemory, AnswerRefused, AnswerRoom, Connection};
pub use blocking::{Interrupted, blocking};
pub use body::{BodyMemory, BodyRefused, Collected, collect};
pub use client::{Client, network, subscriber};
pub use front::Route;
pub use home::{FileLock, close_to_others, lock_file, make_home, private_file, remove_if_there, write_whole};
pub use ipnet::IpNet;
pub use limits::{BadLimit, Figure, Limits, SetLimit};
pub use listen::{Listen, ServerError};
pub use memory::Memory;
pub use metrics::{Condition, Measure};
pub use rate::{Rate, Wait};
pub use server::{Bound, Server};
pub use turns::{TurnRefused, Turns};

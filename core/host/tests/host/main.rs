//! The host over HTTP.

mod answers;
mod batches;
mod capacity;
mod clocks;
mod crash;
mod floods;
mod frozen;
mod healing;
mod inbox;
mod invites;
mod link_grants;
mod links;
mod manifests;
mod oblivious;
mod owner;
mod provider_logs;
mod readers;
mod relayed;
mod silence;
mod sizes;
mod support;
mod time;
mod together;
mod viewer;
mod world;

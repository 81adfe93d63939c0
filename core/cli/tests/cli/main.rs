//! The `keepwell` command as people and programs use it, and rules that hold for the whole repository.

mod answers;
mod arrows;
mod audit;
mod cases;
mod circles;
#[cfg(target_os = "linux")]
mod clocks;
mod cometbft;
mod connect;
mod contract;
#[cfg(target_os = "linux")]
mod crowds;
mod deeds;
mod deliveries;
mod demo;
mod desk;
mod display;
mod errors;
mod existence;
mod foreign_clients;
mod full_disk;
mod governing;
mod homecoming;
#[cfg(target_os = "linux")]
mod host_full_disk;
mod hosts;
mod intake;
mod invites;
mod keepwell;
mod kills;
mod ledger_full_disk;
mod lists;
mod moving;
mod paper;
mod persons;
mod pictures;
mod pilot;
mod promises;
mod receipts;
mod records;
mod rendered_pdfs;
#[cfg(target_os = "linux")]
mod requests;
mod revoking_all;
mod safety;
mod self_checks;
mod servers;
mod sharing;
#[path = "../../../source/tests/smart_server/mod.rs"]
#[allow(dead_code, reason = "the tests of the wallet use the rest of it")]
mod smart_server;
mod sources;
mod story;
#[cfg(target_os = "linux")]
mod strangers;
mod summaries;
mod terminal;
mod viewer_page;
mod watch;

//! CometBFT's configuration of a node: what differs from its defaults, and why.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use keepwell_protocol::ledger::TrustAnchor;

use crate::engine::{HEARTBEAT, MEMPOOL};

/// What a node's configuration depends on.
pub(crate) struct NodeSettings {
    pub(crate) name: String,
    /// The application's socket.
    pub(crate) socket: PathBuf,
    /// Where its RPC answers, on loopback.
    pub(crate) rpc: SocketAddr,
    /// Where it listens for other nodes.
    pub(crate) peers_at: SocketAddr,
    /// The other nodes, as `id@host:port`.
    pub(crate) peers: Vec<String>,
    pub(crate) place: Place,
    pub(crate) pause: Duration,
}

/// Where the nodes of a network are.
pub(crate) enum Place {
    /// All on one machine.
    ThisMachine,
    /// On a machine each, of which this one is reached here.
    Apart(String),
}

impl NodeSettings {
    pub(crate) fn to_toml(&self) -> String {
        // A string of JSON is one of TOML.
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let tcp = |address: SocketAddr| text(&format!("tcp://{address}"));
        let mut lines: Vec<(&str, String, &str)> = vec![
            (
                "proxy_app",
                text(&format!("unix://{}", self.socket.display())),
                "`keepwell ledger node`; over TCP a call takes 40 ms",
            ),
            ("moniker", text(&self.name), ""),
            ("log_level", text("main:info,*:error"), "no line for each block"),
            ("[rpc]", String::new(), ""),
            ("laddr", tcp(self.rpc), "for `keepwell ledger node` alone, never for others"),
            ("[p2p]", String::new(), ""),
            ("laddr", tcp(self.peers_at), ""),
            ("persistent_peers", text(&self.peers.join(",")), "authorities know each other"),
            ("pex", "false".to_owned(), "and look for nobody else"),
        ];
        match &self.place {
            Place::ThisMachine => lines.extend([
                ("addr_book_strict", "false".to_owned(), "addresses of this machine"),
                ("allow_duplicate_ip", "true".to_owned(), "all on one machine"),
            ]),
            Place::Apart(address) => {
                lines.push(("external_address", text(address), "where the others reach it"));
            }
        }
        lines.extend([
            ("[mempool]", String::new(), ""),
            ("type", text("flood"), "the others are not answered by the application"),
            ("size", MEMPOOL.to_string(), "the default refuses a burst; half is for what ends something"),
            ("cache_size", (2 * MEMPOOL).to_string(), ""),
            ("max_tx_bytes", "4096".to_owned(), "no transaction is longer"),
            ("[consensus]", String::new(), ""),
            ("timeout_commit", text(&format!("{}ms", self.pause.as_millis())), "the pause after each block"),
            ("create_empty_blocks", "false".to_owned(), "a block when something waits or is to be proved"),
            (
                "create_empty_blocks_interval",
                text(&format!("{}s", HEARTBEAT.as_secs())),
                "else one so often, by which everybody sees that the ledger is current",
            ),
            ("[statesync]", String::new(), ""),
            ("enable", "false".to_owned(), "true joins by a snapshot of others instead of by all blocks"),
            ("rpc_servers", text(""), "then two of them, of different owners"),
            ("trust_height", "0".to_owned(), "and a header that the operator has verified: its height"),
            ("trust_hash", text(""), "and its hash"),
            (
                "trust_period",
                text(&format!("{}s", TrustAnchor::TRUSTING_PERIOD.0)),
                "as long as phones trust one",
            ),
            ("[tx_index]", String::new(), ""),
            ("indexer", text("null"), "nobody looks for transactions here"),
        ]);
        let mut config =
            String::from("# Written by `keepwell ledger net`: what differs from CometBFT's defaults.\n");
        for (key, value, why) in &lines {
            // Writing to a string cannot fail.
            let _ = match (value.is_empty(), why.is_empty()) {
                (true, _) => writeln!(config, "\n{key}"),
                (false, true) => writeln!(config, "{key} = {value}"),
                (false, false) => writeln!(config, "{key} = {value} # {why}"),
            };
        }
        config
    }
}

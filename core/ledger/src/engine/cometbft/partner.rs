//! Which CometBFT decides on blocks, and who runs it.

use std::path::PathBuf;

/// The CometBFT that decides on blocks.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The socket by which it talks to this process.
    pub socket: PathBuf,
    /// Where its RPC answers, on loopback.
    pub rpc: String,
    /// How to run it; nothing if somebody else does.
    pub run: Option<RunPartner>,
}

/// How to run a CometBFT.
#[derive(Clone, Debug)]
pub struct RunPartner {
    /// The program.
    pub program: PathBuf,
    /// Its home folder, with `config` and `data`.
    pub home: PathBuf,
}

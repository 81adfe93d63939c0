//! How this process and a CometBFT reach each other, and who runs that.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use super::version::CometbftSeries;

/// How this process and a CometBFT reach each other.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The socket by which it asks this process.
    pub socket: PathBuf,
    /// Where its RPC answers.
    pub rpc: RpcAddress,
    /// Which CometBFT is taken.
    pub series: CometbftSeries,
    /// How much of the disk of the home folder stays free, in bytes.
    pub free_bytes: u64,
    /// How many blocks apart it makes a snapshot for those who join; 0: none.
    pub snapshot_blocks: u64,
    /// For how many days it keeps CometBFT's blocks at least.
    pub block_days: u64,
    /// The home folder, in its one canonical spelling.
    pub home: PathBuf,
    /// The program that this process runs as CometBFT; nothing if somebody else runs one.
    pub program: Option<PathBuf>,
}

/// Where the RPC of a CometBFT answers: on this machine, since nothing that it says on the way is protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RpcAddress(SocketAddr);

/// The text is no address of a loopback interface.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("cometbft's RPC is asked on this machine only, such as http://127.0.0.1:26657")]
pub struct BadRpcAddress;

impl FromStr for RpcAddress {
    type Err = BadRpcAddress;

    /// Parses `http://127.0.0.1:26657`, or `tcp://…` as CometBFT's configuration has it.
    fn from_str(text: &str) -> Result<Self, BadRpcAddress> {
        let address = text.strip_prefix("http://").or_else(|| text.strip_prefix("tcp://"));
        let address = address.map(|address| address.strip_suffix('/').unwrap_or(address));
        let address = address.map(|address| match address.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}"),
            None => address.to_owned(),
        });
        let address: SocketAddr = address.and_then(|address| address.parse().ok()).ok_or(BadRpcAddress)?;
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err(BadRpcAddress) }
    }
}

impl RpcAddress {
    /// As CometBFT's own settings name it.
    pub(super) fn to_setting(self) -> String {
        format!("tcp://{}", self.0)
    }
}

/// As who asks there names it.
impl fmt::Display for RpcAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rpc_is_asked_on_this_machine_only() {
        for (text, url) in [
            ("http://127.0.0.1:26657", "http://127.0.0.1:26657"),
            ("tcp://127.0.0.2:1/", "http://127.0.0.2:1"),
            ("http://[::1]:5", "http://[::1]:5"),
            ("http://localhost:5/", "http://127.0.0.1:5"),
        ] {
            assert_eq!(text.parse::<RpcAddress>().unwrap().to_string(), url);
        }
        for text in [
            "tcp://0.0.0.0:26657",
            "http://10.0.0.1:26657",
            "https://127.0.0.1:26657",
            "http://127.0.0.1",
            "127.0.0.1:26657",
            "http://localhost.example:5",
            "http://127.0.0.1:26657/other",
            "http://[::]:5",
        ] {
            assert_eq!(text.parse::<RpcAddress>(), Err(BadRpcAddress), "{text}");
        }
    }
}

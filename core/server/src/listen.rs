//! Where a server listens, and how many files it may have open for that.

use std::io;
use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;

use crate::Limits;

/// Where a server listens and whom it trusts.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Where it answers; port 0 picks a free one.
    pub address: SocketAddr,
    /// Where it shows metrics; absent: nowhere.
    pub metrics: Option<SocketAddr>,
    /// Networks of the proxies whose word on who asks is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// By how much it limits what others may take of it.
    pub limits: Limits,
}

/// Listens there, without metrics or proxies, with the usual limits.
impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self { address, metrics: None, trusted_proxies: Vec::new(), limits: Limits::default() }
    }
}

impl Listen {
    /// Whether somebody who connects from there is a proxy that tells for whom it asks.
    pub(crate) fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&peer))
    }
}

/// Why a server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Another program listens there.
    #[error("another program listens at {0}")]
    AddressTaken(SocketAddr),
    /// The address is not one of this machine, or not for this user.
    #[error("nobody may listen at {address} here ({kind})")]
    AddressRefused {
        /// The address that was to be bound.
        address: SocketAddr,
        /// What the system says.
        kind: io::ErrorKind,
    },
    /// The system gives no thread or no timer.
    #[error("the system refused what a server needs")]
    Io(#[from] io::Error),
    /// The thread of the server ended by a fault in it.
    #[error("the server's thread ended by a fault")]
    Fault,
}

impl ServerError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AddressTaken(_) => "AddressTaken",
            Self::AddressRefused { .. } => "AddressUnusable",
            Self::Io(_) | Self::Fault => "ServerFailed",
        }
    }
}

/// Listens at an address.
///
/// # Errors
/// [`ServerError::AddressTaken`] or [`ServerError::AddressRefused`].
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, ServerError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => ServerError::AddressTaken(address),
        kind => ServerError::AddressRefused { address, kind },
    })
}

/// How many connections there is room for, at most as many as wanted: each is an open file. Takes as many
/// files as the system lets this process have, for many systems begin with 1,024.
pub(crate) fn room_for(wanted: u64) -> u64 {
    let needed = wanted.saturating_add(OTHER_FILES);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return wanted;
    }
    let possible = maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(possible), maximum });
    let files = if raised.is_ok() { possible } else { current.unwrap_or(needed) };
    let room = files.saturating_sub(OTHER_FILES).max(1);
    if room < wanted {
        tracing::warn!(room, wanted, "the system allows too few open files for all connections");
    }
    room.min(wanted)
}

/// Open files that are not connections: databases, blobs, questions to others.
const OTHER_FILES: u64 = 256;

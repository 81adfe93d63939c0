//! Looking over everything that the wallet relies on, here and at its servers.

use keepwell_protocol::crypto::{self, WrongAnswer};

use super::wallet::{Session, Wallet};
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::{records, space};

/// One thing that [`Wallet::self_check`] looked at.
#[derive(Debug)]
pub struct Check {
    /// What was looked at.
    pub name: CheckName,
    /// Why it is not in order; none: it is.
    pub fault: Option<CheckFault>,
}

/// What a wallet looks at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CheckName {
    /// Whether each algorithm gives the answer of its standard.
    Cryptography,
    /// Whether every page of the database is as it was written.
    Storage,
    /// Whether the chain of what was decided is whole and ends where this device last saw it.
    Log,
    /// Whether every version of every record is as it came, byte for byte.
    Records,
    /// Whether the host is where it was left, and has every sealed piece by its hash.
    Host,
    /// Whether the ledger says of every grant what this wallet says.
    Grants,
}

impl CheckName {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cryptography => "cryptography",
            Self::Storage => "storage",
            Self::Log => "log",
            Self::Records => "records",
            Self::Host => "host",
            Self::Grants => "grants",
        }
    }
}

/// Why something is not in order, or could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CheckFault {
    /// An algorithm gives another answer than its standard.
    #[error(transparent)]
    WrongAnswer(#[from] WrongAnswer),
    /// It could not be looked at, or what was read is damaged.
    #[error(transparent)]
    Failed(#[from] WalletError),
    /// Records are not as they came.
    #[error("{versions} of the versions of records are not as they came; the recovery words bring them back")]
    RecordsChanged {
        /// How many versions.
        versions: u64,
    },
    /// The host is at an older version than it has acknowledged.
    #[error("the host is behind what it had acknowledged; the next sync makes it whole")]
    HostBehind,
    /// The host lacks sealed pieces, or has them damaged.
    #[error("the host has lost or damaged {pieces} of the sealed pieces; the next sync sends them again")]
    PiecesLost {
        /// How many.
        pieces: u64,
    },
    /// The ledger has another word about grants.
    #[error("the ledger says something else of {grants} of the grants; `sync` goes by its word")]
    GrantsContradicted {
        /// Of how many.
        grants: u64,
    },
    /// The ledger has grants in this wallet's accounts that it knows nothing of.
    #[error("the ledger has {grants} of the grants in this wallet's accounts that it knows nothing of")]
    GrantsUnknown {
        /// How many.
        grants: u64,
    },
}

impl Wallet {
    /// Looks over everything, here and, where the wallet is connected, at host and ledger, and says of each thing whether
    /// it is in order. Every sealed piece is fetched from the host, so it takes as long as a restore; `progress` is told
    /// how many of them are done, and of how many. Memory is that of two batches of them.
    ///
    /// Nothing here is changed, but that what the host has lost is sent again by the next sync.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`WalletError::Store`] if not even where the wallet is connected can be read. What fails is no error but a fault of what it was to show.
    pub fn self_check(
        &mut self,
        network: Network<'_>,
        progress: &dyn Fn(u64, u64),
    ) -> Result<Vec<Check>, WalletError> {
        let algorithms = crypto::check_known_answers(&mut self.rng).map_err(CheckFault::from);
        let Session { store, .. } = self.session.as_ref().ok_or(WalletError::Locked)?;
        // First of all: once a page has not opened, SQLCipher opens no other.
        let is_connected = space::connection(store.read())?.is_some();
        let mut checks = vec![
            check(CheckName::Cryptography, algorithms),
            check(CheckName::Storage, store.check_pages().map_err(failed)),
            check(CheckName::Log, store.check_log().map_err(failed)),
            check(
                CheckName::Records,
                none_of(records::count_changed(store.read()), |versions| CheckFault::RecordsChanged {
                    versions,
                }),
            ),
        ];
        if is_connected {
            checks.push(check(CheckName::Host, self.check_host(network, progress)));
            checks.push(check(CheckName::Grants, self.check_grants(network)));
        }
        Ok(checks)
    }

    fn check_host(&mut self, network: Network<'_>, progress: &dyn Fn(u64, u64)) -> Result<(), CheckFault> {
        let mut online = self.online(network)?;
        if online.is_host_behind()? {
            return Err(CheckFault::HostBehind);
        }
        none_of(online.fetch_every_blob(progress), |pieces| CheckFault::PiecesLost { pieces })
    }

    fn check_grants(&mut self, network: Network<'_>) -> Result<(), CheckFault> {
        let mut online = self.online(network)?;
        none_of(online.count_contradicted_grants(), |grants| CheckFault::GrantsContradicted { grants })?;
        none_of(online.unknown_grants(), |grants| CheckFault::GrantsUnknown { grants })
    }
}

fn check(name: CheckName, outcome: Result<(), CheckFault>) -> Check {
    Check { name, fault: outcome.err() }
}

/// In order if none was counted.
fn none_of<E: Into<WalletError>>(
    counted: Result<u64, E>,
    fault: impl FnOnce(u64) -> CheckFault,
) -> Result<(), CheckFault> {
    match counted.map_err(failed)? {
        0 => Ok(()),
        count => Err(fault(count)),
    }
}

fn failed(error: impl Into<WalletError>) -> CheckFault {
    CheckFault::Failed(error.into())
}

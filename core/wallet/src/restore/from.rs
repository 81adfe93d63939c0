//! What a wallet is restored from.

use crate::engine::online::{Network, Servers};
use crate::engine::own_space::report::RestoreProgress;

/// What a restored wallet is made from, beside the words.
#[derive(Clone, Copy)]
pub struct RestoreFrom<'a> {
    /// Where the wallet was connected.
    pub servers: Servers<'a>,
    /// How they are reached.
    pub network: Network<'a>,
    /// Is told now and then how far it is.
    pub progress: &'a dyn Fn(RestoreProgress),
}

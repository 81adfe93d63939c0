//! The memory for bodies and answers that are under way: so much in all, and so much for each client.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client::subscriber;

/// A memory that bodies, or answers, share.
#[derive(Debug)]
pub struct Memory {
    bytes: u64,
    /// What one client may have of it.
    share: u64,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    bytes: u64,
    by_client: HashMap<IpAddr, u64>,
}

/// There is no memory left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NoMemory {
    /// For this client: it has its share.
    OfClient,
    /// Nobody gets any: all of it is taken.
    InAll,
}

impl Memory {
    /// So many bytes, of which one client has at most one of so many shares.
    pub fn new(bytes: u64, shares: u64) -> Arc<Self> {
        Arc::new(Self { bytes, share: bytes / shares.max(1), used: Mutex::default() })
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The memory of one body or answer, given back on drop.
#[derive(Debug)]
pub(crate) struct Reserved {
    memory: Arc<Memory>,
    client: IpAddr,
    bytes: u64,
}

impl Reserved {
    /// Whose it is.
    pub(crate) fn client(&self) -> IpAddr {
        self.client
    }

    pub(crate) fn new(memory: &Arc<Memory>, client: IpAddr) -> Self {
        Self { memory: Arc::clone(memory), client: subscriber(client), bytes: 0 }
    }

    /// Takes what is missing up to so many bytes, all or nothing.
    pub(crate) fn grow_to(&mut self, bytes: u64) -> Result<(), NoMemory> {
        let more = bytes.saturating_sub(self.bytes);
        let mut used = self.memory.used();
        let in_all = used.bytes.saturating_add(more);
        let of_client = used.by_client.get(&self.client).copied().unwrap_or_default().saturating_add(more);
        if of_client > self.memory.share {
            return Err(NoMemory::OfClient);
        }
        if in_all > self.memory.bytes {
            return Err(NoMemory::InAll);
        }
        used.bytes = in_all;
        used.by_client.insert(self.client, of_client);
        self.bytes = self.bytes.saturating_add(more);
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut used = self.memory.used();
        used.bytes = used.bytes.saturating_sub(self.bytes);
        if let Some(of_client) = used.by_client.get_mut(&self.client) {
            *of_client = of_client.saturating_sub(self.bytes);
            if *of_client == 0 {
                used.by_client.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_its_share_and_no_more_whatever_it_does() {
        let memory = Memory::new(100, 4);
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let mut first = Reserved::new(&memory, address(1));
        assert_eq!(
            (first.grow_to(20), first.grow_to(25), first.grow_to(26)),
            (Ok(()), Ok(()), Err(NoMemory::OfClient))
        );
        assert_eq!(Reserved::new(&memory, address(1)).grow_to(1), Err(NoMemory::OfClient));
        let mut others: Vec<Reserved> = (2..5).map(|last| Reserved::new(&memory, address(last))).collect();
        assert!(others.iter_mut().all(|other| other.grow_to(25).is_ok()));
        let late = Reserved::new(&memory, address(9)).grow_to(1);
        assert_eq!(late, Err(NoMemory::InAll), "nothing is left");
        drop((first, others));
        assert_eq!(memory.used().by_client.len(), 0);
        assert_eq!(Reserved::new(&memory, address(9)).grow_to(25), Ok(()));
    }
}

//! Ways to make the library fail, talk or be measured on purpose, for tests; not in what is shipped.

use std::sync::Arc;
use std::time::Instant;

use keepwell_wallet::{Page as RecordPage, Query, Reader};

use crate::error::Result;
use crate::foreign::Event;
use crate::records::RecordQuery;
use crate::secrets::Pin;
use crate::wallet::Wallet;

/// Panics on the wallet's thread, as a fault of the library would.
#[uniffi::export]
pub async fn trigger_panic(wallet: Arc<Wallet>) -> Result<()> {
    wallet.call_wallet(|_| panic!("a test asked for this")).await
}

/// Panics on the thread that reads, as a fault of the library would.
#[uniffi::export]
pub async fn trigger_panic_while_reading(wallet: Arc<Wallet>) -> Result<()> {
    wallet.read(|_| panic!("a test asked for this")).await
}

/// Tells `count` events of progress, numbered from 0.
#[uniffi::export]
pub fn tell_events(wallet: Arc<Wallet>, count: u64) -> Result<()> {
    (0..count).for_each(|bytes| wallet.events().send(Event::ImportProgress { bytes }));
    Ok(())
}

/// Lists a page `times` times on the wallet's thread; gives the nanoseconds that one took, without the
/// boundary.
#[uniffi::export]
pub async fn time_records(wallet: Arc<Wallet>, query: RecordQuery, times: u32) -> Result<u64> {
    let timed = wallet.call_wallet(move |wallet| {
        let query = query.into();
        let began = Instant::now();
        for _ in 0..times {
            std::hint::black_box(wallet.records(&query)?);
        }
        Ok(nanoseconds(began) / u64::from(times.max(1)))
    });
    timed.await
}

/// Locks, unlocks and lists a page on the wallet's thread; gives the nanoseconds from unlocking on.
#[uniffi::export]
pub async fn time_unlock(wallet: Arc<Wallet>, pin: Arc<Pin>, query: RecordQuery) -> Result<u64> {
    let timed = wallet.call_wallet(move |wallet| {
        wallet.lock();
        let began = Instant::now();
        let fresh = wallet.unlock(&pin.0)?;
        std::hint::black_box(wallet.records(&query.into())?);
        let took = nanoseconds(began);
        drop(fresh);
        Ok(took)
    });
    timed.await
}

/// A page over uniffi and nothing else: no thread of its own, no future, nothing to cancel, no locking.
#[derive(uniffi::Object)]
pub struct BarePage {
    reader: Reader,
    query: Query,
    page: RecordPage,
}

#[uniffi::export]
impl BarePage {
    /// Takes the page of `query`.
    #[uniffi::constructor]
    pub async fn of(wallet: Arc<Wallet>, query: RecordQuery) -> Result<Arc<Self>> {
        let (reader, query) = (wallet.lock_state.reader()?, Query::from(query));
        let page = reader.read(|snapshot| snapshot.records(&query))?;
        Ok(Arc::new(Self { reader, query, page }))
    }

    /// Lists it from the store, on the caller's thread.
    pub fn list(&self) -> Result<RecordPage> {
        Ok(self.reader.read(|snapshot| snapshot.records(&self.query))?)
    }

    /// Gives what was listed once: what crossing alone costs.
    pub fn page(&self) -> Result<RecordPage> {
        Ok(self.page.clone())
    }
}

fn nanoseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

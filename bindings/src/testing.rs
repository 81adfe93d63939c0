//! Ways to make the library fail, talk or be measured on purpose, for tests; not in what is shipped.

use std::sync::Arc;
use std::time::Instant;

use keepwell_wallet::Page as RecordPage;

use crate::error::WalletError;
use crate::events::Event;
use crate::records::RecordQuery;
use crate::wallet::Wallet;
use crate::words::pin;

/// Panics on the wallet's thread, as a fault of the library would.
#[uniffi::export]
pub async fn trigger_panic(wallet: Arc<Wallet>) -> Result<(), WalletError> {
    wallet.with(|_| panic!("a test asked for this")).await
}

/// Tells `count` events of progress, numbered from 0.
#[uniffi::export]
pub fn tell_events(wallet: Arc<Wallet>, count: u64) -> Result<(), WalletError> {
    (0..count).for_each(|bytes| wallet.events().tell(Event::ImportProgress { bytes }));
    Ok(())
}

/// Lists a page `times` times on the wallet's thread; gives the nanoseconds that one took, without the boundary.
#[uniffi::export]
pub async fn time_records(wallet: Arc<Wallet>, query: RecordQuery, times: u32) -> Result<u64, WalletError> {
    let timed = wallet.with(move |wallet| {
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
pub async fn time_unlock(wallet: Arc<Wallet>, pin: Vec<u8>, query: RecordQuery) -> Result<u64, WalletError> {
    let pin = self::pin(pin)?;
    let timed = wallet.with(move |wallet| {
        wallet.lock();
        let began = Instant::now();
        let fresh = wallet.unlock(&pin)?;
        std::hint::black_box(wallet.records(&query.into())?);
        let took = nanoseconds(began);
        drop(fresh);
        Ok(took)
    });
    timed.await
}

/// A page that is given again and again, with nothing done for it: what crossing alone costs.
#[derive(uniffi::Object)]
pub struct BarePage(RecordPage);

#[uniffi::export]
impl BarePage {
    /// Takes the page of `query`.
    #[uniffi::constructor]
    pub async fn of(wallet: Arc<Wallet>, query: RecordQuery) -> Result<Arc<Self>, WalletError> {
        Ok(Arc::new(Self(wallet.records(query).await?)))
    }

    /// Gives it.
    pub fn page(&self) -> Result<RecordPage, WalletError> {
        Ok(self.0.clone())
    }
}

fn nanoseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

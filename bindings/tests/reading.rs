//! What only reads goes on while the wallet is busy, and ends when it locks.
#![cfg(feature = "testing")]

mod setup;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use keepwell::{ImportSource, RecordQuery, Wallet, WalletConfig, WalletError, trigger_panic_while_reading};
use keepwell_protocol::domain::{Category, RecordId, Scope};
use keepwell_wallet::{ImportOptions, SyncOptions};

use setup::{
    Behaviour, Gate, PIN, Place, ServerProcesses, eventually, import, sample_patient, typed_pin, unlock, wait,
};

/// Far more than any of these reads takes, far less than what they would wait for.
const SOON: Duration = Duration::from_secs(5);

fn first_page() -> RecordQuery {
    RecordQuery { limit: 50, ..RecordQuery::default() }
}

/// Every call that only reads; gives the records.
async fn read_everything(wallet: &Wallet) -> Result<Vec<RecordId>, WalletError> {
    let page = wallet.records(first_page()).await?;
    wallet.records(RecordQuery { text: Some("latex".to_owned()), ..first_page() }).await?;
    for record in &page.records {
        wallet.record(record.id).await?;
    }
    wallet.record_counts().await?;
    wallet.preview_grant(Scope { categories: vec![Category::Allergies], ..Scope::default() }).await?;
    if !page.records.is_empty() {
        wallet.preview_share(Vec::new(), Vec::new(), false, None).await?;
    }
    wallet.status().await?;
    wallet.grants().await?;
    wallet.shares().await?;
    wallet.ledger_status().await?;
    wallet.queued().await?;
    Ok(page.records.into_iter().map(|record| record.id).collect())
}

#[test]
fn a_screen_reads_while_a_sync_waits_for_a_server_and_only_what_writes_waits_with_it() {
    let (place, gate, processes) = (Place::new(), Gate::new(), ServerProcesses::start());
    let config = WalletConfig { http_client: Some(gate.clone()), ..place.config() };
    let (wallet, authentication) = place.create_with(config);
    import(&wallet, RECORDS);
    wait(wallet.connect(authentication, processes.servers(), None, None)).unwrap();
    gate.is_shut.store(true, Ordering::SeqCst);
    wait(async {
        let mut sync = pin!(wallet.sync(SyncOptions::default(), None));
        let at_the_gate = async {
            while gate.waiting.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            outcome = &mut sync => panic!("the gate is shut: {outcome:?}"),
            () = at_the_gate => {}
        }
        let began = Instant::now();
        assert_eq!(read_everything(&wallet).await.unwrap().len(), 2);
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        let source = ImportSource::Bytes { bytes: OTHER_RECORD.as_bytes().to_vec() };
        let writing = wallet.import_records(source, ImportOptions::default(), None);
        assert!(tokio::time::timeout(Duration::from_millis(200), writing).await.is_err());
        assert!(tokio::time::timeout(Duration::from_millis(10), &mut sync).await.is_err(), "it still waits");

        wallet.lock().await.unwrap();
        assert_eq!(sync.await.map(drop), Err(WalletError::Cancelled));
        assert_eq!(read_everything(&wallet).await, Err(WalletError::Locked));
    });
}

#[test]
fn a_screen_reads_while_the_device_asks_its_owner() {
    let place = Place::new();
    let (wallet, _) = place
        .create_with(WalletConfig { device_key_deadline: Some(Duration::from_secs(600)), ..place.config() });
    import(&wallet, RECORDS);
    place.device_key.behave(Behaviour::NeverAnswers);
    let asked = place.device_key.asked.load(Ordering::SeqCst);
    wait(async {
        let mut unlock = pin!(wallet.unlock(typed_pin(PIN), None));
        while place.device_key.asked.load(Ordering::SeqCst) == asked {
            assert!(tokio::time::timeout(Duration::from_millis(5), &mut unlock).await.is_err());
        }
        assert_eq!(read_everything(&wallet).await.unwrap().len(), 2);
    });
}

#[test]
fn a_read_sees_what_was_written_before() {
    let place = Place::new();
    let (wallet, _) = place.create();
    assert_eq!(wait(read_everything(&wallet)), Ok(vec![]));
    import(&wallet, RECORDS);
    assert_eq!(wait(read_everything(&wallet)).unwrap().len(), 2);
    import(&wallet, OTHER_RECORD);
    assert_eq!(wait(read_everything(&wallet)).unwrap().len(), 3);
}

#[test]
fn locking_and_erasing_end_what_many_are_reading_and_leave_a_closed_database() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let source = ImportSource::File { path: sample_patient().to_str().unwrap().to_owned() };
    wait(wallet.import_records(source, ImportOptions::default(), None)).unwrap();
    for round in 0..5 {
        let authentication = unlock(&wallet).unwrap();
        let reads: Vec<_> = (0..4).map(|_| read_until_refused(&wallet)).collect();
        std::thread::sleep(Duration::from_millis(20 * round));
        if round < 4 {
            wait(wallet.lock()).unwrap()
        } else {
            wait(wallet.erase(authentication)).unwrap()
        }
        for read in reads {
            let refused = read.join().unwrap();
            let expected = [WalletError::Locked, WalletError::Cancelled, WalletError::Closed];
            assert!(expected.contains(&refused), "{refused:?}");
        }
        assert!(!place.path("home/wallet/store.db-wal").exists(), "the log was written back and removed");
    }
    assert!(!place.path("home/wallet").exists());
    assert_eq!(wait(read_everything(&wallet)), Err(WalletError::Closed));
}

/// Reads on a thread of its own until it is refused, and says how.
fn read_until_refused(wallet: &Arc<Wallet>) -> std::thread::JoinHandle<WalletError> {
    let wallet = wallet.clone();
    std::thread::spawn(move || {
        let scope = Scope { categories: Category::ALL.to_vec(), ..Scope::default() };
        loop {
            if let Err(refused) = wait(wallet.preview_grant(scope.clone())) {
                return refused;
            }
        }
    })
}

// Row 109, on the other thread.
#[test]
fn a_panic_while_reading_locks_the_wallet_and_unlocking_goes_on() {
    let place = Place::new();
    let (wallet, authentication) = place.create();
    import(&wallet, RECORDS);
    assert_eq!(wait(trigger_panic_while_reading(wallet.clone())), Err(WalletError::Internal));
    assert!(!wallet.is_unlocked().unwrap());
    assert_eq!(authentication.words(), Err(WalletError::Closed));
    assert_eq!(wait(read_everything(&wallet)), Err(WalletError::Locked));
    unlock(&wallet).unwrap();
    assert_eq!(wait(read_everything(&wallet)).unwrap().len(), 2);
}

#[test]
fn reading_keeps_a_wallet_unlocked_and_not_reading_does_not() {
    let place = Place::new();
    let (wallet, _) = place.create();
    wait(wallet.set_auto_lock(Some(Duration::from_millis(600)), None)).unwrap();
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(100));
        wait(wallet.records(first_page())).unwrap();
    }
    eventually(|| !wallet.is_unlocked().unwrap());
    assert_eq!(wait(read_everything(&wallet)), Err(WalletError::Locked));
}

const RECORDS: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"given":["Ana"],"family":"Ruiz"}]}
{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"code":{"text":"Latex"}}"#;
const OTHER_RECORD: &str = r#"{"resourceType":"AllergyIntolerance","id":"a2","patient":{"reference":"Patient/p1"},"code":{"text":"Nuts"}}"#;

//! An export to where only the app can write, and what such a place may do wrong.

mod setup;

use std::future::pending;
use std::sync::{Arc, Mutex};

use keepwell::{
    Authentication, Cancellation, ExportSink, ExportSinkError, FileReason, ImportOutcome, ImportSource,
    Wallet, WalletError,
};
use keepwell_wallet::ImportOptions;

use setup::{Place, import, sample_patient, unlock, wait};

/// Takes so many pieces, and then does as it is told to.
struct Sink {
    pieces: Mutex<Vec<Vec<u8>>>,
    takes: usize,
    then: Ending,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ending {
    /// There is no more room.
    Refuses,
    /// The app's code has a fault.
    Panics,
    /// It never answers.
    Silent,
}

impl Sink {
    fn new(takes: usize, then: Ending) -> Arc<Self> {
        Arc::new(Self { pieces: Mutex::default(), takes, then })
    }

    fn taken(&self) -> usize {
        self.pieces.lock().unwrap().len()
    }
}

#[async_trait::async_trait]
impl ExportSink for Sink {
    async fn write(&self, bytes: Vec<u8>) -> Result<(), ExportSinkError> {
        assert!((1..=262_144).contains(&bytes.len()), "{}", bytes.len());
        if self.taken() < self.takes {
            self.pieces.lock().unwrap().push(bytes);
            return Ok(());
        }
        match self.then {
            Ending::Refuses => Err(ExportSinkError::Unwritable),
            Ending::Panics => panic!("the app has a fault"),
            Ending::Silent => pending().await,
        }
    }
}

fn with_records(place: &Place) -> (Arc<Wallet>, Arc<Authentication>) {
    let (wallet, fresh) = place.create();
    let path = sample_patient().to_str().unwrap().to_owned();
    let imported = wait(wallet.import_records(ImportSource::File { path }, ImportOptions::default(), None));
    assert!(matches!(imported.unwrap(), ImportOutcome::Imported { .. }));
    (wallet, fresh)
}

#[test]
fn what_an_app_is_given_is_what_a_file_would_hold() {
    let place = Place::new();
    let (wallet, fresh) = with_records(&place);
    let path = |name: &str| place.path(name).to_str().unwrap().to_owned();
    let (lines, history) = (Sink::new(1_000, Ending::Refuses), Sink::new(1_000, Ending::Refuses));
    let told = wait(wallet.export_records_to(fresh.clone(), lines.clone(), None)).unwrap();
    assert_eq!(told, wait(wallet.export_records(fresh.clone(), path("lines"))).unwrap());
    assert_eq!(lines.pieces.lock().unwrap().concat(), std::fs::read(path("lines")).unwrap());
    let told = wait(wallet.export_history_to(fresh.clone(), history.clone(), None)).unwrap();
    assert_eq!(told, wait(wallet.export_history(fresh, path("history"))).unwrap());
    assert_eq!(history.pieces.lock().unwrap().concat(), std::fs::read(path("history")).unwrap());
    let pieces = lines.pieces.lock().unwrap();
    let (last, others) = pieces.split_last().unwrap();
    assert!(others.len() > 3 && others.iter().all(|piece| piece.len() == 262_144) && !last.is_empty());
}

#[test]
fn a_place_that_takes_no_more_is_told_apart_from_a_whole_export() {
    let place = Place::new();
    let (wallet, fresh) = with_records(&place);
    let unwritten = Err(WalletError::File { reason: FileReason::ExportIo });
    for takes in [0, 2] {
        let sink = Sink::new(takes, Ending::Refuses);
        assert_eq!(wait(wallet.export_records_to(fresh.clone(), sink.clone(), None)), unwritten);
        assert_eq!(wait(wallet.export_history_to(fresh.clone(), sink.clone(), None)), unwritten);
        assert_eq!(sink.taken(), takes);
    }
    // What is taken whole is written, too, if it is the last piece that the app refuses.
    let all = Sink::new(1_000, Ending::Refuses);
    wait(wallet.export_records_to(fresh.clone(), all.clone(), None)).unwrap();
    let short = Sink::new(all.taken() - 1, Ending::Refuses);
    assert_eq!(wait(wallet.export_records_to(fresh, short, None)), unwritten);
}

#[test]
fn a_fault_of_the_app_gets_no_further_and_the_wallet_locks() {
    let place = Place::new();
    let (wallet, fresh) = with_records(&place);
    let sink = Sink::new(1, Ending::Panics);
    assert_eq!(wait(wallet.export_records_to(fresh, sink, None)), Err(WalletError::Internal));
    assert_eq!(wallet.is_unlocked(), Ok(false));
    let fresh = unlock(&wallet).unwrap();
    wait(wallet.export_records_to(fresh, Sink::new(1_000, Ending::Refuses), None)).unwrap();
}

#[test]
fn an_export_that_is_cancelled_ends_in_the_middle_and_says_so() {
    let place = Place::new();
    let (wallet, fresh) = with_records(&place);
    let (sink, cancellation) = (Sink::new(1, Ending::Silent), Cancellation::new());
    let (exported, ()) = wait(async {
        tokio::join!(
            wallet.export_records_to(fresh.clone(), sink.clone(), Some(cancellation.clone())),
            async {
                while sink.taken() == 0 {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                cancellation.cancel().unwrap();
            }
        )
    });
    assert_eq!(exported, Err(WalletError::Cancelled));
    assert_eq!(sink.taken(), 1);
    // Nothing of it stays behind.
    import(&wallet, r#"{"resourceType":"Device","id":"d"}"#);
    wait(wallet.export_records_to(fresh, Sink::new(1_000, Ending::Refuses), None)).unwrap();
}

#[test]
fn without_an_authentication_nothing_is_written() {
    let place = Place::new();
    let (wallet, fresh) = with_records(&place);
    fresh.void().unwrap();
    let sink = Sink::new(1_000, Ending::Refuses);
    assert_eq!(wait(wallet.export_records_to(fresh, sink.clone(), None)), Err(WalletError::Closed));
    wait(wallet.lock()).unwrap();
    assert_eq!(sink.taken(), 0);
}

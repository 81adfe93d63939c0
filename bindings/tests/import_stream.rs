//! An import from a file that only the app can read, and what such a file may do wrong.

mod setup;

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use keepwell::{
    Cancellation, FileReason, ImportOutcome, ImportSource, ImportStream, ImportStreamError, Wallet,
    WalletError,
};
use keepwell_wallet::{ImportOptions, ImportReport};

use setup::{Place, sample_patient, wait};

/// Gives these bytes, and then ends as it is told to.
struct Stream {
    rest: Mutex<Vec<u8>>,
    ending: Ending,
    /// Whether it was asked for more than it has.
    is_at_end: AtomicBool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ending {
    /// There is no more.
    Proper,
    /// The permission was withdrawn.
    Refused,
    /// It gives more than it was asked for.
    Flood,
    /// It never answers.
    Silent,
}

impl Stream {
    fn new(bytes: &[u8], ending: Ending) -> Arc<Self> {
        Arc::new(Self { rest: Mutex::new(bytes.to_vec()), ending, is_at_end: AtomicBool::new(false) })
    }
}

#[async_trait::async_trait]
impl ImportStream for Stream {
    async fn read(&self, most: u32) -> Result<Vec<u8>, ImportStreamError> {
        let next = {
            let mut rest = self.rest.lock().unwrap();
            let next = rest.len().min(most as usize).min(10_000);
            rest.drain(..next).collect::<Vec<_>>()
        };
        if !next.is_empty() {
            return Ok(next);
        }
        self.is_at_end.store(true, Ordering::SeqCst);
        match self.ending {
            Ending::Proper => Ok(next),
            Ending::Refused => Err(ImportStreamError::Unreadable),
            Ending::Flood => Ok(vec![b' '; most as usize + 1]),
            Ending::Silent => pending().await,
        }
    }
}

async fn import(
    wallet: &Wallet,
    stream: Arc<Stream>,
    cancellation: Option<Arc<Cancellation>>,
) -> Result<ImportReport, WalletError> {
    let source = ImportSource::Stream { name: "records.json.gz".to_owned(), stream };
    match wallet.import_records(source, ImportOptions::default(), cancellation).await? {
        ImportOutcome::Imported { report } => Ok(report),
        ImportOutcome::OtherPatients { patients } => panic!("about others: {patients:?}"),
    }
}

#[test]
fn what_an_app_reads_is_imported_as_its_file_would_be() {
    let bytes = std::fs::read(sample_patient()).unwrap();
    assert!(bytes.len() > 20_000, "it is read in several pieces");
    let (streamed, opened) = (Place::new(), Place::new());
    let ((wallet, _), (other, _)) = (streamed.create(), opened.create());
    let report = wait(import(&wallet, Stream::new(&bytes, Ending::Proper), None)).unwrap();
    let path = sample_patient().to_str().unwrap().to_owned();
    let outcome = wait(other.import_records(ImportSource::File { path }, ImportOptions::default(), None));
    let ImportOutcome::Imported { report: expected } = outcome.unwrap() else { panic!("not imported") };
    assert_eq!((report.read, report.added), (expected.read, expected.added));
    assert_eq!(wait(wallet.status()).unwrap().records, 1005);
}

#[test]
fn a_file_that_breaks_off_or_floods_is_no_file_and_nothing_of_it_is_kept() {
    let bytes = std::fs::read(sample_patient()).unwrap();
    let place = Place::new();
    let (wallet, _) = place.create();
    for ending in [Ending::Refused, Ending::Flood] {
        let imported = wait(import(&wallet, Stream::new(&bytes[..50_000], ending), None));
        let unreadable = WalletError::File { reason: FileReason::ImportIo };
        assert_eq!(imported.map(|report| report.added), Err(unreadable), "{ending:?}");
        assert_eq!(wait(wallet.status()).unwrap().records, 0);
        assert_eq!(wait(wallet.imports()).unwrap().len(), 0);
    }
    wait(import(&wallet, Stream::new(&bytes, Ending::Proper), None)).unwrap();
}

#[test]
fn an_app_that_never_answers_is_left_alone_when_the_person_cancels() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let (stream, cancellation) = (Stream::new(b"{", Ending::Silent), Cancellation::new());
    let (imported, ()) = wait(async {
        tokio::join!(import(&wallet, stream.clone(), Some(cancellation.clone())), async {
            while !stream.is_at_end.load(Ordering::SeqCst) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            cancellation.cancel().unwrap();
        })
    });
    assert_eq!(imported.map(|report| report.added), Err(WalletError::Cancelled));
    assert_eq!(wait(wallet.status()).unwrap().records, 0);
}

//! Reading beside a wallet that is writing.

use std::ops::ControlFlow;
use std::time::Duration;

use keepwell_protocol::domain::{Category, ProviderId, RecordId, Scope};
use keepwell_wallet::{ImportFile, ImportOptions, Query, Reader, Wallet};

use crate::setup::{Place, import, pin};

const ALLERGY: &[u8] = br#"{"resourceType":"AllergyIntolerance","id":"a","code":{"text":"Latex"}}"#;

fn all() -> Query {
    Query::default()
}

/// What either says to every question, as text.
fn everything(wallet: &Wallet, reader: &Reader) -> [[String; 2]; 11] {
    let scope = Scope { categories: Category::ALL.to_vec(), ..Scope::default() };
    let (search, provider) =
        (Query { text: Some("latex".to_owned()), ..all() }, ProviderId::from_bytes([7; 32]));
    let id = reader
        .read(|snapshot| snapshot.records(&all()))
        .unwrap()
        .records
        .first()
        .map_or(RecordId::from_bytes([0; 32]), |one| one.id);
    macro_rules! both {
        ($ask:ident($($argument:expr),*)) => {
            [format!("{:?}", wallet.$ask($($argument),*)), format!("{:?}", reader.read(|snapshot| snapshot.$ask($($argument),*)))]
        };
    }
    [
        both!(status()),
        both!(records(&all())),
        both!(records(&search)),
        both!(record_counts()),
        both!(record_bytes(&id)),
        both!(grants()),
        both!(preview(provider)),
        both!(preview_grant(&scope)),
        both!(shares()),
        both!(ledger_status()),
        both!(queued()),
    ]
}

#[test]
fn a_reader_says_what_the_wallet_says_before_and_after_it_wrote() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let reader = wallet.reader(&fresh).unwrap();
    for [by_wallet, by_reader] in everything(&wallet, &reader) {
        assert_eq!(by_reader, by_wallet);
    }
    import(&mut wallet, ALLERGY).unwrap();
    let answers = everything(&wallet, &reader);
    assert!(answers.iter().flatten().filter(|answer| answer.contains("Latex")).count() >= 4);
    for [by_wallet, by_reader] in answers {
        assert_eq!(by_reader, by_wallet);
    }
}

#[test]
fn what_is_not_yet_committed_is_not_read_and_keeps_nobody_waiting() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let reader = wallet.reader(&fresh).unwrap();
    let lines: Vec<_> = (0..2_000)
        .map(|id| format!(r#"{{"resourceType":"Flag","id":"{id}","code":{{"text":"{id}"}}}}"#))
        .collect();
    let file = lines.join("\n").into_bytes();
    let mut asked = 0;
    let mut file = [ImportFile::from_bytes("", &file)];
    let imported = wallet.import(&mut file, &ImportOptions::default(), &mut |_| {
        assert!(reader.read(|snapshot| snapshot.records(&all())).unwrap().records.is_empty());
        asked += 1;
        ControlFlow::Continue(())
    });
    assert_eq!(imported.unwrap().added, 2_000);
    assert!(asked > 1);
    assert_eq!(reader.read(|snapshot| snapshot.status()).unwrap().records, 2_000);
}

#[test]
fn a_read_with_a_limit_is_broken_off_and_one_without_ends() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    let flag = |id| format!(r#"{{"resourceType":"Flag","id":"{id}","code":{{"text":"{id}"}}}}"#);
    import(&mut wallet, (0..2_000).map(flag).collect::<Vec<_>>().join("\n").as_bytes()).unwrap();
    let (reader, scope) =
        (wallet.reader(&fresh).unwrap(), Scope { categories: Category::ALL.to_vec(), ..Scope::default() });
    let brief = reader.within(Duration::ZERO);
    assert_eq!(brief.read(|snapshot| snapshot.preview_grant(&scope)).unwrap_err().code(), "Unfinished");
    assert_eq!(
        reader.read(|snapshot| snapshot.preview_grant(&scope)).unwrap().categories[0].seen.len(),
        2_000
    );
    assert_eq!(
        reader
            .within(Duration::from_secs(600))
            .read(|snapshot| snapshot.preview_grant(&scope))
            .unwrap()
            .categories[0]
            .seen
            .len(),
        2_000
    );
    wallet.lock();
    assert_eq!(brief.read(|snapshot| snapshot.preview_grant(&scope)).unwrap_err().code(), "Locked");
}

#[test]
fn locking_refuses_every_reader_and_a_new_one_begins_with_unlocking() {
    let place = Place::new();
    let (mut wallet, fresh) = place.create();
    import(&mut wallet, ALLERGY).unwrap();
    let (reader, same) = (wallet.reader(&fresh).unwrap(), wallet.reader(&fresh).unwrap());
    wallet.lock();
    assert!(!place.file("store.db-wal").exists(), "the connection that writes was the last to close");
    for reader in [&reader, &same] {
        assert_eq!(reader.read(|snapshot| snapshot.records(&all())).unwrap_err().code(), "Locked");
        assert_eq!(reader.read(|snapshot| snapshot.status()).unwrap_err().code(), "Locked");
    }
    assert_eq!(wallet.reader(&fresh).unwrap_err().code(), "Locked");
    let fresh = wallet.unlock(&pin()).unwrap();
    assert_eq!(reader.read(|snapshot| snapshot.records(&all())).unwrap_err().code(), "Locked");
    let reader = wallet.reader(&fresh).unwrap();
    assert_eq!(reader.read(|snapshot| snapshot.records(&all())).unwrap().records.len(), 1);
    drop(wallet);
    assert_eq!(reader.read(|snapshot| snapshot.records(&all())).unwrap_err().code(), "Locked");
}

//! What a clinic read is told once: whatever becomes of the process, the phone, the host and what it stores.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use keepwell_net::NetError;
use keepwell_protocol::domain::{Category, Duration, GrantId};
use keepwell_protocol::vault::{LogEntry, LogEvent};
use keepwell_wallet::{Activity, ActivityEvent, Network, News, ReadProof, RecordsRead, SyncOptions, Wallet};

use crate::parties::{Parties, categories, copy};
use crate::receipts::{OtherLog, Story};
use crate::restore_words::restore;

/// A clinic that may fetch two records and their lists, of which everything that it fetched was told.
fn begun() -> Story {
    let mut it = Story::new();
    it.find_all_blobs();
    assert_eq!(told(&it.parties, &mut it.wallet), [read(&it, ReadProof::Request)]);
    assert_eq!(told(&it.parties, &mut it.wallet), []);
    it
}

fn read(it: &Story, proof: ReadProof) -> RecordsRead {
    RecordsRead { grant: it.grant, name: "Clinic".to_owned(), records: 2, proof }
}

fn fetch(it: &Story) {
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
}

/// What a sync tells of records that were read.
fn told(parties: &Parties, wallet: &mut Wallet) -> Vec<RecordsRead> {
    let news = news(wallet, parties.network());
    news.into_iter()
        .filter_map(|news| if let News::RecordsRead(read) = news { Some(read) } else { None })
        .collect()
}

fn news(wallet: &mut Wallet, network: Network<'_>) -> Vec<News> {
    let mut told = Vec::new();
    wallet.sync_with_news(SyncOptions::default(), network, &mut |news| told.push(news)).unwrap();
    told
}

#[test]
fn who_is_stopped_while_telling_tells_it_again_and_only_then() {
    let mut it = begun();
    fetch(&it);
    let network = it.parties.network();
    let stopped = catch_unwind(AssertUnwindSafe(|| {
        let mut tell = |news| assert!(!matches!(news, News::RecordsRead(_)), "the process dies here");
        it.wallet.sync_with_news(SyncOptions::default(), network, &mut tell).is_ok()
    }));
    assert!(stopped.is_err());
    let Story { parties, wallet, clinic, envelope, grant, blobs } = it;
    drop(wallet);
    let (wallet, _) = parties.reopen();
    let mut it = Story { parties, wallet, clinic, envelope, grant, blobs };
    assert_eq!(told(&it.parties, &mut it.wallet), [read(&it, ReadProof::Receipt)]);
    assert_eq!(told(&it.parties, &mut it.wallet), []);
}

#[test]
fn on_a_phone_made_again_from_words_what_was_read_before_is_no_news_and_what_is_read_then_is() {
    let it = begun();
    fetch(&it);
    let (mut second, _) = restore(&it.parties, "second", 1).unwrap();
    // In the same second, too.
    fetch(&it);
    assert_eq!(told(&it.parties, &mut second), [read(&it, ReadProof::Receipt)]);
    assert_eq!(told(&it.parties, &mut second), []);
    assert_eq!(second.new_reads(it.parties.network()).unwrap().doubtful, []);
    let all = second.activity(it.parties.network()).unwrap().entries;
    assert!(all.len() > 4, "what was before is still shown");

    // One that has not seen the log as it was made takes the first look for that.
    it.parties.wire.intrude(|request| request.url.contains("/v1/log").then_some(Err(NetError::Timeout)));
    let (mut third, _) = restore(&it.parties, "third", 1).unwrap();
    it.parties.wire.leave();
    assert_eq!(told(&it.parties, &mut third), []);
    fetch(&it);
    assert_eq!(told(&it.parties, &mut third), [read(&it, ReadProof::Receipt)]);
}

#[test]
fn a_host_that_was_put_back_or_emptied_numbers_anew_and_nothing_is_lost_or_told_twice() {
    let mut it = begun();
    it.parties.stop_host();
    copy(&it.parties.path("host"), &it.parties.path("yesterday"));
    it.parties.start_host();
    fetch(&it);
    fetch(&it);
    assert_eq!(told(&it.parties, &mut it.wallet), [read(&it, ReadProof::Receipt)]);

    // What the copy lacks has the numbers of what comes next.
    it.parties.stop_host();
    std::fs::remove_dir_all(it.parties.path("host")).unwrap();
    std::fs::rename(it.parties.path("yesterday"), it.parties.path("host")).unwrap();
    it.parties.start_host();
    fetch(&it);
    assert_eq!(told(&it.parties, &mut it.wallet), [read(&it, ReadProof::Receipt)]);
    assert_eq!(told(&it.parties, &mut it.wallet), []);

    it.parties.stop_host();
    std::fs::remove_dir_all(it.parties.path("host")).unwrap();
    it.parties.start_host();
    assert_eq!(it.parties.sync(&mut it.wallet).queued, 0);
    assert_eq!(told(&it.parties, &mut it.wallet), []);
    it.find_all_blobs();
    assert_eq!(told(&it.parties, &mut it.wallet), [read(&it, ReadProof::Request)]);
}

#[test]
fn a_read_of_what_was_sealed_anew_since_counts() {
    let mut it = begun();
    fetch(&it);
    // The host loses what was read before the wallet looks.
    let packs = crate::healing::files(&it.parties.path("host/blobs"));
    packs.iter().for_each(|pack| std::fs::remove_file(pack).unwrap());
    it.parties.clock.forward(8 * 86_400);
    it.parties.await_block_time();
    let healing = it.parties.sync(&mut it.wallet).healing.unwrap();
    assert!(healing.lost >= 2, "{healing:?}");
    assert_eq!(told(&it.parties, &mut it.wallet), [read(&it, ReadProof::Receipt)]);
}

#[test]
fn how_many_records_were_read_under_a_grant_is_each_once_and_unknown_without_the_host() {
    let mut it = begun();
    let (fresh, scope) =
        (it.wallet.unlock(&crate::setup::pin()).unwrap(), categories(&[Category::Conditions]));
    let other = it.parties.grant(&mut it.wallet, &fresh, &it.clinic, scope).unwrap();
    fetch(&it);
    let network = it.parties.network();
    let about = it.wallet.grant_activity(it.grant, network).unwrap();
    assert_eq!(about.records_read, Some(2));
    assert!(about.entries.iter().all(|entry| entry.event.grant() == Some(it.grant)));
    let reads = |entry: &&Activity| matches!(entry.event, ActivityEvent::RecordsRead { .. });
    assert!(about.entries.iter().filter(reads).count() > 2);
    assert!(about.entries.is_sorted_by(|newer, older| newer.time >= older.time), "newest first");
    let is_grant = |entry: &&Activity| matches!(entry.event, ActivityEvent::Granted { .. });
    assert_eq!(about.entries.iter().filter(is_grant).count(), 1);

    let of_other = it.wallet.grant_activity(other.grant, network).unwrap();
    assert_eq!((of_other.records_read, of_other.entries.len()), (Some(0), 1));
    it.parties.wire.intrude(|_| Some(Err(NetError::Offline)));
    let offline = it.wallet.grant_activity(it.grant, network).unwrap();
    assert_eq!((offline.records_read, offline.entries.len()), (None, 1));
    it.parties.wire.leave();
    let nobody = GrantId::from_bytes([7; 32]);
    assert_eq!(it.wallet.grant_activity(nobody, network).unwrap_err().code(), "NoSuchGrant");
}

#[test]
fn a_signed_read_that_a_host_shows_again_is_no_other_read() {
    let mut it = begun();
    fetch(&it);
    assert_eq!(told(&it.parties, &mut it.wallet), [read(&it, ReadProof::Receipt)]);
    let again = |as_of: u64| {
        move |entries: &mut Vec<LogEntry>| {
            let read = entries.iter().rfind(|entry| matches!(entry.event, LogEvent::BlobsRead { .. }));
            let Some(read) = read.cloned() else { return };
            let (sequence, time) = (read.sequence + 1, read.time.saturating_add(Duration(as_of)));
            entries.push(LogEntry { sequence, time, ..read });
        }
    };
    for as_of in [0, 1] {
        let host = OtherLog { parties: &it.parties, change: Mutex::new(Box::new(again(as_of))) };
        let network = Network { transport: &host, envelopes: &host, ..it.parties.network() };
        let heard = news(&mut it.wallet, network);
        assert!(matches!(heard[..], [News::ReadDoubtful { grant, .. }] if grant == it.grant), "{heard:?}");
    }
    // Another one like it is.
    fetch(&it);
    assert_eq!(told(&it.parties, &mut it.wallet), [read(&it, ReadProof::Receipt)]);
}

//! What granting, revoking and adding a record cost the wallet, against real servers on loopback.
//! CPU time is that of the wallet's own thread: the servers run in this process too.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::Category;
use keepwell_wallet::{
    FreshAuthentication, ImportOptions, Network, NewWallet, RestoreFrom, Servers, Wallet, WalletError,
};

use crate::link::{Far, Line};
use crate::parties::{Parties, categories};
use crate::sample::Sample;
use crate::setup;
use crate::table::{Table, in_turn, median, show};

/// A grant of one category, with 10 and with 10,000 records in it.
pub(crate) fn grant(table: &mut Table) {
    let sample = Sample::load();
    let scope = categories(&[Category::Medications]);
    let walls = RefCell::new(Vec::new());
    let [mut few, mut many] = [10, 10_000].map(|count| {
        let parties = Parties::start();
        let (mut wallet, fresh) = stocked(&parties, &sample, "MedicationRequest", count);
        let provider = parties.provider(1, "Clinic");
        let (scope, walls) = (scope.clone(), &walls);
        move || {
            let begun = Instant::now();
            let time = thread(|| parties.grant(&mut wallet, &fresh, &provider, scope.clone()).unwrap());
            if count == 10_000 {
                walls.borrow_mut().push(begun.elapsed());
            }
            time
        }
    });
    let (many, few) = in_turn(25, &mut many, &mut few);
    table.ratio("grant of a category, 10,000 records against 10", many, few, 1.1, "≤ 1.1");
    table.row(
        "grant of a category, 10,000 records, wall time on loopback",
        show(median(walls.take())),
        "",
        None,
    );
}

/// A revocation that re-keys 18 compartments while 100 grants remain.
pub(crate) fn revoke(table: &mut Table) {
    let parties = Parties::start();
    let (mut wallet, fresh) = stocked(&parties, &Sample::load(), "Observation", 100);
    let all = categories(Category::ALL);
    let provider = parties.provider(1, "Clinic");
    let grants: Vec<_> =
        (0..105).map(|_| parties.grant(&mut wallet, &fresh, &provider, all.clone()).unwrap().grant).collect();
    parties.sync(&mut wallet);
    let times = grants[..5].iter().map(|grant| thread(|| wallet.revoke(*grant).unwrap())).collect();
    let time = median(times);
    let work = "revoke that re-keys 18 compartments for 100 remaining grants";
    table.row(work, show(time), "≤ 30 ms CPU, one transaction", Some(time <= Duration::from_millis(30)));
}

/// Records added one by one to a compartment of 10,000.
pub(crate) fn upload(table: &mut Table) {
    let parties = Parties::start();
    let sample = Sample::load();
    let (mut wallet, _fresh) = stocked(&parties, &sample, "MedicationRequest", 10_000);
    let mut sizes: Vec<usize> = sample
        .of_type("MedicationRequest", 11_000)
        .split_off(10_000)
        .into_iter()
        .map(|resource| {
            take(&mut wallet, &resource);
            parties.wire.seen.lock().unwrap().bytes_up = 0;
            parties.sync(&mut wallet);
            let mut seen = parties.wire.seen.lock().unwrap();
            seen.blobs.clear();
            seen.bytes_up
        })
        .collect();
    sizes.sort_unstable();
    let (median, worst) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
    table.row(
        "upload for one record added to a compartment of 10,000, over 1,000 additions",
        format!("median {:.1} KB, worst {:.1} KB", median as f64 / 1e3, worst as f64 / 1e3),
        "median ≤ 8 KB",
        Some(median <= 8_000),
    );
}

/// 10,000 records published, and back from the words alone: on loopback against the time to import
/// them, over a slow line against the time that their sealed bytes take.
pub(crate) fn restore(table: &mut Table) {
    let parties = Parties::start();
    let ndjson = Sample::load().ndjson(10_000);
    let (mut wallet, _fresh) = parties.wallet();
    let imported = thread(|| take(&mut wallet, &ndjson));
    parties.wire.seen.lock().unwrap().bytes_up = 0;
    parties.sync_anchor(&mut wallet);
    drop(wallet);
    let (published, sealed) = {
        let seen = parties.wire.seen.lock().unwrap();
        (seen.bytes_up as f64, seen.blobs.iter().map(Vec::len).sum::<usize>() as u64)
    };
    let ratio = published / ndjson.len() as f64;
    let measured = format!("{ratio:.3}× the JSON ({:.2} MB)", ndjson.len() as f64 / 1e6);
    table.row("bytes published for 10,000 records", measured, "≤ 0.40×", Some(ratio <= 0.40));

    let mut wall = Duration::ZERO;
    let time = thread(|| wall = timed_restore(&parties, "near", parties.network()).unwrap());
    let work = "restore of 10,000 records from words, loopback, against importing them";
    table.ratio(work, time, imported, 3.0, "≤ 3×");
    table.row("restore of 10,000 records from words, loopback, wall time", show(wall), "", None);

    let line = Line::new(2_000_000, Duration::from_millis(50));
    let far = Far::new(&parties.wire, &line, &[&parties.ledger_url, &parties.host_url]);
    let work = "restore of 10,000 records at 2 Mbit/s and 50 ms each way, wall time, against their sealed bytes alone";
    match timed_restore(&parties, "far", far.network()) {
        Ok(wall) => table.ratio(work, wall, line.time(sealed), 1.3, "≤ 1.3×"),
        Err(error) => table.row(work, format!("fails: {}", error.code()), "≤ 1.3×", Some(false)),
    }
}

/// Restores the wallet of `parties` in a new home; returns how long that took on the wall.
fn timed_restore(parties: &Parties, name: &str, network: Network<'_>) -> Result<Duration, WalletError> {
    let (home, anchor) = (parties.path(name), parties.anchor());
    let servers = Servers { ledger_url: &parties.ledger_url, host_url: &parties.host_url, anchor: &anchor };
    let begun = Instant::now();
    let (_, _, report) = Wallet::restore(
        NewWallet {
            home: &home,
            words: &setup::words(1),
            passphrase: &Passphrase::none(),
            pin: &setup::pin(),
            device: setup::device(&home),
            clock: Box::new(parties.clock.clone()),
            rng: Rng::system(),
        },
        RestoreFrom { servers, network, progress: &|_| {} },
    )?;
    assert_eq!(report.records, 10_000);
    Ok(begun.elapsed())
}

/// A connected wallet with a Patient and `count` records of one type, all of them at the host.
pub(crate) fn stocked(
    parties: &Parties,
    sample: &Sample,
    resource_type: &str,
    count: usize,
) -> (Wallet, FreshAuthentication) {
    let (mut wallet, fresh) = parties.wallet();
    let mut ndjson = sample.patient();
    for resource in sample.of_type(resource_type, count) {
        ndjson.push(b'\n');
        ndjson.extend(resource);
    }
    take(&mut wallet, &ndjson);
    parties.sync(&mut wallet);
    (wallet, fresh)
}

fn take(wallet: &mut Wallet, file: &[u8]) {
    let mut file = [keepwell_wallet::ImportFile::from_bytes("", file)];
    // Of one source, so that what comes later without the Patient is known to be about the owner.
    let options = ImportOptions { source: Some("sample".into()), ..ImportOptions::default() };
    let report = wallet.import(&mut file, &options, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(report.added > 0 && report.quarantined.is_empty());
}

/// CPU time of this thread while `work` runs.
pub(crate) fn thread<T>(work: impl FnOnce() -> T) -> Duration {
    let start = ThreadTime::now();
    work();
    start.elapsed()
}

//! What many providers cost the wallet: one more grant, a revocation among them, and the syncs that
//! bring all of it to host and ledger. Against real servers on loopback; CPU time is that of the wallet's
//! own thread.

use std::time::Duration;

use cpu_time::ThreadTime;
use keepwell_protocol::crypto::{HpkeSecretKey, Rng, SigningKey, Suite, provider_id};
use keepwell_protocol::domain::Category;
use keepwell_protocol::ledger::Card;
use keepwell_wallet::{SyncOptions, Wallet};

use crate::consent::{stocked, thread};
use crate::counting::Counting;
use crate::parties::{Parties, Provider, categories};
use crate::sample::Sample;
use crate::table::{Table, median, show};

/// One more grant where there are 100 providers with one each, and 500.
pub(crate) fn one_more_grant(table: &mut Table) {
    let parties = Parties::start();
    let (mut wallet, fresh) = stocked(&parties, &Sample::load(), "Observation", 100);
    let scope = categories(&[Category::Results]);
    let mut providers = admitted(&parties, 500 + 2 * RUNS).into_iter();
    let mut grant = |wallet: &mut Wallet| {
        let provider = providers.next().unwrap();
        thread(|| parties.grant(wallet, &fresh, &provider, scope.clone()).unwrap())
    };
    let mut there = 0;
    for count in [100, 500] {
        for _ in there..count {
            grant(&mut wallet);
        }
        sync_all(&mut wallet, &Counting::new(&parties.wire), 60);
        let time = median((0..RUNS).map(|_| grant(&mut wallet)).collect());
        there = count + RUNS;
        let work = format!("one more grant in a wallet with {count} providers");
        table.row(&work, show(time), "≤ 3 ms CPU, flat", Some(time <= Duration::from_millis(3)));
    }
}

/// A revocation that re-keys 18 compartments for 100 providers that remain.
pub(crate) fn revoke_among_many(table: &mut Table) {
    let parties = Parties::start();
    let (mut wallet, fresh) = stocked(&parties, &Sample::load(), "Observation", 100);
    let all = categories(Category::ALL);
    let grants: Vec<_> = admitted(&parties, 100 + RUNS)
        .iter()
        .map(|provider| parties.grant(&mut wallet, &fresh, provider, all.clone()).unwrap().grant)
        .collect();
    sync_all(&mut wallet, &Counting::new(&parties.wire), 60);
    let times = grants[..RUNS].iter().map(|grant| thread(|| wallet.revoke(*grant).unwrap())).collect();
    let time = median(times);
    let work = "revoke that re-keys 18 compartments for 100 different providers";
    table.row(work, show(time), "≤ 28 ms CPU, one transaction", Some(time <= Duration::from_millis(28)));
}

/// 100 grants to 100 providers and to one, each sent by as many syncs as it takes; and a sync after it.
pub(crate) fn sync(table: &mut Table) {
    for providers in [100, 1] {
        let parties = Parties::start();
        let (mut wallet, fresh) = stocked(&parties, &Sample::load(), "Observation", 100);
        let scope = categories(&[Category::Results]);
        for provider in admitted(&parties, providers).iter().cycle().take(100) {
            parties.grant(&mut wallet, &fresh, provider, scope.clone()).unwrap();
        }
        let wire = Counting::new(&parties.wire);
        let begun = ThreadTime::now();
        let (syncs, queued) = sync_all(&mut wallet, &wire, MOST_SYNCS);
        let (time, requests) = (begun.elapsed(), wire.take());
        let left = if queued == 0 { String::new() } else { format!(", {queued} still queued") };
        let measured = format!("{}, {requests} requests, syncs: {syncs}{left}", show(time));
        let done = queued == 0 && syncs == 1;
        if providers == 1 {
            let work = "sync that sends 100 grants to one provider";
            table.row(work, measured, "≤ 160 requests, one sync", Some(done && requests <= 160));
            continue;
        }
        let met = done && requests <= 140 && time <= Duration::from_millis(500);
        let work = "sync that sends 100 grants to 100 providers";
        table.row(work, measured, "≤ 0.5 s CPU, ≤ 140 requests", Some(met));
        sync_all(&mut wallet, &wire, MOST_SYNCS);
        wire.take();
        let time = thread(|| wallet.sync(SyncOptions::default(), wire.network()).unwrap());
        let requests = wire.take();
        let measured = format!("{requests} requests, {}", show(time));
        table.row("idle sync, 100 grants", measured, "≤ 3 requests", Some(requests <= 3));
    }
}

/// Syncs until nothing is queued, at most so often; returns how often, and what is still queued.
fn sync_all(wallet: &mut Wallet, wire: &Counting<'_>, most: usize) -> (usize, u64) {
    let options = SyncOptions { wait: Duration::from_secs(15), anchor: false, heal: false };
    let mut queued = 0;
    for syncs in 1..=most {
        let report = wallet.sync(options, wire.network()).unwrap();
        assert_eq!(report.offline, None);
        queued = report.queued;
        if queued == 0 {
            return (syncs, 0);
        }
    }
    (most, queued)
}

/// So many different providers that the ledger knows.
fn admitted(parties: &Parties, count: usize) -> Vec<Provider> {
    let providers: Vec<Provider> = (0..count).map(|number| provider(number, &parties.host_url)).collect();
    for provider in &providers {
        parties.admit(provider);
    }
    // The ledger takes them in turn: when one more is proved, all are.
    parties.provider(1, "The last");
    providers
}

fn provider(number: usize, host: &str) -> Provider {
    let mut seed = [0x70; 32];
    seed[..8].copy_from_slice(&(number as u64).to_be_bytes());
    let signing = SigningKey::from_seed(&seed);
    let hpke = HpkeSecretKey::generate(Suite::XWing, &mut Rng::seeded(1_000 + number as u64)).unwrap();
    let provider = provider_id(&signing.public_key());
    let card = Card {
        provider,
        version: 1,
        name: format!("Clinic {number}"),
        place: "Ulm".to_owned(),
        signing: signing.public_key(),
        keys: vec![hpke.public_key().clone()],
        inbox: format!("{host}/v1/inbox/{provider}"),
    };
    let card = card.sign(&signing).unwrap();
    Provider { signing, hpke, card }
}

/// Of how many single grants or revocations a median is taken.
const RUNS: usize = 5;
/// More are not waited for; what is queued then is printed.
const MOST_SYNCS: usize = 4;

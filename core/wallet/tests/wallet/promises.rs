//! What the wallet promises while servers fail in part, answers are old, and clocks are wrong.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use keepwell_net::{HttpTransport, Limits, NetError, Transport};
use keepwell_protocol::domain::{Category, Duration, GrantId, Object};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::SignedTransaction;
use keepwell_protocol::vault::{Submitted, SubmittedBatch, TransactionBatch};
use keepwell_wallet::{FreshAuthentication, ShareRequest, ShareState, StoppedBy, Wallet};

use crate::parties::{PATIENT, Parties, Provider, categories, record, state};
use crate::setup::import;

const DAY: u64 = 86_400;

struct Story {
    parties: Parties,
    clinic: Provider,
    wallet: Wallet,
    fresh: FreshAuthentication,
    grant: GrantId,
}

/// A wallet with one record, granted to one clinic.
fn granted() -> Story {
    let parties = Parties::start();
    let clinic = parties.provider(60, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    Story { parties, clinic, wallet, fresh, grant: grant.grant }
}

impl Story {
    /// What the host answers the clinic.
    fn read(&self) -> u16 {
        self.parties.read(&self.parties.envelopes(&self.clinic)[0]).status
    }

    /// Syncs until the ledger shows what moved with the day, the anchor too.
    fn settle(&mut self) {
        for _ in 0..5 {
            if self.parties.sync(&mut self.wallet).queued == 0 {
                return;
            }
            self.parties.clock.forward(20);
        }
        panic!("something stays queued");
    }

    fn add(&mut self, id: &str) -> Vec<u8> {
        let bytes = record("AllergyIntolerance", id);
        import(&mut self.wallet, &bytes).unwrap();
        bytes
    }

    /// Time passes, and the ledger's with it.
    fn forward(&self, seconds: u64) {
        self.parties.clock.forward(seconds);
        self.parties.await_block_time();
    }
}

/// The real server's answer.
fn answer(request: &Request) -> Result<Response, NetError> {
    HttpTransport::new().unwrap().send(request.clone(), Limits::CONFIGURED)
}

fn status(status: u16) -> Option<Result<Response, NetError>> {
    Some(Ok(Response { status, headers: Vec::new(), body: Vec::new() }))
}

#[test]
fn an_end_goes_to_the_host_before_any_question_and_is_told_as_it_is() {
    let mut it = granted();
    it.wallet.revoke(it.grant).unwrap();
    let view = it.wallet.grant_view(it.grant).unwrap();
    assert_eq!((view.stopped_by, view.queued_since()), (None, Some(view.since)));
    assert_eq!(it.read(), 200, "nobody but this phone knows");
    // The host takes commits and nothing else; the ledger answers nobody.
    it.parties.wire.intrude(|request| if request.url.ends_with("/commit") { None } else { status(502) });
    let report = it.parties.sync(&mut it.wallet);
    assert_eq!(
        (report.offline.as_ref().map(|obstacle| obstacle.code()), it.read()),
        (Some("ServerRefused"), 403)
    );
    let view = it.wallet.grant_view(it.grant).unwrap();
    assert_eq!((view.state.as_str(), view.stopped_by), ("revoking", Some(StoppedBy::Host)));
    assert_eq!(view.queued_since(), None);
    it.parties.wire.leave();
    it.parties.clock.forward(30);
    assert_eq!(it.parties.sync(&mut it.wallet).queued, 0);
    assert_eq!(it.wallet.grant_view(it.grant).unwrap().stopped_by, Some(StoppedBy::Ledger));
}

#[test]
fn a_relay_that_takes_an_end_and_keeps_it_is_overtaken_in_the_same_call() {
    let mut it = granted();
    it.wallet.revoke(it.grant).unwrap();
    let (kept, clock) = (Arc::<AtomicUsize>::default(), it.parties.clock.clone());
    let (count, origin) = (Arc::clone(&kept), it.parties.ledger.as_ref().unwrap().anchor().origin());
    it.parties.wire.intrude(move |request| {
        if !request.url.ends_with("/v1/ledger/txs") {
            return None;
        }
        count.fetch_add(1, Ordering::SeqCst);
        // Half a minute passes at once.
        clock.forward(31);
        let batch = TransactionBatch::from_cbor(&request.body).unwrap().0.into_iter();
        let taken = batch.map(|one| Submitted::Taken(SignedTransaction::parse(&one).unwrap().id(&origin)));
        let headers = vec![("content-type".to_owned(), "application/cbor".to_owned())];
        Some(Ok(Response { status: 200, headers, body: SubmittedBatch(taken.collect()).to_cbor() }))
    });
    let report = it.parties.sync(&mut it.wallet);
    assert_eq!((report.queued, state(&it.wallet, it.grant)), (0, "revoked"), "{report:?}");
    assert!(kept.load(Ordering::SeqCst) > 0);
}

#[test]
fn clocks_that_are_off_stop_nothing_and_end_nothing() {
    let mut it = granted();
    for seconds in [70, -70, 240, -240] {
        it.parties.clock.set_ahead(seconds);
        let added = it.add(&format!("b{seconds}"));
        let report = it.parties.sync(&mut it.wallet);
        assert_eq!((report.queued, &report.offline), (0, &None), "{seconds} {report:?}");
        assert!(it.parties.openable(&it.clinic).contains(&added), "{seconds}");
    }
    // Years ahead: nothing is proved, nothing new goes out, and the grant is not over.
    it.parties.clock.set_ahead(i64::try_from(40 * DAY).unwrap());
    let hidden = it.add("c1");
    it.parties.sync(&mut it.wallet);
    assert_eq!(state(&it.wallet, it.grant), "active", "only a verified time ends a grant");
    assert!(!it.parties.openable(&it.clinic).contains(&hidden));
    // Hours behind: the ledger's header is from the future, and that is said.
    it.parties.clock.set_ahead(-i64::try_from(DAY / 4).unwrap());
    let report = it.parties.sync(&mut it.wallet);
    assert_eq!(report.offline.as_ref().map(|obstacle| obstacle.code()), Some("ClockSuspect"), "{report:?}");
    it.wallet.revoke(it.grant).unwrap();
    it.parties.sync(&mut it.wallet);
    assert_eq!(it.read(), 403, "ending works with any clock");
    it.parties.clock.set_ahead(0);
    it.parties.clock.forward(30);
    assert_eq!(it.parties.sync(&mut it.wallet).queued, 0);
    assert_eq!(state(&it.wallet, it.grant), "revoked");
}

#[test]
fn a_word_of_the_ledger_that_is_too_old_is_a_fault_of_its_own_and_contradicts_no_grant() {
    let mut it = granted();
    let faults = |it: &mut Story| -> Vec<(&str, String)> {
        let checks = it.wallet.self_check(it.parties.network(), &|_, _| ()).unwrap();
        let told = |check: keepwell_wallet::Check| Some((check.name.as_str(), check.fault?.to_string()));
        checks.into_iter().filter_map(told).collect()
    };
    assert_eq!(faults(&mut it), []);
    // As if the ledger had made no block for an hour.
    it.parties.clock.set_ahead(3_600);
    let [(name, why)] = &faults(&mut it)[..] else { panic!("one fault") };
    assert_eq!(
        (*name, why.as_str()),
        ("grants", keepwell_wallet::WalletError::LedgerStale.to_string().as_str())
    );
}

#[test]
fn a_head_that_was_sealed_and_not_sent_does_not_go_out_to_who_lost_the_right_since() {
    // Suspended meanwhile.
    let mut it = granted();
    it.parties.wire.intrude(|request| if request.url.ends_with("/commit") { status(503) } else { None });
    let hidden = it.add("b1");
    it.parties.sync(&mut it.wallet);
    it.parties.wire.leave();
    it.parties.suspend(it.clinic.id());
    it.forward(DAY);
    it.settle();
    assert!(!it.parties.openable(&it.clinic).contains(&hidden));
    // Over meanwhile.
    let mut it = granted();
    it.parties.wire.intrude(|request| if request.url.ends_with("/commit") { status(503) } else { None });
    let hidden = it.add("b1");
    it.parties.sync(&mut it.wallet);
    it.parties.wire.leave();
    it.forward(31 * DAY);
    it.settle();
    assert_eq!(state(&it.wallet, it.grant), "expired");
    assert!(!it.parties.openable(&it.clinic).contains(&hidden));
}

#[test]
fn a_replayed_proof_hides_no_suspension() {
    let mut it = granted();
    // From now on the gateway answers what it answered first.
    let first: Mutex<HashMap<String, Response>> = Mutex::default();
    it.parties.wire.intrude(move |request| {
        // The keys of providers begin with `prov/`.
        let asks = request.method == Method::Get && request.url.contains("/v1/proof/70726f762f");
        asks.then(|| {
            let known = first.lock().unwrap().get(&request.url).cloned();
            known.map_or_else(
                || {
                    answer(request).inspect(|fresh| {
                        if fresh.status == 200 {
                            first.lock().unwrap().insert(request.url.clone(), fresh.clone());
                        }
                    })
                },
                Ok,
            )
        })
    });
    it.forward(DAY);
    let shown = it.add("b1");
    it.parties.sync(&mut it.wallet);
    assert!(it.parties.openable(&it.clinic).contains(&shown), "the first answer is of today");
    it.parties.suspend(it.clinic.id());
    it.forward(2 * DAY);
    let hidden = it.add("b2");
    let report = it.parties.sync(&mut it.wallet);
    assert_eq!(report.offline.as_ref().map(|obstacle| obstacle.code()), Some("LedgerStale"), "{report:?}");
    assert!(!it.parties.openable(&it.clinic).contains(&hidden), "an old word is none");
    let Story { parties, wallet, fresh, clinic, .. } = &mut it;
    let refused = parties.grant(wallet, fresh, clinic, categories(&[Category::Vitals]));
    assert_eq!(refused.unwrap_err().code(), "LedgerStale");
}

#[test]
fn without_the_ledgers_word_a_compartment_waits_three_days_and_goes_on_without_the_holder() {
    let mut it = granted();
    it.parties.wire.intrude(|request| {
        (request.url.contains("/proof") || request.url.contains("/ledger/")).then(|| status(502)).flatten()
    });
    it.parties.clock.forward(DAY + 60);
    let waiting = it.add("b1");
    let elsewhere = record("Observation", "o1");
    import(&mut it.wallet, &elsewhere).unwrap();
    let report = it.parties.sync(&mut it.wallet);
    assert!(report.queued > 0 && report.lapsed.is_empty(), "{report:?}");
    assert!(!it.parties.openable(&it.clinic).contains(&waiting));
    it.parties.clock.forward(3 * DAY + 60);
    let report = it.parties.sync(&mut it.wallet);
    assert_eq!(report.lapsed.as_slice(), [it.grant], "{report:?}");
    assert!(!it.parties.openable(&it.clinic).contains(&waiting));
    // With the next proof it has its place again.
    it.parties.wire.leave();
    it.parties.await_block_time();
    let report = it.parties.sync(&mut it.wallet);
    assert_eq!(report.lapsed.len(), 0, "{report:?}");
    it.settle();
    assert!(it.parties.openable(&it.clinic).contains(&waiting));
}

#[test]
fn one_bad_answer_about_one_provider_stops_nobody_else() {
    let mut it = granted();
    let other = it.parties.provider(61, "Other Clinic");
    it.parties.grant(&mut it.wallet, &it.fresh, &other, categories(&[Category::Allergies])).unwrap();
    assert_eq!(it.parties.sync(&mut it.wallet).queued, 0);
    it.forward(DAY / 2 + DAY / 4 + DAY / 8);
    let bad = it.clinic.id().to_string();
    it.parties.wire.intrude(move |request| {
        (request.url.contains("/v1/proof/") && request.url.contains(&bad)).then(|| {
            let mut damaged = answer(request)?;
            let middle = damaged.body.len() / 2;
            damaged.body[middle] ^= 1;
            Ok(damaged)
        })
    });
    let added = it.add("b1");
    let report = it.parties.sync(&mut it.wallet);
    assert!(report.offline.is_some(), "it is said");
    assert!(it.parties.openable(&other).contains(&added), "its proof of yesterday is fresh enough");
}

#[test]
fn a_link_that_the_host_lost_ends_and_stops_nothing_else() {
    let mut it = granted();
    let request = ShareRequest {
        scopes: Vec::new(),
        label: None,
        life: Duration::hours(24),
        opens: None,
        ..ShareRequest::default()
    };
    // The link is stored, and the commit that names it does not arrive for two days.
    it.parties.wire.intrude(|request| if request.url.ends_with("/commit") { status(503) } else { None });
    let refused = it.wallet.share(it.parties.network(), request).unwrap_err();
    assert_eq!(refused.code(), "ServerRefused");
    let shares = it.wallet.shares().unwrap();
    assert_eq!(shares[0].state, ShareState::Revoked, "nobody was shown it, so it must not live");
    it.parties.wire.leave();
    it.forward(2 * DAY);
    it.parties.host.as_ref().unwrap().sweep().unwrap();
    let added = it.add("b1");
    it.settle();
    assert!(it.parties.openable(&it.clinic).contains(&added));
    assert!(it.wallet.shares().unwrap()[0].is_told);
}

#[test]
fn a_blob_that_the_host_dropped_before_its_commit_is_sealed_again() {
    let mut it = granted();
    it.parties.wire.intrude(|request| if request.url.ends_with("/commit") { status(503) } else { None });
    let added = it.add("b1");
    it.parties.sync(&mut it.wallet);
    it.parties.wire.leave();
    // What no commit names is dropped after 30 days; the ledger's word is renewed meanwhile.
    let grant = it.grant;
    for _ in 0..2 {
        it.forward(16 * DAY);
        it.parties.host.as_ref().unwrap().sweep().unwrap();
    }
    it.settle();
    assert_eq!(state(&it.wallet, grant), "expired");
    let (mut restored, _) = crate::restore_words::restore(&it.parties, "second", 1).unwrap();
    let exported = crate::restore_words::export(&mut restored);
    assert!(exported.windows(added.len()).any(|part| part == added.as_slice()));
}

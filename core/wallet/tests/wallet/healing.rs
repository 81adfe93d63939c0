//! A host that lost what it acknowledged is made whole from the phone.

use keepwell_protocol::domain::{Category, CodeFilter, Duration, Scope};
use keepwell_wallet::{Healing, ShareRequest, ShareState, SyncOptions, SyncReport, Wallet};

use crate::parties::{PATIENT, Parties, Provider, categories, copy, record, state};
use crate::restore_words::restore;
use crate::setup::{import, list};

/// A wallet with four records, two grants to one clinic (one of a fine scope), and one more that was revoked.
struct Story {
    parties: Parties,
    clinic: Provider,
    wallet: Wallet,
}

impl Story {
    fn new() -> Self {
        let parties = Parties::start();
        let (clinic, former) = (parties.provider(60, "Clinic"), parties.provider(61, "Former Clinic"));
        let (mut wallet, fresh) = parties.wallet();
        import(&mut wallet, PATIENT).unwrap();
        for id in ["a1", "a2", "a3"] {
            import(&mut wallet, &record("AllergyIntolerance", id)).unwrap();
        }
        parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
        let filter = CodeFilter { system: "http://example.org/codes".into(), code: "a2".into() };
        let scope = Scope { codes: vec![filter], ..categories(&[Category::Allergies]) };
        parties.grant(&mut wallet, &fresh, &clinic, scope).unwrap();
        let ended = parties.grant(&mut wallet, &fresh, &former, categories(&[Category::Allergies])).unwrap();
        assert_eq!(parties.sync(&mut wallet).queued, 0);
        wallet.revoke(ended.grant).unwrap();
        assert_eq!(parties.sync(&mut wallet).queued, 0);
        Self { parties, clinic, wallet }
    }

    /// Puts the host's folder aside, to be put back later.
    fn copy_host(&mut self) {
        self.parties.stop_host();
        copy(&self.parties.path("host"), &self.parties.path("yesterday"));
        self.parties.start_host();
    }

    /// The host loses what it got since [`Story::copy_host`]; without a copy, everything.
    fn put_back(&mut self) {
        self.parties.stop_host();
        std::fs::remove_dir_all(self.parties.path("host")).unwrap();
        if self.parties.path("yesterday").exists() {
            std::fs::rename(self.parties.path("yesterday"), self.parties.path("host")).unwrap();
        }
        self.parties.start_host();
    }

    fn sync(&mut self) -> SyncReport {
        self.parties.clock.forward(30);
        self.parties.sync(&mut self.wallet)
    }

    /// Every promise holds again: the clinic reads, the one whose grant was ended does not, the words bring
    /// everything back.
    fn is_whole(&mut self, records: usize) {
        let report = self.sync();
        assert_eq!((report.queued, &report.offline, &report.healing), (0, &None, &None), "{report:?}");
        for envelope in self.parties.envelopes(&self.clinic) {
            assert_eq!(self.parties.read(&envelope).status, 200);
        }
        assert_eq!(self.parties.openable_now(&self.clinic).len(), records - 1);
        let (restored, report) = restore(&self.parties, "restored", 1).unwrap();
        assert_eq!((list(&restored).len(), report.grants), (records, 3), "{report:?}");
        for grant in self.wallet.grants().unwrap() {
            let expected = if grant.name == "Former Clinic" { "revoked" } else { "active" };
            assert_eq!(state(&self.wallet, grant.grant), expected);
            assert_eq!(state(&restored, grant.grant), expected);
        }
    }
}

#[test]
fn a_host_put_back_from_a_copy_is_made_whole_and_what_was_revoked_stays_so() {
    let mut it = Story::new();
    it.copy_host();
    import(&mut it.wallet, &record("AllergyIntolerance", "a4")).unwrap();
    let live = it.parties.network();
    let request = |opens| ShareRequest {
        scopes: Vec::new(),
        label: Some("Dr Wu".into()),
        life: Duration::hours(1),
        opens,
        ..ShareRequest::default()
    };
    it.wallet.share(live, request(None)).unwrap();
    assert_eq!(it.sync().queued, 0);
    it.put_back();

    let healing = it.sync().healing.expect("the host is behind, and its patient is told");
    assert!(healing.host_version < healing.wallet_version);
    assert!(healing.lost > 0 && healing.bytes > 0 && !healing.is_waiting, "{healing:?}");
    assert_eq!(healing.shares_ended, ["Dr Wu"]);
    assert_eq!(it.wallet.shares().unwrap()[0].state, ShareState::Revoked);
    it.is_whole(5);
    // And it goes on as before.
    import(&mut it.wallet, &record("AllergyIntolerance", "a5")).unwrap();
    assert_eq!(it.sync().queued, 0);
    assert_eq!(it.parties.openable_now(&it.clinic).len(), 5);
}

#[test]
fn an_emptied_host_is_filled_again() {
    let mut it = Story::new();
    it.put_back();
    let healing = it.sync().healing.unwrap();
    assert_eq!(healing.host_version, 0);
    it.is_whole(4);
}

#[test]
fn a_damaged_or_lost_pack_is_found_within_a_week_and_sealed_again() {
    for damage in [
        (|pack: &std::path::Path| {
            let mut bytes = std::fs::read(pack).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(pack, bytes).unwrap();
        }) as fn(&std::path::Path),
        |pack| std::fs::remove_file(pack).unwrap(),
    ] {
        let mut it = Story::new();
        let packs: Vec<_> = files(&it.parties.path("host/blobs"));
        assert!(packs.len() > 1);
        packs.iter().for_each(|pack| damage(pack));
        it.parties.clock.forward(8 * 86_400);
        it.parties.await_block_time();
        let healing = it.sync().healing.expect("damage is told");
        assert!(healing.lost > 0, "{healing:?}");
        it.is_whole(4);
    }
}

pub(crate) fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(files(&entry)) } else { found.push(entry) }
    }
    found
}

#[test]
fn what_a_sync_that_was_broken_off_found_is_told_by_the_next() {
    let mut it = Story::new();
    it.put_back();
    it.parties.clock.forward(30);
    it.parties
        .wire
        .intrude(|request| if request.url.ends_with("/v1/blobs") { panic!("killed here") } else { None });
    let parties = &it.parties;
    let wallet = &mut it.wallet;
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| parties.try_sync(wallet).is_ok())).unwrap_err();
    it.parties.wire.leave();
    let healing = it.sync().healing.expect("nobody was told before");
    assert!(healing.host_version == 0 && healing.lost > 0, "{healing:?}");
    it.is_whole(4);
}

#[test]
fn making_a_host_whole_goes_on_where_it_was_broken_off() {
    let mut it = Story::new();
    it.put_back();
    for cut in 0..12 {
        it.parties.wire.cut_after(cut, cut % 2 == 1);
        it.parties.clock.forward(30);
        let _ = it.parties.try_sync(&mut it.wallet).unwrap();
        it.parties.wire.mend();
    }
    it.sync();
    it.is_whole(4);
}

#[test]
fn what_is_much_is_sent_again_only_when_asked_and_what_was_ended_is_ended_at_once() {
    let mut it = Story::new();
    let large = |n: u8| {
        let noise: String = (0..6_000_000_u32).map(|at| char::from(33 + noise_of(at, n) % 90)).collect();
        let noise = noise.replace(['"', '\\'], "x");
        let id = format!("large{n}");
        format!(r#"{{"resourceType":"Binary","id":"{id}","contentType":"text/plain","data":"{noise}"}}"#)
    };
    for n in 0..5 {
        import(&mut it.wallet, large(n).as_bytes()).unwrap();
    }
    assert_eq!(it.sync().queued, 0);
    it.copy_host();
    // From here on the host forgets: first the end of a grant, then everything.
    let grant = it.wallet.grants().unwrap().into_iter().find(|grant| grant.name == "Clinic").unwrap().grant;
    it.wallet.revoke(grant).unwrap();
    it.sync();
    it.parties.stop_host();
    files(&it.parties.path("yesterday/blobs")).iter().for_each(|pack| std::fs::remove_file(pack).unwrap());
    it.parties.start_host();
    it.put_back();
    let report = it.sync();
    let healing = report.healing.unwrap();
    assert!(healing.is_waiting && healing.bytes > Healing::UNASKED_BYTES, "{healing:?}");
    assert_eq!(
        it.wallet.status().unwrap().at_risk.records,
        9,
        "only this phone has them until somebody agrees"
    );
    for envelope in it.parties.envelopes(&it.clinic).iter().filter(|one| one.terms.grant_id() == grant) {
        assert_eq!(it.parties.read(envelope).status, 403, "drops never wait");
    }
    assert!(it.sync().healing.unwrap().is_waiting, "it asks until somebody agrees");
    it.parties.clock.forward(30);
    let agreed = SyncOptions { heal: true, wait: std::time::Duration::from_secs(10), anchor: false };
    let report = it.wallet.sync(agreed, it.parties.network()).unwrap();
    assert_eq!((report.queued, &report.offline), (0, &None), "{report:?}");
    assert!(!report.healing.unwrap().is_waiting);
    assert_eq!(it.wallet.status().unwrap().at_risk.records, 0);
    let (restored, report) = restore(&it.parties, "restored", 1).unwrap();
    assert_eq!(list(&restored).len(), 9, "{report:?}");
}

/// Bytes that do not compress.
fn noise_of(at: u32, n: u8) -> u8 {
    let mut x = at.wrapping_mul(2_654_435_761).wrapping_add(u32::from(n) * 7_919);
    x ^= x >> 13;
    x = x.wrapping_mul(1_274_126_177);
    u8::try_from((x ^ (x >> 16)) & 0xff).unwrap()
}

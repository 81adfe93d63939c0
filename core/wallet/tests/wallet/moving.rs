//! A wallet moves to another host: everything is there, everybody knows, and what was ended stays ended.

use std::collections::BTreeMap;
use std::time::Duration as Wait;

use keepwell_host::Host;
use keepwell_net::Reach;
use keepwell_protocol::domain::{Category, Duration, Object};
use keepwell_protocol::formats::shl::ShareLink;
use keepwell_protocol::vault::{Envelope, SpaceView};
use keepwell_wallet::{
    HostMove, NewShare, ShareRequest, ShareState, SyncOptions, Wallet, WalletError, open_share,
};

use crate::parties::{PATIENT, Parties, Provider, categories, record, state};
use crate::restore_words::restore;
use crate::setup::{import, list};

/// A wallet with four records, a grant in force and one that was ended, and a second host with the inbox of one
/// of the clinics.
struct Story {
    parties: Parties,
    new: Option<Host>,
    new_url: String,
    clinic: Provider,
    former: Provider,
    wallet: Wallet,
}

impl Story {
    fn new() -> Self {
        let parties = Parties::start();
        let (new, new_url) = parties.host_in("new-host", "http://127.0.0.1:0");
        let clinic = parties.provider_at(60, "Clinic", &new_url);
        let former = parties.provider_at(61, "Former Clinic", &new_url);
        let (mut wallet, fresh) = parties.wallet();
        import(&mut wallet, PATIENT).unwrap();
        for id in ["a1", "a2", "a3"] {
            import(&mut wallet, &record("AllergyIntolerance", id)).unwrap();
        }
        parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
        let ended = parties.grant(&mut wallet, &fresh, &former, categories(&[Category::Allergies])).unwrap();
        assert_eq!(parties.sync(&mut wallet).queued, 0);
        wallet.revoke(ended.grant).unwrap();
        assert_eq!(parties.sync(&mut wallet).queued, 0);
        Self { parties, new: Some(new), new_url, clinic, former, wallet }
    }

    fn share(&mut self) -> NewShare {
        let life = Duration::hours(1);
        let request = ShareRequest {
            scopes: Vec::new(),
            label: Some("Dr Wu".into()),
            life,
            opens: None,
            ..ShareRequest::default()
        };
        self.wallet.share(self.parties.network(), request).unwrap()
    }

    fn try_move_to(&mut self, url: &str) -> Result<HostMove, WalletError> {
        let options = SyncOptions { wait: Wait::from_secs(15), anchor: false, heal: false };
        self.wallet.move_host(url, None, options, self.parties.network())
    }

    fn move_to_new(&mut self) -> HostMove {
        let url = self.new_url.clone();
        self.try_move_to(&url).unwrap()
    }

    /// The envelope that a clinic goes by: of each grant the one with the highest version.
    fn envelope(&self, provider: &Provider) -> Envelope {
        self.parties.envelopes(provider).into_iter().max_by_key(Envelope::host_version).unwrap()
    }

    /// What the host that an envelope names answers to its reader.
    fn read(&mut self, envelope: &Envelope) -> u16 {
        let url = std::mem::replace(&mut self.parties.host_url, envelope.host.clone());
        let status = self.parties.read(envelope).status;
        self.parties.host_url = url;
        status
    }

    /// Whoever keeps the highest version that it saw takes what the new host serves for newer.
    fn no_version_has_two_heads(&self) {
        let seen = self.parties.wire.seen.lock().unwrap();
        let mut heads = BTreeMap::new();
        for head in &seen.heads {
            let first = heads.entry((head.compartment, head.version)).or_insert(head);
            assert_eq!(first.hash(), head.hash(), "a head whose bytes differ has a higher version");
        }
    }

    /// Every promise holds at the new host, and goes on to.
    fn is_whole(&mut self, records: usize) {
        self.no_version_has_two_heads();
        let url = self.new_url.clone();
        let old = std::mem::replace(&mut self.parties.host_url, url);
        let envelope = self.envelope(&self.clinic);
        assert_eq!(envelope.host, self.new_url);
        assert_eq!(self.parties.read(&envelope).status, 200);
        let ended = self.envelope(&self.former);
        assert_ne!(self.parties.read(&ended).status, 200, "what was revoked stays so");
        let mut here = self.parties.envelopes(&self.clinic);
        here.retain(|envelope| envelope.host == self.new_url);
        assert!(!here.is_empty());
        assert_eq!(self.parties.openable_now(&self.clinic).len(), records - 1);
        import(&mut self.wallet, &record("AllergyIntolerance", "later")).unwrap();
        self.parties.clock.forward(30);
        let report = self.parties.sync(&mut self.wallet);
        assert_eq!((report.queued, &report.offline, &report.healing), (0, &None, &None), "{report:?}");
        assert_eq!(self.parties.openable_now(&self.clinic).len(), records);
        let (restored, report) = restore(&self.parties, "restored", 1).unwrap();
        assert_eq!((list(&restored).len(), report.grants), (records + 1, 2), "{report:?}");
        for grant in self.wallet.grants().unwrap() {
            let expected = if grant.name == "Former Clinic" { "revoked" } else { "active" };
            assert_eq!(state(&self.wallet, grant.grant), expected);
        }
        // Revoking works there.
        let grant = envelope.terms.grant_id();
        self.wallet.revoke(grant).unwrap();
        self.parties.sync(&mut self.wallet);
        assert_eq!(state(&self.wallet, grant), "revoked");
        assert_eq!(self.parties.read(&envelope).status, 403);
        self.parties.host_url = old;
    }
}

#[test]
fn a_wallet_moves_with_everything_and_everybody_is_told() {
    let mut it = Story::new();
    let share = it.share();
    let before = it.envelope(&it.clinic);
    assert_eq!(before.host, it.parties.host_url);

    let moved = it.move_to_new();
    assert_eq!(moved.links_ended, ["Dr Wu"]);
    assert!(moved.old_host_told, "{moved:?}");
    assert_eq!((moved.sync.queued, &moved.sync.offline), (0, &None));
    assert_eq!(
        moved.clinics.iter().map(|one| (one.name.as_str(), one.told)).collect::<Vec<_>>(),
        [("Clinic", true)]
    );
    assert_eq!(it.wallet.shares().unwrap()[0].state, ShareState::Revoked);
    let link = ShareLink::parse(&share.link).unwrap();
    let opened = open_share(&it.parties.wire, Reach::ForeignOrLoopback, &link, "x", None);
    assert!(opened.is_err(), "its link ends where it lives");
    let after = it.envelope(&it.clinic);
    assert!(after.host_version() > before.host_version());
    {
        let seen = it.parties.wire.seen.lock().unwrap();
        let (host, note) = seen.moved.last().unwrap();
        assert_eq!(
            (host.trim_end_matches('/'), &note.place.url),
            (it.parties.host_url.as_str(), &it.new_url)
        );
        assert!(note.place.version <= moved.version);
    }
    assert_eq!(it.read(&before), 200, "until it has read its envelope a clinic reads at the old host");
    // Once more says the same and changes nothing.
    let again = it.move_to_new();
    assert!(again.links_ended.is_empty() && again.old_host_told && again.version >= moved.version);
    it.is_whole(4);
    assert_ne!(it.read(&before), 200, "what is revoked after the move is not read at the old host either");
}

#[test]
fn what_is_read_at_the_new_host_is_told_however_much_was_read_at_the_old_one() {
    let mut it = Story::new();
    for _ in 0..5 {
        assert_eq!(it.parties.openable_now(&it.clinic).len(), 3);
    }
    assert_eq!(it.wallet.new_reads(it.parties.network()).unwrap().records.len(), 1);
    it.move_to_new();
    assert_eq!(it.wallet.new_reads(it.parties.network()).unwrap().records, []);
    it.parties.host_url = it.new_url.clone();
    assert_eq!(it.parties.openable_now(&it.clinic).len(), 3);
    let told = it.wallet.new_reads(it.parties.network()).unwrap().records;
    assert_eq!((told.len(), told[0].records), (1, 3), "{told:?}");
}

#[test]
fn a_move_goes_on_wherever_it_was_broken_off() {
    let mut it = Story::new();
    it.share();
    let mut broken = 0;
    for cut in 0..60 {
        it.parties.wire.cut_after(cut, cut % 2 == 1);
        it.parties.clock.forward(3_700);
        it.parties.await_block_time();
        let moved = it.move_with_cut(cut % 3 == 2);
        it.parties.wire.mend();
        if moved {
            break;
        }
        broken += 1;
    }
    assert!((5..60).contains(&broken), "broken off {broken} times and then done");
    it.parties.clock.forward(3_700);
    it.parties.await_block_time();
    let moved = it.move_to_new();
    assert!(moved.old_host_told && moved.clinics.iter().all(|clinic| clinic.told), "{moved:?}");
    it.is_whole(4);
}

impl Story {
    /// Moves, or goes on with the move or by a sync alone, over a wire that is cut; true once nothing is left
    /// to do.
    fn move_with_cut(&mut self, by_sync: bool) -> bool {
        if by_sync {
            self.parties.try_sync(&mut self.wallet).unwrap();
            return false;
        }
        match self.try_move_to(&self.new_url.clone()) {
            Ok(moved) => moved.sync.queued == 0 && moved.old_host_told,
            Err(error) => {
                assert!(error.is_of_servers(), "{error:?}");
                false
            }
        }
    }
}

#[test]
fn an_old_host_that_is_gone_holds_nothing_up_and_is_told_when_it_comes_back() {
    let mut it = Story::new();
    it.share();
    it.parties.stop_host();
    let moved = it.move_to_new();
    assert!(!moved.old_host_told);
    assert_eq!((moved.links_ended.len(), moved.sync.queued), (1, 0), "{moved:?}");
    assert!(it.parties.wire.seen.lock().unwrap().moved.is_empty());
    it.parties.start_host();
    it.parties.clock.forward(1_800);
    it.parties.await_block_time();
    it.parties.sync(&mut it.wallet);
    assert!(it.parties.wire.seen.lock().unwrap().moved.is_empty(), "it is not asked at every sync");
    it.parties.clock.forward(1_900);
    it.parties.await_block_time();
    it.parties.sync(&mut it.wallet);
    assert_eq!(it.parties.wire.seen.lock().unwrap().moved.len(), 1);
    it.is_whole(4);
}

#[test]
fn a_commit_that_the_old_host_took_without_an_answer_is_not_overwritten_by_a_lower_version() {
    // How often the ledger is asked before the commit is a matter of time.
    for lost in (2..10).map(Some).chain([None]) {
        let mut it = Story::new();
        import(&mut it.wallet, &record("AllergyIntolerance", "in-flight")).unwrap();
        let before = it.parties.wire.seen.lock().unwrap().heads.len();
        match lost {
            Some(requests) => it.parties.wire.cut_after(requests, true),
            None => it.parties.wire.cut_at("/v1/space/commit"),
        }
        let report = it.parties.try_sync(&mut it.wallet).unwrap();
        it.parties.wire.mend();
        let is_taken = it.parties.wire.seen.lock().unwrap().heads.len() > before;
        assert!(lost.is_some() || (is_taken && report.sent == 0), "the commit is in flight");
        let is_committed = it.parties.wire.seen.lock().unwrap().heads.iter().map(|head| head.version).max();
        it.parties.stop_host();
        let moved = it.move_to_new();
        it.no_version_has_two_heads();
        assert!(Some(moved.version) > is_committed);
        assert_eq!(it.parties.sync(&mut it.wallet).healing, None);
    }
}

#[test]
fn a_wallet_moves_away_and_back() {
    let mut it = Story::new();
    it.move_to_new();
    import(&mut it.wallet, &record("AllergyIntolerance", "there")).unwrap();
    let old = it.parties.host_url.clone();
    let back = it.try_move_to(&old).unwrap();
    assert!(back.old_host_told && back.sync.queued == 0, "{back:?}");
    assert_eq!(it.envelope(&it.clinic).host, old);
    let again = it.move_to_new();
    assert!(again.version > back.version && again.old_host_told);
    it.is_whole(5);
}

#[test]
fn a_host_that_does_not_answer_or_is_no_address_changes_nothing() {
    let mut it = Story::new();
    it.new.take().unwrap().stop().unwrap();
    let url = it.new_url.clone();
    for (url, code) in [
        (url.as_str(), "Offline"),
        ("nowhere", "AddressMalformed"),
        ("http://host.example", "AddressRefused"),
        ("ftp://host.example", "AddressRefused"),
    ] {
        assert_eq!(it.try_move_to(url).unwrap_err().code(), code, "{url}");
    }
    let report = it.parties.sync(&mut it.wallet);
    assert_eq!((report.queued, report.offline, report.healing), (0, None, None));
}

/// Restores with the URL of one host; where the space was found, or why not.
fn found_from(parties: &mut Parties, url: &str, name: &str) -> Result<String, WalletError> {
    let own = std::mem::replace(&mut parties.host_url, url.to_owned());
    let restored = restore(parties, name, 1);
    parties.host_url = own;
    let (wallet, report) = restored?;
    assert_eq!((list(&wallet).len(), report.grants), (4, 2), "{report:?}");
    Ok(report.host)
}

#[test]
fn words_and_the_old_host_lead_to_the_new_one_and_back_where_it_went_back() {
    let mut story = Story::new();
    let (old_url, new_url) = (story.parties.host_url.clone(), story.new_url.clone());
    assert_eq!(found_from(&mut story.parties, &old_url, "before").unwrap(), old_url);
    assert!(story.move_to_new().old_host_told);
    assert_eq!(found_from(&mut story.parties, &old_url, "moved").unwrap(), new_url);
    assert_eq!(found_from(&mut story.parties, &new_url, "there").unwrap(), new_url);

    // Both hosts have a note now, and the older one is overtaken by what that host serves.
    assert!(story.try_move_to(&old_url).unwrap().old_host_told);
    assert_eq!(found_from(&mut story.parties, &old_url, "back").unwrap(), old_url);
    assert_eq!(found_from(&mut story.parties, &new_url, "from there").unwrap(), old_url);
}

#[test]
fn a_note_that_its_owner_did_not_sign_is_not_followed_and_a_host_that_is_away_is_said() {
    let mut story = Story::new();
    let (old_url, new_url) = (story.parties.host_url.clone(), story.new_url.clone());
    assert!(story.move_to_new().old_host_told);
    story.parties.wire.change(|request, answer| {
        if request.url.ends_with("/v1/space") {
            let mut view = SpaceView::from_cbor(&answer.body).unwrap();
            if let Some(moved) = &mut view.moved_to {
                moved.place.url = "http://127.0.0.1:1".to_owned();
            }
            answer.body = view.to_cbor();
        }
    });
    assert_eq!(found_from(&mut story.parties, &old_url, "forged").unwrap(), old_url);
    story.parties.wire.change_nothing();

    story.new.take().unwrap().stop().unwrap();
    let refused = found_from(&mut story.parties, &old_url, "away").unwrap_err();
    assert!(matches!(refused, WalletError::Remote(_)), "{refused:?}");
    story.new = Some(story.parties.host_in("new-host", &new_url).0);
    assert_eq!(found_from(&mut story.parties, &old_url, "away").unwrap(), new_url);
}

//! What must hold after every step of a history, and at its end.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keepwell_net::{Limits, Reach, Transport};
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Purpose;
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::formats::shl::ShareLink;
use keepwell_wallet::{GrantView, Missing, RestoreReport, ShareState, Wallet, open_share};

use super::history::History;
use super::model::{Acknowledged, During, Elsewhere, Granted, Model, Shared};
use super::network::Weather;
use super::step::INSIDERS;
use crate::parties::PATIENT;
use crate::setup;

impl History<'_> {
    /// Nobody opens what was published while they were not entitled.
    pub(super) fn check_what_was_published(&mut self, during: During) {
        let seen = std::mem::take(&mut *self.servers.parties.wire.seen.lock().unwrap());
        let envelopes = self.network.take_envelopes();
        let news = self.observer.look(seen, &envelopes, &self.providers.insiders);
        for (provider, news) in news.iter().enumerate() {
            let allowed = self.model.allowed(provider, during);
            for record in news {
                assert!(
                    allowed.contains(record.as_slice()),
                    "insider {provider} opens what was published when they were not entitled: {}",
                    String::from_utf8_lossy(record)
                );
            }
        }
    }

    /// Whatever was acknowledged is there.
    pub(super) fn check_nothing_is_lost(&mut self) {
        let wallet = &self.phone().wallet;
        assert_eq!(setup::list(wallet).len(), self.model.records.len() + 1, "records");
        for grant in &self.model.grants {
            let view = wallet.grant_view(grant.id).unwrap();
            let is_known = !grant.is_unproved && !grant.is_ended_elsewhere;
            let is_forgotten = grant.is_forgotten(view.state) && is_known;
            assert!(!is_forgotten, "revoked and now {}", view.state.as_str());
        }
        let shares = wallet.shares().unwrap();
        for shared in &self.model.shares {
            let share = shares.iter().find(|share| share.id == shared.id).expect("a share is lost");
            let is_ended = shared.state == Acknowledged::Revoked;
            assert!(!is_ended || share.state == ShareState::Revoked, "a share that was ended is back");
        }
        self.check_links();
    }

    /// Each share that was shown opens, or does not, as the last command that was acknowledged said.
    fn check_links(&self) {
        let shares = self.phone.as_ref().unwrap().wallet.shares().unwrap();
        for shared in self.model.shares.iter().filter(|shared| !shared.is_unsure) {
            let opens = self.opens(&shared.link);
            let is_over = self.servers.now() >= shared.expires;
            // The content of a link that a host does not have is not sent again: the wallet ends it, and names it.
            let listed = shares.iter().find(|share| share.id == shared.id);
            let ended = listed.filter(|share| share.state == ShareState::Revoked);
            if let Some(ended) = ended.filter(|_| shared.state != Acknowledged::Revoked) {
                assert!(!(opens && ended.is_told), "a share that the host was told to end opens");
                continue;
            }
            let is_active = shared.state == Acknowledged::Active && !is_over;
            assert_eq!(opens, is_active, "{:?}", shared.state);
        }
    }

    fn opens(&self, link: &str) -> bool {
        let link = ShareLink::parse(link).unwrap();
        open_share(&self.servers.parties.direct, Reach::ForeignOrLoopback, &link, "test", None).is_ok()
    }

    /// What was revoked, with a server reached since, is refused to whoever has the grant's keys.
    pub(super) fn check_revocations(&self) {
        if self.model.grants.iter().any(|grant| grant.is_revoked_everywhere) {
            // The ledger has it once there is a block.
            self.servers.settle();
        }
        for grant in self.model.grants.iter().filter(|grant| grant.is_revoked_everywhere) {
            if let Some(envelope) = self.observer.envelope(grant.id) {
                let answer = self.servers.parties.read(envelope);
                assert_ne!(answer.status, 200, "a grant that was revoked is served");
            }
        }
    }

    /// The clinic sees what it was granted and nothing else.
    pub(super) fn check_readers(&mut self) {
        self.check_revocations();
        let (now, rng) = (self.servers.now(), &mut Rng::system());
        let synced = self.providers.clinic.sync(&now, rng);
        assert!(synced.is_ok() || self.model.suspended.contains_key(&INSIDERS), "{synced:?}");
        for grant in self.model.grants.iter().filter(|grant| grant.provider == INSIDERS) {
            let Ok(reading) = self.providers.clinic.read(grant.id, Purpose::Treat, &now, rng) else {
                continue;
            };
            if reading.refused.is_none() {
                assert!(!grant.is_revoked_everywhere, "the clinic reads by a grant that was revoked");
                let covered = self.model.coverable(std::iter::once(grant));
                for record in reading.records {
                    assert!(
                        covered.contains(record.bytes.as_slice()),
                        "the clinic reads what was not granted"
                    );
                }
            }
        }
    }

    /// What a restore brought back is the wallet as the servers knew it.
    pub(super) fn check_restored(&mut self, report: &RestoreReport) {
        let back = export(&self.phone.as_ref().unwrap().wallet, &self.phone.as_ref().unwrap().fresh);
        let is_back = |bytes: &[u8]| back.contains(bytes);
        assert!(is_back(PATIENT) || !self.model.records.iter().any(|record| record.is_published));
        for record in &self.model.records {
            assert!(is_back(&record.bytes) || !record.is_published, "a published record is lost: {report:?}");
        }
        let Model { records, elsewhere, .. } = &mut self.model;
        elsewhere.records.extend(records.extract_if(.., |record| !is_back(&record.bytes)));
        assert_eq!(back.len(), self.model.records.len() + usize::from(is_back(PATIENT)), "and no other");
        let wallet = &self.phone.as_ref().unwrap().wallet;
        let views = wallet.grants().unwrap();
        let state = |grant: &Granted| {
            views.iter().find(|view| view.grant == grant.id).map(|view: &GrantView| view.state)
        };
        for grant in &mut self.model.grants {
            match state(grant) {
                None => assert!(!grant.is_published, "a published grant is lost: {report:?}"),
                Some(state) if grant.is_forgotten(state) && grant.is_revoked_everywhere => {
                    let is_said = |missing: &Missing| matches!(missing, Missing::UnprovedGrants { .. });
                    assert!(report.missing.iter().any(is_said), "a revoked grant is back: {report:?}");
                    grant.is_unproved = true;
                }
                Some(state) if grant.is_forgotten(state) => {
                    // It was decided on the phone that was lost, and nobody else had heard of it.
                    grant.revoked = None;
                }
                Some(_) => {}
            }
        }
        let Model { grants, elsewhere, .. } = &mut self.model;
        elsewhere.grants.extend(grants.extract_if(.., |grant| state(grant).is_none()));
        let shares = wallet.shares().unwrap();
        let Model { shares: known, elsewhere, .. } = &mut self.model;
        let is_lost = |shared: &mut Shared| !shares.iter().any(|share| share.id == shared.id);
        elsewhere.shares.extend(known.extract_if(.., is_lost));
        if self.former.is_none() {
            self.model.elsewhere = Elsewhere::default();
        }
    }

    /// After everything: the network is mended and the clock right; the wallet goes on, and its words bring all of it back.
    pub(super) fn finish(mut self, is_restored: bool) {
        let clear = Weather::default();
        self.clock.set_ahead(0);
        self.network.begin(&clear);
        if !self.is_connected {
            self.connect(&clear);
        }
        let mut said = Vec::new();
        for _ in 0..MOST_SYNCS {
            self.servers.parties.clock.forward(60);
            let during = During { begin: self.servers.now(), error: 0, is_former: false };
            let synced = self.sync(true, &clear);
            self.check_what_was_published(during);
            said.push(synced.as_ref().map(|report| (report.queued, report.offline.clone())));
            if synced.is_some_and(|report| report.queued == 0) {
                break;
            }
        }
        assert!(matches!(said.last(), Some(Some((0, None)))), "it can't go on: {said:?}");
        self.absorb();
        self.check_nothing_is_elsewhere();
        self.check_nothing_is_lost();
        self.check_readers();
        self.check_nobody_lacks_what_is_theirs();
        self.check_stray_links();
        if is_restored {
            self.check_words();
        }
        if self.model.suspended.is_empty() {
            self.servers.keep(self.providers);
        }
    }

    /// The words alone make the same wallet again.
    fn check_words(&mut self) {
        let before = Facts::of(&self.phone().wallet, &self.phone().fresh);
        let (restored, report) = self.restore().unwrap();
        let after = Facts::of(&restored.wallet, &restored.fresh);
        assert_eq!(report.missing, []);
        assert!(report.anchored);
        assert!(before == after, "restored:\n{after:?}\nbut was:\n{before:?}");
    }

    /// No link lives of which the wallet does not know.
    fn check_stray_links(&self) {
        let shares = self.phone().wallet.shares().unwrap();
        for (id, path) in &self.observer.links {
            let url = format!(
                "{}/l/{}?recipient=test",
                self.servers.parties.host_url,
                URL_SAFE_NO_PAD.encode(path)
            );
            let answer =
                self.servers.parties.direct.send(Request::new(Method::Get, url), Limits::CONFIGURED).unwrap();
            let is_known = shares.iter().any(|share| share.id == *id && share.state == ShareState::Active);
            assert!(answer.status != 200 || is_known, "a link lives that the wallet does not show");
        }
    }

    fn check_nobody_lacks_what_is_theirs(&self) {
        let active: BTreeSet<_> = self
            .phone()
            .wallet
            .grants()
            .unwrap()
            .into_iter()
            .filter(|view| view.state == GrantState::Active)
            .map(|view| view.grant)
            .collect();
        for provider in (0..INSIDERS).filter(|provider| !self.model.suspended.contains_key(provider)) {
            let theirs = self
                .model
                .grants
                .iter()
                .filter(|grant| grant.provider == provider && active.contains(&grant.id));
            for record in self.model.covered(theirs) {
                assert!(
                    self.observer.opened_by(provider).contains(record),
                    "insider {provider} lacks a record"
                );
            }
        }
    }
}

/// How many syncs a wallet may take to be done when nothing is in its way any more.
const MOST_SYNCS: usize = 4;

/// What a wallet says of itself that a restored one must say too.
#[derive(Debug, PartialEq)]
struct Facts {
    records: BTreeSet<String>,
    grants: BTreeSet<String>,
    shares: BTreeSet<String>,
}

impl Facts {
    fn of(wallet: &Wallet, fresh: &keepwell_wallet::FreshAuthentication) -> Self {
        let grants = wallet.grants().unwrap().into_iter();
        let shares = wallet.shares().unwrap().into_iter();
        let records = export(wallet, fresh).into_iter();
        Self {
            records: records.map(|record| String::from_utf8(record).unwrap()).collect(),
            grants: grants
                .map(|view| format!("{} {:?} {} {:?}", view.grant, view.state, view.name, view.scope))
                .collect(),
            shares: shares.map(|share| format!("{:?}", share)).collect(),
        }
    }
}

pub(super) fn export(wallet: &Wallet, fresh: &keepwell_wallet::FreshAuthentication) -> BTreeSet<Vec<u8>> {
    let mut bytes = Vec::new();
    wallet.export(fresh, &mut bytes).unwrap();
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

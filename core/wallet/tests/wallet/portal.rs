//! A network whose portal answers every request with "200 OK" and a page, and a host that is older than this
//! program: nothing that was not done is told as done, and all of it is done once the way is free.

use std::sync::atomic::{AtomicBool, Ordering};

use keepwell_net::{HttpTransport, Limits, NetError, Reach, Transport};
use keepwell_protocol::domain::{Category, Duration};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::formats::shl::{OpenError, ShareLink};
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{Network, ShareRequest, SyncOptions, Wallet, WalletError, open_share};

use crate::parties::{PATIENT, Parties, categories, record, state};
use crate::setup::import;

/// Hands requests on, or answers them itself.
struct Portal {
    inner: HttpTransport,
    shut: AtomicBool,
    answer: Response,
}

impl Portal {
    fn new(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let answer = Response { status, headers, body: body.to_vec() };
        Self { inner: HttpTransport::new().unwrap(), shut: AtomicBool::new(true), answer }
    }

    fn of_a_hotel() -> Self {
        Self::new(200, &[("content-type", "text/html")], b"<html>Welcome to the hotel</html>")
    }

    fn network<'a>(&'a self, parties: &'a Parties) -> Network<'a> {
        Network { transport: self, envelopes: self, ..parties.network() }
    }
}

impl Transport for Portal {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        if self.shut.load(Ordering::SeqCst) {
            return Ok(self.answer.clone());
        }
        self.inner.send(request, limits)
    }
}

fn is_open(link: &str) -> bool {
    let transport = HttpTransport::new().unwrap();
    let link = ShareLink::parse(link).unwrap();
    match open_share(&transport, Reach::ForeignOrLoopback, &link, "anyone", None) {
        Ok(_) => true,
        Err(WalletError::Link(OpenError::NotActive)) => false,
        Err(error) => panic!("{error}"),
    }
}

fn request() -> ShareRequest {
    ShareRequest {
        scopes: Vec::new(),
        label: None,
        life: Duration::minutes(10),
        opens: None,
        ..ShareRequest::default()
    }
}

fn started() -> (Parties, Wallet, keepwell_wallet::FreshAuthentication) {
    let parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    (parties, wallet, fresh)
}

#[test]
fn a_share_is_neither_ended_nor_made_by_a_portal() {
    let (parties, mut wallet, _fresh) = started();
    let share = wallet.share(parties.network(), request()).unwrap();
    assert!(is_open(&share.link));
    let portal = Portal::of_a_hotel();
    for action in [LinkAction::Pause, LinkAction::Revoke] {
        let changed = wallet.change_share(portal.network(&parties), share.share.id, action).unwrap();
        assert!(!changed.is_told, "{action:?}: it is decided, and nobody but this device knows");
        assert!(is_open(&share.link), "{action:?}");
    }
    assert!(wallet.queued().unwrap() > 0);
    assert_eq!(wallet.share(portal.network(&parties), request()).unwrap_err().code(), "AnswerMalformed");

    portal.shut.store(false, Ordering::SeqCst);
    let resumed = wallet.change_share(portal.network(&parties), share.share.id, LinkAction::Resume);
    assert_eq!(resumed.unwrap_err().code(), "ShareEnded");
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert!(!is_open(&share.link));
    assert!(wallet.shares().unwrap().iter().all(|share| share.is_told));
}

#[test]
fn a_sync_behind_a_portal_leaves_everything_queued_and_the_next_one_does_it() {
    let (parties, mut wallet, fresh) = started();
    let clinic = parties.provider(51, "Clinic");
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    let portal = Portal::of_a_hotel();
    for _ in 0..2 {
        let report = wallet.sync(SyncOptions::default(), portal.network(&parties)).unwrap();
        assert_eq!(
            (report.offline.as_ref().map(|obstacle| obstacle.code()), report.sent),
            (Some("AnswerMalformed"), 0)
        );
        assert!(report.queued > 0);
        assert_eq!(state(&wallet, grant.grant), "pending");
    }
    parties.clock.forward(30);
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(state(&wallet, grant.grant), "active");
    assert_eq!(parties.openable(&clinic).len(), 1);

    wallet.revoke(grant.grant).unwrap();
    let report = wallet.sync(SyncOptions::default(), portal.network(&parties)).unwrap();
    assert_eq!(
        (report.offline.as_ref().map(|obstacle| obstacle.code()), report.queued > 0),
        (Some("AnswerMalformed"), true)
    );
    let envelopes = parties.envelopes(&clinic);
    assert_eq!(parties.read(&envelopes[0]).status, 200, "nobody said otherwise");
    parties.clock.forward(30);
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    assert_eq!(parties.read(&envelopes[0]).status, 403);
}

#[test]
fn a_host_of_0_1_0_is_named_as_what_it_is() {
    let (parties, mut wallet, _fresh) = started();
    let silent = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")];
    let old = Portal::new(204, &silent, b"");
    let refused = wallet.share(old.network(&parties), request()).unwrap_err();
    assert_eq!((refused.code(), refused.is_temporary()), ("ServerTooOld", false));
}

//! Who may open a space at a host that takes whom its operator invites.

use keepwell_host::{Host, HostError, Registration, invite};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::{Duration, Object, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::{Invite, SpaceOpening};

use crate::support::{Client, HandClock, NOW, code, commit, config, no_ledger};

fn start(home: &std::path::Path, clock: &HandClock, registration: Registration) -> Host {
    let mut config = config(home, "127.0.0.1:0", no_ledger());
    config.registration = registration;
    Host::start(config, clock.clock()).unwrap()
}

/// What the host says when this seed's wallet opens its space.
fn open(host: &Host, clock: &HandClock, seed: u8, invite: Option<&Invite>) -> String {
    let client = Client::new(host.address(), SigningKey::from_seed(&[seed; 32]), clock);
    let body = invite.map(|invite| SpaceOpening { invite: Some(invite.duplicate()) }.to_cbor());
    let answer = client.call(Method::Put, "/v1/space", body.unwrap_or_default());
    match answer.status {
        200 => "open".to_owned(),
        status => {
            let (refused, code) = code(&answer);
            assert_eq!((status, refused), (403, 403), "{code}");
            // Nothing of a space that was not opened is left.
            assert_eq!(client.call(Method::Get, "/v1/space", Vec::new()).status, 404);
            code
        }
    }
}

#[test]
fn an_invitation_opens_as_many_spaces_as_it_says_until_its_time_is_over() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let rng = &mut Rng::system();
    let later = NOW.saturating_add(Duration::days(7));
    assert!(matches!(invite(home.path(), later, 1, rng), Err(HostError::NoHome)));
    let host = start(home.path(), &clock, Registration::Invite);
    assert_eq!(open(&host, &clock, 1, None), "InviteNeeded");

    // Made while the host serves.
    let (one, two) =
        (invite(home.path(), later, 1, rng).unwrap(), invite(home.path(), later, 2, rng).unwrap());
    assert_eq!(open(&host, &clock, 1, Some(&Invite::generate(rng).unwrap())), "InviteUnknown");
    assert_eq!(open(&host, &clock, 1, Some(&one)), "open");
    assert_eq!(open(&host, &clock, 1, Some(&one)), "open", "the answer was lost");
    assert_eq!(open(&host, &clock, 1, None), "open", "who is known is not asked");
    assert_eq!(open(&host, &clock, 2, Some(&one)), "InviteUsed");
    assert_eq!([2, 3, 4].map(|seed| open(&host, &clock, seed, Some(&two))), ["open", "open", "InviteUsed"]);

    let short = invite(home.path(), Timestamp(NOW.0 + 60), 1, rng).unwrap();
    clock.forward(60);
    assert_eq!(open(&host, &clock, 5, Some(&short)), "InviteLapsed");
    assert_eq!(open(&host, &clock, 2, None), "open", "a space stays when the time of its invitation is over");
    clock.forward(Duration::days(31).0);
    host.sweep().unwrap();
    assert_eq!(open(&host, &clock, 5, Some(&short)), "InviteUnknown", "forgotten a month later");
    host.stop().unwrap();

    // A host that takes everybody uses up no invitation.
    let kept = invite(home.path(), clock.now().saturating_add(Duration::days(1)), 1, rng).unwrap();
    let host = start(home.path(), &clock, Registration::Open);
    assert_eq!([open(&host, &clock, 6, None), open(&host, &clock, 7, Some(&kept))], ["open", "open"]);
    host.stop().unwrap();
    let host = start(home.path(), &clock, Registration::Invite);
    assert_eq!(open(&host, &clock, 8, Some(&kept)), "open");
    assert_eq!(open(&host, &clock, 9, Some(&kept)), "InviteUsed");
}

#[test]
fn of_many_who_show_one_invitation_at_once_one_gets_in() {
    let (home, clock) = (tempfile::tempdir().unwrap(), HandClock::new(NOW));
    let host = start(home.path(), &clock, Registration::Invite);
    let invite = invite(home.path(), NOW.saturating_add(Duration::days(1)), 1, &mut Rng::system()).unwrap();
    let opened = std::thread::scope(|scope| {
        let asking: Vec<_> = (1..9)
            .map(|seed| {
                let (host, clock, invite) = (&host, &clock, &invite);
                scope.spawn(move || open(host, clock, seed, Some(invite)))
            })
            .collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).filter(|said| said == "open").count()
    });
    assert_eq!(opened, 1);
    let bad = Client::new(host.address(), SigningKey::from_seed(&[9; 32]), &clock);
    assert_eq!(bad.call(Method::Put, "/v1/space", commit(1).to_cbor()).status, 400, "no opening of a space");
}

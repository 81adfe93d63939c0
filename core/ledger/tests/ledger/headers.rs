//! Which headers a ledger keeps: those that somebody may still trust.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use keepwell_ledger::store::Store;
use keepwell_ledger::{Ledger, LedgerConfig, state};
use keepwell_net::{Gateway, GatewayError, HttpTransport};
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::ledger::{
    AppState, Genesis, LightBlock, StateKey, SweepHorizon, TrustAnchor, TrustPolicy, TrustedState,
};

use crate::serve::{NOW, TestClock, gateway, raw};

const DAY: u64 = 86_400;

fn start(home: &Path, clock: &TestClock) -> Ledger {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0)).into();
    let config = LedgerConfig { home: home.to_owned(), listen, accept_time: false, relays: Vec::new() };
    Ledger::start_with_heartbeat(&config, clock.clock(), Duration::from_millis(20)).unwrap()
}

/// A home whose sweep has come so far as it would in a chain of years.
fn home_with_horizon(home: &Path, clock: &TestClock, horizon: Timestamp) {
    start(home, clock).stop().unwrap();
    for file in ["ledger.redb", "anchor.json"] {
        std::fs::remove_file(home.join(file)).unwrap();
    }
    let genesis: Genesis =
        serde_json::from_slice(&std::fs::read(home.join("genesis.json")).unwrap()).unwrap();
    let mut writes = state::genesis(&AppState::parse_genesis(&genesis.app_state).unwrap());
    writes.insert(StateKey::SweepHorizon, Some(SweepHorizon { horizon, height: 0 }.to_cbor()));
    Store::open(&home.join("ledger.redb"), &writes).unwrap();
}

fn block(ledger: &Ledger, height: u64) -> (u16, Vec<u8>) {
    raw(ledger, &format!("light/{height}"))
}

fn prove(gateway: &Gateway<HttpTransport>, from: &TrustedState, now: Timestamp) -> Result<u64, GatewayError> {
    let proved = gateway.prove(&StateKey::Governance, from, &TrustPolicy::DEMONSTRATION, &now)?;
    Ok(proved.verified.height)
}

#[test]
fn headers_stay_while_somebody_may_trust_them_and_who_comes_later_is_told_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let oldest = Timestamp(NOW + 30 * DAY);
    home_with_horizon(home.path(), &clock, Timestamp(oldest.0 + TrustAnchor::TRUSTING_PERIOD.0));
    let ledger = start(home.path(), &clock);
    let gateway = self::gateway(&ledger);
    let first = ledger.anchor().trusted_state();
    // Phones that heard of the ledger on one day each, and nothing since.
    let mut phones: Vec<TrustedState> = Vec::new();
    while clock.now().0 < NOW + 240 * DAY {
        // A week, of which no number is the period.
        clock.advance(7 * DAY);
        let trusted = phones.last().unwrap_or(&first).clone();
        let newest = loop {
            let newest = gateway.latest(&trusted, &TrustPolicy::DEMONSTRATION, &clock.now()).unwrap();
            if newest.time.0 + DAY > clock.now().0 {
                break newest;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        phones.push(newest);
    }
    let height = gateway.status().unwrap().height;
    while gateway.status().unwrap().height < height + 64 {
        std::thread::sleep(Duration::from_millis(10));
    }

    let (mut kept, mut gone) = (0, 0);
    for phone in &phones {
        let (status, body) = block(&ledger, phone.height);
        if phone.time >= oldest {
            let header = LightBlock::from_cbor(&body).unwrap();
            assert_eq!((status, header.time().unwrap()), (200, phone.time));
            kept += 1;
        } else {
            let error = keepwell_protocol::vault::ErrorBody::from_cbor(&body).unwrap();
            assert_eq!((status, error.code.as_str()), (410, "HeaderGone"));
            assert!(error.sentence.contains("newer trust anchor"), "{}", error.sentence);
            gone += 1;
        }
        // Who is within the period needs nothing that is gone.
        let proved = prove(&gateway, phone, clock.now());
        if phone.time.0 + TrustAnchor::TRUSTING_PERIOD.0 > clock.now().0 {
            assert!(proved.unwrap() > phone.height);
        } else {
            let error = proved.unwrap_err();
            assert_eq!(error.code(), "TrustExpired");
            assert!(error.to_string().contains("newer trust anchor"), "{error}");
        }
    }
    assert!(kept > 25 && gone > 2, "{kept} {gone}");
    assert_eq!(block(&ledger, 1).0, 200, "the first one stays");
    assert_eq!(block(&ledger, u64::MAX).0, 404, "what is not there yet is not gone");

    // The anchor that a start writes then is taken up from.
    ledger.stop().unwrap();
    let ledger = start(home.path(), &clock);
    let anchor = TrustAnchor::parse(&std::fs::read(home.path().join("anchor.json")).unwrap()).unwrap();
    assert_eq!(anchor.origin(), ledger.anchor().origin());
    prove(&self::gateway(&ledger), &anchor.trusted_state(), clock.now()).unwrap();
}

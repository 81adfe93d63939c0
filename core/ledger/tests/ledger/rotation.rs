//! The one signer of an embedded ledger gives its place to another key, and who slept meanwhile follows.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use keepwell_ledger::{GovernanceKey, Ledger, LedgerConfig};
use keepwell_net::GatewayError;
use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{
    Action, ActionsTaken, BlockSize, GovernanceAction, Kind, ProofError, SetBlockSize, SetValidator,
    SignedTransaction, Signer, StateKey, TrustPolicy, Upgrade,
};

use crate::serve::{TestClock, gateway, prove_until};

fn config(home: &Path) -> LedgerConfig {
    LedgerConfig {
        home: home.to_owned(),
        listen: SocketAddr::from(([127, 0, 0, 1], 0)).into(),
        accept_time: false,
        relays: Vec::new(),
    }
}

fn start(home: &Path, clock: &TestClock) -> Ledger {
    Ledger::start_with_heartbeat(&config(home), clock.clock(), Duration::from_millis(50)).unwrap()
}

/// Governance's action by the key in the home.
fn act(home: &Path, number: u32, action: impl Into<Action>) -> SignedTransaction {
    let json = fs::read_to_string(home.join("governance.key")).unwrap();
    GovernanceKey::parse(&json).unwrap().act(number, action.into()).unwrap()
}

fn set_validator(seed: u8, power: u64) -> SetValidator {
    SetValidator { kind: Kind, key: SigningKey::from_seed(&[seed; 32]).public_key(), power }
}

fn put_key(home: &Path, seed: u8) {
    fs::write(home.join(format!("validator-{seed}.key")), hex::encode([seed; 32])).unwrap();
}

#[test]
fn the_signers_key_is_replaced_again_and_again_and_a_phone_that_slept_follows() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let ledger = start(home.path(), &clock);
    let mut trusted = ledger.anchor().trusted_state();
    let asleep = trusted.clone();
    let origin = ledger.anchor().origin();
    let first = fs::read_to_string(home.path().join("validator.key")).unwrap();
    let first = SigningKey::from_seed(hex::decode(first.trim()).unwrap()[..].try_into().unwrap());
    let first = SetValidator { kind: Kind, key: first.public_key(), power: 0 };

    // A key that is not here must not decide: it is refused before it waits, and so is the end of the only one.
    let code = |ledger: &Ledger, transaction: SignedTransaction| match gateway(ledger)
        .submit(&transaction.to_cbor(), &origin)
    {
        Ok(_) => String::new(),
        Err(GatewayError::Server(error)) => error.code().to_owned(),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(code(&ledger, act(home.path(), 1, set_validator(50, 1))), "ValidatorsUnfit");
    assert_eq!(code(&ledger, act(home.path(), 1, first.clone())), "ValidatorsUnfit");
    ledger.stop().unwrap();

    // One after the other takes over; the one before it goes, and its file with it.
    let mut before = (None, first);
    for (number, seed) in [(1, 51), (3, 52), (5, 53)] {
        put_key(home.path(), seed);
        let ledger = start(home.path(), &clock);
        for (number, action) in [(number, set_validator(seed, 1)), (number + 1, before.1.clone())] {
            clock.advance(30);
            let transaction = act(home.path(), number, action);
            gateway(&ledger).submit(&transaction.to_cbor(), &origin).unwrap();
            prove_until(&gateway(&ledger), &StateKey::Actions, &mut trusted, clock.now(), |it| {
                let taken = it.value.as_ref().map(|bytes| ActionsTaken::from_cbor(bytes).unwrap());
                taken.is_some_and(|taken| taken.number == number)
            });
        }
        // Until the second block after it the old one still votes.
        let height = gateway(&ledger).status().unwrap().height;
        for _ in 0..200 {
            if gateway(&ledger).status().unwrap().height >= height + 3 {
                break;
            }
            clock.advance(1);
            std::thread::sleep(Duration::from_millis(20));
        }
        ledger.stop().unwrap();
        let name = before.0.map_or("validator.key".to_owned(), |seed: u8| format!("validator-{seed}.key"));
        fs::remove_file(home.path().join(name)).unwrap();
        before = (Some(seed), set_validator(seed, 0));
    }

    let ledger = start(home.path(), &clock);
    let gateway = gateway(&ledger);
    let (policy, now) = (TrustPolicy::DEMONSTRATION, clock.now());
    // Nobody whom it trusted votes any more: it goes over the blocks between.
    let latest = gateway.status().unwrap().height;
    let (newest, woken) = gateway.block_at(latest, &asleep, &policy, &now).unwrap();
    assert_eq!(woken.validators[0].key, *SigningKey::from_seed(&[53; 32]).public_key().as_bytes());
    assert_eq!(woken.validators.len(), 1);
    let direct = keepwell_protocol::ledger::verify_light_block(&newest, &asleep, &policy, now);
    assert_eq!(direct.unwrap_err(), ProofError::InsufficientTrust);
    ledger.stop().unwrap();

    // Without the key that votes now it does not start.
    fs::remove_file(home.path().join("validator-53.key")).unwrap();
    let refused = Ledger::start(&config(home.path()), clock.clock()).err().unwrap();
    assert_eq!(refused.code(), "LedgerOtherChain");
}

#[test]
fn rules_that_the_program_does_not_know_end_it_where_they_begin() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let ledger = start(home.path(), &clock);
    let origin = ledger.anchor().origin();
    let (sender, ended) = std::sync::mpsc::channel();
    ledger.when_blocks_end(move || sender.send(()).unwrap());
    let height = gateway(&ledger).status().unwrap().height + 20;
    let upgrade = act(home.path(), 1, Upgrade { kind: Kind, version: 3, height });
    gateway(&ledger).submit(&upgrade.to_cbor(), &origin).unwrap();
    for _ in 0..400 {
        clock.advance(1);
        if ended.recv_timeout(Duration::from_millis(20)).is_ok() {
            break;
        }
    }
    let stopped = ledger.stop().unwrap_err();
    assert_eq!(stopped.code(), "LedgerRules");
    let refused = Ledger::start(&config(home.path()), clock.clock()).err().unwrap();
    assert_eq!(refused.code(), "LedgerRules");
}

/// What governance signs here is what the key in the home signs.
#[test]
fn the_key_in_the_home_acts() {
    let home = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let ledger = start(home.path(), &clock);
    let set = SetBlockSize { kind: Kind, bytes: BlockSize::LEAST };
    let body = GovernanceAction { kind: Kind, number: 1, action: set.clone().into() };
    let stranger = SigningKey::from_seed(&[99; 32]);
    let forged =
        SignedTransaction::sign(body.clone(), &ledger.anchor().origin(), Signer::Governance(&[&stranger]));
    let own = act(home.path(), 1, set);
    assert_eq!(own.body(), forged.as_ref().unwrap().body());
    let refused = gateway(&ledger).submit(&forged.unwrap().to_cbor(), &ledger.anchor().origin());
    assert!(matches!(refused, Err(GatewayError::Server(error)) if error.code() == "NotGovernance"));
    gateway(&ledger).submit(&own.to_cbor(), &ledger.anchor().origin()).unwrap();
}

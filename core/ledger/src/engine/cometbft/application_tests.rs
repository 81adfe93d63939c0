//! What CometBFT may ask, and how often, without a CometBFT: the same blocks as the embedded engine's give the same
//! app hashes, and a kill at any step loses or repeats nothing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use keepwell_protocol::ledger::{AppState, Genesis, Validator};
use proptest::prelude::*;
use tendermint::Time;

use super::application::{Application, CheckAnswer, ToldGenesis};
use crate::engine::crash_tests::{BLOCKS, START, genesis, transactions, undisturbed};
use crate::engine::error::EngineError;
use crate::state::{self, Outcome};
use crate::store::Store;

fn open(home: &Path) -> Arc<Application> {
    let app_state = AppState::parse_genesis(&genesis().app_state).unwrap();
    let store = Store::open(&home.join("ledger.redb"), &state::genesis(&app_state)).unwrap();
    Application::new(Arc::new(store), &genesis()).unwrap()
}

fn bytes(height: u64) -> Vec<Vec<u8>> {
    transactions(height).iter().map(|transaction| transaction.bytes().to_vec()).collect()
}

/// The time that the embedded engine's block of this height has, whose votes come ten seconds after each other.
fn time(height: u64) -> Time {
    Time::from_unix_timestamp(i64::try_from(START + (height - 1) * 10).unwrap(), 987_654_321).unwrap()
}

fn finalize(application: &Application, height: u64) -> (Vec<Outcome>, [u8; 32]) {
    application.finalize(height, time(height), &bytes(height)).unwrap()
}

fn told() -> ToldGenesis {
    let Genesis { chain_id, initial_time, validators, app_state } = genesis();
    ToldGenesis {
        chain_id,
        time: Time::from_unix_timestamp(i64::try_from(initial_time).unwrap(), 0).unwrap(),
        initial_height: 1,
        validators,
        app_state: app_state.into_bytes(),
    }
}

/// Makes the blocks that are not there yet, and answers the app hashes.
fn go_on(application: &Application) -> Vec<(u64, [u8; 32])> {
    let mut hashes = Vec::new();
    for height in application.info().unwrap().height + 1..=BLOCKS {
        let (_, app_hash) = finalize(application, height);
        application.commit().unwrap();
        hashes.push((height, app_hash));
    }
    hashes
}

#[test]
fn every_block_has_the_app_hash_of_the_embedded_engine_however_often_it_is_executed() {
    let undisturbed = undisturbed();
    let home = tempfile::tempdir().unwrap();
    let application = open(home.path());
    assert_eq!(application.init_chain(told()).unwrap(), undisturbed[0].0);
    for height in 1..=BLOCKS {
        let before = application.info().unwrap();
        // Another proposal for the same height, which was not decided.
        application.finalize(height, time(height + 1), &bytes(1)).unwrap();
        for transaction in bytes(height) {
            application.check(&transaction, false).unwrap();
        }
        let once = finalize(&application, height);
        assert_eq!(finalize(&application, height), once);
        assert_eq!(application.info().unwrap(), before, "nothing is written before commit");
        application.commit().unwrap();
        let head = application.info().unwrap();
        assert_eq!((head.height, head.app_hash()), (height, once.1));
        assert_eq!(once.1, undisturbed[usize::try_from(height).unwrap()].0, "block {height}");
        assert!(once.0.iter().all(|outcome| outcome.number() == 0), "{:?}", once.0);
        assert_eq!(
            application.waiting().other + application.waiting().ending,
            0,
            "what is in a block waits no more"
        );
    }
}

#[test]
fn what_does_not_belong_is_refused_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let application = open(home.path());
    let refused = |told: ToldGenesis| matches!(application.init_chain(told), Err(EngineError::OtherChain));
    assert!(refused(ToldGenesis { chain_id: "embedded-other".to_owned(), ..told() }));
    assert!(refused(ToldGenesis { time: Time::from_unix_timestamp(1_800_000_000, 1).unwrap(), ..told() }));
    assert!(refused(ToldGenesis { initial_height: 2, ..told() }));
    assert!(refused(ToldGenesis { app_state: b"\"00\"".to_vec(), ..told() }));
    let stranger = Validator { power: 2, ..told().validators[0].clone() };
    assert!(refused(ToldGenesis { validators: vec![stranger], ..told() }));
    // It is asked again where nothing was decided before.
    assert_eq!(application.init_chain(told()).unwrap(), application.init_chain(told()).unwrap());

    assert!(application.commit().is_err(), "nothing was executed");
    assert!(application.finalize(2, time(2), &bytes(2)).is_err(), "a block is missing");
    finalize(&application, 1);
    application.commit().unwrap();
    assert!(application.commit().is_err(), "it is committed already");
    assert!(application.finalize(1, time(1), &bytes(1)).is_err(), "it is committed already");
    assert!(refused(told()), "the chain has begun");
    assert_eq!(application.info().unwrap().height, 1);
}

#[test]
fn what_ends_something_is_first_in_a_block_and_the_rest_stays_in_its_order() {
    let home = tempfile::tempdir().unwrap();
    let application = open(home.path());
    for height in 1..5 {
        finalize(&application, height);
        application.commit().unwrap();
    }
    // A grant and a revocation.
    let [grant, revocation] = <[Vec<u8>; 2]>::try_from(bytes(5)).unwrap();
    let later = bytes(7).remove(0);
    let offered = [later.clone(), grant.clone(), revocation.clone()];
    // What it was not asked about it takes for the rest.
    assert_eq!(application.choose(&offered, 1 << 20), [0]);
    for transaction in &offered {
        let CheckAnswer::Outcome(outcome) = application.check(transaction, false).unwrap() else { panic!() };
        assert_eq!(outcome.number(), 0);
    }
    assert_eq!((application.waiting().ending, application.waiting().other), (1, 2));
    assert_eq!(application.choose(&offered, 1 << 20), [2, 0, 1]);
    assert_eq!(
        application.choose(&offered, revocation.len() + 8),
        [2],
        "no more bytes than a block has room for"
    );
    assert!(application.choose(&offered, revocation.len()).is_empty());

    // Once it is recorded it is said to be, and waits no more.
    application.finalize(5, time(5), &[&revocation]).unwrap();
    application.commit().unwrap();
    let again = application.check(&revocation, true).unwrap();
    assert!(matches!(again, CheckAnswer::Outcome(Outcome::AlreadyRecorded(_))), "{again:?}");
    assert_eq!((application.waiting().ending, application.waiting().other), (0, 2));
}

#[test]
fn bytes_that_are_no_transaction_are_voted_against_and_harm_nobody() {
    let home = tempfile::tempdir().unwrap();
    let application = open(home.path());
    let good = bytes(1).remove(0);
    let mut unsigned = good.clone();
    *unsigned.last_mut().unwrap() ^= 1;
    assert!(application.accepts(&[&good]) && application.accepts(&bytes(2)));
    // By its form it is one; only executed it turns out to be none of this account.
    assert!(application.accepts(&[&good, &unsigned]));
    for garbage in [vec![], vec![0x82; 5_000], good[1..].to_vec()] {
        assert!(!application.accepts(&[&good, &garbage]));
        let CheckAnswer::Outcome(outcome) = application.check(&garbage, false).unwrap() else { panic!() };
        assert!(outcome.number() >= 10);
    }
    assert_eq!(application.waiting().other, 0);
    let poisoned = [vec![], good, vec![0xff; 4_096], unsigned];
    let (outcomes, _) = application.finalize(1, time(1), &poisoned).unwrap();
    let numbers: Vec<_> = outcomes.iter().map(Outcome::number).collect();
    assert_eq!(numbers, [10, 0, 10, 14]);
    application.commit().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]

    #[test]
    fn no_block_makes_the_application_stop(
        garbage in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
        cut in 0..200_usize,
        flip in 0..1_000_usize,
    ) {
        let home = tempfile::tempdir().unwrap();
        let application = open(home.path());
        let good = bytes(1).remove(0);
        let mut changed = good.clone();
        let at = flip % (changed.len() * 8);
        changed[at / 8] ^= 1 << (at % 8);
        let mut block = garbage;
        block.extend([good[..cut.min(good.len())].to_vec(), changed, good.clone(), good]);
        application.accepts(&block);
        prop_assert!(application.choose(&block, 1 << 20).len() <= block.len());
        let (outcomes, _) = application.finalize(1, time(1), &block).unwrap();
        prop_assert_eq!(outcomes.len(), block.len());
        let last: Vec<_> = outcomes.iter().rev().take(2).map(Outcome::number).collect();
        prop_assert_eq!(last, [1, 0]);
        application.commit().unwrap();
    }
}

fn process(home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "engine::cometbft::application_tests::an_application_to_be_killed", "--ignored"])
        .env("KEEPWELL_TEST_HOME", home)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn an_application_to_be_killed() {
    go_on(&open(Path::new(&std::env::var_os("KEEPWELL_TEST_HOME").unwrap())));
}

#[test]
fn an_application_that_is_killed_at_any_step_goes_on_to_the_same_app_hashes() {
    let undisturbed = undisturbed();
    for (point, committed) in [
        ("block begun", 0),
        ("block executed", 0),
        ("block prepared", 0),
        ("commit begun", 0),
        ("commit written", 0),
        ("commit done", 1),
    ] {
        // The first block, one with two transactions, an empty one while old states are pruned.
        for block in [1, 5, 26] {
            let context = format!("{point}, block {block}");
            let home = tempfile::tempdir().unwrap();
            let status =
                process(home.path()).env("KEEPWELL_TEST_ABORT", format!("{point}:{block}")).status().unwrap();
            assert!(!status.success(), "{context}: it was not killed");
            // What CometBFT asks first, to know which blocks are to be executed again.
            let application = open(home.path());
            let reached = application.info().unwrap();
            assert_eq!(reached.height, block - 1 + committed, "{context}");
            assert_eq!(
                reached.app_hash(),
                undisturbed[usize::try_from(reached.height).unwrap()].0,
                "{context}"
            );
            for (height, app_hash) in go_on(&application) {
                assert_eq!(app_hash, undisturbed[usize::try_from(height).unwrap()].0, "{context}, {height}");
            }
        }
    }
}

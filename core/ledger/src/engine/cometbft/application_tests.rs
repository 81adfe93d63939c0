//! What CometBFT may ask, and how often, without a CometBFT: the same blocks as the embedded engine's give the same
//! app hashes, and a kill at any step loses or repeats nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keepwell_protocol::crypto::{PublicKey, SigningKey};
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{
    Action, AppState, EngineStopped, Genesis, GovernanceAction, Kind, PlannedUpgrade, SetBlockSize,
    SetValidator, SignedTransaction, Signer, StateKey, Validator,
};
use proptest::prelude::*;
use tendermint::{Time, consensus};

use super::application::Application;
use super::blocks::{ChainStart, Conduct};
use super::mempool::{CheckAnswer, CheckKind, Objection, Vote};
use super::snapshot_folder::SnapshotFolder;
use crate::engine::clock::Clock;
use crate::engine::crash_tests::{
    BLOCKS, START, at_every_step, genesis, home_to_be_killed_in, transactions, undisturbed,
};
use crate::engine::error::EngineError;
use crate::engine::selection::{ENVELOPE, MOST_BYTES};
use crate::state::{self, Address, Outcome};
use crate::store::Store;

pub(super) fn open(home: &Path) -> Arc<Application> {
    open_with(home, Clock::system())
}

pub(super) fn open_with(home: &Path, clock: Clock) -> Arc<Application> {
    let app_state = AppState::parse_genesis(&genesis().app_state).unwrap();
    let store = Store::open(&home.join("ledger.redb"), &state::genesis(&app_state)).unwrap();
    Application::new(Arc::new(store), &genesis(), &parameters(2), SnapshotFolder::new(home, 0, 0), clock)
        .unwrap()
}

fn open_as(
    home: &Path,
    genesis: &Genesis,
    parameters: &consensus::Params,
) -> Result<Arc<Application>, EngineError> {
    let app_state = AppState::parse_genesis(&genesis.app_state).unwrap();
    let store = Store::open(&home.join("ledger.redb"), &state::genesis(&app_state)).unwrap();
    Application::new(Arc::new(store), genesis, parameters, SnapshotFolder::new(home, 0, 0), Clock::system())
}

/// What the authorities start with, by the rules of this version.
pub(super) fn parameters(version: u64) -> consensus::Params {
    let parameters = serde_json::json!({
        "block": { "max_bytes": "2097152", "max_gas": "-1" },
        "evidence": { "max_age_num_blocks": "1000", "max_age_duration": "1000000000", "max_bytes": "1048576" },
        "validator": { "pub_key_types": ["ed25519"] },
        "version": { "app": version.to_string() },
    });
    serde_json::from_value(parameters).unwrap()
}

pub(super) fn bytes(height: u64) -> Vec<Vec<u8>> {
    transactions(height).iter().map(|transaction| transaction.bytes().to_vec()).collect()
}

/// The time that the embedded engine's block of this height has, whose votes come ten seconds after each other.
pub(super) fn time(height: u64) -> Time {
    Time::from_unix_timestamp(i64::try_from(START + (height - 1) * 10).unwrap(), 987_654_321).unwrap()
}

fn finalize(application: &Application, height: u64) -> (Vec<Outcome>, [u8; 32]) {
    let done = application.finalize(height, time(height), &Conduct::default(), &bytes(height)).unwrap();
    assert_eq!((done.validator_updates, done.parameters), (Vec::new(), None));
    (done.outcomes, done.app_hash)
}

fn chain_start() -> ChainStart {
    let Genesis { chain_id, initial_time, validators, app_state } = genesis();
    ChainStart {
        chain_id,
        time: Time::from_unix_timestamp(i64::try_from(initial_time).unwrap(), 0).unwrap(),
        initial_height: 1,
        validators,
        app_state: app_state.into_bytes(),
        parameters: parameters(2),
    }
}

/// Makes the blocks that are not there yet, and answers the app hashes.
fn go_on(application: &Application) -> Vec<(u64, [u8; 32])> {
    let mut hashes = Vec::new();
    for height in application.head().height + 1..=BLOCKS {
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
    assert_eq!(application.init_chain(chain_start()).unwrap(), undisturbed[0].0);
    for height in 1..=BLOCKS {
        let before = application.head();
        // Another proposal for the same height, which was not decided.
        application.finalize(height, time(height + 1), &Conduct::default(), &bytes(1)).unwrap();
        for transaction in bytes(height) {
            application.check(&transaction, CheckKind::New);
        }
        let once = finalize(&application, height);
        assert_eq!(finalize(&application, height), once);
        assert_eq!(application.head(), before, "nothing is written before commit");
        application.commit().unwrap();
        let head = application.head();
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
    let refused = |start: ChainStart| matches!(application.init_chain(start), Err(EngineError::OtherChain));
    assert!(refused(ChainStart { chain_id: "embedded-other".to_owned(), ..chain_start() }));
    assert!(refused(ChainStart {
        time: Time::from_unix_timestamp(1_800_000_000, 1).unwrap(),
        ..chain_start()
    }));
    assert!(refused(ChainStart { initial_height: 2, ..chain_start() }));
    assert!(refused(ChainStart { app_state: b"\"00\"".to_vec(), ..chain_start() }));
    let stranger = Validator { power: 2, ..chain_start().validators[0].clone() };
    assert!(refused(ChainStart { validators: vec![stranger], ..chain_start() }));
    assert!(refused(ChainStart { parameters: parameters(1), ..chain_start() }), "other rules");
    for other in other_parameters() {
        assert!(refused(ChainStart { parameters: other.clone(), ..chain_start() }), "{other:?}");
    }
    let unknown = application.init_chain(ChainStart { parameters: parameters(3), ..chain_start() });
    assert!(matches!(unknown, Err(EngineError::UnknownRules { version: 3 })));
    // It is asked again where nothing was decided before.
    assert_eq!(
        application.init_chain(chain_start()).unwrap(),
        application.init_chain(chain_start()).unwrap()
    );

    assert!(application.commit().is_err(), "nothing was executed");
    assert!(application.finalize(2, time(2), &Conduct::default(), &bytes(2)).is_err(), "a block is missing");
    finalize(&application, 1);
    application.commit().unwrap();
    assert!(application.commit().is_err(), "it is committed already");
    assert!(
        application.finalize(1, time(1), &Conduct::default(), &bytes(1)).is_err(),
        "it is committed already"
    );
    assert!(refused(chain_start()), "the chain has begun");
    assert_eq!(application.head().height, 1);
}

/// Parameters of which each differs in one thing.
fn other_parameters() -> Vec<consensus::Params> {
    let changes: [fn(&mut consensus::Params); 6] = [
        |it| it.block.max_bytes += 1,
        |it| it.block.max_gas = 5,
        |it| it.evidence.max_age_num_blocks += 1,
        |it| it.evidence.max_age_duration.0 += Duration::from_nanos(1),
        |it| it.evidence.max_bytes += 1,
        |it| it.abci.vote_extensions_enable_height = Some(7_u32.into()),
    ];
    let with = |change: &fn(&mut consensus::Params)| {
        let mut parameters = parameters(2);
        change(&mut parameters);
        parameters
    };
    changes.iter().map(with).collect()
}

#[test]
fn a_genesis_file_that_was_changed_after_the_first_block_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let application = open(home.path());
    finalize(&application, 1);
    application.commit().unwrap();
    drop(application);
    for other in other_parameters() {
        let refused = open_as(home.path(), &genesis(), &other).err().unwrap();
        assert!(matches!(refused, EngineError::OtherChain), "{other:?}");
    }
    open_as(home.path(), &genesis(), &parameters(2)).unwrap();
}

#[test]
fn the_rules_are_those_that_the_chain_started_with() {
    let home = tempfile::tempdir().unwrap();
    let app_state = AppState::parse_genesis(&genesis().app_state).unwrap();
    let open = |version| {
        let store = Store::open(&home.path().join("ledger.redb"), &state::genesis(&app_state)).unwrap();
        Application::new(
            Arc::new(store),
            &genesis(),
            &parameters(version),
            SnapshotFolder::new(home.path(), 0, 0),
            Clock::system(),
        )
    };
    let unknown = open(3).err().unwrap();
    assert_eq!(unknown.code(), "LedgerRules", "nothing is guessed");
    assert!(open(0).is_err());
    // The horizon of the sweep is of version 2: by version 1 an empty block changes nothing at all.
    let first = open(1).unwrap();
    assert_eq!(first.version().number(), 1);
    let before = first.head().app_hash();
    let nothing: [&[u8]; 0] = [];
    assert_eq!(first.finalize(1, time(1), &Conduct::default(), &nothing).unwrap().app_hash, before);
    drop(first);
    assert_ne!(
        open(2).unwrap().finalize(1, time(1), &Conduct::default(), &nothing).unwrap().app_hash,
        before
    );
}

fn action(number: u32, action: impl Into<Action>) -> Vec<u8> {
    action_for(&genesis(), number, action)
}

fn action_for(genesis: &Genesis, number: u32, action: impl Into<Action>) -> Vec<u8> {
    let body = GovernanceAction { kind: Kind, number, action: action.into() };
    let governor = SigningKey::from_seed(&[2; 32]);
    let signer = Signer::Governance(&[&governor]);
    SignedTransaction::sign(body, &genesis.origin(), signer).unwrap().to_cbor()
}

#[test]
fn cometbft_is_told_who_votes_from_now_on_and_only_what_is_different() {
    let home = tempfile::tempdir().unwrap();
    // One with so much power that others may come beside it.
    let validators = genesis().validators.into_iter().map(|it| Validator { power: 100, ..it }).collect();
    let genesis = Genesis { validators, ..genesis() };
    let application = open_as(home.path(), &genesis, &parameters(2)).unwrap();
    let action = |number, set: SetValidator| action_for(&genesis, number, set);
    let seeds = [5_u8, 6].map(|seed| SigningKey::from_seed(&[seed; 32]).public_key());
    let set = |key, power| SetValidator { kind: Kind, key, power };
    let validator = |key: PublicKey, power| Validator { key: *key.as_bytes(), power };
    let block = |height, transactions: &[Vec<u8>], misbehaving: &[Address]| {
        let conduct = Conduct { misbehaving: misbehaving.to_vec(), ..Conduct::default() };
        let done = application.finalize(height, time(height), &conduct, transactions).unwrap();
        application.commit().unwrap();
        assert!(done.outcomes.iter().all(|outcome| outcome.number() == 0), "{:?}", done.outcomes);
        assert_eq!(done.parameters, None);
        done.validator_updates
    };
    let both = [action(1, set(seeds[0], 3)), action(2, set(seeds[1], 4))];
    let mut told = block(1, &both, &[]);
    told.sort_unstable();
    let mut expected = [validator(seeds[0], 3), validator(seeds[1], 4)];
    expected.sort_unstable();
    assert_eq!(told, expected);
    assert!(block(2, &[], &[]).is_empty());
    // In and out again within one block is nothing to be told.
    let (out, back) = (action(3, set(seeds[0], 0)), action(4, set(seeds[0], 3)));
    assert!(block(3, &[out, back], &[]).is_empty());
    assert_eq!(block(4, &[action(5, set(seeds[0], 9))], &[]), [validator(seeds[0], 9)]);
    let twice = [state::address(seeds[1].as_bytes())];
    assert_eq!(block(5, &[], &twice), [validator(seeds[1], 0)]);
    assert!(block(6, &[], &twice).is_empty(), "it has none any more");
    assert_eq!(block(7, &[action(6, set(seeds[0], 0))], &[]), [validator(seeds[0], 0)]);
}

#[test]
fn parameters_are_told_whole_and_unknown_rules_end_the_node_after_the_last_block_of_the_known_ones() {
    let home = tempfile::tempdir().unwrap();
    // Governance has planned version 3 long before.
    let app_state = AppState::parse_genesis(&genesis().app_state).unwrap();
    let mut planned = state::genesis(&app_state);
    let plan = PlannedUpgrade { before: 2, version: 3, height: 5 };
    planned.insert(StateKey::Upgrade, Some(plan.to_cbor()));
    drop(Store::open(&home.path().join("ledger.redb"), &planned).unwrap());
    let application = open(home.path());
    let block = |height, transactions: &[Vec<u8>]| {
        let done = application.finalize(height, time(height), &Conduct::default(), transactions).unwrap();
        assert!(done.outcomes.iter().all(|outcome| outcome.number() == 0), "{:?}", done.outcomes);
        application.commit().unwrap();
        done.parameters
    };
    let told = block(1, &[action(1, SetBlockSize { kind: Kind, bytes: 4_194_304 })]).unwrap();
    let mut expected = parameters(2);
    expected.block.max_bytes = 4_194_304;
    assert_eq!(told, expected);
    assert_eq!(block(2, &[]), None);
    assert_eq!(block(3, &[]), None);
    assert!(application.failure().is_none());
    let told = block(4, &[]).unwrap();
    expected.version = Some(consensus::params::VersionParams { app: 3 });
    assert_eq!(told, expected, "the size of before stays");
    // Block 4 is there. What comes now is for a newer program, whatever is asked, and after a restart as well.
    assert_eq!(application.head().height, 4);
    assert!(matches!(application.failure(), Some(EngineError::UnknownRules { version: 3 })));
    let nothing: [&[u8]; 0] = [];
    let next = application.finalize(5, time(5), &Conduct::default(), &nothing);
    assert!(matches!(next, Err(EngineError::UnknownRules { version: 3 })));
    drop(application);
    let app_state = AppState::parse_genesis(&genesis().app_state).unwrap();
    let store = Store::open(&home.path().join("ledger.redb"), &state::genesis(&app_state)).unwrap();
    let again = Application::new(
        Arc::new(store),
        &genesis(),
        &parameters(2),
        SnapshotFolder::new(home.path(), 0, 0),
        Clock::system(),
    );
    assert!(matches!(again, Err(EngineError::UnknownRules { version: 3 })));
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
        let CheckAnswer::Outcome(outcome) = application.check(transaction, CheckKind::New) else { panic!() };
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
    application.finalize(5, time(5), &Conduct::default(), &[&revocation]).unwrap();
    application.commit().unwrap();
    let again = application.check(&revocation, CheckKind::Again);
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
    assert_eq!(application.judge(&[&good]), Vote::For);
    assert_eq!(application.judge(&bytes(2)), Vote::For);
    // By its form it is one; only executed it turns out to be none of this account.
    assert_eq!(application.judge(&[&good, &unsigned]), Vote::For);
    for garbage in [vec![], vec![0x82; 5_000], good[1..].to_vec()] {
        assert_eq!(application.judge(&[&good, &garbage]), Vote::Against(Objection::NoTransaction));
        let CheckAnswer::Outcome(outcome) = application.check(&garbage, CheckKind::New) else { panic!() };
        assert!(outcome.number() >= 10);
    }
    assert_eq!(application.waiting().other, 0);
    let poisoned = [vec![], good, vec![0xff; 4_096], unsigned];
    let outcomes = application.finalize(1, time(1), &Conduct::default(), &poisoned).unwrap().outcomes;
    let numbers: Vec<_> = outcomes.iter().map(Outcome::number).collect();
    assert_eq!(numbers, [10, 0, 10, 14]);
    application.commit().unwrap();
}

#[test]
fn a_block_that_nobody_chooses_is_voted_against() {
    let home = tempfile::tempdir().unwrap();
    let application = open(home.path());
    let good = bytes(1).remove(0);
    assert_eq!(application.judge(&[&good, &good]), Vote::Against(Objection::Twice));
    // The same, with other bytes for signatures: what only a proposer who breaks the rules lets into a block.
    let unsigned: Vec<Vec<u8>> = (0..5_000_u32)
        .map(|number| {
            let (body, at) = (good.clone(), good.len() - 4);
            [&body[..at], &number.to_be_bytes()].concat()
        })
        .collect();
    let most = MOST_BYTES / (good.len() + ENVELOPE);
    assert_eq!(application.judge(&unsigned[..most]), Vote::For);
    assert_eq!(application.judge(&unsigned[..=most]), Vote::Against(Objection::TooLong));
}

#[test]
fn while_the_data_cannot_be_read_everything_waits_and_then_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let application = open(home.path());
    let (grant, file, aside) =
        (bytes(1).remove(0), home.path().join("ledger.redb"), home.path().join("aside.redb"));
    let code = |answer| match answer {
        CheckAnswer::Outcome(outcome) => outcome.number(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(application.check(&grant, CheckKind::New)), 0);
    // The disk is gone, whoever looks.
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    application.progress().store().reopen().unwrap_err();
    assert_eq!(application.check(&bytes(3).remove(0), CheckKind::New), CheckAnswer::Full);
    assert_eq!(application.check(&grant, CheckKind::Again), CheckAnswer::Waits);
    assert_eq!(application.head().height, 0, "a monitor is answered");

    // A block that CometBFT has decided on waits for the disk, in whichever step it is.
    let before_commit = std::thread::scope(|scope| {
        let deciding = scope.spawn(|| finalize(&application, 1));
        std::thread::sleep(Duration::from_millis(300));
        assert!(!deciding.is_finished());
        assert_eq!(application.progress().stopped(), Some(EngineStopped::Storage));
        std::fs::remove_dir(&file).unwrap();
        std::fs::rename(&aside, &file).unwrap();
        deciding.join().unwrap()
    });
    assert_eq!(application.progress().stopped(), None);
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    application.progress().store().reopen().unwrap_err();
    std::thread::scope(|scope| {
        let committing = scope.spawn(|| application.commit());
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!((committing.is_finished(), application.head().height), (false, 0));
        std::fs::remove_dir(&file).unwrap();
        std::fs::rename(&aside, &file).unwrap();
        committing.join().unwrap().unwrap();
    });
    assert_eq!(application.head().app_hash(), before_commit.1);
    assert_eq!(application.progress().store().snapshot().unwrap().head().height, 1);

    // Who ends does not wait for the disk.
    std::fs::rename(&file, &aside).unwrap();
    std::fs::create_dir(&file).unwrap();
    application.progress().store().reopen().unwrap_err();
    std::thread::scope(|scope| {
        let deciding = scope.spawn(|| application.finalize(2, time(2), &Conduct::default(), &bytes(2)));
        std::thread::sleep(Duration::from_millis(150));
        application.end();
        assert!(deciding.join().unwrap().is_err());
    });
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
        application.judge(&block);
        let chosen = application.choose(&block, 1 << 20);
        prop_assert!(chosen.iter().all(|at| *at < block.len()));
        let outcomes = application.finalize(1, time(1), &Conduct::default(), &block).unwrap().outcomes;
        prop_assert_eq!(outcomes.len(), block.len());
        let last: Vec<_> = outcomes.iter().rev().take(2).map(Outcome::number).collect();
        prop_assert_eq!(last, [1, 0]);
        application.commit().unwrap();
    }
}

#[test]
#[ignore = "run by the test below, in a process of its own"]
fn an_application_to_be_killed() {
    go_on(&open(&home_to_be_killed_in()));
}

#[test]
fn an_application_that_is_killed_at_any_step_goes_on_to_the_same_app_hashes() {
    let undisturbed = undisturbed();
    let test = "engine::cometbft::application_tests::an_application_to_be_killed";
    let points =
        ["block begun", "block executed", "block prepared", "commit begun", "commit written", "commit done"];
    at_every_step(test, &points, |home, expected, context| {
        // What CometBFT asks first, to know which blocks are to be executed again.
        let application = open(home);
        let reached = application.head();
        assert_eq!(reached.height, expected, "{context}");
        assert_eq!(reached.app_hash(), undisturbed[usize::try_from(reached.height).unwrap()].0, "{context}");
        for (height, app_hash) in go_on(&application) {
            assert_eq!(app_hash, undisturbed[usize::try_from(height).unwrap()].0, "{context}, {height}");
        }
    });
}

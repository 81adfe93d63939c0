//! Every hash of every block that a network made, computed again here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_ledger::engine::block::{
    MAX_BLOCK_BYTES, block_bytes, commit_hash, consensus_hash, data_hash, empty_root, median_time, part_set,
    results_hash,
};
use keepwell_ledger::engine::{Embedded, VotingKeys};
use keepwell_ledger::state::{self, Outcome, Received};
use keepwell_ledger::store::Store;
use keepwell_net::Gateway;
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::ledger::{AppState, TrustPolicy};
use serde_json::{Value, json};
use tendermint::block::{Block, CommitSig, Id};
use tendermint::validator;

use super::{World, now};

/// What the blocks of a network were like.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Counted {
    pub(super) blocks: u64,
    pub(super) transactions: usize,
    pub(super) refused: usize,
    /// Votes that were not there or for nothing.
    pub(super) missing: usize,
}

/// Recomputes all that a header says, of every block up to the newest whose results are there; answers the blocks as
/// well.
pub(super) fn recompute(world: &World, node: usize) -> (Counted, Vec<Block>) {
    let newest = world.height(node) - 1;
    let (mut counted, mut blocks) = (Counted { blocks: newest, ..Counted::default() }, Vec::<Block>::new());
    let mut results = None;
    let mut validators_before: Option<validator::Set> = None;
    for height in 1..=newest {
        let at = json!({ "height": height.to_string() });
        let told = world.ask(node, "block", &at).unwrap();
        let id: Id = serde_json::from_value(told["block_id"].clone()).unwrap();
        let block: Block = serde_json::from_value(told["block"].clone()).unwrap();
        let header = &block.header;
        assert_eq!(header.hash(), id.hash, "header {height}");
        assert_eq!(part_set(&block_bytes(block.clone())).unwrap(), id.part_set_header, "parts {height}");
        assert_eq!(header.data_hash, Some(data_hash(&block.data)), "data {height}");
        assert_eq!(header.consensus_hash, consensus_hash(MAX_BLOCK_BYTES), "parameters {height}");
        assert_eq!(header.evidence_hash, Some(empty_root()), "evidence {height}");
        assert_eq!(header.version.app, 2);
        let validators = validators(world, node, height);
        assert_eq!(header.validators_hash, validators.hash(), "validators {height}");
        let no_results = Some(empty_root());
        assert_eq!(header.last_results_hash, results.or(no_results), "results before {height}");
        if let (Some(commit), Some(before)) = (&block.last_commit, blocks.last()) {
            assert_eq!(header.last_commit_hash, Some(commit_hash(commit)), "votes before {height}");
            let time = median_time(commit, validators_before.as_ref().unwrap()).unwrap();
            assert_eq!(header.time, time, "time of {height}");
            assert_eq!(header.last_block_id.unwrap().hash, before.header.hash(), "block before {height}");
            let is_missing = |vote: &&CommitSig| !matches!(vote, CommitSig::BlockIdFlagCommit { .. });
            counted.missing += commit.signatures.iter().filter(is_missing).count();
        }
        let told = world.ask(node, "block_results", &at).unwrap();
        let told: Vec<_> = told["txs_results"].as_array().cloned().unwrap_or_default();
        let told: Vec<(u32, Vec<u8>)> = told.iter().map(result).collect();
        counted.transactions += told.len();
        counted.refused += told.iter().filter(|(code, _)| *code >= 10).count();
        results = Some(results_hash(told));
        validators_before = Some(validators);
        blocks.push(block);
    }
    (counted, blocks)
}

fn result(told: &Value) -> (u32, Vec<u8>) {
    let code = u32::try_from(told["code"].as_u64().unwrap_or_default()).unwrap();
    (code, told["data"].as_str().map(|data| STANDARD.decode(data).unwrap()).unwrap_or_default())
}

fn validators(world: &World, node: usize, height: u64) -> validator::Set {
    let told = world.ask(node, "validators", &json!({ "height": height.to_string() })).unwrap();
    validator::Set::without_proposer(serde_json::from_value(told["validators"].clone()).unwrap())
}

/// The embedded engine, fed the same transactions, says the same of the state after each block, and of what became of
/// each transaction: its headers' app hashes and results are those of the network.
pub(super) fn compare_with_embedded(world: &World, blocks: &[Block]) {
    let key = world.validator_key(0);
    let home = tempfile::tempdir().unwrap();
    let app_state = AppState::parse_genesis(&world.genesis.app_state).unwrap();
    let store = Store::open(&home.path().join("ledger.redb"), &state::genesis(&app_state)).unwrap();
    let mut engine = Embedded::open(&store, &world.genesis, VotingKeys::new(vec![key])).unwrap();
    for pair in blocks.windows(2) {
        let [block, next] = pair else { panic!() };
        let app_hash = store.snapshot().unwrap().head().app_hash();
        assert_eq!(block.header.app_hash.as_bytes(), app_hash, "before block {}", block.header.height);
        let received: Vec<_> =
            block.data.iter().map(|bytes| Received::new(bytes.clone(), &world.genesis.origin())).collect();
        let vote = Timestamp(u64::try_from(next.header.time.unix_timestamp()).unwrap());
        let outcomes = engine.make_block(&store, &received.iter().collect::<Vec<_>>(), vote).unwrap();
        let results =
            results_hash(outcomes.iter().map(|outcome: &Outcome| (outcome.number(), outcome.data())));
        assert_eq!(next.header.last_results_hash, Some(results), "results of block {}", block.header.height);
    }
}

/// The gateway serves every header, and who trusts the first one verifies each.
pub(super) fn verify_headers(world: &World, node: usize) {
    let gateway: Gateway<_> = world.gateway(node);
    let anchor = world.anchor();
    let mut trusted = anchor.trusted_state();
    let policy = if trusted.is_embedded() { TrustPolicy::DEMONSTRATION } else { TrustPolicy::STRICT };
    for height in 2..=world.height(node) {
        let (_, verified) = gateway.block_at(height, &trusted, &policy, &now()).unwrap();
        assert_eq!(verified.height, height);
        trusted = verified;
    }
    assert_eq!(MAX_BLOCK_BYTES, 2_097_152);
}

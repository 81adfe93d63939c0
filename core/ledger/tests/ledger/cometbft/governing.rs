//! What governance decides reaches CometBFT: who votes, how large blocks are, by which rules they are executed.

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_ledger::engine::block::consensus_hash;
use keepwell_ledger::state::Writes;
use keepwell_net::GatewayError;
use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{
    Action, ActionsTaken, Kind, PlannedUpgrade, ProofError, SetBlockSize, SetValidator, StateKey,
    TrustPolicy, ValidatorSet, verify_light_block,
};
use serde_json::json;
use tendermint::block::Header;

use super::blocks::{recompute, verify_headers};
use super::{World, now, until};

impl World {
    /// Hands in an action until it is taken, and waits until it is proved.
    pub(super) fn govern(&self, node: usize, number: u32, action: impl Into<Action>) {
        let transaction = self.governance().act(number, action.into()).unwrap();
        until("the action", || {
            // A vote that was late by a moment has it refused.
            let _ = self.submit(node, &transaction);
            self.actions(node) == number
        });
    }

    /// The number of governance's newest action, as a phone has it proved.
    fn actions(&self, node: usize) -> u32 {
        let trusted = self.anchor().trusted_state();
        let proved = self.gateway(node).prove(&StateKey::Actions, &trusted, &TrustPolicy::STRICT, &now());
        match proved {
            Ok(proved) => {
                let taken = proved.verified.value.map(|bytes| ActionsTaken::from_cbor(&bytes).unwrap());
                taken.map_or(0, |taken| taken.number)
            }
            Err(GatewayError::NotYet) => 0,
            Err(error) => panic!("{error}"),
        }
    }

    /// Gives the validator of a node that stands still another key, and answers both.
    fn replace_key(&self, node: usize, seed: u8) -> (SigningKey, SigningKey) {
        let file = self.home(node).join("config/priv_validator_key.json");
        let old = self.validator_key(node);
        let new = SigningKey::from_seed(&[seed; 32]);
        let public = *new.public_key().as_bytes();
        let address = hex::encode_upper(keepwell_ledger::state::address(&public));
        let both = [[seed; 32], public].concat();
        let json = json!({
            "address": address,
            "pub_key": { "type": "tendermint/PubKeyEd25519", "value": STANDARD.encode(public) },
            "priv_key": { "type": "tendermint/PrivKeyEd25519", "value": STANDARD.encode(both) },
        });
        fs::write(file, json.to_string()).unwrap();
        let signed = self.home(node).join("data/priv_validator_state.json");
        fs::write(signed, r#"{"height":"0","round":0,"step":0}"#).unwrap();
        (old, new)
    }
}

pub(super) fn set_validator(key: &SigningKey, power: u64) -> SetValidator {
    SetValidator { kind: Kind, key: key.public_key(), power }
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn four_authorities_replace_their_keys_one_after_the_other_while_a_phone_sleeps() {
    let mut world = World::new(4, "keepwell-rotated");
    let asleep = world.anchor().trusted_state();
    world.submit(0, &world.first_grant(1)).unwrap();
    until("a grant by those of the genesis", || world.grant(1, 1).is_some());
    let mut number = 0;
    let mut keys = Vec::new();
    for node in 0..4 {
        world.stop(node);
        let (old, new) = world.replace_key(node, 150 + u8::try_from(node).unwrap());
        world.start(node);
        let other = (node + 1) % 4;
        // The old key votes no more, and the new one is not seen to yet.
        let patient = 40 + u8::try_from(node).unwrap();
        world.submit(other, &world.first_grant(patient)).unwrap();
        until("a block by three", || world.grant(other, patient).is_some());
        let both = world.governance().act(number + 1, set_validator(&new, 10).into()).unwrap();
        assert_eq!(world.submit(other, &both), Err("ValidatorsAbsent".to_owned()));
        world.govern(other, number + 1, set_validator(&old, 0));
        world.govern(other, number + 2, set_validator(&new, 10));
        number += 2;
        keys.push(*new.public_key().as_bytes());
        // The next one may only stop when this one votes instead of the old one: from the second block on.
        for patient in [10 + 2 * node, 11 + 2 * node].map(|patient| u8::try_from(patient).unwrap()) {
            world.submit(other, &world.first_grant(patient)).unwrap();
            until("a block with the new key", || world.grant(node, patient).is_some());
        }
    }
    keys.sort_unstable();
    world.submit(0, &world.first_grant(2)).unwrap();
    until("a grant by those who vote now", || world.grant(3, 2).is_some());

    // Nobody whom the phone trusted votes any more. It goes over blocks between, and needs no new anchor.
    let gateway = world.gateway(2);
    let latest = gateway.status().unwrap().height;
    let (newest, woken) = gateway.block_at(latest, &asleep, &TrustPolicy::STRICT, &now()).unwrap();
    let direct = verify_light_block(&newest, &asleep, &TrustPolicy::STRICT, now());
    assert_eq!(direct.unwrap_err(), ProofError::InsufficientTrust);
    let mut vote: Vec<_> = woken.validators.iter().map(|validator| validator.key).collect();
    vote.sort_unstable();
    assert_eq!(vote, keys);
    let proved = gateway.prove(&StateKey::Validators, &asleep, &TrustPolicy::STRICT, &now()).unwrap();
    let set = ValidatorSet::from_cbor(&proved.verified.value.unwrap()).unwrap();
    assert_eq!(set.validators.iter().map(|validator| validator.key).collect::<Vec<_>>(), keys);

    let (counted, _) = recompute(&world, 3);
    assert_eq!((counted.transactions, counted.refused), (22, 0), "{counted:?}");
    verify_headers(&world, 3);
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn blocks_get_another_size_and_rules_that_are_not_known_end_the_node_where_they_begin() {
    // Governance has planned it long before.
    let plan = PlannedUpgrade { before: 2, version: 3, height: 16 };
    let planned = Writes::from([(StateKey::Upgrade, Some(plan.to_cbor()))]);
    let mut world = World::with_state(1, "keepwell-rules", planned);
    world.govern(0, 1, SetBlockSize { kind: Kind, bytes: 4_194_304 });
    // It answers a moment later than it decides.
    let parameters =
        || world.ask(0, "consensus_params", &json!({})).unwrap_or_default()["consensus_params"].clone();
    until("the size", || parameters()["block"]["max_bytes"] == "4194304");
    until("what is as it was", || {
        let parameters = parameters();
        parameters["version"]["app"] == "2" && parameters["evidence"]["max_bytes"] == "1048576"
    });
    world.submit(0, &world.first_grant(1)).unwrap();
    until("a grant in such a block", || world.grant(0, 1).is_some());
    let at = json!({ "height": world.height(0).to_string() });
    let header = world.ask(0, "commit", &at).unwrap()["signed_header"]["header"].clone();
    let header: Header = serde_json::from_value(header).unwrap();
    assert_eq!(header.consensus_hash, consensus_hash(4_194_304));

    let (sender, ended) = std::sync::mpsc::channel();
    world.node(0).when_blocks_end(move || sender.send(()).unwrap());
    // Blocks come only when something waits.
    for patient in 2..30 {
        let _ = world.gateway(0).submit(&world.first_grant(patient).to_cbor(), &world.genesis.origin());
        if ended.recv_timeout(Duration::from_millis(500)).is_ok() {
            break;
        }
    }
    let stopped = world.nodes[0].take().unwrap().stop().unwrap_err();
    assert_eq!(stopped.code(), "LedgerRules");
    let again = keepwell_ledger::LedgerNode::start(&world.config(0)).err().unwrap();
    assert_eq!(again.code(), "LedgerRules");
}

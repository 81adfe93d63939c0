//! A validator that signs twice loses its power, and the network goes on without it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{StateKey, TrustPolicy, ValidatorSet};
use serde_json::{Value, json};
use tendermint::block::{Id, parts};
use tendermint::vote::{Type, Vote};
use tendermint::{Hash, Time, account};

use super::blocks::verify_headers;
use super::governing::set_validator;
use super::{World, now, until};

impl World {
    /// Two votes of a validator for two blocks of one height, as CometBFT takes them for evidence: `signer` signed.
    fn double_vote(&self, node: usize, signer: &SigningKey) -> Value {
        let height = self.height(0) - 1;
        let at = json!({ "height": height.to_string() });
        let header = &self.ask(0, "commit", &at).unwrap()["signed_header"]["header"];
        let validators = &self.ask(0, "validators", &at).unwrap()["validators"];
        let key = self.validator_key(node);
        let address = keepwell_ledger::state::address(key.public_key().as_bytes());
        let index = validators
            .as_array()
            .unwrap()
            .iter()
            .position(|it| it["address"] == hex::encode_upper(address))
            .unwrap();
        let vote = |block: u8| {
            let time: Time = serde_json::from_value(header["time"].clone()).unwrap();
            let hash = Hash::Sha256([block; 32]);
            let vote = Vote {
                vote_type: Type::Precommit,
                height: u32::try_from(height).unwrap().into(),
                round: 0_u8.into(),
                block_id: Some(Id { hash, part_set_header: parts::Header::new(1, hash).unwrap() }),
                timestamp: Some(time),
                validator_address: account::Id::new(address),
                validator_index: u32::try_from(index).unwrap().try_into().unwrap(),
                signature: None,
                extension: Vec::new(),
                extension_signature: None,
            };
            let bytes = vote.into_signable_vec(self.genesis.chain_id.parse().unwrap());
            json!({
                "type": 2,
                "height": height.to_string(),
                "round": 0,
                "block_id": { "hash": hash.to_string(), "parts": { "total": 1, "hash": hash.to_string() } },
                "timestamp": header["time"],
                "validator_address": hex::encode_upper(address),
                "validator_index": index,
                "signature": STANDARD.encode(signer.sign_raw(&bytes).as_bytes()),
            })
        };
        json!({ "evidence": { "type": "tendermint/DuplicateVoteEvidence", "value": {
            "vote_a": vote(1),
            "vote_b": vote(2),
            "TotalVotingPower": "40",
            "ValidatorPower": "10",
            "Timestamp": header["time"],
        } } })
    }

    fn voting(&self, node: usize) -> usize {
        self.ask(node, "validators", &json!({})).unwrap()["validators"].as_array().unwrap().len()
    }
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn a_validator_that_signs_twice_loses_its_power_and_the_others_go_on() {
    let world = World::new(4, "keepwell-twice");
    let asleep = world.anchor().trusted_state();
    for patient in 1..=3 {
        world.submit(0, &world.first_grant(patient)).unwrap();
        until("a grant", || world.grant(0, patient).is_some());
    }
    let guilty = world.validator_key(3);

    // What somebody else signed in its name is no evidence.
    let forged = world.double_vote(3, &SigningKey::from_seed(&[77; 32]));
    let refused = world.ask(0, "broadcast_evidence", &forged).unwrap_err();
    assert!(refused.contains("invalid signature"), "{refused}");
    let evidence = world.double_vote(3, &guilty);
    world.ask(1, "broadcast_evidence", &evidence).unwrap();
    world.submit(2, &world.first_grant(4)).unwrap();
    until("three who vote", || (0..4).all(|node| world.voting(node) == 3));

    let proved = || {
        let state = world.gateway(2).prove(&StateKey::Validators, &asleep, &TrustPolicy::STRICT, &now());
        ValidatorSet::from_cbor(&state.ok()?.verified.value?).ok()
    };
    until("the proof of it", || proved().is_some());
    let left = proved().unwrap().validators;
    assert_eq!(left.len(), 3);
    assert!(left.iter().all(|validator| validator.key != *guilty.public_key().as_bytes()));
    // It still follows, and the others decide.
    world.submit(0, &world.first_grant(5)).unwrap();
    for node in 0..4 {
        until("a grant by three", || world.grant(node, 5).is_some());
        verify_headers(&world, node);
    }

    // Only governance lets it in again; the old evidence takes nothing any more.
    world.govern(0, 1, set_validator(&guilty, 10));
    until("four who vote", || (0..4).all(|node| world.voting(node) == 4));
    let again = world.ask(1, "broadcast_evidence", &evidence);
    world.submit(0, &world.first_grant(6)).unwrap();
    until("a grant by four", || world.grant(3, 6).is_some());
    assert_eq!(world.voting(0), 4, "{again:?}");
}

//! A node that joins by a snapshot of others instead of by all blocks, some of whom hand out what they should not.

use std::fs;
use std::path::PathBuf;

use keepwell_ledger::state::Writes;
use keepwell_net::GatewayError;
use keepwell_protocol::domain::{Commitment, Day, GrantId, Object as _, Slot, TxId};
use keepwell_protocol::ledger::{GrantRecord, GrantStatus, StateKey, TrustPolicy};
use serde_json::json;

use super::{World, now, until};

/// More than one chunk of grants.
const GRANTS: u32 = 12_000;

fn grants() -> Writes {
    let record = GrantRecord {
        status: GrantStatus::Active,
        version: 1,
        commitment: Some(Commitment::from_bytes([2; 32])),
        slot: Some(Slot::from_bytes([3; 32])),
        not_after: Day(now().day().0 + 30),
        height: 1,
        transaction: TxId::from_bytes([4; 32]),
    };
    let key = |number: u32| {
        let mut id = [9; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        StateKey::Grant(GrantId::from_bytes(id))
    };
    (0..GRANTS).map(|number| (key(number), Some(record.to_cbor()))).collect()
}

impl World {
    /// The heights of which a node has a snapshot, ascending.
    fn snapshots(&self, node: usize) -> Vec<u64> {
        let Ok(folder) = fs::read_dir(self.home(node).join("snapshots")) else { return Vec::new() };
        let mut heights: Vec<u64> =
            folder.filter_map(|it| it.unwrap().file_name().to_str().unwrap().parse().ok()).collect();
        heights.sort_unstable();
        heights
    }

    fn chunk(&self, node: usize, height: u64, index: usize) -> PathBuf {
        self.home(node).join("snapshots").join(height.to_string()).join(index.to_string())
    }

    /// Has a node start from a snapshot, by what its operator trusts: the header of a height.
    fn sync_state(&self, node: usize, trusted: u64) {
        let at = json!({ "height": trusted.to_string() });
        let hash = self.ask(0, "commit", &at).unwrap()["signed_header"]["commit"]["block_id"]["hash"].clone();
        let rpc = |node: usize| format!("http://127.0.0.1:{}", self.network.nodes[node].rpc);
        let file = self.home(node).join("config/config.toml");
        let config = fs::read_to_string(&file).unwrap();
        let config = [
            (
                "enable = false",
                "enable = true\ndiscovery_time = \"5s\"\nchunk_request_timeout = \"5s\"".to_owned(),
            ),
            ("rpc_servers = \"\"", format!("rpc_servers = \"{},{}\"", rpc(0), rpc(1))),
            ("trust_height = 0", format!("trust_height = {trusted}")),
            ("trust_hash = \"\"", format!("trust_hash = {hash}")),
        ]
        .iter()
        .fold(config, |config, (before, after)| {
            assert_eq!(config.matches(before).count(), 1, "{before}");
            config.replace(before, after)
        });
        fs::write(file, config).unwrap();
    }
}

#[test]
#[ignore = "needs CometBFT: ./dev test ledger"]
fn a_fresh_node_joins_by_a_snapshot_although_most_of_the_others_poison_it() {
    let mut world = World::with(5, "keepwell-joined", grants(), |listen| {
        listen.limits.node_snapshot_blocks = 6;
        listen.limits.node_block_days = 0;
    });
    until("a first snapshot everywhere", || {
        world.submit_next();
        (0..5).all(|node| !world.snapshots(node).is_empty())
    });
    // The last one leaves, and loses all but its keys and what it has signed.
    world.stop(4);
    let home = world.home(4);
    let signed = fs::read(home.join("data/priv_validator_state.json")).unwrap();
    for folder in ["data", "snapshots"] {
        fs::remove_dir_all(home.join(folder)).unwrap();
    }
    fs::remove_file(home.join("ledger.redb")).unwrap();
    fs::create_dir(home.join("data")).unwrap();
    fs::write(home.join("data/priv_validator_state.json"), signed).unwrap();
    // The others prune what nobody needs to join.
    let first_block = |world: &World, node: usize| -> u64 {
        let told = world.ask(node, "status", &json!({})).unwrap();
        told["sync_info"]["earliest_block_height"].as_str().unwrap().parse().unwrap()
    };
    until("pruned blocks", || {
        world.submit_next();
        first_block(&world, 0) > 1
    });
    // A node that is still writing a snapshot leaves one out.
    let of_all = |world: &World| {
        let everywhere = |height: &u64| (1..4).all(|node| world.snapshots(node).contains(height));
        world.snapshots(0).into_iter().filter(everywhere).rfind(|height| world.height(0) >= height + 2)
    };
    until("a snapshot that all have, and two blocks after it", || {
        world.submit_next();
        of_all(&world).is_some()
    });
    let newest = of_all(&world).unwrap();
    assert!(world.chunk(0, newest, 1).exists(), "of several chunks");
    for node in 1..4 {
        for height in world.snapshots(node) {
            for index in 0..2 {
                let file = world.chunk(node, height, index);
                let poison = || {
                    let mut chunk = fs::read(&file)?;
                    *chunk.last_mut().unwrap() ^= 1;
                    fs::write(&file, chunk)
                };
                // Another one may be on its way in or out.
                match poison() {
                    Err(error) if height == newest => panic!("{}: {error}", file.display()),
                    _ => {}
                }
            }
        }
    }

    world.sync_state(4, newest);
    world.start(4);
    let height = world.height(0);
    until("the one that joins", || world.gateway(4).status().is_ok_and(|status| status.height >= height));
    assert!(first_block(&world, 4) > newest, "it read no block of before");
    let app_hash = |node| {
        let at = json!({ "height": height.to_string() });
        world.ask(node, "commit", &at).unwrap()["signed_header"]["header"]["app_hash"].clone()
    };
    assert_eq!(app_hash(4), app_hash(0));
    let records = |node: usize| world.gateway(node).status().unwrap().records;
    assert!(records(4) > u64::from(GRANTS));
    // It proves what was there before, takes part, and says of blocks of before that it has none.
    let grant = *grants().keys().next().unwrap();
    let trusted = world.anchor().trusted_state();
    let proved = world.gateway(4).prove(&grant, &trusted, &TrustPolicy::STRICT, &now()).unwrap();
    assert!(proved.verified.grant().unwrap().is_some());
    let gone = world.gateway(4).block_at(3, &trusted, &TrustPolicy::STRICT, &now()).unwrap_err();
    assert!(matches!(&gone, GatewayError::Server(error) if error.code() == "HeaderGone"), "{gone}");
    world.submit(4, &world.first_grant(250)).unwrap();
    until("a grant that was handed in there", || world.grant(0, 250).is_some());
    until("its vote", || world.gateway(4).status().is_ok_and(|status| status.stopped.is_none()));
    assert_eq!(records(4), records(0));
    // With one of the others away it is needed.
    world.stop(3);
    world.submit(0, &world.first_grant(251)).unwrap();
    until("a grant by it and three", || world.grant(4, 251).is_some());

    // After a restart it goes on where it was.
    world.stop(4);
    world.start(3);
    world.start(4);
    world.submit_when_it_goes_on(4, 252);
    until("a grant after the restart", || world.grant(4, 252).is_some());
}

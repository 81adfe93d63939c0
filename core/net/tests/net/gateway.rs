//! A client that was away for long goes over blocks in between, as far as trust asks for and no further.

use std::sync::Mutex;

use keepwell_net::{Gateway, GatewayError, Limits, NetError, Transport};
use keepwell_protocol::domain::{Object, Timestamp};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::{FakeBlock, FakeLedger, StateKey, TrustPolicy, TrustedState};

const START: Timestamp = Timestamp(1_800_000_000);
const NOW: Timestamp = Timestamp(START.0 + 1_000);
const CHAIN: &str = "keepwell-1";
const POLICY: TrustPolicy = TrustPolicy::STRICT;

/// Seeds and powers: half of `SECOND` was in `FIRST`, half of `THIRD` in `SECOND`, none in `FIRST`.
const FIRST: [u64; 4] = [10; 4];
const SECOND: [(u8, u64); 4] = [(3, 10), (4, 10), (5, 10), (6, 10)];
const THIRD: [(u8, u64); 4] = [(5, 10), (6, 10), (7, 10), (8, 10)];

/// A gateway that serves blocks 2 to 9 of a chain, and writes down what it was asked for.
struct Blocks {
    ledger: FakeLedger,
    blocks: Vec<FakeBlock>,
    asked: Mutex<Vec<String>>,
}

impl Blocks {
    /// A chain on which these validators vote from these heights on.
    fn new(changes: &[(u64, &[(u8, u64)])]) -> Self {
        let mut ledger = FakeLedger::new(CHAIN, &FIRST, START);
        let mut make = |height: u64| {
            if let Some((_, validators)) = changes.iter().find(|(from, _)| *from == height + 1) {
                ledger.change_validators(validators);
            }
            ledger.block(10)
        };
        let blocks = (2..=9).map(&mut make).collect();
        Self { ledger, blocks, asked: Mutex::default() }
    }

    fn trusted(&self) -> TrustedState {
        self.ledger.anchor().trusted_state()
    }

    fn block(&self, height: usize) -> &FakeBlock {
        &self.blocks[height - 2]
    }

    fn latest(&self) -> Result<TrustedState, GatewayError> {
        Gateway::direct(self, &"http://127.0.0.1:1".parse().unwrap()).latest(&self.trusted(), &POLICY, &NOW)
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Transport for &Blocks {
    fn send(&self, request: Request, _: Limits) -> Result<Response, NetError> {
        let path = request.url.split_once("/v1/").unwrap().1;
        self.asked.lock().unwrap().push(path.split('/').take(2).collect::<Vec<_>>().join("/"));
        let body = match path.split_once('/').unwrap() {
            ("light", "latest") => self.block(9).light_block(|_| true).to_cbor(),
            ("light", height) => self.block(height.parse().unwrap()).light_block(|_| true).to_cbor(),
            _ => self.ledger.bundle(self.block(9), &StateKey::Governance),
        };
        let headers = vec![("content-type".into(), "application/cbor".into())];
        Ok(Response { status: 200, headers, body })
    }
}

#[test]
fn two_jumps_are_trusted_where_one_is_not() {
    let blocks = Blocks::new(&[(5, &SECOND), (9, &THIRD)]);
    assert_eq!(blocks.latest().unwrap().height, 9);
    assert_eq!(blocks.asked(), ["light/latest", "light/5"]);

    let gateway = Gateway::direct(&blocks, &"http://127.0.0.1:1".parse().unwrap());
    let proved = gateway.prove(&StateKey::Governance, &blocks.trusted(), &POLICY, &NOW).unwrap();
    assert!(proved.verified.value.is_some());
    assert_eq!(proved.verified.next_state.height, 9);
    assert_eq!(blocks.asked()[1..], ["light/5"]);
}

#[test]
fn one_jump_is_enough_where_enough_validators_stay() {
    let blocks = Blocks::new(&[(5, &SECOND)]);
    assert_eq!(blocks.latest().unwrap().height, 9);
    assert_eq!(blocks.asked(), ["light/latest"]);
}

#[test]
fn validators_who_all_change_at_once_are_followed_block_by_block() {
    let blocks = Blocks::new(&[(5, &THIRD)]);
    assert_eq!(blocks.latest().unwrap().height, 9);
    assert_eq!(blocks.asked(), ["light/latest", "light/5", "light/3", "light/4"]);
}

#[test]
fn a_block_of_strangers_is_refused_however_many_true_ones_lead_to_it() {
    let mut blocks = Blocks::new(&[]);
    let strangers = Blocks::new(&[(5, &[(11, 10), (12, 10), (13, 10)])]);
    blocks.blocks[7] = strangers.blocks[7].clone();
    assert_eq!(blocks.latest().unwrap_err().code(), "BadValidators");
    assert_eq!(blocks.asked(), ["light/latest", "light/5", "light/7", "light/8"]);
}

#[test]
fn a_block_of_another_height_than_asked_for_is_refused() {
    let mut blocks = Blocks::new(&[(5, &SECOND), (9, &THIRD)]);
    blocks.blocks[3] = blocks.blocks[2].clone();
    assert_eq!(blocks.latest().unwrap_err().code(), "ProofMalformed");
    assert_eq!(blocks.asked(), ["light/latest", "light/5"]);
}

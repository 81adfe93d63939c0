//! The thread that reads the votes on each block from CometBFT and keeps them as the light block that is served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{Genesis, LightBlock};
use tendermint::{Hash, validator};

use super::application::Application;
use super::complaint::Complaint;
use super::light_chain::{LightChain, NotNext};
use super::rpc::Rpc;
use crate::engine::embedded::set;
use crate::engine::error::EngineError;
use crate::store::{Snapshot, StoreError};

/// Follows the chain.
pub(super) struct Follower {
    application: Arc<Application>,
    rpc: Arc<Rpc>,
    genesis: Genesis,
    /// Up to the newest light block that is stored.
    chain: LightChain,
    /// The set that was seen last: mostly there is no other.
    validators: validator::Set,
    complaint: Complaint,
    /// How long the next pause is.
    pause: Duration,
    next_anchor: Instant,
    is_ending: Arc<AtomicBool>,
}

/// Writes the trust anchor where that is due, and says whether it could.
pub(super) type WriteAnchor = Box<dyn FnMut() -> bool + Send>;

/// How soon CometBFT is asked again for what it did not answer; twice as long after each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);
/// How long a wait for a block is.
const WAIT: Duration = Duration::from_secs(1);
/// How often the trust anchor is looked at: it goes on for half a year, and a node may run for longer.
const ANCHOR: Duration = Duration::from_secs(86_400);
/// The same while it catches up, and after a write that failed.
const ANCHOR_SOON: Duration = Duration::from_secs(30);

impl Follower {
    pub(super) fn new(
        application: Arc<Application>,
        rpc: Arc<Rpc>,
        genesis: &Genesis,
        is_ending: Arc<AtomicBool>,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            application,
            rpc,
            genesis: genesis.clone(),
            chain: LightChain::before_the_first(genesis),
            validators: set(&genesis.validators)?,
            complaint: Complaint::default(),
            pause: FIRST_PAUSE,
            next_anchor: Instant::now(),
            is_ending,
        })
    }

    pub(super) fn start(mut self, mut anchor: WriteAnchor) -> Result<JoinHandle<()>, EngineError> {
        std::thread::Builder::new()
            .name("light blocks".to_owned())
            .spawn(move || {
                if let Err(error) = self.follow(&mut anchor) {
                    self.application.fail(error);
                }
            })
            .map_err(|error| StoreError::Io(error).into())
    }

    /// Only what is wrong with the store ends it: whatever CometBFT answers, consensus goes on without this thread.
    fn follow(&mut self, anchor: &mut WriteAnchor) -> Result<(), EngineError> {
        while !self.is_ending.load(Ordering::SeqCst) {
            match self.step(anchor) {
                Ok(()) => {}
                // The application waits for the disk as well, and opens it anew.
                Err(EngineError::Store(error)) if error.temporary().is_some() => {
                    std::thread::sleep(LONGEST_PAUSE);
                }
                Err(EngineError::Store(error)) => return Err(error.into()),
                Err(error) => self.complain(&error),
            }
        }
        Ok(())
    }

    /// Goes on by one light block, if there is one.
    fn step(&mut self, anchor: &mut WriteAnchor) -> Result<(), EngineError> {
        let application = self.application.clone();
        let progress = application.progress();
        if application.is_catching_up() {
            // While its RPC does not answer it is taken to be catching up as before.
            application.set_catching_up(self.rpc.is_catching_up()?);
        }
        // By the store: what it was opened anew for may have taken the newest ones along.
        let snapshot = progress.store().snapshot()?;
        let served = snapshot.served_height()?;
        if served > 0 && Instant::now() >= self.next_anchor {
            let is_settled = anchor() && application.is_current();
            self.next_anchor = Instant::now() + if is_settled { ANCHOR } else { ANCHOR_SOON };
        }
        // Whoever joined by a snapshot has no blocks up to it.
        let before = served.max(snapshot.joined_at()?);
        drop(snapshot);
        application.set_behind(application.head().height > before);
        if application.wait_for_block_after(before, WAIT) <= before {
            return Ok(());
        }
        let light_block = self.light_block(before + 1)?;
        let snapshot = progress.store().snapshot()?;
        self.go_on_from(before, &snapshot, &light_block)?;
        self.chain.append(&light_block, snapshot.head_at(before)?.map(|head| head.app_hash()))?;
        drop(snapshot);
        progress.store().add_light_block(before + 1, &light_block.to_cbor())?;
        progress.serve(before + 1);
        self.pause = FIRST_PAUSE;
        if self.complaint.end() {
            tracing::info!("light blocks again");
        }
        Ok(())
    }

    /// Has the chain of light blocks end where the store does, after a block of this height.
    fn go_on_from(&mut self, height: u64, snapshot: &Snapshot, next: &LightBlock) -> Result<(), EngineError> {
        if self.chain.height() == height {
            return Ok(());
        }
        self.chain = match snapshot.light_block(height)? {
            None if height == 0 => LightChain::before_the_first(&self.genesis),
            None if height == snapshot.joined_at()? => {
                LightChain::before(&self.genesis, next).map_err(NotNext::from)?
            }
            None => return Err(StoreError::Corrupt.into()),
            Some(stored) => LightBlock::from_cbor(&stored)
                .ok()
                .and_then(|block| LightChain::after(&self.genesis, &block).ok())
                .ok_or(StoreError::Corrupt)?,
        };
        Ok(())
    }

    /// Says what goes wrong, now and then, and waits.
    fn complain(&mut self, error: &EngineError) {
        if self.complaint.is_due(Instant::now()) {
            let height = self.chain.height() + 1;
            tracing::warn!(code = error.code(), %error, height, "no light block");
        }
        std::thread::sleep(self.pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    fn light_block(&mut self, height: u64) -> Result<LightBlock, EngineError> {
        let signed = self.rpc.commit(height)?;
        let (now, next) = (signed.header.validators_hash, signed.header.next_validators_hash);
        let validators = self.validators_of(now, height)?;
        let next_validators = self.validators_of(next, height + 1)?;
        Ok(LightBlock::new(signed, &validators, &next_validators))
    }

    fn validators_of(&mut self, hash: Hash, height: u64) -> Result<validator::Set, EngineError> {
        if self.validators.hash() != hash {
            let validators = self.rpc.validators(height)?;
            if validators.hash() != hash {
                return Err(EngineError::RpcAnswer);
            }
            self.validators = validators;
        }
        Ok(self.validators.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Mutex;
    use std::sync::atomic::AtomicUsize;

    use serde_json::{Value, json};
    use tendermint::block::signed_header::SignedHeader;
    use tendermint_proto::Protobuf;
    use tendermint_proto::v0_38::types as proto;

    use super::*;
    use crate::engine::cometbft::application_tests::{bytes, open, time};
    use crate::engine::cometbft::blocks::Conduct;
    use crate::engine::crash_tests::{genesis, undisturbed};
    use crate::engine::progress::lock;

    /// What answers in place of CometBFT's RPC: `bad` first, one after the other, then what is true.
    fn serve(bad: Vec<String>, blocks: Vec<SignedHeader>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bad = Mutex::new(VecDeque::from(bad));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &bad, &blocks);
            }
        });
        url
    }

    fn answer(mut stream: TcpStream, bad: &Mutex<VecDeque<String>>, blocks: &[SignedHeader]) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).unwrap_or_default() > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let bad = lock(bad).pop_front();
        let response = bad.unwrap_or_else(|| {
            let result = match asked["method"].as_str().unwrap() {
                "status" => json!({ "sync_info": { "catching_up": false } }),
                "commit" => {
                    let height: usize = asked["params"]["height"].as_str().unwrap().parse().unwrap();
                    json!({ "signed_header": blocks[height - 1] })
                }
                other => panic!("{other}"),
            };
            ok(&json!({ "jsonrpc": "2.0", "id": 1, "result": result }))
        });
        let _ = stream.write_all(response.as_bytes());
    }

    fn ok(body: &Value) -> String {
        let body = body.to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    /// The header and votes of a light block as CometBFT's RPC has them.
    fn signed_header(light_block: &[u8]) -> SignedHeader {
        let mut decoder = minicbor::Decoder::new(light_block);
        decoder.map().unwrap();
        decoder.u8().unwrap();
        let block = <proto::LightBlock as prost::Message>::decode(decoder.bytes().unwrap()).unwrap();
        let bytes = prost::Message::encode_to_vec(&block.signed_header.unwrap());
        <SignedHeader as Protobuf<proto::SignedHeader>>::decode_vec(&bytes).unwrap()
    }

    #[test]
    fn whatever_the_rpc_answers_only_blocks_of_the_chain_are_served_and_nothing_ends() {
        let chain = undisturbed();
        let blocks: Vec<_> = chain.iter().skip(1).map(|(.., light)| signed_header(light)).collect();
        let mut forged = serde_json::to_value(&blocks[0]).unwrap();
        forged["header"]["app_hash"] = "00".repeat(32).into();
        let mut unsigned = serde_json::to_value(&blocks[0]).unwrap();
        unsigned["commit"]["signatures"][0]["signature"] = format!("{}==", "A".repeat(86)).into();
        let with = |header: &Value| ok(&json!({ "result": { "signed_header": header } }));
        let bad = vec![
            "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
            ok(&json!({ "result": null })),
            ok(&json!("hello")),
            String::new(),
            ok(&json!({ "result": { "sync_info": { "catching_up": false } } })),
            // From here on for the header.
            ok(
                &json!({ "error": { "code": -32603, "message": "Internal error", "data": "height 1 is gone" } }),
            ),
            with(&Value::Null),
            with(&serde_json::to_value(&blocks[1]).unwrap()),
            with(&forged),
            with(&unsigned),
        ];
        let home = tempfile::tempdir().unwrap();
        let application = open(home.path());
        for height in 1..=3 {
            application.finalize(height, time(height), &Conduct::default(), &bytes(height)).unwrap();
            application.commit().unwrap();
        }
        let rpc = Arc::new(Rpc::new(serve(bad, blocks).parse().unwrap()).unwrap());
        let is_ending = Arc::new(AtomicBool::new(false));
        let follower = Follower::new(application.clone(), rpc, &genesis(), is_ending.clone()).unwrap();
        // The anchor is asked for once there is a block that it may start from.
        let written = Arc::new(AtomicUsize::new(0));
        let writes = written.clone();
        let thread = follower
            .start(Box::new(move || {
                writes.fetch_add(1, Ordering::SeqCst);
                true
            }))
            .unwrap();
        let store = application.progress().store();
        let began = Instant::now();
        while store.snapshot().unwrap().served_height().unwrap() < 3 || written.load(Ordering::SeqCst) == 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "it does not go on");
            assert!(application.failure().is_none());
            std::thread::sleep(Duration::from_millis(20));
        }
        for (height, (.., light)) in chain.iter().enumerate().take(4).skip(1) {
            let served = store.snapshot().unwrap().light_block(height as u64).unwrap();
            assert_eq!(served.as_ref(), Some(light), "{height}");
        }
        assert!(!application.is_catching_up());
        assert!(application.progress().stopped().is_none());
        is_ending.store(true, Ordering::SeqCst);
        application.end();
        thread.join().unwrap();
    }
}

//! The embedded engine: one signer in this process, genuine CometBFT blocks.

use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::{Object, Origin, Timestamp};
use keepwell_protocol::ledger::{BLOCK_PROTOCOL, Genesis, LightBlock, TrustPolicy};
use minicbor::{Decode, Encode};
use prost::Message;
use tendermint::block::header::Version;
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{Block, Commit, CommitSig, Header};
use tendermint::vote::{self, Vote};
use tendermint::{AppHash, Hash, PublicKey, Signature, Time, chain, validator};
use tendermint_proto::v0_38::types as proto;

use super::block::{
    block_bytes, commit_hash, consensus_hash, data_hash, empty_root, median_time, part_set, results_hash,
    whole_seconds,
};
use super::error::EngineError;
use super::retention::oldest_light;
use crate::fault;
use crate::state::{self, AppVersion, Outcome, Received};
use crate::store::{BlockBytes, Committed, Head, Store};

/// One signer's chain: makes a block at a time, each durable before anybody hears of it.
pub struct Embedded {
    key: SigningKey,
    origin: Origin,
    chain_id: chain::Id,
    genesis_time: Time,
    validators: validator::Set,
    tip: Option<Tip>,
}

/// The newest block, as far as the next one needs it.
struct Tip {
    commit: Commit,
    results_hash: Hash,
    app_hash: [u8; 32],
    time: Time,
}

/// A [`Tip`] in the store.
#[derive(Decode, Encode)]
#[cbor(map)]
struct StoredTip {
    #[cbor(n(0), with = "minicbor::bytes")]
    commit: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    results_hash: [u8; 32],
    /// The app hash in the newest header, which is that after the block before it.
    #[cbor(n(2), with = "minicbor::bytes")]
    app_hash: [u8; 32],
    #[n(3)]
    seconds: i64,
    #[n(4)]
    nanoseconds: u32,
}

impl Object for StoredTip {}

impl Embedded {
    /// Goes on from the newest block in the store, or starts the chain.
    ///
    /// # Errors
    /// [`EngineError`] if the chain id does not say that there is one signer, or store, genesis and
    /// key do not belong together.
    pub fn open(store: &Store, genesis: &Genesis, key: SigningKey) -> Result<Self, EngineError> {
        if !genesis.chain_id.starts_with(TrustPolicy::EMBEDDED_PREFIX) {
            return Err(EngineError::ChainId);
        }
        let public = key.public_key();
        let power = match genesis.validators.as_slice() {
            [only] if only.key == *public.as_bytes() => only.power,
            _ => return Err(EngineError::OtherChain),
        };
        let signer = PublicKey::from_raw_ed25519(public.as_bytes()).ok_or(EngineError::Block)?;
        let validators =
            validator::Set::without_proposer(vec![validator::Info::new(signer, power.try_into()?)]);
        let seconds = i64::try_from(genesis.initial_time).map_err(|_| EngineError::Block)?;
        let mut engine = Self {
            key,
            origin: genesis.origin(),
            chain_id: genesis.chain_id.parse()?,
            genesis_time: Time::from_unix_timestamp(seconds, 0)?,
            validators,
            tip: None,
        };
        engine.resume(store)?;
        Ok(engine)
    }

    /// Goes on from the newest block in the store, which may be there although writing it seemed to fail.
    ///
    /// # Errors
    /// [`EngineError`] if it cannot be read or is of another chain.
    pub fn resume(&mut self, store: &Store) -> Result<(), EngineError> {
        self.tip = store.snapshot()?.tip()?.map(|bytes| self.read_tip(&bytes)).transpose()?;
        Ok(())
    }

    /// The identity of the ledger.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Says whether the state after the newest block stands in no header yet.
    pub fn owes_proof(&self, head: &Head) -> bool {
        self.tip.as_ref().is_none_or(|tip| tip.app_hash != head.app_hash())
    }

    /// The time of the newest header, whole seconds; nothing before the first block.
    pub fn time(&self) -> Option<Timestamp> {
        self.tip.as_ref().map(|tip| whole_seconds(tip.time))
    }

    /// The next block as the rules see it, after one of this height.
    ///
    /// # Errors
    /// [`EngineError::Block`] if its time cannot be told.
    pub fn next(&self, height: u64) -> Result<state::Block, EngineError> {
        let time = whole_seconds(self.next_time()?);
        Ok(state::Block {
            origin: self.origin,
            version: AppVersion::NEWEST,
            height: height + 1,
            time,
            time_before: self.time().unwrap_or(time),
        })
    }

    /// Makes the next block of these transactions and commits it.
    ///
    /// Its header carries the time of the vote on the block before; the vote on it is cast at `now`.
    ///
    /// # Errors
    /// [`EngineError`] if it cannot be written; then the chain is as before.
    pub fn make_block(
        &mut self,
        store: &Store,
        transactions: &[&Received],
        now: Timestamp,
    ) -> Result<Vec<Outcome>, EngineError> {
        let snapshot = store.snapshot()?;
        let time = self.next_time()?;
        let block = self.next(snapshot.head().height)?;
        fault::point("block begun");

        let executed = state::execute(&snapshot, &block, transactions)?;
        fault::point("block executed");
        let accepted = transactions.iter().zip(&executed.outcomes);
        let accepted: Vec<&[u8]> = accepted
            .filter(|(_, outcome)| matches!(outcome, Outcome::Applied(_)))
            .map(|(transaction, _)| transaction.bytes())
            .collect();
        let prepared = snapshot.prepare(executed.writes, &accepted)?;
        fault::point("block prepared");

        let transactions: Vec<_> =
            transactions.iter().map(|transaction| transaction.bytes().to_vec()).collect();
        let header = self.header(&block, time, snapshot.head().app_hash(), &transactions)?;
        let last_commit = self.tip.as_ref().map(|tip| tip.commit.clone());
        let bytes = block_bytes(Block::new(header.clone(), transactions, Default::default(), last_commit));
        let commit = self.vote(&header, &bytes, now)?;
        fault::point("block signed");
        let signed_header = SignedHeader::new(header, commit.clone())?;
        let light_block = LightBlock::new(signed_header, &self.validators, &self.validators);
        let tip = Tip {
            commit,
            results_hash: results_hash(
                executed.outcomes.iter().map(|outcome| (outcome.number(), outcome.data())),
            ),
            app_hash: snapshot.head().app_hash(),
            time,
        };
        store.commit(
            &prepared,
            &Committed {
                block: Some(BlockBytes { block: &bytes, light_block: &light_block.to_cbor() }),
                tip: &tip.to_stored()?.to_cbor(),
                oldest_light: oldest_light(&snapshot)?,
            },
        )?;
        self.tip = Some(tip);
        Ok(executed.outcomes)
    }

    fn next_time(&self) -> Result<Time, EngineError> {
        match &self.tip {
            None => Ok(self.genesis_time),
            Some(tip) => median_time(&tip.commit, &self.validators).ok_or(EngineError::Block),
        }
    }

    fn header(
        &self,
        block: &state::Block,
        time: Time,
        app_hash: [u8; 32],
        transactions: &[Vec<u8>],
    ) -> Result<Header, EngineError> {
        let signer = self.validators.validators().first().ok_or(EngineError::Block)?;
        let last_commit = self.tip.as_ref().map(|tip| &tip.commit);
        Ok(Header {
            version: Version { block: BLOCK_PROTOCOL, app: block.version.number() },
            chain_id: self.chain_id.clone(),
            height: block.height.try_into()?,
            time,
            last_block_id: last_commit.map(|commit| commit.block_id),
            last_commit_hash: Some(last_commit.map_or_else(empty_root, commit_hash)),
            data_hash: Some(data_hash(transactions)),
            validators_hash: self.validators.hash(),
            next_validators_hash: self.validators.hash(),
            consensus_hash: consensus_hash(),
            app_hash: AppHash::try_from(app_hash.to_vec())?,
            last_results_hash: Some(self.tip.as_ref().map_or_else(empty_root, |tip| tip.results_hash)),
            evidence_hash: Some(empty_root()),
            proposer_address: signer.address,
        })
    }

    /// The one vote, which is all votes.
    fn vote(&self, header: &Header, block: &[u8], now: Timestamp) -> Result<Commit, EngineError> {
        let signer = self.validators.validators().first().ok_or(EngineError::Block)?;
        let block_id = tendermint::block::Id { hash: header.hash(), part_set_header: part_set(block)? };
        // CometBFT: a vote is at least a millisecond later than the block it is for.
        let earliest = (header.time + std::time::Duration::from_millis(1))?;
        let seconds = i64::try_from(now.0).map_err(|_| EngineError::Block)?;
        let timestamp = Time::from_unix_timestamp(seconds, 0)?.max(earliest);
        let vote = Vote {
            vote_type: vote::Type::Precommit,
            height: header.height,
            round: 0_u16.into(),
            block_id: Some(block_id),
            timestamp: Some(timestamp),
            validator_address: signer.address,
            validator_index: 0_u32.try_into()?,
            signature: None,
            extension: Vec::new(),
            extension_signature: None,
        };
        let signed_bytes = vote.into_signable_vec(self.chain_id.clone());
        let signature = Signature::new(self.key.sign_raw(&signed_bytes).as_bytes())?;
        let vote = CommitSig::BlockIdFlagCommit { validator_address: signer.address, timestamp, signature };
        Ok(Commit { height: header.height, round: 0_u16.into(), block_id, signatures: vec![vote] })
    }

    fn read_tip(&self, bytes: &[u8]) -> Result<Tip, EngineError> {
        let stored = StoredTip::from_cbor(bytes).map_err(|_| EngineError::OtherChain)?;
        let commit = proto::Commit::decode(stored.commit.as_slice()).map_err(|_| EngineError::OtherChain)?;
        let commit = Commit::try_from(commit)?;
        let ours = |vote: &CommitSig| {
            vote.validator_address().is_some_and(|address| self.validators.validator(address).is_some())
        };
        if !commit.signatures.iter().all(ours) {
            return Err(EngineError::OtherChain);
        }
        Ok(Tip {
            commit,
            results_hash: Hash::Sha256(stored.results_hash),
            app_hash: stored.app_hash,
            time: Time::from_unix_timestamp(stored.seconds, stored.nanoseconds)?,
        })
    }
}

impl Tip {
    fn to_stored(&self) -> Result<StoredTip, EngineError> {
        let Hash::Sha256(results_hash) = self.results_hash else { return Err(EngineError::Block) };
        let nanoseconds = self.time.unix_timestamp_nanos().rem_euclid(1_000_000_000);
        Ok(StoredTip {
            commit: proto::Commit::from(self.commit.clone()).encode_to_vec(),
            results_hash,
            app_hash: self.app_hash,
            seconds: self.time.unix_timestamp(),
            nanoseconds: u32::try_from(nanoseconds).map_err(|_| EngineError::Block)?,
        })
    }
}

//! The embedded engine: one signer in this process, genuine CometBFT blocks.

use std::sync::Arc;

use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::domain::{Object, Origin, Timestamp};
use keepwell_protocol::ledger::{BLOCK_PROTOCOL, Genesis, LightBlock, TrustPolicy, Validator};
use minicbor::{Decode, Encode};
use prost::Message;
use tendermint::block::header::Version;
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{Block, Commit, CommitSig, Header};
use tendermint::vote::{self, Vote};
use tendermint::{AppHash, Hash, PublicKey, Signature, Time, account, chain, validator};
use tendermint_proto::v0_38::types as proto;

use super::block::{
    MAX_BLOCK_BYTES, block_bytes, commit_hash, consensus_hash, data_hash, empty_root, median_time, part_set,
    results_hash, whole_seconds,
};
use super::error::EngineError;
use super::retention::oldest_light;
use crate::fault;
use crate::state::{self, AppVersion, Outcome, Received};
use crate::store::{BlockBytes, Committed, Head, Store};

/// One signer's chain: makes a block at a time, each durable before anybody hears of it.
pub struct Embedded {
    voting: VotingKeys,
    origin: Origin,
    chain_id: chain::Id,
    genesis_time: Time,
    first_validators: Arc<[Validator]>,
    /// The number of the rules of the next block.
    version: u64,
    tip: Option<Tip>,
}

/// The keys that this process votes by: mostly one, and while another takes its place two.
pub struct VotingKeys(Vec<SigningKey>);

impl VotingKeys {
    /// Votes by these keys.
    pub fn new(keys: Vec<SigningKey>) -> Self {
        Self(keys)
    }

    /// Whether these validators agree on a block if those whose keys are here do.
    pub fn decides(&self, validators: &[Validator]) -> bool {
        let power = |validator: &Validator| u128::from(validator.power);
        let total: u128 = validators.iter().map(power).sum();
        let ours = validators.iter().filter(|validator| self.key(&validator.key).is_some());
        ours.map(power).sum::<u128>() * 3 > total * 2
    }

    fn key(&self, public: &[u8]) -> Option<&SigningKey> {
        self.0.iter().find(|key| key.public_key().as_bytes().as_slice() == public)
    }

    /// Keys of its own of the same kind, for who asks on another thread.
    pub(super) fn duplicate(&self) -> Self {
        Self(self.0.iter().map(SigningKey::duplicate).collect())
    }
}

/// The newest block, as far as the next one needs it.
struct Tip {
    commit: Commit,
    results_hash: Hash,
    app_hash: [u8; 32],
    time: Time,
    /// Who voted on it.
    voters: Vec<Validator>,
    /// Who votes on the next block.
    present: Vec<Validator>,
    /// Who votes on the block after the next.
    next: Vec<Validator>,
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
    /// Those of the genesis, as in each of the following, where there are none.
    #[n(5)]
    voters: Option<Vec<Validator>>,
    #[n(6)]
    present: Option<Vec<Validator>>,
    #[n(7)]
    next: Option<Vec<Validator>>,
}

impl Object for StoredTip {}

impl Embedded {
    /// Goes on from the newest block in the store, or starts the chain.
    ///
    /// # Errors
    /// [`EngineError`] if the chain id does not say that there is one signer, or store, genesis and
    /// key do not belong together.
    pub fn open(store: &Store, genesis: &Genesis, voting: VotingKeys) -> Result<Self, EngineError> {
        if !genesis.chain_id.starts_with(TrustPolicy::EMBEDDED_PREFIX) {
            return Err(EngineError::ChainId);
        }
        if genesis.validators.len() != 1 {
            return Err(EngineError::OtherChain);
        }
        let seconds = i64::try_from(genesis.initial_time).map_err(|_| EngineError::Block)?;
        let mut engine = Self {
            voting,
            origin: genesis.origin(),
            chain_id: genesis.chain_id.parse()?,
            genesis_time: Time::from_unix_timestamp(seconds, 0)?,
            first_validators: genesis.validators.clone().into(),
            version: AppVersion::START.number(),
            tip: None,
        };
        engine.resume(store)?;
        if !engine.voting.decides(engine.present()) || !engine.voting.decides(engine.next_validators()) {
            return Err(EngineError::OtherChain);
        }
        Ok(engine)
    }

    /// Goes on from the newest block in the store, which may be there although writing it seemed to fail.
    ///
    /// # Errors
    /// [`EngineError`] if it cannot be read or is of another chain.
    pub fn resume(&mut self, store: &Store) -> Result<(), EngineError> {
        let snapshot = store.snapshot()?;
        self.tip = snapshot.tip()?.map(|bytes| self.read_tip(&bytes)).transpose()?;
        // One signer needs nobody's consent to go over from version 1.
        self.version = state::version_at(&snapshot, AppVersion::START, snapshot.head().height + 1)?;
        Ok(())
    }

    /// The keys that it votes by.
    pub fn voting_keys(&self) -> &VotingKeys {
        &self.voting
    }

    /// Who votes on the next block.
    fn present(&self) -> &[Validator] {
        self.tip.as_ref().map_or(&*self.first_validators, |tip| &tip.present)
    }

    /// Who votes on the block after the next.
    fn next_validators(&self) -> &[Validator] {
        self.tip.as_ref().map_or(&*self.first_validators, |tip| &tip.next)
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
    /// [`EngineError::UnknownRules`] if it is for a newer program, [`EngineError::Block`] if its time cannot be told.
    pub fn next(&self, height: u64) -> Result<state::Block, EngineError> {
        let time = whole_seconds(self.next_time()?);
        Ok(state::Block {
            origin: self.origin,
            version: AppVersion::parse(self.version)
                .ok_or(EngineError::UnknownRules { version: self.version })?,
            height: height + 1,
            time,
            time_before: self.time().unwrap_or(time),
            first_validators: self.first_validators.clone(),
            has_one_signer: true,
            voters: None,
            misbehaving: Vec::new(),
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
        let (present, next) = (self.present().to_vec(), self.next_validators().to_vec());
        let after_next = executed.changes.validators.unwrap_or_else(|| next.clone());
        if !self.voting.decides(&after_next) {
            return Err(EngineError::OtherChain);
        }
        let prepared = snapshot.prepare(executed.writes, &accepted)?;
        fault::point("block prepared");

        let transactions: Vec<_> =
            transactions.iter().map(|transaction| transaction.bytes().to_vec()).collect();
        let (voters, next_voters) = (set(&present)?, set(&next)?);
        let block_size = state::block_size(&snapshot)?.map_or(MAX_BLOCK_BYTES, i64::from);
        let header = Header {
            validators_hash: voters.hash(),
            next_validators_hash: next_voters.hash(),
            consensus_hash: consensus_hash(block_size),
            proposer_address: self.proposer(&voters)?,
            ..self.header(&block, time, snapshot.head().app_hash(), &transactions)?
        };
        let last_commit = self.tip.as_ref().map(|tip| tip.commit.clone());
        let bytes = block_bytes(Block::new(header.clone(), transactions, Default::default(), last_commit));
        let commit = self.vote(&header, &bytes, &voters, now)?;
        fault::point("block signed");
        let signed_header = SignedHeader::new(header, commit.clone())?;
        let light_block = LightBlock::new(signed_header, &voters, &next_voters);
        let tip = Tip {
            commit,
            results_hash: results_hash(
                executed.outcomes.iter().map(|outcome| (outcome.number(), outcome.data())),
            ),
            app_hash: snapshot.head().app_hash(),
            time,
            voters: present,
            present: next,
            next: after_next,
        };
        store.commit(
            &prepared,
            &Committed {
                block: Some(BlockBytes { block: &bytes, light_block: &light_block.to_cbor() }),
                tip: &tip.to_stored(&self.first_validators)?.to_cbor(),
                oldest_light: oldest_light(&snapshot)?,
            },
        )?;
        self.tip = Some(tip);
        self.version = executed.changes.version.unwrap_or(self.version);
        Ok(executed.outcomes)
    }

    fn next_time(&self) -> Result<Time, EngineError> {
        match &self.tip {
            None => Ok(self.genesis_time),
            Some(tip) => median_time(&tip.commit, &set(&tip.voters)?).ok_or(EngineError::Block),
        }
    }

    /// A header, but for who votes.
    fn header(
        &self,
        block: &state::Block,
        time: Time,
        app_hash: [u8; 32],
        transactions: &[Vec<u8>],
    ) -> Result<Header, EngineError> {
        let last_commit = self.tip.as_ref().map(|tip| &tip.commit);
        Ok(Header {
            version: Version { block: BLOCK_PROTOCOL, app: block.version.number() },
            chain_id: self.chain_id.clone(),
            height: block.height.try_into()?,
            time,
            last_block_id: last_commit.map(|commit| commit.block_id),
            last_commit_hash: Some(last_commit.map_or_else(empty_root, commit_hash)),
            data_hash: Some(data_hash(transactions)),
            validators_hash: Hash::None,
            next_validators_hash: Hash::None,
            consensus_hash: Hash::None,
            app_hash: AppHash::try_from(app_hash.to_vec())?,
            last_results_hash: Some(self.tip.as_ref().map_or_else(empty_root, |tip| tip.results_hash)),
            evidence_hash: Some(empty_root()),
            proposer_address: account::Id::new([0; 20]),
        })
    }

    /// The first validator whose key is here.
    fn proposer(&self, voters: &validator::Set) -> Result<account::Id, EngineError> {
        let ours = voters.validators().iter().find(|voter| self.key_of(voter).is_some());
        ours.map(|voter| voter.address).ok_or(EngineError::OtherChain)
    }

    fn key_of(&self, voter: &validator::Info) -> Option<&SigningKey> {
        voter.pub_key.ed25519().and_then(|key| self.voting.key(key.as_bytes()))
    }

    /// The votes of those whose keys are here.
    fn vote(
        &self,
        header: &Header,
        block: &[u8],
        voters: &validator::Set,
        now: Timestamp,
    ) -> Result<Commit, EngineError> {
        let block_id = tendermint::block::Id { hash: header.hash(), part_set_header: part_set(block)? };
        // CometBFT: a vote is at least a millisecond later than the block it is for.
        let earliest = (header.time + std::time::Duration::from_millis(1))?;
        let seconds = i64::try_from(now.0).map_err(|_| EngineError::Block)?;
        let timestamp = Time::from_unix_timestamp(seconds, 0)?.max(earliest);
        let mut signatures = Vec::with_capacity(voters.validators().len());
        for (index, voter) in voters.validators().iter().enumerate() {
            let Some(key) = self.key_of(voter) else {
                signatures.push(CommitSig::BlockIdFlagAbsent);
                continue;
            };
            let vote = Vote {
                vote_type: vote::Type::Precommit,
                height: header.height,
                round: 0_u16.into(),
                block_id: Some(block_id),
                timestamp: Some(timestamp),
                validator_address: voter.address,
                validator_index: index.try_into()?,
                signature: None,
                extension: Vec::new(),
                extension_signature: None,
            };
            let signed_bytes = vote.into_signable_vec(self.chain_id.clone());
            let signature = Signature::new(key.sign_raw(&signed_bytes).as_bytes())?;
            let validator_address = voter.address;
            signatures.push(CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature });
        }
        Ok(Commit { height: header.height, round: 0_u16.into(), block_id, signatures })
    }

    fn read_tip(&self, bytes: &[u8]) -> Result<Tip, EngineError> {
        let stored = StoredTip::from_cbor(bytes).map_err(|_| EngineError::OtherChain)?;
        let commit = proto::Commit::decode(stored.commit.as_slice()).map_err(|_| EngineError::OtherChain)?;
        let commit = Commit::try_from(commit)?;
        let first = || self.first_validators.to_vec();
        let voters = stored.voters.unwrap_or_else(first);
        let voted = set(&voters)?;
        let known = |vote: &CommitSig| {
            vote.validator_address().is_none_or(|address| voted.validator(address).is_some())
        };
        if !commit.signatures.iter().all(known) {
            return Err(EngineError::OtherChain);
        }
        Ok(Tip {
            commit,
            results_hash: Hash::Sha256(stored.results_hash),
            app_hash: stored.app_hash,
            time: Time::from_unix_timestamp(stored.seconds, stored.nanoseconds)?,
            voters,
            present: stored.present.unwrap_or_else(first),
            next: stored.next.unwrap_or_else(first),
        })
    }
}

impl Tip {
    fn to_stored(&self, first: &[Validator]) -> Result<StoredTip, EngineError> {
        let others = |validators: &[Validator]| (validators != first).then(|| validators.to_vec());
        let Hash::Sha256(results_hash) = self.results_hash else { return Err(EngineError::Block) };
        let nanoseconds = self.time.unix_timestamp_nanos().rem_euclid(1_000_000_000);
        Ok(StoredTip {
            commit: proto::Commit::from(self.commit.clone()).encode_to_vec(),
            results_hash,
            app_hash: self.app_hash,
            seconds: self.time.unix_timestamp(),
            nanoseconds: u32::try_from(nanoseconds).map_err(|_| EngineError::Block)?,
            voters: others(&self.voters),
            present: others(&self.present),
            next: others(&self.next),
        })
    }
}

/// CometBFT's set of these validators.
pub(super) fn set(validators: &[Validator]) -> Result<validator::Set, EngineError> {
    let infos = validators.iter().map(|validator| {
        let key = PublicKey::from_raw_ed25519(&validator.key).ok_or(EngineError::OtherChain)?;
        Ok(validator::Info::new(key, validator.power.try_into()?))
    });
    Ok(validator::Set::without_proposer(infos.collect::<Result<_, EngineError>>()?))
}

//! Hashes, times and bytes of blocks exactly as CometBFT 0.38 makes them.

use keepwell_protocol::crypto::sha256;
use keepwell_protocol::domain::Timestamp;
use prost::Message;
use tendermint::block::{Block, Commit, CommitSig, parts};
use tendermint::crypto::default::Sha256;
use tendermint::merkle::simple_hash_from_byte_vectors;
use tendermint::{Hash, Time, validator};
use tendermint_proto::v0_38::abci::ExecTxResult;
use tendermint_proto::v0_38::types as proto;

use super::error::EngineError;

/// Size of the parts that a block is gossiped in.
const PART_BYTES: usize = 65_536;
/// The largest block, in bytes, that the consensus parameters of a genesis allow.
pub const MAX_BLOCK_BYTES: i64 = 2 * 1_024 * 1_024;
/// No limit on gas, which is not counted.
pub const MAX_GAS: i64 = -1;

/// Merkle root of a list (RFC 6962 §2.1).
fn root<T: AsRef<[u8]>>(leaves: &[T]) -> Hash {
    Hash::Sha256(simple_hash_from_byte_vectors::<Sha256>(leaves))
}

/// Merkle root of an empty list.
pub fn empty_root() -> Hash {
    root::<[u8; 0]>(&[])
}

/// The header's hash of the block's transactions.
pub fn data_hash(transactions: &[Vec<u8>]) -> Hash {
    root(&transactions.iter().map(|transaction| sha256(transaction)).collect::<Vec<_>>())
}

/// The header's hash of the votes on the block before.
pub fn commit_hash(commit: &Commit) -> Hash {
    let votes = commit.signatures.iter().map(|vote| proto::CommitSig::from(vote.clone()).encode_to_vec());
    root(&votes.collect::<Vec<_>>())
}

/// The header's hash of the results of the block before: of each transaction its code and data.
pub fn results_hash(results: impl IntoIterator<Item = (u32, Vec<u8>)>) -> Hash {
    let results = results.into_iter().map(|(code, data)| {
        ExecTxResult { code, data: data.into(), ..ExecTxResult::default() }.encode_to_vec()
    });
    root(&results.collect::<Vec<_>>())
}

/// The header's hash of the consensus parameters: the most bytes of a block.
pub fn consensus_hash(block_max_bytes: i64) -> Hash {
    let parameters = proto::HashedParams { block_max_bytes, block_max_gas: MAX_GAS };
    Hash::Sha256(sha256(&parameters.encode_to_vec()))
}

/// The hash of a block's parts, which votes sign together with the header's.
///
/// # Errors
/// [`EngineError::Block`] if there are more parts than can be counted.
pub fn part_set(block: &[u8]) -> Result<parts::Header, EngineError> {
    let parts: Vec<_> = block.chunks(PART_BYTES).collect();
    let total = u32::try_from(parts.len()).map_err(|_| EngineError::Block)?;
    Ok(parts::Header::new(total, root(&parts))?)
}

/// The bytes of a block.
pub fn block_bytes(block: Block) -> Vec<u8> {
    let mut block = proto::Block::from(block);
    // In the first block, Go writes what is empty as present.
    let nothing =
        || proto::BlockId { hash: Vec::new(), part_set_header: Some(proto::PartSetHeader::default()) };
    if block.last_commit.is_none() {
        block.last_commit =
            Some(proto::Commit { height: 0, round: 0, block_id: Some(nothing()), signatures: Vec::new() });
    }
    if let Some(header) = &mut block.header {
        header.last_block_id.get_or_insert_with(nothing);
    }
    block.encode_to_vec()
}

/// BFT time: the median of the votes' times by power, as CometBFT 0.38 takes it (nil votes count).
pub fn median_time(commit: &Commit, validators: &validator::Set) -> Option<Time> {
    let mut times: Vec<(Time, u64)> = Vec::new();
    for vote in &commit.signatures {
        if let CommitSig::BlockIdFlagCommit { timestamp, validator_address, .. }
        | CommitSig::BlockIdFlagNil { timestamp, validator_address, .. } = vote
        {
            times.push((*timestamp, validators.validator(*validator_address)?.power()));
        }
    }
    times.sort_unstable();
    let mut left = times.iter().map(|(_, power)| power).sum::<u64>() / 2;
    for (time, power) in times {
        if left <= power {
            return Some(time);
        }
        left -= power;
    }
    None
}

/// The time as the rules see it; a time before 1970 cannot occur after a genesis that is not.
pub(super) fn whole_seconds(time: Time) -> Timestamp {
    Timestamp(u64::try_from(time.unix_timestamp()).unwrap_or_default())
}

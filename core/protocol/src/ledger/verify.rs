//! The one way by which anybody believes the ledger: votes → header → app hash → key.
//!
//! Light client verification is that of the Tendermint light client specification, by
//! `tendermint-light-client-verifier`; what it leaves to its caller is done here.

use jmt::proof::SparseMerkleProof;
use jmt::{KeyHash, RootHash};
use tendermint::block::CommitSig;
use tendermint::vote::{SignedVote, Type, Vote};
use tendermint::{Time, chain};
use tendermint_light_client_verifier::options::Options;
use tendermint_light_client_verifier::types::{TrustThreshold, TrustedBlockState, UntrustedBlockState};
use tendermint_light_client_verifier::{ProdVerifier, Verdict, Verifier};

use super::light_block::Parsed;
use super::{
    AccountRecord, AuditRecord, GrantRecord, LightBlock, ProofBundle, ProofError, ProviderRecord, StateKey,
    TreeHasher, TrustPolicy, TrustedState, validator,
};
use crate::domain::{Object, ProviderId, Timestamp};

/// What a proof showed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verified {
    /// What lies under the key; `None` if it was proved that nothing does.
    pub value: Option<Vec<u8>>,
    /// The height of the header.
    pub height: u64,
    /// The header's time, whole seconds.
    pub time: Timestamp,
    /// How many validators may vote on that header.
    pub validators: usize,
    /// How many bytes the proof had.
    pub bytes: usize,
    /// What to trust from here on; unchanged where the header is not newer than that.
    pub next_state: TrustedState,
}

impl Verified {
    /// Reads the value as a grant.
    ///
    /// # Errors
    /// [`ProofError::BadProof`] if something else lies under the key.
    pub fn grant(&self) -> Result<Option<GrantRecord>, ProofError> {
        self.read()
    }

    /// Reads the value as a provider.
    ///
    /// # Errors
    /// [`ProofError::BadProof`] if something else lies under the key.
    pub fn provider(&self) -> Result<Option<ProviderRecord>, ProofError> {
        self.read()
    }

    /// Reads the value as an account.
    ///
    /// # Errors
    /// [`ProofError::BadProof`] if something else lies under the key.
    pub fn account(&self) -> Result<Option<AccountRecord>, ProofError> {
        self.read()
    }

    /// Reads the value as how far a provider's own access log is.
    ///
    /// # Errors
    /// [`ProofError::BadProof`] if something else lies under the key, or it is of another provider.
    pub fn audit_log(&self, provider: &ProviderId) -> Result<Option<AuditRecord>, ProofError> {
        let record: Option<AuditRecord> = self.read()?;
        match record {
            Some(record) if record.provider != *provider => Err(ProofError::BadProof),
            record => Ok(record),
        }
    }

    fn read<T: Object>(&self) -> Result<Option<T>, ProofError> {
        self.value.as_deref().map(T::from_cbor).transpose().map_err(|_| ProofError::BadProof)
    }
}

/// Verifies a proof bundle for `key` from its bytes.
///
/// A header older than what is trusted is accepted if the validators trusted now signed it; whether
/// it is fresh enough is for [`super::ledger_verdict`] to say.
///
/// # Errors
/// [`ProofError`] names the first thing that does not hold.
///
/// ```
/// use keepwell_protocol::domain::{Object, ProviderId, Timestamp};
/// use keepwell_protocol::ledger::{FakeLedger, ProofError, StateKey, TrustPolicy, verify};
///
/// let start = Timestamp(1_800_000_000);
/// let mut ledger = FakeLedger::new("example-1", &[10; 4], start); // of the feature `testing`
/// let trusted = ledger.anchor().trusted_state();
/// let block = ledger.block(100);
/// let key = StateKey::Provider(ProviderId::from_bytes([1; 32]));
/// let proof = block.bundle(&key, block.light_block(|_| true));
///
/// let now = Timestamp(1_800_000_200);
/// let verified = verify(&proof.to_cbor(), &key, &trusted, &TrustPolicy::STRICT, now)?;
/// assert_eq!(verified.provider()?, None); // Proved: there is no such provider.
/// // Half of the validators are too few.
/// let half = block.bundle(&key, block.light_block(|seed| seed <= 2));
/// assert!(verify(&half.to_cbor(), &key, &trusted, &TrustPolicy::STRICT, now).is_err());
/// # Ok::<(), ProofError>(())
/// ```
pub fn verify(
    bundle: &[u8],
    key: &StateKey,
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<Verified, ProofError> {
    if bundle.len() > ProofBundle::LONGEST {
        return Err(ProofError::TooLong);
    }
    let bytes = bundle.len();
    let bundle = ProofBundle::from_cbor(bundle).map_err(|_| ProofError::Malformed)?;
    if bundle.format != ProofBundle::FORMAT {
        return Err(ProofError::UnknownVersion);
    }
    if bundle.chain_id != trusted.chain_id {
        return Err(ProofError::WrongChain);
    }
    if bundle.key != key.to_bytes() {
        return Err(ProofError::ProofKeyMismatch);
    }
    let header = verify_light_block(&bundle.light_block, trusted, policy, now)?;
    if header.app_hash != bundle.roots.app_hash() {
        return Err(ProofError::BadProof);
    }
    let value = bundle.value.map(Vec::from);
    verify_in_tree(&bundle.roots.state, &bundle.key, value.as_deref(), &bundle.proof)?;
    Ok(Verified {
        value,
        height: header.height,
        time: header.time,
        validators: header.validators,
        bytes,
        next_state: header.next_state,
    })
}

/// Verifies a value, or its absence, against the root of the state tree.
pub(super) fn verify_in_tree(
    root: &[u8; 32],
    key: &[u8],
    value: Option<&[u8]>,
    proof: &[u8],
) -> Result<(), ProofError> {
    let proof: SparseMerkleProof<TreeHasher> = borsh::from_slice(proof).map_err(|_| ProofError::BadProof)?;
    proof.verify(RootHash(*root), KeyHash::with::<TreeHasher>(key), value).map_err(|_| ProofError::BadProof)
}

/// A header that was verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifiedHeader {
    /// The height of its block.
    pub height: u64,
    /// Its time, whole seconds.
    pub time: Timestamp,
    /// The app hash after the block before it.
    pub app_hash: [u8; 32],
    /// How many validators may vote on it.
    pub validators: usize,
    /// What to trust from here on; unchanged where the header is not newer than that.
    pub next_state: TrustedState,
}

/// Verifies a light block against what is trusted.
///
/// # Errors
/// [`ProofError`] names the first thing that does not hold. [`ProofError::InsufficientTrust`] may be
/// overcome by verifying a light block in between first.
pub fn verify_light_block(
    block: &LightBlock,
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<VerifiedHeader, ProofError> {
    if trusted.format != TrustedState::FORMAT {
        return Err(ProofError::UnknownVersion);
    }
    if trusted.is_embedded() && !policy.accept_embedded {
        return Err(ProofError::EmbeddedChain);
    }
    if now.saturating_add(policy.max_clock_drift) < trusted.time {
        return Err(ProofError::ClockSuspect);
    }
    let (parsed, next_validators) = block.parse()?;
    let header = &parsed.signed_header.header;
    if header.chain_id.as_str() != trusted.chain_id {
        return Err(ProofError::WrongChain);
    }
    if header.version.block != BLOCK_PROTOCOL || !APP_VERSIONS.contains(&header.version.app) {
        return Err(ProofError::UnknownVersion);
    }
    verify_votes(&parsed)?;
    verify_against(&parsed, &next_validators, trusted, policy, now)?;

    let height = header.height.value();
    let time = Timestamp(u64::try_from(header.time.unix_timestamp()).map_err(|_| ProofError::Malformed)?);
    let app_hash = header.app_hash.as_bytes().try_into().map_err(|_| ProofError::BadProof)?;
    let validators = parsed.validators.validators().len();
    let next_state = if height > trusted.height {
        trust_after(&parsed, &next_validators, time, trusted)?
    } else {
        trusted.clone()
    };
    Ok(VerifiedHeader { height, time, app_hash, validators, next_state })
}

/// What to trust after a newer header.
fn trust_after(
    newer: &Parsed,
    next_validators: &tendermint::validator::Set,
    time: Timestamp,
    trusted: &TrustedState,
) -> Result<TrustedState, ProofError> {
    let header = &newer.signed_header.header;
    Ok(TrustedState {
        format: TrustedState::FORMAT,
        chain_id: trusted.chain_id.clone(),
        height: header.height.value(),
        header_hash: newer.header_hash()?,
        time,
        nanoseconds: u32::try_from(header.time.unix_timestamp_nanos().rem_euclid(1_000_000_000))
            .map_err(|_| ProofError::Malformed)?,
        validators: validator::from_set(next_validators).ok_or(ProofError::BadValidators)?,
        trusting_period: trusted.trusting_period,
    })
}

/// Verifies what the light client does not: that each vote is by the validator in its place, and
/// the signatures beyond the first that hold two thirds of the power.
fn verify_votes(parsed: &Parsed) -> Result<(), ProofError> {
    let Parsed { signed_header, validators } = parsed;
    let commit = &signed_header.commit;
    if commit.signatures.len() != validators.validators().len() {
        return Err(ProofError::BadVote);
    }
    let total = u128::from(validators.total_voting_power().value());
    let mut tallied = 0_u128;
    for (index, (vote, validator)) in commit.signatures.iter().zip(validators.validators()).enumerate() {
        let (address, timestamp, signature) = match vote {
            CommitSig::BlockIdFlagAbsent => continue,
            CommitSig::BlockIdFlagNil { .. } => return Err(ProofError::Malformed),
            CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } => {
                (*validator_address, *timestamp, signature)
            }
        };
        if address != validator.address {
            return Err(ProofError::BadVote);
        }
        if tallied * 3 > total * 2 {
            let vote = Vote {
                vote_type: Type::Precommit,
                height: commit.height,
                round: commit.round,
                block_id: Some(commit.block_id),
                timestamp: Some(timestamp),
                validator_address: address,
                validator_index: index.try_into().map_err(|_| ProofError::Malformed)?,
                signature: signature.clone(),
                extension: Vec::new(),
                extension_signature: None,
            };
            let signed = SignedVote::from_vote(vote, signed_header.header.chain_id.clone())
                .ok_or(ProofError::BadVote)?;
            validator
                .verify_signature::<tendermint::crypto::default::signature::Verifier>(
                    &signed.sign_bytes(),
                    signed.signature(),
                )
                .map_err(|_| ProofError::BadVote)?;
        }
        tallied += u128::from(validator.power());
    }
    Ok(())
}

/// Runs the light client's rules from the trusted header to this one.
fn verify_against(
    parsed: &Parsed,
    next_validators: &tendermint::validator::Set,
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<(), ProofError> {
    let trusted_set = validator::to_set(&trusted.validators).ok_or(ProofError::BadValidators)?;
    let chain_id: chain::Id = trusted.chain_id.parse().map_err(|_| ProofError::WrongChain)?;
    let trusted_time = time(trusted.time, trusted.nanoseconds)?;
    let now = time(now, 0)?;
    let state = TrustedBlockState {
        chain_id: &chain_id,
        header_time: trusted_time,
        height: trusted.height.try_into().map_err(|_| ProofError::Malformed)?,
        next_validators: &trusted_set,
        next_validators_hash: trusted_set.hash(),
    };
    let untrusted = UntrustedBlockState {
        signed_header: &parsed.signed_header,
        validators: &parsed.validators,
        next_validators: Some(next_validators),
    };
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: std::time::Duration::from_secs(
            trusted.trusting_period.min(policy.trusting_period).0,
        ),
        clock_drift: std::time::Duration::from_secs(policy.max_clock_drift.0),
    };
    let verifier = ProdVerifier::default();
    let header = &parsed.signed_header.header;
    let height = header.height.value();
    if height > trusted.height {
        return accept(verifier.verify_update_header(untrusted, state, &options, now));
    }
    // The light client only goes forward. A header that is not newer is held to the same votes:
    // more than two thirds of its own validators, more than one third of those trusted now.
    accept(verifier.verify_validator_sets(&untrusted))?;
    let expires = (trusted_time + options.trusting_period).map_err(|_| ProofError::TrustExpired)?;
    if expires <= now {
        return Err(ProofError::TrustExpired);
    }
    accept(verifier.verify_commit_against_trusted(&untrusted, &state, &options))?;
    if height == trusted.height {
        let same = parsed.header_hash()? == trusted.header_hash;
        return if same { Ok(()) } else { Err(ProofError::Equivocation) };
    }
    // What starts from an anchor knows whole seconds only, and the block before may be of the same one.
    let is_of_its_second = trusted.nanoseconds == 0
        && header.time != trusted_time
        && header.time.unix_timestamp() == trusted_time.unix_timestamp();
    let is_before = header.time < trusted_time || is_of_its_second;
    if is_before { Ok(()) } else { Err(ProofError::HeaderOutOfOrder) }
}

fn accept(verdict: Verdict) -> Result<(), ProofError> {
    match verdict {
        Verdict::Success => Ok(()),
        Verdict::NotEnoughTrust(_) => Err(ProofError::InsufficientTrust),
        Verdict::Invalid(detail) => Err(detail.into()),
    }
}

fn time(seconds: Timestamp, nanoseconds: u32) -> Result<Time, ProofError> {
    i64::try_from(seconds.0)
        .ok()
        .and_then(|seconds| Time::from_unix_timestamp(seconds, nanoseconds).ok())
        .ok_or(ProofError::Malformed)
}

/// The block protocol of CometBFT 0.38.
pub const BLOCK_PROTOCOL: u64 = 11;
/// The versions of the ledger's rules and values that are known; validators sign theirs in every header.
pub const APP_VERSIONS: std::ops::RangeInclusive<u64> = 1..=2;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::Value;
    use tendermint::block::signed_header::SignedHeader;
    use tendermint::validator::Set;

    use super::*;
    use crate::domain::Duration;

    /// The light client's own vectors, where the data are there.
    fn vectors() -> Vec<(String, Value)> {
        let root = std::env::var_os("KEEPWELL_DATA").map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
            PathBuf::from,
        );
        let folder = root.join("vectors/lightclient/model_based/single_step");
        let Ok(files) = std::fs::read_dir(&folder) else {
            assert!(std::env::var_os("CI").is_none(), "no test data: set KEEPWELL_DATA");
            println!("skipped: no test data");
            return Vec::new();
        };
        let mut vectors: Vec<_> = files
            .map(|file| {
                let file = file.unwrap();
                let json = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
                (file.file_name().into_string().unwrap(), json)
            })
            .collect();
        vectors.sort_unstable_by(|(first, _), (second, _)| first.cmp(second));
        vectors
    }

    /// As the client does it, but for the app's version and hash, which these vectors do not have.
    fn follow(
        block: &LightBlock,
        trusted: &TrustedState,
        now: Timestamp,
    ) -> Result<TrustedState, ProofError> {
        let policy = TrustPolicy { max_clock_drift: Duration(0), ..TrustPolicy::STRICT };
        let (parsed, next) = block.parse()?;
        verify_votes(&parsed)?;
        verify_against(&parsed, &next, trusted, &policy, now)?;
        Ok(state_of(&parsed, &next, trusted.trusting_period))
    }

    fn state_of(parsed: &Parsed, next: &Set, trusting_period: Duration) -> TrustedState {
        let header = &parsed.signed_header.header;
        TrustedState {
            format: TrustedState::FORMAT,
            chain_id: header.chain_id.to_string(),
            height: header.height.value(),
            header_hash: parsed.header_hash().unwrap(),
            time: Timestamp(u64::try_from(header.time.unix_timestamp()).unwrap()),
            nanoseconds: 0,
            validators: validator::from_set(next).unwrap(),
            trusting_period,
        }
    }

    fn set(json: &Value) -> Set {
        serde_json::from_value(json.clone()).unwrap()
    }

    fn signed_header(json: &Value) -> SignedHeader {
        serde_json::from_value(json.clone()).unwrap()
    }

    fn light_block(json: &Value) -> LightBlock {
        LightBlock::new(
            signed_header(&json["signed_header"]),
            &set(&json["validator_set"]),
            &set(&json["next_validator_set"]),
        )
    }

    fn seconds(json: &Value) -> Duration {
        Duration(json.as_str().unwrap().parse::<u64>().unwrap() / 1_000_000_000)
    }

    fn moment(json: &Value) -> Timestamp {
        let time = Time::parse_from_rfc3339(json.as_str().unwrap()).unwrap();
        Timestamp(u64::try_from(time.unix_timestamp()).unwrap())
    }

    #[test]
    fn agrees_with_the_light_clients_single_steps() {
        let (vectors, mut steps) = (vectors(), 0);
        for (name, vector) in &vectors {
            let initial = &vector["initial"];
            let next = set(&initial["next_validator_set"]);
            let parsed =
                Parsed { signed_header: signed_header(&initial["signed_header"]), validators: next.clone() };
            let mut trusted = state_of(&parsed, &next, seconds(&initial["trusting_period"]));
            for (step, input) in vector["input"].as_array().unwrap().iter().enumerate() {
                let found = follow(&light_block(&input["block"]), &trusted, moment(&input["now"]));
                if set(&input["block"]["next_validator_set"]).validators().is_empty() {
                    // The model lets a chain end without validators; here that is no chain.
                    assert_eq!(found, Err(ProofError::BadValidators), "{name}, step {step}");
                    break;
                }
                steps += 1;
                let verdict = match found {
                    Ok(_) => "SUCCESS",
                    Err(ProofError::InsufficientTrust) => "NOT_ENOUGH_TRUST",
                    Err(_) => "INVALID",
                };
                assert_eq!(verdict, input["verdict"], "{name}, step {step}: {found:?}");
                if let Ok(state) = found {
                    trusted = state;
                }
            }
        }
        assert!(vectors.is_empty() || steps > 40, "{steps} steps");
    }
}

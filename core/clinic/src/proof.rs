//! What the ledger proves of a grant, verified here.

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Duration, Timestamp};
use keepwell_protocol::ledger::{
    GrantStatus, LedgerVerdict, StateKey, TrustPolicy, Verified, ledger_verdict, verify,
};
use keepwell_protocol::vault::Envelope;

use crate::ClinicError;
use crate::store::Store;

/// What a verified proof says of a grant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct GrantProof {
    /// Whether the grant is in force on the ledger, by a proof as fresh as asked for.
    pub(crate) verdict: LedgerVerdict,
    /// The time of the header.
    pub(crate) time: Timestamp,
    /// The height of the header.
    pub(crate) height: u64,
}

/// Verifies a proof about the grant of an envelope and remembers what follows for later proofs.
///
/// # Errors
/// [`ClinicError::Proof`] if the proof does not hold, [`ClinicError::GrantChanged`] if it shows other
/// terms or another reader than the envelope.
pub(crate) fn verify_grant_proof(
    store: &mut Store,
    policy: &TrustPolicy,
    bundle: &[u8],
    envelope: &Envelope,
    max_staleness: Duration,
    now: Timestamp,
) -> Result<GrantProof, ClinicError> {
    let grant = envelope.terms.grant_id();
    let verified: Verified = verify(bundle, &StateKey::Grant(grant), &store.trusted()?, policy, now)?;
    store.trust(&verified.next_state)?;
    read_grant_proof(&verified, envelope, max_staleness, now)
}

/// What a verified proof says of the grant of an envelope.
///
/// # Errors
/// [`ClinicError::GrantChanged`] if it shows other terms or another reader than the envelope.
pub(crate) fn read_grant_proof(
    verified: &Verified,
    envelope: &Envelope,
    max_staleness: Duration,
    now: Timestamp,
) -> Result<GrantProof, ClinicError> {
    let record = verified.grant()?;
    if let Some(record) = record.as_ref().filter(|record| record.status == GrantStatus::Active) {
        let slot = crypto::slot(&envelope.reader_key().public_key());
        let commitment = envelope.terms.commitment(&envelope.salt);
        if record.slot != Some(slot) || record.commitment != Some(commitment) {
            return Err(ClinicError::GrantChanged);
        }
    }
    Ok(GrantProof {
        verdict: ledger_verdict(record.as_ref(), verified.time, now, max_staleness),
        time: verified.time,
        height: verified.height,
    })
}

//! The ledger's word on a grant, verified here.

use keepwell_net::{Transport, is_cbor};
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Duration, GrantId, Timestamp};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::ledger::{
    GrantStatus, ProofBundle, Standing, StateKey, TrustPolicy, Verified, standing, verify,
};
use keepwell_protocol::vault::Envelope;

use crate::ClinicError;
use crate::refusal::Refusal;
use crate::server::{Server, success};
use crate::store::Store;

/// What a verified proof says of a grant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Word {
    /// Whether the grant is in force on the ledger, by a proof as fresh as asked for.
    pub(crate) standing: Standing,
    /// The time of the header.
    pub(crate) time: Timestamp,
    /// Its height.
    pub(crate) height: u64,
}

/// Verifies a proof about the grant of an envelope and remembers what follows for later proofs.
///
/// # Errors
/// [`ClinicError::Proof`] if the proof does not hold, [`ClinicError::GrantChanged`] if it shows other
/// terms or another reader than the envelope.
pub(crate) fn hear(
    store: &mut Store,
    policy: &TrustPolicy,
    bundle: &[u8],
    envelope: &Envelope,
    max_staleness: Duration,
    now: Timestamp,
) -> Result<Word, ClinicError> {
    let grant = envelope.terms.grant_id();
    let verified: Verified = verify(bundle, &StateKey::Grant(grant), &store.trusted()?, policy, now)?;
    let record = verified.grant()?;
    store.trust(&verified.next_state)?;
    if let Some(record) = record.as_ref().filter(|record| record.status == GrantStatus::Active) {
        let slot = crypto::slot(&envelope.reader_key().public_key());
        let commitment = envelope.terms.commitment(&envelope.salt);
        if record.slot != Some(slot) || record.commitment != Some(commitment) {
            return Err(ClinicError::GrantChanged);
        }
    }
    Ok(Word {
        standing: standing(record.as_ref(), verified.time, now, max_staleness),
        time: verified.time,
        height: verified.height,
    })
}

/// Fetches the newest proof about a grant from a host's relay.
pub(crate) fn ask(transport: &dyn Transport, host: &Server, grant: GrantId) -> Result<Vec<u8>, ClinicError> {
    let path = format!("/v1/ledger/proof/{}", StateKey::Grant(grant).to_hex());
    let response = host.send(transport, Method::Get, &path, Vec::new(), None, ProofBundle::LONGEST)?;
    match response.status {
        202 if is_cbor(&response) => Err(ClinicError::NotInForce(Refusal::Stale)),
        _ => success(response),
    }
}

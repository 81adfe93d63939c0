//! What the ledger recorded of a grant, as evidence that anybody checks without asking anybody.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::{
    Amend, Grant, GrantNewAccount, GrantRecord, ProofBundle, ProofError, Revoke, SignedTransaction, StateKey,
    Transaction, TrustPolicy, TrustedState, verify,
};
use crate::crypto::{grant_id, tx_id};
use crate::domain::{GrantId, Object, Origin, Timestamp};

/// Shows that the ledger recorded a transaction about a grant: what its owner signed, and the proof of what lay under
/// the grant's key afterwards, which names it. Its signatures are not in it: a ledger that takes none without is vouched
/// for by the header.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct GrantReceipt {
    /// The form of this object.
    #[n(0)]
    pub format: u32,
    /// A grant, an amendment or a revocation.
    #[n(1)]
    pub transaction: Transaction,
    /// A [`ProofBundle`].
    #[n(2)]
    pub proof: ByteVec,
}

impl Object for GrantReceipt {}

impl GrantReceipt {
    /// The form that is written here.
    pub const FORMAT: u32 = 1;
    /// The largest receipt, in bytes.
    pub const LONGEST: usize = ProofBundle::LONGEST + SignedTransaction::LONGEST;

    /// A receipt of a transaction and of a [`ProofBundle`], which are not verified here.
    pub fn new(transaction: Transaction, proof: Vec<u8>) -> Self {
        Self { format: Self::FORMAT, transaction, proof: proof.into() }
    }
}

/// What a receipt shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordedGrant {
    /// The grant.
    pub grant: GrantId,
    /// What had become of it.
    pub record: GrantRecord,
    /// It had been recorded by then: the time of the header.
    pub time: Timestamp,
    /// The height of that header.
    pub height: u64,
    /// How many validators may vote on the header.
    pub validators: usize,
    /// What to trust from here on; unchanged where the header is not newer than that.
    pub next_state: TrustedState,
}

/// Verifies a receipt of the ledger of this origin, without asking anybody.
///
/// # Errors
/// [`ProofError`] names the first thing that does not hold; [`ProofError::BadProof`] if the ledger recorded another
/// transaction. How old the anchor may be: as for [`verify_existence`](super::verify_existence).
pub fn verify_grant_receipt(
    receipt: &[u8],
    origin: &Origin,
    trusted: &TrustedState,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Result<RecordedGrant, ProofError> {
    if receipt.len() > GrantReceipt::LONGEST {
        return Err(ProofError::TooLong);
    }
    let receipt = GrantReceipt::from_cbor(receipt).map_err(|_| ProofError::Malformed)?;
    if receipt.format != GrantReceipt::FORMAT {
        return Err(ProofError::UnknownVersion);
    }
    let transaction = receipt.transaction;
    let grant = grant_of(&transaction, origin).ok_or(ProofError::Malformed)?;
    let proved = verify(&receipt.proof, &StateKey::Grant(grant), trusted, policy, now)?;
    let record = proved.grant()?.ok_or(ProofError::BadProof)?;
    if record.transaction != tx_id(origin, &transaction.to_cbor()) {
        return Err(ProofError::BadProof);
    }
    Ok(RecordedGrant {
        grant,
        record,
        time: proved.time,
        height: proved.height,
        validators: proved.validators,
        next_state: proved.next_state,
    })
}

/// The grant that a transaction is about.
fn grant_of(transaction: &Transaction, origin: &Origin) -> Option<GrantId> {
    let number = match transaction {
        Transaction::Grant(Grant { number, .. })
        | Transaction::GrantNewAccount(GrantNewAccount { number, .. })
        | Transaction::Amend(Amend { number, .. })
        | Transaction::Revoke(Revoke { number, .. }) => *number,
        _ => return None,
    };
    Some(grant_id(&transaction.account(origin)?, number))
}

//! Receipts of grants: that what the ledger recorded of a grant is shown, and nothing near it.

use keepwell_protocol::crypto::SigningKey;
use keepwell_protocol::crypto::{Label, account_id, grant_id, hash, tx_id};
use keepwell_protocol::domain::{Commitment, Day, Object, Origin, Slot, Timestamp};
use keepwell_protocol::ledger::{
    Amend, Close, FakeLedger, Grant, GrantReceipt, GrantRecord, GrantStatus, Kind, ProofError, RecordedGrant,
    Revoke, StateKey, Transaction, TrustPolicy, TrustedState, verify_grant_receipt,
};
use proptest::prelude::*;

use crate::frozen::frozen;

const START: u64 = 1_800_000_000;

struct Case {
    ledger: FakeLedger,
    origin: Origin,
    trusted: TrustedState,
    record: GrantRecord,
    grant: Transaction,
    revocation: Transaction,
}

fn case() -> Case {
    let ledger = FakeLedger::new("keepwell-1", &[10; 4], Timestamp(START));
    let origin = ledger.anchor().origin();
    let trusted = ledger.anchor().trusted_state();
    let account = account_id(&origin, &SigningKey::from_seed(&[3; 32]).public_key());
    let (slot, commitment) =
        (Slot::from_bytes([4; 32]), Commitment::from_bytes(hash(Label::Terms, &[b"terms"])));
    let (not_after, valid_until) = (Day(20_900), Timestamp(START + 600));
    let grant = Grant { kind: Kind, account, number: 2, slot, commitment, not_after, valid_until };
    let revocation = Revoke { kind: Kind, account: Some(account), root: None, number: 2 };
    let (grant, revocation) = (Transaction::from(grant), Transaction::from(revocation));
    let record = GrantRecord {
        status: GrantStatus::Active,
        version: 1,
        commitment: Some(commitment),
        slot: Some(slot),
        not_after,
        height: 2,
        transaction: tx_id(&origin, &grant.to_cbor()),
    };
    Case { ledger, origin, trusted, record, grant, revocation }
}

impl Case {
    fn key(&self) -> StateKey {
        let Transaction::Grant(Grant { account, number, .. }) = &self.grant else { panic!("no grant") };
        StateKey::Grant(grant_id(account, *number))
    }

    /// The proof of the grant's key by a header of so many seconds later, once this record lies there.
    fn proof(&mut self, record: Option<&GrantRecord>) -> Vec<u8> {
        let key = self.key();
        self.ledger.put(&key, record.map(Object::to_cbor));
        let block = self.ledger.block(30);
        self.ledger.bundle(&block, &key)
    }

    fn verify(&self, receipt: &[u8]) -> Result<RecordedGrant, ProofError> {
        verify_grant_receipt(
            receipt,
            &self.origin,
            &self.trusted,
            &TrustPolicy::STRICT,
            Timestamp(START + 3_600),
        )
    }

    fn granted(&mut self) -> GrantReceipt {
        let (record, transaction) = (self.record.clone(), self.grant.clone());
        GrantReceipt::new(transaction, self.proof(Some(&record)))
    }

    fn revoked(&mut self) -> GrantReceipt {
        let transaction = tx_id(&self.origin, &self.revocation.to_cbor());
        let record = GrantRecord { status: GrantStatus::Revoked, transaction, ..self.record.clone() };
        GrantReceipt::new(self.revocation.clone(), self.proof(Some(&record)))
    }
}

#[test]
fn a_grant_and_its_end_are_shown_without_asking_anybody() {
    let mut case = case();
    let (granted, revoked) = (case.granted(), case.revoked());
    let shown = case.verify(&granted.to_cbor()).unwrap();
    let StateKey::Grant(id) = case.key() else { panic!("no grant") };
    assert_eq!((shown.grant, shown.record), (id, case.record.clone()));
    assert_eq!((shown.time, shown.height, shown.validators), (Timestamp(START + 30), 2, 4));
    let shown = case.verify(&revoked.to_cbor()).unwrap();
    assert_eq!((shown.grant, shown.record.status), (id, GrantStatus::Revoked));
    assert_eq!((shown.time, shown.height), (Timestamp(START + 60), 3));
}

#[test]
fn nothing_near_a_receipt_is_one() {
    let mut case = case();
    let granted = case.granted();
    let Transaction::Grant(grant) = case.grant.clone() else { panic!("no grant") };
    let of = |transaction: Transaction| GrantReceipt { transaction, ..granted.clone() };
    // The ledger recorded another transaction about the same grant, or one about another grant.
    let amended = Amend {
        kind: Kind,
        account: grant.account,
        number: grant.number,
        version: 2,
        commitment: grant.commitment,
        not_after: grant.not_after,
    };
    let later = Grant { valid_until: Timestamp(START + 601), ..grant.clone() };
    let other = Grant { number: 3, ..grant };
    let close = Close { kind: Kind, root: SigningKey::from_seed(&[3; 32]).public_key() };
    for (transaction, error) in [
        (Transaction::from(amended), ProofError::BadProof),
        (later.into(), ProofError::BadProof),
        (case.revocation.clone(), ProofError::BadProof),
        (other.into(), ProofError::ProofKeyMismatch),
        (close.into(), ProofError::Malformed),
    ] {
        assert_eq!(case.verify(&of(transaction).to_cbor()), Err(error));
    }
    let bytes = granted.to_cbor();
    // Of another ledger, the number is another grant's.
    let elsewhere = Case { origin: Origin::from_bytes([9; 32]), ..self::case() };
    assert_eq!(elsewhere.verify(&bytes), Err(ProofError::BadProof));
    assert_eq!(
        case.verify(&[bytes.as_slice(), &[0; GrantReceipt::LONGEST]].concat()),
        Err(ProofError::TooLong)
    );
    assert_eq!(case.verify(&bytes[..bytes.len() - 1]), Err(ProofError::Malformed));
    let newer = GrantReceipt { format: 2, ..granted };
    assert_eq!(case.verify(&newer.to_cbor()), Err(ProofError::UnknownVersion));
    // That nothing lies there is no receipt of anything.
    let absent = GrantReceipt::new(case.revocation.clone(), case.proof(None));
    assert_eq!(case.verify(&absent.to_cbor()), Err(ProofError::BadProof));
}

#[test]
fn a_receipt_is_encoded_as_it_was() {
    frozen("grant-receipt", &case().granted());
}

proptest! {
    #[test]
    fn no_changed_bit_is_a_receipt(bit in any::<prop::sample::Index>()) {
        let mut case = case();
        let mut bytes = case.granted().to_cbor();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(case.verify(&bytes).is_err(), "bit {bit}");
    }
}

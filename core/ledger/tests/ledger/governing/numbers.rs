//! How actions are numbered and signed, and how governance hands over.

use keepwell_ledger::state::Rejection;
use keepwell_protocol::domain::Object as _;
use keepwell_protocol::ledger::{
    ActionsTaken, Governance, GovernanceAction, Kind, SetGovernance, SignedTransaction, Signer, StateKey,
    TransactionError,
};

use super::{act, by_governors, set_validator};
use crate::memory::*;

#[test]
fn an_action_takes_the_threshold_and_the_next_number_and_is_never_taken_twice() {
    let mut ledger = Memory::new();
    let action = set_validator(25, 10);
    ledger.refuse(&by_governors(1, action.clone(), &GOVERNORS[..1]), Rejection::NotGovernance);
    ledger.refuse(&by_governors(1, action.clone(), &[GOVERNORS[0], STRANGER]), Rejection::NotGovernance);
    for number in [0, 2] {
        ledger.refuse(&act(number, action.clone()), Rejection::ActionNumber);
    }
    let add = act(1, action.clone());
    ledger.accept(&add);
    ledger.already(&add);
    // The same action by others of governance is the same transaction.
    ledger.already(&by_governors(1, action.clone(), &GOVERNORS[1..]));
    let taken: ActionsTaken = ledger.read(&StateKey::Actions).unwrap();
    assert_eq!((taken.number, taken.transaction), (1, add.id(&origin())));
    // Once something else was done nobody brings the old one back.
    ledger.accept(&act(2, set_validator(25, 0)));
    ledger.refuse(&add, Rejection::ActionNumber);
    ledger.refuse(&act(2, action), Rejection::ActionNumber);
}

#[test]
fn governors_who_sit_apart_sign_one_after_the_other() {
    let one = by_governors(1, set_validator(25, 10), &GOVERNORS[..1]);
    let both = one.clone().and_governance(&origin(), &key(GOVERNORS[1])).unwrap();
    assert_eq!(both, act(1, set_validator(25, 10)));
    Memory::new().accept(&both);
    let again = both.and_governance(&origin(), &key(GOVERNORS[1]));
    assert_eq!(again.unwrap_err(), TransactionError::Signatures, "nobody signs twice");
    let grant = first(0).and_governance(&origin(), &key(GOVERNORS[1]));
    assert_eq!(grant.unwrap_err(), TransactionError::Signatures, "governance grants nothing");
}

#[test]
fn governance_replaces_its_own_keys() {
    let mut ledger = Memory::new();
    let governance = |threshold, seeds: &[u8]| {
        let mut keys: Vec<_> = seeds.iter().map(|seed| key(*seed).public_key()).collect();
        keys.sort_unstable();
        SetGovernance { kind: Kind, threshold, keys }
    };
    for (threshold, seeds) in [(0, &[41][..]), (2, &[41]), (1, &[])] {
        let body = GovernanceAction { kind: Kind, number: 1, action: governance(threshold, seeds).into() };
        let signed = SignedTransaction::sign(body, &origin(), Signer::Governance(&[&key(11), &key(12)]));
        assert_eq!(signed.unwrap_err(), TransactionError::Field);
    }
    // Those who are to govern sign as well: keys that nobody holds could never be replaced again.
    let [one, two, three] = GOVERNORS;
    let next = governance(2, &[41, 42]);
    for too_few in
        [&[one, two][..], &[one, two, 41], &[one, 41, 42], &[41, 42], &[one, two, 41, 42, STRANGER]]
    {
        ledger.refuse(&by_governors(1, next.clone(), too_few), Rejection::NotGovernance);
    }
    let mut broken = by_governors(1, next.clone(), &[one, two, 41, 42]).to_cbor();
    *broken.last_mut().unwrap() ^= 1;
    assert_ne!(ledger.execute_bytes(vec![broken]).outcomes[0].number(), 0);
    ledger.accept(&by_governors(1, next, &[one, two, 41, 42]));
    assert_eq!(ledger.read::<Governance>(&StateKey::Governance).unwrap().threshold, 2);
    ledger.refuse(&act(2, set_validator(25, 1)), Rejection::NotGovernance);
    ledger.accept(&by_governors(2, set_validator(25, 1), &[41, 42]));
    // Who stays signs once, for both.
    let mixed = governance(2, &[41, three]);
    ledger.refuse(&by_governors(3, mixed.clone(), &[41, 42]), Rejection::NotGovernance);
    ledger.accept(&by_governors(3, mixed, &[41, 42, three]));
}

#[test]
fn sixteen_hand_over_to_sixteen_others_in_one_transaction() {
    let mut ledger = Memory::new();
    let seeds = |from: u8| (from..from + 16).collect::<Vec<_>>();
    let governance = |seeds: &[u8]| {
        let mut keys: Vec<_> = seeds.iter().map(|seed| key(*seed).public_key()).collect();
        keys.sort_unstable();
        SetGovernance { kind: Kind, threshold: 16, keys }
    };
    let (first, second) = (seeds(100), seeds(120));
    ledger.accept(&by_governors(1, governance(&first), &[&GOVERNORS[..2], &first].concat()));
    let all = by_governors(2, governance(&second), &[first.clone(), second.clone()].concat());
    assert!(all.to_cbor().len() <= SignedTransaction::LONGEST);
    ledger.accept(&all);
    // Nothing else has room for so many.
    let keys: Vec<_> = (100..117).map(key).collect();
    let body = GovernanceAction { kind: Kind, number: 3, action: set_validator(25, 1).into() };
    let many = SignedTransaction::sign(body, &origin(), Signer::Governance(&keys.iter().collect::<Vec<_>>()));
    assert_eq!(many.unwrap_err(), TransactionError::Signatures);
}

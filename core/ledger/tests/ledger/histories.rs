//! Random histories: what holds whatever happens.

use std::collections::BTreeMap;

use keepwell_ledger::state::Outcome;
use keepwell_protocol::domain::{Day, Timestamp, TxId};
use keepwell_protocol::ledger::{
    AccountStatus, Amend, Close, Grant, GrantNewAccount, GrantStatus, Kind, SignedTransaction, Signer,
};
use proptest::prelude::*;

use crate::memory::*;

/// One step of a random history of one account, by whom and when.
#[derive(Clone, Debug)]
enum Step {
    First(u32),
    Grant(u32),
    Revoke(u32),
    RevokeByRoot(u32),
    Amend(u32, u32),
    Close,
    Days(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..24_u32;
    prop_oneof![
        2 => number.clone().prop_map(Step::First),
        6 => number.clone().prop_map(Step::Grant),
        4 => number.clone().prop_map(Step::Revoke),
        2 => number.clone().prop_map(Step::RevokeByRoot),
        3 => (number, 1..4_u32).prop_map(|(number, version)| Step::Amend(number, version)),
        1 => Just(Step::Close),
        1 => (1..40_u32).prop_map(Step::Days),
    ]
}

fn transaction(step: &Step, now: Timestamp) -> Option<SignedTransaction> {
    let valid_until = Timestamp(now.0 + 100);
    let not_after = Day(now.day().0 + GRANT_DAYS);
    Some(match step {
        Step::First(number) => {
            sign(GrantNewAccount { valid_until, not_after, ..new_account(*number) }, Signer::Root(&key(ROOT)))
        }
        Step::Grant(number) => by_account(Grant { valid_until, not_after, ..further(*number) }),
        Step::Revoke(number) => revoke(*number),
        Step::RevokeByRoot(number) => revoke_by_root(*number),
        Step::Amend(number, version) => by_account(Amend { not_after, ..amend(*number, *version) }),
        Step::Close => sign(Close { kind: Kind, root: key(ROOT).public_key() }, Signer::Root(&key(ROOT))),
        Step::Days(_) => return None,
    })
}

proptest! {
    // A fifth of what PROPTEST_CASES says, or of 256.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 5))]

    /// Whatever happens: what was revoked never becomes active, a number is granted once, the count
    /// never falls, and what is refused changes nothing.
    #[test]
    fn no_history_brings_a_revoked_grant_back(steps in prop::collection::vec(step(), 1..24)) {
        let mut ledger = Memory::new();
        let mut revoked = std::collections::BTreeSet::new();
        let mut granted: BTreeMap<u32, TxId> = BTreeMap::new();
        let mut count = 0;
        for step in &steps {
            if let Step::Days(days) = step {
                ledger.pass_days(*days);
            }
            let Some(transaction) = transaction(step, ledger.block.time) else { continue };
            let before = ledger.records();
            match ledger.send(&transaction) {
                Outcome::Applied(id) => {
                    if let Step::First(number) | Step::Grant(number) = step {
                        prop_assert!(granted.insert(*number, id).is_none(), "granted twice");
                    }
                }
                Outcome::AlreadyRecorded(_) | Outcome::Rejected(_) => {
                    for (key, value) in &ledger.records() {
                        prop_assert_eq!(before.get(key), Some(value), "only the sweep changes anything");
                    }
                }
            }
            for number in 0..24 {
                match ledger.status(number) {
                    Some(GrantStatus::Revoked) => {
                        revoked.insert(number);
                    }
                    Some(GrantStatus::Active) => prop_assert!(!revoked.contains(&number)),
                    None => {}
                }
            }
            if let Some(account) = ledger.account() {
                prop_assert!(account.count >= count);
                count = account.count;
                if account.status == AccountStatus::Closed {
                    prop_assert!((0..24).all(|number| ledger.status(number) != Some(GrantStatus::Active)));
                }
            }
        }
    }

    #[test]
    fn a_block_executes_to_the_same_bytes_again(steps in prop::collection::vec(step(), 1..16)) {
        let ledger = Memory::new();
        let transactions: Vec<_> =
            steps.iter().filter_map(|step| transaction(step, ledger.block.time)).collect();
        let (first, second) = (ledger.execute(&transactions), ledger.execute(&transactions));
        prop_assert_eq!(first.outcomes, second.outcomes);
        prop_assert_eq!(first.writes, second.writes);
    }
}

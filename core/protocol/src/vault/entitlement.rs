//! The one rule behind revocation, expiry and key change: a head goes out under an epoch key only
//! if everyone who ever received that key is entitled now.

use std::collections::BTreeSet;

use crate::domain::GrantId;

/// The newest epoch of a compartment and every grant that ever received its key.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Holders {
    /// The number of the newest epoch.
    pub epoch: u32,
    /// The grants whose packet has carried its key.
    pub grants: BTreeSet<GrantId>,
}

/// What must happen to a compartment before its next head goes out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rotation {
    /// The epoch of the next head: the present one, or the next.
    pub epoch: u32,
    /// Whether a new key must be made for it.
    pub rotated: bool,
    /// The grants that need a packet with this epoch's key and have not had one.
    pub to_receive: BTreeSet<GrantId>,
    /// Who holds the key once that is done.
    pub holders: BTreeSet<GrantId>,
}

/// Plans the next publication of a compartment.
///
/// `entitled` are the grants that open this compartment and are entitled now: active or pending,
/// not expired, their provider not suspended, its key unchanged.
///
/// ```
/// use std::collections::BTreeSet;
///
/// use keepwell_protocol::domain::GrantId;
/// use keepwell_protocol::vault::{Holders, plan_rotation};
///
/// let (one, two) = (GrantId::from_bytes([1; 32]), GrantId::from_bytes([2; 32]));
/// let now = Holders { epoch: 3, grants: BTreeSet::from([one]) };
/// // Who is new gets the present key; once somebody leaves, the next head needs a new one.
/// assert!(!plan_rotation(&now, &BTreeSet::from([one, two])).rotated);
/// assert_eq!(plan_rotation(&now, &BTreeSet::from([two])).epoch, 4);
/// ```
pub fn plan_rotation(now: &Holders, entitled: &BTreeSet<GrantId>) -> Rotation {
    let rotated = !now.grants.is_subset(entitled);
    let (epoch, had) = if rotated {
        (now.epoch.saturating_add(1), BTreeSet::new())
    } else {
        (now.epoch, now.grants.clone())
    };
    Rotation {
        epoch,
        rotated,
        to_receive: entitled.difference(&had).copied().collect(),
        holders: entitled.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn grants(ids: &[u8]) -> BTreeSet<GrantId> {
        ids.iter().map(|id| GrantId::from_bytes([*id; 32])).collect()
    }

    #[test]
    fn a_new_grantee_gets_the_present_key_and_a_lost_one_forces_the_next() {
        let now = Holders { epoch: 3, grants: grants(&[1, 2]) };
        let joined = plan_rotation(&now, &grants(&[1, 2, 3]));
        assert_eq!((joined.epoch, joined.rotated, joined.to_receive), (3, false, grants(&[3])));
        let left = plan_rotation(&now, &grants(&[2]));
        assert_eq!((left.epoch, left.rotated, left.to_receive), (4, true, grants(&[2])));
    }

    #[derive(Clone, Debug)]
    enum Step {
        Grant(u8),
        End(u8),
        Add,
    }

    proptest! {
        /// Over any history of grants, ends and additions, nobody holds the key of a record that
        /// was added while they were not entitled.
        #[test]
        fn nobody_ever_holds_a_key_to_what_was_added_when_they_were_not_entitled(
            steps in prop::collection::vec(
                prop_oneof![(0u8..6).prop_map(Step::Grant), (0u8..6).prop_map(Step::End), Just(Step::Add)],
                0..200,
            )
        ) {
            let mut holders = Holders::default();
            let mut entitled = BTreeSet::new();
            let mut ever: BTreeMap<u32, BTreeSet<GrantId>> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Grant(id) => { entitled.extend(grants(&[id])); }
                    Step::End(id) => { entitled.remove(&GrantId::from_bytes([id; 32])); }
                    Step::Add => {
                        let plan = plan_rotation(&holders, &entitled);
                        ever.entry(plan.epoch).or_default().extend(plan.to_receive.iter().copied());
                        let held = ever.get(&plan.epoch).cloned().unwrap_or_default();
                        prop_assert!(held.is_subset(&entitled), "{held:?} read what {entitled:?} may");
                        prop_assert_eq!(&held, &plan.holders);
                        holders = Holders { epoch: plan.epoch, grants: plan.holders };
                    }
                }
            }
        }
    }
}

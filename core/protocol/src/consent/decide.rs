//! The decision whether terms let a provider see a record: one pure function, the same on the
//! phone that asks "what would they see, and why?" and at the clinic that reads.

use super::Terms;
use crate::domain::{Purpose, RecordFacts, Timestamp, is_reference_type};

/// A record version that a decision is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// What the scope asks about it.
    pub facts: &'a RecordFacts,
    /// Whether a record in scope refers to it, as the patient's wallet has marked it.
    pub referenced: bool,
}

/// Why a record may be seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Allowed {
    /// It is named one by one.
    Record,
    /// It is of a granted category and fits every bound.
    Category,
    /// It is about no patient, and a record in scope refers to it.
    Referenced,
}

/// Why a record may not be seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Denied {
    /// The grant has not begun.
    NotYet,
    /// The grant has ended.
    Expired,
    /// It was granted for another purpose.
    OtherPurpose,
    /// The record's category is not granted.
    OtherCategory,
    /// The category is granted, but not this type, code or date.
    OutOfBounds,
}

/// The answer, with its reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Decision {
    /// The record may be seen.
    Allow(Allowed),
    /// The record may not be read, for this reason.
    Deny(Denied),
}

impl Decision {
    /// Whether the record may be seen.
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// The stable word for the reason.
    pub fn because(self) -> &'static str {
        match self {
            Self::Allow(Allowed::Record) => "record",
            Self::Allow(Allowed::Category) => "category",
            Self::Allow(Allowed::Referenced) => "referenced",
            Self::Deny(Denied::NotYet) => "not-yet",
            Self::Deny(Denied::Expired) => "expired",
            Self::Deny(Denied::OtherPurpose) => "other-purpose",
            Self::Deny(Denied::OtherCategory) => "other-category",
            Self::Deny(Denied::OutOfBounds) => "out-of-bounds",
        }
    }
}

/// Decides whether `terms` let the grantee see the record at `now` for `purpose`.
///
/// Whether the grant still stands on the ledger is not asked here.
///
/// ```
/// # use keepwell_protocol::crypto::{Rng, SigningKey};
/// use keepwell_protocol::consent::{Allowed, Candidate, Decision, Denied, Terms, decide};
/// use keepwell_protocol::domain::{Category, Duration, Purpose, RecordFacts, Scope, Timestamp};
/// # use keepwell_protocol::domain::{AccountId, ProviderId, RecordId};
///
/// let now = Timestamp(1_800_000_000);
/// let terms = Terms {
///     scope: Scope { categories: vec![Category::Allergies], ..Scope::default() },
///     purpose: Purpose::Treat,
///     not_before: now,
///     not_after: now.saturating_add(Duration::days(30)),
///     // …
/// #   provider: ProviderId::from_bytes([1; 32]),
/// #   card_version: 1,
/// #   account: AccountId::from_bytes([2; 32]),
/// #   number: 0,
/// #   compartments: Vec::new(),
/// #   max_staleness: Terms::DEFAULT_STALENESS,
/// #   created: now,
/// };
/// # let facts = RecordFacts {
/// #   id: RecordId::from_bytes([1; 32]),
/// #   category: Category::Allergies,
/// #   resource_type: "AllergyIntolerance".into(),
/// #   codes: Vec::new(),
/// #   clinical_date: None,
/// # };
/// let allergy = Candidate { facts: &facts, referenced: false };
/// assert_eq!(decide(&terms, allergy, now, Purpose::Treat), Decision::Allow(Allowed::Category));
/// assert_eq!(
///     decide(&terms, allergy, now, Purpose::Research),
///     Decision::Deny(Denied::OtherPurpose)
/// );
/// ```
pub fn decide(terms: &Terms, candidate: Candidate<'_>, now: Timestamp, purpose: Purpose) -> Decision {
    let Candidate { facts, referenced } = candidate;
    if now < terms.not_before {
        Decision::Deny(Denied::NotYet)
    } else if now >= terms.not_after {
        Decision::Deny(Denied::Expired)
    } else if purpose != terms.purpose {
        Decision::Deny(Denied::OtherPurpose)
    } else if terms.scope.records.contains(&facts.id) {
        Decision::Allow(Allowed::Record)
    } else if terms.scope.covers_by_category(facts) {
        Decision::Allow(Allowed::Category)
    } else if referenced && is_reference_type(&facts.resource_type) {
        Decision::Allow(Allowed::Referenced)
    } else if terms.scope.categories.contains(&facts.category) {
        Decision::Deny(Denied::OutOfBounds)
    } else {
        Decision::Deny(Denied::OtherCategory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccountId, Category, Duration, ProviderId, RecordId, Scope};

    fn terms() -> Terms {
        Terms {
            provider: ProviderId::from_bytes([1; 32]),
            card_version: 1,
            account: AccountId::from_bytes([2; 32]),
            number: 0,
            scope: Scope {
                categories: vec![Category::Medications],
                types: vec!["MedicationRequest".into()],
                records: vec![RecordId::from_bytes([9; 32])],
                ..Scope::default()
            },
            compartments: Vec::new(),
            purpose: Purpose::Treat,
            not_before: Timestamp(100),
            not_after: Timestamp(200),
            max_staleness: Duration::minutes(15),
            created: Timestamp(100),
        }
    }

    fn record(id: u8, category: Category, resource_type: &str) -> RecordFacts {
        RecordFacts {
            id: RecordId::from_bytes([id; 32]),
            category,
            resource_type: resource_type.into(),
            codes: Vec::new(),
            clinical_date: None,
        }
    }

    #[test]
    fn each_answer_names_its_reason() {
        let request = record(1, Category::Medications, "MedicationRequest");
        let dispense = record(2, Category::Medications, "MedicationDispense");
        let medication = record(3, Category::Medications, "Medication");
        let practitioner = record(4, Category::Other, "Practitioner");
        let note = record(9, Category::Documents, "DocumentReference");
        let other = record(5, Category::Documents, "DocumentReference");
        let inside = Timestamp(150);
        for (facts, referenced, now, purpose, because) in [
            (&request, false, inside, Purpose::Treat, "category"),
            (&request, false, Timestamp(100), Purpose::Treat, "category"),
            (&request, false, Timestamp(99), Purpose::Treat, "not-yet"),
            (&request, false, Timestamp(199), Purpose::Treat, "category"),
            (&request, false, Timestamp(200), Purpose::Treat, "expired"),
            (&request, false, inside, Purpose::Payment, "other-purpose"),
            (&dispense, false, inside, Purpose::Treat, "out-of-bounds"),
            (&dispense, true, inside, Purpose::Treat, "out-of-bounds"),
            (&medication, true, inside, Purpose::Treat, "referenced"),
            (&medication, false, inside, Purpose::Treat, "out-of-bounds"),
            (&practitioner, true, inside, Purpose::Treat, "referenced"),
            (&practitioner, false, inside, Purpose::Treat, "other-category"),
            (&note, false, inside, Purpose::Treat, "record"),
            (&other, true, inside, Purpose::Treat, "other-category"),
        ] {
            let decision = decide(&terms(), Candidate { facts, referenced }, now, purpose);
            assert_eq!(decision.because(), because, "{facts:?} referenced {referenced} at {now:?}");
        }
    }
}

//! The terms of a grant: kept off the ledger, committed to on it.

use minicbor::{Decode, Encode};

use crate::crypto::{self, PublicKey};
use crate::domain::{
    AccountId, Commitment, CompartmentId, Duration, GrantId, InvalidScope, Object, ProviderId, Purpose,
    Scope, Timestamp,
};

/// Why terms are not acceptable, whoever signed them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidTerms {
    /// The scope breaks a rule of scopes.
    #[error(transparent)]
    Scope(#[from] InvalidScope),
    /// The grant would end before it begins, or more than 400 days after it was made.
    #[error("a grant begins before it ends and lasts at most 400 days")]
    Period,
    /// The staleness bound is not between 3 minutes and 24 hours.
    #[error("the staleness bound of a grant is between 3 minutes and 24 hours")]
    Staleness,
    /// No compartment is named, or they are unsorted or repeated.
    #[error("a grant names each of its compartments once, in order")]
    Compartments,
}

impl InvalidTerms {
    /// The stable name of this error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Scope(_) => "InvalidScope",
            Self::Period => "InvalidPeriod",
            Self::Staleness => "InvalidStaleness",
            Self::Compartments => "InvalidTerms",
        }
    }
}

/// A compartment that a grant opens, with the key that signs its heads.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct CompartmentRef {
    /// Names the compartment at the host, 16 bytes.
    #[n(0)]
    pub id: CompartmentId,
    /// The Ed25519 key under which its heads are signed.
    #[n(1)]
    pub signing_key: PublicKey,
}

/// What a patient grants to a provider.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Terms {
    /// The provider who may read.
    #[n(0)]
    pub provider: ProviderId,
    /// The version of the grantee's card that the patient saw.
    #[n(1)]
    pub card_version: u32,
    /// The ledger account of this relationship.
    #[n(2)]
    pub account: AccountId,
    /// The number of the grant in its account.
    #[n(3)]
    pub number: u32,
    /// Which records may be read.
    #[n(4)]
    pub scope: Scope,
    /// Where the covered records lie, sorted by id.
    #[n(5)]
    pub compartments: Vec<CompartmentRef>,
    /// What the grantee may use them for.
    #[n(6)]
    pub purpose: Purpose,
    /// In force from this second on.
    #[n(7)]
    pub not_before: Timestamp,
    /// In force until before this second.
    #[n(8)]
    pub not_after: Timestamp,
    /// How old the ledger's word may be when the grantee reads.
    #[n(9)]
    pub max_staleness: Duration,
    /// When the patient approved.
    #[n(10)]
    pub created: Timestamp,
}

impl Object for Terms {}

impl Terms {
    /// The staleness bound where the patient says nothing.
    pub const DEFAULT_STALENESS: Duration = Duration::minutes(15);
    /// The longest a grant may last.
    pub const LONGEST: Duration = Duration::days(400);

    /// Checks the rules that all terms obey.
    ///
    /// # Errors
    /// [`InvalidTerms`] says which rule they break.
    pub fn check(&self) -> Result<(), InvalidTerms> {
        self.scope.check()?;
        if self.not_before >= self.not_after || self.not_after > self.created.saturating_add(Self::LONGEST) {
            return Err(InvalidTerms::Period);
        }
        if !(Duration::minutes(3)..=Duration::hours(24)).contains(&self.max_staleness) {
            return Err(InvalidTerms::Staleness);
        }
        let ascending =
            self.compartments.iter().zip(self.compartments.iter().skip(1)).all(|(a, b)| a.id < b.id);
        if self.compartments.is_empty() || !ascending {
            return Err(InvalidTerms::Compartments);
        }
        Ok(())
    }

    /// The identifier of the grant that these terms belong to.
    pub fn grant_id(&self) -> GrantId {
        crypto::grant_id(&self.account, self.number)
    }

    /// What the ledger holds of these terms.
    pub fn commitment(&self, salt: &[u8; 32]) -> Commitment {
        crypto::commitment(salt, &self.to_cbor())
    }
}

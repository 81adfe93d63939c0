//! What a wallet remembers of its owner.

use minicbor::{Decode, Encode};

use super::super::person::Demographics;
use crate::domain::Object;

/// One of the Patients that are the owner of a wallet, or a reference that stands for the owner.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
#[cbor(map)]
pub struct Accepted {
    /// The source that was pulled from or that the person named; none where it was guessed.
    #[n(0)]
    pub source: Option<String>,
    /// The folded address (see [`folded_address`](super::super::folded_address)).
    #[n(1)]
    pub address: Option<String>,
    /// The id of the Patient at its source.
    #[n(2)]
    pub id: Option<String>,
    /// Who it is; of a reference to somebody of whom no Patient came nothing but an identifier, if that.
    #[n(3)]
    pub demographics: Option<Demographics>,
    /// SHA-256 of the Patient's bytes, where names and birth date do not make it the same as itself.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub content: Option<[u8; 32]>,
}

impl Accepted {
    /// Whether it is a reference to somebody of whom no Patient came.
    pub(super) fn is_reference(&self) -> bool {
        let is_unknown =
            |who: &Demographics| who.names.is_empty() && who.birth_date.is_none() && who.gender.is_none();
        self.content.is_none() && self.demographics.as_ref().is_none_or(is_unknown)
    }
}

impl Object for Accepted {}

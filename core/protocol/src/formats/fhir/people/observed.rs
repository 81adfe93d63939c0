//! A resource as an import comes across it.

use std::borrow::Cow;

use super::super::{address::folded_address, head::ResourceHead, reference::split_address};

/// One person among [`People`](super::People), once they are settled.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PersonId(pub(super) usize);

/// A resource of an import.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'o, 'a> {
    /// As received, from `{` to `}`.
    pub bytes: &'o [u8],
    /// Read from the same bytes.
    pub head: &'o ResourceHead<'a>,
    /// Its address, where a Bundle gives one.
    pub full_url: Option<&'o str>,
    /// The source that was pulled from, or that the person named; none where it can only be guessed.
    pub source: Option<&'o str>,
}

impl<'o> Observed<'o, '_> {
    /// Its folded address.
    pub(super) fn address(&self) -> Option<Cow<'o, str>> {
        self.full_url.filter(|url| url.len() <= LONGEST_ADDRESS).and_then(folded_address)
    }

    /// The base of its address: the server that it is on.
    pub(super) fn base(&self) -> Option<String> {
        let address = self.address()?;
        split_address(&address).map(|(base, _, _)| base.to_owned())
    }
}

/// Bytes of an address; a longer one leads nowhere.
const LONGEST_ADDRESS: usize = 2_048;

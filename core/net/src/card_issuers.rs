//! What the issuers of health cards say of them: the keys they sign with, and what they revoked.
//!
//! Both are asked for each time and kept nowhere: what an issuer took back counts at once, and what it said last year is
//! not shown as what it says now.

use std::collections::BTreeMap;

use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::formats::shc::{
    CardState, HealthCard, IssuerKeys, IssuerKeysError, RevocationList, RevocationListError,
};

use crate::{Limits, NetError, Transport};

/// Why an issuer's keys or list are not at hand.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IssuerError {
    /// It was not reached, or its address leads where nobody goes for somebody else.
    #[error(transparent)]
    Net(#[from] NetError),
    /// It answered with another status than 200.
    #[error("the issuer of the health card answered with status {0}")]
    Status(u16),
    /// What it answered are no keys.
    #[error(transparent)]
    Keys(#[from] IssuerKeysError),
    /// What it answered is no list.
    #[error(transparent)]
    List(#[from] RevocationListError),
}

impl IssuerError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Net(error) => error.code(),
            Self::Status(_) => "IssuerAnswer",
            Self::Keys(error) => error.code(),
            Self::List(error) => error.code(),
        }
    }
}

/// The issuers of some cards, each asked once. An issuer learns that somebody asks, and the key that signed the card.
pub struct CardIssuers<'n> {
    transport: &'n dyn Transport,
    limits: Limits,
    keys: BTreeMap<String, Result<IssuerKeys, IssuerError>>,
    lists: BTreeMap<String, Result<RevocationList, IssuerError>>,
}

impl<'n> CardIssuers<'n> {
    /// Nobody is asked yet. `limits` are for each answer, of which at most 1 MB is read; somebody else names the address.
    pub fn new(transport: &'n dyn Transport, limits: Limits) -> Self {
        let limits = Limits { max_body: LONGEST_ANSWER, redirects: REDIRECTS, ..limits };
        Self { transport, limits, keys: BTreeMap::new(), lists: BTreeMap::new() }
    }

    /// What can be said of a card after its issuer was asked, and why it is no more.
    pub fn state(&mut self, card: &HealthCard<'_>, now: Timestamp) -> (CardState, Option<IssuerError>) {
        let Self { transport, limits, keys, lists } = self;
        let get = |address: &str| get(*transport, *limits, address);
        let issuer = card.claims().issuer();
        let keys = keys
            .entry(issuer.to_owned())
            .or_insert_with(|| Ok(IssuerKeys::read(&get(&format!("{issuer}/.well-known/jwks.json"))?)?));
        let keys = match keys {
            Ok(keys) => keys,
            Err(failure) => return (card.state(None, None, now), Some(failure.clone())),
        };
        let is_revocable = card.claims().revocation_id().is_some();
        let key = keys.key(card.key_id()).filter(|key| is_revocable && key.list_version().is_some());
        if key.is_none() {
            return (card.state(Some(keys), None, now), None);
        }
        // A key that the issuer names is called by its thumbprint: nothing else gets into the address.
        let address = format!("{issuer}/.well-known/crl/{}.json", card.key_id());
        let list = lists.entry(address.clone()).or_insert_with(|| Ok(RevocationList::read(&get(&address)?)?));
        match list {
            Ok(list) => (card.state(Some(keys), Some(list), now), None),
            Err(failure) => (card.state(Some(keys), None, now), Some(failure.clone())),
        }
    }
}

fn get(transport: &dyn Transport, limits: Limits, address: &str) -> Result<Vec<u8>, IssuerError> {
    let response = transport.send(Request::new(Method::Get, address), limits)?;
    if response.status == 200 { Ok(response.body) } else { Err(IssuerError::Status(response.status)) }
}

/// Of keys with their certificates, or of a list of some 40,000 revoked cards, in bytes.
const LONGEST_ANSWER: usize = 1_000_000;
/// Redirects that are followed; each is checked like the first address.
const REDIRECTS: u8 = 3;

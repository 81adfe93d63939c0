//! The health cards that came in, and what their issuers say of them.
//!
//! Keys and lists are asked for each time and kept nowhere: what an issuer took back counts at once, and what it said
//! last year is not shown as what it says now.

use std::collections::BTreeMap;

use keepwell_net::{Limits, NetError, Reach, Transport};
use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::kept_health_card;
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::formats::shc::{
    CardState, HealthCard, IssuerKeys, IssuerKeysError, RevocationList, RevocationListError,
};

use super::wallet::Wallet;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::store::records::Query;

/// A health card among the records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HeldCard {
    /// The record that holds it.
    pub record: RecordId,
    /// The address of who issued it.
    pub issuer: String,
    /// From when on it holds.
    pub not_before: Timestamp,
    /// From when on it holds no more, if it says so.
    pub expires: Option<Timestamp>,
    /// What can be said of it by what is at hand.
    pub state: CardState,
    /// Why the issuer's keys, or its list of revoked cards, are not at hand though it was asked.
    pub failure: Option<IssuerError>,
}

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

impl Wallet {
    /// The health cards among the records, the newest first. Nobody is asked.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn health_cards(&self) -> Result<Vec<HeldCard>, WalletError> {
        self.told_of_cards(&mut |card, now| (card.claims().state(now), None))
    }

    /// The same, after each issuer was asked for its keys and for what it revoked. It learns that somebody asks, and the
    /// key that signed the card; where its address leads into a network at home or at work, it is not asked.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; an issuer that can't be asked is none: [`HeldCard::failure`] says so.
    pub fn check_health_cards(&self, network: Network<'_>) -> Result<Vec<HeldCard>, WalletError> {
        let mut issuers =
            Issuers { transport: network.transport, keys: BTreeMap::new(), lists: BTreeMap::new() };
        self.told_of_cards(&mut |card, now| issuers.state(card, now))
    }

    fn told_of_cards(
        &self,
        tell: &mut dyn FnMut(&HealthCard<'_>, Timestamp) -> Told,
    ) -> Result<Vec<HeldCard>, WalletError> {
        let now = self.clock.now();
        let mut query = Query { category: Some(Category::Documents), limit: MOST_LISTED, ..Query::default() };
        let mut cards = Vec::new();
        loop {
            let page = self.records(&query)?;
            for listed in page.records.iter().filter(|listed| listed.resource_type == "DocumentReference") {
                let Some(text) = kept_health_card(&self.record_bytes(&listed.id)?) else { continue };
                let Ok(card) = HealthCard::read(&text) else { continue };
                let (state, failure) = tell(&card, now);
                let claims = card.claims();
                cards.push(HeldCard {
                    record: listed.id,
                    issuer: claims.issuer().to_owned(),
                    not_before: claims.not_before(),
                    expires: claims.expires(),
                    state,
                    failure,
                });
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(cards),
            }
        }
    }
}

/// What can be said of a card, and why it is no more.
type Told = (CardState, Option<IssuerError>);

/// What issuers were asked for in one call, each once.
struct Issuers<'n> {
    transport: &'n dyn Transport,
    keys: BTreeMap<String, Result<IssuerKeys, IssuerError>>,
    lists: BTreeMap<String, Result<RevocationList, IssuerError>>,
}

impl Issuers<'_> {
    fn state(&mut self, card: &HealthCard<'_>, now: Timestamp) -> Told {
        let Self { transport, keys, lists } = self;
        let issuer = card.claims().issuer();
        let keys = keys.entry(issuer.to_owned()).or_insert_with(|| {
            Ok(IssuerKeys::read(&get(*transport, &format!("{issuer}/.well-known/jwks.json"))?)?)
        });
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
        let list = lists
            .entry(address.clone())
            .or_insert_with(|| Ok(RevocationList::read(&get(*transport, &address)?)?));
        match list {
            Ok(list) => (card.state(Some(keys), Some(list), now), None),
            Err(failure) => (card.state(Some(keys), None, now), Some(failure.clone())),
        }
    }
}

/// Fetches what lies at an address that somebody else named.
fn get(transport: &dyn Transport, address: &str) -> Result<Vec<u8>, IssuerError> {
    let limits =
        Limits { max_body: LONGEST_ANSWER, reach: Reach::Foreign, redirects: REDIRECTS, ..Limits::FOREIGN };
    let response = transport.send(Request::new(Method::Get, address), limits)?;
    if response.status == 200 { Ok(response.body) } else { Err(IssuerError::Status(response.status)) }
}

/// How many records are looked at at once.
const MOST_LISTED: u32 = 1_000;
/// Of keys with their certificates, or of a list of some 40,000 revoked cards, in bytes.
const LONGEST_ANSWER: usize = 1_000_000;
/// Redirects that are followed; each is checked like the first address.
const REDIRECTS: u8 = 3;

//! The health cards that came in, and what their issuers say of them.

use keepwell_net::{CardIssuers, IssuerError, Limits};
use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::kept_health_card;
use keepwell_protocol::formats::shc::{CardState, HealthCard};

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
        let mut issuers = CardIssuers::new(network.transport, Limits::FOREIGN);
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

/// How many records are looked at at once.
const MOST_LISTED: u32 = 1_000;

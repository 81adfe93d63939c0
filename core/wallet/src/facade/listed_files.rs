//! What lies behind a link to a list of files: the records, and the health cards that go along.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use keepwell_chart::{Banner, Chart, Entry, Row};
use keepwell_protocol::crypto::{self, LinkKey, Rng, Sha256Stream, jwe_encrypt};
use keepwell_protocol::domain::{Category, RecordId, Sensitivity};
use keepwell_protocol::formats::fhir::{self, Event, kept_health_card};
use keepwell_protocol::formats::shc::{HealthCard, write_file};
use keepwell_protocol::vault::{LinkFile, LinkFileType, LinkFiles};
use rusqlite::Connection;

use super::share_selection::Selection;
use super::wallet::Wallet;
use crate::error::WalletError;
use crate::records_view::list;

/// The list of what is shared: the records, and the health cards where some go along.
pub(super) fn listed_files(
    records: String,
    cards: &[String],
    key: &LinkKey,
    rng: &mut Rng,
) -> Result<LinkFiles, WalletError> {
    let mut files = vec![LinkFile { file_type: LinkFileType::Fhir, sealed: records }];
    if !cards.is_empty() {
        let sealed = jwe_encrypt(key, LinkFileType::HealthCards.media_type(), &write_file(cards), rng)?;
        files.push(LinkFile { file_type: LinkFileType::HealthCards, sealed });
    }
    Ok(LinkFiles(files))
}

/// What goes along with a health card, which is shared whole or not at all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CardContents {
    /// The address of who issued it.
    pub issuer: String,
    /// Who it is about, as it says.
    pub holder: Option<Banner>,
    /// What its records are about, in their order; the Patient is not among them.
    pub titles: Vec<String>,
    /// The sensitive kinds that its records are of, each by its own codes.
    pub sensitive: BTreeSet<Sensitivity>,
}

impl CardContents {
    fn read(text: &str) -> Result<Self, WalletError> {
        let card = HealthCard::read(text).map_err(|_| WalletError::NotAHealthCard)?;
        let mut contents = Self { issuer: card.claims().issuer().to_owned(), ..Self::default() };
        let bundle = card.claims().bundle();
        let read = fhir::read(bundle, fhir::Limits::default(), &mut |event| {
            if let Event::Resource(resource) = event {
                contents.sensitive.extend(fhir::sensitivities(resource.bytes));
                let row = Row::read(resource.bytes);
                if row.resource_type == "Patient" {
                    let category = Category::Patient;
                    let entry = Entry { category, full_url: None, resource: resource.bytes, file: None };
                    contents.holder = Chart::new(&[entry]).patient;
                } else {
                    contents.titles.push(row.title.unwrap_or(row.resource_type));
                }
            }
            ControlFlow::Continue(())
        });
        read.map_err(|_| WalletError::NotAHealthCard)?;
        Ok(contents)
    }
}

impl Wallet {
    /// What would go along with a health card, for the person to agree to.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`WalletError::NoSuchRecord`]; [`WalletError::NotAHealthCard`].
    pub fn card_contents(&self, record: RecordId) -> Result<CardContents, WalletError> {
        CardContents::read(&signed_card(self.session()?.store.read(), &record)?)
    }
}

/// The signed texts of the health cards that records hold.
///
/// # Errors
/// [`WalletError::NoSuchRecord`]; [`WalletError::NotAHealthCard`]; [`WalletError::CardHoldsLeftOut`] of one with a record of a kind
/// that is left out.
pub(super) fn signed_cards(
    connection: &Connection,
    records: &[RecordId],
    leave_out: &[Sensitivity],
) -> Result<Vec<String>, WalletError> {
    let card = |record| {
        let text = signed_card(connection, record)?;
        let contents = CardContents::read(&text)?;
        let is_left_out = leave_out.iter().any(|kind| contents.sensitive.contains(kind));
        if is_left_out { Err(WalletError::CardHoldsLeftOut) } else { Ok(text) }
    };
    records.iter().map(card).collect()
}

fn signed_card(connection: &Connection, record: &RecordId) -> Result<String, WalletError> {
    kept_health_card(&list::bytes(connection, record)?).ok_or(WalletError::NotAHealthCard)
}

/// SHA-256 over all that a link shows.
pub(super) fn shown_digest(selection: &Selection, cards: &[String]) -> [u8; 32] {
    let records = selection.digest();
    if cards.is_empty() {
        return records;
    }
    let mut state = Sha256Stream::default();
    state.update(&records);
    cards.iter().for_each(|card| state.update(&crypto::sha256(card.as_bytes())));
    state.finish()
}

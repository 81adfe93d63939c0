//! What lies behind a link to a list of files: the records, and the health cards that go along.

use keepwell_protocol::crypto::{self, LinkKey, Rng, Sha256Stream, jwe_encrypt};
use keepwell_protocol::domain::RecordId;
use keepwell_protocol::formats::fhir::kept_health_card;
use keepwell_protocol::formats::shc::write_file;
use keepwell_protocol::vault::{LinkFile, LinkFileType, LinkFiles};
use rusqlite::Connection;

use super::share_selection::Selection;
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

/// The signed texts of the health cards that records hold.
///
/// # Errors
/// [`WalletError::NoSuchRecord`]; [`WalletError::NotAHealthCard`].
pub(super) fn signed_cards(
    connection: &Connection,
    records: &[RecordId],
) -> Result<Vec<String>, WalletError> {
    let card = |id| kept_health_card(&list::bytes(connection, id)?).ok_or(WalletError::NotAHealthCard);
    records.iter().map(card).collect()
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

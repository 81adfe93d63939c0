//! The trust anchor in a ledger's home, for whoever joins.

use std::fs;
use std::path::Path;

use keepwell_protocol::domain::{Duration, Object as _};
use keepwell_protocol::ledger::{Genesis, LightBlock, TrustAnchor};
use keepwell_server::write_whole;

use crate::LedgerError;
use crate::store::Store;

/// Writes the trust anchor: the first time it starts from the first header there is, and anew when that grows old, from the
/// newest, so that whoever comes later finds one within its period. Answers the one of the first header there is.
///
/// # Errors
/// [`LedgerError::Home`] if there is no first header, or the file that is there is none of this form.
pub(crate) fn write_anchor(
    folder: &Path,
    genesis: &Genesis,
    store: &Store,
) -> Result<TrustAnchor, LedgerError> {
    let file = folder.join(ANCHOR);
    let snapshot = store.snapshot()?;
    let at = |height| {
        let block = snapshot.light_block(height)?.ok_or(LedgerError::Home)?;
        let block = LightBlock::from_cbor(&block).map_err(|_| LedgerError::Home)?;
        TrustAnchor::at_block(genesis.clone(), &block).map_err(|_| LedgerError::Home)
    };
    // Whoever joined by a snapshot has none of before.
    let anchor = at(snapshot.joined_at()? + 1)?;
    if !file.exists() {
        write_whole(&file, anchor.to_json().as_bytes(), PUBLIC)?;
    }
    let written = TrustAnchor::parse(&fs::read(&file)?).map_err(|_| LedgerError::Home)?;
    let newest = at(snapshot.served_height()?)?;
    if newest.time.saturating_sub(written.time) > ANCHOR_AGE.0 {
        write_whole(&file, newest.to_json().as_bytes(), PUBLIC)?;
    }
    Ok(anchor)
}

/// How old the header of `anchor.json` grows before another is written: a third of the period.
const ANCHOR_AGE: Duration = Duration::days(60);
/// The file's name in a home.
pub(crate) const ANCHOR: &str = "anchor.json";
const PUBLIC: u32 = 0o644;

//! Providers' own access logs: what was taken stays as it is.

use keepwell_protocol::domain::ProviderId;
use keepwell_protocol::vault::ProviderLogPage;
use rusqlite::{OptionalExtension, params};

use super::{Store, Transaction, unsigned};
use crate::HostError;

/// The most entries, and about the most bytes, of one page.
const PAGE: (usize, usize) = (2_000, 1_000_000);

/// What became of entries that were handed in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LogAppended {
    /// So many entries are here now. Where those that were handed in begin behind them, none was taken.
    Size(u64),
    /// Another entry stands where one of them is to stand; none was taken.
    Conflict,
}

impl Store {
    /// Takes entries of a provider's log; those that are here already change nothing.
    pub(crate) fn append_provider_log(
        &self,
        provider: ProviderId,
        page: &ProviderLogPage,
    ) -> Result<LogAppended, HostError> {
        self.write(|tx| {
            let size = size(tx, provider)?;
            if page.first > size {
                return Ok(LogAppended::Size(size));
            }
            for (position, entry) in (page.first..).zip(&page.entries) {
                let stored = i64::try_from(position).unwrap_or(i64::MAX);
                let present: Option<Vec<u8>> = tx
                    .prepare_cached("SELECT entry FROM provider_log WHERE provider = ?1 AND position = ?2")?
                    .query_row(params![provider.as_bytes(), stored], |row| row.get(0))
                    .optional()?;
                match present {
                    Some(present) if present == **entry => {}
                    Some(_) => return Ok(LogAppended::Conflict),
                    None => {
                        tx.prepare_cached("INSERT INTO provider_log VALUES (?1, ?2, ?3)")?
                            .execute(params![provider.as_bytes(), stored, entry.as_slice()])?;
                    }
                }
            }
            Ok(LogAppended::Size(self::size(tx, provider)?))
        })
    }

    /// The entries of a provider's log from `first` on, as many as fit one answer.
    pub(crate) fn provider_log_page(
        &self,
        provider: ProviderId,
        first: u64,
    ) -> Result<ProviderLogPage, HostError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT entry FROM provider_log WHERE provider = ?1 AND position >= ?2 ORDER BY position",
            )?;
            let from = i64::try_from(first).unwrap_or(i64::MAX);
            let mut rows = query.query(params![provider.as_bytes(), from])?;
            let (mut page, mut bytes) = (ProviderLogPage { first, entries: Vec::new() }, 0);
            while let Some(row) = rows.next()? {
                if page.entries.len() >= PAGE.0 || bytes >= PAGE.1 {
                    break;
                }
                let entry: Vec<u8> = row.get(0)?;
                bytes += entry.len();
                page.entries.push(entry.into());
            }
            Ok(page)
        })
    }
}

fn size(tx: &Transaction<'_>, provider: ProviderId) -> Result<u64, HostError> {
    let size: i64 = tx
        .prepare_cached("SELECT coalesce(max(position) + 1, 0) FROM provider_log WHERE provider = ?1")?
        .query_row([provider.as_bytes()], |row| row.get(0))?;
    Ok(unsigned(size))
}

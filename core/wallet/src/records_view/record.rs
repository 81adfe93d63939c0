//! The page of a record: one picture of it for every screen.

use std::borrow::Cow;

use keepwell_chart::{BinaryFile, Related, Row, View};
use keepwell_protocol::domain::{Category, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::{ResourceHead, Validity};
use rusqlite::Connection;

use crate::error::WalletError;
use crate::store::records::{self, Present};
use crate::store::source_pulls;

/// Everything that a page shows of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordView {
    /// The record, over all its versions.
    pub id: RecordId,
    /// The category under which it is granted.
    pub category: Category,
    /// The name of where its present version came from.
    pub source: String,
    /// The `fullUrl` under which it came from there.
    pub full_url: Option<String>,
    /// What its source calls this version (`meta.versionId`).
    pub source_version: Option<String>,
    /// When it came.
    pub received: Timestamp,
    /// Since when the clinic's server that it was pulled from does not give it any more, without saying why.
    pub missing_since: Option<Timestamp>,
    /// What a screen shows of it.
    pub view: View,
}

/// A result among others of its code.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultRow {
    /// The record whose value the row shows.
    pub id: RecordId,
    /// What a list shows of it.
    pub row: Row,
}

pub(crate) fn view(connection: &Connection, id: &RecordId) -> Result<RecordView, WalletError> {
    let present = records::present(connection, id)?.ok_or(WalletError::NoSuchRecord)?;
    let mut view = View::read(&present.bytes, &Referred { connection, from: &present });
    view.row = marked(view.row, present.is_removed);
    let Present { category, source, full_url, received, bytes, .. } = present;
    let missing_since = match &full_url {
        Some(address) => source_pulls::missing_since(connection, address)?,
        None => None,
    };
    let head = ResourceHead::read(&bytes).ok();
    let source_version = head.and_then(|head| head.version_id).map(Cow::into_owned);
    Ok(RecordView { id: *id, category, source, full_url, source_version, received, missing_since, view })
}

pub(crate) fn series(connection: &Connection, id: &RecordId) -> Result<Vec<ResultRow>, WalletError> {
    let present = records::present(connection, id)?.ok_or(WalletError::NoSuchRecord)?;
    let Some(code) = Row::read(&present.bytes).code else { return Ok(Vec::new()) };
    let (_, without_system) = code.split_once('|').unwrap_or_default();
    let of_code = records::of_code(connection, present.category, without_system, LONGEST_SERIES)?;
    let rows = of_code
        .into_iter()
        .map(|(id, found)| ResultRow { id, row: marked(Row::read(&found.bytes), found.is_removed) });
    Ok(rows.filter(|other| other.row.is_in_series(&code)).collect())
}

/// A row with what the store knows beside the resource.
fn marked(row: Row, is_removed: bool) -> Row {
    match is_removed {
        true => Row { validities: row.validities.with(Validity::RemovedAtSource), ..row },
        false => row,
    }
}

/// The records that a record refers to, as far as they are in the wallet.
struct Referred<'a> {
    connection: &'a Connection,
    from: &'a Present,
}

impl Related for Referred<'_> {
    /// What can't be read is as what is not there: the page of the record that refers to it is shown all the same.
    fn row(&self, reference: &str) -> Option<Row> {
        let found = records::referred(self.connection, reference, self.from).ok()??;
        Some(marked(Row::read(&found.bytes), found.is_removed))
    }

    fn binary(&self, address: &str) -> Option<BinaryFile> {
        let found = records::referred(self.connection, address, self.from).ok()??;
        BinaryFile::read(&found.bytes)
    }
}

/// The most results of one code that are read.
const LONGEST_SERIES: u32 = 100;

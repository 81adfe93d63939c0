//! The tables of the redb file.

use jmt::{KeyHash, Version};
use redb::TableDefinition;

use super::error::StoreError;

pub(super) type Row = &'static [u8];
pub(super) type Due = (u32, Row);

/// Nodes of the tree: Borsh of key and node.
pub(super) const NODES: TableDefinition<'_, Row, Row> = TableDefinition::new("nodes");
/// Values: key hash ‖ version → Borsh of the value, or of none where it was deleted.
pub(super) const VALUES: TableDefinition<'_, Row, Row> = TableDefinition::new("values");
/// Nodes that no tree of this or a later version has.
pub(super) const STALE_NODES: TableDefinition<'_, (u64, Row), ()> = TableDefinition::new("stale_nodes");
/// Value rows that no tree of this or a later version has.
pub(super) const STALE_VALUES: TableDefinition<'_, (u64, Row), ()> = TableDefinition::new("stale_values");
/// State after each of the newest blocks.
pub(super) const HEADS: TableDefinition<'_, u64, Row> = TableDefinition::new("heads");
/// Keys by the last day on which they stay.
pub(super) const DUE: TableDefinition<'_, Due, ()> = TableDefinition::new("due");
/// The directory of providers.
pub(super) const PROVIDERS: TableDefinition<'_, Row, Row> = TableDefinition::new("providers");
/// Keys of gateways and aggregators, which no other table lists.
pub(super) const OTHER_KEYS: TableDefinition<'_, Row, ()> = TableDefinition::new("other_keys");
/// The newest blocks in CometBFT's encoding.
pub(super) const BLOCKS: TableDefinition<'_, u64, Row> = TableDefinition::new("blocks");
/// Batches that were recorded: aggregator and number → where its transaction stands in the log.
pub(super) const BATCHES: TableDefinition<'_, Row, Row> = TableDefinition::new("batches");
/// Light blocks as served.
pub(super) const LIGHT: TableDefinition<'_, u64, Row> = TableDefinition::new("light_blocks");
/// Single values by name.
pub(super) const META: TableDefinition<'_, &str, Row> = TableDefinition::new("meta");
pub(super) const TIP: &str = "tip";
/// From which height's snapshot the file was made, big-endian.
pub(super) const JOINED: &str = "joined";
pub(super) const FORMAT: &str = "format";

/// The row of a value: key hash ‖ version, big-endian.
pub(super) fn value_row(key: &KeyHash, version: Version) -> Vec<u8> {
    [key.0.as_slice(), &version.to_be_bytes()].concat()
}

/// The height from whose snapshot a file was made, by its row; 0 where there is none.
pub(super) fn joined_at(row: Option<&[u8]>) -> Result<u64, StoreError> {
    row.map_or(Ok(0), |row| Ok(u64::from_be_bytes(row.try_into().map_err(|_| StoreError::Corrupt)?)))
}

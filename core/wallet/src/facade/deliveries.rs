//! What each import brought, taking it back, and the versions of a record.

use std::collections::BTreeSet;

use keepwell_protocol::domain::{DeliveryId, RecordId, Timestamp};
use rusqlite::Connection;

use super::wallet::Wallet;
use crate::error::WalletError;
use crate::records_view::facts::facts;
use crate::store::links::StoredLink;
use crate::store::records::{self, RecordVersion};
use crate::store::{deliveries, grants, links, owner_patients, quarantine, relationships, sealed};

/// One import, pull or link, with all its files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportSummary {
    /// What it is called, also after a restore.
    pub import: DeliveryId,
    /// Where it came from.
    pub source: String,
    /// When it came, by this device's clock.
    pub time: Timestamp,
    /// Records that were new with it.
    pub added: u64,
    /// Records that had a new version with it.
    pub updated: u64,
    /// When it was taken back; none: it stands.
    pub undone: Option<Timestamp>,
}

/// What is lost with an import that is taken back, and who may have seen it: no undo reaches that.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ImportReach {
    /// Versions that would go out of sight.
    pub versions: u64,
    /// Those of them that lie sealed at the host.
    pub published: u64,
    /// The names of providers with a grant in force that covers one of them.
    pub granted: Vec<String>,
    /// Shares that were made since: each may have shown one of them.
    pub shares: u64,
    /// Items in quarantine that came with no other import: they would be removed for good.
    pub quarantined: u64,
}

/// What became of the records of an import that was taken back.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct UndoReport {
    /// Records that are out of sight.
    pub removed: u64,
    /// Records of which an earlier version is the present one again.
    pub restored: u64,
    /// Items of the quarantine that came with no other import, which are removed for good.
    pub quarantined: u64,
}

impl Wallet {
    /// Every import, newest first.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn imports(&self) -> Result<Vec<ImportSummary>, WalletError> {
        let all = deliveries::all(self.session()?.store.read())?;
        let summary = |one: deliveries::Delivery| ImportSummary {
            import: one.id,
            source: one.source,
            time: one.received,
            added: one.added,
            updated: one.updated,
            undone: one.undone,
        };
        Ok(all.into_iter().map(summary).collect())
    }

    /// Who may have seen what [`Wallet::undo_import`] would take out of sight.
    ///
    /// # Errors
    /// [`WalletError::NoSuchImport`].
    pub fn import_reach(&self, import: DeliveryId) -> Result<ImportReach, WalletError> {
        reach(self.session()?.store.read(), import)
    }

    /// Takes an import back: what no other import carried goes out of sight, what it had replaced comes back.
    /// What was published of it is withdrawn with the next sync; what could not be read of it leaves the quarantine.
    /// All of it or nothing.
    ///
    /// The same files again later bring the same records back.
    ///
    /// # Errors
    /// [`WalletError::NoSuchImport`] if there is none, or it was taken back already.
    pub fn undo_import(&mut self, import: DeliveryId) -> Result<UndoReport, WalletError> {
        let now = self.clock.now();
        let (store, rng) = self.store()?;
        store.write(rng, |transaction, _| {
            let delivery = standing(transaction, import)?;
            let gone = deliveries::carried_alone(transaction, delivery.number)?;
            deliveries::set_undone(transaction, delivery.number, now)?;
            owner_patients::take_back(transaction, delivery.number)?;
            let mut touched = records::take_back(transaction, &gone)?;
            touched.extend(deliveries::records_of(transaction, delivery.number)?);
            touched.extend(deliveries::removed_by(transaction, delivery.number)?);
            let settled = records::settle_all(transaction, touched)?;
            let was_shown = settled.iter().filter(|record| record.before.is_some());
            let changed: Vec<_> = was_shown.filter(|record| record.before != record.now).collect();
            let removed = changed.iter().filter(|record| record.now.is_none()).count() as u64;
            let quarantined = quarantine::take_back(transaction, import)?;
            Ok(UndoReport { removed, restored: changed.len() as u64 - removed, quarantined })
        })
    }

    /// The versions of a record, in the order in which they came.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`].
    pub fn record_history(&self, record: RecordId) -> Result<Vec<RecordVersion>, WalletError> {
        let versions = records::history(self.session()?.store.read(), &record)?;
        if versions.is_empty() {
            return Err(WalletError::NoSuchRecord);
        }
        Ok(versions)
    }
}

/// A delivery that was not taken back.
fn standing(connection: &Connection, import: DeliveryId) -> Result<deliveries::Delivery, WalletError> {
    let found = deliveries::find(connection, import)?;
    found.filter(|delivery| delivery.undone.is_none()).ok_or(WalletError::NoSuchImport)
}

fn reach(connection: &Connection, import: DeliveryId) -> Result<ImportReach, WalletError> {
    let delivery = standing(connection, import)?;
    let gone = deliveries::carried_alone(connection, delivery.number)?;
    let (versions, quarantined) = (gone.len() as u64, quarantine::count_of(connection, import)?);
    let mut reach = ImportReach { versions, quarantined, ..ImportReach::default() };
    let mut in_force = Vec::new();
    for standing in grants::live(connection)? {
        let grant = grants::find(connection, standing.id)?.filter(|grant| grant.state.is_entitled());
        let Some(grant) = grant else { continue };
        if let Some(relationship) = relationships::find(connection, grant.terms.account)? {
            in_force.push((grant.terms.scope, relationship.card.card.name));
        }
    }
    let mut granted = BTreeSet::new();
    for seq in gone {
        if sealed::version(connection, seq)?.is_none() {
            continue;
        }
        reach.published += 1;
        if granted.len() == in_force.len() {
            continue;
        }
        let Some(version) = records::version_at(connection, seq)? else { continue };
        let head = records::read_head(&version.bytes)?;
        let facts = facts(&version, &head);
        granted
            .extend(in_force.iter().filter(|(scope, _)| scope.covers(&facts)).map(|(_, name)| name.clone()));
    }
    reach.granted = granted.into_iter().collect();
    // One that follows the record has it also if it was made before.
    let may_show = |link: &StoredLink| {
        let follows = link.manifest.as_ref().is_some_and(|manifest| manifest.followed.is_some());
        link.created >= delivery.received || follows && link.entry.expires > delivery.received
    };
    reach.shares = links::all(connection)?.iter().filter(|link| may_show(link)).count() as u64;
    Ok(reach)
}
